// How deep a TOML file nests, found out from its text alone. toml++ builds, walks and destroys a
// level by recursion and limits arrays and inline tables only; a key has a level for each of its
// parts. So the text is looked through before the library gets it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::bundle {

struct DeepNesting {
  size_t offset;  // of the key or the bracket that leads too far down
  std::string message;
  std::string help;
};

// The first place that is more than kMaxNesting levels below the root, where [[name]] counts as one
// level like [name]. Of a text that is not TOML it sees at least what stands before the fault,
// which is as far as a parser gets.
std::optional<DeepNesting> findDeepNesting(std::string_view text);

}  // namespace flamesim::bundle
