#include "sim/cache/conditional.h"

#include <algorithm>
#include <array>

#include "sim/cache/http_date.h"
#include "sim/net/syntax.h"

namespace flamesim::cache {

namespace {

std::string_view withoutWeakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

template <size_t n>
bool isAmong(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](auto known) { return net::equalsIgnoringCase(known, name); });
}

constexpr std::array<std::string_view, 6> kConditions = {
    "if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"};
// RFC 9110 section 7.6.1 and RFC 9111 section 3.1.
constexpr std::array<std::string_view, 10> kOfConnection = {"connection",
                                                            "keep-alive",
                                                            "proxy-connection",
                                                            "te",
                                                            "trailer",
                                                            "transfer-encoding",
                                                            "upgrade",
                                                            "proxy-authenticate",
                                                            "proxy-authentication-info",
                                                            "proxy-authorization"};
constexpr std::array<std::string_view, 3> kOfStoredBytes = {"content-length", "content-encoding",
                                                            "content-range"};

// Where the entity tag at the start of `list` ends: at the comma outside of its quotes.
size_t tagEnd(std::string_view list) {
  bool quoted = false;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '"') quoted = !quoted;
    if (list[i] == ',' && !quoted) return i;
  }
  return list.size();
}

}  // namespace

bool etagMatches(std::string_view ifNoneMatch, std::string_view etag) {
  if (net::trimWhitespace(ifNoneMatch) == "*") return true;
  if (etag.empty()) return false;
  while (!ifNoneMatch.empty()) {
    auto end = tagEnd(ifNoneMatch);
    auto tag = net::trimWhitespace(ifNoneMatch.substr(0, end));
    if (withoutWeakness(tag) == withoutWeakness(etag)) return true;
    ifNoneMatch.remove_prefix(std::min(end + 1, ifNoneMatch.size()));
  }
  return false;
}

bool isNotModified(const net::HeaderList& request, const net::HeaderList& stored, Time now) {
  if (auto tags = request.get("if-none-match")) {
    return etagMatches(*tags, stored.get("etag").value_or(""));
  }
  auto* since = request.first("if-modified-since");
  if (since == nullptr) return false;
  auto* modified = stored.first("last-modified");
  if (modified == nullptr) modified = stored.first("date");
  if (modified == nullptr) return false;
  auto limit = parseHttpDate(*since, now);
  auto time = parseHttpDate(*modified, now);
  return limit && time && *time <= *limit;
}

bool mayAnswerRange(const net::HeaderList& request, const net::HeaderList& stored) {
  auto* condition = request.first("if-range");
  if (condition == nullptr) return true;
  auto* etag = stored.first("etag");
  if (etag != nullptr && *condition == *etag) return !etag->starts_with("W/");
  auto* modified = stored.first("last-modified");
  return modified != nullptr && *condition == *modified;
}

bool hasValidator(const net::HeaderList& stored) {
  return stored.has("etag") || stored.has("last-modified");
}

void addValidators(net::HeaderList& request, const net::HeaderList& stored) {
  if (auto* etag = stored.first("etag")) request.set("If-None-Match", *etag);
  if (auto* modified = stored.first("last-modified")) {
    request.set("If-Modified-Since", *modified);
  }
}

void removeConditions(net::HeaderList& request) {
  for (auto name : kConditions) request.remove(name);
}

net::HeaderList mergeNotModified(const net::HeaderList& stored, const net::HeaderList& update) {
  auto news = storable(update);
  auto changes = [&](std::string_view name) {
    return news.has(name) && !isAmong(name, kOfStoredBytes);
  };
  net::HeaderList merged;
  for (auto& header : stored.all()) {
    if (!changes(header.name)) merged.append(header.name, header.value);
  }
  for (auto& header : news.all()) {
    if (changes(header.name)) merged.append(header.name, header.value);
  }
  // The age of the old answer is not that of the new one.
  if (!news.has("age")) merged.remove("age");
  return merged;
}

net::HeaderList storable(const net::HeaderList& headers) {
  auto connection = headers.get("connection").value_or("");
  net::HeaderList kept;
  for (auto& header : headers.all()) {
    if (isAmong(header.name, kOfConnection)) continue;
    if (!connection.empty() && net::listContains(connection, header.name)) continue;
    kept.append(header.name, header.value);
  }
  return kept;
}

}  // namespace flamesim::cache
