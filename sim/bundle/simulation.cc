#include "sim/bundle/simulation.h"

#include <algorithm>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/bundle/simulation_accounts.h"
#include "sim/bundle/simulation_faults.h"
#include "sim/bundle/simulation_http_cache.h"
#include "sim/bundle/simulation_services.h"
#include "sim/bundle/simulation_values.h"
#include "sim/bundle/suggestions.h"
#include "sim/bundle/upload.h"
#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMaxServers = 4096;
constexpr uint64_t kMostTimeoutMillis = 86'400'000;
constexpr uint64_t kMaxCpuMillis = 86'400'000;
constexpr uint64_t kMaxHeapMiB = 65'536;

bool isEgressName(std::string_view name) {
  return name == "fl" || name == "cache" || name == "internet";
}

bool isWorker(const fs::path& path) {
  return isRegularFile(path) ||
         (isFolder(path) && (!findWranglerConfig(path).empty() || looksLikeOutdir(path)));
}

class SimulationReader {
 public:
  SimulationReader(const ConfigDocument& document, Simulation& simulation)
      : reader(document),
        root(document.root),
        folder(simulation.file.parent_path()),
        simulation(simulation) {}

  void read() {
    reader.warnOfUnknownKeys(
        root, {"$schema", "workers", "chain", "egress", "services", "fl", "internet", "mockFetch",
               "cache", "client", "permissions", "accounts", "listen", "servers", "limits",
               "faults", "productionBugs"});
    readWorkers();
    readChain();
    readEgress();
    readServices(reader, root, folder, simulation);
    readFl();
    readInternet();
    simulation.fetchMocks = readFetchMocks(reader, root, folder);
    readCache();
    readClient();
    readPermissions();
    simulation.accounts = readAccounts(reader, root, folder);
    readLimits();
    readFaults(reader, root, simulation);
    simulation.warnings = std::move(reader.warnings);
    reader.finish();
  }

 private:
  ConfigReader reader;
  const ConfigNode& root;
  const fs::path folder;
  Simulation& simulation;

  std::vector<std::string> workerNames() const {
    std::vector<std::string> names;
    for (auto& worker : simulation.workers) names.push_back(worker.name);
    return names;
  }

  std::string workersHelp(std::string_view name) const {
    auto names = workerNames();
    return didYouMean(name, names,
                      names.empty() ? "add \"workers\": {\"" + std::string(name) + "\": \"path\"}"
                                    : "\"workers\" has " + listed(names));
  }

  void readWorkers() {
    auto* workers = reader.member(root, "workers", NodeKind::kObject);
    if (workers == nullptr || workers->members.empty()) {
      if (reader.errors.empty()) {
        reader.error(workers == nullptr ? root.offset : workers->offset,
                     "the simulation has no workers",
                     "add \"workers\": {\"name\": \"folder of the worker\"}");
      }
      return;
    }
    for (auto& member : workers->members) readWorker(member);
  }

  void readWorker(const ConfigMember& member) {
    WorkerEntry worker;
    worker.name = member.key;
    worker.origin = reader.originAt(member.keyOffset);
    auto where = "workers." + member.key;
    const ConfigNode* path = &member.value;
    if (member.value.is(NodeKind::kObject)) {
      reader.warnOfUnknownKeys(member.value,
                               {"bundle", "environment", "egress", "allow", "account"}, where);
      readEgressOf(member.value, where, worker);
      worker.environment = reader.string(member.value, "environment", where).value_or("");
      worker.account = reader.string(member.value, "account", where).value_or("");
      if (!reader.requiredString(member.value, "bundle", where)) path = nullptr;
      if (path != nullptr) path = &member.value.find("bundle")->value;
    } else if (!reader.expect(member.value, NodeKind::kString, where)) {
      path = nullptr;
    }
    if (isEgressName(member.key)) {
      reader.error(member.keyOffset, "a worker cannot be named \"" + member.key + "\"",
                   "the name stands for an egress; give the worker another one");
    }
    if (path != nullptr) {
      worker.path = absolutePath(path->text(), folder);
      if (!isWorker(worker.path)) reportNoWorker(*path, worker.path);
    }
    // It stays known, so that the chain does not report it again.
    simulation.workers.push_back(std::move(worker));
  }

