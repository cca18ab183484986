#include "sim/net/url_host.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "sim/net/idna.h"
#include "sim/net/url_encode.h"

namespace flamesim::net {

namespace {

enum HostByte : uint8_t {
  kForbiddenHost = 1,
  kForbiddenDomain = 2,
  kUpper = 4,
  kDecode = 8,   // '%', or not ASCII: the byte may stand for another
  kLetterX = 16  // a label may begin with "xn--"
};

constexpr std::array<uint8_t, 256> makeHostTable() {
  std::array<uint8_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    uint8_t bits = 0;
    if (c == 0 || internal::anyOf(c, "\t\n\r #/:<>?@[\\]^|")) {
      bits |= kForbiddenHost | kForbiddenDomain;
    }
    if (c <= 0x1f || c == '%' || c == 0x7f) bits |= kForbiddenDomain;
    if (c >= 'A' && c <= 'Z') bits |= kUpper;
    if (c == '%' || c >= 0x80) bits |= kDecode;
    if (c == 'x' || c == 'X') bits |= kLetterX;
    table[i] = bits;
  }
  return table;
}

constexpr std::array<uint8_t, 256> kHostTable = makeHostTable();

// All properties that some byte of the text has.
uint8_t bitsOf(std::string_view text) {
  uint8_t bits = 0;
  for (const char c : text) bits |= kHostTable[static_cast<unsigned char>(c)];
  return bits;
}

template <typename Number>
void appendNumber(std::string& out, Number value, int base) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

// ---- IPv4 ----

constexpr uint64_t kTooLarge = uint64_t{1} << 40;  // more than any address

// Decimal, "0..." octal or "0x..." hexadecimal; values past kTooLarge stop there.
std::optional<uint64_t> parseIpv4Number(std::string_view text) {
  if (text.empty()) return {};
  unsigned radix = 10;
  if (text.size() >= 2 && text[0] == '0') {
    const bool hex = text[1] == 'x' || text[1] == 'X';
    radix = hex ? 16 : 8;
    text.remove_prefix(hex ? 2 : 1);
  }
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = hexValue(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= radix) return {};
    value = std::min(value * radix + static_cast<unsigned>(digit), kTooLarge);
  }
  return value;
}

bool endsInNumber(std::string_view domain) {
  if (!domain.empty() && domain.back() == '.') domain.remove_suffix(1);
  const size_t dot = domain.rfind('.');
  const std::string_view last = dot == std::string_view::npos ? domain : domain.substr(dot + 1);
  if (last.empty() || !isAsciiDigit(last[0])) return false;
  return std::all_of(last.begin(), last.end(), isAsciiDigit) || parseIpv4Number(last).has_value();
}

std::optional<uint32_t> parseIpv4(std::string_view text) {
  if (!text.empty() && text.back() == '.') text.remove_suffix(1);
  uint64_t address = 0;
  for (int count = 1; count <= 4; ++count) {
    const size_t dot = text.find('.');
    const auto number = parseIpv4Number(text.substr(0, dot));
    if (!number) return {};
    if (dot == std::string_view::npos) {
      // The last part fills what is left of the 32 bits.
      const int bits = 8 * (5 - count);
      if (*number >= uint64_t{1} << bits) return {};
      return static_cast<uint32_t>(address << bits | *number);
    }
    if (*number > 255) return {};
    address = address << 8 | *number;
    text.remove_prefix(dot + 1);
  }
  return {};
}

void appendIpv4(std::string& out, uint32_t address) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    appendNumber(out, address >> shift & 255, 10);
    if (shift != 0) out += '.';
  }
}

// ---- IPv6 ----

using Ipv6Address = std::array<uint16_t, 8>;

// "1.2.3.4", strictly decimal without leading zeros, as the last 32 bits of an IPv6 address.
std::optional<uint32_t> parseEmbeddedIpv4(std::string_view text) {
  uint32_t address = 0;
  size_t pos = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (pos >= text.size() || text[pos++] != '.')) return {};
    const size_t begin = pos;
    uint32_t value = 0;
    for (; pos < text.size() && isAsciiDigit(text[pos]); ++pos) {
      if (pos > begin && value == 0) return {};
      value = value * 10 + static_cast<uint32_t>(text[pos] - '0');
      if (value > 255) return {};
    }
    if (pos == begin) return {};
    address = address << 8 | value;
  }
  if (pos != text.size()) return {};
  return address;
}

