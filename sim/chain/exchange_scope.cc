#include "sim/chain/exchange_scope.h"

namespace flamesim::chain {

kj::Promise<void> ExchangeScope::idle() {
  if (pendingWork == 0) return kj::READY_NOW;
  auto paf = kj::newPromiseAndFulfiller<void>();
  idleWaiter = kj::mv(paf.fulfiller);
  return kj::mv(paf.promise);
}

void ExchangeScope::workEnded(kj::Own<void> thing) {
  --pendingWork;
  endings.add(kj::evalLater([thing = kj::mv(thing)]() mutable { thing = nullptr; }));
  if (pendingWork == 0 && idleWaiter.get() != nullptr) idleWaiter->fulfill();
}

}  // namespace flamesim::chain
