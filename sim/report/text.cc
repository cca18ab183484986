#include "sim/report/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>

namespace flamesim::report {

namespace {

constexpr std::string_view kCut = "...";

bool isContinuation(char c) {
  return (uint8_t(c) & 0xc0) == 0x80;
}

// Byte offset of a column, at most the size.
size_t offsetOf(std::string_view text, size_t column) {
  size_t offset = 0;
  for (; offset < text.size(); ++offset) {
    if (!isContinuation(text[offset]) && column-- == 0) break;
  }
  return offset;
}

size_t commonStart(std::string_view a, std::string_view b) {
  size_t n = size_t(
      std::mismatch(a.begin(), a.begin() + std::ptrdiff_t(std::min(a.size(), b.size())), b.begin())
          .first -
      a.begin());
  while (n > 0 &&
         ((n < a.size() && isContinuation(a[n])) || (n < b.size() && isContinuation(b[n])))) {
    --n;
  }
  return n;
}

size_t commonEnd(std::string_view a, std::string_view b, size_t start) {
  size_t limit = std::min(a.size(), b.size()) - start;
  size_t n = 0;
  while (n < limit && a[a.size() - 1 - n] == b[b.size() - 1 - n]) ++n;
  while (n > 0 && isContinuation(a[a.size() - n])) --n;
  return n;
}

std::string window(std::string_view text, size_t from, size_t width) {
  std::string out = from > 0 ? std::string(kCut) : "";
  std::string_view rest = text.substr(offsetOf(text, from));
  return out + fitted(rest, width - out.size());
}

}  // namespace

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(uint64_t number, std::string_view noun) {
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string percent(double share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  // Rounding must not turn "nearly all" into all.
  if (share < 1 && share > 0.999) return ">99.9%";
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", share * 100);
  std::string out = text;
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out + "%";
}

size_t columns(std::string_view text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}

std::string fitted(std::string_view text, size_t width) {
  if (columns(text) <= width) return std::string(text);
  size_t kept = width - std::min(width, kCut.size());
  return std::string(text.substr(0, offsetOf(text, kept))) + std::string(kCut);
}

AlignedValues alignValues(std::string_view expected, std::string_view got, size_t width) {
  size_t start = commonStart(expected, got);
  size_t partColumn = columns(expected.substr(0, start));
  size_t from = 0;  // the first column that is shown
  size_t longest = std::max(columns(expected), columns(got));
  if (longest > width && partColumn > width / 3) {
    from = std::min(partColumn - width / 3, longest - (width - kCut.size()));
  }
  AlignedValues result{window(expected, from, width), window(got, from, width), 0, 0, 0};
  result.partAt = from > 0 ? partColumn - from + kCut.size() : partColumn;
  result.commonStart = commonStart(result.expected, result.got);
  result.commonEnd = commonEnd(result.expected, result.got, result.commonStart);
  return result;
}

}  // namespace flamesim::report
