// Makes V8 callbacks of ordinary C++ functions. A class or namespace is declared once, as a list:
//
//   static double add(js::Lock& js, double a, double b);
//   const js::FunctionEntry kFunctions[] = {js::function<add>("add")};
//   const js::NamespaceFace kMathFace{"math", kFunctions};
//
//   class Counter final : public js::NativeObject {
//    public:
//     static const js::ClassFace kFace;
//     int32_t next(js::Lock& js, std::optional<int32_t> step);
//   };
//   const js::FunctionEntry kMethods[] = {js::method<&Counter::next>("next")};
//   const js::ClassFace Counter::kFace{"Counter", kMethods};
//
// Parameters and results convert by type (convert.h); a leading `Lock&` is optional; a KJ promise
// becomes a JavaScript promise; Throw becomes a JavaScript error.
#pragma once

#include <utility>

#include "sim/js/promise.h"

namespace flamesim::js {

using Arguments = v8::FunctionCallbackInfo<v8::Value>;

// Turns what C++ threw into a pending JavaScript exception. Call in a catch block.
void throwToJs(v8::Isolate* isolate);

namespace internal {

template <typename T>
using Bare = std::remove_cvref_t<T>;

template <typename... Parameters>
struct TypeList {};

template <typename R, typename... Args, typename Call, size_t... I>
void invoke(const Arguments& info, Lock& js, Call&& call, TypeList<Args...>,
            std::index_sequence<I...>) {
  if constexpr (std::is_void_v<R>) {
    call(Convert<Bare<Args>>::from(js, info[int(I)])...);
  } else {
    info.GetReturnValue().Set(
        Convert<Bare<R>>::to(js, call(Convert<Bare<Args>>::from(js, info[int(I)])...)));
  }
}

template <typename Signature>
struct Shape;
template <typename R, typename... Args>
struct Shape<R (*)(Lock&, Args...)> {
  template <auto fn>
  static void run(const Arguments& info, Lock& js) {
    invoke<R>(
        info, js, [&](auto&&... a) -> R { return fn(js, std::forward<decltype(a)>(a)...); },
        TypeList<Args...>(), std::index_sequence_for<Args...>());
  }
};
template <typename R, typename... Args>
struct Shape<R (*)(Args...)> {
  template <auto fn>
  static void run(const Arguments& info, Lock& js) {
    invoke<R>(
        info, js, [&](auto&&... a) -> R { return fn(std::forward<decltype(a)>(a)...); },
        TypeList<Args...>(), std::index_sequence_for<Args...>());
  }
};
template <typename T, typename R, typename... Args>
struct Shape<R (T::*)(Lock&, Args...)> {
  template <auto fn>
  static void run(const Arguments& info, Lock& js) {
    T& self = Convert<T>::from(js, info.This());
    invoke<R>(
        info, js, [&](auto&&... a) -> R { return (self.*fn)(js, std::forward<decltype(a)>(a)...); },
        TypeList<Args...>(), std::index_sequence_for<Args...>());
  }
};
template <typename T, typename R, typename... Args>
struct Shape<R (T::*)(Args...)> {
  template <auto fn>
  static void run(const Arguments& info, Lock& js) {
    T& self = Convert<T>::from(js, info.This());
    invoke<R>(
        info, js, [&](auto&&... a) -> R { return (self.*fn)(std::forward<decltype(a)>(a)...); },
        TypeList<Args...>(), std::index_sequence_for<Args...>());
  }
};
template <typename T, typename R, typename... Args>
struct Shape<R (T::*)(Args...) const> : Shape<R (T::*)(Args...)> {};
template <typename T, typename R, typename... Args>
struct Shape<R (T::*)(Lock&, Args...) const> : Shape<R (T::*)(Lock&, Args...)> {};

template <auto fn>
void callback(const Arguments& info) {
  v8::Isolate* isolate = info.GetIsolate();
  Lock js{Isolate::from(isolate), isolate, isolate->GetCurrentContext()};
  try {
    Shape<decltype(fn)>::template run<fn>(info, js);
  } catch (...) {
    throwToJs(isolate);
  }
}

// For functions that want the raw arguments: void fn(Lock&, const Arguments&).
template <auto fn>
void rawCallback(const Arguments& info) {
  v8::Isolate* isolate = info.GetIsolate();
  Lock js{Isolate::from(isolate), isolate, isolate->GetCurrentContext()};
  try {
    fn(js, info);
  } catch (...) {
    throwToJs(isolate);
  }
}

}  // namespace internal

template <auto fn>
constexpr FunctionEntry function(const char* name) {
  return {name, &internal::callback<fn>};
}
template <auto fn>
constexpr FunctionEntry method(const char* name) {
  return {name, &internal::callback<fn>};
}
template <auto fn>
constexpr FunctionEntry rawFunction(const char* name) {
  return {name, &internal::rawCallback<fn>};
}

}  // namespace flamesim::js
