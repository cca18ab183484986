// What `capnp compile -o- --src-prefix=BASE FILE...` does, in this process: a start of the tool
// costs some milliseconds a worker, more than all else that loads one. The result is a
// CodeGeneratorRequest (capnp/schema.capnp) with every node that the files declare or depend on.
// Not in it, as no consumer needs them: doc comments, nodes of annotations, and the parents of
// nodes of imported files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::bundle {

// `files`: absolute. Names in the schema are relative to `basePath` where they lie beneath it.
// Imports: relative to the importing file, or with a leading '/' beneath /usr/local/include and
// /usr/include, as for the tool. Every error is a Diagnostic with its line; `errors` is appended
// to, and the result is then empty.
std::string compileSchemas(const std::filesystem::path& basePath,
                           const std::vector<std::filesystem::path>& files,
                           std::vector<Diagnostic>& errors);

}  // namespace flamesim::bundle
