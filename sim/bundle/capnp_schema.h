// The schema that a worker carries: a plain, unpacked CodeGeneratorRequest (capnp/schema.capnp), as
// `capnp compile -o-` prints it; at most 3 MiB, wrangler's limit.
#pragma once

#include <string>
#include <vector>

#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

constexpr size_t kMaxSchemaBytes = 3 << 20;

// Compiles the sources, or reads the compiled file. Throws UserError: what the compiler said, each
// with the line of the schema.
std::string loadSchema(const CapnpConfig& config);

// The names of all interfaces of a schema, nested ones as "Outer.Inner". Nothing is returned, but
// an error, where `schema` is not a CodeGeneratorRequest.
Result<std::vector<std::string>> interfacesOf(const std::string& schema);

}  // namespace flamesim::bundle
