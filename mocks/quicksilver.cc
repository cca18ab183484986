#include "mocks/quicksilver.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace flamesim::mocks {
namespace {

std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}
capnp::Data::Reader toData(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

// LMDB's keys are not terminated, a Text is: copied here, so that the caller need not.
void copyText(capnp::Text::Builder target, std::string_view source) {
  std::copy(source.begin(), source.end(), target.begin());
}

class QuicksilverServer final : public schemas::Quicksilver::Server {
 public:
  explicit QuicksilverServer(std::shared_ptr<const QuicksilverStore> store)
      : reader(std::move(store)) {}

  kj::Promise<void> get(GetContext context) override {
    QuicksilverReader::Snapshot snapshot(reader);
    auto value = snapshot.get(view(context.getParams().getKey()));
    auto results = context.getResults(
        capnp::MessageSize{4 + (value ? value->size() / sizeof(capnp::word) + 1 : 0), 0});
    results.setIndex(snapshot.index());
    if (value) {
      results.setFound(true);
      results.setValue(toData(*value));
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> getMulti(GetMultiContext context) override {
    auto keys = context.getParams().getKeys();
    QuicksilverReader::Snapshot snapshot(reader);
    auto results = context.getResults();
    results.setIndex(snapshot.index());
    auto entries = results.initEntries(keys.size());
    for (uint32_t i = 0; i < keys.size(); i++) {
      auto entry = entries[i];
      entry.setKey(keys[i]);
      if (auto value = snapshot.get(view(keys[i]))) {
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
    QuicksilverReader::Snapshot snapshot(reader);
    std::vector<std::pair<std::string_view, std::string_view>> found;  // valid within the snapshot
    size_t bytes = 0;
    bool more = false;
    snapshot.scan(view(params.getPrefix()), view(params.getCursor()),
                  [&](std::string_view key, std::string_view value) {
                    bytes += key.size() + value.size();
                    more = found.size() == limit || (!found.empty() && bytes > kMaxListBytes);
                    if (!more) found.emplace_back(key, value);
                    return !more;
                  });
    auto results = context.getResults();
    results.setIndex(snapshot.index());
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
    QuicksilverReader::Snapshot snapshot(reader);
    context.getResults().setIndex(snapshot.index());
    return kj::READY_NOW;
  }

 private:
  QuicksilverReader reader;
};

class WriterServer final : public schemas::QuicksilverWriter::Server {
 public:
  explicit WriterServer(std::shared_ptr<QuicksilverStore> store) : store(std::move(store)) {}

  kj::Promise<void> put(PutContext context) override {
    auto params = context.getParams();
    auto value = params.getValue();
    context.getResults().setIndex(store->put(
        view(params.getKey()), {reinterpret_cast<const char*>(value.begin()), value.size()}));
    return kj::READY_NOW;
  }

  kj::Promise<void> delete_(DeleteContext context) override {
    bool existed = false;
    uint64_t index = store->remove(view(context.getParams().getKey()), existed);
    auto results = context.getResults();
    results.setExisted(existed);
    results.setIndex(index);
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<QuicksilverStore> store;
};

}  // namespace

schemas::Quicksilver::Client newQuicksilver(std::shared_ptr<const QuicksilverStore> store) {
  return kj::heap<QuicksilverServer>(std::move(store));
}

schemas::QuicksilverWriter::Client newQuicksilverWriter(std::shared_ptr<QuicksilverStore> store) {
  return kj::heap<WriterServer>(std::move(store));
}

}  // namespace flamesim::mocks
