#include "sim/diff/difference.h"

#include <algorithm>
#include <array>

namespace flamesim::diff {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr size_t kHexWindow = 16;
constexpr size_t kTextBefore = 40;
constexpr size_t kTextAfter = 80;

// Length of the UTF-8 sequence (RFC 3629) that `text` begins with; 0 when it is ill-formed.
size_t utf8Length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : uint8_t(0); };
  auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && byte(1) < 0xa0) return 0;
    if (lead == 0xed && byte(1) > 0x9f) return 0;
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xf0 && byte(1) < 0x90) return 0;
    if (lead == 0xf4 && byte(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

bool isContinuation(char c) {
  return (uint8_t(c) & 0xc0) == 0x80;
}

void escapeByte(uint8_t byte, std::string& out) {
  switch (byte) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\x";
      out += kHexDigits[byte >> 4];
      out += kHexDigits[byte & 15];
  }
}

void escapeInto(std::string_view bytes, std::string& out) {
  for (size_t i = 0; i < bytes.size();) {
    size_t length = utf8Length(bytes.substr(i));
    uint8_t lead = uint8_t(bytes[i]);
    // C1 controls (U+0080 to U+009F) can steer a terminal as C0 ones do.
    bool control = lead < 0x20 || lead == 0x7f ||
                   (length == 2 && lead == 0xc2 && uint8_t(bytes[i + 1]) < 0xa0);
    if (length == 0 || control) {
      for (size_t end = i + std::max<size_t>(length, 1); i < end; ++i) {
        escapeByte(uint8_t(bytes[i]), out);
      }
    } else {
      out += bytes.substr(i, length);
      i += length;
    }
  }
}

std::string hexWindow(std::string_view bytes, size_t offset) {
  size_t start = offset - std::min<size_t>(offset, 4);
  std::string out = start > 0 ? "... " : "";
  size_t end = std::min(bytes.size(), start + kHexWindow);
  for (size_t i = start; i < end; ++i) {
    if (i != start) out += ' ';
    out += kHexDigits[uint8_t(bytes[i]) >> 4];
    out += kHexDigits[uint8_t(bytes[i]) & 15];
  }
  if (end < bytes.size()) out += " ...";
  return out.empty() ? "(end)" : out;
}

std::string textWindow(std::string_view bytes, size_t offset) {
  size_t at = std::min(offset, bytes.size());
  size_t newline = at == 0 ? std::string_view::npos : bytes.rfind('\n', at - 1);
  size_t lineStart = newline == std::string_view::npos ? 0 : newline + 1;
  size_t lineEnd = std::min(bytes.find('\n', at), bytes.size());
  if (lineEnd > at && bytes[lineEnd - 1] == '\r') --lineEnd;
  size_t start = at - lineStart > kTextBefore ? at - kTextBefore : lineStart;
  size_t end = std::min(lineEnd, at + kTextAfter);
  while (start > lineStart && isContinuation(bytes[start])) --start;
  while (end < lineEnd && isContinuation(bytes[end])) ++end;
  std::string out = start > lineStart ? "..." : "";
  escapeInto(bytes.substr(start, end - start), out);
  if (end < lineEnd) out += "...";
  if (at == bytes.size()) out += "(end)";
  return out;
}

}  // namespace

std::string_view differenceKindName(DifferenceKind kind) {
  constexpr std::array<std::string_view, 4> kNames{"changed", "missing", "additional", "order"};
  return kNames[size_t(kind)];
}

std::string_view weightName(Weight weight) {
  return weight == Weight::kBehaviour ? "behaviour" : "framing";
}

std::string_view verdictName(Verdict verdict) {
  constexpr std::array<std::string_view, 6> kNames{"same",   "different", "declined",
                                                   "failed", "noise",     "known"};
  return kNames[size_t(verdict)];
}

std::string printable(std::string_view bytes, size_t limit) {
  std::string out;
  if (bytes.size() <= limit) {
    escapeInto(bytes, out);
    return out;
  }
  // The head says what it is, the tail is where ids and versions stand.
  size_t head = limit * 3 / 4;
  size_t tail = bytes.size() - (limit - head);
  while (head > 0 && isContinuation(bytes[head])) --head;
  while (tail < bytes.size() && isContinuation(bytes[tail])) ++tail;
  escapeInto(bytes.substr(0, head), out);
  out += " [" + std::to_string(tail - head) + " bytes] ";
  escapeInto(bytes.substr(tail), out);
  return out;
}

bool isText(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    uint8_t lead = uint8_t(bytes[i]);
    if (lead < 0x20 && lead != '\t' && lead != '\n' && lead != '\r' && lead != '\f') return false;
    if (lead == 0x7f) return false;
    size_t length = lead < 0x80 ? 1 : utf8Length(bytes.substr(i, 4));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

FirstDifference firstDifference(std::string_view reference, std::string_view candidate) {
  size_t common = std::min(reference.size(), candidate.size());
  auto at =
      std::mismatch(reference.begin(), reference.begin() + ptrdiff_t(common), candidate.begin());
  FirstDifference result;
  result.offset = size_t(at.first - reference.begin());
  if (!isText(reference) || !isText(candidate)) {
    result.expected = hexWindow(reference, result.offset);
    result.got = hexWindow(candidate, result.offset);
    return result;
  }
  // Both texts agree before the offset, so one count serves for both.
  std::string_view before = reference.substr(0, result.offset);
  result.line = 1 + uint32_t(std::count(before.begin(), before.end(), '\n'));
  size_t offset = result.offset;
  while (offset > 0 && offset < reference.size() && isContinuation(reference[offset])) --offset;
  result.expected = textWindow(reference, offset);
  result.got = textWindow(candidate, offset);
  return result;
}

std::string FirstDifference::describe() const {
  std::string out = "first difference at byte " + std::to_string(offset);
  if (line != 0) out += ", line " + std::to_string(line);
  return out;
}

}  // namespace flamesim::diff
