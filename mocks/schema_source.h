// Schemas that are known at run time only: compiled (what `capnp compile -o-` prints and a worker's
// bundle holds) or as a .capnp file. Immutable once made: threads may share it.
#pragma once

#include <capnp/schema-loader.h>
#include <capnp/schema-parser.h>
#include <capnp/schema.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::mocks {

class SchemaSource {
 public:
  // `bytes`: a CodeGeneratorRequest, plain unpacked message. `name`: for errors. Throws InputError.
  static std::shared_ptr<const SchemaSource> fromRequest(std::string_view bytes,
                                                         const std::string& name);
  // Absolute imports are looked up in `importDirs`, then where the capnp tool looks. Throws
  // InputError, with the line where the file does not compile.
  static std::shared_ptr<const SchemaSource> fromFile(
      const std::filesystem::path& path, const std::vector<std::filesystem::path>& importDirs = {});

  // `wanted`: the name as in the file, nested ones with dots: "Rrdns", "Outer.Inner". What they
  // return is valid as long as this object. Throws InputError that names the nearest.
  capnp::InterfaceSchema findInterface(std::string_view wanted) const;
  capnp::StructSchema findStruct(std::string_view wanted) const;

  SchemaSource(const SchemaSource&) = delete;
  SchemaSource& operator=(const SchemaSource&) = delete;

 private:
  explicit SchemaSource(std::string name) : name(std::move(name)) {}
  void addNested(capnp::ParsedSchema schema, const std::string& prefix);
  capnp::Schema find(std::string_view wanted, bool wantInterface) const;

  std::string name;
  capnp::SchemaLoader loader;
  capnp::SchemaParser parser;
  std::vector<kj::Own<const kj::ReadableDirectory>>
      directories;  // the parser keeps referring to them
  std::vector<const kj::ReadableDirectory*> importPath;
  std::map<std::string, capnp::Schema, std::less<>> schemas;
};

}  // namespace flamesim::mocks
