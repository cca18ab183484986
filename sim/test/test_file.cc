#include "sim/test/test_file.h"

#include <chrono>

namespace flamesim::test {

namespace {
server::ServerParts withConsole(server::ServerParts parts, const chain::ConsoleSink& console) {
  parts.console = &console;
  return parts;
}
}  // namespace

TestFile::TestFile(kj::WaitScope& waitScope, const js::Engine& engine,
                   std::shared_ptr<const server::Program> program, server::ServerParts parts,
                   TestOptions options)
    : options(std::move(options)),
      time(waitScope, parts.outside,
           std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now())),
      console([this](const std::string& worker, std::string_view level, const std::string& text) {
        lines.push_back({worker, std::string(level), text});
      }),
      server(engine, std::move(program), time.clock, withConsole(std::move(parts), console)) {
  for (auto& name : server.tests()) {
    if (!this->options.isWanted || this->options.isWanted(name)) wanted.push_back(name);
  }
}

TestResult TestFile::run(const std::string& name) {
  auto start = std::chrono::steady_clock::now();
  TestResult result{.name = name};
  bool ended = false;
  auto work = server.runTest(name, options.seed)
                  .then(
                      [&](chain::TestOutcome&& outcome) {
                        result.failure = std::move(outcome.failure);
                        ended = true;
                      },
                      [&](kj::Exception&& error) {
                        result.failure = {.message = error.getDescription().cStr()};
                        ended = true;
                      })
                  .eagerlyEvaluate(nullptr);
  auto limit = time.clock.now() + options.timeout;
  time.settle();
  while (!ended && time.step(limit)) {
  }
  if (!ended) result.failure = unfinished();
  work = nullptr;
  result.console = std::exchange(lines, {});
  result.took = std::chrono::steady_clock::now() - start;
  return result;
}

// Nothing is due within the time that a test has.
js::ErrorReport TestFile::unfinished() const {
  auto seconds = std::chrono::duration<double>(options.timeout).count();
  auto text = std::to_string(seconds);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return {.name = "Error",
          .message = "the test did not end within " + text + " s of the time that workers see"};
}

}  // namespace flamesim::test
