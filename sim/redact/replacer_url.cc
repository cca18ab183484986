// URLs, queries and forms.
#include "sim/redact/characters.h"
#include "sim/redact/names.h"
#include "sim/redact/percent.h"
#include "sim/redact/replacer.h"

namespace flamesim::redact {

// What stands in place of a decoded value; nothing: it stays.
std::optional<std::string> Replacer::parameter(std::string_view name, std::string_view value) {
  if (const auto* rule = ruleFor(RuleTarget::kParameter, name)) return byRule(*rule, value);
  if (isSecretName(name, NamePlace::kParameter) && isSecretValue(name, value)) {
    if (value.empty() || isPseudonym(value)) return std::nullopt;
    return replacement(Kind::kToken, value);
  }
  std::string inside(value);
  if (!jsonOrText(inside)) return std::nullopt;
  return inside;
}

// name=value pairs with `separator` between them.
bool Replacer::pairs(std::string& text, char separator) {
  std::string out;
  bool changed = false;
  std::string_view rest = text;
  while (true) {
    auto pair = rest.substr(0, rest.find(separator));
    size_t equals = std::min(pair.find('='), pair.size());
    auto name = percentDecode(pair.substr(0, equals), Plus::kIsSpace);
    bool hasValue = equals < pair.size();
    auto value = hasValue ? percentDecode(pair.substr(equals + 1), Plus::kIsSpace) : name;
    auto found = hasValue ? parameter(name, value) : parameter("", value);
    if (found) {
      if (hasValue) out += pair.substr(0, equals + 1);
      out += percentEncode(*found);
      changed = true;
    } else {
      out += pair;
    }
    if (pair.size() == rest.size()) break;
    out += separator;
    rest.remove_prefix(pair.size() + 1);
  }
  if (changed) text = std::move(out);
  return changed;
}

bool Replacer::form(std::string& text) {
  return !text.empty() && pairs(text, '&');
}

bool Replacer::path(std::string& text) {
  std::string out;
  bool changed = false;
  std::string_view rest = text;
  while (true) {
    std::string_view segment = rest.substr(0, rest.find('/'));
    // "cart;jsessionid=1"
    size_t semicolon = std::min(segment.find(';'), segment.size());
    auto plain = percentDecode(segment.substr(0, semicolon), Plus::kIsPlus);
    if (!plain.empty() && this->text(plain)) {
      out += percentEncode(plain);
      changed = true;
    } else {
      out += segment.substr(0, semicolon);
    }
    std::string parameters(segment.substr(semicolon));
    if (!parameters.empty() && pairs(parameters, ';')) changed = true;
    out += parameters;
    if (segment.size() == rest.size()) break;
    out += '/';
    rest.remove_prefix(segment.size() + 1);
  }
  if (changed) text = std::move(out);
  return changed;
}

bool Replacer::url(std::string& text) {
  std::string_view rest = text;
  std::string out;
  bool changed = false;
  size_t scheme = rest.find("://");
  if (scheme != std::string_view::npos && scheme + 1 == rest.find_first_of("/?#")) {
    out = rest.substr(0, scheme + 3);
    rest.remove_prefix(scheme + 3);
    auto authority = rest.substr(0, rest.find_first_of("/?#"));
    size_t user = authority.rfind('@');
    if (user != std::string_view::npos && !isPseudonym(authority.substr(0, user))) {
      auto found =
          replacement(Kind::kCredentials, percentDecode(authority.substr(0, user), Plus::kIsPlus));
      out += found ? *found : std::string(authority.substr(0, user));
      changed = found.has_value();
      out += authority.substr(user);
    } else {
      out += authority;
    }
    rest.remove_prefix(authority.size());
  }
  size_t hash = std::min(rest.find('#'), rest.size());
  size_t question = std::min(rest.substr(0, hash).find('?'), hash);
  std::string pathText(rest.substr(0, question));
  std::string query(rest.substr(question, hash - question));
  std::string fragment(rest.substr(hash));
  changed = path(pathText) || changed;
  out += pathText;
  for (auto* piece : {&query, &fragment}) {
    if (piece->empty()) continue;
    out += (*piece)[0];
    piece->erase(0, 1);
    changed = form(*piece) || changed;
    out += *piece;
  }
  if (!rules.list().empty()) {
    // Expressions may be about more than one piece.
    std::vector<Edit> edits;
    ruleEdits(out, RulesRun::kAll, edits);
    changed = apply(out, edits) || changed;
  }
  if (changed) text = std::move(out);
  return changed;
}

}  // namespace flamesim::redact
