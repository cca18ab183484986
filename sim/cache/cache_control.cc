#include "sim/cache/cache_control.h"

#include <algorithm>

#include "sim/net/message.h"
#include "sim/net/syntax.h"

namespace flamesim::cache {

namespace {

constexpr int64_t kMostSeconds = int64_t(1) << 31;

// The comma-separated names of a field list, in lower case.
std::vector<std::string> fieldNames(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    auto comma = list.find(',');
    auto name = net::trimWhitespace(list.substr(0, comma));
    if (net::isToken(name)) names.push_back(net::toLowerAscii(name));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return names;
}

// Where the member at the start of `text` ends: at the next comma outside of quotes.
size_t memberEnd(std::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      return i;
    }
  }
  return text.size();
}

std::string unquoted(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  std::string result;
  for (size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    result += text[i];
  }
  return result;
}

std::optional<Seconds> secondsOf(const std::optional<std::string>& argument) {
  return argument ? parseDeltaSeconds(*argument) : std::nullopt;
}

void takeFirst(std::optional<Seconds>& into, std::optional<Seconds> value) {
  if (!into) into = value;
}

}  // namespace

std::optional<Seconds> parseDeltaSeconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(value * 10 + (c - '0'), kMostSeconds);
  }
  return Seconds(value);
}

void forEachDirective(std::string_view value,
                      const std::function<void(const std::string& name,
                                               const std::optional<std::string>& argument)>& each) {
  while (!value.empty()) {
    auto end = memberEnd(value);
    auto member = net::trimWhitespace(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    auto equals = member.find('=');
    auto name = member.substr(0, equals);
    if (!net::isToken(name)) continue;
    std::optional<std::string> argument;
    if (equals != std::string_view::npos) argument = unquoted(member.substr(equals + 1));
    each(net::toLowerAscii(name), argument);
  }
}

ResponseDirectives parseResponseDirectives(std::string_view value) {
  ResponseDirectives result;
  forEachDirective(value, [&](const std::string& name, const std::optional<std::string>& argument) {
    result.present = true;
    auto fields = [&](bool& whole, std::vector<std::string>& into) {
      auto names = argument ? fieldNames(*argument) : std::vector<std::string>();
      // An argument without a name in it is one that was got wrong: the careful reading counts.
      if (names.empty()) whole = true;
      into.insert(into.end(), names.begin(), names.end());
    };
    if (name == "no-store") {
      result.noStore = true;
    } else if (name == "no-cache") {
      fields(result.noCache, result.noCacheFields);
    } else if (name == "private") {
      fields(result.isPrivate, result.privateFields);
    } else if (name == "public") {
      result.isPublic = true;
    } else if (name == "must-revalidate") {
      result.mustRevalidate = true;
    } else if (name == "proxy-revalidate") {
      result.proxyRevalidate = true;
    } else if (name == "must-understand") {
      result.mustUnderstand = true;
    } else if (name == "max-age") {
      takeFirst(result.maxAge, secondsOf(argument).value_or(Seconds(0)));
    } else if (name == "s-maxage") {
      takeFirst(result.sharedMaxAge, secondsOf(argument).value_or(Seconds(0)));
    } else if (name == "stale-while-revalidate") {
      takeFirst(result.staleWhileRevalidate, secondsOf(argument));
    } else if (name == "stale-if-error") {
      takeFirst(result.staleIfError, secondsOf(argument));
    }
  });
  return result;
}

RequestDirectives parseRequestDirectives(std::string_view value) {
  RequestDirectives result;
  forEachDirective(value, [&](const std::string& name, const std::optional<std::string>& argument) {
    if (name == "no-cache") {
      result.noCache = true;
    } else if (name == "no-store") {
      result.noStore = true;
    } else if (name == "only-if-cached") {
      result.onlyIfCached = true;
    } else if (name == "max-age") {
      takeFirst(result.maxAge, secondsOf(argument));
    } else if (name == "min-fresh") {
      takeFirst(result.minFresh, secondsOf(argument));
    } else if (name == "max-stale") {
      takeFirst(result.maxStale, argument ? secondsOf(argument) : Seconds(kMostSeconds));
    }
  });
  return result;
}

}  // namespace flamesim::cache
