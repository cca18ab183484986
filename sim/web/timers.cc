// Pending timers of an isolate, request by request, on each request's clock.
#include <kj/async.h>

#include <cmath>
#include <map>
#include <unordered_map>

#include "sim/js/face.h"
#include "sim/js/v8_version.h"
#include "sim/web/io_context.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

constexpr size_t kMostActive = 10'000;  // production-runtime.md section 4

class TimerTable final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;

  static std::unique_ptr<TimerTable> create() { return std::make_unique<TimerTable>(); }

  double start(js::Lock& js, double delayMillis, v8::Local<v8::Function> callback, bool repeat) {
    auto& context = IoContext::current(js);
    auto& active = timers[&context];
    if (active.size() >= kMostActive) {
      throw js::Throw("QuotaExceededError",
                      "You have exceeded the number of active timeouts you may set. max active "
                      "timeouts: 10000, current active timeouts: " +
                          std::to_string(active.size()));
    }
    uint64_t id = ++lastId;
    auto timer = std::make_shared<Timer>();
    timer->callback.Reset(js.isolate, callback);
    timer->asyncFrame.Reset(js.isolate, js::continuationData(js.context));
    // At least a millisecond between the runs of an interval: at 0 it would never let time pass.
    double millis = repeat ? std::max(delayMillis, 1.0) : delayMillis;
    if (repeat) timer->interval = std::chrono::nanoseconds(int64_t(millis * 1e6));
    Time due = context.clock().now() + std::chrono::nanoseconds(int64_t(millis * 1e6));
    active.emplace(id, timer);
    context.addTask(wait(context, id, timer, due).attach(kj::defer([this, &context, id] {
      forget(context, id);
    })));
    return double(id);
  }

  void stop(js::Lock& js, double id) {
    auto found = timers.find(&IoContext::current(js));
    if (found == timers.end()) return;
    auto timer = found->second.find(uint64_t(id));
    if (timer == found->second.end()) return;
    // Ends the wait, if it is one: a timer that clears itself while it runs just isn't rearmed.
    auto keep = timer->second;
    found->second.erase(timer);
    keep->stopped = true;
    keep->canceler.cancel("The timer was cleared.");
  }

 private:
  struct Timer {
    v8::Global<v8::Function> callback;
    v8::Global<v8::Value> asyncFrame;
    std::optional<Duration> interval;
    bool stopped = false;
    kj::Canceler canceler;
  };

  kj::Promise<void> wait(IoContext& context, uint64_t id, std::shared_ptr<Timer> timer, Time due) {
    // Only the wait can be cancelled; the callback runs behind it, so that clearing a timer from
    // its own callback does not destroy the promise that is running.
    return timer->canceler.wrap(context.clock().at(due))
        .then([] { return true; }, [](kj::Exception&&) { return false; })
        .then([this, &context, id, timer, due](bool rang) -> kj::Promise<void> {
          if (!rang || timer->stopped) return kj::READY_NOW;
          if (!timer->interval) {
            timer->stopped = true;
            forget(context, id);
          }
          run(context, *timer);
          if (timer->stopped) return kj::READY_NOW;
          Time now = context.clock().now();
          Time next = std::max(due + *timer->interval, now);
          return wait(context, id, timer, next);
        });
  }

  static void run(IoContext& context, Timer& timer) {
    context.refreshTime();
    context.isolate.enter(&context, [&](js::Lock& js) {
      js::setContinuationData(js.context, timer.asyncFrame.Get(js.isolate));
      // What the callback throws is reported by its wrapper in timers.js.
      js.call(timer.callback.Get(js.isolate), js.undefined(), {});
      js::setContinuationData(js.context, js.undefined());
    });
  }

  void forget(IoContext& context, uint64_t id) {
    auto found = timers.find(&context);
    if (found == timers.end()) return;
    found->second.erase(id);
    if (found->second.empty()) timers.erase(found);
  }

  std::unordered_map<IoContext*, std::map<uint64_t, std::shared_ptr<Timer>>> timers;
  uint64_t lastId = 0;
};
const js::ClassFace TimerTable::kFace{"TimerTable", {}};

std::unique_ptr<TimerTable> create() {
  return TimerTable::create();
}
double start(js::Lock& js, TimerTable& table, double delay, v8::Local<v8::Function> callback,
             bool repeat) {
  return table.start(js, delay, callback, repeat);
}
void stop(js::Lock& js, TimerTable& table, double id) {
  table.stop(js, id);
}
void queueMicrotask(js::Lock& js, v8::Local<v8::Function> callback) {
  js.isolate->EnqueueMicrotask(callback);
}

const js::FunctionEntry kTimersFunctions[] = {
    js::function<create>("create"),
    js::function<start>("start"),
    js::function<stop>("stop"),
    js::function<queueMicrotask>("queueMicrotask"),
};

}  // namespace

const js::NamespaceFace kTimersFace{"timers", kTimersFunctions};

}  // namespace flamesim::web
