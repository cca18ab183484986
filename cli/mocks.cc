// flamesim mocks: the emulated services for other programs.
#include "cli/command.h"

#include <kj/async-unix.h>
#include <signal.h>

#include <iostream>

#include "cli/services.h"
#include "mocks/serve.h"

namespace flamesim::cli {

namespace {

// `listen`: [SERVICE=]ADDRESS, the service's name may be left out when there is just one.
void serve(const std::string& path, const std::vector<std::string>& listen) {
  auto simulation = bundle::loadSimulation(path);
  printWarnings(simulation.warnings);
  if (simulation.services.empty()) {
    throw UserError(simulation.file.string() + " configures no services", ExitCode::kNothingRun);
  }
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  auto io = kj::setupAsyncIo();
  ServiceData services(simulation, LogOutput::kFile);
  std::vector<kj::Own<mocks::Listener>> listeners;
  for (auto& argument : listen) {
    size_t equals = argument.find('=');
    std::string name = equals == std::string::npos ? "" : argument.substr(0, equals);
    std::string address = equals == std::string::npos ? argument : argument.substr(equals + 1);
    if (name.empty()) {
      if (simulation.services.size() != 1) {
        throw UserError("--listen " + argument +
                        ": say which service, as in --listen rrdns=unix:/run/rrdns.sock");
      }
      name = simulation.services[0].name;
    }
    if (simulation.findService(name) == nullptr) {
      std::vector<std::string> names;
      for (auto& service : simulation.services) names.push_back(service.name);
      std::string near = nearest(name, names);
      throw UserError(
          Diagnostic{.message = "no service \"" + name + "\" in " + simulation.file.string(),
                     .help = near.empty() ? "" : "did you mean \"" + near + "\"?"});
    }
    auto& network = io.provider->getNetwork();
    try {
      listeners.push_back(
          mocks::serve(network, address, services.client(name, network)).wait(io.waitScope));
    } catch (const kj::Exception& error) {
      throw UserError(error.getDescription().cStr());
    }
    std::cerr << "flamesim: " << name << " on " << listeners.back()->address() << "\n";
  }
  auto control = serveControl(io, simulation.file, services.admins());
  io.unixEventPort.onSignal(SIGINT)
      .exclusiveJoin(io.unixEventPort.onSignal(SIGTERM))
      .ignoreResult()
      .wait(io.waitScope);
  services.printLosses(std::cerr);
}

}  // namespace

void addMocks(CLI::App& app, ExitCode&) {
  auto* command = app.add_subcommand("mocks", "The emulated services for other programs");
  command->require_subcommand(1);

  struct ServeArguments {
    std::string path = ".";
    std::vector<std::string> listen;
  };
  auto serving = std::make_shared<ServeArguments>();
  auto* serveCommand = command->add_subcommand("serve", "Serve them over Cap'n Proto RPC");
  serveCommand->add_option("project", serving->path, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  serveCommand
      ->add_option("--listen", serving->listen,
                   "[SERVICE=]unix:/path or [SERVICE=]HOST:PORT; may be given several times")
      ->required();
  serveCommand->callback([serving] { serve(serving->path, serving->listen); });
}

}  // namespace flamesim::cli
