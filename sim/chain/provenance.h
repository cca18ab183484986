// Which worker made what of an answer: each worker's response is held against the one it got from
// the next stage.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sim/net/message.h"

namespace flamesim::chain {

class ExchangeScope;

// A response as it came from the next stage.
struct Snapshot {
  uint16_t status = 0;
  net::HeaderList headers;
  std::shared_ptr<const std::string> body;  // nullptr: none, or streaming

  static Snapshot of(const net::Response& response);
};

// Notes in `exchange` what `worker` changed of exchange.below, or made where there is none.
void noteChanges(const std::string& worker, const net::Response& response, ExchangeScope& exchange);

}  // namespace flamesim::chain
