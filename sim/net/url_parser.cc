#include "sim/net/url_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "sim/net/url_encode.h"
#include "sim/net/url_host.h"

namespace flamesim::net {

// ---- the parts that parser and setters share ----

UrlScheme schemeKind(std::string_view scheme) {
  switch (scheme.size()) {
    case 2:
      return scheme == "ws" ? UrlScheme::kWs : UrlScheme::kOther;
    case 3:
      if (scheme == "wss") return UrlScheme::kWss;
      return scheme == "ftp" ? UrlScheme::kFtp : UrlScheme::kOther;
    case 4:
      if (scheme == "http") return UrlScheme::kHttp;
      return scheme == "file" ? UrlScheme::kFile : UrlScheme::kOther;
    case 5:
      return scheme == "https" ? UrlScheme::kHttps : UrlScheme::kOther;
    default:
      return UrlScheme::kOther;
  }
}

std::string_view defaultPort(UrlScheme scheme) {
  switch (scheme) {
    case UrlScheme::kHttp:
    case UrlScheme::kWs:
      return "80";
    case UrlScheme::kHttps:
    case UrlScheme::kWss:
      return "443";
    case UrlScheme::kFtp:
      return "21";
    case UrlScheme::kFile:
    case UrlScheme::kOther:
      return "";
  }
  return "";
}

std::optional<size_t> schemeLength(std::string_view text) {
  if (text.empty() || !isAsciiAlpha(text[0])) return {};
  for (size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i;
    if (!isAsciiAlpha(c) && !isAsciiDigit(c) && c != '+' && c != '-' && c != '.') return {};
  }
  return {};
}

bool hasTabOrNewline(std::string_view text) {
  // Eight bytes at a time: is any below 0x20? Few URLs have one, so that the exact test is rare.
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t pos = 0;
  for (; text.size() - pos >= 8; pos += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + pos, 8);
    if (((word - kOnes * 0x20) & ~word & kHighBits) != 0) break;
  }
  return text.find_first_of("\t\n\r", pos) != std::string_view::npos;
}

std::string withoutTabsAndNewlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
  return out;
}

size_t findPortColon(std::string_view text) {
  bool inBrackets = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') inBrackets = true;
    if (text[i] == ']') inBrackets = false;
    if (text[i] == ':' && !inBrackets) return i;
  }
  return text.size();
}

size_t findAuthorityEnd(std::string_view text, bool special) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (isSlash(text[i], special) || text[i] == '?' || text[i] == '#') return i;
  }
  return text.size();
}

bool appendFileHost(std::string& out, std::string_view input) {
  const size_t begin = out.size();
  if (!appendHost(out, input, HostRules::kDomain)) return false;
  if (std::string_view(out).substr(begin) == "localhost") out.resize(begin);
  return true;
}

std::optional<std::string> normalizePort(std::string_view digits, UrlScheme scheme) {
  uint32_t value = 0;
  for (const char c : digits) {
    value = value * 10 + static_cast<uint32_t>(c - '0');
    if (value > 65535) return {};
  }
  std::string port = std::to_string(value);
  if (port == defaultPort(scheme)) port.clear();
  return port;
}

// ---- the parser ----

std::optional<Url> UrlParser::parse(std::string_view input, const Url* base) {
  if (input.size() > kMaxUrlInput) return {};
  const auto isTrimmed = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!input.empty() && isTrimmed(input.front())) input.remove_prefix(1);
  while (!input.empty() && isTrimmed(input.back())) input.remove_suffix(1);
  std::string cleaned;
  if (hasTabOrNewline(input)) {
    cleaned = withoutTabsAndNewlines(input);
    input = cleaned;
  }
  UrlParser parser(base);
  if (!parser.run(input)) return {};
  return std::move(parser.url);
}

// The states "scheme start", "scheme", "special authority slashes", "special relative or
// authority", "path or authority".
bool UrlParser::run(std::string_view input) {
  const auto length = schemeLength(input);
  if (!length) return withoutScheme(input);

  std::string& text = url.text;
  text.reserve(input.size() + 3);  // "http:a" grows by most: "http://a/"
  text.append(input, 0, *length + 1);
  std::transform(text.begin(), text.end(), text.begin(), toAsciiLower);
  url.schemeEnd = end();
  url.kind = schemeKind(std::string_view(text).substr(0, *length));
  std::string_view rest = input.substr(*length + 1);

  if (url.kind == UrlScheme::kFile) return file(rest);
  if (url.isSpecial()) {
    if (base != nullptr && base->kind == url.kind && rest.substr(0, 2) != "//") {
      return relative(rest);
    }
    while (!rest.empty() && isSlash(rest[0], true)) rest.remove_prefix(1);
    return authority(rest);
  }
  if (rest.substr(0, 2) == "//") return authority(rest.substr(2));
  noHost();
  if (rest.substr(0, 1) == "/") return pathSegments(rest.substr(1));
  return opaque(rest);
}

