// The tests of one file, run in a simulated server on virtual time.
#pragma once

#include <kj/async-io.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/server/simulated_server.h"
#include "sim/server/virtual_time.h"

namespace flamesim::test {

struct TestOptions {
  uint64_t seed = 1;                                      // of what the workers draw
  Duration timeout = std::chrono::seconds(60);            // of one test, virtual
  std::function<bool(const std::string& name)> isWanted;  // empty: all are
};

struct ConsoleLine {
  std::string worker;
  std::string level;
  std::string text;
};

struct TestResult {
  std::string name;  // of the export
  std::optional<js::ErrorReport> failure;
  std::vector<ConsoleLine> console;
  Duration took = Duration::zero();  // real time
};

class TestFile {
 public:
  // Loads the file's worker and the chain. `program` is of server::loadTestProgram(); `engine`,
  // `waitScope` and what `parts` points to must outlive this. Throws UserError.
  TestFile(kj::WaitScope& waitScope, const js::Engine& engine,
           std::shared_ptr<const server::Program> program, server::ServerParts parts,
           TestOptions options);

  // Its tests, in the order in which they run, those that are not wanted left out.
  const std::vector<std::string>& names() const { return wanted; }
  TestResult run(const std::string& name);

 private:
  js::ErrorReport unfinished() const;

  const TestOptions options;
  server::VirtualTime time;
  std::vector<ConsoleLine> lines;
  const chain::ConsoleSink console;
  server::SimulatedServer server;
  std::vector<std::string> wanted;
};

}  // namespace flamesim::test
