// flamesim mocks: the emulated services for other programs, and their files.
#include "cli/command.h"

#include <kj/async-unix.h>
#include <signal.h>

#include <filesystem>
#include <iostream>

#include "cli/mock_check.h"
#include "cli/services.h"
#include "mocks/serve.h"
#include "sim/web/snapshot_blob.h"

namespace flamesim::cli {

namespace {

struct ServeArguments {
  std::string path = ".";
  std::vector<std::string> listen;
};

struct Place {
  std::string service;
  std::string address;
};

[[noreturn]] void noSuchService(const std::string& name, const bundle::Simulation& simulation) {
  std::vector<std::string> names;
  for (auto& service : simulation.services) names.push_back(service.name);
  std::string near = nearest(name, names);
  throw UserError(
      Diagnostic{.message = "no service \"" + name + "\" in " + simulation.file.string(),
                 .help = near.empty() ? "" : "did you mean \"" + near + "\"?"});
}

// Every service on a Unix socket in `folder`, which is made where it is not there.
void addFolder(const std::string& folder, const bundle::Simulation& simulation,
               std::vector<Place>& places) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw UserError("cannot make the folder " + folder + ": " + failed.message());
  for (auto& service : simulation.services) {
    auto socket =
        std::filesystem::absolute(std::filesystem::path(folder) / (service.name + ".sock"));
    places.push_back({service.name, "unix:" + socket.string()});
  }
}

// `listen`: [SERVICE=]ADDRESS, where the service's name may be left out when there is just one, or
// a folder for the sockets of all. Nothing: all, each on a free port of 127.0.0.1.
std::vector<Place> placesOf(const std::vector<std::string>& listen,
                            const bundle::Simulation& simulation) {
  std::vector<Place> places;
  for (auto& argument : listen) {
    size_t equals = argument.find('=');
    if (equals == std::string::npos && argument.find(':') == std::string::npos) {
      addFolder(argument, simulation, places);
      continue;
    }
    std::string name = equals == std::string::npos ? "" : argument.substr(0, equals);
    std::string address = equals == std::string::npos ? argument : argument.substr(equals + 1);
    if (name.empty()) {
      if (simulation.services.size() != 1) {
        throw UserError("--listen " + argument +
                        ": say which service, as in --listen rrdns=unix:/run/rrdns.sock");
      }
      name = simulation.services[0].name;
    }
    if (simulation.findService(name) == nullptr) noSuchService(name, simulation);
    places.push_back({name, address});
  }
  if (!listen.empty()) return places;
  for (auto& service : simulation.services) places.push_back({service.name, "127.0.0.1:0"});
  return places;
}

// The services that modules stand for: a simulated server without workers, made for the first.
class ModuleHost {
 public:
  // `clock` must outlive this.
  ModuleHost(bundle::Simulation simulation, Clock& clock)
      : program(server::loadServiceModules(std::move(simulation))) {
    if (program->serviceModules.empty()) return;
    printWarnings(program->warnings);
    console = [](const std::string& worker, std::string_view level, const std::string& text) {
      std::cerr << "[" << worker << "] " << level << ": " << text << "\n";
    };
    engine = std::make_unique<js::Engine>(web::embeddedSnapshot());
    watchdog = std::make_unique<js::Watchdog>();
    server::ServerParts parts;
    parts.watchdog = watchdog.get();
    parts.console = &console;
    server = std::make_unique<server::SimulatedServer>(*engine, program, clock, std::move(parts));
  }

  // A capability for one connection.
  capnp::Capability::Client open(const std::string& service) {
    return server->service(service, ++lastSeed);
  }

 private:
  const std::shared_ptr<const server::Program> program;
  chain::ConsoleSink console;
  std::unique_ptr<js::Engine> engine;
  std::unique_ptr<js::Watchdog> watchdog;
  std::unique_ptr<server::SimulatedServer> server;
  uint64_t lastSeed = 0;
};

void serve(const ServeArguments& arguments) {
  auto simulation = bundle::loadSimulation(arguments.path);
  printWarnings(simulation.warnings);
  if (simulation.services.empty()) {
    throw UserError(simulation.file.string() + " configures no services", ExitCode::kNothingRun);
  }
  auto places = placesOf(arguments.listen, simulation);
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  auto io = kj::setupAsyncIo();
  RealClock clock(io.provider->getTimer());
  ServiceData services(simulation, LogOutput::kFile);
  ModuleHost modules(simulation, clock);
  auto& network = io.provider->getNetwork();
  std::vector<kj::Own<mocks::Listener>> listeners;
  for (auto& place : places) {
    bool isModule =
        simulation.findService(place.service)->source == bundle::ServiceSource::kJavascript;
    auto open = [&, name = place.service, isModule]() -> capnp::Capability::Client {
      return isModule ? modules.open(name) : services.client(name, network, &clock);
    };
    try {
      listeners.push_back(
          mocks::serveEach(network, place.address, kj::mv(open)).wait(io.waitScope));
    } catch (const kj::Exception& error) {
      throw UserError(error.getDescription().cStr());
    }
    std::cerr << "flamesim: " << place.service << " on " << listeners.back()->address() << "\n";
  }
  auto control = serveControl(io, simulation.file, services.admins());
  io.unixEventPort.onSignal(SIGINT)
      .exclusiveJoin(io.unixEventPort.onSignal(SIGTERM))
      .ignoreResult()
      .wait(io.waitScope);
  services.printLosses(std::cerr);
}

void addServe(CLI::App& command) {
  auto arguments = std::make_shared<ServeArguments>();
  auto* serving = command.add_subcommand("serve", "Serve them over Cap'n Proto RPC");
  serving->add_option("project", arguments->path, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  serving->add_option("--listen", arguments->listen,
                      "[SERVICE=]unix:/path or [SERVICE=]HOST:PORT, or a folder for a socket of "
                      "each; may be given several times (default: each on a free port)");
  serving->callback([arguments] { serve(*arguments); });
}

void addCheck(CLI::App& command, ExitCode& code) {
  auto path = std::make_shared<std::string>(".");
  auto* check = command.add_subcommand(
      "check", "Hold tables, data and modules of the services against their schemas");
  check->add_option("project", *path, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  check->callback([path, &code] { code = checkMocks(bundle::loadSimulation(*path), std::cout); });
}

}  // namespace

void addMocks(CLI::App& app, ExitCode& code) {
  auto* command = app.add_subcommand("mocks", "The emulated services for other programs");
  command->require_subcommand(1);
  addServe(*command);
  addCheck(*command, code);
}

}  // namespace flamesim::cli
