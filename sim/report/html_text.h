// Text of captures as HTML: nothing in it is markup, and every byte can be seen.
#pragma once

#include <string>
#include <string_view>

namespace flamesim::report {

// For content of elements and for attributes in double quotes. Control characters, stray bytes and
// characters that turn the direction of writing stand as \n, \xNN, \u{202e}; tabs stay.
std::string htmlText(std::string_view bytes);

// Both values, with what differs between their common start and end in <mark>.
struct MarkedPair {
  std::string expected;
  std::string got;
};
MarkedPair markedPair(std::string_view expected, std::string_view got);

}  // namespace flamesim::report
