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

// What a builtin object is; undefined for plain objects, functions and what JavaScript can tell.
v8::Local<v8::Value> kindOf(js::Lock& js, v8::Local<v8::Value> value) {
  std::string_view kind;
  if (value->IsTypedArray()) {
    kind = "TypedArray";
  } else if (value->IsArrayBuffer()) {
    kind = "ArrayBuffer";
  } else if (value->IsMap()) {
    kind = "Map";
  } else if (value->IsSet()) {
    kind = "Set";
  } else if (value->IsDate()) {
    kind = "Date";
  } else if (value->IsRegExp()) {
    kind = "RegExp";
  } else if (value->IsPromise()) {
    kind = "Promise";
  } else if (value->IsWeakMap()) {
    kind = "WeakMap";
  } else if (value->IsWeakSet()) {
    kind = "WeakSet";
  } else if (value->IsNumberObject()) {
    kind = "Number";
  } else if (value->IsStringObject()) {
    kind = "String";
  } else if (value->IsBooleanObject()) {
    kind = "Boolean";
  } else if (value->IsBigIntObject()) {
    kind = "BigInt";
  } else if (value->IsSymbolObject()) {
    kind = "Symbol";
  } else {
    return js.undefined();
  }
  return js.internalized(kind);
}

const js::FunctionEntry kConsoleFunctions[] = {
    js::function<kindOf>("kindOf"),
    js::function<write>("write"),
    js::function<mapStack>("mapStack"),
    js::function<promiseState>("promiseState"),
};

}  // namespace

const js::NamespaceFace kConsoleFace{"console", kConsoleFunctions};

}  // namespace flamesim::web
