#include "sim/diff/compare_effects.h"

#include "sim/diff/align.h"
#include "sim/diff/attribute.h"
#include "sim/diff/compare_body.h"
#include "sim/diff/compare_headers.h"
#include "sim/diff/json_diff.h"
#include "sim/net/url_parts.h"

namespace flamesim::diff {

using net::Effect;
using net::EffectKind;

namespace {

using Effects = std::vector<const Effect*>;

// The effects of one kind to one destination.
struct Group {
  EffectKind kind;
  std::string_view destination;
  Effects reference;
  Effects candidate;
};

struct Pair {
  const Effect* reference;
  const Effect* candidate;
};

// Finds an effect again when a part of it has changed: "GET /x", "Rrdns.lookupOwnership".
std::string label(const Effect& effect) {
  if (effect.kind != EffectKind::kSubrequest || !effect.request) return effect.operation;
  return effect.request->method + " " + std::string(net::splitUrl(effect.request->url).path);
}

std::string identity(const Effect& effect) {
  if (effect.kind != EffectKind::kSubrequest || !effect.request) {
    return effect.operation + " " + effect.input;
  }
  return effect.request->method + " " + effect.request->url;
}

std::string groupField(const Group& group) {
  std::string field = "effect:" + std::string(net::effectKindName(group.kind));
  if (!group.destination.empty()) field += " " + std::string(group.destination);
  return field;
}

template <typename Name>
std::vector<std::string> names(const Effects& effects, Name name) {
  std::vector<std::string> result;
  for (auto* effect : effects) result.push_back(name(*effect));
  return result;
}

std::string list(const Effects& effects) {
  std::string out;
  for (auto* effect : effects) out += (out.empty() ? "" : ", ") + label(*effect);
  return out;
}

class GroupComparer {
 public:
  GroupComparer(const Group& group, Judge& judge)
      : group(group), judge(judge), field(groupField(group)) {}

  void compare() {
    pairUp();
    if (moved) reportOrder();
    for (auto& pair : pairs) {
      if (pair.reference != nullptr && pair.candidate != nullptr) {
        comparePair(*pair.reference, *pair.candidate);
      } else {
        reportLone(pair);
      }
    }
  }

 private:
  // Effects that are the same but for headers and body first; then, where some are left between
  // two of those, effects of the same label; then a single one left on each side.
  void pairUp() {
    Effects missing, additional;
    for (auto& entry : align(names(group.reference, identity), names(group.candidate, identity))) {
      if (entry.reference && entry.candidate) {
        closeGap(missing, additional);
        moved = moved || entry.moved;
        pairs.push_back({group.reference[*entry.reference], group.candidate[*entry.candidate]});
      } else if (entry.reference) {
        missing.push_back(group.reference[*entry.reference]);
      } else {
        additional.push_back(group.candidate[*entry.candidate]);
      }
    }
    closeGap(missing, additional);
  }

  void closeGap(Effects& missing, Effects& additional) {
    std::vector<Pair> lone;
    for (auto& entry : align(names(missing, label), names(additional, label))) {
      Pair pair{entry.reference ? missing[*entry.reference] : nullptr,
                entry.candidate ? additional[*entry.candidate] : nullptr};
      moved = moved || entry.moved;
      (pair.reference && pair.candidate ? pairs : lone).push_back(pair);
    }
    if (lone.size() == 2 && sameMethod(lone[0], lone[1])) {
      pairs.push_back({lone[0].reference ? lone[0].reference : lone[1].reference,
                       lone[0].candidate ? lone[0].candidate : lone[1].candidate});
    } else {
      pairs.insert(pairs.end(), lone.begin(), lone.end());
    }
    missing.clear();
    additional.clear();
  }

  static bool sameMethod(const Pair& a, const Pair& b) {
    const Effect* reference = a.reference ? a.reference : b.reference;
    const Effect* candidate = a.candidate ? a.candidate : b.candidate;
    return reference != nullptr && candidate != nullptr && reference->request &&
           candidate->request && reference->request->method == candidate->request->method;
  }

  void comparePair(const Effect& reference, const Effect& candidate) {
    std::string base = fieldOf(reference);
    const std::string& worker = candidate.worker;
    if (reference.request && candidate.request) {
      compareRequests(base, *reference.request, *candidate.request, worker);
    } else if (reference.input != candidate.input) {
      compareInputs(base + " input", reference.input, candidate.input, worker);
    }
    if (judge.effects() == EffectMode::kStrict && reference.error != candidate.error) {
      judge.report({.field = base + " error",
                    .kind = candidate.error.empty()   ? DifferenceKind::kMissing
                            : reference.error.empty() ? DifferenceKind::kAdditional
                                                      : DifferenceKind::kChanged,
                    .expected = reference.error,
                    .got = candidate.error},
                   worker);
    }
  }

