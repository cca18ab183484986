#include "sim/redact/replacer.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "sim/net/url_parts.h"
#include "sim/redact/characters.h"
#include "sim/redact/entropy.h"
#include "sim/redact/names.h"
#include "sim/redact/percent.h"

namespace flamesim::redact {

namespace {

constexpr size_t kMostKnown = 24;

// Whether a value would not stand elsewhere by chance: "dark" of a cookie would.
bool isUnlikelyByChance(std::string_view secret) {
  constexpr size_t kShortest = 12;
  constexpr size_t kLongest = 4096;
  constexpr double kLeastEntropy = 2.8;
  if (secret.size() < kShortest || secret.size() > kLongest || secret[0] == '/') return false;
  if (secret.find("://") != std::string_view::npos) return false;
  bool digit = false;
  for (char c : secret) {
    digit = digit || isDigit(c);
    if (!isAlnum(c) && std::string_view("+/=_.~-!$").find(c) == std::string_view::npos)
      return false;
  }
  return digit && entropyOf(secret) >= kLeastEntropy;
}

// Ranges that do not overlap.
class Ranges {
 public:
  // False where it overlaps another; then it is not added.
  bool add(size_t begin, size_t end) {
    auto next = ranges.lower_bound(begin);
    if (next != ranges.end() && next->first < end) return false;
    if (next != ranges.begin() && std::prev(next)->second > begin) return false;
    ranges.emplace_hint(next, begin, end);
    return true;
  }

