#include "sim/net/url.h"

#include <algorithm>
#include <limits>

#include "sim/net/url_encode.h"
#include "sim/net/url_host.h"
#include "sim/net/url_parser.h"

namespace flamesim::net {

// A URL taken apart, each piece as it is serialized, without the marks between them.
struct Url::Pieces {
  std::string_view scheme;
  std::string_view username;
  std::string_view password;
  std::optional<std::string_view> host;
  std::string_view port;  // "": none
  std::string_view path;
  bool opaquePath = false;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;
};

// ---- parse ----

std::optional<Url> Url::parse(std::string_view input) {
  return UrlParser::parse(input, nullptr);
}

std::optional<Url> Url::parse(std::string_view input, const Url& base) {
  return UrlParser::parse(input, &base);
}

std::optional<Url> Url::parse(std::string_view input, std::string_view base) {
  const auto parsedBase = parse(base);
  if (!parsedBase) return {};
  return parse(input, *parsedBase);
}

// ---- getters ----

std::string Url::origin() const {
  switch (kind) {
    case UrlScheme::kFile:
      return "null";
    case UrlScheme::kOther: {
      if (protocol() != "blob:") return "null";
      const auto inner = parse(pathname());
      const bool isHttp =
          inner && (inner->kind == UrlScheme::kHttp || inner->kind == UrlScheme::kHttps);
      return isHttp ? inner->origin() : "null";
    }
    default: {
      std::string out;
      out.reserve(schemeEnd + 2 + (pathBegin - hostBegin));
      out += protocol();
      out += "//";
      out += host();
      return out;
    }
  }
}

std::string_view Url::username() const {
  return hostPresent ? slice(schemeEnd + 2, usernameEnd) : std::string_view();
}

std::string_view Url::password() const {
  if (!hasCredentials() || text[usernameEnd] != ':') return {};
  return slice(usernameEnd + 1, hostBegin - 1);
}

std::string_view Url::host() const {
  return hostPresent ? slice(hostBegin, pathBegin) : std::string_view();
}

std::string_view Url::port() const {
  return hostPresent && hostEnd != pathBegin ? slice(hostEnd + 1, pathBegin) : std::string_view();
}

std::string_view Url::search() const {
  return fragmentBegin - queryBegin > 1 ? slice(queryBegin, fragmentBegin) : std::string_view();
}

std::string_view Url::hash() const {
  const auto mark = std::string_view(text).substr(fragmentBegin);
  return mark.size() > 1 ? mark : std::string_view();
}

std::optional<std::string_view> Url::query() const {
  if (queryBegin == fragmentBegin) return {};
  return slice(queryBegin + 1, fragmentBegin);
}

std::optional<std::string_view> Url::fragment() const {
  if (fragmentBegin == text.size()) return {};
  return std::string_view(text).substr(fragmentBegin + 1);
}

bool Url::cannotHaveCredentialsOrPort() const {
  return hostname().empty() || kind == UrlScheme::kFile;
}

// ---- setters ----

namespace {

// "Strip trailing spaces from an opaque path".
std::string_view strippedPath(std::string_view path) {
  return path.substr(0, path.find_last_not_of(' ') + 1);
}

}  // namespace

Url::Pieces Url::pieces() const {
  Pieces parts;
  parts.scheme = slice(0, schemeEnd - 1);
  parts.username = username();
  parts.password = password();
  if (hostPresent) parts.host = hostname();
  parts.port = port();
  parts.path = pathname();
  parts.opaquePath = opaquePath;
  parts.query = query();
  parts.fragment = fragment();
  return parts;
}

// Makes this the URL of these pieces (which may be views of it). One that would be too long leaves
// it as it was.
void Url::assemble(const Pieces& parts) {
  constexpr size_t kMarks = sizeof("://:@:/.?#");
  const size_t size = kMarks + parts.scheme.size() + parts.username.size() + parts.password.size() +
                      parts.host.value_or("").size() + parts.port.size() + parts.path.size() +
                      parts.query.value_or("").size() + parts.fragment.value_or("").size();
  if (size > std::numeric_limits<uint32_t>::max()) return;

  Url next;
  next.text.reserve(size);
  const auto end = [&next] { return static_cast<uint32_t>(next.text.size()); };
  next.text += parts.scheme;
  next.kind = schemeKind(parts.scheme);
  next.text += ':';
  next.schemeEnd = next.usernameEnd = next.hostBegin = next.hostEnd = end();
  next.hostPresent = parts.host.has_value();
  next.opaquePath = parts.opaquePath;
  if (parts.host) {
    next.text += "//";
    next.text += parts.username;
    next.usernameEnd = end();
    if (!parts.password.empty()) next.text.append(":").append(parts.password);
    if (end() != next.schemeEnd + 2) next.text += '@';
    next.hostBegin = end();
    next.text += *parts.host;
    next.hostEnd = end();
    if (!parts.port.empty()) next.text.append(":").append(parts.port);
  }
  if (needsPathPrefix(next.hostPresent, next.opaquePath, parts.path)) next.text += "/.";
  next.pathBegin = end();
  next.text += parts.path;
  next.queryBegin = end();
  if (parts.query) next.text.append("?").append(*parts.query);
  next.fragmentBegin = end();
  if (parts.fragment) next.text.append("#").append(*parts.fragment);
  *this = std::move(next);
}

bool Url::setHref(std::string_view value) {
  auto parsed = parse(value);
  if (!parsed) return false;
  *this = std::move(*parsed);
  return true;
}

void Url::setProtocol(std::string_view value) {
  std::string scheme = withoutTabsAndNewlines(value);
  scheme += ':';
  const auto length = schemeLength(scheme);
  if (!length) return;
  scheme.resize(*length);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), toAsciiLower);
  const UrlScheme newKind = schemeKind(scheme);
  if (isSpecial() != (newKind != UrlScheme::kOther)) return;
  if (newKind == UrlScheme::kFile && (hasCredentials() || !port().empty())) return;
  if (kind == UrlScheme::kFile && hostname().empty()) return;
  Pieces parts = pieces();
  parts.scheme = scheme;
  if (parts.port == defaultPort(newKind)) parts.port = {};
  assemble(parts);
}

