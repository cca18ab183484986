#include "sim/js/watchdog.h"

#include <pthread.h>
#include <time.h>
#include <v8.h>

#include <algorithm>

namespace flamesim::js {

namespace {
int64_t cpuNanos(clockid_t clock) {
  timespec spec{};
  clock_gettime(clock, &spec);
  return int64_t(spec.tv_sec) * 1'000'000'000 + spec.tv_nsec;
}
}  // namespace

Watchdog::Watchdog(std::chrono::milliseconds cpuLimit)
    : limit(cpuLimit), thread([this] { run(); }) {}

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
    wake.wait_for(lock, std::chrono::milliseconds(10));
    for (Watch* watch : watches) {
      uint64_t entry = watch->entry.load(std::memory_order_acquire);
      if (entry == 0) continue;
      int64_t cpu = cpuNanos(watch->cpuClock);
      if (entry != watch->seenEntry) {
        watch->seenEntry = entry;
        watch->seenCpu = cpu;
      } else if (cpu - watch->seenCpu > std::chrono::nanoseconds(limit).count()) {
        watch->expired.store(true);
        watch->isolate->TerminateExecution();
      }
    }
  }
}

Watchdog::Watch::Watch(Watchdog& watchdog, v8::Isolate* isolate)
    : watchdog(watchdog), isolate(isolate) {
  pthread_getcpuclockid(pthread_self(), &cpuClock);
  std::lock_guard lock(watchdog.mutex);
  watchdog.watches.push_back(this);
}

Watchdog::Watch::~Watch() {
  std::lock_guard lock(watchdog.mutex);
  std::erase(watchdog.watches, this);
}

}  // namespace flamesim::js
