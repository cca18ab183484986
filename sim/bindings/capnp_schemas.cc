#include <capnp/message.h>
#include <capnp/serialize.h>

#include <map>

#include "sim/base/error.h"
#include "sim/bindings/capnp.h"
#include "sim/bindings/capnp_client.h"
#include "sim/bindings/capnp_server.h"

namespace flamesim::bindings {

namespace {

constexpr size_t kMaxNesting = 64;  // of types, in a schema that somebody made up

// Reads every name once. What SchemaLoader says of a broken node it explains with the node's names,
// and a broken name there would be explained with itself, without end.
void readNames(capnp::schema::Node::Reader node) {
  node.getDisplayName();
  for (auto nested : node.getNestedNodes()) nested.getName();
  for (auto parameter : node.getParameters()) parameter.getName();
  if (node.isStruct()) {
    for (auto field : node.getStruct().getFields()) field.getName();
  } else if (node.isEnum()) {
    for (auto enumerant : node.getEnum().getEnumerants()) enumerant.getName();
  } else if (node.isInterface()) {
    for (auto method : node.getInterface().getMethods()) method.getName();
  }
}

class Schemas final : public CapnpSchemas {
 public:
  explicit Schemas(capnp::schema::CodeGeneratorRequest::Reader request) {
    for (auto node : request.getNodes()) {
      readNames(node);
      loader.load(node);
    }
    for (auto file : request.getRequestedFiles()) {
      files.push_back({file.getFilename().cStr(), file.getId()});
      KJ_IF_MAYBE (scope, loader.tryGet(file.getId())) {
        note(*scope, "", 0);
      }
    }
    // What is only imported is found too, after what was asked for.
    for (auto node : request.getNodes()) {
      if (node.isFile()) {
        KJ_IF_MAYBE (scope, loader.tryGet(node.getId())) {
          note(*scope, "", 0);
        }
      }
    }
    for (auto node : request.getNodes()) {
      auto schema = loader.get(node.getId());
      if (node.isStruct() && node.getStruct().getIsGroup()) continue;
      if (node.isStruct() || node.isInterface()) types.emplace(nameInFile(schema), schema);
    }
  }

  kj::Maybe<capnp::InterfaceSchema> findInterface(std::string_view name) override {
    auto found = types.find(name);
    if (found == types.end() || !found->second.getProto().isInterface()) return nullptr;
    return found->second.asInterface();
  }
  kj::Maybe<capnp::StructSchema> findStruct(std::string_view name) override {
    auto found = types.find(name);
    if (found == types.end() || !found->second.getProto().isStruct()) return nullptr;
    return found->second.asStruct();
  }

  // The file that `specifier` names: its path, or the end of one path.
  kj::Maybe<capnp::Schema> findFile(std::string_view specifier) {
    while (specifier.starts_with("./")) specifier.remove_prefix(2);
    while (specifier.starts_with("../")) specifier.remove_prefix(3);
    const File* best = nullptr;
    for (auto& file : files) {
      if (file.name == specifier) {
        best = &file;
        break;
      }
      bool isEnd = file.name.ends_with(specifier) &&
                   file.name[file.name.size() - specifier.size() - 1] == '/';
      // Of several that end so, the one that is least deep.
      if (isEnd && (best == nullptr || file.name.size() < best->name.size())) best = &file;
    }
    if (best == nullptr) return nullptr;
    return loader.tryGet(best->id);
  }

  // A type as JavaScript gets it: an interface is a class, a struct or file an object; the types
  // inside are its properties. Empty for what has no value in JavaScript (enums, constants).
  v8::Local<v8::Object> valueOf(js::Lock& js, capnp::Schema schema) {
    auto proto = schema.getProto();
    if (!proto.isFile() && !proto.isStruct() && !proto.isInterface()) return {};
    auto& made = values[proto.getId()];
    if (!made.IsEmpty()) return made.Get(js.isolate);
    v8::Local<v8::Object> value =
        proto.isInterface()
            ? interfaceClass(js, jsTypes.interfaceFace(js, schema.asInterface())).As<v8::Object>()
            : v8::Object::New(js.isolate);
    made.Reset(js.isolate, value);
    addNested(js, schema, value);
    return value;
  }

  void addNested(js::Lock& js, capnp::Schema scope, v8::Local<v8::Object> target) {
    for (auto nested : scope.getProto().getNestedNodes()) {
      KJ_IF_MAYBE (schema, loader.tryGet(nested.getId())) {
        auto value = valueOf(js, *schema);
        if (!value.IsEmpty()) js.set(target, nested.getName().cStr(), value);
      }
    }
  }

  JsTypes jsTypes;

 private:
  struct File {
    std::string name;
    uint64_t id;
  };

