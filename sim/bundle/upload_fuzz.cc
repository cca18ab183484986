// Fuzz target: any bytes as an upload either parse or give a Diagnostic.
#include <cstdint>
#include <string>

#include "sim/bundle/upload.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto result = flamesim::bundle::parseUpload(
      "fuzz.upload", "fuzz", std::string(reinterpret_cast<const char*>(data), size));
  if (result) {
    for (auto& warning : result.value().warnings) warning.render();
  } else {
    result.error().render();
  }
  return 0;
}