  void readEgressOf(const ConfigNode& node, const std::string& where, WorkerEntry& worker) {
    if (auto* egress = reader.member(node, "egress", NodeKind::kString, where)) {
      worker.egress = egress->text();
      if (!isEgressName(worker.egress)) {
        reader.error(egress->offset, "there is no egress \"" + worker.egress + "\"",
                     didYouMean(worker.egress, {"fl", "cache", "internet"},
                                R"(it is "fl", "cache" or "internet")"));
      }
    }
    if (node.find("allow") == nullptr) return;
    worker.allow.emplace();
    for (auto* pattern : reader.strings(node, "allow", where)) {
      checkPattern(pattern->text(), pattern->offset);
      worker.allow->push_back(pattern->text());
    }
  }

  void reportNoWorker(const ConfigNode& node, const fs::path& path) {
    if (isFolder(path)) {
      reader.error(node.offset, "the folder \"" + node.text() + "\" is not a worker",
                   "it needs wrangler.jsonc, wrangler.json, wrangler.toml or built JavaScript");
    } else {
      reader.error(node.offset, "there is no file or folder \"" + node.text() + "\"",
                   nearestFile(node.text(), path, folder));
    }
  }

  void readChain() {
    auto* chain = root.find("chain");
    if (chain == nullptr) {
      if (simulation.workers.size() == 1) {
        simulation.chain.push_back(simulation.workers[0].name);
      } else if (!simulation.workers.empty()) {
        reader.error(root.offset, "the simulation has no chain",
                     "add \"chain\": [" + quoted(workerNames()) + "], in the order of the request");
      }
      return;
    }
    for (auto* node : reader.strings(root, "chain")) {
      auto& name = node->text();
      if (simulation.findWorker(name) == nullptr) {
        reader.error(node->offset, "the chain names a worker \"" + name + "\" that is not there",
                     workersHelp(name));
      } else if (std::find(simulation.chain.begin(), simulation.chain.end(), name) !=
                 simulation.chain.end()) {
        reader.error(node->offset, "the chain names the worker \"" + name + "\" twice");
      } else {
        simulation.chain.push_back(name);
      }
    }
    if (chain->value.is(NodeKind::kArray) && chain->value.items.empty()) {
      reader.error(chain->value.offset, "the chain is empty", "name at least one worker");
    }
  }

