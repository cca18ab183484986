// Recorded subrequests as answers: which effect of the recorded exchange answers a request.
#pragma once

#include "sim/chain/exchange_scope.h"
#include "sim/net/message.h"

namespace flamesim::chain {

// The first unused recorded subrequest to `destination` with the same method and URL, else the
// first unused one with the same method and path, else nullptr. What is returned counts as used.
const net::Effect* takeRecordedSubrequest(ExchangeScope& exchange, const std::string& destination,
                                          const net::Request& request);

}  // namespace flamesim::chain
