// Header lists.
#include <algorithm>

#include "sim/net/syntax.h"
#include "sim/redact/names.h"
#include "sim/redact/replacer.h"

namespace flamesim::redact {

namespace {

// So that pointers into parts of a `value` are of use.
std::string joined(std::string_view a, const std::string& b) {
  return std::string(a) + b;
}

}  // namespace

// credentials = scheme [ 1*SP data ] (RFC 9110, section 11.4)
std::string Replacer::credentials(std::string_view value) {
  size_t space = value.find(' ');
  size_t data = space == std::string_view::npos
                    ? 0
                    : std::min(value.find_first_not_of(' ', space), value.size());
  auto secret = value.substr(data);
  auto found = replacement(Kind::kCredentials, secret);
  return found ? joined(value.substr(0, data), *found) : std::string(value);
}

// name=value (RFC 6265, section 4); without "=" all of it may be secret.
std::string Replacer::cookie(std::string_view pair) {
  size_t begin = std::min(pair.find_first_not_of(" \t"), pair.size());
  size_t equals = pair.find('=', begin);
  size_t at = equals == std::string_view::npos ? begin : equals + 1;
  auto value = net::trimWhitespace(pair.substr(at));
  auto name =
      equals == std::string_view::npos ? std::string_view() : pair.substr(begin, equals - begin);
  const auto* rule = ruleFor(RuleTarget::kCookie, name);
  auto found = rule != nullptr ? byRule(*rule, value) : replacement(Kind::kCookie, value);
  return found ? joined(pair.substr(0, at), *found) : std::string(pair);
}

std::string Replacer::cookies(std::string_view value, bool set) {
  if (set) {
    size_t end = std::min(value.find(';'), value.size());
    return cookie(value.substr(0, end)) + std::string(value.substr(end));
  }
  std::string out;
  while (true) {
    size_t end = value.find(';');
    out += cookie(value.substr(0, end));
    if (end == std::string_view::npos) return out;
    out += ';';
    value.remove_prefix(end + 1);
  }
}

// The header's new value; nothing: the header is removed.
std::optional<std::string> Replacer::header(const net::Header& header) {
  if (!rules.list().empty()) {
    const auto* rule = ruleFor(RuleTarget::kHeader, net::toLowerAscii(header.name));
    if (rule != nullptr && rule->action == RuleAction::kRemove) {
      byRule(*rule, header.value);
      return std::nullopt;
    }
    if (rule != nullptr) return byRule(*rule, header.value).value_or(header.value);
  }
  std::string value = header.value;
  switch (headerKind(header.name)) {
    case HeaderKind::kCredentials:
      return credentials(value);
    case HeaderKind::kCookie:
      return cookies(value, false);
    case HeaderKind::kSetCookie:
      return cookies(value, true);
    case HeaderKind::kSecret:
      return replacement(Kind::kToken, value).value_or(value);
    case HeaderKind::kAddresses:
      text(value, DottedNumbers::kAddresses);
      break;
    case HeaderKind::kUrl:
      url(value);
      break;
    case HeaderKind::kVersions:
      text(value, DottedNumbers::kVersions);
      break;
    case HeaderKind::kText:
      text(value);
      break;
    case HeaderKind::kOpaque:
      if (!rules.list().empty()) {
        std::vector<Edit> edits;
        ruleEdits(value, RulesRun::kAll, edits);
        apply(value, edits);
      }
      break;
  }
  return value;
}

bool Replacer::headers(net::HeaderList& headers) {
  std::string place = field;
  std::vector<net::Header> list;
  list.reserve(headers.size());
  bool changed = false;
  for (const auto& each : headers.all()) {
    field = joined(place, " header " + net::toLowerAscii(each.name));
    auto value = header(each);
    changed = changed || !value || *value != each.value;
    if (value) list.push_back({each.name, std::move(*value)});
  }
  field = std::move(place);
  if (changed) headers = net::HeaderList(std::move(list));
  return changed;
}

bool Replacer::known(net::HeaderList& headers) {
  if (knownSecrets.empty()) return false;
  std::string place = field;
  std::vector<net::Header> list = headers.all();
  bool changed = false;
  for (auto& each : list) {
    field = joined(place, " header " + net::toLowerAscii(each.name));
    changed = known(each.value) || changed;
  }
  field = std::move(place);
  if (changed) headers = net::HeaderList(std::move(list));
  return changed;
}

}  // namespace flamesim::redact