// The state "no scheme".
bool UrlParser::withoutScheme(std::string_view input) {
  if (base == nullptr) return false;
  url.kind = base->kind;
  if (base->opaquePath) {
    if (input.substr(0, 1) != "#") return false;
    url = *base;
    url.text.resize(url.fragmentBegin);
    return queryAndFragment(input);
  }
  url.text.reserve(base->text.size() + input.size() + 3);
  url.text.append(base->text, 0, base->schemeEnd);
  url.schemeEnd = base->schemeEnd;
  return url.kind == UrlScheme::kFile ? file(input) : relative(input);
}

// The states "authority" and, where `rest` begins after it, what follows.
bool UrlParser::authority(std::string_view rest) {
  const size_t length = findAuthorityEnd(rest, url.isSpecial());
  std::string_view hostText = rest.substr(0, length);
  url.text += "//";
  url.hostPresent = true;
  url.usernameEnd = end();
  if (const size_t at = hostText.rfind('@'); at != std::string_view::npos) {
    const std::string_view credentials = hostText.substr(0, at);
    hostText.remove_prefix(at + 1);
    if (hostText.empty()) return false;
    const size_t colon = std::min(credentials.find(':'), credentials.size());
    appendEncoded(url.text, credentials.substr(0, colon), EncodeSet::kUserinfo);
    url.usernameEnd = end();
    if (colon + 1 < credentials.size()) {
      url.text += ':';
      appendEncoded(url.text, credentials.substr(colon + 1), EncodeSet::kUserinfo);
    }
    if (end() != url.schemeEnd + 2) url.text += '@';
  }
  return hostAndPort(hostText) && pathStart(rest.substr(length));
}

// The states "host" and "port".
bool UrlParser::hostAndPort(std::string_view text) {
  const size_t colon = findPortColon(text);
  if (colon == 0 && (url.isSpecial() || !text.empty())) return false;
  url.hostBegin = end();
  if (!appendHost(url.text, text.substr(0, colon),
                  url.isSpecial() ? HostRules::kDomain : HostRules::kOpaque)) {
    return false;
  }
  url.hostEnd = end();
  if (colon + 1 >= text.size()) return true;
  const std::string_view digits = text.substr(colon + 1);
  if (!std::all_of(digits.begin(), digits.end(), isAsciiDigit)) return false;
  const auto port = normalizePort(digits, url.kind);
  if (!port) return false;
  if (!port->empty()) {
    url.text += ':';
    url.text += *port;
  }
  return true;
}

// The states "file" and "file slash".
bool UrlParser::file(std::string_view rest) {
  const bool fromBase = base != nullptr && base->kind == UrlScheme::kFile;
  if (!rest.empty() && isSlash(rest[0], true)) {
    rest.remove_prefix(1);
    if (!rest.empty() && isSlash(rest[0], true)) return fileHost(rest.substr(1));
    if (!fromBase) {
      emptyHost();
      return pathSegments(rest);
    }
    copyAuthority();
    url.pathBegin = end();
    // "/x" keeps the base's drive.
    const std::string_view path = base->pathname();
    if (!startsWithDriveLetter(rest) && path.size() >= 3 && path[2] == ':' &&
        startsWithDriveLetter(path.substr(1))) {
      url.text += path.substr(0, 3);
    }
    return pathSegments(rest);
  }
  if (fromBase) {
    copyAuthority();
    return afterBasePath(rest, !startsWithDriveLetter(rest));
  }
  emptyHost();
  return pathSegments(rest);
}

// The state "file host".
bool UrlParser::fileHost(std::string_view rest) {
  if (startsWithDriveLetter(rest)) {
    emptyHost();
    return pathSegments(rest);
  }
  const size_t length = findAuthorityEnd(rest, true);
  emptyHost();
  if (length > 0 && !appendFileHost(url.text, rest.substr(0, length))) return false;
  url.hostEnd = end();
  return pathStart(rest.substr(length));
}

