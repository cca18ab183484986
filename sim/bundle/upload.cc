#include "sim/bundle/upload.h"

#include <algorithm>
#include <map>

#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/compatibility_flags.h"
#include "sim/bundle/config_reader.h"
#include "sim/bundle/jsonc.h"
#include "sim/bundle/multipart.h"
#include "sim/bundle/wrangler_bindings.h"

namespace flamesim::bundle {

namespace {

constexpr std::string_view kSourceMapType = "application/source-map";

std::optional<ModuleType> typeOfMime(std::string_view mime) {
  if (mime == "application/javascript+module") return ModuleType::kEsModule;
  if (mime == "application/javascript" || mime == "text/javascript") return ModuleType::kCommonJs;
  if (mime == "application/wasm") return ModuleType::kWasm;
  if (mime == "application/octet-stream") return ModuleType::kData;
  if (mime == "application/json") return ModuleType::kJson;
  if (mime == "text/plain") return ModuleType::kText;
  return std::nullopt;
}

std::string moduleName(const Part& part) {
  return part.fileName.value_or(part.name);
}

class UploadReader {
 public:
  // `document.text` is the whole upload, so that errors in the metadata find their line.
  UploadReader(const ConfigDocument& document, const ConfigNode& metadata,
               const std::vector<Part>& parts, Bundle& bundle)
      : reader(document), metadata(metadata), parts(parts), bundle(bundle) {}

  void read() {
    readMain();
    readCompatibility();
    readSchema();
    readModules();
    readBindings();
    if (reader.errors.empty()) checkMain();
    bundle.warnings = std::move(reader.warnings);
    reader.finish();
  }

 private:
  ConfigReader reader;
  const ConfigNode& metadata;
  const std::vector<Part>& parts;
  Bundle& bundle;
  const Part* schemaPart = nullptr;
  const ConfigNode* mainNode = nullptr;

  void readMain() {
    auto* main = reader.member(metadata, "main_module", NodeKind::kString);
    auto* body = reader.member(metadata, "body_part", NodeKind::kString);
    if (main == nullptr && body == nullptr) {
      if (reader.errors.empty()) {
        reader.error(metadata.offset, "the metadata names no \"main_module\" and no \"body_part\"");
      }
      return;
    }
    mainNode = main != nullptr ? main : body;
    bundle.serviceWorker = main == nullptr;
    bundle.mainModule = mainNode->text();
  }

  void readCompatibility() {
    bundle.compatibilityDate = reader.string(metadata, "compatibility_date").value_or("");
    bundle.compatibilityFlags = readCompatibilityFlags(reader, metadata);
    auto* limits = reader.member(metadata, "limits", NodeKind::kObject);
    if (limits != nullptr) {
      bundle.cpuLimitMillis =
          uint32_t(reader.integer(*limits, "cpu_ms", 1, 86'400'000, "limits").value_or(0));
      bundle.subrequestLimit = uint32_t(
          reader.integer(*limits, "subrequests", 1, kMostSubrequests, "limits").value_or(0));
    }
  }

  void readSchema() {
    auto* node = reader.member(metadata, "capnp_schema", NodeKind::kString);
    if (node == nullptr) return;
    auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
      return part.name == node->text() || moduleName(part) == node->text();
    });
    if (found == parts.end()) {
      reader.error(node->offset, "the upload has no part \"" + node->text() + "\"");
      return;
    }
    schemaPart = &*found;
    bundle.capnpSchema = std::string(found->body);
    if (found->body.size() > kMaxSchemaBytes) {
      reader.error(node->offset, "the compiled schema has more than 3 MiB");
    }
    if (auto names = interfacesOf(bundle.capnpSchema); !names) {
      reader.error(node->offset, names.error().message, names.error().help);
    }
  }

