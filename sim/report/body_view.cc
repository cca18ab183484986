#include "sim/report/body_view.h"

#include <algorithm>

#include "sim/diff/json_diff.h"
#include "sim/net/content_coding.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

constexpr uint64_t kMaxDecodedBody = 8 << 20;
// Laid out JSON is larger than it was; beyond this it is shown as it is.
constexpr size_t kMaxLaidOutJson = 1 << 20;
constexpr size_t kBytesBeforeDifference = 2 << 10;

struct BodyContent {
  std::string bytes;
  std::vector<std::string> notes;
  bool isText = false;
  bool saysJson = false;
};

// Which may have been cut in two, and then the whole would be no text.
void dropLastCharacter(std::string& text) {
  while (!text.empty() && (uint8_t(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

BodyContent contentOf(const net::HeaderList& headers, std::string_view bytes, size_t whole) {
  BodyContent content{.bytes = std::string(bytes)};
  std::string coding = headers.get("content-encoding").value_or("");
  if (bytes.size() < whole) {
    content.notes.push_back("cut: of " + grouped(whole) + " bytes the first " +
                            grouped(bytes.size()) + " were read");
    if (coding.empty()) dropLastCharacter(content.bytes);
  } else if (!coding.empty() && !bytes.empty()) {
    auto decoded = net::decodeContent(coding, bytes, kMaxDecodedBody);
    if (decoded) {
      content.bytes = std::move(decoded.value());
      content.notes.push_back("decoded from " + coding + ", " + grouped(whole) + " bytes");
    } else {
      content.notes.push_back("cannot be decoded: " + decoded.error().message);
    }
  }
  content.isText = diff::isText(content.bytes);
  const std::string* type = headers.first("content-type");
  content.saysJson = type != nullptr && diff::isJsonType(*type);
  return content;
}

BodyContent contentOf(const KeptExchange* kept) {
  if (kept == nullptr) return {};
  const net::RecordedResponse& response = kept->exchange.outcome.response;
  return contentOf(response.headers, response.body, kept->responseBytes);
}

bool layOut(BodyContent& content, bool asJson) {
  if (!asJson || content.bytes.size() > kMaxLaidOutJson) return false;
  if (!diff::parseJson(content.bytes)) return false;
  content.bytes = layOutJson(content.bytes, 4 * kMaxLaidOutJson);
  content.notes.emplace_back("JSON, laid out");
  return true;
}

// Where to begin so that the first difference is among what is shown: at the start of a line where
// there is one.
size_t windowStart(std::string_view a, std::string_view b) {
  if (std::max(a.size(), b.size()) <= kShownBodyBytes) return 0;
  size_t common = std::min(a.size(), b.size());
  auto parts = std::mismatch(a.begin(), a.begin() + ptrdiff_t(common), b.begin());
  auto offset = size_t(parts.first - a.begin());
  if (offset == a.size() && offset == b.size()) return 0;
  if (offset + kBytesBeforeDifference <= kShownBodyBytes) return 0;
  size_t start = offset - kBytesBeforeDifference;
  size_t newline = a.find('\n', start);
  if (newline != std::string_view::npos && newline < offset) return newline + 1;
  while (start > 0 && (uint8_t(a[start]) & 0xc0) == 0x80) --start;
  return start;
}

BodyView textView(BodyContent content, size_t start) {
  BodyView view{.notes = std::move(content.notes)};
  std::string_view all = content.bytes;
  start = std::min(start, all.size());
  std::string_view shown = all.substr(start, kShownBodyBytes);
  while (start + shown.size() < all.size() && !shown.empty() &&
         (uint8_t(all[start + shown.size()]) & 0xc0) == 0x80) {
    shown.remove_suffix(1);
  }
  if (start > 0) view.notes.push_back("the first " + grouped(start) + " bytes are left out");
  size_t left = all.size() - start - shown.size();
  if (left > 0) view.notes.push_back("the last " + grouped(left) + " bytes are left out");
  auto before = all.substr(0, start);
  view.firstLine = 1 + size_t(std::count(before.begin(), before.end(), '\n'));
  view.text = shown;
  return view;
}

BodyView hexView(BodyContent content) {
  BodyView view{.notes = std::move(content.notes)};
  std::string_view bytes = content.bytes;
  view.notes.emplace_back("not text: bytes in hex");
  if (bytes.size() > kShownHexBytes) {
    view.notes.push_back("of " + grouped(bytes.size()) + " bytes the first " +
                         grouped(kShownHexBytes) + " are shown");
  }
  view.text = hexLines(bytes.substr(0, kShownHexBytes));
  return view;
}

// JSON as text, outside of strings and within.
class JsonLayout {
 public:
  JsonLayout(std::string_view text, size_t limit) : text(text), limit(limit) {}

  std::string run() {
    while (at < text.size() && out.size() < limit) step();
    return std::move(out);
  }

 private:
  void step() {
    char c = text[at];
    if (c == '"') return copyString();
    ++at;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return;
    if (c == '{' || c == '[') {
      out += c;
      if (closesNext()) return;
      ++depth;
      newLine();
    } else if (c == '}' || c == ']') {
      if (out.back() != '{' && out.back() != '[') {
        --depth;
        newLine();
      }
      out += c;
    } else if (c == ',') {
      out += c;
      newLine();
    } else if (c == ':') {
      out += ": ";
    } else {
      out += c;
    }
  }

  // Of an empty object or array both brackets stand on one line.
  bool closesNext() const {
    size_t next = text.find_first_not_of(" \t\r\n", at);
    return next != std::string_view::npos && (text[next] == '}' || text[next] == ']');
  }

  void copyString() {
    size_t end = at + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, text.size());
    out += text.substr(at, end - at);
    at = end;
  }

  void newLine() {
    out += '\n';
    out.append(depth * 2, ' ');
  }

  std::string_view text;
  size_t limit;
  size_t at = 0;
  size_t depth = 0;  // at most diff::kMaxJsonDepth
  std::string out;
};

}  // namespace

std::string layOutJson(std::string_view text, size_t limit) {
  return JsonLayout(text, limit).run();
}

std::string hexLines(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr size_t kPerLine = 16;
  std::string out;
  for (size_t line = 0; line < bytes.size(); line += kPerLine) {
    if (line > 0) out += '\n';
    for (int shift = 28; shift >= 0; shift -= 4) out += kDigits[line >> shift & 15];
    std::string characters;
    out += ' ';
    for (size_t i = line; i < line + kPerLine; ++i) {
      if (i >= bytes.size()) {
        out += "   ";
        continue;
      }
      auto byte = uint8_t(bytes[i]);
      out += {' ', kDigits[byte >> 4], kDigits[byte & 15]};
      characters += byte >= 0x20 && byte < 0x7f ? char(byte) : '.';
    }
    out += "  " + characters;
  }
  return out;
}

BodyViews viewBodies(const KeptExchange* expected, const KeptExchange* got) {
  BodyContent a = contentOf(expected), b = contentOf(got);
  BodyViews views;
  auto whole = [](const KeptExchange* kept) {
    return kept != nullptr && kept->exchange.outcome.response.body.size() == kept->responseBytes;
  };
  views.same = whole(expected) && whole(got) && a.bytes == b.bytes;
  if (!a.isText || !b.isText) {
    views.expected = a.isText ? textView(std::move(a), 0) : hexView(std::move(a));
    views.got = b.isText ? textView(std::move(b), 0) : hexView(std::move(b));
    return views;
  }
  bool json = a.saysJson || b.saysJson;
  layOut(a, json);
  layOut(b, json);
  size_t start = windowStart(a.bytes, b.bytes);
  views.expected = textView(std::move(a), start);
  views.got = textView(std::move(b), start);
  return views;
}

BodyView viewRequestBody(const KeptExchange& kept) {
  const net::RecordedRequest& request = kept.exchange.request;
  BodyContent content = contentOf(request.headers, request.body, kept.requestBytes);
  if (!content.isText) return hexView(std::move(content));
  layOut(content, content.saysJson);
  return textView(std::move(content), 0);
}

}  // namespace flamesim::report
