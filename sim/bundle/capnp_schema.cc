#include "sim/bundle/capnp_schema.h"

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <charconv>
#include <cstring>

#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

void checkSize(size_t size, const CapnpConfig& config) {
  if (size <= kMaxSchemaBytes) return;
  throw UserError(config.origin.diagnostic(
      "the compiled schema has " + std::to_string(size) + " bytes; at most 3 MiB can be published",
      "give only the schemas that the worker uses"));
}

// Takes a number and the byte after it off the front; 0 where there is none.
uint32_t takeNumber(std::string_view& text) {
  uint32_t number = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  size_t digits = size_t(result.ptr - text.data());
  if (result.ec != std::errc() || digits == 0) return 0;
  text.remove_prefix(digits);
  return number;
}

// "FILE:LINE:COLUMN[-END]: error: MESSAGE"; columns count bytes from 1.
std::optional<Diagnostic> parseErrorLine(std::string_view line,
                                         const std::filesystem::path& basePath) {
  constexpr std::string_view kMark = ": error: ";
  size_t mark = line.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  auto place = line.substr(0, mark);
  Diagnostic diagnostic{.message = std::string(line.substr(mark + kMark.size()))};
  size_t columnAt = place.rfind(':');
  size_t lineAt = columnAt == 0 || columnAt == std::string_view::npos
                      ? std::string_view::npos
                      : place.rfind(':', columnAt - 1);
  if (lineAt == std::string_view::npos) return std::nullopt;
  auto file = absolutePath(std::filesystem::path(place.substr(0, lineAt)), basePath);
  auto lineText = place.substr(lineAt + 1, columnAt - lineAt - 1);
  auto columnText = place.substr(columnAt + 1);
  diagnostic.file = displayPath(file);
  diagnostic.line = takeNumber(lineText);
  diagnostic.column = takeNumber(columnText);
  if (auto text = readFile(file); text && diagnostic.line != 0) {
    std::string_view rest = text.value();
    for (uint32_t i = 1; i < diagnostic.line && !rest.empty(); ++i) {
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    }
    size_t start = size_t(rest.data() - text.value().data());
    auto position = positionOf(text.value(), start + std::max(diagnostic.column, 1u) - 1);
    if (position.line == diagnostic.line) diagnostic.column = position.column;
    diagnostic.sourceLine = positionOf(text.value(), start).lineText;
  }
  return diagnostic;
}

std::string compile(const CapnpConfig& config) {
  auto compiler = findOnPath("capnp");
  if (!compiler) {
    throw UserError(config.origin.diagnostic(
        "the schema must be compiled, but there is no `capnp` on PATH",
        "install it (apt-get install capnproto), or give a \"compiled_schema\""));
  }
  std::vector<std::string> arguments{"compile", "-o-", "--src-prefix=" + config.basePath.string()};
  for (auto& source : config.sources) arguments.push_back(source.path.string());
  auto output = runProgram(*compiler, arguments, config.basePath);
  if (output.exitCode == 0) return std::move(output.out);
  auto errors = schemaErrors(output.err, config.basePath);
  if (errors.empty()) {
    errors.push_back(config.origin.diagnostic(
        "`capnp compile` failed with exit code " + std::to_string(output.exitCode), output.err));
  }
  throw UserError::ofAll(std::move(errors));
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

std::vector<Diagnostic> schemaErrors(std::string_view output,
                                     const std::filesystem::path& basePath) {
  std::vector<Diagnostic> errors;
  while (!output.empty()) {
    size_t end = std::min(output.find('\n'), output.size());
    if (auto error = parseErrorLine(output.substr(0, end), basePath)) {
      errors.push_back(std::move(*error));
    }
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return errors;
}

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
