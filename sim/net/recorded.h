// From messages on their way to messages that are kept, and back.
#pragma once

#include "sim/net/exchange.h"
#include "sim/net/message.h"

namespace flamesim::net {

// The request to be sent again, as it was recorded.
Request requestOf(const RecordedRequest& recorded);

// Takes out what is of the connection to the server and not of the response (RFC 9110 section
// 7.6.1): recorded responses lack it.
void dropConnectionHeaders(HeaderList& headers);

}  // namespace flamesim::net
