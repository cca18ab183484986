#include "mocks/quicksilver_replica.h"

#include <kj/debug.h>

#include <algorithm>

namespace flamesim::mocks {

namespace {
// How often the store is looked at while somebody waits: another process may have written to it.
constexpr std::chrono::milliseconds kGlance{10};

void requireMotion(ReplicaMotion motion) {
  KJ_REQUIRE(motion != ReplicaMotion::kStandStill, "this replica stands still");
}
}  // namespace

QuicksilverReplica::QuicksilverReplica(std::shared_ptr<const QuicksilverStore> store,
                                       ReplicaOptions options)
    : store(store),
      motion(options.motion),
      clock(std::move(options.clock)),
      reader(store),
      lag(options.lag),
      stuckAt(options.stuckAt) {
  uint64_t newest = QuicksilverReader::Snapshot(reader).index();
  reached = stuckAt ? std::min(*stuckAt, newest) : newest;
  settled();
}

QuicksilverReplica::~QuicksilverReplica() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  if (teller.joinable()) teller.join();
}

void QuicksilverReplica::settled() {
  follows = motion != ReplicaMotion::kStandStill && lag.count() == 0 && !stuckAt;
}

uint64_t QuicksilverReplica::indexIn(const QuicksilverReader::Snapshot& snapshot) {
  if (follows) return snapshot.index();
  // Nothing changes `reached` then; a replay's threads need not wait for each other.
  if (motion == ReplicaMotion::kStandStill) return std::min(reached, snapshot.index());
  std::lock_guard lock(mutex);
  return indexLocked(snapshot);
}

// `snapshot` may be older than what another reader has seen by now: then it is all there is to see.
uint64_t QuicksilverReplica::indexLocked(const QuicksilverReader::Snapshot& snapshot) {
  uint64_t newest = snapshot.index();
  if (motion != ReplicaMotion::kStandStill) {
    uint64_t target = newest;
    if (lag.count() > 0) {
      target = snapshot.lastUpTo(clock() - std::chrono::nanoseconds(lag).count(), reached);
    }
    if (stuckAt) target = std::min(target, *stuckAt);
    reached = std::max(reached, target);
  }
  return std::min(reached, newest);
}

void QuicksilverReplica::setLag(std::chrono::milliseconds newLag) {
  requireMotion(motion);
  std::lock_guard lock(mutex);
  // First, so that who reads without the lock has begun before the snapshot below.
  bool followed = follows.exchange(false);
  QuicksilverReader::Snapshot snapshot(reader);
  reached = followed ? snapshot.index() : indexLocked(snapshot);
  lag = newLag;
  settled();
}

uint64_t QuicksilverReplica::stick(std::optional<uint64_t> at) {
  requireMotion(motion);
  std::lock_guard lock(mutex);
  bool followed = follows.exchange(false);
  KJ_DEFER(settled());
  QuicksilverReader::Snapshot snapshot(reader);
  reached = followed ? snapshot.index() : indexLocked(snapshot);
  KJ_REQUIRE(!at || *at >= reached, "the replica has gone past this index, and never goes back",
             at.value_or(0), reached);
  stuckAt = at.value_or(reached);
  return *stuckAt;
}

void QuicksilverReplica::unstick() {
  requireMotion(motion);
  std::lock_guard lock(mutex);
  QuicksilverReader::Snapshot snapshot(reader);
  indexLocked(snapshot);
  stuckAt.reset();
  settled();
}

ReplicaStatus QuicksilverReplica::status() {
  std::lock_guard lock(mutex);
  QuicksilverReader::Snapshot snapshot(reader);
  ReplicaStatus status{
      .store = snapshot.state(), .index = indexLocked(snapshot), .lag = lag, .stuckAt = stuckAt};
  if (auto next = snapshot.update(status.index + 1)) {
    status.behind = std::chrono::nanoseconds(std::max<int64_t>(0, clock() - next->time));
  }
  return status;
}

kj::Promise<void> QuicksilverReplica::movesPast(uint64_t index) {
  if (motion == ReplicaMotion::kStandStill) return kj::NEVER_DONE;
  std::lock_guard lock(mutex);
  {
    QuicksilverReader::Snapshot snapshot(reader);
    if (indexLocked(snapshot) > index) return kj::READY_NOW;
  }
  auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
  waiters.push_back({index, kj::mv(pair.fulfiller)});
  if (motion == ReplicaMotion::kLive && !teller.joinable()) {
    teller = std::thread([this] { watchTheStore(); });
  }
  wake.notify_all();
  return kj::mv(pair.promise);
}

void QuicksilverReplica::poke() {
  std::lock_guard lock(mutex);
  tell();
}

void QuicksilverReplica::tell() {
  if (waiters.empty()) return;
  QuicksilverReader::Snapshot snapshot(reader);
  uint64_t index = indexLocked(snapshot);
  for (auto it = waiters.begin(); it != waiters.end();) {
    bool due = it->index < index;
    if (due) it->fulfiller->fulfill();
    it = due || !it->fulfiller->isWaiting() ? waiters.erase(it) : std::next(it);
  }
}

// The thread `teller`.
void QuicksilverReplica::watchTheStore() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    if (waiters.empty()) {
      wake.wait(lock);
      continue;
    }
    wake.wait_for(lock, kGlance);
    try {
      tell();
    } catch (const kj::Exception& error) {
      KJ_LOG(ERROR, "the Quicksilver store cannot be read", error.getDescription());
      return;
    }
  }
}

}  // namespace flamesim::mocks
