#include "sim/js/engine.h"

#include <libplatform/libplatform.h>

#include "sim/js/heap_pages.h"
#include "sim/js/v8_version.h"

namespace flamesim::js {

namespace {
thread_local const TimeSource* threadTimeSource = nullptr;
}

void setThreadTimeSource(const TimeSource* source) {
  threadTimeSource = source;
}

// V8's default platform on one thread (compilation and garbage collection run on the thread of
// their isolate, so that a run repeats), with Date on the simulated server's clock.
class Engine::Platform final : public v8::Platform {
 public:
  Platform()
      : inner(v8::platform::NewSingleThreadedDefaultPlatform()),
        pages(*inner->GetPageAllocator()) {}

  v8::Platform& defaultPlatform() { return *inner; }

  double CurrentClockTimeMillis() override {
    return threadTimeSource == nullptr ? 0 : threadTimeSource->nowMillis();
  }

  v8::PageAllocator* GetPageAllocator() override { return &pages; }
  v8::ZoneBackingAllocator* GetZoneBackingAllocator() override {
    return inner->GetZoneBackingAllocator();
  }
  void OnCriticalMemoryPressure() override { inner->OnCriticalMemoryPressure(); }
  int NumberOfWorkerThreads() override { return inner->NumberOfWorkerThreads(); }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate) override {
    return inner->GetForegroundTaskRunner(isolate);
  }
  void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override {
    inner->CallOnWorkerThread(std::move(task));
  }
  void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task, double seconds) override {
    inner->CallDelayedOnWorkerThread(std::move(task), seconds);
  }
  std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
                                         std::unique_ptr<v8::JobTask> task) override {
    return inner->PostJob(priority, std::move(task));
  }
#if FLAMESIM_V8_AT_LEAST(11, 0)
  std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority,
                                           std::unique_ptr<v8::JobTask> task) override {
    return inner->CreateJob(priority, std::move(task));
  }
#endif
  double MonotonicallyIncreasingTime() override {
    return inner->MonotonicallyIncreasingTime();
  }
  v8::TracingController* GetTracingController() override {
    return inner->GetTracingController();
  }

 private:
  std::unique_ptr<v8::Platform> inner;
  HeapPages pages;
};

Engine::Engine(std::span<const char> snapshot) : blob(snapshot) {
  // --single-threaded goes with the platform above. Toggling the protection of code pages at every
  // compilation would cost more than the compilation. The snapshot is part of the binary: nothing
  // is gained by checking its sum for each isolate, nor by new hash seeds, which would make runs
  // differ. Optimising functions after a seventh of V8's usual budget of bytecode makes a replay of
  // 100,000 exchanges 3 % to 5 % shorter: every isolate warms up by itself.
  v8::V8::SetFlagsFromString(
      "--single-threaded --no-write-protect-code-memory --no-verify-snapshot-checksum "
      "--no-rehash-snapshot --interrupt-budget=20000");
  platform = std::make_unique<Platform>();
  v8::V8::InitializePlatform(platform.get());
  v8::V8::Initialize();
}

Engine::~Engine() {
  v8::V8::Dispose();
#if FLAMESIM_V8_AT_LEAST(11, 0)
  v8::V8::DisposePlatform();
#else
  v8::V8::ShutdownPlatform();
#endif
}

void Engine::runPostedTasks(void* isolate) const {
  while (v8::platform::PumpMessageLoop(&platform->defaultPlatform(),
                                       static_cast<v8::Isolate*>(isolate))) {
  }
}

}  // namespace flamesim::js
