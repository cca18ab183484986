#include "sim/web/utf8.h"

#include <cstdint>
#include <cstring>

namespace flamesim::web {

namespace {

// Of a lead byte: how many bytes follow, and the range of the first of them, which keeps out
// overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
  uint8_t following = 0;  // 0: not a lead byte
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
};

Lead leadOf(uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {1};
  if (byte == 0xe0) return {2, 0xa0, 0xbf};
  if (byte == 0xed) return {2, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {2};
  if (byte == 0xf0) return {3, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {3};
  if (byte == 0xf4) return {3, 0x80, 0x8f};
  return {};
}

// Whether bytes[begin + 1 .. end) may follow the lead byte.
bool mayFollow(std::string_view bytes, size_t begin, size_t end, const Lead& lead) {
  for (size_t i = begin + 1; i < end; ++i) {
    auto c = uint8_t(bytes[i]);
    if (i == begin + 1 ? c < lead.low || c > lead.high : c < 0x80 || c > 0xbf) return false;
  }
  return true;
}

}  // namespace

bool isAscii(std::string_view bytes) {
  const char* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    if (word & 0x8080808080808080) return false;
  }
  for (; left > 0; --left, ++p) {
    if (uint8_t(*p) >= 0x80) return false;
  }
  return true;
}

bool isValidUtf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    auto c = uint8_t(bytes[i]);
    if (c < 0x80) {
      ++i;
      continue;
    }
    Lead lead = leadOf(c);
    size_t end = i + 1 + lead.following;
    if (lead.following == 0 || end > bytes.size() || !mayFollow(bytes, i, end, lead)) return false;
    i = end;
  }
  return true;
}

size_t incompleteUtf8Tail(std::string_view bytes) {
  for (size_t length = 1; length <= 3 && length <= bytes.size(); ++length) {
    size_t begin = bytes.size() - length;
    auto c = uint8_t(bytes[begin]);
    if (c < 0x80) return 0;
    Lead lead = leadOf(c);
    if (lead.following == 0) continue;
    bool unfinished = lead.following >= length;
    return unfinished && mayFollow(bytes, begin, bytes.size(), lead) ? length : 0;
  }
  return 0;
}

}  // namespace flamesim::web
