// Fuzz target: any bytes as a compiled schema.
#include <cstdint>
#include <cstdlib>

#include "sim/bundle/capnp_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string schema(reinterpret_cast<const char*>(data), size);
  auto names = flamesim::bundle::interfacesOf(schema);
  if (!names && names.error().message.empty()) std::abort();
  return 0;
}
