#include "sim/cache/vary.h"

#include <algorithm>

#include "sim/net/syntax.h"

namespace flamesim::cache {

namespace {

std::optional<std::string> normalized(const net::HeaderList& request, const std::string& name) {
  auto value = request.get(name);
  if (!value) return std::nullopt;
  std::string result;
  std::string_view rest = *value;
  for (;;) {
    auto comma = rest.find(',');
    result += net::trimWhitespace(rest.substr(0, comma));
    if (comma == std::string_view::npos) return result;
    result += ',';
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

VaryNames parseVary(std::string_view value) {
  VaryNames result;
  while (!value.empty()) {
    auto comma = value.find(',');
    auto member = net::trimWhitespace(value.substr(0, comma));
    if (member == "*") {
      result.all = true;
    } else if (!member.empty()) {
      result.names.push_back(net::toLowerAscii(member));
    }
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  std::sort(result.names.begin(), result.names.end());
  result.names.erase(std::unique(result.names.begin(), result.names.end()), result.names.end());
  return result;
}

Selection selectionOf(const std::vector<std::string>& names, const net::HeaderList& request) {
  Selection selection;
  selection.reserve(names.size());
  for (auto& name : names) selection.emplace_back(name, normalized(request, name));
  return selection;
}

bool selects(const net::HeaderList& request, const Selection& selection) {
  return std::all_of(selection.begin(), selection.end(), [&](auto& header) {
    return normalized(request, header.first) == header.second;
  });
}

}  // namespace flamesim::cache
