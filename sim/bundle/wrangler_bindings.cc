#include "sim/bundle/wrangler_bindings.h"

#include <map>

#include "sim/bundle/files.h"
#include "sim/bundle/wrangler_keys.h"

namespace flamesim::bundle {

namespace {

using nlohmann::json;

std::string indexed(std::string_view list, size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

class BindingReader {
 public:
  BindingReader(ConfigReader& reader, const WranglerScope& scope, WranglerConfig& config)
      : reader(reader), scope(scope), config(config) {}

  void readAll() {
    readVars();
    eachOf("kv_namespaces", [&](const ConfigNode& node, const std::string& where) {
      reader.warnOfUnknownKeys(node, {"binding", "id", "preview_id", "remote"}, where);
      auto id = reader.string(node, "id", where);
      // wrangler takes a namespace without an id (it makes one at deploy): the name stands for it.
      add(node, "binding", where, "kv_namespace", [&](json& fields) {
        fields["namespace_id"] = id.value_or(fields["name"].get<std::string>());
      });
    });
    eachOf("services", [&](const ConfigNode& node, const std::string& where) {
      reader.warnOfUnknownKeys(
          node, {"binding", "service", "environment", "entrypoint", "props", "remote"}, where);
      auto service = reader.requiredString(node, "service", where);
      auto environment = reader.string(node, "environment", where);
      auto entrypoint = reader.string(node, "entrypoint", where);
      auto* props = reader.member(node, "props", NodeKind::kObject, where);
      add(node, "binding", where, "service", [&](json& fields) {
        fields["service"] = service.value_or("");
        if (environment) fields["environment"] = *environment;
        if (entrypoint) fields["entrypoint"] = *entrypoint;
        if (props != nullptr) fields["props"] = props->toJson();
      });
    });
    eachOf("analytics_engine_datasets", [&](const ConfigNode& node, const std::string& where) {
      reader.warnOfUnknownKeys(node, {"binding", "dataset", "remote"}, where);
      auto dataset = reader.string(node, "dataset", where);
      add(node, "binding", where, "analytics_engine", [&](json& fields) {
        fields["dataset"] = dataset.value_or(fields["name"].get<std::string>());
      });
    });
    readLogfwdr();
    readVersionMetadata();
    readUnsafe();
    readBlobs("wasm_modules", "wasm_module", ModuleType::kWasm);
    readBlobs("text_blobs", "text_blob", ModuleType::kText);
    readBlobs("data_blobs", "data_blob", ModuleType::kData);
    warnOfUnserved();
    checkBindingNames(reader, config.bindings);
  }

 private:
  ConfigReader& reader;
  const WranglerScope& scope;
  WranglerConfig& config;

  void readVars() {
    auto* vars = reader.member(scope.of("vars"), "vars", NodeKind::kObject);
    if (vars == nullptr) return;
    for (auto& member : vars->members) {
      json fields{{"name", member.key}};
      if (member.value.is(NodeKind::kDate)) {
        reader.error(member.value.offset,
                     "\"vars." + member.key + "\" is a TOML date, which a worker cannot be given",
                     "put it in double quotes");
        continue;
      }
      if (member.value.is(NodeKind::kString)) {
        fields["type"] = "plain_text";
        fields["text"] = member.value.text();
      } else {
        fields["type"] = "json";
        fields["json"] = member.value.toJson();
      }
      push(member.keyOffset, std::move(fields));
    }
  }

  template <typename Function>
  void eachOf(std::string_view key, Function function) {
    auto* list = reader.member(scope.of(key), key, NodeKind::kArray);
    if (list == nullptr) return;
    for (size_t i = 0; i < list->items.size(); ++i) {
      auto where = indexed(key, i);
      if (reader.expect(list->items[i], NodeKind::kObject, where)) function(list->items[i], where);
    }
  }

  // One binding whose name is the string at `nameKey`; `fill` adds the fields of its type.
  template <typename Function>
  void add(const ConfigNode& node, std::string_view nameKey, const std::string& where,
           std::string_view type, Function fill) {
    auto name = reader.requiredString(node, nameKey, where);
    if (!name) return;
    json fields{{"name", *name}, {"type", type}};
    fill(fields);
    push(node.find(nameKey)->value.offset, std::move(fields));
  }

  void push(size_t offset, json fields) {
    Binding binding;
    binding.name = fields["name"].get<std::string>();
    binding.type = fields["type"].get<std::string>();
    binding.fields = std::move(fields);
    binding.origin = reader.originAt(offset);
    config.bindings.push_back(std::move(binding));
  }

  void readLogfwdr() {
    auto* section = reader.member(scope.of("logfwdr"), "logfwdr", NodeKind::kObject);
    if (section == nullptr) return;
    if (auto* schema = section->find("schema")) {
      reader.error(schema->keyOffset, "\"logfwdr.schema\" is no longer a key of wrangler",
                   "give the schema in \"unsafe\": {\"capnp\": {\"base_path\": ..., "
                   "\"source_schemas\": [...]}}");
    }
    reader.warnOfUnknownKeys(*section, {"bindings", "schema"}, "logfwdr");
    auto* list = reader.member(*section, "bindings", NodeKind::kArray, "logfwdr");
    if (list == nullptr) return;
    for (size_t i = 0; i < list->items.size(); ++i) {
      auto& node = list->items[i];
      auto where = indexed("logfwdr.bindings", i);
      if (!reader.expect(node, NodeKind::kObject, where)) continue;
      reader.warnOfUnknownKeys(node, {"name", "destination"}, where);
      auto destination = reader.requiredString(node, "destination", where);
      add(node, "name", where, "logfwdr",
          [&](json& fields) { fields["destination"] = destination.value_or(""); });
    }
  }

  void readVersionMetadata() {
    auto* section =
        reader.member(scope.of("version_metadata"), "version_metadata", NodeKind::kObject);
    if (section == nullptr) return;
    reader.warnOfUnknownKeys(*section, {"binding"}, "version_metadata");
    add(*section, "binding", "version_metadata", "version_metadata", [](json&) {});
  }

  void readUnsafe() {
    auto* section = reader.member(scope.of("unsafe"), "unsafe", NodeKind::kObject);
    if (section == nullptr) return;
    reader.warnOfUnknownKeys(*section, {"bindings", "metadata", "capnp"}, "unsafe");
    auto* list = reader.member(*section, "bindings", NodeKind::kArray, "unsafe");
    for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
      auto binding = readRawBinding(reader, list->items[i], indexed("unsafe.bindings", i));
      if (binding) config.bindings.push_back(std::move(*binding));
    }
  }

  // Service-worker format: {"NAME": "path"} makes NAME a global with the file's content.
  void readBlobs(std::string_view key, std::string_view type, ModuleType moduleType) {
    auto* section = reader.member(scope.top, key, NodeKind::kObject);
    if (section == nullptr) return;
    for (auto& member : section->members) {
      auto where = std::string(key) + "." + member.key;
      if (!reader.expect(member.value, NodeKind::kString, where)) continue;
      auto content = readFile(absolutePath(member.value.text(), config.folder));
      if (!content) {
        reader.error(member.value.offset, "\"" + where + "\": " + content.error().message);
        continue;
      }
      Module module;
      module.name = member.key;
      module.type = moduleType;
      module.content = std::move(content.value());
      config.blobs.push_back(std::move(module));
      push(member.keyOffset, {{"name", member.key}, {"type", type}, {"part", member.key}});
    }
  }

  void warnOfUnserved() {
    for (auto& section : unservedSections()) {
      auto* found = scope.of(section.key).find(section.key);
      if (found == nullptr) continue;
      auto warn = [&](const ConfigNode& node) {
        auto* name = node.find(section.name);
        if (name == nullptr || !name->value.is(NodeKind::kString)) return;
        reader.warn(name->value.offset, "flamesim does not emulate \"" + std::string(section.key) +
                                            "\": what uses env." + name->value.text() + " throws");
        push(name->value.offset,
             {{"name", name->value.text()}, {"type", "unserved"}, {"section", section.key}});
      };
      const ConfigNode* list = &found->value;
      if (!section.list.empty()) {
        auto* inner = list->find(section.list);
        if (inner == nullptr) continue;
        list = &inner->value;
      }
      if (list->is(NodeKind::kObject)) warn(*list);
      for (auto& item : list->items) warn(item);
    }
  }
};

}  // namespace

const ConfigNode& WranglerScope::of(std::string_view key) const {
  if (environment == nullptr) return top;
  return environment->find(key) == nullptr && isInherited(key) ? top : *environment;
}

std::optional<Binding> readRawBinding(ConfigReader& reader, const ConfigNode& node,
                                      const std::string& where) {
  if (!reader.expect(node, NodeKind::kObject, where)) return std::nullopt;
  auto name = reader.requiredString(node, "name", where);
  auto type = reader.requiredString(node, "type", where);
  if (!name || !type) return std::nullopt;
  Binding binding;
  binding.name = *name;
  binding.type = *type;
  binding.fields = node.toJson();
  binding.origin = reader.originAt(node.find("name")->value.offset);
  return binding;
}

std::vector<TailConsumer> readTailConsumers(ConfigReader& reader, const ConfigNode& object) {
  std::vector<TailConsumer> consumers;
  auto* list = reader.member(object, "tail_consumers", NodeKind::kArray);
  for (size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    auto& node = list->items[i];
    auto where = indexed("tail_consumers", i);
    if (!reader.expect(node, NodeKind::kObject, where)) continue;
    reader.warnOfUnknownKeys(node, {"service", "environment"}, where);
    auto service = reader.requiredString(node, "service", where);
    if (!service) continue;
    consumers.push_back({*service, reader.originAt(node.find("service")->value.offset)});
  }
  return consumers;
}

void checkBindingNames(ConfigReader& reader, const std::vector<Binding>& bindings) {
  std::map<std::string, const Binding*> first;
  for (auto& binding : bindings) {
    auto [entry, isNew] = first.try_emplace(binding.name, &binding);
    if (isNew) continue;
    reader.errors.push_back(binding.origin.diagnostic(
        "two bindings are named \"" + binding.name + "\"",
        "the other, of type \"" + entry->second->type + "\", is on line " +
            std::to_string(entry->second->origin.line) + "; give one of them another name"));
  }
}

void readBindings(ConfigReader& reader, const WranglerScope& scope, WranglerConfig& config) {
  BindingReader(reader, scope, config).readAll();
}

}  // namespace flamesim::bundle
