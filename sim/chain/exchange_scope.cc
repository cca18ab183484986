#include "sim/chain/exchange_scope.h"

#include <kj/debug.h>

namespace flamesim::chain {

Endings::~Endings() noexcept(false) {
  // What is in there may let others go; from then on these go at once.
  auto last = std::exchange(kept, {});
  last.clear();
  closed = true;
}

void Endings::run(kj::Promise<void> work) {
  if (!closed) tasks.add(kj::mv(work));
}

void Endings::letGo(kj::Own<void> thing) {
  if (closed) return;
  tasks.add(kj::evalLater([thing = kj::mv(thing)]() mutable { thing = nullptr; }));
}

void Endings::drop(const void* key) {
  auto found = kept.find(key);
  if (found == kept.end()) return;
  auto thing = kj::mv(found->second);
  kept.erase(found);
  letGo(kj::mv(thing));
}

// Nothing that is let go of should throw; were it to, the server goes on.
void Endings::taskFailed(kj::Exception&& exception) {
  KJ_LOG(ERROR, exception);
}

kj::Promise<void> ExchangeScope::idle() {
  if (pendingWork == 0) return kj::READY_NOW;
  auto paf = kj::newPromiseAndFulfiller<void>();
  idleWaiter = kj::mv(paf.fulfiller);
  return kj::mv(paf.promise);
}

void ExchangeScope::workBegan(const void* key, kj::Own<void> thing) {
  workBegan();
  endings.keep(key, kj::mv(thing));
}

void ExchangeScope::workEnded(const void* key) {
  endings.drop(key);
  oneLess();
}

void ExchangeScope::workEnded(kj::Own<void> thing) {
  endings.letGo(kj::mv(thing));
  oneLess();
}

void ExchangeScope::run(kj::Promise<void> work) {
  workBegan();
  auto ended = [keep = kj::addRef(*this)]() mutable {
    auto& exchange = *keep;
    exchange.workEnded(kj::Own<void>(kj::mv(keep)));
  };
  endings.run(
      work.catch_([](kj::Exception&& exception) { KJ_LOG(ERROR, exception); }).then(kj::mv(ended)));
}

void ExchangeScope::oneLess() {
  if (--pendingWork == 0 && idleWaiter.get() != nullptr) idleWaiter->fulfill();
}

}  // namespace flamesim::chain