  // A node's name as its scopes give it; the display name is what the compiler saw fit to print.
  void note(capnp::Schema scope, const std::string& prefix, size_t depth) {
    if (depth > kMaxNesting) return;
    for (auto nested : scope.getProto().getNestedNodes()) {
      KJ_IF_MAYBE (schema, loader.tryGet(nested.getId())) {
        std::string name = prefix + nested.getName().cStr();
        auto proto = schema->getProto();
        if (proto.isStruct() || proto.isInterface()) types.emplace(name, *schema);
        note(*schema, name + ".", depth + 1);
      }
    }
  }

  capnp::SchemaLoader loader;
  std::vector<File> files;
  std::map<std::string, capnp::Schema, std::less<>> types;
  std::map<uint64_t, v8::Global<v8::Object>> values;
};

// The object of a binding.
class Service final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  Service(std::shared_ptr<CapnpSchemas> schemas, InterfaceFace& face, CapabilityPort& port)
      : schemas(std::move(schemas)), face(face), port(port) {}

  v8::Local<v8::Value> getCapability(js::Lock& js) {
    auto client = port.connect(RequestScope::current(js), face.schema);
    return capabilityToJs(js, face, capnp::ClientHook::from(kj::mv(client)));
  }

 private:
  std::shared_ptr<CapnpSchemas> schemas;
  InterfaceFace& face;
  CapabilityPort& port;
};

const js::FunctionEntry kServiceMethods[] = {
    js::method<&Service::getCapability>("getCapability"),
};
const js::ClassFace Service::kFace{"CapnpService", kServiceMethods};

}  // namespace

std::shared_ptr<CapnpSchemas> CapnpSchemas::load(std::string_view bytes, ProductionBugs bugs) {
  auto refuse = [](const std::string& why) -> UserError {
    return UserError(
        Diagnostic{.message = "the Cap'n Proto schema is no CodeGeneratorRequest: " + why,
                   .help = "it is what `capnp compile -o- file.capnp` prints"});
  };
  if (bytes.empty() || bytes.size() % sizeof(capnp::word) != 0) {
    throw refuse(std::to_string(bytes.size()) + " bytes are not a message");
  }
  // Messages want aligned memory.
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), bytes.size());
  try {
    capnp::FlatArrayMessageReader reader(
        words, {.traversalLimitInWords = words.size() * 32 + 4096, .nestingLimit = 64});
    auto request = reader.getRoot<capnp::schema::CodeGeneratorRequest>();
    if (request.getNodes().size() == 0) throw refuse("it has no types");
    auto schemas = std::make_shared<Schemas>(request);
    schemas->jsTypes.keepsProductionBugs = bugs == ProductionBugs::kKept;
    return schemas;
  } catch (const kj::Exception& error) {
    throw refuse(error.getDescription().cStr());
  }
}

std::shared_ptr<CapnpSchemas> CapnpSchemas::withoutTypes() {
  capnp::MallocMessageBuilder none;
  return std::make_shared<Schemas>(none.initRoot<capnp::schema::CodeGeneratorRequest>());
}

v8::Local<v8::Value> makeCapnpService(js::Lock& js, std::shared_ptr<CapnpSchemas> schemas,
                                      capnp::InterfaceSchema type, CapabilityPort& port) {
  auto& face = static_cast<Schemas&>(*schemas).jsTypes.interfaceFace(js, type);
  return js::Convert<std::unique_ptr<Service>>::to(
      js, std::make_unique<Service>(std::move(schemas), face, port));
}

capnp::Capability::Client serveObject(js::Lock& js, CapnpSchemas& schemas,
                                      capnp::InterfaceSchema type, v8::Local<v8::Object> object,
                                      kj::Own<void> kept) {
  auto& face = static_cast<Schemas&>(schemas).jsTypes.interfaceFace(js, type);
  return capnp::Capability::Client(JsServer::make(js, face, object, kj::mv(kept)));
}

void structFromJs(js::Lock& js, CapnpSchemas& schemas, capnp::DynamicStruct::Builder builder,
                  v8::Local<v8::Value> object) {
  if (!object->IsObject()) {
    throw js::Throw("TypeError", "Incorrect type for Cap'n Proto value.");
  }
  auto& types = static_cast<Schemas&>(schemas).jsTypes;
  fillStruct(js, types, types.structFace(js, builder.getSchema()), builder,
             object.As<v8::Object>());
}

std::optional<v8::Local<v8::Object>> capnpModuleExports(js::Lock& js, CapnpSchemas& schemas,
                                                        std::string_view fileName) {
  auto& loaded = static_cast<Schemas&>(schemas);
  KJ_IF_MAYBE (file, loaded.findFile(fileName)) {
    auto exports = v8::Object::New(js.isolate);
    js.set(exports, "default", loaded.valueOf(js, *file));
    loaded.addNested(js, *file, exports);
    return exports;
  }
  return std::nullopt;
}

}  // namespace flamesim::bindings
