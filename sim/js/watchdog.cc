#include "sim/js/watchdog.h"

#include <pthread.h>
#include <time.h>
#include <v8.h>

#include <algorithm>

namespace flamesim::js {

namespace {

constexpr std::chrono::nanoseconds kPeriod = std::chrono::milliseconds(10);
// An execution that was found running less often is left alone whatever its limit is: a look that
// happens to fall into a short request charges it with what others did.
constexpr uint32_t kFewestLooks = 3;

// What is running: this bit when the watchdog ended it, the watch's number, the execution.
constexpr Watchdog::Running kExpired = uint64_t(1) << 63;

uint32_t executionOf(Watchdog::Running running) {
  return uint32_t(running);
}
uint32_t watchOf(Watchdog::Running running) {
  return uint32_t((running & ~kExpired) >> 32);
}

int64_t cpuNanos(clockid_t clock) {
  timespec spec{};
  clock_gettime(clock, &spec);
  return int64_t(spec.tv_sec) * 1'000'000'000 + spec.tv_nsec;
}

}  // namespace

// --- Watchdog ---------------------------------------------------------------------------------

Watchdog::Watchdog() : thread([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  thread.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    wake.wait_for(lock, kPeriod);
    for (auto& held : meters) {
      if (auto meter = held.lock()) look(*meter);
    }
  }
}

void Watchdog::look(Meter& meter) {
  int64_t cpu = cpuNanos(meter.cpuClock);
  int64_t used = cpu - meter.seenCpu;
  Running running = meter.running.load(std::memory_order_acquire);
  Running seen = meter.seenRunning;
  meter.seenCpu = cpu;
  meter.seenRunning = running & ~kExpired;

  // JavaScript of no execution is measured entry by entry.
  if (seen != meter.seenRunning && seen != 0 && executionOf(seen) == 0) {
    auto before = watches.find(watchOf(seen));
    if (before != watches.end()) before->second->sums.erase(0);
  }
  if (running == 0) return;
  Watch& watch = *watches.at(watchOf(running));
  if ((running & kExpired) == 0) {
    auto& sum = watch.sums[executionOf(running)];
    watch.charged.store(true, std::memory_order_relaxed);
    // After a late look, what just began has not used all of it.
    sum.nanos += seen == running ? used : std::min<int64_t>(used, kPeriod.count());
    if (++sum.looks < kFewestLooks || sum.nanos <= watch.limitNanos) return;
    // Another may be running by now; then it is ended at the next look that finds it.
    if (!meter.running.compare_exchange_strong(running, running | kExpired)) return;
  }
  watch.isolate->TerminateExecution();
}

std::shared_ptr<Watchdog::Meter> Watchdog::meterOfThisThread() {
  std::erase_if(meters, [](auto& held) { return held.expired(); });
  for (auto& held : meters) {
    auto meter = held.lock();
    if (meter != nullptr && meter->owner == std::this_thread::get_id()) return meter;
  }
  auto meter = std::make_shared<Meter>();
  pthread_getcpuclockid(pthread_self(), &meter->cpuClock);
  meter->seenCpu = cpuNanos(meter->cpuClock);
  meters.push_back(meter);
  return meter;
}

// --- Watch ------------------------------------------------------------------------------------

Watchdog::Watch::Watch(Watchdog& watchdog, v8::Isolate* isolate, std::chrono::milliseconds limit)
    : watchdog(watchdog), isolate(isolate), limitNanos(std::chrono::nanoseconds(limit).count()) {
  std::lock_guard lock(watchdog.mutex);
  number = ++watchdog.lastNumber;
  meter = watchdog.meterOfThisThread();
  watchdog.watches.emplace(number, this);
}

Watchdog::Watch::~Watch() {
  std::lock_guard lock(watchdog.mutex);
  watchdog.watches.erase(number);
}

Watchdog::Running Watchdog::Watch::entered(uint32_t execution) {
  return meter->running.exchange(uint64_t(number) << 32 | execution, std::memory_order_acq_rel);
}

void Watchdog::Watch::left(Running before) {
  Running mine = meter->running.exchange(before, std::memory_order_acq_rel);
  // It was done before it noticed that it was ended; what comes next was not.
  if ((mine & kExpired) != 0) revoke();
}

void Watchdog::Watch::switchedTo(uint32_t execution) {
  if ((entered(execution) & kExpired) != 0) revoke();
}

bool Watchdog::Watch::takeExpired() {
  Running mine = meter->running.fetch_and(~kExpired, std::memory_order_acq_rel);
  if ((mine & kExpired) == 0) return false;
  revoke();
  std::lock_guard lock(watchdog.mutex);
  sums.erase(0);
  return true;
}

// The lock: until the watchdog has done what it announced.
void Watchdog::Watch::revoke() {
  std::lock_guard lock(watchdog.mutex);
  isolate->CancelTerminateExecution();
}

}  // namespace flamesim::js
