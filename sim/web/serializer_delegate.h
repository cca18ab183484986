// V8's serializer asks its delegates about what it cannot write or read by itself. Apart from
// structured_clone.cc because this half must be built without run-time type information (V8 has
// none for the bases).
#pragma once

#include <v8.h>

#include <memory>

namespace flamesim::web {

// What the delegates hand on. V8 is the caller: nothing here may throw a C++ exception.
class CloneHost {
 public:
  virtual ~CloneHost() = default;
  // Throws the JavaScript error for what cannot be cloned.
  virtual void fail(v8::Local<v8::String> message) = 0;
  // Objects of C++ behind a wrapper.
  virtual v8::Maybe<bool> writeObject(v8::Local<v8::Object> object) = 0;
  virtual v8::MaybeLocal<v8::Object> readObject() = 0;
};

// `host` outlives what is returned.
std::unique_ptr<v8::ValueSerializer::Delegate> serializerDelegate(CloneHost& host);
std::unique_ptr<v8::ValueDeserializer::Delegate> deserializerDelegate(CloneHost& host);

}  // namespace flamesim::web
