// Fuzz target: any bytes as command lines. Every fault has its place; what is imported is fit for a
// capture.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "sim/capture/codec.h"
#include "sim/capture/curl_import.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto imported =
      importCurl({reinterpret_cast<const char*>(data), size}, "fuzz.txt", timeFromNanos(1));
  if (!imported) {
    if (imported.error().message.empty() || imported.error().line == 0) std::abort();
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
