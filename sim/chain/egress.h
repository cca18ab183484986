// The ways out of a chain: FL, the HTTP cache, the Internet. Each notes its requests as effects
// and, in a replay, answers from the exchange's transcript where that has an answer.
#pragma once

#include <functional>
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

  // What answers in the place of what is called `name`, for all but the worker `except`.
  using Handler = std::function<Eventual<net::Response>(net::Request, ExchangeScope&)>;
  void mock(const std::string& name, Handler handler, std::string except = "") {
    mocks[name].push_back({std::move(handler), std::move(except)});
  }
  // Takes away the latest.
  void unmock(const std::string& name);

  // `from`: the worker that fetches. Rejects with DISCONNECTED where nothing answers.
  Eventual<net::Response> fetch(const std::string& name, const std::string& from,
                                net::Request request, ExchangeScope& exchange);

 private:
  struct Mock {
    Handler handler;
    std::string except;
  };
  kj::Promise<net::Response> send(const std::string& name, const std::string& from,
                                  net::Request request, ExchangeScope& exchange);
  Eventual<net::Response> sendAndNote(const std::string& name, const std::string& from,
                                      net::Request request, std::string body,
                                      ExchangeScope& exchange);
  std::map<std::string, net::Fetcher*> network;
  std::map<std::string, std::vector<Mock>> mocks;  // by name, the latest last
};

}  // namespace flamesim::chain
