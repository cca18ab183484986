// Fuzz target: any bytes as a compiled schema, as a mock is given one.
#include <cstdint>
#include <cstdlib>

#include "mocks/json_capnp.h"
#include "mocks/schema_source.h"

using namespace flamesim::mocks;

namespace {

// Everything that a mock looks at: fields by name, and the types of parameters.
void visit(capnp::StructSchema schema) {
  for (auto field : schema.getFields()) typeName(field.getType());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    auto source =
        SchemaSource::fromRequest({reinterpret_cast<const char*>(data), size}, "fuzz.capnp");
    auto echo = source->findInterface("Echo");
    for (auto method : echo.getMethods()) {
      visit(method.getParamType());
      visit(method.getResultType());
    }
    visit(source->findStruct("Values"));
  } catch (const InputError& error) {
    if (*error.what() == '\0') std::abort();
  } catch (const kj::Exception&) {
    // What a schema says of its types is only looked at when it is used.
  }
  return 0;
}
