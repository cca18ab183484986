#include "sim/js/heap_pages.h"

#include <libplatform/libplatform.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>

namespace flamesim::js {

namespace {

using Access = v8::PageAllocator::Permission;
constexpr size_t kBlock = 256 << 10;

struct World {
  std::unique_ptr<v8::Platform> platform = v8::platform::NewSingleThreadedDefaultPlatform();
  HeapPages pages{*platform->GetPageAllocator()};

  char* take(size_t size = kBlock, Access access = Access::kReadWrite) {
    return static_cast<char*>(pages.AllocatePages(nullptr, size, kBlock, access));
  }
};

bool isZero(const char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE_METHOD(World, "blocks are aligned, apart, and filled with zeros also when used before") {
  char* first = take();
  char* second = take(kBlock + 8192);  // takes two
  char* third = take();
  CHECK(uintptr_t(first) % kBlock == 0);
  CHECK(second == first + kBlock);
  CHECK(third == second + 2 * kBlock);
  std::memset(first, 1, kBlock);
  std::memset(second, 2, kBlock + 8192);
  REQUIRE(pages.FreePages(second, kBlock + 8192));
  CHECK(take() == second);
  CHECK(isZero(second, kBlock));
  CHECK(first[kBlock - 1] == 1);
}

TEST_CASE_METHOD(World, "a block that was made read-only can be written by whoever has it next") {
  char* block = take();
  REQUIRE(pages.SetPermissions(block, kBlock, Access::kRead));
  REQUIRE(pages.FreePages(block, kBlock));
  REQUIRE(take() == block);
  block[0] = 1;
  CHECK(block[0] == 1);
}

TEST_CASE_METHOD(World, "what is reserved without access can be used once access is given") {
  char* block = take(kBlock, Access::kNoAccess);
  REQUIRE(pages.SetPermissions(block, kBlock, Access::kReadWrite));
  std::memset(block, 1, kBlock);
  REQUIRE(pages.SetPermissions(block, kBlock, Access::kNoAccess));  // lets go of the content
  REQUIRE(pages.SetPermissions(block, kBlock, Access::kReadWrite));
  CHECK(isZero(block, kBlock));
}

TEST_CASE_METHOD(World, "the tail of a shrunk allocation serves others, its head keeps its bytes") {
  char* block = take(3 * kBlock);
  std::memset(block, 1, 3 * kBlock);
  REQUIRE(pages.ReleasePages(block, 3 * kBlock, kBlock - 4096));
  CHECK(block[0] == 1);
  CHECK(isZero(block + kBlock - 4096, 4096));
  CHECK(take() == block + kBlock);
}

TEST_CASE_METHOD(World,
                 "requests that are no heap pages, and what no longer fits, go to V8's own") {
  char* near = take();
  char* large = take(2 << 20);
  REQUIRE(large != nullptr);
  CHECK((large < near || large >= near + (size_t(1) << 30)));
  CHECK(pages.FreePages(large, 2 << 20));
  std::vector<char*> all;
  for (size_t i = 1; i < (size_t(1) << 30) / kBlock; ++i) all.push_back(take());
  CHECK(all.back() == near + (size_t(1) << 30) - kBlock);
  char* beyond = take();
  REQUIRE(beyond != nullptr);
  CHECK((beyond < near || beyond >= near + (size_t(1) << 30)));
  CHECK(pages.FreePages(beyond, kBlock));
}

}  // namespace flamesim::js
