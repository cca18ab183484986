// One session of RPC: a request in the called worker. It begins with a call on an entrypoint and
// lasts while that call runs or its caller holds stubs out of it; with the caller's request it ends
// at the latest. What it left to waitUntil() goes on.
#pragma once

#include <kj/refcount.h>

#include "sim/chain/request_context.h"

namespace flamesim::chain {

class RpcSession final : public kj::Refcounted {
 public:
  RpcSession(RequestContext& caller, RequestContext& callee);
  ~RpcSession() noexcept(false);

  // For a stub that leads into the session.
  kj::Own<void> hold();
  // Whether there are such stubs: calls may come that nobody has made yet.
  bool isHeld() const { return holds > 0; }
  // Lets the callee go; stubs that lead into it are dead from then on.
  void end();

 private:
  class Hold;
  RequestContext* caller;  // nullptr: it has ended
  kj::Own<RequestContext> callee;
  uint32_t holds = 0;
};

}  // namespace flamesim::chain
