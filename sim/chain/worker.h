// One internal worker in one simulated server: its isolate, modules, env, and the requests that are
// running in it. Belongs to the thread of the server.
#pragma once

#include <kj/async.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/eventual.h"
#include "sim/bindings/capnp.h"
#include "sim/bindings/environment.h"
#include "sim/bundle/bundle.h"
#include "sim/chain/exchange_scope.h"
#include "sim/js/modules.h"
#include "sim/js/nursery.h"
#include "sim/net/fetcher.h"
#include "sim/web/rpc.h"

namespace flamesim::chain {

class RequestContext;
struct TestParts;

struct WorkerOptions {
  js::IsolateOptions isolate;
  js::Nursery* nursery = nullptr;  // where first isolates come from; nullptr: they are made here
  Duration waitUntilLimit = std::chrono::seconds(30);  // after the answer
  uint32_t subrequestLimit = 10'000;                   // of a request
  bindings::ProductionBugs productionBugs = bindings::ProductionBugs::kMended;
  // What the controllers of test handlers reach; nullptr: nothing.
  std::shared_ptr<const TestParts> test;
};

// How one worker reaches what stands around it.
class Surroundings {
 public:
  virtual ~Surroundings() noexcept(false) = default;
  // `slot` as given out by Ports::fetcherSlot for that worker.
  virtual Eventual<net::Response> fetch(web::FetcherSlot slot, net::Request request,
                                        ExchangeScope& exchange) = 0;
  // Calls the worker behind a service binding, for `caller`.
  virtual Eventual<web::RpcResult> call(web::FetcherSlot slot, web::RpcCall call,
                                        RequestContext& caller) = 0;
  // Sends an event to the worker behind a service binding.
  virtual Eventual<web::EventOutcome> send(web::FetcherSlot slot, web::Event event,
                                           ExchangeScope& exchange) = 0;
  // Tells the worker of that name of a request that is over.
  virtual void tell(const std::string& tailWorker, std::shared_ptr<const web::Trace> trace,
                    ExchangeScope& exchange) = 0;
  virtual web::CacheStore& cacheStore() = 0;
};

// How a run of a test handler ended.
struct TestOutcome {
  // What the handler or a waitUntil() of it threw first, or the limit that it hit.
  std::optional<js::ErrorReport> failure;
  bool passed() const { return !failure; }
};

enum class OnException : uint8_t {
  kAnswer500,  // as the edge does
  kRethrow,    // called through a service binding
};

class Worker {
 public:
  // Loads the worker: compiles its modules and runs their global scope. Throws UserError with the
  // position of what is wrong. `engine`, `ports` and `surroundings` must outlive the worker.
  Worker(const js::Engine& engine, std::string name, std::shared_ptr<const bundle::Bundle> bundle,
         WorkerOptions options, bindings::Ports& ports, Surroundings& surroundings);
  ~Worker() noexcept(false);
  Worker(const Worker&) = delete;

  // Runs the fetch handler of `entrypoint`, one of entrypoints(). What JavaScript throws is
  // answered as production does; rejects only with kRethrow or when the next stage fails after
  // passThroughOnException().
  Eventual<net::Response> handle(net::Request request, ExchangeScope& exchange,
                                 OnException onException = OnException::kAnswer500,
                                 const std::string& entrypoint = kDefaultEntrypoint,
                                 const std::string& props = "");
  // Has `entrypoint` serve a call, in a request of its own that belongs to the exchange of
  // `caller`. Rejects where there is no answer. Both names must outlive the call.
  Eventual<web::RpcResult> call(web::RpcCall call, const std::string& entrypoint,
                                const std::string& props, RequestContext& caller);

  // Runs the handler of an event, and what it left to waitUntil(). Never rejects.
  Eventual<web::EventOutcome> send(web::Event event, ExchangeScope& exchange,
                                   const std::string& entrypoint = kDefaultEntrypoint,
                                   const std::string& props = "");

  // Runs test(controller, env, ctx) of `entrypoint`, one of entrypoints(), and what it left to
  // waitUntil(). The faults that a test before it added end now. Never rejects. `tools`: makes what
  // the controller's functions call; empty: it has none.
  using MakeTools = std::function<v8::Local<v8::Value>(js::Lock&)>;
  Eventual<TestOutcome> runTest(const std::string& entrypoint, ExchangeScope& exchange,
                                const MakeTools& tools = nullptr);
  // Names of the entrypoints that have a test handler.
  std::vector<std::string> tests();

  // A capability of the interface, from the schema that the worker bundles, that its default export
  // answers: an object, or a class of which there is one object for all. Calls run in a request of
  // `exchange` that lasts as long as the capability. What is wrong fails the calls.
  capnp::Capability::Client serve(const std::string& interfaceName, ExchangeScope& exchange);
  // Has `handler` answer fetch events of an entrypoint of that name, which nothing else has.
  void addFetchHandler(js::Lock& js, const std::string& entrypoint,
                       v8::Local<v8::Function> handler);

  static const std::string kDefaultEntrypoint;
  // Names of exports that requests can be sent to: objects and classes. The default is always
  // there.
  std::vector<std::string> entrypoints() const;

  const std::string& name() const { return workerName; }
  const std::vector<bundle::TailConsumer>& tailConsumers() const { return bundle->tailConsumers; }

 private:
  friend class RequestContext;
  struct Loaded;
  void load();
  // Calls `start(js, entrypoint, context)` in a new request; what it throws is in the context.
  template <typename Start>
  kj::Own<RequestContext> begin(ExchangeScope& exchange, const std::string& entrypoint,
                                Start&& start);
  Eventual<web::EventOutcome> startEvent(web::Event event, ExchangeScope& exchange,
                                         const std::string& entrypoint, const std::string& props);
  // Tells the worker's tail workers of a request in it.
  void tell(std::shared_ptr<const web::Trace> trace, ExchangeScope& exchange);
  Eventual<web::RpcResult> startCall(web::RpcCall call, const std::string& entrypoint,
                                     const std::string& props, RequestContext& caller);
  Eventual<net::Response> finish(kj::Own<RequestContext> context, OnException onException);
  v8::Local<v8::Object> served(js::Lock& js);

  const js::Engine& engine;
  const std::string workerName;
  const std::shared_ptr<const bundle::Bundle> bundle;
  const WorkerOptions options;
  bindings::Ports& ports;
  Surroundings& surroundings;
  // Shared with the requests that run in it: a worker over its heap limit gets a new isolate while
  // old requests end in the old one.
  std::shared_ptr<Loaded> loaded;
};

}  // namespace flamesim::chain
