#include "sim/js/heap_growth.h"

#include <algorithm>

namespace flamesim::js {

namespace {
constexpr size_t kSmallHeap = 5 << 20;

size_t usedHeap(v8::Isolate* isolate) {
  v8::HeapStatistics statistics;
  isolate->GetHeapStatistics(&statistics);
  return statistics.used_heap_size();
}
}  // namespace

HeapGrowth::HeapGrowth(v8::Isolate* isolate) : isolate(isolate) {
  isolate->AddGCEpilogueCallback(&HeapGrowth::collected, this, v8::kGCTypeMarkSweepCompact);
}

HeapGrowth::~HeapGrowth() {
  isolate->RemoveGCEpilogueCallback(&HeapGrowth::collected, this);
}

void HeapGrowth::collected(v8::Isolate* isolate, v8::GCType, v8::GCCallbackFlags, void* data) {
  static_cast<HeapGrowth*>(data)->live = usedHeap(isolate);
}

void HeapGrowth::look() {
  if (usedHeap(isolate) <= std::max(kSmallHeap, 2 * live)) return;
  // V8 begins a collection in steps when the pressure rises to moderate.
  isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kModerate);
  isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
}

}  // namespace flamesim::js