std::optional<Ipv6Address> parseIpv6(std::string_view text) {
  Ipv6Address address{};
  size_t count = 0;           // pieces read
  std::optional<size_t> gap;  // how many pieces stood before "::"
  size_t pos = 0;
  if (text.substr(0, 2) == "::") {
    gap = 0;
    pos = 2;
  } else if (text.substr(0, 1) == ":") {
    return {};
  }
  while (pos < text.size()) {
    // "::" stands for one zero piece at least.
    if (count + (gap ? 1 : 0) == 8) return {};
    if (text[pos] == ':') {
      if (gap) return {};
      gap = count;
      ++pos;
      continue;
    }
    const size_t begin = pos;
    uint32_t value = 0;
    for (; pos < text.size() && pos - begin < 4 && hexValue(text[pos]) >= 0; ++pos) {
      value = value * 16 + static_cast<uint32_t>(hexValue(text[pos]));
    }
    if (pos < text.size() && text[pos] == '.') {
      const auto ipv4 = parseEmbeddedIpv4(text.substr(begin));
      if (!ipv4 || count + (gap ? 1 : 0) > 6) return {};
      address[count++] = static_cast<uint16_t>(*ipv4 >> 16);
      address[count++] = static_cast<uint16_t>(*ipv4 & 0xffff);
      pos = text.size();
      break;
    }
    if (pos < text.size() && (text[pos] != ':' || ++pos == text.size())) return {};
    address[count++] = static_cast<uint16_t>(value);
  }
  if (!gap) return count == 8 ? std::optional(address) : std::nullopt;
  // What stood behind the gap moves to the end.
  std::move_backward(address.begin() + *gap, address.begin() + count, address.end());
  std::fill_n(address.begin() + *gap, 8 - count, uint16_t{0});
  return address;
}

void appendIpv6(std::string& out, const Ipv6Address& address) {
  // The first of the longest runs of two zero pieces or more becomes "::".
  size_t zerosBegin = 8;
  size_t zerosLength = 1;
  for (size_t i = 0; i < 8;) {
    size_t end = i;
    while (end < 8 && address[end] == 0) ++end;
    if (end - i > zerosLength) {
      zerosBegin = i;
      zerosLength = end - i;
    }
    i = end + 1;
  }
  out += '[';
  for (size_t i = 0; i < 8;) {
    if (i == zerosBegin) {
      out += i == 0 ? "::" : ":";
      i += zerosLength;
      continue;
    }
    appendNumber(out, address[i], 16);
    if (++i < 8) out += ':';
  }
  out += ']';
}

// ---- the two kinds of text ----

bool appendOpaqueHost(std::string& out, std::string_view input) {
  if ((bitsOf(input) & kForbiddenHost) != 0) return false;
  appendEncoded(out, input, EncodeSet::kC0Control);
  return true;
}

// `domain` is in its final form but for numbers.
bool finishDomain(std::string& out, size_t begin) {
  const std::string_view domain = std::string_view(out).substr(begin);
  if (!endsInNumber(domain)) return true;
  const auto address = parseIpv4(domain);
  if (!address) return false;
  out.resize(begin);
  appendIpv4(out, *address);
  return true;
}

bool appendIdnaDomain(std::string& out, std::string_view domain) {
  const auto ascii = domainToAscii(domain);
  if (!ascii || (bitsOf(*ascii) & kForbiddenDomain) != 0) return false;
  const size_t begin = out.size();
  out += *ascii;
  return finishDomain(out, begin);
}

bool appendDomain(std::string& out, std::string_view input) {
  const uint8_t bits = bitsOf(input);
  if ((bits & kDecode) != 0) {
    return appendIdnaDomain(out, toValidUtf8(percentDecode(input)));
  }
  if ((bits & kForbiddenDomain) != 0) return false;
  if ((bits & kLetterX) != 0 && hasPunycodeLabel(input)) return appendIdnaDomain(out, input);
  const size_t begin = out.size();
  out += input;
  if ((bits & kUpper) != 0) {
    std::transform(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                   out.begin() + static_cast<std::ptrdiff_t>(begin), toAsciiLower);
  }
  return finishDomain(out, begin);
}

}  // namespace

bool appendHost(std::string& out, std::string_view input, HostRules rules) {
  if (!input.empty() && input.front() == '[') {
    if (input.back() != ']') return false;
    const auto address = parseIpv6(input.substr(1, input.size() - 2));
    if (!address) return false;
    appendIpv6(out, *address);
    return true;
  }
  return rules == HostRules::kOpaque ? appendOpaqueHost(out, input) : appendDomain(out, input);
}

}  // namespace flamesim::net
