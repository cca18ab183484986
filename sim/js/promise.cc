#include "sim/js/promise.h"

namespace flamesim::js {

void rejectWith(Lock& js, v8::Local<v8::Promise::Resolver> resolver,
                const kj::Exception& exception) {
  check(resolver->Reject(js.context, errorValue(js.isolate, exception)));
}

namespace {

// The two callbacks of one `then`. Collected with the promise when it never settles.
class Settler final : public NativeObject {
 public:
  using Callback = kj::Function<void(Lock&, v8::Local<v8::Value>)>;
  Settler(Callback fulfilled, Callback rejected)
      : fulfilled(kj::mv(fulfilled)), rejected(kj::mv(rejected)) {}
  static const ClassFace kFace;

  template <Callback Settler::*callback>
  static void settled(const v8::FunctionCallbackInfo<v8::Value>& info) {
    v8::Isolate* isolate = info.GetIsolate();
    Lock js{Isolate::from(isolate), isolate, isolate->GetCurrentContext()};
    auto* self = static_cast<Settler*>(unwrapNative(js.owner, info.Data(), kFace));
    if (self == nullptr) return;
    (self->*callback)(js, info[0]);
  }

  Callback fulfilled;
  Callback rejected;
};
const ClassFace Settler::kFace{"Settler", {}};

}  // namespace

void whenSettled(Lock& js, v8::Local<v8::Value> value,
                 kj::Function<void(Lock&, v8::Local<v8::Value>)> fulfilled,
                 kj::Function<void(Lock&, v8::Local<v8::Value>)> rejected) {
  if (!value->IsPromise()) return fulfilled(js, value);
  auto promise = value.As<v8::Promise>();
  if (promise->State() == v8::Promise::kFulfilled) return fulfilled(js, promise->Result());
  if (promise->State() == v8::Promise::kRejected) {
    promise->MarkAsHandled();
    return rejected(js, promise->Result());
  }
  auto settler = Convert<std::unique_ptr<Settler>>::to(
      js, std::make_unique<Settler>(kj::mv(fulfilled), kj::mv(rejected)));
  auto onFulfilled = check(v8::Function::New(js.context, Settler::settled<&Settler::fulfilled>,
                                             settler, 1, v8::ConstructorBehavior::kThrow));
  auto onRejected = check(v8::Function::New(js.context, Settler::settled<&Settler::rejected>,
                                            settler, 1, v8::ConstructorBehavior::kThrow));
  check(promise->Then(js.context, onFulfilled, onRejected));
}

}  // namespace flamesim::js
