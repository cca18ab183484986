#include "sim/js/heap_pages.h"

#include <sys/mman.h>

namespace flamesim::js {

namespace {
constexpr size_t kBlock = 256 << 10;  // V8's page of the heap, and its alignment
constexpr int kPopulateWrite = 23;    // MADV_POPULATE_WRITE, which older headers do not have
constexpr size_t kMostBlocks = 4;     // of one request; what is larger is no heap page
constexpr size_t kHugePage = 2 << 20;
constexpr size_t kRegion = size_t(1) << 30;  // address space; memory comes as it is touched
// A huge page is there whole even where a heap uses little of its blocks. So only the first
// isolates, those that somebody waits for, get them; the many of a replay get what they touch.
constexpr size_t kHugeRegion = size_t(32) << 20;

size_t blocksFor(size_t size) {
  return (size + kBlock - 1) / kBlock;
}
}  // namespace

HeapPages::HeapPages(v8::PageAllocator& inner) : inner(inner) {
  void* mapped = mmap(nullptr, kRegion + kHugePage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return;
  auto start = reinterpret_cast<uintptr_t>(mapped);
  uintptr_t aligned = (start + kHugePage - 1) & ~uintptr_t(kHugePage - 1);
  if (aligned != start) munmap(mapped, aligned - start);
  munmap(reinterpret_cast<void*>(aligned + kRegion), start + kHugePage - aligned);
  region = reinterpret_cast<char*>(aligned);
  // Where the system has no huge pages to give this fails, and the region works as well.
  madvise(region, kHugeRegion, MADV_HUGEPAGE);
  blocks.resize(kRegion / kBlock, Block::kFree);
}

HeapPages::~HeapPages() {
  if (region != nullptr) munmap(region, kRegion);
}

bool HeapPages::holds(const void* address) const {
  return region != nullptr && address >= region && address < region + kRegion;
}

size_t HeapPages::indexOf(const void* address) const {
  return size_t(static_cast<const char*>(address) - region) / kBlock;
}

void* HeapPages::take(size_t count) {
  std::lock_guard lock(mutex);
  size_t run = 0;
  for (size_t i = firstFree; i < blocks.size(); ++i) {
    run = blocks[i] == Block::kFree ? run + 1 : 0;
    if (run < count) continue;
    size_t first = i + 1 - count;
    for (size_t k = first; k <= i; ++k) blocks[k] = Block::kUsed;
    while (firstFree < blocks.size() && blocks[firstFree] != Block::kFree) ++firstFree;
    return region + first * kBlock;
  }
  return nullptr;
}

void* HeapPages::AllocatePages(void* hint, size_t size, size_t alignment, Permission access) {
  bool heapPage = (access == kNoAccess || access == kReadWrite) && alignment == kBlock &&
                  size >= kBlock && blocksFor(size) <= kMostBlocks;
  if (heapPage && region != nullptr) {
    if (void* found = take(blocksFor(size))) return found;
  }
  return inner.AllocatePages(hint, size, alignment, access);
}

bool HeapPages::FreePages(void* address, size_t size) {
  if (!holds(address)) return inner.FreePages(address, size);
  std::lock_guard lock(mutex);
  // Whoever gets the block next expects zeros.
  madvise(address, size, MADV_DONTNEED);
  size_t first = indexOf(address);
  for (size_t k = first; k < first + blocksFor(size); ++k) {
    if (blocks[k] == Block::kProtected) {
      mprotect(region + k * kBlock, kBlock, PROT_READ | PROT_WRITE);
    }
    blocks[k] = Block::kFree;
  }
  firstFree = std::min(firstFree, first);
  return true;
}

bool HeapPages::ReleasePages(void* address, size_t size, size_t newSize) {
  if (!holds(address)) return inner.ReleasePages(address, size, newSize);
  size_t kept = blocksFor(newSize) * kBlock;
  char* tail = static_cast<char*>(address) + newSize;
  if (kept < size) {
    char* end = static_cast<char*>(address) + kept;
    madvise(tail, size_t(end - tail), MADV_DONTNEED);
    return FreePages(end, size - kept);
  }
  madvise(tail, size - newSize, MADV_DONTNEED);
  return true;
}

bool HeapPages::SetPermissions(void* address, size_t size, Permission access) {
  if (!holds(address)) {
    bool set = inner.SetPermissions(address, size, access);
    // The snapshot's code fills most of its page at once: one call is cheaper than a fault for each
    // 4 KiB. Where the system does not know it (before Linux 5.14), the faults come.
    if (set && access == kReadWriteExecute && size <= kBlock) {
      madvise(address, size, kPopulateWrite);
    }
    return set;
  }
  std::lock_guard lock(mutex);
  size_t first = indexOf(address);
  size_t last = indexOf(static_cast<char*>(address) + size - 1);
  bool isProtected = false;
  for (size_t k = first; k <= last; ++k) isProtected |= blocks[k] == Block::kProtected;
  if (access == kReadWrite && !isProtected) return true;
  if (access == kNoAccess && !isProtected) {
    // V8 lets go of the content; that nothing touches it is not worth a split of the huge page.
    return madvise(address, size, MADV_DONTNEED) == 0;
  }
  for (size_t k = first; k <= last; ++k) blocks[k] = Block::kProtected;
  return inner.SetPermissions(address, size, access);
}

bool HeapPages::DiscardSystemPages(void* address, size_t size) {
  return inner.DiscardSystemPages(address, size);
}

bool HeapPages::DecommitPages(void* address, size_t size) {
  if (!holds(address)) return inner.DecommitPages(address, size);
  return SetPermissions(address, size, kNoAccess);
}

}  // namespace flamesim::js
