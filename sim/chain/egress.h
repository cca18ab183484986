// The ways out of a chain: FL, the HTTP cache, the Internet. Each notes its requests as effects
// and, in a replay, answers from the exchange's transcript where that has an answer. What goes to
// the Internet, also through the cache, is held against the list of hosts, and loops end there.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/eventual.h"
#include "sim/chain/exchange_scope.h"
#include "sim/net/fetcher.h"

namespace flamesim::chain {

// The hosts that workers may reach (net::allowsHost).
struct EgressPolicy {
  std::vector<std::string> allow;
  std::map<std::string, std::vector<std::string>> ofWorkers;  // instead of `allow`, by worker
};

class Egress {
 public:
  // `network`: by name ("fl", "internet", "cache"); they must outlive this. A name that is not
  // there can be answered by a transcript only. Without a policy every host may be reached.
  explicit Egress(std::map<std::string, net::Fetcher*> network,
                  std::optional<EgressPolicy> policy = std::nullopt)
      : network(std::move(network)), policy(std::move(policy)) {}

  // `from`: the worker that fetches. Rejects with DISCONNECTED where nothing answers.
  Eventual<net::Response> fetch(const std::string& name, const std::string& from,
                                net::Request request, ExchangeScope& exchange);

 private:
  kj::Promise<net::Response> send(const std::string& name, const std::string& from,
                                  net::Request request, ExchangeScope& exchange);
  // Why `from` may not reach the host of `url`, naming what to add.
  kj::Maybe<kj::Exception> refusal(const std::string& from, const std::string& url) const;
  Eventual<net::Response> sendAndNote(const std::string& name, const std::string& from,
                                      net::Request request, std::string body,
                                      ExchangeScope& exchange);
  std::map<std::string, net::Fetcher*> network;
  const std::optional<EgressPolicy> policy;
};

}  // namespace flamesim::chain
