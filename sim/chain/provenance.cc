#include "sim/chain/provenance.h"

#include "sim/chain/exchange_scope.h"

namespace flamesim::chain {

namespace {

bool holds(const net::HeaderList& list, const net::Header& wanted) {
  for (auto& header : list.all()) {
    if (header.value == wanted.value && net::equalsIgnoringCase(header.name, wanted.name)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Snapshot Snapshot::of(const net::Response& response) {
  return {response.status, response.headers, response.body.sharedBytes()};
}

void noteChanges(const std::string& worker, const net::Response& response,
                 ExchangeScope& exchange) {
  if (!exchange.below) {
    // The worker answered by itself.
    exchange.setBy.clear();
    exchange.answeredBy = worker;
  } else {
    auto& below = *exchange.below;
    auto set = [&](std::string part) {
      exchange.setBy[std::move(part)] = worker;
      exchange.answeredBy = worker;
    };
    auto setHeader = [&](const net::Header& header) {
      set("header:" + net::toLowerAscii(header.name));
    };
    if (response.status != below.status) set("status");
    auto body = response.body.sharedBytes();
    if (body != below.body && (body == nullptr || below.body == nullptr || *body != *below.body)) {
      set("body");
    }
    if (!response.headers.sameAs(below.headers)) {
      for (auto& header : response.headers.all()) {
        if (!holds(below.headers, header)) setHeader(header);
      }
      for (auto& header : below.headers.all()) {
        if (!holds(response.headers, header)) setHeader(header);
      }
    }
  }
  exchange.below = Snapshot::of(response);
}

}  // namespace flamesim::chain
