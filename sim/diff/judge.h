// Decides which findings of one comparison stand: rules may excuse them. Collects those that do.
// Lives as long as one call of compare().
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/diff/difference.h"
#include "sim/diff/rules.h"
#include "sim/net/exchange.h"

namespace flamesim::diff {

// Differences kept of one pair, and of one JSON value; what is beyond is counted.
inline constexpr size_t kMaxDifferences = 100;
inline constexpr size_t kMaxJsonDifferences = 20;

// A difference before it is judged.
struct Finding {
  std::string field;
  DifferenceKind kind = DifferenceKind::kChanged;
  std::string_view expected;  // the whole values: what rules look at
  std::string_view got;
  // What the reader sees instead, where the whole value says too much.
  std::optional<std::pair<std::string, std::string>> shown = std::nullopt;
  std::string detail = {};
  Weight weight = Weight::kBehaviour;
};

class Judge {
 public:
  // All of these must outlive the judge.
  Judge(const Rules& rules, const net::Exchange& reference, const net::Outcome& candidate);

  // Reports a finding; it stands unless a rule excuses it. Attributed by its field.
  void report(Finding finding);
  // As above, with the worker that made it.
  void report(Finding finding, const std::string& worker);

  // The two steps of report(), for callers that bound what they keep.
  bool excused(Finding& finding);  // adds to the detail why a rule had no answer
  void add(Finding finding, const std::string& worker);
  void omit() { ++result.omitted; }

  // A rule of action "exact" covers the field: the defaults do not hold.
  bool isExact(std::string_view field);
  // Applies the "map" rules that cover `field` to two texts before they are compared.
  void map(std::string_view field, std::string& expected, std::string& got);
  // Which "sort" rule names exactly this field; nothing: none.
  std::optional<uint32_t> sortRule(std::string_view field);
  bool hasSortRules();
  void used(uint32_t rule) { result.rulesUsed.push_back(rule); }

  EffectMode effects() const { return rules.effects(); }
  const net::Outcome& outcome() const { return candidate; }
  Comparison& comparison() { return result; }

 private:
  // Indices of the rules whose conditions hold for this exchange; computed when first asked for.
  const std::vector<uint32_t>& active();

  const Rules& rules;
  const net::Exchange& reference;
  const net::Outcome& candidate;
  std::optional<std::vector<uint32_t>> activeRules;
  Comparison result;
};

}  // namespace flamesim::diff
