#include "sim/bundle/simulation_accounts.h"

#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

void readEntries(ConfigReader& reader, const ConfigNode& object, const std::string& where,
                 AccountRegistry& registry) {
  for (auto& member : object.members) {
    if (member.key == "$schema" && member.value.is(NodeKind::kString)) continue;
    auto here = where.empty() ? member.key : where + "." + member.key;
    if (member.key.empty()) reader.error(member.keyOffset, "an account needs an id");
    if (!reader.expect(member.value, NodeKind::kObject, here)) continue;
    auto& node = member.value;
    reader.warnOfUnknownKeys(node, {"name", "services", "internalCapabilityGrants"}, here);
    AccountEntry entry;
    entry.origin = reader.originAt(member.keyOffset);
    entry.name = reader.string(node, "name", here).value_or("");
    for (auto* service : reader.strings(node, "services", here)) {
      entry.services.push_back(service->text());
    }
    for (auto* grant : reader.strings(node, "internalCapabilityGrants", here)) {
      entry.grants.push_back(grant->text());
    }
    registry.accounts.emplace(member.key, std::move(entry));
  }
}

void readRegistryFile(ConfigReader& reader, const ConfigNode& path,
                      const std::filesystem::path& folder, AccountRegistry& registry) {
  auto file = absolutePath(path.text(), folder);
  if (!isRegularFile(file)) {
    reader.error(path.offset, "there is no file \"" + path.text() + "\"",
                 "paths are relative to " + displayPath(folder) + "/");
    return;
  }
  try {
    auto document = readConfigDocument(file);
    registry.file = document.file;
    ConfigReader inner(document);
    readEntries(inner, document.root, "", registry);
    for (auto& error : inner.errors) reader.errors.push_back(std::move(error));
    for (auto& warning : inner.warnings) reader.warnings.push_back(std::move(warning));
  } catch (const UserError& error) {
    reader.errors.push_back(error.diagnostic);
  }
}

}  // namespace

AccountRegistry readAccounts(ConfigReader& reader, const ConfigNode& root,
                             const std::filesystem::path& folder) {
  AccountRegistry registry;
  auto* found = root.find("accounts");
  if (found == nullptr) return registry;
  registry.configured = true;
  registry.file = reader.document.file;
  if (found->value.is(NodeKind::kString)) {
    readRegistryFile(reader, found->value, folder, registry);
  } else if (reader.expect(found->value, NodeKind::kObject, "accounts")) {
    readEntries(reader, found->value, "accounts", registry);
  }
  return registry;
}

}  // namespace flamesim::bundle
