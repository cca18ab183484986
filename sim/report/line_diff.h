// Two texts side by side, line by line.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace flamesim::report {

struct LinePair {
  std::optional<size_t> expected;  // index of the line; nothing: only the other side has one here
  std::optional<size_t> got;
  bool same = false;
  bool operator==(const LinePair&) const = default;
};

// Without their ends; a text that ends with a line feed has an empty last line.
std::vector<std::string_view> linesOf(std::string_view text);

// In order, each line of both sides once. Lines that differ stand beside each other in the order in
// which they are there. A longest common subsequence, but of texts that differ in very many lines
// (their product passes 4 million): those are one run of differing lines.
std::vector<LinePair> pairLines(const std::vector<std::string_view>& expected,
                                const std::vector<std::string_view>& got);

}  // namespace flamesim::report
