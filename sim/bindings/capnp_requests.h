// What one request holds of Cap'n Proto: the capabilities in JavaScript's hands, the pipelines of
// its calls, and its objects that serve calls. All of it ends with the request.
//
// JavaScript objects do not own these: they carry a SlotId, which stops to be valid when the slot
// is freed. So an object that outlives its request harms nobody, and the garbage collector has no
// part in when a capability is dropped.
#pragma once

#include <capnp/any.h>
#include <capnp/capability.h>

#include <deque>
#include <vector>

#include "sim/bindings/request_scope.h"

namespace flamesim::bindings {

struct InterfaceFace;
class RequestCapabilities;
class SlotTable;

using SlotId = uint64_t;  // fits into a JavaScript number; 0: none

struct Slot {
  uint32_t generation = 1;
  uint32_t position = 0;                   // in its request's list
  RequestCapabilities* request = nullptr;  // nullptr: the slot is free
  // One of the two: a capability, or the pipeline of a call.
  kj::Own<capnp::ClientHook> client;
  const InterfaceFace* face = nullptr;
  capnp::AnyPointer::Pipeline pipeline = nullptr;
};

// The slots of one isolate.
class SlotTable {
 public:
  SlotId addClient(RequestCapabilities& request, kj::Own<capnp::ClientHook> client,
                   const InterfaceFace& face);
  SlotId addPipeline(RequestCapabilities& request, capnp::AnyPointer::Pipeline pipeline);
  // nullptr: freed since. The address holds until then.
  Slot* find(SlotId id);
  void release(SlotId id);

 private:
  friend class RequestCapabilities;
  SlotId add(RequestCapabilities& request, Slot*& slot);
  void releaseAt(uint32_t index);
  std::deque<Slot> slots;
  std::vector<uint32_t> unused;
};

// What is told of the end of its request.
class RequestMember {
 public:
  virtual void requestEnded() = 0;

 protected:
  ~RequestMember() = default;

 private:
  friend class RequestCapabilities;
  size_t position = 0;
};

class RequestCapabilities final : public RequestHoldings {
 public:
  static RequestCapabilities& of(RequestScope& scope);
  explicit RequestCapabilities(RequestScope& scope) : scope(scope) {}
  ~RequestCapabilities() noexcept(false) override;
  void requestEnds(RequestScope& scope) override;

  void add(RequestMember& member);
  void remove(RequestMember& member);

  RequestScope& scope;

 private:
  friend class SlotTable;
  struct Held {
    SlotTable* table;
    uint32_t index;
  };
  void endMembers();
  std::vector<Held> held;
  std::vector<RequestMember*> members;
};

}  // namespace flamesim::bindings