  void compareRequests(const std::string& base, const net::RecordedRequest& reference,
                       const net::RecordedRequest& candidate, const std::string& worker) {
    if (reference.url != candidate.url) {
      judge.report({.field = base + " url", .expected = reference.url, .got = candidate.url},
                   worker);
    }
    HeaderSide expected{reference.headers, reference.body.size(),
                        net::splitUrl(reference.url).authority};
    HeaderSide got{candidate.headers, candidate.body.size(),
                   net::splitUrl(candidate.url).authority};
    HeaderComparison comparison{.prefix = base + " ", .worker = &worker};
    compareHeaders(expected, got, comparison, judge);
    compareBodies({reference.headers, reference.body}, {candidate.headers, candidate.body},
                  base + " body", worker, judge);
  }

  void compareInputs(const std::string& inputField, std::string expected, std::string got,
                     const std::string& worker) {
    judge.map(inputField, expected, got);
    if (expected == got) return;
    // Console lines are text, whatever they look like.
    if (group.kind != EffectKind::kConsole) {
      auto a = parseJson(expected), b = parseJson(got);
      if (a && b) return compareJson(std::move(*a), std::move(*b), inputField, worker, judge);
    }
    judge.report({.field = inputField, .expected = expected, .got = got}, worker);
  }

  void reportLone(const Pair& pair) {
    const Effect& effect = pair.reference != nullptr ? *pair.reference : *pair.candidate;
    std::string whole = identity(effect);
    Finding finding{.field = fieldOf(effect)};
    if (pair.reference != nullptr) {
      finding.kind = DifferenceKind::kMissing;
      finding.expected = whole;
      std::string worker = attribute(judge.outcome(), finding.field);
      judge.report(std::move(finding), worker);
    } else {
      finding.kind = DifferenceKind::kAdditional;
      finding.got = whole;
      judge.report(std::move(finding), effect.worker);
    }
  }

  void reportOrder() {
    std::string expected = list(group.reference), got = list(group.candidate);
    std::string worker = group.candidate.front()->worker;
    judge.report({.field = field + " order",
                  .kind = DifferenceKind::kOrder,
                  .expected = expected,
                  .got = got},
                 worker);
  }

  std::string fieldOf(const Effect& effect) const {
    std::string name = label(effect);
    return name.empty() ? field : field + " " + name;
  }

  const Group& group;
  Judge& judge;
  std::string field;
  std::vector<Pair> pairs;
  bool moved = false;
};

bool covered(const Effect& effect, const std::vector<Effect>& reference, const EffectScope* scope) {
  if (scope != nullptr) return scope->covers(effect);
  for (auto& other : reference) {
    if (other.kind == effect.kind && other.destination == effect.destination) return true;
  }
  return false;
}

Group& groupOf(std::vector<Group>& groups, const Effect& effect) {
  for (auto& group : groups) {
    if (group.kind == effect.kind && group.destination == effect.destination) return group;
  }
  return groups.emplace_back(Group{effect.kind, effect.destination, {}, {}});
}

}  // namespace

void EffectScope::observe(const net::Exchange& exchange) {
  for (auto& effect : exchange.outcome.effects) {
    if (!covers(effect)) seen.emplace(effect.kind, effect.destination);
  }
}

bool EffectScope::covers(const net::Effect& effect) const {
  return seen.contains({effect.kind, effect.destination});
}

void compareEffects(const std::vector<Effect>& reference, const std::vector<Effect>& candidate,
                    const EffectScope* scope, Judge& judge) {
  if (judge.effects() == EffectMode::kOff) return;
  bool strict = judge.effects() == EffectMode::kStrict;
  if (!strict && scope == nullptr && reference.empty()) return;
  std::vector<Group> groups;
  for (auto& effect : reference) groupOf(groups, effect).reference.push_back(&effect);
  for (auto& effect : candidate) {
    if (strict || covered(effect, reference, scope)) {
      groupOf(groups, effect).candidate.push_back(&effect);
    }
  }
  for (auto& group : groups) GroupComparer(group, judge).compare();
}

}  // namespace flamesim::diff
