// The one clock of a simulated server. `dev` runs on real time, `replay` on virtual time, where
// nothing waits: when the event loop has nothing left to do, the driver moves the clock to the next
// thing that is due. A clock belongs to the thread of its event loop.
#pragma once

#include <kj/async.h>
#include <kj/timer.h>

#include <map>

#include "sim/base/time.h"

namespace flamesim {

class Clock {
 public:
  virtual ~Clock() noexcept(false) = default;
  virtual Time now() const = 0;
  // Resolves when now() >= time. Dropping the promise cancels the wait.
  virtual kj::Promise<void> at(Time time) = 0;
  kj::Promise<void> after(Duration duration) { return at(now() + duration); }
};

class RealClock final : public Clock {
 public:
  // The timer must outlive the clock.
  explicit RealClock(kj::Timer& timer) : timer(timer) {}
  Time now() const override;
  kj::Promise<void> at(Time time) override;

 private:
  kj::Timer& timer;
};

// Waits that fall due at the same time end in the order in which they began.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Time start) : current(start) {}
  Time now() const override { return current; }
  kj::Promise<void> at(Time time) override;

  // The time of the earliest wait, or nothing when nobody waits.
  kj::Maybe<Time> next() const;
  // Sets now() to `time` (never backwards) and ends every wait that is due by then.
  void advanceTo(Time time);

 private:
  class Wait;
  Time current;
  uint64_t sequence = 0;
  std::map<std::pair<Time, uint64_t>, Wait*> waits;
};

}  // namespace flamesim
