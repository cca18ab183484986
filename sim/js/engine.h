// V8 for the whole process: flags, platform, startup snapshot. Make one in main(), before any
// Isolate, and keep it until the last one is gone.
#pragma once

#include <memory>
#include <span>

namespace flamesim::js {

class Engine {
 public:
  // `snapshot`: what buildSnapshot made; must outlive the engine. Empty: isolates start bare, as
  // the snapshot builder and some tests want.
  explicit Engine(std::span<const char> snapshot);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  std::span<const char> snapshot() const { return blob; }
  // For an engine that started bare: isolates made from now on are restored from `snapshot`.
  void useSnapshot(std::span<const char> snapshot) { blob = snapshot; }

  // Runs what V8 posted to itself for `isolate`, on the calling thread, until nothing is left.
  void runPostedTasks(void* isolate) const;

 private:
  class Platform;
  std::unique_ptr<Platform> platform;
  std::span<const char> blob;
};

// Where Date gets its time on the calling thread: nullptr stands for the global scope, where
// Date.now() is 0 (production-runtime.md section 4).
class TimeSource {
 public:
  virtual double nowMillis() const = 0;

 protected:
  ~TimeSource() = default;
};
void setThreadTimeSource(const TimeSource* source);

}  // namespace flamesim::js
