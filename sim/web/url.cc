// The native half of url.js, over sim/net's URL parser.
#include "sim/net/url.h"

#include <cstring>

#include "sim/js/face.h"
#include "sim/net/url_search_params.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

using net::Url;

// Writes where the components end, in the order that url.js names.
void writeParts(const Url& url, std::span<uint8_t> out) {
  const char* start = url.href().data();
  auto begin = [&](std::string_view part) { return uint32_t(part.data() - start); };
  auto end = [&](std::string_view part) { return begin(part) + uint32_t(part.size()); };

  uint32_t schemeEnd = uint32_t(url.protocol().size());
  uint32_t usernameEnd = schemeEnd;
  if (url.hasCredentials()) usernameEnd = schemeEnd + 2 + uint32_t(url.username().size());
  uint32_t hostBegin = begin(url.hostname());
  uint32_t hostEnd = end(url.hostname());
  uint32_t portEnd = hostEnd;
  if (!url.port().empty()) portEnd += 1 + uint32_t(url.port().size());
  uint32_t pathBegin = begin(url.pathname());
  uint32_t queryBegin = end(url.pathname());
  uint32_t fragmentBegin = uint32_t(url.hrefWithoutFragment().size());
  const uint32_t parts[] = {schemeEnd, usernameEnd, hostBegin,  hostEnd,
                            portEnd,   pathBegin,   queryBegin, fragmentBegin};
  if (out.size() != sizeof(parts)) throw js::Throw("TypeError", "Wrong scratch array.");
  std::memcpy(out.data(), parts, sizeof(parts));
}

v8::Local<v8::Value> result(js::Lock& js, const Url& url, v8::Local<v8::Value> scratch) {
  auto out = js::viewOf(scratch);
  if (!out) throw js::Throw("TypeError", "Wrong scratch array.");
  writeParts(url, *out);
  return js.str(url.href());
}

// (input, base | undefined, scratch) -> href | null
v8::Local<v8::Value> parse(js::Lock& js, std::string input, std::optional<std::string> base,
                           v8::Local<v8::Value> scratch) {
  auto url = base ? Url::parse(input, *base) : Url::parse(input);
  if (!url) return v8::Null(js.isolate);
  return result(js, *url, scratch);
}

// (href, member, value, scratch) -> new href | null where setting href failed
v8::Local<v8::Value> set(js::Lock& js, std::string href, std::string member, std::string value,
                         v8::Local<v8::Value> scratch) {
  struct Setter {
    std::string_view member;
    void (Url::*set)(std::string_view);
  };
  static constexpr Setter kSetters[] = {
      {"protocol", &Url::setProtocol}, {"username", &Url::setUsername},
      {"password", &Url::setPassword}, {"host", &Url::setHost},
      {"hostname", &Url::setHostname}, {"port", &Url::setPort},
      {"pathname", &Url::setPathname}, {"search", &Url::setSearch},
      {"hash", &Url::setHash},
  };
  if (member == "href") {
    auto url = Url::parse(value);
    if (!url) return v8::Null(js.isolate);
    return result(js, *url, scratch);
  }
  auto url = Url::parse(href);
  if (!url) return v8::Null(js.isolate);
  for (auto& setter : kSetters) {
    if (setter.member == member) ((*url).*setter.set)(value);
  }
  return result(js, *url, scratch);
}

std::string origin(js::Lock& js, std::string href) {
  auto url = Url::parse(href);
  return url ? url->origin() : "null";
}

// "a=1&b=2" -> ["a", "1", "b", "2"]
v8::Local<v8::Value> parseParams(js::Lock& js, std::string encoded) {
  auto params = net::UrlSearchParams::parse(encoded);
  std::vector<v8::Local<v8::Value>> flat;
  flat.reserve(params.size() * 2);
  for (auto& [name, value] : params.all()) {
    flat.push_back(js.str(name));
    flat.push_back(js.str(value));
  }
  return v8::Array::New(js.isolate, flat.data(), flat.size());
}

std::string formatParams(js::Lock& js, std::vector<std::string> flat) {
  std::vector<net::UrlSearchParams::Pair> pairs;
  pairs.reserve(flat.size() / 2);
  for (size_t i = 0; i + 1 < flat.size(); i += 2) {
    pairs.emplace_back(std::move(flat[i]), std::move(flat[i + 1]));
  }
  return net::UrlSearchParams(std::move(pairs)).toString();
}

const js::FunctionEntry kUrlFunctions[] = {
    js::function<parse>("parse"),
    js::function<set>("set"),
    js::function<origin>("origin"),
    js::function<parseParams>("parseParams"),
    js::function<formatParams>("formatParams"),
};

}  // namespace

const js::NamespaceFace kUrlFace{"url", kUrlFunctions};

}  // namespace flamesim::web
