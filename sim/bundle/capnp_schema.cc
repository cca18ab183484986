#include "sim/bundle/capnp_schema.h"

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>

#include "sim/bundle/files.h"
#include "sim/bundle/schema_compiler.h"

namespace flamesim::bundle {

namespace {

void checkSize(size_t size, const CapnpConfig& config) {
  if (size <= kMaxSchemaBytes) return;
  throw UserError(config.origin.diagnostic(
      "the compiled schema has " + std::to_string(size) + " bytes; at most 3 MiB can be published",
      "give only the schemas that the worker uses"));
}

std::string compile(const CapnpConfig& config) {
  std::vector<std::filesystem::path> files;
  for (auto& source : config.sources) files.push_back(source.path);
  std::vector<Diagnostic> errors;
  auto schema = compileSchemas(config.basePath, files, errors);
  if (!errors.empty()) throw UserError::ofAll(std::move(errors));
  return schema;
}

template <typename Function>
auto withRequest(const std::string& schema, Function function) {
  // Messages are read as words.
  auto words = kj::heapArray<capnp::word>(schema.size() / sizeof(capnp::word));
  memcpy(words.begin(), schema.data(), words.asBytes().size());
  capnp::ReaderOptions options;
  options.traversalLimitInWords = kMaxSchemaBytes * 8;
  capnp::FlatArrayMessageReader reader(words, options);
  return function(reader.getRoot<capnp::schema::CodeGeneratorRequest>());
}

// "rrdns.capnp:Outer.Inner" to "Outer.Inner".
std::string nameInFile(capnp::Text::Reader displayName) {
  std::string_view name(displayName.begin(), displayName.size());
  return std::string(name.substr(name.rfind(':') + 1));
}

}  // namespace

Result<std::vector<std::string>> interfacesOf(const std::string& schema) {
  std::vector<std::string> names;
  auto fault = kj::runCatchingExceptions([&] {
    KJ_REQUIRE(schema.size() >= sizeof(capnp::word), "too short");
    withRequest(schema, [&](capnp::schema::CodeGeneratorRequest::Reader request) {
      KJ_REQUIRE(request.getNodes().size() > 0, "it has no nodes");
      for (auto node : request.getNodes()) {
        if (node.isInterface()) names.push_back(nameInFile(node.getDisplayName()));
      }
    });
  });
  KJ_IF_MAYBE (exception, fault) {
    return Diagnostic{
        .message = std::string("not a compiled schema: ") + exception->getDescription().cStr(),
        .help = "it is what `capnp compile -o- file.capnp` prints"};
  }
  return names;
}

std::string loadSchema(const CapnpConfig& config) {
  if (config.compiled.empty()) {
    auto schema = compile(config);
    checkSize(schema.size(), config);
    return schema;
  }
  auto schema = readFile(config.compiled).orThrow();
  checkSize(schema.size(), config);
  if (auto names = interfacesOf(schema); !names) {
    auto diagnostic = names.error();
    diagnostic.file = displayPath(config.compiled);
    throw UserError(diagnostic);
  }
  return schema;
}

}  // namespace flamesim::bundle