 private:
  std::map<size_t, size_t> ranges;  // begin -> end
};

// Where `part` stands in `text` at `from` or behind it; npos: nowhere.
size_t findPart(std::string_view text, std::string_view part, size_t from) {
  if (from >= text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return size_t(static_cast<const char*>(found) - text.data());
}

}  // namespace

void Replacer::setRequest(std::string_view url) {
  host.clear();
  requestPath.clear();
  if (rules.list().empty()) return;
  auto parts = net::splitUrl(url);
  host = net::toLowerAscii(parts.host);
  requestPath = parts.path;
}

bool Replacer::holds(const RedactionRule& rule, RuleTarget target) const {
  return rule.target == target && globMatches(rule.host, host) &&
         globMatches(rule.path, requestPath);
}

const RedactionRule* Replacer::ruleFor(RuleTarget target, std::string_view name) const {
  for (const auto& rule : rules.list()) {
    if (!holds(rule, target)) continue;
    bool matches = target == RuleTarget::kJson ? fieldMatches(rule.pattern, name)
                                               : globMatches(rule.pattern, name);
    if (matches) return &rule;
  }
  return nullptr;
}

std::optional<std::string> Replacer::byRule(const RedactionRule& rule, std::string_view value) {
  if (rule.action == RuleAction::kKeep) return std::nullopt;
  if (rule.action == RuleAction::kRemove) {
    if (observer != nullptr && !value.empty()) (*observer)(Kind::kRule, field, value);
    return "";
  }
  if (value.empty() || isPseudonym(value)) return std::nullopt;
  return replacement(Kind::kRule, value);
}

std::optional<std::string> Replacer::replacement(Kind kind, std::string_view secret) {
  if (!rules.redacts(kind)) return std::nullopt;
  std::string result;
  switch (kind) {
    case Kind::kEmail:
      result = pseudonyms.email(secret);
      break;
    case Kind::kAddress:
      result = pseudonyms.address(secret);
      break;
    case Kind::kCard:
      result = pseudonyms.card(secret);
      break;
    case Kind::kCredentials:
    case Kind::kCookie:
    case Kind::kToken:
    case Kind::kRule:
      result = pseudonyms.token(secret);
      if (result != secret) remember(secret, result);
      break;
  }
  if (result == secret) return std::nullopt;
  if (observer != nullptr) (*observer)(kind, field, secret);
  return result;
}

void Replacer::remember(std::string_view secret, const std::string& pseudonym) {
  if (!isUnlikelyByChance(secret) || knownSecrets.size() == kMostKnown) return;
  bool there = std::any_of(knownSecrets.begin(), knownSecrets.end(),
                           [secret](const auto& pair) { return pair.first == secret; });
  if (!there) knownSecrets.emplace_back(secret, pseudonym);
}

bool Replacer::apply(std::string& text, std::vector<Edit>& edits) {
  if (edits.empty()) return false;
  std::string out;
  out.reserve(text.size());
  size_t from = 0;
  for (const auto& edit : edits) {
    out.append(text, from, edit.begin - from);
    out += edit.text;
    from = edit.end;
  }
  out.append(text, from);
  bool changed = out != text;
  text = std::move(out);
  return changed;
}

// What the user's expressions match, in order and without overlap; "keep" gives edits that change
// nothing.
void Replacer::ruleEdits(std::string& text, RulesRun run, std::vector<Edit>& edits) {
  Ranges taken;
  for (const auto& rule : rules.list()) {
    if (!holds(rule, RuleTarget::kRegex)) continue;
    if (run == RulesRun::kKeeps && rule.action != RuleAction::kKeep) continue;
    auto found = rule.regex->findAll(text);
    if (!found) {
      // Nobody knows what it would have found: nothing of it is kept.
      edits.clear();
      auto whole = replacement(Kind::kRule, text);
      if (whole) edits.push_back({0, text.size(), std::move(*whole)});
      return;
    }
    for (auto [begin, end] : *found) {
      if (!taken.add(begin, end)) continue;
      auto value = std::string_view(text).substr(begin, end - begin);
      edits.push_back({begin, end, byRule(rule, value).value_or(std::string(value))});
    }
  }
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
}

bool Replacer::text(std::string& text, DottedNumbers dotted) {
  // Beside a pseudonym something may look like a secret that did not before.
  constexpr int kMostRounds = 4;
  if (!textOnce(text, dotted, RulesRun::kAll)) return false;
  for (int round = 1; round < kMostRounds && textOnce(text, dotted, RulesRun::kKeeps);) ++round;
  return true;
}

bool Replacer::textOnce(std::string& text, DottedNumbers dotted, RulesRun run) {
  std::vector<Edit> edits;
  if (!rules.list().empty()) ruleEdits(text, run, edits);
  size_t byRules = edits.size();
  spans.clear();
  scanText(text, dotted, spans);
  size_t next = 0;  // of the rules' edits
  for (const auto& span : spans) {
    while (next < byRules && edits[next].end <= span.begin) ++next;
    if (next < byRules && edits[next].begin < span.end) continue;
    auto raw = std::string_view(text).substr(span.begin, span.end - span.begin);
    std::string decoded;
    if (span.percentEncoded) {
      decoded = percentDecode(raw, Plus::kIsPlus);
      if (isPseudonym(decoded)) continue;
    }
    auto found = replacement(span.kind, span.percentEncoded ? decoded : raw);
    if (!found) continue;
    if (span.percentEncoded && span.kind == Kind::kEmail)
      found->replace(found->find('@'), 1, "%40");
    edits.push_back({span.begin, span.end, std::move(*found)});
  }
  if (byRules != 0 && byRules != edits.size()) {
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  }
  return apply(text, edits);
}

bool Replacer::jsonOrText(std::string& text) {
  size_t first = text.find_first_not_of(" \t\r\n");
  bool looks = first != std::string::npos &&
               (text[first] == '{' || text[first] == '[' || text[first] == '"');
  return looks ? json(text) : this->text(text);
}

bool Replacer::address(std::string& text) {
  if (!isAddress(text)) return this->text(text, DottedNumbers::kAddresses);
  auto found = replacement(Kind::kAddress, text);
  if (!found) return false;
  // Also where it looks like a version or stands in a URL.
  if (text.size() >= 7) knownSecrets.emplace_back(text, *found);
  text = std::move(*found);
  return true;
}

bool Replacer::known(std::string& text) {
  std::vector<Edit> edits;
  Ranges taken;
  auto inWord = [](char c) { return isAlnum(c) || c == '_' || c == '-'; };
  for (const auto& [secret, pseudonym] : knownSecrets) {
    for (size_t i = findPart(text, secret, 0); i != std::string::npos;
         i = findPart(text, secret, i + 1)) {
      size_t end = i + secret.size();
      bool inside = (i > 0 && inWord(text[i - 1])) || (end < text.size() && inWord(text[end]));
      bool longer = isDigit(secret.back()) && end + 1 < text.size() && text[end] == '.' &&
                    isDigit(text[end + 1]);
      if (inside || longer || !taken.add(i, end)) continue;
      if (observer != nullptr) (*observer)(Kind::kToken, field, secret);
      edits.push_back({i, end, pseudonym});
    }
  }
  std::sort(edits.begin(), edits.end(),
            [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  return apply(text, edits);
}

}  // namespace flamesim::redact
