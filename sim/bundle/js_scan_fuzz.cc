// Fuzz target: the scan of any bytes as JavaScript ends, and what it finds stands where it says.
#include <cstdint>
#include <cstdlib>

#include "sim/bundle/js_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view source(reinterpret_cast<const char*>(data), size);
  auto scan = flamesim::bundle::scanJavaScript(source);
  if (!scan) return 0;
  size_t last = 0;
  for (auto& import : scan->imports) {
    auto quote = source.at(import.offset);
    if (quote != '"' && quote != '\'' && quote != '`') std::abort();
    if (source.substr(import.offset + 1, import.specifier.size()) != import.specifier) std::abort();
    if (import.offset < last) std::abort();
    last = import.offset;
  }
  return 0;
}
