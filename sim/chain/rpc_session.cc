#include "sim/chain/rpc_session.h"

namespace flamesim::chain {

class RpcSession::Hold {
 public:
  explicit Hold(kj::Own<RpcSession> held) : session(kj::mv(held)) { ++session->holds; }
  ~Hold() noexcept(false) {
    if (--session->holds == 0 && session->callee.get() != nullptr) session->callee->watchCalls();
  }
  KJ_DISALLOW_COPY(Hold);

 private:
  kj::Own<RpcSession> session;
};

RpcSession::RpcSession(RequestContext& caller, RequestContext& callee)
    : caller(&caller), callee(kj::addRef(callee)) {
  caller.sessions.push_back(this);
  callee.session = this;
}

RpcSession::~RpcSession() noexcept(false) {
  end();
}

kj::Own<void> RpcSession::hold() {
  return kj::heap<Hold>(kj::addRef(*this));
}

void RpcSession::end() {
  if (caller == nullptr) return;
  std::erase(caller->sessions, this);
  caller = nullptr;
  callee->session = nullptr;
  auto& exchange = *callee->exchange;
  exchange.letGo(kj::mv(callee));
}

}  // namespace flamesim::chain
