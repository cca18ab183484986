// The port that takes a native HTTP request and promises a native HTTP response: FL, the HTTP
// cache, the Internet, the next worker of the chain. Decorators wrap a Fetcher in a Fetcher.
#pragma once

#include "sim/net/message.h"

namespace flamesim::net {

class Fetcher {
 public:
  virtual ~Fetcher() noexcept(false) = default;
  // Rejects (kj::Exception) where no response could be had at all; an HTTP error is a response.
  // The fetcher must outlive the promise. Called on the thread of the event loop.
  virtual kj::Promise<Response> fetch(Request request) = 0;
};

}  // namespace flamesim::net
