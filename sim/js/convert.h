// Values between C++ and JavaScript, by type. from() follows WebIDL's conversions: it throws Throw
// or Pending for what does not fit.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/js/isolate.h"

namespace flamesim::js {

// Bytes that are an ArrayBuffer or a view of one in JavaScript; always a copy.
struct Bytes {
  std::string data;
};
// An ArrayBuffer in JavaScript. (Bytes becomes a Uint8Array.)
struct BufferBytes {
  std::string data;
};
// A string of bytes: each code unit is a byte (WebIDL ByteString).
struct ByteString {
  std::string data;
};

Bytes bytesOf(Lock& js, v8::Local<v8::Value> value);
// The memory of a buffer or view without a copy; valid while JavaScript does not run.
std::optional<std::span<uint8_t>> viewOf(v8::Local<v8::Value> value);
v8::Local<v8::ArrayBuffer> newArrayBuffer(Lock& js, std::string_view bytes);
// A buffer with arbitrary content, for the caller to fill. Throws RangeError where the isolate has
// no memory left (v8::ArrayBuffer::New would end the process).
v8::Local<v8::ArrayBuffer> uninitializedArrayBuffer(Lock& js, size_t size);

template <typename T>
struct Convert;

template <>
struct Convert<bool> {
  static bool from(Lock& js, v8::Local<v8::Value> v) { return v->BooleanValue(js.isolate); }
  static v8::Local<v8::Value> to(Lock& js, bool v) { return v8::Boolean::New(js.isolate, v); }
};
template <>
struct Convert<double> {
  static double from(Lock& js, v8::Local<v8::Value> v) { return check(v->NumberValue(js.context)); }
  static v8::Local<v8::Value> to(Lock& js, double v) { return v8::Number::New(js.isolate, v); }
};
template <>
struct Convert<int32_t> {
  static int32_t from(Lock& js, v8::Local<v8::Value> v) { return check(v->Int32Value(js.context)); }
  static v8::Local<v8::Value> to(Lock& js, int32_t v) { return v8::Integer::New(js.isolate, v); }
};
template <>
struct Convert<uint32_t> {
  static uint32_t from(Lock& js, v8::Local<v8::Value> v) {
    return check(v->Uint32Value(js.context));
  }
  static v8::Local<v8::Value> to(Lock& js, uint32_t v) {
    return v8::Integer::NewFromUnsigned(js.isolate, v);
  }
};
template <>
struct Convert<uint16_t> {
  static uint16_t from(Lock& js, v8::Local<v8::Value> v) {
    return uint16_t(check(v->Uint32Value(js.context)));
  }
  static v8::Local<v8::Value> to(Lock& js, uint16_t v) {
    return v8::Integer::NewFromUnsigned(js.isolate, v);
  }
};
template <>
struct Convert<std::string> {
  static std::string from(Lock& js, v8::Local<v8::Value> v) { return js.text(v); }
  static v8::Local<v8::Value> to(Lock& js, std::string_view v) { return js.str(v); }
};
template <>
struct Convert<std::string_view> {
  static v8::Local<v8::Value> to(Lock& js, std::string_view v) { return js.str(v); }
};
template <>
struct Convert<ByteString> {
  static ByteString from(Lock& js, v8::Local<v8::Value> v);
  static v8::Local<v8::Value> to(Lock& js, const ByteString& v);
};
template <>
struct Convert<Bytes> {
  static Bytes from(Lock& js, v8::Local<v8::Value> v) { return bytesOf(js, v); }
  static v8::Local<v8::Value> to(Lock& js, const Bytes& v) {
    auto buffer = newArrayBuffer(js, v.data);
    return v8::Uint8Array::New(buffer, 0, v.data.size());
  }
};
template <>
struct Convert<BufferBytes> {
  static v8::Local<v8::Value> to(Lock& js, const BufferBytes& v) {
    return newArrayBuffer(js, v.data);
  }
};

template <typename T>
struct Convert<v8::Local<T>> {
  static v8::Local<T> from(Lock& js, v8::Local<v8::Value> v) {
    if constexpr (std::is_same_v<T, v8::Value>) {
      return v;
    } else {
      if constexpr (std::is_same_v<T, v8::Function>) {
        if (!v->IsFunction()) throw Throw("TypeError", "The argument must be a function.");
      } else if constexpr (std::is_same_v<T, v8::Object>) {
        if (!v->IsObject()) throw Throw("TypeError", "The argument must be an object.");
      } else if constexpr (std::is_same_v<T, v8::Array>) {
        if (!v->IsArray()) throw Throw("TypeError", "The argument must be an array.");
      } else if constexpr (std::is_same_v<T, v8::String>) {
        return check(v->ToString(js.context));
      }
      return v.As<T>();
    }
  }
  static v8::Local<v8::Value> to(Lock&, v8::Local<T> v) { return v; }
};

template <typename T>
struct Convert<std::optional<T>> {
  static std::optional<T> from(Lock& js, v8::Local<v8::Value> v) {
    if (v->IsNullOrUndefined()) return std::nullopt;
    return Convert<T>::from(js, v);
  }
  static v8::Local<v8::Value> to(Lock& js, const std::optional<T>& v) {
    if (!v) return v8::Null(js.isolate);
    return Convert<T>::to(js, *v);
  }
};

template <typename T>
struct Convert<std::vector<T>> {
  static std::vector<T> from(Lock& js, v8::Local<v8::Value> v) {
    auto array = Convert<v8::Local<v8::Array>>::from(js, v);
    std::vector<T> result;
    result.reserve(array->Length());
    for (uint32_t i = 0; i < array->Length(); ++i) {
      result.push_back(Convert<T>::from(js, check(array->Get(js.context, i))));
    }
    return result;
  }
  static v8::Local<v8::Value> to(Lock& js, const std::vector<T>& v) {
    std::vector<v8::Local<v8::Value>> items;
    items.reserve(v.size());
    for (auto& item : v) items.push_back(Convert<T>::to(js, item));
    return v8::Array::New(js.isolate, items.data(), items.size());
  }
};

// Native objects: taken by reference, returned as std::unique_ptr.
template <typename T>
requires std::derived_from<T, NativeObject>
struct Convert<T> {
  static T& from(Lock& js, v8::Local<v8::Value> v) {
    NativeObject* object = unwrapNative(js.owner, v, T::kFace);
    if (object == nullptr) {
      throw Throw("TypeError", std::string("The argument is not a ") + T::kFace.name + ".");
    }
    return static_cast<T&>(*object);
  }
};
template <typename T>
requires std::derived_from<T, NativeObject>
struct Convert<std::unique_ptr<T>> {
  static v8::Local<v8::Value> to(Lock& js, std::unique_ptr<T> v) {
    if (v == nullptr) return v8::Null(js.isolate);
    return wrapNative(js.owner, v.release(), T::kFace);
  }
};

}  // namespace flamesim::js
