// A watch: reads the log behind its replica's index, and calls the watcher, one call at a time.
#include <kj/async.h>
#include <kj/debug.h>

#include <string>
#include <utility>
#include <vector>

#include "mocks/quicksilver_view.h"

namespace flamesim::mocks {
namespace {

// Updates that are looked at in one turn of the event loop, whether they match or not.
constexpr uint64_t kUpdatesPerTurn = 10'000;

class Watch final : public schemas::QuicksilverWatch::Server {
 public:
  Watch(kj::Own<QuicksilverView> ownView, std::string prefix, uint64_t index,
        schemas::QuicksilverWatcher::Client watcher)
      : view(kj::mv(ownView)),
        prefix(std::move(prefix)),
        told(index),
        watcher(kj::mv(watcher)),
        // A watcher that fails, or is gone, ends its watch. The handle has nothing more to do then.
        task(kj::evalLater([this] { return run(); }).eagerlyEvaluate([](kj::Exception&&) {})) {
    view->watches++;
  }
  ~Watch() noexcept(false) { view->watches--; }

 private:
  kj::Promise<void> run() {
    return step().then([this] { return run(); });
  }

  kj::Promise<void> step() {
    QuicksilverReader::Snapshot snapshot(view->reader);
    uint64_t newest = view->replica->indexIn(snapshot);
    if (newest <= told) return view->replica->movesPast(told);
    if (told < snapshot.state().start) {
      auto request = watcher.changedRequest();
      request.setMissed(true);
      return send(kj::mv(request), newest);
    }
    std::vector<StoreUpdate> found;  // valid within the snapshot
    size_t bytes = 0;
    uint64_t seen = told;
    for (uint64_t end = std::min(newest, told + kUpdatesPerTurn); seen < end; seen++) {
      auto update = snapshot.update(seen + 1);
      KJ_REQUIRE(update != std::nullopt, "the store's log lacks an update", seen + 1);
      if (!update->key.starts_with(prefix)) continue;
      bytes += update->key.size() + update->value.size();
      if (found.size() == kMaxListPairs || (!found.empty() && bytes > kMaxListBytes)) break;
      found.push_back(*update);
    }
    if (found.empty()) {
      told = seen;
      return kj::evalLater([] {});
    }
    auto request = watcher.changedRequest();
    auto changes = request.initChanges(uint32_t(found.size()));
    for (uint32_t i = 0; i < found.size(); i++) {
      copyText(changes[i].initKey(uint32_t(found[i].key.size())), found[i].key);
      changes[i].setDeleted(found[i].kind == UpdateKind::kDelete);
      changes[i].setValue(toData(found[i].value));
      changes[i].setIndex(found[i].index);
    }
    return send(kj::mv(request), seen);
  }

  using Call = capnp::Request<schemas::QuicksilverWatcher::ChangedParams,
                              schemas::QuicksilverWatcher::ChangedResults>;
  kj::Promise<void> send(Call call, uint64_t index) {
    call.setIndex(index);
    return call.send().ignoreResult().then([this, index] { told = index; });
  }

  kj::Own<QuicksilverView> view;
  const std::string prefix;
  uint64_t told;  // everything up to here the watcher knows
  schemas::QuicksilverWatcher::Client watcher;
  kj::Promise<void> task;
};

}  // namespace

schemas::QuicksilverWatch::Client newWatch(kj::Own<QuicksilverView> view, std::string prefix,
                                           uint64_t index,
                                           schemas::QuicksilverWatcher::Client watcher) {
  return kj::heap<Watch>(kj::mv(view), std::move(prefix), index, kj::mv(watcher));
}

}  // namespace flamesim::mocks
