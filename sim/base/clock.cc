#include "sim/base/clock.h"

namespace flamesim {

Time RealClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

kj::Promise<void> RealClock::at(Time time) {
  auto wait = time - now();
  if (wait <= Duration::zero()) return kj::evalLater([] {});
  return timer.afterDelay(wait.count() * kj::NANOSECONDS);
}

class VirtualClock::Wait {
 public:
  Wait(kj::PromiseFulfiller<void>& fulfiller, VirtualClock& clock, Time time)
      : fulfiller(fulfiller), clock(clock), key(time, clock.sequence++) {
    clock.waits.emplace(key, this);
  }
  ~Wait() { clock.waits.erase(key); }

  kj::PromiseFulfiller<void>& fulfiller;

 private:
  VirtualClock& clock;
  std::pair<Time, uint64_t> key;
};

kj::Promise<void> VirtualClock::at(Time time) {
  if (time <= current) return kj::evalLater([] {});
  return kj::newAdaptedPromise<void, Wait>(*this, time);
}

kj::Maybe<Time> VirtualClock::next() const {
  if (waits.empty()) return nullptr;
  return waits.begin()->first.first;
}

void VirtualClock::advanceTo(Time time) {
  if (time > current) current = time;
  while (!waits.empty() && waits.begin()->first.first <= current) {
    Wait* wait = waits.begin()->second;
    waits.erase(waits.begin());
    wait->fulfiller.fulfill();
  }
}

}  // namespace flamesim
