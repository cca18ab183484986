// The ways out of a chain: FL, the HTTP cache, the Internet. Each notes its requests as effects
// and, in a replay, answers from the exchange's transcript where that has an answer.
#pragma once

#include <map>
#include <string>

#include "sim/base/eventual.h"
#include "sim/chain/exchange_scope.h"
#include "sim/net/fetcher.h"

namespace flamesim::chain {

class Egress {
 public:
  // `network`: by name ("fl", "internet", "cache"); they must outlive this. A name that is not
  // there can be answered by a transcript only.
  explicit Egress(std::map<std::string, net::Fetcher*> network) : network(std::move(network)) {}

  // `from`: the worker that fetches. Rejects with DISCONNECTED where nothing answers.
  Eventual<net::Response> fetch(const std::string& name, const std::string& from,
                                net::Request request, ExchangeScope& exchange);

 private:
  kj::Promise<net::Response> send(const std::string& name, net::Request request,
                                  ExchangeScope& exchange);
  Eventual<net::Response> sendAndNote(const std::string& name, const std::string& from,
                                      net::Request request, std::string body,
                                      ExchangeScope& exchange);
  std::map<std::string, net::Fetcher*> network;
};

}  // namespace flamesim::chain
