#include "sim/bundle/check_accounts.h"

#include <algorithm>

#include "sim/bundle/check.h"
#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

std::string fieldOf(const Binding& binding, std::string_view name) {
  auto found = binding.fields.find(name);
  return found != binding.fields.end() && found->is_string() ? found->get<std::string>() : "";
}

// The wrangler configuration of a worker; empty: it is an upload, or built.
fs::path configurationOf(const WorkerEntry& worker) {
  if (isFolder(worker.path)) return findWranglerConfig(worker.path);
  if (worker.path.filename().string().starts_with("wrangler.")) return worker.path;
  if (worker.name != kTestWorker) return {};
  return findUpwards(worker.path.parent_path(),
                     {"wrangler.json", "wrangler.jsonc", "wrangler.toml"});
}

std::string stringAt(const ConfigNode& node, std::string_view key) {
  auto* found = node.find(key);
  return found != nullptr && found->value.is(NodeKind::kString) ? found->value.text() : "";
}

std::string inQuotes(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string listed(std::vector<std::string> names, const std::string& more) {
  names.push_back(more);
  std::string text;
  for (auto& name : names) text += (text.empty() ? "" : ", ") + inQuotes(name);
  return "[" + text + "]";
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What a binding of that type asks for; empty: nothing that is privileged.
std::string serviceOf(const Binding& binding) {
  if (binding.type == "capnp_service") return fieldOf(binding, "service");
  if (binding.type == "logfwdr") return kLogfwdrService;
  if (binding.type == "egress") return "egress:" + fieldOf(binding, "to");
  if (binding.type == "analytics_engine") return binding.type;
  if (binding.type == "internal_service_http") {
    return binding.type + ":" + fieldOf(binding, "service");
  }
  return "";
}

}  // namespace

std::string accountOf(const WorkerEntry& worker) {
  if (!worker.account.empty()) return worker.account;
  auto file = configurationOf(worker);
  if (file.empty() || !isRegularFile(file)) return "";
  try {
    auto document = readConfigDocument(file);
    auto* environments = document.root.find("env");
    if (!worker.environment.empty() && environments != nullptr) {
      auto* environment = environments->value.find(worker.environment);
      if (environment != nullptr) {
        auto own = stringAt(environment->value, "account_id");
        if (!own.empty()) return own;
      }
    }
    return stringAt(document.root, "account_id");
  } catch (const UserError&) {
    return "";  // load() says what is wrong with it
  }
}

AccountCheck::AccountCheck(const Simulation& simulation, const WorkerEntry& worker)
    : simulation(simulation), worker(worker.name) {
  if (!simulation.accounts.configured) return;
  account = accountOf(worker);
  entry = simulation.accounts.find(account);
}

std::optional<AccountCheck::Refusal> AccountCheck::refusalOf(const Binding& binding) const {
  if (!simulation.accounts.configured) return std::nullopt;
  if (binding.type == "service") {
    auto permission = permissionFor(fieldOf(binding, "service"));
    return permission.empty() ? std::nullopt : refusalOfService(permission);
  }
  if (binding.type == "internal_capability_grants") {
    auto grants = binding.fields.find("grants");
    if (grants == binding.fields.end() || !grants->is_array()) {
      return refusalOfGrant(binding.name);
    }
    for (auto& grant : *grants) {
      auto refusal = refusalOfGrant(grant.is_string() ? grant.get<std::string>() : grant.dump());
      if (refusal) return refusal;
    }
    return std::nullopt;
  }
  auto service = serviceOf(binding);
  return service.empty() ? std::nullopt : refusalOfService(service);
}

std::optional<AccountCheck::Refusal> AccountCheck::refusalOfConsumer(
    const std::string& consumer) const {
  if (!simulation.accounts.configured) return std::nullopt;
  auto permission = permissionFor(consumer);
  return permission.empty() ? std::nullopt : refusalOfService(permission);
}

// A worker of one's own account may be bound by all of it.
std::string AccountCheck::permissionFor(const std::string& otherWorker) const {
  auto* other = simulation.findWorker(otherWorker);
  if (other == nullptr) return "";  // that is told as a fault of its own
  if (!account.empty() && accountOf(*other) == account) return "";
  return "worker:" + otherWorker;
}

std::optional<AccountCheck::Refusal> AccountCheck::refusalOfService(
    const std::string& permission) const {
  if (entry == nullptr) return withoutAccount(permission, "services", permission);
  if (has(entry->services, permission)) return std::nullopt;
  return Refusal{"uses \"" + permission + "\", which the account " + account +
                     (entry->name.empty() ? "" : " (" + entry->name + ")") + " may not bind",
                 "ask for this line of " + inQuotes(account) + " in " + simulation.accounts.file +
                     ": \"services\": " + listed(entry->services, permission)};
}

std::optional<AccountCheck::Refusal> AccountCheck::refusalOfGrant(const std::string& grant) const {
  if (entry == nullptr) return withoutAccount(grant, "internalCapabilityGrants", grant);
  if (has(entry->grants, grant)) return std::nullopt;
  return Refusal{"grants \"" + grant + "\", which the account " + account +
                     (entry->name.empty() ? "" : " (" + entry->name + ")") + " may not have",
                 "ask for this line of " + inQuotes(account) + " in " + simulation.accounts.file +
                     ": \"internalCapabilityGrants\": " + listed(entry->grants, grant)};
}

std::optional<AccountCheck::Refusal> AccountCheck::withoutAccount(const std::string& what,
                                                                  const std::string& key,
                                                                  const std::string& value) const {
  if (account.empty()) {
    return Refusal{
        "uses \"" + what + "\", but the worker " + worker + " has no account",
        "add \"account_id\" to its wrangler configuration, or \"account\" to \"workers\": "
        "{" +
            inQuotes(worker) + ": {...}} in " + displayPath(simulation.file)};
  }
  return Refusal{"uses \"" + what + "\", and its account " + account + " is not in the registry",
                 "ask for this line in " + simulation.accounts.file + ": " + inQuotes(account) +
                     ": {\"name\": \"...\", \"" + key + "\": [" + inQuotes(value) + "]}"};
}

}  // namespace flamesim::bundle
