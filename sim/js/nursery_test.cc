// Isolates that were made on the nursery's thread and run on this one.
#include "sim/js/nursery.h"

#include <catch2/catch.hpp>

#include "sim/js/testing.h"

namespace flamesim::js {
namespace {

using testing::engine;
using testing::run;

TEST_CASE("nursery: what it makes runs on the thread that takes it") {
  Nursery nursery(engine(), {});
  nursery.expect(3);
  std::vector<std::unique_ptr<Isolate>> isolates;
  // One more than was expected: that one is made when it is asked for.
  for (int i = 0; i < 4; ++i) isolates.push_back(nursery.take({}));
  for (auto& isolate : isolates) CHECK(run(*isolate, nullptr, "6 * 7") == "42");
}

TEST_CASE("nursery: the stack's limit is that of the thread that runs") {
  Nursery nursery(engine(), {});
  auto isolate = nursery.take({});
  CHECK(run(*isolate, nullptr, "const sum = (n) => n === 0 ? 0 : n + sum(n - 1); sum(2000)") ==
        "2001000");
  CHECK(run(*isolate, nullptr,
            "const endless = () => endless(); try { endless() } catch (e) { e.name }") ==
        "RangeError");
}

TEST_CASE("nursery: other options than those it was made with are those of the isolate") {
  Nursery nursery(engine(), {});
  auto isolate = nursery.take({.heapLimit = 32 << 20});
  v8::HeapStatistics heap;
  isolate->v8()->GetHeapStatistics(&heap);
  CHECK(heap.heap_size_limit() < size_t(64) << 20);
}

TEST_CASE("nursery: one that nobody takes from ends with its isolates") {
  Nursery nursery(engine(), {});
  nursery.expect(2);
}

}  // namespace
}  // namespace flamesim::js
