// Faults on the way of an HTTP request: delays, failures, connections that break before or after,
// bodies that break off, old responses in the place of new ones. And on that of a call of a method,
// which has none of the last two.
#pragma once

#include <kj/function.h>

#include "sim/base/clock.h"
#include "sim/faults/answer_memory.h"
#include "sim/faults/fault_plan.h"
#include "sim/net/fetcher.h"

namespace flamesim::faults {

// A response that can be given again. Its body is in memory.
struct KeptResponse {
  uint16_t status = 200;
  std::string statusText;
  net::HeaderList headers;
  std::shared_ptr<const std::string> body;  // nullptr: none
  std::string url;
};

// What befalls a call of a method.
struct MethodFaults {
  kj::Promise<void> before;          // the call is made when it resolves, and not where it rejects
  kj::Maybe<kj::Exception> instead;  // of the answer
};

// The faults of one target. Belongs to the thread of its server; outlives its requests.
class FaultyWay {
 public:
  using Send = kj::Function<kj::Promise<net::Response>(net::Request)>;

  // `plan` must outlive this.
  explicit FaultyWay(FaultPlan& plan) : plan(plan) {}

  // `send` is called once at most. Responses that a rule with "stale" may want are read to their
  // end before they are passed on.
  kj::Promise<net::Response> fetch(net::Request request, Clock& clock, Draws& draws, Send send);
  // nothing: the call is left alone.
  kj::Maybe<MethodFaults> ofMethod(const std::string& name, Clock& clock, Draws& draws) const;

 private:
  kj::Promise<net::Response> keep(std::string key, Clock& clock, net::Response response);

  FaultPlan& plan;
  AnswerMemory<KeptResponse> memory;
};

// The ways to what has faults, each with its memory. Belongs to the thread of its server.
class FaultyWays {
 public:
  // `plans`: nullptr: nothing has faults. Must outlive this.
  explicit FaultyWays(FaultPlans* plans = nullptr) : plans(plans) {}

  // nullptr: none go wrong. Lives as long as this.
  FaultyWay* find(bundle::FaultTarget target, const std::string& name) {
    auto* plan = plans == nullptr ? nullptr : plans->find(target, name);
    return plan == nullptr ? nullptr : &ways.try_emplace(plan, *plan).first->second;
  }

 private:
  FaultPlans* const plans;
  std::map<FaultPlan*, FaultyWay> ways;
};

// The same as a decorator, for what stands outside of any exchange: `seed` stands for its seed.
class FaultFetcher final : public net::Fetcher {
 public:
  // What it is given must outlive it.
  FaultFetcher(net::Fetcher& inner, FaultPlan& plan, Clock& clock, uint64_t seed)
      : inner(inner), way(plan), plan(plan), clock(clock), draws(seed) {}
  kj::Promise<net::Response> fetch(net::Request request) override;

 private:
  net::Fetcher& inner;
  FaultyWay way;
  FaultPlan& plan;
  Clock& clock;
  Draws draws;
};

// A stream of `bytes` that then fails with `error`.
kj::Own<kj::AsyncInputStream> streamThatBreaks(std::string bytes, kj::Exception error);

}  // namespace flamesim::faults
