// What stubs lead to.
#pragma once

#include "sim/web/rpc.h"

namespace flamesim::web {

// An object of a request, called in that request.
class LocalTarget final : public RpcTarget {
 public:
  struct Object {
    v8::Local<v8::Value> value;
    bool ownProperties;             // those can be reached, else those of the class
    v8::Local<v8::Value> disposer;  // called when nobody holds the target any more; or undefined
  };
  // `hold`: let go of with the target.
  LocalTarget(js::Lock& js, RpcHost& host, Object object, kj::Own<void> hold);
  ~LocalTarget() noexcept(false);

  kj::Promise<RpcResult> call(RpcCall call) override;
  // Stubs of the request that are released with the target.
  void releaseAlong(std::vector<uint32_t> stubs) { released = std::move(stubs); }

 private:
  friend class RpcHost;
  kj::Promise<RpcResult> serve(RpcCall call);
  void requestEnded();

  RpcHost* host;  // nullptr: its request has ended
  v8::Global<v8::Value> object;
  v8::Global<v8::Value> disposer;
  const bool ownProperties;
  std::vector<uint32_t> released;
  kj::Own<void> hold;
  LocalTarget* previous = nullptr;
  LocalTarget* next = nullptr;
};

// A stub of another request that a request passes on: keeps the request through which it came.
class HeldTarget final : public RpcTarget {
 public:
  HeldTarget(kj::Own<RpcTarget> target, kj::Own<void> hold)
      : target(kj::mv(target)), hold(kj::mv(hold)) {}
  kj::Promise<RpcResult> call(RpcCall call) override {
    return target->call(kj::mv(call)).attach(kj::addRef(*this));
  }

 private:
  kj::Own<RpcTarget> target;
  kj::Own<void> hold;
};

// The value of a call that has not returned: keeps the calls on it until it is there.
class PendingTarget final : public RpcTarget {
 public:
  kj::Promise<RpcResult> call(RpcCall call) override;
  // Takes the pipeline out of it.
  void settle(RpcResult& result);
  void fail(const kj::Exception& exception);

 private:
  kj::Promise<RpcResult> forward(RpcCall call);

  struct Kept {
    RpcCall call;
    kj::Own<kj::PromiseFulfiller<kj::Promise<RpcResult>>> fulfiller;
  };
  void settled();
  std::vector<Kept> kept;
  bool isSettled = false;
  // Once settled: exactly one of them, or none where the value takes no calls.
  kj::Own<RpcTarget> target;
  std::optional<RpcThrown> thrown;
  kj::Maybe<kj::Exception> failure;
};

}  // namespace flamesim::web
