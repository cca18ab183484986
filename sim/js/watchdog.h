// Ends executions that use more CPU time than they may: endless loops, and requests that burn it
// bit by bit. One thread watches all isolates of the process. As a profiler does, it looks every
// 10 ms at what each thread is running, and charges that execution with the CPU time that the
// thread used since the last look. Entering and leaving JavaScript costs one atomic exchange each.
//
// Executions nest on a thread: a worker's fetch() runs the next worker from within. Only the
// innermost is charged.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace v8 {
class Isolate;
}

namespace flamesim::js {

class Watchdog {
  struct Meter;

 public:
  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;

  // What a thread runs: an execution of one of its isolates, or nothing.
  using Running = uint64_t;

  // One per isolate; made on the thread that the isolate belongs to.
  class Watch {
   public:
    // `limit`: CPU time of each execution; of each entry, where that is of no execution.
    Watch(Watchdog& watchdog, v8::Isolate* isolate, std::chrono::milliseconds limit);
    ~Watch();

    // From now on the thread runs that execution of the isolate; 0: JavaScript of none. Returns
    // what it ran until now, for left().
    Running entered(uint32_t execution);
    void left(Running before);
    // The same entry goes on for another execution.
    void switchedTo(uint32_t execution);
    // True once after the watchdog ended what is running now.
    bool takeExpired();

    // Whether executions were charged that may be over. If so, dropSums() is due.
    bool hasSums() const { return charged.load(std::memory_order_relaxed); }
    // Forgets the executions that `isOver(id)`.
    template <typename IsOver>
    void dropSums(IsOver&& isOver);

   private:
    friend class Watchdog;
    struct Sum {
      int64_t nanos = 0;
      uint32_t looks = 0;  // that found it running
    };
    void revoke();

    Watchdog& watchdog;
    v8::Isolate* const isolate;
    const int64_t limitNanos;
    uint32_t number;
    std::shared_ptr<Meter> meter;
    std::map<uint32_t, Sum> sums;  // by execution; under the watchdog's mutex
    std::atomic<bool> charged{false};
  };

 private:
  struct Meter {
    const std::thread::id owner = std::this_thread::get_id();
    clockid_t cpuClock;
    std::atomic<Running> running{0};
    // The watchdog's own notes, of its last look.
    int64_t seenCpu = 0;
    Running seenRunning = 0;
  };

  void run();
  void look(Meter& meter);
  std::shared_ptr<Meter> meterOfThisThread();

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  uint32_t lastNumber = 0;
  std::map<uint32_t, Watch*> watches;  // by number
  std::vector<std::weak_ptr<Meter>> meters;
  std::thread thread;
};

template <typename IsOver>
void Watchdog::Watch::dropSums(IsOver&& isOver) {
  std::lock_guard lock(watchdog.mutex);
  std::erase_if(sums, [&](auto& sum) { return isOver(sum.first); });
  charged.store(!sums.empty(), std::memory_order_relaxed);
}

}  // namespace flamesim::js
