#include "sim/bindings/capnp_requests.h"

#include "sim/bindings/capnp_types.h"

namespace flamesim::bindings {

namespace {
// A SlotId is generation and index in 53 bits, what a JavaScript number holds exactly.
constexpr uint32_t kIndexBits = 24;
constexpr uint32_t kMaxIndex = (1u << kIndexBits) - 1;
constexpr uint32_t kMaxGeneration = (1u << 29) - 1;
}  // namespace

SlotId SlotTable::add(RequestCapabilities& request, Slot*& slot) {
  uint32_t index;
  if (unused.empty()) {
    index = uint32_t(slots.size());
    if (index > kMaxIndex) throw js::Throw("RangeError", "Too many open capabilities.");
    slots.emplace_back();
  } else {
    index = unused.back();
    unused.pop_back();
  }
  slot = &slots[index];
  slot->request = &request;
  slot->position = uint32_t(request.held.size());
  request.held.push_back({this, index});
  return SlotId(slot->generation) << kIndexBits | index;
}

SlotId SlotTable::addClient(RequestCapabilities& request, kj::Own<capnp::ClientHook> client,
                            const InterfaceFace& face) {
  Slot* slot;
  SlotId id = add(request, slot);
  slot->client = kj::mv(client);
  slot->face = &face;
  return id;
}

SlotId SlotTable::addPipeline(RequestCapabilities& request, capnp::AnyPointer::Pipeline pipeline) {
  Slot* slot;
  SlotId id = add(request, slot);
  slot->pipeline = kj::mv(pipeline);
  return id;
}

Slot* SlotTable::find(SlotId id) {
  uint32_t index = uint32_t(id & kMaxIndex);
  if (index >= slots.size()) return nullptr;
  Slot& slot = slots[index];
  bool valid = slot.request != nullptr && slot.generation == id >> kIndexBits;
  return valid ? &slot : nullptr;
}

void SlotTable::release(SlotId id) {
  if (find(id) != nullptr) releaseAt(uint32_t(id & kMaxIndex));
}

void SlotTable::releaseAt(uint32_t index) {
  Slot& slot = slots[index];
  auto& held = slot.request->held;
  // The last one moves into the gap.
  auto last = held.back();
  held[slot.position] = last;
  last.table->slots[last.index].position = slot.position;
  held.pop_back();
  slot.request = nullptr;
  slot.face = nullptr;
  slot.generation = slot.generation == kMaxGeneration ? 1 : slot.generation + 1;
  // Dropped last: that may run anything.
  auto client = kj::mv(slot.client);
  auto pipeline = kj::mv(slot.pipeline);
  unused.push_back(index);
}

RequestCapabilities& RequestCapabilities::of(RequestScope& scope) {
  if (scope.holdings.get() == nullptr) scope.holdings = kj::heap<RequestCapabilities>(scope);
  return static_cast<RequestCapabilities&>(*scope.holdings);
}

void RequestCapabilities::add(RequestMember& member) {
  member.position = members.size();
  members.push_back(&member);
}

void RequestCapabilities::remove(RequestMember& member) {
  members[member.position] = members.back();
  members[member.position]->position = member.position;
  members.pop_back();
}

void RequestCapabilities::endMembers() {
  while (!members.empty()) {
    auto* member = members.back();
    members.pop_back();
    member->requestEnded();
  }
}

void RequestCapabilities::requestEnds(RequestScope& scope) {
  size_t open = 0;
  const InterfaceFace* first = nullptr;
  for (auto& entry : held) {
    auto& slot = entry.table->slots[entry.index];
    if (slot.face == nullptr) continue;
    if (open++ == 0) first = slot.face;
  }
  if (open == 0) return;
  std::string text = "The request ended with " + std::to_string(open) + " open Cap'n Proto " +
                     (open == 1 ? "capability (" : "capabilities (the first: ") + first->name +
                     "). Call close() on each as soon as you are done with it, so that the other "
                     "side can let go of it.";
  scope.console("warn", std::move(text));
}

RequestCapabilities::~RequestCapabilities() noexcept(false) {
  endMembers();
  while (!held.empty()) held.back().table->releaseAt(held.back().index);
}

}  // namespace flamesim::bindings
