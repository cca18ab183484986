// Fuzz target for scanRequestHead: what it makes of a head that kj-http accepts is compared with a
// plain reading of the lines before kj-http has touched them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sim/net/request_head.h"
#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Logical lines: ended by CRLF, LF or CR, each of which counts as two spaces or one before a space.
std::vector<std::string> splitLines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      lines.back().push_back(text[i]);
      continue;
    }
    bool two = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (two) ++i;
    bool folded = i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t');
    if (folded) {
      lines.back().append(two ? "  " : " ");
    } else {
      lines.emplace_back();
    }
  }
  // A bare CR may stand before the last newline.
  while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
  return lines;
}

struct Plain {
  std::vector<Header> headers;
  bool spaceBeforeColon = false;
  bool emptyFold = false;  // a value of nothing but a fold: kj-http takes it for white space
};

Plain readPlainly(std::string_view text) {
  Plain plain;
  auto lines = splitLines(text);
  for (size_t i = 1; i < lines.size(); ++i) {
    std::string_view line = lines[i];
    auto colon = line.find(':');
    require(colon != std::string_view::npos);
    auto name = line.substr(0, colon);
    if (trimWhitespace(name) != name) plain.spaceBeforeColon = true;
    if (colon + 1 < line.size() && trimWhitespace(line.substr(colon + 1)).empty()) {
      plain.emptyFold = true;
    }
    plain.headers.push_back(
        {std::string(trimWhitespace(name)), std::string(trimWhitespace(line.substr(colon + 1)))});
  }
  return plain;
}

void check(std::string_view input, std::string_view behind) {
  static const kj::HttpHeaderTable table;
  // In kj-http's buffer the second newline, then what the client has sent behind it, then zeros.
  auto buffer = kj::heapArray<char>(input.size() + 1 + behind.size() + kHeadPadding);
  memset(buffer.begin(), 0, buffer.size());
  std::copy(input.begin(), input.end(), buffer.begin());
  buffer[input.size()] = '\n';
  std::copy(behind.begin(), behind.end(), buffer.begin() + input.size() + 1);
  kj::HttpHeaders headers(table);
  auto parsed = headers.tryParseRequest(buffer.slice(0, input.size()));
  if (!parsed.is<kj::HttpHeaders::Request>()) return;

  auto plain = readPlainly(input);
  auto head =
      scanRequestHead(parsed.get<kj::HttpHeaders::Request>().url, headers, HeadBuffer::kPadded);
  if (plain.spaceBeforeColon) return;            // refused, or taken from kj-http as it is
  if (head.fellBack && plain.emptyFold) return;  // it cannot be told from an absent one
  require(!head.fellBack);
  require(!head.spaceBeforeColon);
  auto& all = head.headers.all();
  require(all.size() <= plain.headers.size());
  for (size_t i = 0; i < all.size(); ++i) require(all[i] == plain.headers[i]);
  // Only built-in headers without a value may be lost, and only at the end.
  for (size_t i = all.size(); i < plain.headers.size(); ++i) {
    require(plain.headers[i].value.empty());
  }
}

}  // namespace

}  // namespace flamesim::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  // kj-http hands a head over without its second newline, so there is no empty line inside.
  auto end = text.find("\n\n");
  auto endCr = text.find("\n\r\n");
  auto cut = std::min(end, endCr);
  std::string behind;
  if (cut != std::string::npos) {
    behind = text.substr(cut + 2);
    text.resize(cut + 1);
  }
  if (!text.ends_with('\n')) text += "\r\n";
  flamesim::net::check(text, behind);
  return 0;
}
