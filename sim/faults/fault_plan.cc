#include "sim/faults/fault_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/faults/latency.h"

namespace flamesim::faults {

namespace {

using bundle::FaultTarget;

// FNV-1a: the same everywhere.
uint64_t hashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  return hash;
}

std::string_view nameOf(FaultTarget target) {
  switch (target) {
    case FaultTarget::kService:
      return "the service";
    case FaultTarget::kEgress:
      return "the egress";
    case FaultTarget::kWorker:
      return "the worker";
  }
  return "";
}

kj::Exception exception(kj::Exception::Type type, const std::string& text) {
  return kj::Exception(type, __FILE__, __LINE__, kj::heapString(text.data(), text.size()));
}

}  // namespace

bool matchesPattern(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool FaultPlan::due(const Entry& entry, Time now) const {
  auto& schedule = entry.rule.schedule;
  double at = std::chrono::duration<double>(now - entry.since).count() - schedule.from;
  if (at < 0) return false;
  if (schedule.every > 0) at = std::fmod(at, schedule.every);
  return !schedule.length || at < *schedule.length;
}

std::optional<Verdict> FaultPlan::decide(const Question& question, Time now, Draws& draws) const {
  std::optional<Verdict> verdict;
  bool ends = false;  // a rule before said how the call ends
  for (auto& entry : entries) {
    auto& rule = entry.rule;
    if (!due(entry, now) || !question.matches(rule.when)) continue;
    // A constant delay that always happens needs no randomness.
    bool draw = rule.probability < 1 || rule.latency.shape > bundle::Latency::Shape::kConstant;
    Random random = draw ? draws.next(seed, entry.stream) : Random(0);
    if (rule.probability < 1 && random.nextDouble() >= rule.probability) continue;
    if (!verdict) verdict.emplace();
    verdict->latency += faults::draw(rule.latency, random);
    bool says = rule.error || rule.stale.on || rule.drop.when != bundle::FaultDrop::When::kNever;
    if (ends || !says) continue;
    ends = true;
    if (rule.error) verdict->error.emplace(exceptionOf(*rule.error));
    verdict->drop = rule.drop;
    verdict->stale = rule.stale;
  }
  return verdict;
}

bool FaultPlan::wantsAnswer(const Question& question) const {
  return std::any_of(entries.begin(), entries.end(), [&](auto& entry) {
    return entry.rule.stale.on && question.matches(entry.rule.when);
  });
}

bool FaultPlan::hitsCallbacks() const {
  return std::any_of(entries.begin(), entries.end(),
                     [](auto& entry) { return entry.rule.when.callbacks; });
}

void FaultPlan::add(uint64_t handle, bundle::FaultRule rule, Time since) {
  // A rule is known by what it says, so that others beside it change nothing; of the same rule
  // twice each has a stream.
  uint64_t same = 0;
  for (auto& entry : entries) same += entry.rule.text == rule.text ? 1 : 0;
  auto stream = mixed(hashOf(rule.text), same);
  entries.push_back({handle, stream, std::move(rule), since});
}

bool FaultPlan::remove(uint64_t handle) {
  return std::erase_if(entries, [&](auto& entry) { return entry.handle == handle; }) != 0;
}

void FaultPlan::startAt(Time start) {
  for (auto& entry : entries) entry.since = start;
}

kj::Exception FaultPlan::exceptionOf(const bundle::FaultError& error) const {
  using Type = kj::Exception::Type;
  struct Known {
    Type type;
    const char* text;
  };
  static constexpr Known kKnown[] = {{Type::FAILED, " failed"},
                                     {Type::OVERLOADED, " is overloaded"},
                                     {Type::DISCONNECTED, " was disconnected"},
                                     {Type::UNIMPLEMENTED, " does not implement the method"}};
  auto& known = kKnown[size_t(error.type)];
  return exception(
      known.type, error.message.empty() ? "injected fault: " + target + known.text : error.message);
}

kj::Exception FaultPlan::dropped() const {
  return exception(kj::Exception::Type::DISCONNECTED,
                   "injected fault: the connection to " + target + " broke");
}

FaultPlans::FaultPlans(const bundle::FaultSettings& settings, RuleChanges changes)
    : seed(settings.seed), changes(changes) {
  for (auto& rule : settings.rules) of(rule.target, rule.name).add(++lastHandle, rule, Time());
  firstAdded = lastHandle + 1;
}

void FaultPlans::startAt(Time start) {
  if (std::exchange(started, true)) return;
  for (auto& [key, plan] : plans) plan.startAt(start);
}

FaultPlan& FaultPlans::of(FaultTarget target, const std::string& name) {
  auto text = std::string(nameOf(target)) + " " + name;
  return plans.try_emplace({target, name}, seed, std::move(text)).first->second;
}

FaultPlan* FaultPlans::lasting(FaultTarget target, const std::string& name) {
  return changes == RuleChanges::kAny ? &of(target, name) : find(target, name);
}

FaultPlan* FaultPlans::find(FaultTarget target, const std::string& name) {
  auto found = plans.find({target, name});
  return found == plans.end() || found->second.empty() ? nullptr : &found->second;
}

uint64_t FaultPlans::add(bundle::FaultRule rule, Time now) {
  auto& plan = of(rule.target, rule.name);
  plan.add(++lastHandle, std::move(rule), now);
  return lastHandle;
}

bool FaultPlans::remove(uint64_t handle) {
  return std::any_of(plans.begin(), plans.end(),
                     [&](auto& entry) { return entry.second.remove(handle); });
}

void FaultPlans::removeAdded() {
  for (auto handle = firstAdded; handle <= lastHandle; ++handle) remove(handle);
  firstAdded = lastHandle + 1;
}

}  // namespace flamesim::faults
