#include "sim/capture/raw_http.h"

#include <charconv>
#include <optional>

#include "sim/net/syntax.h"
#include "sim/net/url.h"

namespace flamesim::capture {

namespace {

// Takes the next line without its end; nothing when there is no line end.
std::optional<std::string_view> takeLine(std::string_view& rest) {
  size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Header lines up to the empty one. The reason why they cannot be used, or "".
std::string takeHeaders(std::string_view& rest, net::HeaderList& headers) {
  std::vector<net::Header> list;
  while (true) {
    auto line = takeLine(rest);
    if (!line) return "the headers are cut off";
    if (line->empty()) break;
    if (line->front() == ' ' || line->front() == '\t') {
      if (list.empty()) return "a header line begins with white space";
      auto more = net::trimWhitespace(*line);
      if (!net::isFieldValue(more)) return "a header that HTTP does not allow";
      list.back().value += list.back().value.empty() ? "" : " ";
      list.back().value += more;
      continue;
    }
    size_t colon = line->find(':');
    if (colon == std::string_view::npos) return "a header line without a colon";
    auto name = line->substr(0, colon);
    auto value = net::trimWhitespace(line->substr(colon + 1));
    if (!net::isToken(name) || !net::isFieldValue(value)) {
      return "a header that HTTP does not allow";
    }
    list.push_back({std::string(name), std::string(value)});
  }
  headers = net::HeaderList(std::move(list));
  return "";
}

bool isVersion(std::string_view text) {
  return text == "HTTP/1.1" || text == "HTTP/1.0";
}

RawBody takeChunks(std::string_view rest) {
  RawBody body;
  body.chunked = true;
  auto broken = [&](const char* why) {
    body.broken = why;
    return std::move(body);
  };
  while (true) {
    auto line = takeLine(rest);
    if (!line) return broken("its chunks are cut off");
    auto digits = net::trimWhitespace(line->substr(0, line->find(';')));
    uint64_t size = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      return broken("a chunk has no length");
    }
    if (size == 0) break;
    if (size > rest.size()) {
      body.bytes += rest;
      return broken("its chunks are cut off");
    }
    body.bytes += rest.substr(0, size);
    rest.remove_prefix(size);
    auto end2 = takeLine(rest);
    if (!end2) return broken("its chunks are cut off");
    if (!end2->empty()) return broken("a chunk is longer than it says");
  }
  // The trailer; a sniffer that stops at the last chunk has none.
  while (true) {
    auto line = takeLine(rest);
    if (!line) return broken("its chunks are cut off");
    if (line->empty()) break;
  }
  body.behind = rest.size();
  return body;
}

enum class WithoutLength : uint8_t { kNone, kToTheEnd };

RawBody takeBody(const net::HeaderList& headers, std::string_view rest, WithoutLength otherwise) {
  RawBody body;
  if (auto coding = headers.get("transfer-encoding")) {
    if (net::equalsIgnoringCase(net::trimWhitespace(*coding), "chunked")) return takeChunks(rest);
    body.broken = "its transfer coding is not known: " + *coding;
    return body;
  }
  auto lengths = headers.getAll("content-length");
  if (lengths.empty()) {
    if (otherwise == WithoutLength::kToTheEnd) {
      body.bytes = rest;
    } else {
      body.behind = rest.size();
    }
    return body;
  }
  uint64_t length = 0;
  for (const auto& each : lengths) {
    if (each != lengths[0] || !net::parseContentLength(each, length)) {
      body.broken = "its Content-Length is no length";
      return body;
    }
  }
  body.bytes = rest.substr(0, length);
  if (rest.size() < length) {
    body.broken = "it is cut off: " + std::to_string(rest.size()) + " of " +
                  std::to_string(length) + " bytes";
  } else {
    body.behind = rest.size() - length;
  }
  return body;
}

// "HTTP/1.1 200 OK"; the reason phrase may be missing.
bool parseStatusLine(std::string_view line, RawResponse& response) {
  size_t space = line.find(' ');
  if (space == std::string_view::npos || !isVersion(line.substr(0, space))) return false;
  response.version = line.substr(0, space);
  auto rest = line.substr(space + 1);
  auto digits = rest.substr(0, 3);
  uint64_t status = 0;
  if (digits.size() != 3 || !net::parseContentLength(digits, status) || status < 100) return false;
  rest.remove_prefix(3);
  if (!rest.empty() && rest.front() != ' ') return false;
  response.status = uint16_t(status);
  response.statusText = net::trimWhitespace(rest);
  return net::isFieldValue(response.statusText);
}

}  // namespace

std::string parseRawRequest(std::string_view bytes, RawRequest& request) {
  // Servers pass over an empty line before a request (RFC 9112 section 2.2).
  while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  auto line = takeLine(bytes);
  if (!line) return "the request line is cut off";
  size_t first = line->find(' ');
  size_t last = line->rfind(' ');
  if (first == std::string_view::npos || first == last) return "no HTTP request line";
  auto version = line->substr(last + 1);
  auto target = line->substr(first + 1, last - first - 1);
  request.method = line->substr(0, first);
  if (!net::isToken(request.method) || !isVersion(version) || target.empty() ||
      target.find_first_of(std::string_view(" \t\0", 3)) != std::string_view::npos) {
    return "no HTTP request line";
  }
  request.target = target;
  request.version = version;
  if (auto reason = takeHeaders(bytes, request.headers); !reason.empty()) return reason;
  request.body = takeBody(request.headers, bytes, WithoutLength::kNone);
  return "";
}

std::string parseRawResponse(std::string_view bytes, std::string_view method,
                             RawResponse& response) {
  while (true) {
    auto line = takeLine(bytes);
    if (!line) return "the status line is cut off";
    if (!parseStatusLine(*line, response)) return "no HTTP status line";
    if (auto reason = takeHeaders(bytes, response.headers); !reason.empty()) return reason;
    if (response.status >= 200 || response.status == 101) break;
  }
  if (method == "HEAD" || response.status < 200 || response.status == 204 ||
      response.status == 304) {
    response.body.behind = bytes.size();
    return "";
  }
  response.body = takeBody(response.headers, bytes, WithoutLength::kToTheEnd);
  return "";
}

std::string urlOfTarget(std::string_view scheme, std::string_view host, std::string_view target) {
  std::string whole(target);
  if (target.starts_with('/')) {
    if (host.empty() || host.find_first_of("/?#@\\ \t") != std::string_view::npos) return "";
    whole = std::string(scheme) + "://" + std::string(host) + std::string(target);
  }
  auto url = net::Url::parse(whole);
  if (!url || (url->scheme() != net::UrlScheme::kHttp && url->scheme() != net::UrlScheme::kHttps)) {
    return "";
  }
  return std::string(url->hrefWithoutFragment());
}

}  // namespace flamesim::capture
