// Lock: proof that the calling thread is inside an isolate. Whatever touches JavaScript takes one.
#pragma once

#include <v8.h>

#include <span>
#include <string>
#include <string_view>

#include "sim/js/error.h"

namespace flamesim::js {

class Isolate;

// Proof that the calling thread is inside `isolate`: passed to whatever touches JavaScript.
struct Lock {
  Isolate& owner;
  v8::Isolate* isolate;
  v8::Local<v8::Context> context;

  v8::Local<v8::String> str(std::string_view utf8) const;
  v8::Local<v8::String> internalized(std::string_view ascii) const;
  v8::Local<v8::Value> undefined() const { return v8::Undefined(isolate); }
  v8::Local<v8::Value> get(v8::Local<v8::Object> object, std::string_view key) const;
  void set(v8::Local<v8::Object> object, std::string_view key, v8::Local<v8::Value> value) const;
  // Calls, and throws Pending when JavaScript throws.
  v8::Local<v8::Value> call(v8::Local<v8::Function> function, v8::Local<v8::Value> self,
                            std::span<v8::Local<v8::Value>> arguments) const;
  std::string text(v8::Local<v8::Value> value) const;  // ToString as UTF-8
};

// The value, or Pending when V8 left an exception behind.
template <typename T>
v8::Local<T> check(v8::MaybeLocal<T> value) {
  v8::Local<T> result;
  if (!value.ToLocal(&result)) throw Pending();
  return result;
}
template <typename T>
T check(v8::Maybe<T> value) {
  if (value.IsNothing()) throw Pending();
  return value.FromJust();
}

}  // namespace flamesim::js
