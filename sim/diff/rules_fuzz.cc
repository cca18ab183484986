// Fuzz target: any bytes as a rules file, whose rules are then asked about one exchange.
#include <cstdint>
#include <cstdlib>

#include "sim/diff/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flamesim::diff;
  using namespace std::chrono;
  auto rules = Rules::parse({reinterpret_cast<const char*>(data), size}, "rules.jsonc",
                            2026y / November / 1d);
  if (!rules) {
    if (rules.error().message.empty()) std::abort();
    rules.error().render();
    return 0;
  }
  RequestFacts context{.host = "www.a.example", .path = "/a/b", .method = "GET", .status = 404};
  for (auto& rule : rules.value().list()) {
    if (rule.reason.empty()) std::abort();
    applies(rule, context);
    fieldCovers(rule.field, "body:$.items[3].id");
    if (rule.pattern) rule.pattern->replaceAll("some 12 text", rule.value);
  }
  return 0;
}
