// A membrane around a capability: it sees the calls through it, and through the capabilities in
// their results. What decorators of ports are made of.
#pragma once

#include <capnp/capability.h>
#include <kj/refcount.h>

#include "sim/bindings/capability_methods.h"

namespace flamesim::bindings {

class CallObserver : public kj::Refcounted {
 public:
  // One call that has begun. Goes when the call is over; without any of these when it was given up.
  class Call {
   public:
    virtual ~Call() noexcept(false) = default;
    virtual void answered(capnp::AnyPointer::Reader) {}
    virtual void streamed() {}  // a streaming call, which has no results
    virtual void failed(const kj::Exception&) {}
  };

  // nullptr: calls of this method pass unseen.
  virtual const MethodNote* find(uint64_t interfaceId, uint16_t ordinal) const = 0;
  // A call is about to be sent.
  virtual kj::Own<Call> begin(const MethodNote& method, capnp::AnyPointer::Reader params) = 0;
};

// The capability behind the membrane. Notes that `observer` finds must live as long as it.
kj::Own<capnp::ClientHook> observed(kj::Own<CallObserver> observer,
                                    kj::Own<capnp::ClientHook> inner);
capnp::DynamicCapability::Client observed(kj::Own<CallObserver> observer,
                                          capnp::DynamicCapability::Client inner,
                                          capnp::InterfaceSchema type);

}  // namespace flamesim::bindings
