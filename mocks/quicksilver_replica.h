// What a proxy on a host has of the store: all of it, up to an index that lags by a set time behind
// the writers, sticks, or stands still. Readers go through it, so they see the store as it was
// then.
//
// The index never goes back, for no reader on any thread, however lag and sticking are changed: who
// has seen an update sees it again, with all those before it. A replica has caught up with its
// store when it is made; lag counts for what is written from then on.
//
// One replica is shared by the servers on all threads; every function may be called by any of them.
#pragma once

#include <kj/async.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "mocks/quicksilver_store.h"

namespace flamesim::mocks {

// How a replica moves.
enum class ReplicaMotion : uint8_t {
  kLive,        // with its clock; who waits is told by a thread of the replica's own
  kWhenPoked,   // with its clock; who waits is told when poke() is called: simulated time
  kStandStill,  // not at all: what it has when it is made it has for ever, as in a replay
};

struct ReplicaOptions {
  ReplicaMotion motion = ReplicaMotion::kLive;
  StoreClock clock = systemNanos;  // the one that the writers' times come from
  std::chrono::milliseconds lag{0};
  std::optional<uint64_t> stuckAt;  // the last update that it takes
};

struct ReplicaStatus {
  StoreState store;
  uint64_t index = 0;  // what readers see
  std::chrono::milliseconds lag{0};
  std::optional<uint64_t> stuckAt;
  // For how long the oldest update has been waiting that the replica lacks; 0: it has them all.
  std::chrono::nanoseconds behind{0};
};

class QuicksilverReplica {
 public:
  explicit QuicksilverReplica(std::shared_ptr<const QuicksilverStore> store,
                              ReplicaOptions options = {});
  ~QuicksilverReplica();

  const std::shared_ptr<const QuicksilverStore>& source() const { return store; }

  // The index that a reader sees who reads in `snapshot`, which it has begun just now.
  uint64_t indexIn(const QuicksilverReader::Snapshot& snapshot);

  // These three throw kj::Exception where the replica stands still.
  void setLag(std::chrono::milliseconds lag);
  // It takes no update after `at` (nothing: after the last that it has). Returns where. Throws
  // kj::Exception where the replica has gone past it.
  uint64_t stick(std::optional<uint64_t> at);
  void unstick();
  ReplicaStatus status();

  // Resolves, on the calling thread's event loop, when the index is greater than `index`; or a
  // little later, within 10 ms of real time.
  kj::Promise<void> movesPast(uint64_t index);
  // Tells those who wait. Call it after a write, or when the clock has moved.
  void poke();

  QuicksilverReplica(const QuicksilverReplica&) = delete;
  QuicksilverReplica& operator=(const QuicksilverReplica&) = delete;

 private:
  struct Waiter {
    uint64_t index;
    kj::Own<kj::PromiseFulfiller<void>> fulfiller;
  };
  uint64_t indexLocked(const QuicksilverReader::Snapshot& snapshot);
  void settled();
  void tell();
  void watchTheStore();

  const std::shared_ptr<const QuicksilverStore> store;
  const ReplicaMotion motion;
  const StoreClock clock;

  // It has every update there is: no lag, not stuck. Most readers need no lock.
  std::atomic<bool> follows{true};

  std::mutex mutex;  // of all below
  QuicksilverReader reader;
  uint64_t reached = 0;  // the most that a reader may have seen, except while `follows`
  std::chrono::milliseconds lag{0};
  std::optional<uint64_t> stuckAt;
  std::list<Waiter> waiters;
  bool stopping = false;
  std::condition_variable wake;
  std::thread teller;  // kLive, from the first that waits on
};

}  // namespace flamesim::mocks
