#include "mocks/schema_source.h"

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <kj/filesystem.h>

#include <cstring>
#include <set>

#include "mocks/problem.h"

namespace flamesim::mocks {
namespace {

// Bytes that need not be aligned, as words.
kj::Array<capnp::word> alignedCopy(std::string_view bytes) {
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  memcpy(words.begin(), bytes.data(), words.size() * sizeof(capnp::word));
  return words;
}

std::string nameInFile(capnp::schema::Node::Reader node) {
  std::string display = node.getDisplayName().cStr();
  size_t colon = display.find(".capnp:");
  return colon == display.npos ? "" : display.substr(colon + strlen(".capnp:"));
}

// Fails on a name that cannot be read. SchemaLoader would not survive one: it puts the node's names
// into what it says of a fault, and the fault in the name into the same message, without end.
void checkNames(capnp::schema::Node::Reader node) {
  node.getDisplayName();
  for (auto nested : node.getNestedNodes()) nested.getName();
  if (node.isStruct()) {
    for (auto field : node.getStruct().getFields()) field.getName();
  }
  if (node.isEnum()) {
    for (auto enumerant : node.getEnum().getEnumerants()) enumerant.getName();
  }
  if (node.isInterface()) {
    for (auto method : node.getInterface().getMethods()) method.getName();
  }
}

}  // namespace

std::shared_ptr<const SchemaSource> SchemaSource::fromRequest(std::string_view bytes,
                                                              const std::string& name) {
  std::shared_ptr<SchemaSource> source(new SchemaSource(name));
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0) {
    throw InputError(name, "not a compiled schema: its size is not that of a Cap'n Proto message");
  }
  auto exception = kj::runCatchingExceptions([&]() {
    auto words = alignedCopy(bytes);
    capnp::ReaderOptions options;
    options.traversalLimitInWords = words.size() * 16;
    capnp::FlatArrayMessageReader message(words, options);
    auto request = message.getRoot<capnp::schema::CodeGeneratorRequest>();
    std::set<std::string> requested;
    for (auto file : request.getRequestedFiles()) requested.insert(file.getFilename().cStr());
    for (auto node : request.getNodes()) {
      checkNames(node);
      source->loader.load(node);
    }
    for (auto node : request.getNodes()) {
      if (!node.isInterface() && !node.isStruct()) continue;
      std::string inFile = nameInFile(node);
      if (inFile.empty() || inFile.find('$') != inFile.npos) continue;  // parameter lists
      std::string display = node.getDisplayName().cStr();
      bool isRequested = requested.contains(display.substr(0, display.size() - inFile.size() - 1));
      capnp::Schema schema = source->loader.get(node.getId());
      if (isRequested) {
        source->schemas.insert_or_assign(inFile, schema);
      } else {
        source->schemas.emplace(inFile, schema);
      }
    }
  });
  KJ_IF_MAYBE (e, exception) {
    throw InputError(name, "not a compiled schema: " + std::string(e->getDescription().cStr()),
                     "it must be what `capnp compile -o-` prints");
  }
  if (source->schemas.empty()) {
    throw InputError(name, "this compiled schema holds no struct and no interface",
                     "it must be what `capnp compile -o-` prints");
  }
  return source;
}

std::shared_ptr<const SchemaSource> SchemaSource::fromFile(
    const std::filesystem::path& path, const std::vector<std::filesystem::path>& importDirs) {
  std::shared_ptr<SchemaSource> source(new SchemaSource(path.string()));
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw InputError(path.string(), "the schema file does not exist");
  }
  auto exception = kj::runCatchingExceptions([&]() {
    auto filesystem = kj::newDiskFilesystem();
    auto here = filesystem->getCurrentPath();
    source->directories.emplace_back(filesystem->getRoot().clone());
    const kj::ReadableDirectory& root = *source->directories[0];
    std::vector<std::filesystem::path> dirs = importDirs;
    dirs.insert(dirs.end(), {"/usr/local/include", "/usr/include"});
    for (const auto& dir : dirs) {
      KJ_IF_MAYBE (opened, root.tryOpenSubdir(here.evalNative(dir.string()))) {
        source->importPath.push_back(opened->get());
        source->directories.push_back(kj::mv(*opened));
      }
    }
    capnp::ParsedSchema file = source->parser.parseFromDirectory(
        root, here.evalNative(path.string()),
        kj::arrayPtr(source->importPath.data(), source->importPath.size()));
    source->addNested(file, "");
  });
  KJ_IF_MAYBE (e, exception) {
    Problem problem{.message = std::string(e->getDescription().cStr())};
    // Errors of the parser carry the schema's name, without the start of its path, and a line from
    // 0.
    std::string file = e->getFile();
    if (!file.ends_with(".capnp")) {
      file = path.string();
    } else {
      problem.line = uint32_t(e->getLine()) + 1;
      if (std::filesystem::absolute(path, error)
              .lexically_normal()
              .string()
              .ends_with("/" + file)) {
        file = path.string();
      }
    }
    throw InputError(file, {problem});
  }
  return source;
}

void SchemaSource::addNested(capnp::ParsedSchema schema, const std::string& prefix) {
  for (capnp::ParsedSchema nested : schema.getAllNested()) {
    std::string full = prefix + nested.getUnqualifiedName().cStr();
    auto node = nested.getProto();
    if (node.isInterface() || node.isStruct()) schemas.emplace(full, nested);
    addNested(nested, full + ".");
  }
}

capnp::Schema SchemaSource::find(std::string_view wanted, bool wantInterface) const {
  auto fits = [&](capnp::Schema schema) {
    return schema.getProto().isInterface() == wantInterface;
  };
  auto found = schemas.find(wanted);
  if (found != schemas.end() && fits(found->second)) return found->second;
  std::vector<std::string> names;
  for (const auto& [candidate, schema] : schemas) {
    if (fits(schema)) names.push_back(candidate);
  }
  std::string kind = wantInterface ? "interface" : "struct";
  throw InputError(name, "no " + kind + " \"" + std::string(wanted) + "\" in this schema",
                   suggestion(wanted, names));
}

capnp::InterfaceSchema SchemaSource::findInterface(std::string_view wanted) const {
  return find(wanted, true).asInterface();
}

capnp::StructSchema SchemaSource::findStruct(std::string_view wanted) const {
  return find(wanted, false).asStruct();
}

}  // namespace flamesim::mocks
