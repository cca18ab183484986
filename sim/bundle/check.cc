#include "sim/bundle/check.h"

#include <algorithm>

#include "sim/bundle/binding_types.h"
#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/check_accounts.h"
#include "sim/bundle/files.h"

namespace flamesim::bundle {

namespace {

std::string fieldOf(const Binding& binding, std::string_view name) {
  auto found = binding.fields.find(name);
  return found != binding.fields.end() && found->is_string() ? found->get<std::string>() : "";
}

bool fits(const nlohmann::json& value, FieldType type) {
  switch (type) {
    case FieldType::kString:
      return value.is_string() && !value.get_ref<const std::string&>().empty();
    case FieldType::kCount:
      return value.is_number_integer() && value >= 0;
    case FieldType::kCount32:
      return value.is_number_integer() && value >= 0 && value <= UINT32_MAX;
    case FieldType::kText:
      return value.is_string();
    case FieldType::kAny:
      return true;
  }
  return false;
}

std::string_view fieldTypeName(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return "a string that is not empty";
    case FieldType::kCount:
      return "a whole number from 0";
    case FieldType::kCount32:
      return "a whole number from 0 to 4294967295";
    case FieldType::kText:
      return "a string";
    case FieldType::kAny:
      return "any value";
  }
  return "";
}

// What the help lines suggest to add for a missing service.
std::string exampleService(const std::string& name) {
  if (name == "rrdns") return "{\"source\": \"rrdns\", \"zones\": \"zones.json\"}";
  if (name == "quicksilver") return "{\"source\": \"quicksilver\", \"data\": \"data.json\"}";
  if (name == "logfwdr") return "{\"source\": \"logfwdr\", \"output\": \"logs.bin\"}";
  return "{\"source\": \"table\", \"schema\": \"" + name +
         ".capnp\", \"interface\": \"...\", "
         "\"table\": \"" +
         name + ".json\"}";
}

class Checker {
 public:
  Checker(const Simulation& simulation, const WorkerEntry& worker, const Bundle& bundle)
      : simulation(simulation),
        worker(worker),
        bundle(bundle),
        accounts(simulation, worker),
        file(simulationFile()) {}

  std::vector<Diagnostic> check() {
    for (auto& binding : bundle.bindings) checkBinding(binding);
    for (auto& consumer : bundle.tailConsumers) checkTailConsumer(consumer);
    return std::move(found);
  }

 private:
  const Simulation& simulation;
  const WorkerEntry& worker;
  const Bundle& bundle;
  const AccountCheck accounts;
  const std::string file;  // flamesim.jsonc, as the help lines name it
  std::vector<Diagnostic> found;

  // A worker alone has no flamesim.jsonc yet; it would stand beside its configuration.
  std::string simulationFile() const {
    auto path = simulation.file;
    if (path.filename().string().starts_with("wrangler.")) {
      path = path.parent_path() / "flamesim.jsonc";
    }
    return displayPath(path);
  }

  static std::string title(const Binding& binding) {
    return "the binding " + binding.name + " (" + binding.type + ")";
  }

  void error(const Binding& binding, const std::string& rest, std::string help) {
    found.push_back(binding.origin.diagnostic(title(binding) + " " + rest, std::move(help)));
  }

  void warn(const Binding& binding, const std::string& rest, std::string help) {
    error(binding, rest, std::move(help));
    found.back().severity = Severity::kWarning;
  }

  void checkBinding(const Binding& binding) {
    auto* type = findBindingType(binding.type);
    if (type == nullptr) {
      auto near = nearest(binding.type, bindingTypeNames());
      error(binding, "has a type that flamesim does not know",
            near.empty() ? "the table of binding types is in docs/configuration.md"
                         : "did you mean \"" + near + "\"?");
      return;
    }
    if (!checkFields(binding, *type)) return;
    if (auto refusal = accounts.refusalOf(binding)) error(binding, refusal->rest, refusal->help);
    switch (type->provider) {
      case BindingProvider::kItself:
        return;
      case BindingProvider::kCapability:
        checkCapability(binding);
        return;
      case BindingProvider::kLogfwdr:
        checkLogfwdr(binding);
        return;
      case BindingProvider::kAnalytics:
        checkAnalytics(binding);
        return;
      case BindingProvider::kWorker:
        checkWorker(binding);
        return;
      case BindingProvider::kEgress:
        checkEgress(binding);
        return;
      case BindingProvider::kNobody:
        error(binding, "is of a type that flamesim does not emulate",
              "remove the binding for the simulation, in an environment of its own");
        return;
    }
  }

  bool checkFields(const Binding& binding, const BindingType& type) {
    size_t before = found.size();
    for (auto& field : type.fields) {
      auto value = binding.fields.find(field.name);
      std::string name(field.name);
      if (value == binding.fields.end()) {
        if (field.required) {
          error(binding, "lacks \"" + name + "\"",
                "add \"" + name + "\" to it: " + std::string(fieldTypeName(field.type)));
        }
      } else if (!fits(*value, field.type)) {
        error(binding, "has a wrong \"" + name + "\": " + value->dump(),
              "it must be " + std::string(fieldTypeName(field.type)));
      }
    }
    return found.size() == before;
  }

  void checkPermission(const Binding& binding, const std::string& service) {
    auto allowed = simulation.permissions.find(worker.name);
    if (allowed == simulation.permissions.end()) return;
    auto& names = allowed->second;
    if (std::find(names.begin(), names.end(), service) != names.end()) return;
    error(
        binding,
        "uses the service \"" + service + "\", which the worker " + worker.name + " may not bind",
        "add \"" + service + "\" to \"permissions\": {\"" + worker.name + "\": [...]} in " + file);
  }