void Url::setUsername(std::string_view value) {
  if (cannotHaveCredentialsOrPort()) return;
  std::string encoded;
  appendEncoded(encoded, value, EncodeSet::kUserinfo);
  Pieces parts = pieces();
  parts.username = encoded;
  assemble(parts);
}

void Url::setPassword(std::string_view value) {
  if (cannotHaveCredentialsOrPort()) return;
  std::string encoded;
  appendEncoded(encoded, value, EncodeSet::kUserinfo);
  Pieces parts = pieces();
  parts.password = encoded;
  assemble(parts);
}

// The states "host", "hostname" and "file host" under a state override.
void Url::setHostParts(std::string_view value, bool withPort) {
  if (opaquePath) return;
  const std::string cleaned = withoutTabsAndNewlines(value);
  const std::string_view input =
      std::string_view(cleaned).substr(0, findAuthorityEnd(cleaned, isSpecial()));
  Pieces parts = pieces();
  std::string newHost;
  std::optional<std::string> newPort;
  if (kind == UrlScheme::kFile) {
    if (!input.empty() && !appendFileHost(newHost, input)) return;
  } else {
    const size_t colon = findPortColon(input);
    if (colon < input.size() && (colon == 0 || !withPort)) return;
    if (input.empty() && (isSpecial() || hasCredentials() || !port().empty())) return;
    const HostRules rules = isSpecial() ? HostRules::kDomain : HostRules::kOpaque;
    if (!appendHost(newHost, input.substr(0, colon), rules)) return;
    if (colon < input.size()) {
      std::string_view digits = input.substr(colon + 1);
      digits = digits.substr(0, digits.find_first_not_of("0123456789"));
      if (!digits.empty()) newPort = normalizePort(digits, kind);
    }
  }
  parts.host = newHost;
  if (newPort) parts.port = *newPort;
  assemble(parts);
}

void Url::setHost(std::string_view value) {
  setHostParts(value, true);
}
void Url::setHostname(std::string_view value) {
  setHostParts(value, false);
}

void Url::setPort(std::string_view value) {
  if (cannotHaveCredentialsOrPort()) return;
  Pieces parts = pieces();
  std::string newPort;
  if (!value.empty()) {
    std::string digits = withoutTabsAndNewlines(value);
    digits.resize(std::min(digits.find_first_not_of("0123456789"), digits.size()));
    const auto normalized = normalizePort(digits, kind);
    if (digits.empty() || !normalized) return;
    newPort = *normalized;
  }
  parts.port = newPort;
  assemble(parts);
}

void Url::setPathname(std::string_view value) {
  if (opaquePath) return;
  const std::string cleaned = withoutTabsAndNewlines(value);
  std::string_view input = cleaned;
  std::string path;
  // Only a URL with a host that is not special may be without a path.
  if (!input.empty() || isSpecial() || !hostPresent) {
    if (!input.empty() && isSlash(input[0], isSpecial())) input.remove_prefix(1);
    appendPath(path, 0, input, kind, PathEnd::kAtEndOfInput);
  }
  Pieces parts = pieces();
  parts.path = path;
  assemble(parts);
}

void Url::setSearch(std::string_view value) {
  Pieces parts = pieces();
  std::string encoded;
  if (value.empty()) {
    parts.query.reset();
    if (opaquePath && !parts.fragment) parts.path = strippedPath(parts.path);
  } else {
    if (value[0] == '?') value.remove_prefix(1);
    appendEncoded(encoded, withoutTabsAndNewlines(value),
                  isSpecial() ? EncodeSet::kSpecialQuery : EncodeSet::kQuery);
    parts.query = encoded;
  }
  assemble(parts);
}

void Url::setHash(std::string_view value) {
  Pieces parts = pieces();
  std::string encoded;
  if (value.empty()) {
    parts.fragment.reset();
    if (opaquePath && !parts.query) parts.path = strippedPath(parts.path);
  } else {
    if (value[0] == '#') value.remove_prefix(1);
    appendEncoded(encoded, withoutTabsAndNewlines(value), EncodeSet::kFragment);
    parts.fragment = encoded;
  }
  assemble(parts);
}

}  // namespace flamesim::net