  static std::string quoted(const std::vector<std::string>& names) {
    std::string text;
    for (auto& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
    return text;
  }

  void readEgress() {
    auto* node = reader.member(root, "egress", NodeKind::kString);
    if (node == nullptr) return;
    auto& name = node->text();
    simulation.egress = name;
    if (isEgressName(name)) return;
    if (simulation.findWorker(name) == nullptr) {
      auto names = workerNames();
      names.insert(names.end(), {"fl", "cache", "internet"});
      reader.error(
          node->offset, "there is no egress \"" + name + "\"",
          didYouMean(name, names, "it is \"fl\", \"cache\", \"internet\" or the name of a worker"));
    } else if (std::find(simulation.chain.begin(), simulation.chain.end(), name) !=
               simulation.chain.end()) {
      reader.error(node->offset, "the egress \"" + name + "\" is a worker of the chain itself",
                   "name a worker outside of the chain, \"fl\", \"cache\" or \"internet\"");
    }
  }

  void readFl() {
    auto* fl = reader.member(root, "fl", NodeKind::kObject);
    if (fl == nullptr) return;
    reader.warnOfUnknownKeys(*fl, {"url"}, "fl");
    auto* url = reader.member(*fl, "url", NodeKind::kString, "fl");
    if (url == nullptr) return;
    simulation.flUrl = url->text();
    if (!isHttpUrl(url->text())) {
      reader.error(url->offset, "\"" + url->text() + "\" is not a URL of FL",
                   "such as \"http://127.0.0.1:9080\"");
    }
  }

  void readInternet() {
    auto* internet = reader.member(root, "internet", NodeKind::kObject);
    if (internet == nullptr) return;
    reader.warnOfUnknownKeys(*internet, {"allow", "resolve", "connectTimeoutMs", "timeoutMs"},
                             "internet");
    readTimeout(*internet, "connectTimeoutMs", simulation.internet.connectTimeoutMillis);
    readTimeout(*internet, "timeoutMs", simulation.internet.timeoutMillis);
    for (auto* pattern : reader.strings(*internet, "allow", "internet")) {
      checkPattern(pattern->text(), pattern->offset);
      simulation.internet.allow.push_back(pattern->text());
    }
    auto* resolve = reader.member(*internet, "resolve", NodeKind::kObject, "internet");
    if (resolve == nullptr) return;
    for (auto& member : resolve->members) {
      checkPattern(member.key, member.keyOffset);
      if (!reader.expect(member.value, NodeKind::kString, "internet.resolve." + member.key))
        continue;
      auto& address = member.value.text();
      if (!isHostAndPort(address)) {
        reader.error(member.value.offset, "\"" + address + "\" is not an address",
                     "it is \"host:port\", such as \"127.0.0.1:9000\"");
      }
      simulation.internet.resolve[member.key] = address;
    }
  }

  void readTimeout(const ConfigNode& internet, std::string_view key, uint32_t& millis) {
    millis =
        uint32_t(reader.integer(internet, key, 1, kMostTimeoutMillis, "internet").value_or(millis));
  }

  void checkPattern(const std::string& pattern, size_t offset) {
    if (isHostPattern(pattern)) return;
    reader.error(offset, "\"" + pattern + "\" is not a host pattern",
                 "it is \"example.com\", \"*.example.com\" or \"*\", without a scheme or port");
  }

  void readCache() {
    auto* cache = reader.member(root, "cache", NodeKind::kObject);
    if (cache != nullptr) simulation.cache = readHttpCache(reader, *cache, folder);
  }

  void readClient() {
    auto* client = reader.member(root, "client", NodeKind::kObject);
    if (client == nullptr) return;
    reader.warnOfUnknownKeys(*client, {"country", "connectedAddress", "colo"}, "client");
    auto letters = [](const std::string& text, size_t count) {
      return text.size() == count && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
             });
    };
    auto take = [&](std::string_view key, std::string& into, auto good, std::string help) {
      auto* node = reader.member(*client, key, NodeKind::kString, "client");
      if (node == nullptr) return;
      into = node->text();
      if (!good(into)) {
        reader.error(node->offset, "\"" + into + "\" is not a " + std::string(key), help);
      }
    };
    take(
        "country", simulation.client.country, [&](auto& text) { return letters(text, 2); },
        "two capital letters (ISO 3166-1), \"XX\" where it is unknown");
    take("connectedAddress", simulation.client.connectedAddress, isIpAddress,
         "an IPv4 or IPv6 address, such as \"192.0.2.1\"");
    take(
        "colo", simulation.client.colo, [&](auto& text) { return letters(text, 3); },
        "three capital letters, such as \"ZRH\"");
  }

  void readPermissions() {
    auto* permissions = reader.member(root, "permissions", NodeKind::kObject);
    if (permissions == nullptr) return;
    std::vector<std::string> services;
    for (auto& service : simulation.services) services.push_back(service.name);
    for (auto& member : permissions->members) {
      if (simulation.findWorker(member.key) == nullptr) {
        reader.error(member.keyOffset,
                     "\"permissions\" names a worker \"" + member.key + "\" that is not there",
                     workersHelp(member.key));
      }
      auto& allowed = simulation.permissions[member.key];
      for (auto* node : reader.strings(*permissions, member.key, "permissions")) {
        allowed.push_back(node->text());
        if (simulation.findService(node->text()) != nullptr) continue;
        reader.error(node->offset, "there is no service \"" + node->text() + "\"",
                     didYouMean(node->text(), services,
                                services.empty() ? "\"services\" is empty"
                                                 : "\"services\" has " + listed(services)));
      }
    }
  }

  void readProductionBugs() {
    auto* bugs = reader.member(root, "productionBugs", NodeKind::kString);
    if (bugs == nullptr) return;
    simulation.keepsProductionBugs = bugs->text() == "kept";
    if (bugs->text() != "kept" && bugs->text() != "mended") {
      reader.error(bugs->offset, "\"" + bugs->text() + "\" is neither \"mended\" nor \"kept\"");
    }
  }

  void readLimits() {
    auto* listen = reader.member(root, "listen", NodeKind::kString);
    if (listen != nullptr) {
      simulation.listen = listen->text();
      if (!isHostAndPort(listen->text())) {
        reader.error(listen->offset, "\"" + listen->text() + "\" is not an address to listen on",
                     "it is \"host:port\", such as \"127.0.0.1:8787\"; port 0 takes a free one");
      }
    }
    simulation.servers =
        uint32_t(reader.integer(root, "servers", 1, kMaxServers).value_or(simulation.servers));
    readProductionBugs();
    auto* limits = reader.member(root, "limits", NodeKind::kObject);
    if (limits == nullptr) return;
    reader.warnOfUnknownKeys(*limits, {"cpuMs", "heapMiB", "subrequests"}, "limits");
    simulation.cpuLimitMillis =
        uint32_t(reader.integer(*limits, "cpuMs", 1, kMaxCpuMillis, "limits").value_or(0));
    simulation.subrequestLimit =
        uint32_t(reader.integer(*limits, "subrequests", 1, kMostSubrequests, "limits")
                     .value_or(simulation.subrequestLimit));
    simulation.heapLimitMiB = uint32_t(reader.integer(*limits, "heapMiB", 8, kMaxHeapMiB, "limits")
                                           .value_or(simulation.heapLimitMiB));
  }
};

