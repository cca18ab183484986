#include "sim/js/face.h"
#include "sim/js/source_map.h"
#include "sim/web/io_context.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

void write(js::Lock& js, std::string level, std::string text) {
  auto* execution = js.owner.current();
  if (execution == nullptr) return;
  static_cast<IoContext*>(execution)->console(level, std::move(text));
}

// A stack trace in terms of the files that the team wrote.
std::string mapStack(js::Lock& js, std::string stack) {
  return js.owner.sourceMaps().mapStack(stack);
}

// {state: "pending" | "fulfilled" | "rejected", result} of a promise.
v8::Local<v8::Value> promiseState(js::Lock& js, v8::Local<v8::Value> value) {
  auto result = v8::Object::New(js.isolate);
  if (!value->IsPromise()) return result;
  auto promise = value.As<v8::Promise>();
  auto state = promise->State();
  js.set(result, "state",
         js.str(state == v8::Promise::kPending     ? "pending"
                : state == v8::Promise::kFulfilled ? "fulfilled"
                                                   : "rejected"));
  if (state != v8::Promise::kPending) js.set(result, "result", promise->Result());
  return result;
}

const js::FunctionEntry kFunctions[] = {
    js::function<write>("write"),
    js::function<mapStack>("mapStack"),
    js::function<promiseState>("promiseState"),
};

}  // namespace

const js::NamespaceFace kConsoleFace{"console", kFunctions};

}  // namespace flamesim::web
