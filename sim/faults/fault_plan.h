// What goes wrong with calls of one target: its rules, asked for each call. And the plans of all
// targets of one simulated server. Belong to the thread of the server.
#pragma once

#include <kj/exception.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/time.h"
#include "sim/bundle/fault_rule.h"
#include "sim/faults/draws.h"

namespace flamesim::faults {

// A call, as rules see it.
class Question {
 public:
  virtual bool matches(const bundle::FaultWhen& when) const = 0;

 protected:
  ~Question() = default;
};

// What happens to one call. Latencies of all rules that hit it add up; of the rest the first rule
// decides that has any.
struct Verdict {
  Duration latency{};
  std::optional<kj::Exception> error;  // fails, and the service hears nothing of it
  bundle::FaultDrop drop;
  bundle::FaultStale stale;
};

class FaultPlan {
 public:
  FaultPlan(uint64_t seed, std::string target) : seed(seed), target(std::move(target)) {}

  bool empty() const { return entries.empty(); }
  // nothing: the call is left alone.
  std::optional<Verdict> decide(const Question& question, Time now, Draws& draws) const;
  // Whether a rule may ask for an old answer to this call, now or later.
  bool wantsAnswer(const Question& question) const;
  // Whether a rule is for calls that the service makes back.
  bool hitsCallbacks() const;

  // `since`: what the schedule counts from.
  void add(uint64_t handle, bundle::FaultRule rule, Time since);
  bool remove(uint64_t handle);
  void startAt(Time start);

  // The exception for a call that was dropped on its way.
  kj::Exception dropped() const;

 private:
  struct Entry {
    uint64_t handle;
    uint64_t stream;  // of the random source
    bundle::FaultRule rule;
    Time since;
  };
  bool due(const Entry& entry, Time now) const;
  kj::Exception exceptionOf(const bundle::FaultError& error) const;

  const uint64_t seed;
  const std::string target;  // as errors name it
  std::vector<Entry> entries;
};

// Whether rules are added while ports stand on the plans.
enum class RuleChanges : uint8_t { kNone, kAny };

class FaultPlans {
 public:
  explicit FaultPlans(const bundle::FaultSettings& settings = {},
                      RuleChanges changes = RuleChanges::kNone);

  // Schedules count from here. The first call counts.
  void startAt(Time start);

  // Lives as long as this.
  FaultPlan& of(bundle::FaultTarget target, const std::string& name);
  // nullptr: the target has no rules, and will have none.
  FaultPlan* lasting(bundle::FaultTarget target, const std::string& name);
  // nullptr: the target has no rules now.
  FaultPlan* find(bundle::FaultTarget target, const std::string& name);

  // Adds a rule whose schedule counts from `now`; the result names it.
  uint64_t add(bundle::FaultRule rule, Time now);
  bool remove(uint64_t handle);
  // Removes all that were added, not those of the settings.
  void removeAdded();

 private:
  const uint64_t seed;
  const RuleChanges changes;
  bool started = false;
  uint64_t lastHandle = 0;
  uint64_t firstAdded = 0;
  std::map<std::pair<bundle::FaultTarget, std::string>, FaultPlan> plans;
};

// Whether `pattern`, in which `*` stands for any run of characters, matches `text`.
bool matchesPattern(std::string_view pattern, std::string_view text);

}  // namespace flamesim::faults
