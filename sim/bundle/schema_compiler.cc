#include "sim/bundle/schema_compiler.h"

#include <capnp/message.h>
#include <capnp/schema-parser.h>
#include <capnp/schema.capnp.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>

#include <set>

#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

constexpr const char* kImportPath[] = {"/usr/local/include", "/usr/include"};

// What all files of one compilation share.
struct Compilation {
  fs::path basePath;
  std::vector<Diagnostic>& errors;
  bool failed = false;

  std::string nameOf(const fs::path& path) const {
    auto relative = relativeName(path, basePath);
    return relative.starts_with("..") ? path.string().substr(1) : relative;
  }
};

class SourceFile final : public capnp::SchemaFile {
 public:
  SourceFile(Compilation& compilation, fs::path path)
      : compilation(compilation),
        path(std::move(path)),
        name(compilation.nameOf(this->path)),
        content(readFile(this->path)) {}

  kj::StringPtr getDisplayName() const override { return name.c_str(); }

  kj::Array<const char> readContent() const override {
    if (!content) {
      addError(content.error());
      return nullptr;
    }
    auto& text = content.value();
    return kj::heapArray<const char>(text.data(), text.size());
  }

  kj::Maybe<kj::Own<capnp::SchemaFile>> import(kj::StringPtr imported) const override {
    if (!imported.startsWith("/")) return open(absolutePath(imported.cStr(), path.parent_path()));
    for (auto* folder : kImportPath) {
      KJ_IF_MAYBE (file, open(absolutePath(imported.cStr() + 1, folder))) {
        return kj::mv(*file);
      }
    }
    return nullptr;
  }

  bool operator==(const SchemaFile& other) const override {
    return path == kj::downcast<const SourceFile>(other).path;
  }
  bool operator!=(const SchemaFile& other) const override { return !(*this == other); }
  size_t hashCode() const override { return fs::hash_value(path); }

  void reportError(SourcePos start, SourcePos, kj::StringPtr message) const override {
    if (!content) return;  // readContent said so
    addError(diagnosticAt(displayPath(path), content.value(), start.byte, message.cStr()));
  }

 private:
  Compilation& compilation;
  const fs::path path;
  const std::string name;
  const Result<std::string> content;

  void addError(Diagnostic diagnostic) const {
    compilation.failed = true;
    compilation.errors.push_back(std::move(diagnostic));
  }

  kj::Maybe<kj::Own<capnp::SchemaFile>> open(const fs::path& target) const {
    if (!isRegularFile(target)) return nullptr;
    return kj::Own<capnp::SchemaFile>(kj::heap<SourceFile>(compilation, target));
  }
};

// Every node that a schema declares or depends on, each once, in the order of the walk.
class NodeCollector {
 public:
  std::vector<capnp::Schema> nodes;

  void addFile(capnp::ParsedSchema schema) {
    add(schema);
    for (auto nested : schema.getAllNested()) addFile(nested);
  }

 private:
  std::set<uint64_t> seen;

  void add(capnp::Schema schema) {
    auto proto = schema.getProto();
    if (!seen.insert(proto.getId()).second) {
      // Another use of a generic type may bind other types.
      if (proto.getIsGeneric()) addBrand(schema);
      return;
    }
    nodes.push_back(schema.getGeneric());
    if (proto.getIsGeneric()) addBrand(schema);
    switch (proto.which()) {
      case capnp::schema::Node::STRUCT:
        for (auto field : schema.asStruct().getFields()) add(field.getType());
        break;
      case capnp::schema::Node::INTERFACE:
        addInterface(schema.asInterface());
        break;
      case capnp::schema::Node::CONST:
        add(schema.asConst().getType());
        break;
      default:
        break;
    }
  }

  void addInterface(capnp::InterfaceSchema schema) {
    for (auto superclass : schema.getSuperclasses()) add(superclass);
    for (auto method : schema.getMethods()) {
      add(method.getParamType());
      add(method.getResultType());
    }
  }

  void addBrand(capnp::Schema schema) {
    // The types bound to the parameters of the node itself; those of its scopes are bound at a use
    // of the scope, whose node is walked too.
    auto arguments = schema.getBrandArgumentsAtScope(schema.getProto().getId());
    for (uint i = 0; i < arguments.size(); ++i) add(arguments[i]);
  }

  void add(capnp::Type type) {
    while (type.isList()) type = type.asList().getElementType();
    if (type.isStruct()) add(type.asStruct());
    if (type.isEnum()) add(type.asEnum());
    if (type.isInterface()) add(type.asInterface());
  }
};

}  // namespace

std::string compileSchemas(const fs::path& basePath, const std::vector<fs::path>& files,
                           std::vector<Diagnostic>& errors) {
  Compilation compilation{basePath, errors};
  capnp::SchemaParser parser;
  std::string result;
  auto fault = kj::runCatchingExceptions([&] {
    std::vector<capnp::ParsedSchema> parsed;
    for (auto& file : files) {
      parsed.push_back(parser.parseFile(kj::heap<SourceFile>(compilation, file)));
    }
    if (compilation.failed) return;  // what was parsed must not be used
    NodeCollector collector;
    for (auto& schema : parsed) collector.addFile(schema);

    capnp::MallocMessageBuilder message;
    auto request = message.initRoot<capnp::schema::CodeGeneratorRequest>();
    auto version = request.initCapnpVersion();
    version.setMajor(CAPNP_VERSION_MAJOR);
    version.setMinor(CAPNP_VERSION_MINOR);
    version.setMicro(CAPNP_VERSION_MICRO);
    auto nodes = request.initNodes(uint(collector.nodes.size()));
    for (uint i = 0; i < nodes.size(); ++i) {
      nodes.setWithCaveats(i, collector.nodes[i].getProto());
    }
    auto requested = request.initRequestedFiles(uint(parsed.size()));
    for (uint i = 0; i < requested.size(); ++i) {
      requested[i].setId(parsed[i].getProto().getId());
      requested[i].setFilename(compilation.nameOf(files[i]));
    }
    auto words = capnp::messageToFlatArray(message);
    auto bytes = words.asBytes();
    result.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  });
  KJ_IF_MAYBE (exception, fault) {
    if (!compilation.failed) {
      errors.push_back(Diagnostic{.message = exception->getDescription().cStr(),
                                  .file = displayPath(files.empty() ? basePath : files[0])});
    }
  }
  return result;
}

}  // namespace flamesim::bundle
