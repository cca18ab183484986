// Fuzz target: any bytes as a HAR file. What is imported must be fit for a capture.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "sim/capture/codec.h"
#include "sim/capture/har_import.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto imported = importHar({reinterpret_cast<const char*>(data), size}, "fuzz.har");
  if (!imported) {
    if (imported.error().message.empty()) std::abort();
    return 0;
  }
  auto& report = imported.value().report;
  if (report.entries != report.imported + report.skippedCount()) std::abort();
  for (auto& exchange : imported.value().exchanges) {
    std::string message = encodeExchange(exchange);
    auto again = decodeExchange(std::as_bytes(std::span(message)));
    if (!again || !(again.value() == exchange)) std::abort();
  }
  return 0;
}
