#include "sim/capture/text.h"

#include <kj/encoding.h>

#include <cstdint>

namespace flamesim::capture {

namespace {

// Length of the well-formed UTF-8 sequence at the beginning of `bytes`; 0: there is none.
size_t utf8SequenceLength(std::string_view bytes) {
  auto at = [&](size_t i) { return i < bytes.size() ? uint8_t(bytes[i]) : uint8_t(0); };
  auto between = [&](size_t i, uint8_t low, uint8_t high) { return at(i) >= low && at(i) <= high; };
  uint8_t first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return between(1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    uint8_t low = first == 0xe0 ? 0xa0 : 0x80;   // no overlong forms
    uint8_t high = first == 0xed ? 0x9f : 0xbf;  // no surrogates
    return between(1, low, high) && between(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    uint8_t low = first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xf4 ? 0x8f : 0xbf;  // up to U+10FFFF
    return between(1, low, high) && between(2, 0x80, 0xbf) && between(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool isUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t length = utf8SequenceLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string toBase64(std::string_view bytes) {
  auto text =
      kj::encodeBase64(kj::arrayPtr(reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()));
  return {text.begin(), text.size()};
}

std::optional<std::string> fromBase64(std::string_view text) {
  auto decoded = kj::decodeBase64(kj::arrayPtr(text.data(), text.size()));
  if (decoded.hadErrors) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(decoded.begin()), decoded.size());
}

std::string printable(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!bytes.empty()) {
    size_t length = utf8SequenceLength(bytes);
    uint8_t first = uint8_t(bytes[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      out += "\\x";
      out += kHex[first >> 4];
      out += kHex[first & 15];
      length = 1;
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

}  // namespace flamesim::capture
