// Lines up two lists by key, so that one member more or less is one difference and not a change of
// all that follow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace flamesim::diff {

struct Aligned {
  std::optional<size_t> reference;  // index; nothing: only the candidate has it
  std::optional<size_t> candidate;
  bool moved = false;  // both have it, but not in the same order as the others
};

// A longest common subsequence of the keys is paired first, then equal keys that are left over
// (moved). Sorted by the reference's index, with additional members after what they follow. Lists
// whose product of lengths passes a million are paired by equal keys in their order alone.
std::vector<Aligned> align(const std::vector<std::string>& reference,
                           const std::vector<std::string>& candidate);

}  // namespace flamesim::diff
