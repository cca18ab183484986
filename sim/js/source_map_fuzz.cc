// Fuzz target: any bytes as a source map, which is then asked about a stack trace.
#include <cstdint>
#include <cstdlib>

#include "sim/js/source_map.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  flamesim::js::SourceMaps maps;
  maps.add("index.js", std::string(reinterpret_cast<const char*>(data), size));
  for (uint32_t line : {1u, 2u, 3u, 4000000000u}) {
    for (uint32_t column : {1u, 2u, 17u, 4000000000u}) {
      auto found = maps.map({"index.js", line, column});
      if (found) maps.sourceLine(found->file, found->line);
    }
  }
  maps.mapStack("Error: x\n    at f (index.js:1:17)\n    at index.js:2:1\n");
  return 0;
}
