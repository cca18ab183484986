// Ends JavaScript that runs too long without returning to the event loop. One thread watches all
// isolates of the process. The limit is CPU time of the isolate's thread in one entry, sampled
// every 10 ms; entering and leaving JavaScript costs one atomic store.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace v8 {
class Isolate;
}

namespace flamesim::js {

class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds cpuLimit);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;

  // One per isolate; made on the thread that the isolate belongs to.
  class Watch {
   public:
    Watch(Watchdog& watchdog, v8::Isolate* isolate);
    ~Watch();
    void entered() { entry.store(++serial, std::memory_order_release); }
    void left() { entry.store(0, std::memory_order_release); }
    // True once after the watchdog ended what ran.
    bool takeExpired() { return expired.exchange(false); }

   private:
    friend class Watchdog;
    Watchdog& watchdog;
    v8::Isolate* isolate;
    clockid_t cpuClock;
    std::atomic<uint64_t> entry{0};  // 0: no JavaScript is running
    std::atomic<bool> expired{false};
    uint64_t serial = 0;
    // The watchdog's own notes.
    uint64_t seenEntry = 0;
    int64_t seenCpu = 0;
  };

 private:
  void run();
  std::chrono::milliseconds limit;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::vector<Watch*> watches;
  std::thread thread;
};

}  // namespace flamesim::js
