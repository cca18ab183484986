// What a worker exports for events to be sent to: an object with handlers, or a class derived from
// WorkerEntrypoint. dispatch.js calls its handlers.
#pragma once

#include "sim/net/message.h"
#include "sim/web/events.h"
#include "sim/web/rpc.h"

namespace flamesim::web {

// Must go before its isolate.
class Entrypoint {
 public:
  // `exported`: undefined for the service-worker format.
  Entrypoint(js::Lock& js, v8::Local<v8::Value> exported, v8::Local<v8::Value> env);

  // Starts the fetch handler. The answer comes to `context`. Call inside
  // isolate.enter(&context, ...). `props`: of the binding, as JSON, or empty.
  void fetch(js::Lock& js, IoContext& context, net::Request request, std::string_view props);
  // Has call `id` of `host`, which is the running request's, served.
  void call(js::Lock& js, RpcHost& host, uint32_t id, const std::string& props, RpcCall call);
  // Starts the handler of an event. It ends with context.finished() or context.failed().
  void send(js::Lock& js, IoContext& context, const Event& event, const std::string& props);
  // Starts the test handler. It ends with context.finished() or context.failed(). `tools`: what its
  // controller's mocks call (test_mocks.js); `controls`: the native half of the controller
  // (chain::TestControls); either may be undefined.
  void test(js::Lock& js, IoContext& context, v8::Local<v8::Value> tools,
            v8::Local<v8::Value> controls);
  // Whether it has a test handler.
  bool hasTest(js::Lock& js);

 private:
  v8::Local<v8::Value> run(js::Lock& js, const char* dispatcher,
                           std::span<v8::Local<v8::Value>> arguments);

  v8::Global<v8::Function> fetcher;  // dispatches most requests
  v8::Global<v8::Value> exported;
  v8::Global<v8::Value> env;
};

}  // namespace flamesim::web
