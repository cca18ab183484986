#include <kj/exception.h>

#include <iostream>

#include "cli/command.h"
#include "mocks/problem.h"

namespace flamesim::cli {

void printWarnings(const std::vector<Diagnostic>& warnings) {
  for (auto& warning : warnings) {
    auto shown = warning;
    shown.severity = Severity::kWarning;
    std::cerr << shown.render();
  }
}

}  // namespace flamesim::cli

int main(int argc, char** argv) {
  using namespace flamesim;
  CLI::App app{"Runs internal workers as the edge would, and holds them against the front line."};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("flamesim 0.1.0"));
  app.failure_message(CLI::FailureMessage::help);
  ExitCode code = ExitCode::kSame;
  cli::addDev(app, code);
  cli::addReplay(app, code);
  cli::addDiff(app, code);
  cli::addDeviations(app, code);
  cli::addReport(app, code);
  cli::addRecord(app, code);
  cli::addCapture(app, code);
  cli::addTest(app, code);
  cli::addLogs(app, code);
  cli::addAnalytics(app, code);
  cli::addMocks(app, code);
  cli::addQuicksilver(app, code);
  cli::addRrdns(app, code);
  cli::addCache(app, code);
  cli::addStats(app, code);
  try {
    app.parse(argc, argv);
    return int(code);
  } catch (const CLI::ParseError& error) {
    // Asking for help is no error.
    return app.exit(error) == 0 ? 0 : int(ExitCode::kUsage);
  } catch (const UserError& error) {
    std::cerr << error.what();
    return int(error.code);
  } catch (const mocks::InputError& error) {
    std::cerr << error.what();
    return int(ExitCode::kUsage);
  } catch (const kj::Exception& error) {
    std::cerr << "error: " << error.getDescription().cStr() << "\n";
    return int(ExitCode::kRunFailed);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return int(ExitCode::kRunFailed);
  }
}
