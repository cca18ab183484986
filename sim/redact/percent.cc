#include "sim/redact/percent.h"

#include <algorithm>
#include <cstdint>

#include "sim/net/url_encode.h"
#include "sim/redact/characters.h"

namespace flamesim::redact {

std::string percentDecode(std::string_view text, Plus plus) {
  if (plus == Plus::kIsPlus) return net::percentDecode(text);
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return net::percentDecode(spaced);
}

std::string percentEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    if (isAlnum(c) || std::string_view("-._~!*'():@,").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[uint8_t(c) >> 4];
      out += kHex[uint8_t(c) & 15];
    }
  }
  return out;
}

}  // namespace flamesim::redact
