#include "sim/report/line_diff.h"

#include <algorithm>
#include <cstdint>

namespace flamesim::report {

namespace {

constexpr size_t kMaxCells = 4'000'000;

using Lines = std::vector<std::string_view>;

// Ranges of both sides that have nothing in common become pairs of differing lines.
void pairDiffering(size_t fromA, size_t toA, size_t fromB, size_t toB, std::vector<LinePair>& out) {
  while (fromA < toA || fromB < toB) {
    LinePair pair;
    if (fromA < toA) pair.expected = fromA++;
    if (fromB < toB) pair.got = fromB++;
    out.push_back(pair);
  }
}

// The ranges [begin, endA) and [begin, endB), with a table of the lengths of common subsequences.
void pairMiddle(const Lines& a, const Lines& b, size_t begin, size_t endA, size_t endB,
                std::vector<LinePair>& out) {
  size_t rows = endA - begin, columns = endB - begin;
  if (rows == 0 || columns == 0 || rows > kMaxCells / columns) {
    pairDiffering(begin, endA, begin, endB, out);
    return;
  }
  // Lengths fit: the shorter side has at most 2,000 lines.
  std::vector<uint16_t> lengths((rows + 1) * (columns + 1));
  auto at = [&](size_t i, size_t k) -> uint16_t& { return lengths[i * (columns + 1) + k]; };
  for (size_t i = rows; i-- > 0;) {
    for (size_t k = columns; k-- > 0;) {
      at(i, k) = a[begin + i] == b[begin + k] ? uint16_t(at(i + 1, k + 1) + 1)
                                              : std::max(at(i + 1, k), at(i, k + 1));
    }
  }
  size_t i = 0, k = 0, doneA = 0, doneB = 0;
  while (i < rows && k < columns) {
    if (a[begin + i] == b[begin + k]) {
      pairDiffering(begin + doneA, begin + i, begin + doneB, begin + k, out);
      out.push_back({begin + i, begin + k, true});
      doneA = ++i;
      doneB = ++k;
    } else if (at(i + 1, k) >= at(i, k + 1)) {
      ++i;
    } else {
      ++k;
    }
  }
  pairDiffering(begin + doneA, endA, begin + doneB, endB, out);
}

}  // namespace

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  if (text.empty()) return lines;
  while (true) {
    size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::vector<LinePair> pairLines(const Lines& expected, const Lines& got) {
  std::vector<LinePair> out;
  size_t shorter = std::min(expected.size(), got.size());
  size_t begin = 0;
  while (begin < shorter && expected[begin] == got[begin]) {
    out.push_back({begin, begin, true});
    ++begin;
  }
  size_t tail = 0;
  while (tail < shorter - begin &&
         expected[expected.size() - 1 - tail] == got[got.size() - 1 - tail]) {
    ++tail;
  }
  pairMiddle(expected, got, begin, expected.size() - tail, got.size() - tail, out);
  for (size_t i = tail; i > 0; --i) {
    out.push_back({expected.size() - i, got.size() - i, true});
  }
  return out;
}

}  // namespace flamesim::report