// The states "relative" and "relative slash"; the scheme is the base's.
bool UrlParser::relative(std::string_view rest) {
  if (rest.empty() || !isSlash(rest[0], url.isSpecial())) {
    copyAuthority();
    return afterBasePath(rest, true);
  }
  rest.remove_prefix(1);
  if (rest.empty() || !isSlash(rest[0], url.isSpecial())) {
    copyAuthority();
    return pathSegments(rest);
  }
  rest.remove_prefix(1);
  while (url.isSpecial() && !rest.empty() && isSlash(rest[0], true)) rest.remove_prefix(1);
  return authority(rest);
}

// What follows when the base's path was taken over: nothing (its query stays), a query, a fragment,
// or segments that replace the last one; all of them when not `keepPath`.
bool UrlParser::afterBasePath(std::string_view rest, bool keepPath) {
  url.pathBegin = end();
  url.text += base->pathname();
  if (!rest.empty() && rest[0] != '?' && rest[0] != '#') {
    if (keepPath) {
      shortenPath(url.text, url.pathBegin, url.kind);
    } else {
      url.text.resize(url.pathBegin);
    }
    return pathSegments(rest);
  }
  if (rest.empty() || rest[0] == '#') {
    fixPathPrefix();
    url.queryBegin = end();
    url.text += base->slice(base->queryBegin, base->fragmentBegin);
    url.fragmentBegin = end();
    if (rest.empty()) return fits();
  }
  return queryAndFragment(rest);
}

// The state "opaque path".
bool UrlParser::opaque(std::string_view rest) {
  url.opaquePath = true;
  url.pathBegin = end();
  const size_t length = std::min(rest.find_first_of("?#"), rest.size());
  appendEncoded(url.text, rest.substr(0, length), EncodeSet::kC0Control);
  return queryAndFragment(rest.substr(length));
}

// The state "path start".
bool UrlParser::pathStart(std::string_view rest) {
  url.pathBegin = end();
  if (!rest.empty() && isSlash(rest[0], url.isSpecial())) return pathSegments(rest.substr(1));
  if (url.isSpecial()) return pathSegments(rest);
  return queryAndFragment(rest);
}

// The state "path"; a path taken from the base may precede.
bool UrlParser::pathSegments(std::string_view rest) {
  if (url.pathBegin == 0) url.pathBegin = end();
  const size_t length = appendPath(url.text, url.pathBegin, rest, url.kind, PathEnd::kAtQuery);
  return queryAndFragment(rest.substr(length));
}

// The states "query" and "fragment"; ends the URL.
bool UrlParser::queryAndFragment(std::string_view rest) {
  if (!rest.empty() && rest[0] == '?') {
    fixPathPrefix();
    url.queryBegin = end();
    url.text += '?';
    const size_t length = std::min(rest.find('#'), rest.size());
    appendEncoded(url.text, rest.substr(1, length - 1),
                  url.isSpecial() ? EncodeSet::kSpecialQuery : EncodeSet::kQuery);
    url.fragmentBegin = end();
    rest.remove_prefix(length);
  } else if (url.fragmentBegin == 0) {
    fixPathPrefix();
    url.queryBegin = url.fragmentBegin = end();
  }
  if (!rest.empty()) {
    url.text += '#';
    appendEncoded(url.text, rest.substr(1), EncodeSet::kFragment);
  }
  return fits();
}

void UrlParser::noHost() {
  url.usernameEnd = url.hostBegin = url.hostEnd = end();
}

void UrlParser::emptyHost() {
  url.text += "//";
  url.hostPresent = true;
  url.usernameEnd = url.hostBegin = url.hostEnd = end();
}

void UrlParser::copyAuthority() {
  const uint32_t authorityEnd = base->hostPresent ? base->pathBegin : base->schemeEnd;
  url.text += base->slice(base->schemeEnd, authorityEnd);
  url.usernameEnd = base->usernameEnd;
  url.hostBegin = base->hostBegin;
  url.hostEnd = base->hostEnd;
  url.hostPresent = base->hostPresent;
}

void UrlParser::fixPathPrefix() {
  if (needsPathPrefix(url.hostPresent, url.opaquePath,
                      std::string_view(url.text).substr(url.pathBegin))) {
    url.text.insert(url.pathBegin, "/.");
    url.pathBegin += 2;
  }
}

}  // namespace flamesim::net
