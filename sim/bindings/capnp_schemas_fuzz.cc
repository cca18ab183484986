// Fuzz target: any bytes as the compiled schema that a worker carries.
#include <cstdint>
#include <cstdlib>

#include "sim/base/error.h"
#include "sim/bindings/capnp.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flamesim;
  try {
    auto schemas = bindings::CapnpSchemas::load({reinterpret_cast<const char*>(data), size});
    schemas->findInterface("Echo");
    schemas->findStruct("Values");
  } catch (const UserError& error) {
    if (error.diagnostic.message.empty()) std::abort();
  }
  return 0;
}
