// Fuzz target: the first line as a log_format, the rest as a log. Every fault has its place; what
// is imported is fit for a capture.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "sim/capture/codec.h"
#include "sim/capture/nginx_log.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t end = text.find('\n');
  auto format = LogFormat::parse(text.substr(0, end));
  if (!format) {
    if (format.error().message.empty() || format.error().line == 0) std::abort();
    return 0;
  }
  text.remove_prefix(end == std::string_view::npos ? size : end + 1);
  auto imported = importNginxLog(text, "fuzz.log", format.value(), {.host = "a.example"});
  if (!imported) return 0;
  auto& report = imported.value().report;
  if (report.entries != report.imported + report.skippedCount()) std::abort();
  for (auto& exchange : imported.value().exchanges) {
    std::string message = encodeExchange(exchange);
    auto again = decodeExchange(std::as_bytes(std::span(message)));
    if (!again || !(again.value() == exchange)) std::abort();
  }
  return 0;
}