// A folder with one worker and no flamesim.jsonc: the worker alone, in a chain of one.
Simulation simulationOfWorker(const fs::path& path, const fs::path& file) {
  Simulation simulation;
  simulation.file = file;
  WorkerEntry worker;
  worker.path = path;
  worker.name = peekWranglerName(file);
  if (worker.name.empty()) worker.name = file.parent_path().filename().string();
  worker.origin.file = displayPath(file);
  simulation.chain.push_back(worker.name);
  simulation.workers.push_back(std::move(worker));
  return simulation;
}

}  // namespace

const ServiceEntry* Simulation::findService(std::string_view name) const {
  for (auto& service : services) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

const WorkerEntry* Simulation::findWorker(std::string_view name) const {
  for (auto& worker : workers) {
    if (worker.name == name) return &worker;
  }
  return nullptr;
}

Simulation loadSimulation(const fs::path& path) {
  auto file = absolutePath(path);
  if (isFolder(file)) {
    auto folder = file;
    file = folder / "flamesim.jsonc";
    if (!isRegularFile(file)) {
      auto config = findWranglerConfig(folder);
      if (config.empty()) {
        throw UserError(Diagnostic{
            .message = "the folder holds no flamesim.jsonc and no wrangler configuration",
            .file = displayPath(folder),
            .help = "add flamesim.jsonc with \"workers\" and \"chain\""});
      }
      return simulationOfWorker(folder, config);
    }
  } else if (file.filename().string().starts_with("wrangler.")) {
    if (isRegularFile(file)) return simulationOfWorker(file, file);
  }
  auto document = readConfigDocument(file);
  Simulation simulation;
  simulation.file = file;
  SimulationReader(document, simulation).read();
  return simulation;
}

}  // namespace flamesim::bundle
