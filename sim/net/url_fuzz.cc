// Fuzz target for the URL parser, its setters and URLSearchParams. The input is cut at bytes FF,
// which UTF-8 never has: a base, a URL, then values for setters in turn.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "sim/net/url.h"
#include "sim/net/url_search_params.h"

namespace flamesim::net {

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

bool isAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

// The members put together again are the URL: no offset is off by one.
void checkParts(const Url& url) {
  std::string joined(url.protocol());
  if (url.hasHost()) {
    joined += "//";
    joined += url.username();
    if (!url.password().empty()) joined.append(":").append(url.password());
    if (url.hasCredentials()) joined += '@';
    joined += url.host();
    std::string host(url.hostname());
    if (!url.port().empty()) host.append(":").append(url.port());
    require(host == url.host());
  } else if (!url.hasOpaquePath() && url.pathname().substr(0, 2) == "//") {
    joined += "/.";
  }
  joined += url.pathname();
  if (const auto query = url.query()) joined.append("?").append(*query);
  require(joined == url.hrefWithoutFragment());
  if (const auto fragment = url.fragment()) joined.append("#").append(*fragment);
  require(joined == url.href());
  require(isAscii(url.href()));
  require(!url.isSpecial() || url.hasHost());
  require(!url.isSpecial() || url.pathname().substr(0, 1) == "/");
}

void checkParams(std::string_view query) {
  auto params = UrlSearchParams::parse(query);
  require(UrlSearchParams::parse(params.toString()) == params);
  const size_t size = params.size();
  params.sort();
  require(params.size() == size);
  while (params.size() > 0) {
    const std::string name = params.all().front().first;
    params.set(name, "x");
    require(params.getAll(name).size() == 1);
    params.remove(name);
    require(!params.has(name));
  }
}

using Setter = void (Url::*)(std::string_view);
constexpr std::array<Setter, 9> kSetters = {&Url::setProtocol, &Url::setUsername, &Url::setPassword,
                                            &Url::setHost,     &Url::setHostname, &Url::setPort,
                                            &Url::setPathname, &Url::setSearch,   &Url::setHash};

std::string_view nextPart(std::string_view& rest) {
  const size_t cut = std::min(rest.find('\xff'), rest.size());
  const std::string_view part = rest.substr(0, cut);
  rest.remove_prefix(std::min(cut + 1, rest.size()));
  return part;
}

void run(std::string_view rest) {
  const auto base = Url::parse(nextPart(rest));
  const std::string_view input = nextPart(rest);
  auto url = base ? Url::parse(input, *base) : Url::parse(input);
  if (base) checkParts(*base);
  if (!url) return;
  checkParts(*url);
  checkParams(url->query().value_or(""));
  const auto again = Url::parse(url->href());
  require(again && *again == *url && again->host() == url->host());
  while (!rest.empty()) {
    const std::string_view value = nextPart(rest);
    if (value.empty()) continue;
    // The first byte chooses the setter, so that any order is tried.
    const size_t setter = static_cast<unsigned char>(value[0]) % kSetters.size();
    ((*url).*kSetters[setter])(value.substr(1));
    checkParts(*url);
    require(Url::parse(url->href()).has_value());
  }
}

}  // namespace

}  // namespace flamesim::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  flamesim::net::run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
