#include "sim/report/html_exchange.h"

#include <algorithm>

#include "sim/report/body_view.h"
#include "sim/report/html_text.h"
#include "sim/report/line_diff.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

constexpr size_t kContextLines = 3;
constexpr size_t kShownHeaderBytes = 8 << 10;
constexpr size_t kShownLineBytes = 4 << 10;

using Side = const KeptExchange*;

std::string_view cutAt(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (uint8_t(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

std::string cell(const std::string& html, const char* style) {
  return std::string("<td") + style + "><code>" + html + "</code></td>";
}

// A row of two values; nullptr: the side has none.
std::string pairRow(const std::string& name, const std::string* expected, const std::string* got) {
  bool same = expected != nullptr && got != nullptr && *expected == *got;
  std::string out = same ? "<tr>" : "<tr class=\"differs\">";
  out += "<th scope=\"row\"><code>" + htmlText(name) + "</code></th>";
  if (expected != nullptr && got != nullptr) {
    MarkedPair values =
        markedPair(cutAt(*expected, kShownHeaderBytes), cutAt(*got, kShownHeaderBytes));
    return out + cell(values.expected, "") + cell(values.got, "") + "</tr>";
  }
  constexpr const char* kNone = "<td class=\"none\">(none)</td>";
  auto alone = [](const std::string* value) {
    return value == nullptr
               ? kNone
               : cell("<mark>" + htmlText(cutAt(*value, kShownHeaderBytes)) + "</mark>", "");
  };
  return out + alone(expected) + alone(got) + "</tr>";
}

std::string outcomeText(Side side) {
  if (side == nullptr) return "not in the capture";
  const net::Outcome& outcome = side->exchange.outcome;
  std::string text;
  if (outcome.kind == net::OutcomeKind::kResponse) {
    // Without the reason phrase, which says nothing (docs/rules.md).
    text = "status " + std::to_string(outcome.response.status);
  } else {
    text = std::string(net::outcomeKindName(outcome.kind));
  }
  if (!outcome.error.empty()) text += ": " + outcome.error;
  return text;
}

std::vector<net::Header> headersOf(Side side) {
  if (side == nullptr) return {};
  return side->exchange.outcome.response.headers.sortedAndCombined();
}

// Both lists are sorted by name; names come more than once only where they do in the message.
std::string headerRows(Side expected, Side got) {
  std::string out;
  std::vector<net::Header> a = headersOf(expected), b = headersOf(got);
  size_t i = 0, k = 0;
  while (i < a.size() || k < b.size()) {
    bool left = i < a.size() && (k == b.size() || a[i].name <= b[k].name);
    bool right = k < b.size() && (i == a.size() || b[k].name <= a[i].name);
    const std::string& name = left ? a[i].name : b[k].name;
    out += pairRow(name, left ? &a[i].value : nullptr, right ? &b[k].value : nullptr);
    if (left) ++i;
    if (right) ++k;
  }
  return out;
}

std::string lineCell(const std::vector<std::string_view>& lines, std::optional<size_t> index,
                     size_t first, const std::string& html) {
  if (!index) return "<td class=\"n\"></td><td class=\"none\"></td>";
  std::string out = "<td class=\"n\">" + std::to_string(first + *index) + "</td><td><code>" + html;
  if (lines[*index].size() > kShownLineBytes) {
    out += " <i>[" + grouped(lines[*index].size()) + " bytes in this line]</i>";
  }
  return out + "</code></td>";
}

class BodyTable {
 public:
  explicit BodyTable(const BodyViews& views)
      : views(views),
        a(linesOf(views.expected.text)),
        b(linesOf(views.got.text)),
        pairs(pairLines(a, b)) {}

  std::string html() const {
    std::string out =
        "<table class=\"lines\"><colgroup><col class=\"n\"><col><col class=\"n\"><col></colgroup>"
        "<thead><tr><th colspan=\"2\" scope=\"col\">FL</th>"
        "<th colspan=\"2\" scope=\"col\">chain</th></tr></thead>";
    for (size_t i = 0; i < pairs.size();) {
      size_t end = i;
      while (end < pairs.size() && pairs[end].same == pairs[i].same) ++end;
      if (pairs[i].same) {
        sameRun(i, end, out);
      } else {
        rows(i, end, "<tbody>", out);
      }
      i = end;
    }
    return out + "</table>";
  }

 private:
  // Far from any difference lines are folded away; the script shows them.
  void sameRun(size_t begin, size_t end, std::string& out) const {
    size_t head = begin == 0 ? begin : std::min(begin + kContextLines, end);
    size_t tail = end == pairs.size() ? end : std::max(head, end - std::min(end, kContextLines));
    if (tail - head <= kContextLines) return rows(begin, end, "<tbody>", out);
    if (head > begin) rows(begin, head, "<tbody>", out);
    out += "<tbody class=\"more\"><tr><td colspan=\"4\"><button type=\"button\">" +
           counted(tail - head, "same line") + "</button></td></tr></tbody>";
    rows(head, tail, "<tbody class=\"fold\">", out);
    if (tail < end) rows(tail, end, "<tbody>", out);
  }

  void rows(size_t begin, size_t end, const char* open, std::string& out) const {
    out += open;
    for (size_t i = begin; i < end; ++i) row(pairs[i], out);
    out += "</tbody>";
  }

  void row(const LinePair& pair, std::string& out) const {
    std::string_view left = pair.expected ? cutAt(a[*pair.expected], kShownLineBytes) : "";
    std::string_view right = pair.got ? cutAt(b[*pair.got], kShownLineBytes) : "";
    MarkedPair marked = pair.same || !pair.expected || !pair.got
                            ? MarkedPair{htmlText(left), htmlText(right)}
                            : markedPair(left, right);
    out += pair.same ? "<tr>" : "<tr class=\"differs\">";
    out += lineCell(a, pair.expected, views.expected.firstLine, marked.expected) +
           lineCell(b, pair.got, views.got.firstLine, marked.got) + "</tr>";
  }

  const BodyViews& views;
  std::vector<std::string_view> a;
  std::vector<std::string_view> b;
  std::vector<LinePair> pairs;
};

std::string linesHtml(std::string_view text) {
  std::string out;
  for (std::string_view line : linesOf(text)) {
    out += htmlText(line) + "\n";
  }
  return out;
}

std::string notesOf(std::string_view side, const BodyView& view) {
  std::string out;
  for (const auto& note : view.notes) {
    if (!out.empty()) out += "; ";
    out += htmlText(note);
  }
  if (out.empty()) return "";
  return "<p class=\"note\">" + std::string(side) + out + "</p>";
}

std::string bodiesHtml(Side expected, Side got) {
  BodyViews views = viewBodies(expected, got);
  if (views.same) {
    if (views.expected.text.empty()) return "<h3>Body</h3><p class=\"note\">none on both sides</p>";
    return "<h3>Body</h3><details><summary>the same on both sides</summary>" +
           notesOf("", views.expected) + "<pre><code>" + linesHtml(views.expected.text) +
           "</code></pre></details>";
  }
  return "<h3>Body</h3>" + notesOf("FL: ", views.expected) + notesOf("chain: ", views.got) +
         BodyTable(views).html();
}

std::string requestHtml(const KeptExchange& kept) {
  const net::RecordedRequest& request = kept.exchange.request;
  std::string out = "<h3>Request</h3><p><code>" + htmlText(request.method) + " " +
                    htmlText(cutAt(request.url, kShownHeaderBytes)) + " " +
                    htmlText(request.httpVersion) + "</code></p>";
  out += "<details><summary>" + counted(request.headers.size(), "header") +
         "</summary><table class=\"headers\"><tbody>";
  for (const auto& header : request.headers.all()) {
    out += "<tr><th scope=\"row\"><code>" + htmlText(header.name) + "</code></th>" +
           cell(htmlText(cutAt(header.value, kShownHeaderBytes)), "") + "</tr>";
  }
  out += "</tbody></table></details>";
  if (request.body.empty()) return out;
  BodyView body = viewRequestBody(kept);
  return out + "<details><summary>body, " + counted(kept.requestBytes, "byte") + "</summary>" +
         notesOf("", body) + "<pre><code>" + linesHtml(body.text) + "</code></pre></details>";
}

}  // namespace

std::string exchangeHtml(const ExamplePair& pair) {
  Side expected = pair.reference ? &*pair.reference : nullptr;
  Side got = pair.candidate ? &*pair.candidate : nullptr;
  if (expected == nullptr && got == nullptr) return "";
  std::string out = requestHtml(expected != nullptr ? *expected : *got);
  std::string a = outcomeText(expected), b = outcomeText(got);
  out +=
      "<h3>Answer</h3><table class=\"headers\"><thead><tr><td></td><th scope=\"col\">FL</th>"
      "<th scope=\"col\">chain</th></tr></thead><tbody>" +
      pairRow("outcome", &a, &b) + headerRows(expected, got) + "</tbody></table>";
  out += bodiesHtml(expected, got);
  Duration span(1);
  for (Side side : {expected, got}) {
    if (side != nullptr) span = std::max(span, spanOf(side->exchange));
  }
  out += "<h3>Effects</h3><div class=\"sides\">";
  for (Side side : {expected, got}) {
    out += std::string("<section><h4>") + (side == expected ? "FL" : "chain") + "</h4>" +
           (side == nullptr ? "" : effectsHtml(side->exchange, span)) + "</section>";
  }
  return out + "</div>";
}

}  // namespace flamesim::report
