// The administrator's side of schemas/quicksilver.capnp.
#include <kj/debug.h>

#include <utility>
#include <vector>

#include "mocks/quicksilver_view.h"

namespace flamesim::mocks {
namespace {

class AdminServer final : public schemas::QuicksilverAdmin::Server {
 public:
  AdminServer(std::shared_ptr<QuicksilverStore> store, std::shared_ptr<QuicksilverReplica> replica)
      : store(std::move(store)), replica(std::move(replica)), logReader(this->store) {}

  kj::Promise<void> put(PutContext context) override {
    auto params = context.getParams();
    context.getResults().setIndex(store->put(viewOf(params.getKey()), viewOf(params.getValue())));
    replica->poke();
    return kj::READY_NOW;
  }

  kj::Promise<void> delete_(DeleteContext context) override {
    bool existed = false;
    uint64_t index = store->remove(viewOf(context.getParams().getKey()), existed);
    auto results = context.getResults();
    results.setExisted(existed);
    results.setIndex(index);
    replica->poke();
    return kj::READY_NOW;
  }

  kj::Promise<void> import(ImportContext context) override {
    QuicksilverStore::Batch batch(*store);
    uint64_t written = 0;
    for (auto pair : context.getParams().getPairs()) {
      written += batch.putIfDifferent(viewOf(pair.getKey()), viewOf(pair.getValue()));
    }
    if (written > 0) batch.commit();
    auto results = context.getResults();
    results.setWritten(written);
    results.setIndex(batch.index());
    replica->poke();
    return kj::READY_NOW;
  }

  kj::Promise<void> log(LogContext context) override {
    auto params = context.getParams();
    uint64_t limit = params.getLimit();
    if (limit == 0 || limit > kMaxListPairs) limit = kMaxListPairs;
    QuicksilverReader::Snapshot snapshot(logReader);
    uint64_t after = params.getAfter();
    snapshot.requireReadable(after);
    std::vector<StoreUpdate> found;  // valid within the snapshot
    size_t bytes = 0;
    while (found.size() < limit && after + found.size() < snapshot.index()) {
      auto update = snapshot.update(after + found.size() + 1);
      KJ_REQUIRE(update != std::nullopt, "the store's log lacks an update", found.size());
      bytes += update->key.size() + update->value.size();
      if (!found.empty() && bytes > kMaxListBytes) break;
      found.push_back(*update);
    }
    auto results = context.getResults();
    results.setNewest(snapshot.index());
    auto updates = results.initUpdates(uint32_t(found.size()));
    for (uint32_t i = 0; i < found.size(); i++) fill(updates[i], found[i]);
    return kj::READY_NOW;
  }

  kj::Promise<void> apply(ApplyContext context) override {
    auto update = context.getParams().getUpdate();
    QuicksilverStore::Batch batch(*store);
    batch.apply({.index = update.getIndex(),
                 .kind = update.getDeleted() ? UpdateKind::kDelete : UpdateKind::kSet,
                 .key = viewOf(update.getKey()),
                 .value = viewOf(update.getValue()),
                 .time = update.getTime(),
                 .crc = update.getCrc(),
                 .hash = update.getHash()});
    batch.commit();
    context.getResults().setIndex(batch.index());
    replica->poke();
    return kj::READY_NOW;
  }

  kj::Promise<void> reader(ReaderContext context) override {
    context.getResults().setQuicksilver(newQuicksilver(replica));
    return kj::READY_NOW;
  }

  kj::Promise<void> status(StatusContext context) override {
    auto now = replica->status();
    auto status = context.getResults().initStatus();
    status.setNewest(now.store.index);
    status.setHash(now.store.hash);
    status.setHistoryStart(now.store.start);
    status.setReplica(now.index);
    status.setLagMillis(uint64_t(now.lag.count()));
    status.setStuck(now.stuckAt.has_value());
    status.setStuckAt(now.stuckAt.value_or(0));
    status.setBehindNanos(uint64_t(now.behind.count()));
    return kj::READY_NOW;
  }

  kj::Promise<void> setLag(SetLagContext context) override {
    uint64_t millis = context.getParams().getMilliseconds();
    KJ_REQUIRE(millis <= kMaxLagMillis, "the longest lag is a day, 86400000 ms", millis);
    replica->setLag(std::chrono::milliseconds(millis));
    replica->poke();
    return kj::READY_NOW;
  }

  kj::Promise<void> stick(StickContext context) override {
    uint64_t index = context.getParams().getIndex();
    context.getResults().setIndex(
        replica->stick(index == 0 ? std::nullopt : std::optional<uint64_t>(index)));
    return kj::READY_NOW;
  }

  kj::Promise<void> unstick(UnstickContext) override {
    replica->unstick();
    replica->poke();
    return kj::READY_NOW;
  }

 private:
  static constexpr uint64_t kMaxLagMillis = 86'400'000;

  static void fill(schemas::Update::Builder to, const StoreUpdate& from) {
    to.setIndex(from.index);
    to.setDeleted(from.kind == UpdateKind::kDelete);
    copyText(to.initKey(uint32_t(from.key.size())), from.key);
    to.setValue(toData(from.value));
    to.setTime(from.time);
    to.setCrc(from.crc);
    to.setHash(from.hash);
  }

  std::shared_ptr<QuicksilverStore> store;
  std::shared_ptr<QuicksilverReplica> replica;
  QuicksilverReader logReader;
};

}  // namespace

schemas::QuicksilverAdmin::Client newQuicksilverAdmin(std::shared_ptr<QuicksilverStore> store,
                                                      std::shared_ptr<QuicksilverReplica> replica) {
  return kj::heap<AdminServer>(std::move(store), std::move(replica));
}

}  // namespace flamesim::mocks
