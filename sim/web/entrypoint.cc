#include "sim/web/entrypoint.h"

#include "sim/web/http.h"

namespace flamesim::web {

Entrypoint::Entrypoint(js::Lock& js, v8::Local<v8::Value> exported, v8::Local<v8::Value> env)
    : exported(js.isolate, exported), env(js.isolate, env) {
  auto name = exported->IsUndefined() ? "dispatchFetchEvent" : "dispatchFetch";
  fetcher.Reset(js.isolate, js.get(js.owner.runtime(js), name).As<v8::Function>());
}

void Entrypoint::fetch(js::Lock& js, IoContext& context, net::Request request,
                       std::string_view props) {
  context.asksForWebSocket = net::asksForWebSocket(request);
  auto owned = std::make_unique<NativeMessage>(kj::mv(request));
  bool hasBody = owned->hasBody();
  auto message = js::wrapNative(js.owner, owned.release(), NativeMessage::kFace);
  v8::Local<v8::Value> arguments[] = {js::Convert<uint32_t>::to(js, context.id),
                                      message,
                                      js::Convert<bool>::to(js, hasBody),
                                      exported.Get(js.isolate),
                                      env.Get(js.isolate),
                                      js.str(props)};
  js.call(fetcher.Get(js.isolate), js.undefined(), arguments);
}

void Entrypoint::call(js::Lock& js, RpcHost& host, uint32_t id, const std::string& props,
                      RpcCall call) {
  host.serveEntrypoint(js, id, exported.Get(js.isolate), env.Get(js.isolate), props,
                       std::move(call));
}

void Entrypoint::send(js::Lock& js, IoContext& context, const Event& event,
                      const std::string& props) {
  auto parts = argumentsOf(js, event);
  v8::Local<v8::Value> arguments[] = {
      js::Convert<uint32_t>::to(js, context.id),
      js.str(parts.handler),
      exported.Get(js.isolate),
      env.Get(js.isolate),
      js.str(props),
      js.str(parts.details),
      v8::Array::New(js.isolate, parts.values.data(), parts.values.size())};
  run(js, "dispatchEvent", arguments);
}

void Entrypoint::test(js::Lock& js, IoContext& context, v8::Local<v8::Value> tools,
                      v8::Local<v8::Value> controls) {
  v8::Local<v8::Value> arguments[] = {js::Convert<uint32_t>::to(js, context.id),
                                      exported.Get(js.isolate), env.Get(js.isolate), tools,
                                      controls};
  run(js, "dispatchTest", arguments);
}

bool Entrypoint::hasTest(js::Lock& js) {
  v8::Local<v8::Value> arguments[] = {exported.Get(js.isolate)};
  return run(js, "hasTest", arguments)->IsTrue();
}

v8::Local<v8::Value> Entrypoint::run(js::Lock& js, const char* dispatcher,
                                     std::span<v8::Local<v8::Value>> arguments) {
  auto runtime = js.owner.runtime(js);
  return js.call(js.get(runtime, dispatcher).As<v8::Function>(), runtime, arguments);
}

}  // namespace flamesim::web
