// Fuzz target: any bytes as a filter. What can be parsed can be asked of any exchange, and its
// opposite is the opposite; every fault of the rest has its place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/base/random.h"
#include "sim/capture/filter.h"
#include "sim/capture/testing.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto filter = Filter::parse(text);
  if (!filter) {
    if (filter.error().message.empty() || filter.error().line == 0) std::abort();
    return 0;
  }
  auto opposite = Filter::parse("not(" + text + ")");
  if (!opposite) return 0;  // too long or too deep now
  Random random(1);
  for (uint64_t id = 1; id < 4; ++id) {
    auto exchange = id == 1 ? testing::typicalExchange(id) : testing::randomExchange(random, id);
    if (filter.value().matches(exchange) == opposite.value().matches(exchange)) std::abort();
  }
  return 0;
}
