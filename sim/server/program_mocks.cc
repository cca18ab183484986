#include "sim/server/program_mocks.h"

#include <algorithm>

#include "sim/bundle/capnp_schema.h"

namespace flamesim::server {

namespace {

// What the interface is called in the schema: all of its name is given.
void checkInterface(const bundle::ServiceEntry& service, const std::string& schema) {
  auto names = bundle::interfacesOf(schema).orThrow();
  if (std::find(names.begin(), names.end(), service.interfaceName) != names.end()) return;
  auto near = nearest(service.interfaceName, names);
  std::string all;
  for (auto& name : names) all += (all.empty() ? "it has " : ", ") + name;
  throw UserError(service.origin.diagnostic("the schema of the service \"" + service.name +
                                                "\" has no interface \"" + service.interfaceName +
                                                "\"",
                                            near.empty() ? all : "did you mean \"" + near + "\"?"));
}

std::shared_ptr<const bundle::Bundle> keep(Program& program, bundle::Bundle bundle) {
  auto& warnings = bundle.warnings;
  program.warnings.insert(program.warnings.end(), warnings.begin(), warnings.end());
  return std::make_shared<bundle::Bundle>(std::move(bundle));
}

}  // namespace

void loadServiceModules(Program& program) {
  for (auto& service : program.simulation.services) {
    if (service.source != bundle::ServiceSource::kJavascript) continue;
    auto bundle = bundle::loadMock(service.data, "mock of " + service.name, service.schema);
    checkInterface(service, bundle.capnpSchema);
    program.serviceModules.push_back({.service = service.name,
                                      .interfaceName = service.interfaceName,
                                      .bundle = keep(program, std::move(bundle))});
  }
}

void loadFetchMocks(Program& program) {
  for (auto& [name, mock] : program.simulation.fetchMocks) {
    if (mock.isTable) {
      program.fetchTables.emplace(name, net::FetchTable::load(mock.file));
    } else {
      auto bundle = bundle::loadMock(mock.file, "mock of " + name);
      program.fetchModules.emplace(name, keep(program, std::move(bundle)));
    }
  }
}

std::shared_ptr<const Program> loadServiceModules(bundle::Simulation simulation) {
  auto program = std::make_shared<Program>();
  program->simulation = std::move(simulation);
  program->simulation.chain.clear();
  program->simulation.workers.clear();
  program->simulation.egress = "fl";
  loadServiceModules(*program);
  return program;
}

}  // namespace flamesim::server
