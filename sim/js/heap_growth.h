// Begins collections of an isolate's heap before V8 would. V8 lets a heap grow to some 9 MB before
// it first collects what outlived two young collections, and a replay has a dozen heaps of which
// 2 MB live: its memory would grow by a sixth over the first million exchanges.
#pragma once

#include <v8.h>

#include <cstdint>

namespace flamesim::js {

// Belongs to one isolate and goes before it.
class HeapGrowth {
 public:
  explicit HeapGrowth(v8::Isolate* isolate);
  HeapGrowth(const HeapGrowth&) = delete;
  ~HeapGrowth();

  // Called as JavaScript is left. Begins a collection that goes on in small steps when the heap is
  // larger than 5 MB and has doubled since the last one; looks each 4,096 calls.
  void left() {
    if (++calls % kCallsBetweenLooks == 0) look();
  }

 private:
  static constexpr uint32_t kCallsBetweenLooks = 4096;
  static void collected(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags,
                        void* data);
  void look();

  v8::Isolate* const isolate;
  uint32_t calls = 0;
  size_t live = 0;  // bytes, after the last collection of the whole heap
};

}  // namespace flamesim::js
