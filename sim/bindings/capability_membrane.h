// A membrane around a capability: it sees the calls through it, those through the capabilities in
// their results, and, where its observer follows parameters, those that the service makes on what
// it was given. A capability that passes back to the side it came from is what it was before. What
// decorators of ports are made of.
#pragma once

#include <capnp/capability.h>
#include <kj/refcount.h>

#include "sim/bindings/capability_methods.h"

namespace flamesim::bindings {

// Who makes a call.
enum class CallFrom : uint8_t {
  kWorker,
  kService,  // on a capability that was a parameter, or in the results of such a call
};

// What an observer does to a call besides watching it.
struct Intervention {
  // The call is sent when this resolves, and fails with what it rejects with. nullptr: at once.
  kj::Maybe<kj::Promise<void>> before;
  // Answers in the place of the service, which then hears of nothing. Has no capabilities.
  kj::Maybe<capnp::Response<capnp::AnyPointer>> instead;
  // The service is called, and its answer lost: the call fails with this.
  kj::Maybe<kj::Exception> after;
  // A call that has no answer when this rejects fails with that, and is cancelled. Never resolves.
  kj::Maybe<kj::Promise<void>> until;
};

class CallObserver : public kj::Refcounted {
 public:
  // One call that has begun. Goes when the call is over; without any of these when it was given up.
  class Call {
   public:
    virtual ~Call() noexcept(false) = default;
    // Asked once, before the call is sent.
    virtual kj::Maybe<Intervention> intervene() { return nullptr; }
    virtual void answered(capnp::AnyPointer::Reader) {}
    virtual void streamed() {}  // a streaming call, which has no results
    virtual void failed(const kj::Exception&) {}
  };

  // nullptr: calls of this method pass unseen.
  virtual const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const = 0;
  // Whether capabilities in parameters are observed, too.
  virtual bool followsParameters() const { return false; }
  // A call is about to be sent.
  virtual kj::Own<Call> begin(const MethodNote& method, CallFrom from,
                              capnp::AnyPointer::Reader params) = 0;
  // Observers with the same mark are of one membrane.
  virtual const void* membrane() const { return this; }
};

// The capability behind the membrane. Notes that `observer` finds must live as long as it.
kj::Own<capnp::ClientHook> observed(kj::Own<CallObserver> observer,
                                    kj::Own<capnp::ClientHook> inner);
capnp::DynamicCapability::Client observed(kj::Own<CallObserver> observer,
                                          capnp::DynamicCapability::Client inner,
                                          capnp::InterfaceSchema type);

}  // namespace flamesim::bindings
