#include "sim/record/selection.h"

#include <algorithm>

#include "sim/base/pattern.h"
#include "sim/bundle/suggestions.h"
#include "sim/net/syntax.h"
#include "sim/net/url_parts.h"

namespace flamesim::record {

namespace {

using Names = std::vector<std::string>;

}  // namespace

Result<Filter> parseFilter(std::string_view text) {
  Filter filter;
  const Names known{"host", "path", "method"};
  std::string whole(text);
  while (true) {
    auto term = text.substr(0, text.find(','));
    size_t equals = term.find('=');
    std::string name(net::trimWhitespace(term.substr(0, equals)));
    auto found = std::find(known.begin(), known.end(), name);
    if (equals == std::string_view::npos || found == known.end()) {
      return Diagnostic{
          .message = "--filter \"" + whole + "\": \"" + std::string(term) + "\" is no condition",
          .help = bundle::didYouMean(name, known,
                                     "write host=GLOB, path=GLOB or method=NAME, with commas "
                                     "between them")};
    }
    std::string value(net::trimWhitespace(term.substr(equals + 1)));
    if (value.empty()) {
      return Diagnostic{.message = "--filter \"" + whole + "\": \"" + name + "\" has no value"};
    }
    if (name == "host") filter.host = net::toLowerAscii(value);
    if (name == "path") filter.path = value;
    if (name == "method") filter.method = value;
    if (term.size() == text.size()) return filter;
    text.remove_prefix(term.size() + 1);
  }
}

Result<SampleKey> parseSampleKey(std::string_view text) {
  if (text == "client-ip") return SampleKey{SampleBy::kClientIp, ""};
  if (text == "host") return SampleKey{SampleBy::kHost, ""};
  if (text == "url") return SampleKey{SampleBy::kUrl, ""};
  constexpr std::string_view kHeader = "header:";
  if (text.starts_with(kHeader) && net::isToken(text.substr(kHeader.size()))) {
    return SampleKey{SampleBy::kHeader, std::string(text.substr(kHeader.size()))};
  }
  return Diagnostic{.message = "--sample-by \"" + std::string(text) + "\" is nothing to sample by",
                    .help = bundle::didYouMean(text, {"client-ip", "host", "url"},
                                               "it is client-ip, host, url or header:NAME")};
}

Selection::Selection(SelectionOptions givenOptions) : options(std::move(givenOptions)) {
  if (options.sample < 1) hash.emplace(options.secret);
}

std::string Selection::keyOf(const net::Request& request, const net::ClientContext& client) const {
  switch (options.key.by) {
    case SampleBy::kHost:
      return net::toLowerAscii(net::splitUrl(request.url).host);
    case SampleBy::kUrl:
      return request.url;
    case SampleBy::kHeader:
      if (const auto* value = request.headers.first(options.key.header)) return *value;
      break;
    case SampleBy::kClientIp:
      break;
  }
  return client.ip;
}

bool Selection::keeps(const net::Request& request, const net::ClientContext& client) const {
  if (!options.filters.empty()) {
    auto url = net::splitUrl(request.url);
    auto host = net::toLowerAscii(url.host);
    auto path = url.path.empty() ? "/" : url.path;
    bool any =
        std::any_of(options.filters.begin(), options.filters.end(), [&](const Filter& filter) {
          return globMatches(filter.host, host) && globMatches(filter.path, path) &&
                 globMatches(filter.method, request.method);
        });
    if (!any) return false;
  }
  return !hash || hash->fraction("sample", keyOf(request, client)) < options.sample;
}

}  // namespace flamesim::record
