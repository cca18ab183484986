#include "sim/report/html_text.h"

#include <limits>

#include "sim/base/markup.h"
#include "sim/diff/difference.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

// Printable, but for tabs.
std::string visibleText(std::string_view bytes) {
  std::string out;
  while (true) {
    size_t tab = bytes.find('\t');
    std::string_view piece = bytes.substr(0, tab);
    out += diff::printable(piece, piece.size());
    if (tab == std::string_view::npos) return out;
    out += '\t';
    bytes.remove_prefix(tab + 1);
  }
}

// U+202A to U+202E and U+2066 to U+2069: text after one of these could seem to stand elsewhere.
bool turnsDirection(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xe2') return false;
  auto second = uint8_t(text[1]), third = uint8_t(text[2]);
  return (second == 0x80 && third >= 0xaa && third <= 0xae) ||
         (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

// Of text that is visible already.
std::string markupFree(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (turnsDirection(text.substr(i))) {
      unsigned last = (uint8_t(text[i + 1]) & 0x3fU) << 6 | (uint8_t(text[i + 2]) & 0x3fU);
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\u{20";
      out += kDigits[last >> 4 & 15];
      out += kDigits[last & 15];
      out += '}';
      i += 2;
      continue;
    }
    auto entity = text[i] == '\'' ? "&#39;" : markupEntity(text[i]);
    out += entity.empty() ? text.substr(i, 1) : entity;
  }
  return out;
}

}  // namespace

std::string htmlText(std::string_view bytes) {
  return markupFree(visibleText(bytes));
}

MarkedPair markedPair(std::string_view expected, std::string_view got) {
  AlignedValues values =
      alignValues(visibleText(expected), visibleText(got), std::numeric_limits<size_t>::max());
  auto marked = [&](std::string_view text) {
    size_t middle = text.size() - values.commonStart - values.commonEnd;
    std::string inner = markupFree(text.substr(values.commonStart, middle));
    if (!inner.empty()) inner = "<mark>" + inner + "</mark>";
    return markupFree(text.substr(0, values.commonStart)) + inner +
           markupFree(text.substr(values.commonStart + middle));
  };
  return {marked(values.expected), marked(values.got)};
}

}  // namespace flamesim::report
