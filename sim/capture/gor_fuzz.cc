// Fuzz target: any bytes as a file of GoReplay. What is imported is fit for a capture, and comes
// back the same from what is exported of it.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/gor.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Compressed input is content_coding_fuzz's.
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("\x1f\x8b")) return 0;
  auto imported = importGor({{"fuzz.gor", text}}, {});
  if (!imported) {
    if (imported.error().message.empty()) std::abort();
    return 0;
  }
  auto& report = imported.value().report;
  if (report.entries != report.imported + report.skippedCount()) std::abort();
  std::string again;
  ImportReport exported;
  for (auto& exchange : imported.value().exchanges) {
    std::string message = encodeExchange(exchange);
    auto decoded = decodeExchange(std::as_bytes(std::span(message)));
    if (!decoded || !(decoded.value() == exchange)) std::abort();
    again += gorPayloads(exchange, exported);
  }
  if (exported.skippedCount() != 0) std::abort();
  if (again.empty()) return 0;
  auto second = importGor({{"again.gor", again}}, {});
  if (!second || second.value().exchanges.size() != imported.value().exchanges.size()) {
    // A body may have the end of a payload in it.
    if (text.find("\xF0\x9F\x90\xB5") == std::string::npos) std::abort();
  }
  return 0;
}
