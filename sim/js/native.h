// C++ that JavaScript sees, as plain tables: namespaces of functions and classes with methods.
// face.h makes the callbacks out of ordinary C++ functions; an Isolate is given a list of faces.
//
// The Web APIs are classes in JavaScript (they live in the snapshot) which hold a native object or
// call native functions: that is quicker than accessors of native templates, and keeps prototypes,
// names and property order as the standards have them.
#pragma once

#include <v8.h>

#include <span>
#include <vector>

namespace flamesim::js {

class Isolate;

struct FunctionEntry {
  const char* name;
  v8::FunctionCallback callback;
};

// native.<name>.<function>(...) in the runtime's JavaScript.
struct NamespaceFace {
  const char* name;
  std::span<const FunctionEntry> functions;
};

// A class whose instances are made in C++ or by native.<name>'s functions. Its address is its tag.
struct ClassFace {
  const char* name;
  std::span<const FunctionEntry> methods;
};

struct Faces {
  std::vector<const NamespaceFace*> namespaces;
};

// A C++ object owned by its JavaScript wrapper: it is deleted when the wrapper is collected or the
// isolate ends, on the isolate's thread. Derived classes have a `static const ClassFace kFace`.
class NativeObject {
 public:
  NativeObject() = default;
  NativeObject(const NativeObject&) = delete;
  virtual ~NativeObject() noexcept(false);

 protected:
  // Whether destruction touches neither V8 nor the event loop. Such an object goes as soon as its
  // wrapper is found dead, others when V8 can be called again.
  virtual bool inert() const { return false; }

 private:
  friend class Isolate;
  friend v8::Local<v8::Object> wrapNative(Isolate&, NativeObject*, const ClassFace&);
  friend NativeObject* unwrapNative(Isolate&, v8::Local<v8::Value>, const ClassFace&);
  static void collected(const v8::WeakCallbackInfo<NativeObject>& info);

  Isolate* owner = nullptr;
  const ClassFace* face = nullptr;
  v8::Global<v8::Object> wrapper;
  NativeObject* previous = nullptr;
  NativeObject* next = nullptr;
};

// Makes the JavaScript wrapper, which owns `object` from now on.
v8::Local<v8::Object> wrapNative(Isolate& isolate, NativeObject* object, const ClassFace& face);
// The object behind a wrapper of that class, else nullptr.
NativeObject* unwrapNative(Isolate& isolate, v8::Local<v8::Value> value, const ClassFace& face);

}  // namespace flamesim::js
