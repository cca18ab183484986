#include "sim/diff/judge.h"

#include <charconv>
#include <cmath>

#include "sim/diff/attribute.h"
#include "sim/diff/syntax.h"

namespace flamesim::diff {

namespace {

constexpr size_t kShownField = 400;  // bytes; JSON keys and URLs can be of any length

// A number, or the seconds of an HTTP date.
std::optional<double> measure(std::string_view text) {
  double number = 0;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
      std::isfinite(number)) {
    return number;
  }
  if (auto date = parseHttpDate(text)) return double(*date);
  return std::nullopt;
}

bool within(std::string_view expected, std::string_view got, double tolerance) {
  auto a = measure(expected), b = measure(got);
  return a && b && std::abs(*a - *b) <= tolerance;
}

}  // namespace

Judge::Judge(const Rules& rules, const net::Exchange& reference, const net::Outcome& candidate)
    : rules(rules), reference(reference), candidate(candidate) {}

const std::vector<uint32_t>& Judge::active() {
  if (!activeRules) {
    activeRules.emplace();
    if (!rules.list().empty()) {
      RequestFacts request = factsOf(reference);
      for (uint32_t i = 0; i < rules.list().size(); ++i) {
        if (applies(rules.list()[i], request)) activeRules->push_back(i);
      }
    }
  }
  return *activeRules;
}

bool Judge::excused(Finding& finding) {
  std::optional<std::pair<std::string, std::string>> mapped;
  std::vector<uint32_t> mappedBy;
  bool both = finding.kind == DifferenceKind::kChanged;
  auto expected = [&] { return mapped ? std::string_view(mapped->first) : finding.expected; };
  auto got = [&] { return mapped ? std::string_view(mapped->second) : finding.got; };
  auto gaveUp = [&](const Rule& rule) {
    if (!finding.detail.empty()) finding.detail += "; ";
    finding.detail += "the pattern of " + rule.where() + " has no answer for this value";
  };

  for (uint32_t index : active()) {
    const Rule& rule = rules.list()[index];
    if (rule.action == Action::kSort || !fieldCovers(rule.field, finding.field)) continue;
    bool excuses = false;
    switch (rule.action) {
      case Action::kExact:
        return false;
      case Action::kIgnore:
        excuses = true;
        break;
      case Action::kPresence:
        excuses = both || finding.kind == DifferenceKind::kOrder;
        break;
      case Action::kTolerance:
        excuses = both && within(expected(), got(), rule.tolerance);
        break;
      case Action::kRegex:
        if (both) {
          auto a = rule.pattern->matchesWhole(expected()), b = rule.pattern->matchesWhole(got());
          if (!a || !b) gaveUp(rule);
          excuses = a.value_or(false) && b.value_or(false);
        }
        break;
      case Action::kMap:
        if (both) {
          auto a = rule.pattern->replaceAll(expected(), rule.value);
          auto b = rule.pattern->replaceAll(got(), rule.value);
          if (!a || !b) {
            gaveUp(rule);
            break;
          }
          if (*a != expected() || *b != got()) mappedBy.push_back(index);
          excuses = *a == *b;
          mapped.emplace(std::move(*a), std::move(*b));
        }
        break;
      case Action::kSort:
        break;
    }
    if (excuses) {
      if (rule.action != Action::kMap) result.rulesUsed.push_back(index);
      result.rulesUsed.insert(result.rulesUsed.end(), mappedBy.begin(), mappedBy.end());
      return true;
    }
  }
  return false;
}

void Judge::add(Finding finding, const std::string& worker) {
  if (result.differences.size() >= kMaxDifferences) {
    omit();
    return;
  }
  Difference difference{.field = printable(finding.field, kShownField),
                        .kind = finding.kind,
                        .weight = finding.weight,
                        .expected = {},
                        .got = {},
                        .worker = worker,
                        .detail = std::move(finding.detail)};
  if (finding.shown) {
    difference.expected = std::move(finding.shown->first);
    difference.got = std::move(finding.shown->second);
  } else {
    difference.expected = printable(finding.expected);
    difference.got = printable(finding.got);
  }
  result.differences.push_back(std::move(difference));
}

void Judge::report(Finding finding, const std::string& worker) {
  if (!excused(finding)) add(std::move(finding), worker);
}

void Judge::report(Finding finding) {
  if (excused(finding)) return;
  std::string worker = attribute(candidate, finding.field);
  add(std::move(finding), worker);
}

bool Judge::isExact(std::string_view field) {
  for (uint32_t index : active()) {
    const Rule& rule = rules.list()[index];
    if (rule.action == Action::kExact && fieldCovers(rule.field, field)) return true;
  }
  return false;
}

void Judge::map(std::string_view field, std::string& expected, std::string& got) {
  for (uint32_t index : active()) {
    const Rule& rule = rules.list()[index];
    if (rule.action != Action::kMap || !fieldCovers(rule.field, field)) continue;
    auto a = rule.pattern->replaceAll(expected, rule.value);
    auto b = rule.pattern->replaceAll(got, rule.value);
    if (!a || !b) continue;
    if (*a != expected || *b != got) used(index);
    expected = std::move(*a);
    got = std::move(*b);
  }
}

bool Judge::hasSortRules() {
  for (uint32_t index : active()) {
    if (rules.list()[index].action == Action::kSort) return true;
  }
  return false;
}

std::optional<uint32_t> Judge::sortRule(std::string_view field) {
  for (uint32_t index : active()) {
    const Rule& rule = rules.list()[index];
    if (rule.action == Action::kSort && fieldMatches(rule.field, field)) return index;
  }
  return std::nullopt;
}

}  // namespace flamesim::diff
