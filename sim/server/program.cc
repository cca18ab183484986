#include "sim/bundle/check.h"
#include "sim/server/simulated_server.h"

namespace flamesim::server {

std::shared_ptr<const Program> loadProgram(const std::filesystem::path& path) {
  auto program = std::make_shared<Program>();
  program->simulation = bundle::loadSimulation(path);
  auto& simulation = program->simulation;
  program->warnings = simulation.warnings;
  std::vector<Diagnostic> problems;
  for (auto& worker : simulation.workers) {
    auto loaded = std::make_shared<bundle::Bundle>(bundle::load(worker.path, worker.environment));
    for (auto& warning : loaded->warnings) program->warnings.push_back(warning);
    for (auto& problem : bundle::checkBindings(simulation, worker, *loaded)) {
      (problem.severity == Severity::kError ? problems : program->warnings).push_back(problem);
    }
    program->workers.push_back({worker.name, std::move(loaded)});
  }
  if (!problems.empty()) throw UserError::ofAll(std::move(problems));
  return program;
}

}  // namespace flamesim::server
