// What the Web APIs need of the request that is running: time, randomness, the network, a console,
// and a place for the answer. chain/ implements it once per request and worker; native functions
// reach the current one with IoContext::current(js).
#pragma once

#include <kj/refcount.h>

#include <map>

#include "sim/base/clock.h"
#include "sim/base/random.h"
#include "sim/js/isolate.h"
#include "sim/net/fetcher.h"

namespace flamesim::web {

class ContextHandle;

// Which fetcher a fetch goes to. 0 is the global fetch(), the next stage of the chain; bindings
// get the others, the same for every request of a worker.
using FetcherSlot = uint32_t;
inline constexpr FetcherSlot kGlobalFetch = 0;

class IoContext : public js::Execution, public kj::Refcounted {
 public:
  using js::Execution::Execution;
  ~IoContext() noexcept(false) override;

  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  // The time that JavaScript sees: stands still between I/O (production-runtime.md section 4).
  double nowMillis() const final { return shownTime; }
  // Lets JavaScript see the clock's time: called when I/O completed.
  void refreshTime() { shownTime = double(nanosOf(clock().now()) / 1'000'000); }
  void ioCompleted() final { refreshTime(); }

  virtual net::Fetcher& fetcher(FetcherSlot slot) = 0;
  // level: "debug" | "info" | "log" | "warn" | "error"; text: the arguments as JSON-like text.
  virtual void console(std::string_view level, std::string text) = 0;

  // What became of the handler: exactly one of the three is called, once.
  virtual void responded(net::Response response) = 0;
  virtual void failed(js::ErrorReport report) = 0;
  virtual void passedThrough() = 0;  // service-worker format: nobody called respondWith()

  virtual void passThroughOnException() = 0;
  // `done` settles with the promise handed to ctx.waitUntil(), and never rejects.
  virtual void waitUntil(kj::Promise<void> done) = 0;
  virtual void waitUntilFailed(js::ErrorReport report) = 0;

  // Throws the JavaScript error for what global scope may not do.
  static IoContext& current(js::Lock& js) {
    return static_cast<IoContext&>(js.owner.currentOrThrow());
  }

  // Fetches that JavaScript may cancel, by their id.
  std::map<uint32_t, kj::Own<kj::PromiseFulfiller<net::Response>>> cancellable;
  uint32_t lastFetchId = 0;

 private:
  friend class ContextHandle;
  double shownTime = 0;
  ContextHandle* handle = nullptr;
};

}  // namespace flamesim::web