  void readModules() {
    std::map<std::string, const Part*> sourceMaps;
    std::map<std::string, size_t> byName;
    for (auto& part : parts) {
      if (part.name == "metadata" || &part == schemaPart) continue;
      auto name = moduleName(part);
      if (part.contentType == kSourceMapType) {
        sourceMaps[name] = &part;
        continue;
      }
      if (!byName.try_emplace(name, bundle.modules.size()).second) {
        reader.error(part.offset, "two parts are named \"" + name + "\"");
        continue;
      }
      bundle.modules.push_back(readModule(part, name));
    }
    for (auto& [name, part] : sourceMaps) {
      auto module = byName.find(name.ends_with(".map") ? name.substr(0, name.size() - 4) : name);
      if (module == byName.end()) {
        reader.warn(part->offset, "the source map \"" + name + "\" belongs to no module");
      } else {
        bundle.modules[module->second].sourceMap = std::string(part->body);
      }
    }
  }

  Module readModule(const Part& part, const std::string& name) {
    Module module;
    module.name = name;
    module.content = std::string(part.body);
    auto type = typeOfMime(part.contentType);
    if (!type) {
      reader.warn(part.offset, "the module \"" + name + "\" has the unknown type \"" +
                                   part.contentType + "\": it is taken as data");
    }
    module.type = type.value_or(ModuleType::kData);
    // A script and a CommonJS module have the same MIME type.
    bool script =
        bundle.serviceWorker && (part.name == bundle.mainModule || name == bundle.mainModule);
    if (script) {
      module.type = ModuleType::kEsModule;
      bundle.mainModule = name;
    }
    return module;
  }

  void checkMain() {
    auto* main = bundle.findModule(bundle.mainModule);
    if (main != nullptr) {
      if (main->type == ModuleType::kEsModule || main->type == ModuleType::kCommonJs) return;
      reader.error(mainNode->offset, "the main module \"" + main->name + "\" is not JavaScript");
      return;
    }
    std::vector<std::string> names;
    for (auto& module : bundle.modules) names.push_back(module.name);
    auto near = nearest(bundle.mainModule, names);
    reader.error(mainNode->offset, "the upload has no part \"" + bundle.mainModule + "\"",
                 near.empty() ? "" : "did you mean \"" + near + "\"?");
  }

  void readBindings() {
    auto* list = reader.member(metadata, "bindings", NodeKind::kArray);
    for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
      auto binding = readRawBinding(reader, list->items[i], "bindings[" + std::to_string(i) + "]");
      if (binding) bundle.bindings.push_back(std::move(*binding));
    }
    checkBindingNames(reader, bundle.bindings);
    bundle.tailConsumers = readTailConsumers(reader, metadata);
  }
};

// Offsets in the metadata become offsets in the upload.
void shift(ConfigNode& node, size_t by) {
  node.offset += by;
  for (auto& item : node.items) shift(item, by);
  for (auto& member : node.members) {
    member.keyOffset += by;
    shift(member.value, by);
  }
}

}  // namespace

Result<Bundle> parseUpload(const std::string& file, const std::string& name, std::string bytes) {
  ConfigDocument document;
  document.file = file;
  document.text = std::move(bytes);
  auto parts = parseMultipart(file, document.text);
  if (!parts) return parts.error();
  auto metadata = std::find_if(parts.value().begin(), parts.value().end(),
                               [](const Part& part) { return part.name == "metadata"; });
  if (metadata == parts.value().end()) {
    return Diagnostic{.message = "the upload has no part \"metadata\"", .file = file};
  }
  auto parsed = parseJsonc(file, std::string(metadata->body));
  if (!parsed) {
    auto inner = parsed.error();
    auto before = positionOf(document.text, metadata->bodyOffset);
    if (inner.line == 1) inner.column += before.column - 1;
    inner.line += before.line - 1;
    inner.message = "in the metadata: " + inner.message;
    return inner;
  }
  auto& root = parsed.value().root;
  if (!root.is(NodeKind::kObject)) {
    return document.at(metadata->bodyOffset, "the metadata must be an object");
  }
  shift(root, metadata->bodyOffset);
  Bundle bundle;
  bundle.name = name;
  try {
    UploadReader(document, root, parts.value(), bundle).read();
  } catch (const UserError& error) {
    return error.diagnostic;
  }
  return bundle;
}

}  // namespace flamesim::bundle
