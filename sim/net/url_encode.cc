#include "sim/net/url_encode.h"

#include <algorithm>
#include <utility>

namespace flamesim::net {

namespace {

// Length of the well-formed UTF-8 sequence at `pos`, or 0 with `bad` set to the number of bytes
// that one U+FFFD stands for.
size_t sequenceAt(std::string_view text, size_t pos, size_t& bad) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(pos);
  bad = 1;
  if (lead < 0x80) return 1;
  size_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) length = 2;
  if (lead >= 0xe0 && lead <= 0xef) length = 3;
  if (lead >= 0xf0 && lead <= 0xf4) length = 4;
  // The second byte's range excludes overlong forms, surrogates and what lies past U+10FFFF.
  unsigned char lower = 0x80;
  unsigned char upper = 0xbf;
  if (lead == 0xe0) lower = 0xa0;
  if (lead == 0xed) upper = 0x9f;
  if (lead == 0xf0) lower = 0x90;
  if (lead == 0xf4) upper = 0x8f;
  for (size_t i = 1; i < length; ++i) {
    if (pos + i >= text.size() || byte(pos + i) < lower || byte(pos + i) > upper) {
      bad = i;
      return 0;
    }
    lower = 0x80;
    upper = 0xbf;
  }
  return length;
}

}  // namespace

void appendPercentByte(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  const char text[3] = {'%', kHex[byte >> 4], kHex[byte & 15]};
  out.append(text, 3);
}

void appendEncoded(std::string& out, std::string_view bytes, EncodeSet set) {
  size_t run = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!needsEncoding(bytes[i], set)) continue;
    out.append(bytes, run, i - run);
    appendPercentByte(out, bytes[i]);
    run = i + 1;
  }
  out.append(bytes, run, bytes.size() - run);
}

std::string percentDecode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '%' && bytes.size() - i > 2) {
      const int high = hexValue(bytes[i + 1]);
      const int low = hexValue(bytes[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += bytes[i];
  }
  return out;
}

std::string toValidUtf8(std::string bytes) {
  const auto isAscii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(bytes.begin(), bytes.end(), isAscii)) return bytes;
  std::string out;
  out.reserve(bytes.size());
  size_t bad = 0;
  for (size_t pos = 0; pos < bytes.size();) {
    if (const size_t length = sequenceAt(bytes, pos, bad)) {
      out.append(bytes, pos, length);
      pos += length;
    } else {
      out += "\xef\xbf\xbd";
      pos += bad;
    }
  }
  return out;
}

}  // namespace flamesim::net
