#include <algorithm>

#include "sim/bundle/check.h"
#include "sim/server/simulated_server.h"

namespace flamesim::server {

namespace {

// Adds a worker; what is wrong with its bindings goes to `problems`.
void add(Program& program, const bundle::WorkerEntry& entry, bundle::Bundle loaded,
         std::vector<Diagnostic>& problems) {
  for (auto& warning : loaded.warnings) program.warnings.push_back(warning);
  for (auto& problem : bundle::checkBindings(program.simulation, entry, loaded)) {
    (problem.severity == Severity::kError ? problems : program.warnings).push_back(problem);
  }
  program.workers.push_back({.name = entry.name,
                             .bundle = std::make_shared<bundle::Bundle>(std::move(loaded)),
                             .egress = entry.egress});
}

std::shared_ptr<Program> load(bundle::Simulation simulation) {
  auto program = std::make_shared<Program>();
  program->simulation = std::move(simulation);
  program->warnings = program->simulation.warnings;
  std::vector<Diagnostic> problems;
  for (auto& worker : program->simulation.workers) {
    add(*program, worker, bundle::load(worker.path, worker.environment), problems);
  }
  if (!problems.empty()) throw UserError::ofAll(std::move(problems));
  return program;
}

bundle::Simulation simulationOfTest(const std::filesystem::path& file,
                                    const std::filesystem::path& configuration) {
  if (!configuration.empty()) return bundle::loadSimulation(configuration);
  auto found = bundle::findUpwards(
      file.parent_path(), {"flamesim.jsonc", "wrangler.json", "wrangler.jsonc", "wrangler.toml"});
  return found.empty() ? bundle::Simulation() : bundle::loadSimulation(found);
}

}  // namespace

std::shared_ptr<const Program> loadProgram(const std::filesystem::path& path) {
  return load(bundle::loadSimulation(path));
}

std::shared_ptr<const Program> loadTestProgram(const std::filesystem::path& file,
                                               const std::filesystem::path& configuration) {
  auto tests = bundle::loadTest(file);
  auto program = load(simulationOfTest(file, configuration));
  auto& simulation = program->simulation;
  if (simulation.findWorker(tests.name) != nullptr) {
    throw UserError("the name \"" + tests.name +
                    "\" is that of the tests: call the worker otherwise");
  }
  bundle::WorkerEntry entry{.name = tests.name, .path = file};
  std::vector<Diagnostic> problems;
  add(*program, entry, std::move(tests), problems);
  if (!problems.empty()) throw UserError::ofAll(std::move(problems));
  simulation.chain.insert(simulation.chain.begin(), entry.name);
  simulation.workers.push_back(std::move(entry));
  return program;
}

}  // namespace flamesim::server
