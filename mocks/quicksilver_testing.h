// What the tests of Quicksilver share.
#pragma once

#include <memory>
#include <string>

#include "mocks/quicksilver.h"

namespace flamesim::mocks::testing {

inline std::string text(capnp::Data::Reader data) {
  return std::string(reinterpret_cast<const char*>(data.begin()), data.size());
}
inline capnp::Data::Reader data(std::string_view text) {
  return {reinterpret_cast<const capnp::byte*>(text.data()), text.size()};
}

inline std::shared_ptr<QuicksilverReplica> following(
    std::shared_ptr<const QuicksilverStore> store) {
  return std::make_shared<QuicksilverReplica>(std::move(store));
}

inline std::string get(schemas::Quicksilver::Client client, const char* key, kj::WaitScope& wait,
                       uint64_t at = 0) {
  auto request = client.getRequest();
  request.setKey(key);
  if (at != 0) request.initAt().setIndex(at);
  auto response = request.send().wait(wait);
  return response.getFound() ? text(response.getValue()) : "(absent)";
}

inline uint64_t indexOf(schemas::Quicksilver::Client client, kj::WaitScope& wait) {
  return client.indexRequest().send().wait(wait).getIndex();
}

// A store whose time is what the test says, and what a replica of it has.
struct ClockedStore {
  explicit ClockedStore(std::chrono::seconds history = std::chrono::seconds(3600))
      : now(std::make_shared<std::atomic<int64_t>>(1'000'000'000'000)),
        store(QuicksilverStore::openTemporary({.history = history, .clock = clock()})) {}

  StoreClock clock() const {
    return [now = now] { return now->load(); };
  }
  void pass(std::chrono::milliseconds time) { *now += std::chrono::nanoseconds(time).count(); }
  std::shared_ptr<QuicksilverReplica> replica(std::chrono::milliseconds lag = {},
                                              std::optional<uint64_t> stuckAt = {}) const {
    return std::make_shared<QuicksilverReplica>(
        store,
        ReplicaOptions{
            .motion = ReplicaMotion::kWhenPoked, .clock = clock(), .lag = lag, .stuckAt = stuckAt});
  }

  std::shared_ptr<std::atomic<int64_t>> now;
  std::shared_ptr<QuicksilverStore> store;
};

inline uint64_t indexOf(QuicksilverReplica& replica) {
  QuicksilverReader reader(replica.source());
  QuicksilverReader::Snapshot snapshot(reader);
  return replica.indexIn(snapshot);
}

}  // namespace flamesim::mocks::testing
