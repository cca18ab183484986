// The errors that the front line answers with in the place of an origin or a worker: 520 to 526,
// and 1xxx codes, which have a status of their own. Numbers and meanings are public
// (developers.cloudflare.com/support/troubleshooting/http-status-codes); the pages, and the status
// of codes for which none is public, are flamesim's own.
#pragma once

#include <string_view>

#include "sim/net/fetch_failure.h"
#include "sim/net/message.h"

namespace flamesim::net {

struct EdgeError {
  uint16_t code;    // 520 to 526, or 1xxx
  uint16_t status;  // of the response; 530 where a 1xxx code stands in the body of a 5xx
  std::string_view title;
};

// nullptr: no such code.
const EdgeError* findEdgeError(uint16_t code);
// What an origin that fails like that becomes.
const EdgeError& edgeErrorOf(FetchFailure failure);

// The response to `request`: a page where it accepts text/html, else "error code: N". `rayId`: of
// the request that came in; empty: none.
Response edgeErrorResponse(const EdgeError& error, const HeaderList& request,
                           std::string_view rayId);

}  // namespace flamesim::net
