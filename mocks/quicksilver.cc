#include "mocks/quicksilver.h"

#include <kj/debug.h>

#include <string>
#include <utility>
#include <vector>

#include "mocks/quicksilver_view.h"

namespace flamesim::mocks {
namespace {

class QuicksilverServer final : public schemas::Quicksilver::Server {
 public:
  explicit QuicksilverServer(std::shared_ptr<QuicksilverReplica> replica)
      : view(kj::refcounted<QuicksilverView>(std::move(replica))) {}

  kj::Promise<void> get(GetContext context) override {
    auto params = context.getParams();
    QuicksilverReader::Snapshot snapshot(view->reader);
    uint64_t at = indexFor(snapshot, params);
    auto value = snapshot.get(viewOf(params.getKey()), at);
    auto results = context.getResults(
        capnp::MessageSize{4 + (value ? value->size() / sizeof(capnp::word) + 1 : 0), 0});
    results.setIndex(at);
    if (value) {
      results.setFound(true);
      results.setValue(toData(*value));
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> has(HasContext context) override {
    auto params = context.getParams();
    QuicksilverReader::Snapshot snapshot(view->reader);
    uint64_t at = indexFor(snapshot, params);
    auto results = context.getResults();
    results.setIndex(at);
    results.setFound(snapshot.get(viewOf(params.getKey()), at).has_value());
    return kj::READY_NOW;
  }

  kj::Promise<void> getMulti(GetMultiContext context) override {
    auto params = context.getParams();
    auto keys = params.getKeys();
    QuicksilverReader::Snapshot snapshot(view->reader);
    uint64_t at = indexFor(snapshot, params);
    auto results = context.getResults();
    results.setIndex(at);
    auto entries = results.initEntries(keys.size());
    for (uint32_t i = 0; i < keys.size(); i++) {
      auto entry = entries[i];
      entry.setKey(keys[i]);
      if (auto value = snapshot.get(viewOf(keys[i]), at)) {
        entry.setFound(true);
        entry.setValue(toData(*value));
      }
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> list(ListContext context) override {
    auto params = context.getParams();
    uint32_t limit = params.getLimit();
    if (limit == 0 || limit > kMaxListPairs) limit = kMaxListPairs;
    QuicksilverReader::Snapshot snapshot(view->reader);
    uint64_t at = indexFor(snapshot, params);
    std::vector<std::pair<std::string_view, std::string_view>> found;  // valid within the snapshot
    size_t bytes = 0;
    bool more = false;
    snapshot.scan(viewOf(params.getPrefix()), viewOf(params.getCursor()), at,
                  [&](std::string_view key, std::string_view value) {
                    bytes += key.size() + value.size();
                    more = found.size() == limit || (!found.empty() && bytes > kMaxListBytes);
                    if (!more) found.emplace_back(key, value);
                    return !more;
                  });
    auto results = context.getResults();
    results.setIndex(at);
    auto entries = results.initEntries(uint32_t(found.size()));
    for (uint32_t i = 0; i < found.size(); i++) {
      auto [key, value] = found[i];
      copyText(entries[i].initKey(uint32_t(key.size())), key);
      entries[i].setValue(toData(value));
    }
    std::string_view last = more ? found.back().first : std::string_view();
    copyText(results.initCursor(uint32_t(last.size())), last);
    return kj::READY_NOW;
  }

  kj::Promise<void> index(IndexContext context) override {
    QuicksilverReader::Snapshot snapshot(view->reader);
    context.getResults().setIndex(view->replica->indexIn(snapshot));
    return kj::READY_NOW;
  }

  kj::Promise<void> watch(WatchContext context) override {
    auto params = context.getParams();
    KJ_REQUIRE(params.hasWatcher(), "a watch needs a watcher");
    KJ_REQUIRE(view->watches < kMaxWatches, "too many watches at a time", kMaxWatches);
    uint64_t since = 0;
    {
      QuicksilverReader::Snapshot snapshot(view->reader);
      since = pinOr(params.hasSince() ? params.getSince().getIndex() : 0, snapshot);
    }
    auto results = context.getResults();
    results.setIndex(since);
    results.setWatch(newWatch(kj::addRef(*view), std::string(viewOf(params.getPrefix())), since,
                              params.getWatcher()));
    return kj::READY_NOW;
  }

 private:
  // Where a call reads. Throws where it cannot.
  template <typename Params>
  uint64_t indexFor(const QuicksilverReader::Snapshot& snapshot, Params params) {
    return pinOr(params.hasAt() ? params.getAt().getIndex() : 0, snapshot);
  }
  uint64_t pinOr(uint64_t pin, const QuicksilverReader::Snapshot& snapshot) {
    uint64_t newest = view->replica->indexIn(snapshot);
    KJ_REQUIRE(pin <= newest, "the replica has not come to this index yet", pin, newest);
    uint64_t at = pin == 0 ? newest : pin;
    if (at != snapshot.index()) snapshot.requireReadable(at);
    return at;
  }

  kj::Own<QuicksilverView> view;
};

}  // namespace

schemas::Quicksilver::Client newQuicksilver(std::shared_ptr<QuicksilverReplica> replica) {
  return kj::heap<QuicksilverServer>(std::move(replica));
}

}  // namespace flamesim::mocks
