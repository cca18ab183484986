// Fuzz target: any bytes as a file of GoReplay. What is imported is fit for a capture, and comes
// back the same from what is exported of it.
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "sim/capture/codec.h"
#include "sim/capture/gor.h"

using namespace flamesim;
using namespace flamesim::capture;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto imported = importGor({{"fuzz.gor", text}}, {});
  if (!imported) {
    if (imported.error().message.empty()) std::abort();
    return 0;
  }
  auto& report = imported.value().report;
  if (report.entries != report.imported + report.skippedCount()) std::abort();
  std::string again;
  bool monkeys = false;  // a body has the end of a payload in it
  ImportReport exported;
  for (auto& exchange : imported.value().exchanges) {
    std::string message = encodeExchange(exchange);
    auto decoded = decodeExchange(std::as_bytes(std::span(message)));
    if (!decoded || !(decoded.value() == exchange)) std::abort();
    for (auto* body : {&exchange.request.body, &exchange.outcome.response.body}) {
      monkeys = monkeys || body->find("\xF0\x9F\x90\xB5") != std::string::npos;
    }
    again += gorPayloads(exchange, exported);
  }
  if (exported.skippedCount() != 0) std::abort();
  if (again.empty()) return 0;
  auto second = importGor({{"again.gor", again}}, {});
  bool all = second && second.value().exchanges.size() == imported.value().exchanges.size();
  if (!all && !monkeys) std::abort();
  return 0;
}
