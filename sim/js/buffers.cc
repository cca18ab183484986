// Built without run-time type information, as V8 is: Debian's library has none for the base class.
#include "sim/js/buffers.h"

#include <atomic>
#include <cstdlib>

namespace flamesim::js {

namespace {

class Bounded final : public v8::ArrayBuffer::Allocator {
 public:
  explicit Bounded(size_t limit) : limit(limit) {}

  void* Allocate(size_t length) override {
    return take(length) ? keep(calloc(length == 0 ? 1 : length, 1), length) : nullptr;
  }
  void* AllocateUninitialized(size_t length) override {
    return take(length) ? keep(malloc(length == 0 ? 1 : length), length) : nullptr;
  }
  void Free(void* data, size_t length) override {
    used -= length;
    free(data);
  }

 private:
  bool take(size_t length) {
    if (length > limit || used > limit - length) return false;
    used += length;
    return true;
  }
  void* keep(void* data, size_t length) {
    if (data == nullptr) used -= length;
    return data;
  }
  const size_t limit;
  // V8 frees buffers on its own threads where it has any.
  std::atomic<size_t> used{0};
};

}  // namespace

std::unique_ptr<v8::ArrayBuffer::Allocator> boundedBuffers(size_t limit) {
  return std::make_unique<Bounded>(limit);
}

}  // namespace flamesim::js
