// The ways out of a chain: FL, the HTTP cache, the Internet. Each notes its requests as effects
// and, in a replay, answers from the exchange's transcript where that has an answer. Faults stand
// between the two: they hit recorded answers, and effects have what came of them. What goes to the
// Internet, also through the cache, is held against the list of hosts, and loops end there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/eventual.h"
#include "sim/chain/exchange_scope.h"
#include "sim/faults/fault_fetcher.h"
#include "sim/net/call_counters.h"
#include "sim/net/fetcher.h"

namespace flamesim::chain {

// The hosts that workers may reach (net::allowsHost).
struct EgressPolicy {
  std::vector<std::string> allow;
  std::map<std::string, std::vector<std::string>> ofWorkers;  // instead of `allow`, by worker
  bool cacheBeforeFl = false;  // the egress "cache" leads to FL, not to the Internet
};

class Egress {
 public:
  // `network`: by name ("fl", "internet", "cache"); they must outlive this. A name that is not
  // there can be answered by a transcript only. `ways` must outlive this, too. `counters`: nullptr:
  // nobody counts. Without a policy every host may be reached.
  Egress(std::map<std::string, net::Fetcher*> network, faults::FaultyWays& ways,
         std::shared_ptr<net::CallCounters> counters, std::optional<EgressPolicy> policy)
      : network(std::move(network)),
        ways(ways),
        counters(std::move(counters)),
        policy(std::move(policy)) {}

  // What answers in the place of what is called `name`, for all but the worker `except`, and only
  // the requests that `answers` is true of (empty: all of them). The latest comes first.
  using Handler = std::function<Eventual<net::Response>(net::Request, ExchangeScope&)>;
  using Chooser = std::function<bool(const net::Request&)>;
  void mock(const std::string& name, Handler handler, Chooser answers = nullptr,
            std::string except = "") {
    mocks[name].push_back({std::move(handler), std::move(answers), std::move(except)});
  }
  // Takes away the latest.
  void unmock(const std::string& name);

  // `from`: the worker that fetches. Rejects with DISCONNECTED where nothing answers.
  Eventual<net::Response> fetch(const std::string& name, const std::string& from,
                                net::Request request, ExchangeScope& exchange);

 private:
  struct Mock {
    Handler handler;
    Chooser answers;
    std::string except;
  };
  // nullptr: the real thing is to answer.
  const Mock* mockFor(const std::string& name, const std::string& from,
                      const net::Request& request) const;
  Eventual<net::Response> pass(const std::string& name, const std::string& from,
                               net::Request request, ExchangeScope& exchange);
  Eventual<net::Response> counted(net::CallSeries series, Clock& clock,
                                  Eventual<net::Response> answer);
  kj::Promise<net::Response> send(const std::string& name, const std::string& from,
                                  net::Request request, ExchangeScope& exchange);
  kj::Promise<net::Response> sendFaulty(faults::FaultyWay& way, const std::string& name,
                                        const std::string& from, net::Request request,
                                        ExchangeScope& exchange);
  // From the transcript, else from the network.
  kj::Promise<net::Response> answer(const std::string& name, const std::string& from,
                                    net::Request request, ExchangeScope& exchange);
  bool leadsToFl(const std::string& name) const;
  // Why `from` may not reach the host of `url`, naming what to add.
  kj::Maybe<kj::Exception> refusal(const std::string& from, const std::string& url) const;
  Eventual<net::Response> sendAndNote(const std::string& name, const std::string& from,
                                      net::Request request, std::string body,
                                      ExchangeScope& exchange);
  std::map<std::string, net::Fetcher*> network;
  faults::FaultyWays& ways;
  const std::shared_ptr<net::CallCounters> counters;
  const std::optional<EgressPolicy> policy;
  std::map<std::string, std::vector<Mock>> mocks;  // by name, the latest last
};

}  // namespace flamesim::chain
