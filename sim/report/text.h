// Small pieces of text for reports. Text is UTF-8 without control characters; a code point is taken
// for one column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace flamesim::report {

std::string grouped(uint64_t number);                         // "12,345"
std::string counted(uint64_t number, std::string_view noun);  // "1 host", "2 hosts"
std::string percent(double share);                            // "8.2%", "<0.1%", "100%"

size_t columns(std::string_view text);
// Cuts at the end, with "...".
std::string fitted(std::string_view text, size_t width);

// Two values cut alike to `width` columns around the place where they part.
struct AlignedValues {
  std::string expected;
  std::string got;
  size_t partAt;  // column of the first difference, in both
  // How many bytes both have in common at the start and at the end.
  size_t commonStart;
  size_t commonEnd;
};
AlignedValues alignValues(std::string_view expected, std::string_view got, size_t width);

}  // namespace flamesim::report
