// Percent-encoding and UTF-8 repair as the URL standard needs them (WHATWG URL section 1.3,
// Encoding section 8.1.1). Plain functions on bytes; usable from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace flamesim::net {

// The percent-encode sets. Values are bits of one table, so that a set is tested by one look-up.
enum class EncodeSet : uint8_t {
  kC0Control = 1,
  kFragment = 2,
  kQuery = 4,
  kSpecialQuery = 8,
  kPath = 16,
  kUserinfo = 32,
  kComponent = 64,
  kForm = 128,  // application/x-www-form-urlencoded; the space is handled by its serializer
};

namespace internal {

constexpr bool anyOf(unsigned char c, std::string_view chars) {
  return chars.find(static_cast<char>(c)) != std::string_view::npos;
}

constexpr std::array<uint8_t, 256> makeEncodeTable() {
  std::array<uint8_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    const bool c0 = c <= 0x1f || c > 0x7e;
    const bool fragment = c0 || anyOf(c, " \"<>`");
    const bool query = c0 || anyOf(c, " \"#<>");
    const bool specialQuery = query || c == '\'';
    const bool path = query || anyOf(c, "?`{}");
    const bool userinfo = path || anyOf(c, "/:;=@[\\]^|");
    const bool component = userinfo || anyOf(c, "$%&+,");
    const bool form = component || anyOf(c, "!'()~");
    table[i] = static_cast<uint8_t>(c0 * 1 + fragment * 2 + query * 4 + specialQuery * 8 +
                                    path * 16 + userinfo * 32 + component * 64 + form * 128);
  }
  return table;
}

inline constexpr std::array<uint8_t, 256> kEncodeTable = makeEncodeTable();

}  // namespace internal

inline bool needsEncoding(char c, EncodeSet set) {
  return (internal::kEncodeTable[static_cast<unsigned char>(c)] & static_cast<uint8_t>(set)) != 0;
}

constexpr bool isAsciiDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool isAsciiAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char toAsciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
// The value of a hexadecimal digit, or -1.
constexpr int hexValue(char c) {
  if (isAsciiDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends one byte as "%XX".
void appendPercentByte(std::string& out, char c);
// Appends `bytes`, those in `set` percent-encoded.
void appendEncoded(std::string& out, std::string_view bytes, EncodeSet set);
// Percent signs that no two hexadecimal digits follow stay as they are.
std::string percentDecode(std::string_view bytes);
// "UTF-8 decode without BOM": every maximal ill-formed part becomes U+FFFD.
std::string toValidUtf8(std::string bytes);

}  // namespace flamesim::net