  std::vector<std::string> serviceNames() const {
    std::vector<std::string> names;
    for (auto& service : simulation.services) names.push_back(service.name);
    return names;
  }

  std::string helpToAddService(const std::string& name) const {
    auto near = nearest(name, serviceNames());
    auto help = "add \"" + name + "\": " + exampleService(name) + " to \"services\" in " + file;
    return near.empty() ? help : "did you mean \"" + near + "\"? Else " + help;
  }

  void checkCapability(const Binding& binding) {
    auto service = fieldOf(binding, "service");
    if (simulation.findService(service) == nullptr) {
      error(binding, "needs a service \"" + service + "\", which is not in the simulation",
            helpToAddService(service));
    } else {
      checkPermission(binding, service);
    }
    checkInterface(binding, fieldOf(binding, "interface"));
  }

  void checkInterface(const Binding& binding, const std::string& interfaceName) {
    if (bundle.capnpSchema.empty()) {
      error(binding, "needs a schema, but the worker bundles none",
            "add \"unsafe\": {\"capnp\": {\"base_path\": \"schemas\", \"source_schemas\": "
            "[\"" +
                fieldOf(binding, "service") + ".capnp\"]}} to the worker's configuration");
      return;
    }
    auto names = interfacesOf(bundle.capnpSchema);
    if (!names) return;  // load() said so
    auto matches = [&](const std::string& name) {
      return name == interfaceName || name.ends_with("." + interfaceName);
    };
    if (std::any_of(names.value().begin(), names.value().end(), matches)) return;
    auto near = nearest(interfaceName, names.value());
    error(binding, "names an interface \"" + interfaceName + "\" that the bundled schema lacks",
          near.empty() ? "add its schema to \"source_schemas\" of \"unsafe.capnp\""
                       : "did you mean \"" + near + "\"?");
  }

  void checkLogfwdr(const Binding& binding) {
    if (simulation.findService(kLogfwdrService) != nullptr) {
      checkPermission(binding, kLogfwdrService);
      return;
    }
    std::string help = std::string("add \"") + kLogfwdrService +
                       "\": " + exampleService(kLogfwdrService) + " to \"services\" in " + file;
    for (auto& service : simulation.services) {
      if (service.source == ServiceSource::kLogfwdr) {
        help =
            "rename the service \"" + service.name + "\" to \"" + kLogfwdrService + "\" in " + file;
      }
    }
    error(binding, "needs a service \"logfwdr\", which is not in the simulation", help);
  }

  // Without a service its points go nowhere, which is what tests and a first try want.
  void checkAnalytics(const Binding& binding) {
    auto* service = simulation.findService(kAnalyticsService);
    if (service != nullptr) {
      checkPermission(binding, kAnalyticsService);
      if (service->source != ServiceSource::kAnalytics &&
          service->source != ServiceSource::kSocket) {
        error(binding, "needs the service \"analytics\" to be of the source \"analytics\"",
              "rename the service \"analytics\" in " + file);
      }
      return;
    }
    for (auto& other : simulation.services) {
      if (other.source != ServiceSource::kAnalytics) continue;
      error(binding, "needs a service \"analytics\", which is not in the simulation",
            "rename the service \"" + other.name + "\" to \"analytics\" in " + file);
    }
  }

  std::string helpToAddWorker(const std::string& name) const {
    std::vector<std::string> names;
    for (auto& each : simulation.workers) names.push_back(each.name);
    auto near = nearest(name, names);
    auto help = "add \"" + name + "\": \"folder of the worker\" to \"workers\" in " + file;
    return near.empty() ? help : "did you mean \"" + near + "\"? Else " + help;
  }

  void checkWorker(const Binding& binding) {
    auto service = fieldOf(binding, "service");
    if (simulation.findWorker(service) != nullptr) return;
    error(binding, "needs a worker \"" + service + "\", which is not in the simulation",
          helpToAddWorker(service));
  }

  void checkTailConsumer(const TailConsumer& consumer) {
    if (auto refusal = accounts.refusalOfConsumer(consumer.service)) {
      found.push_back(consumer.origin.diagnostic(
          "the tail consumer \"" + consumer.service + "\" " + refusal->rest, refusal->help));
    }
    if (simulation.findWorker(consumer.service) != nullptr) return;
    found.push_back(consumer.origin.diagnostic(
        "the tail consumer \"" + consumer.service + "\" is not in the simulation: it hears nothing",
        helpToAddWorker(consumer.service)));
    found.back().severity = Severity::kWarning;
  }

  void checkEgress(const Binding& binding) {
    auto to = fieldOf(binding, "to");
    if (to == "fl") {
      if (simulation.flUrl.empty()) {
        warn(binding, "goes to FL, whose address is not known: only a replay can answer for it",
             "add \"fl\": {\"url\": \"http://127.0.0.1:9080\"} to " + file);
      }
    } else if (to == "cache") {
      if (!simulation.cache.enabled) {
        warn(binding, "goes to the HTTP cache, which is off: nothing will be kept",
             "add \"cache\": {\"enabled\": true} to " + file);
      }
    } else if (to != "internet") {
      auto near = nearest(to, {"fl", "cache", "internet"});
      error(binding, "goes to an unknown egress \"" + to + "\"",
            near.empty() ? "it is \"fl\", \"cache\" or \"internet\""
                         : "did you mean \"" + near + "\"?");
    }
  }
};

}  // namespace

std::vector<Diagnostic> checkBindings(const Simulation& simulation, const WorkerEntry& worker,
                                      const Bundle& bundle) {
  return Checker(simulation, worker, bundle).check();
}

}  // namespace flamesim::bundle
