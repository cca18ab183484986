// Where V8's heaps get their pages: 256 KiB blocks out of one region, whose first part is of huge
// pages. A new isolate touches some 900 small pages and asks the kernel for mappings 30 times; that
// is half of the time it takes to make one. Bigger requests, and code, go to V8's own allocator.
#pragma once

#include <v8-platform.h>

#include <mutex>
#include <vector>

namespace flamesim::js {

// Safe for all threads. `inner` must outlive it.
class HeapPages final : public v8::PageAllocator {
 public:
  explicit HeapPages(v8::PageAllocator& inner);
  ~HeapPages() override;
  HeapPages(const HeapPages&) = delete;

  size_t AllocatePageSize() override { return inner.AllocatePageSize(); }
  size_t CommitPageSize() override { return inner.CommitPageSize(); }
  void SetRandomMmapSeed(int64_t seed) override { inner.SetRandomMmapSeed(seed); }
  void* GetRandomMmapAddr() override { return inner.GetRandomMmapAddr(); }
  void* AllocatePages(void* hint, size_t size, size_t alignment, Permission access) override;
  bool FreePages(void* address, size_t size) override;
  bool ReleasePages(void* address, size_t size, size_t newSize) override;
  bool SetPermissions(void* address, size_t size, Permission access) override;
  bool DiscardSystemPages(void* address, size_t size) override;
  bool DecommitPages(void* address, size_t size) override;

 private:
  enum class Block : uint8_t { kFree, kUsed, kProtected };
  bool holds(const void* address) const;
  size_t indexOf(const void* address) const;
  void* take(size_t blocks);

  v8::PageAllocator& inner;
  std::mutex mutex;
  char* region = nullptr;     // nullptr: the kernel gave none, and `inner` serves all
  std::vector<Block> blocks;  // of the region
  size_t firstFree = 0;       // no block below is free
};

}  // namespace flamesim::js
