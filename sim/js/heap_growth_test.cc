#include "sim/js/heap_growth.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/js/testing.h"

namespace flamesim::js {

namespace {
double usedMiB(Isolate& isolate) {
  v8::HeapStatistics statistics;
  isolate.v8()->GetHeapStatistics(&statistics);
  return double(statistics.used_heap_size()) / (1 << 20);
}

// The largest heap over many entries of which each leaves behind what lives for 5,000 more.
double largestOver(int entries, Isolate& isolate) {
  testing::run(isolate, nullptr, "var ring = new Array(5000), i = 0;");
  double largest = 0;
  for (int i = 0; i < entries; ++i) {
    testing::run(isolate, nullptr, "ring[i++ % 5000] = new Array(10).fill(i);");
    if (i % 100 == 0) largest = std::max(largest, usedMiB(isolate));
  }
  return largest;
}
}  // namespace

TEST_CASE("A heap does not grow with the number of entries") {
  Isolate isolate(testing::engine(), {}, {});
  double atFirst = largestOver(30'000, isolate);
  double later = largestOver(120'000, isolate);
  INFO(atFirst << " MiB, then " << later << " MiB");
  CHECK(later < 8.0);
  CHECK(later < 1.3 * atFirst);
}

}  // namespace flamesim::js
