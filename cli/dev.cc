// flamesim dev: serves the chain on a laptop.
#include <kj/async-unix.h>
#include <signal.h>

#include <future>
#include <iostream>

#include "cli/command.h"
#include "cli/http_cache_admin.h"
#include "cli/network.h"
#include "cli/services.h"
#include "cli/stats.h"
#include "sim/bundle/simulation_faults.h"
#include "sim/net/curl_library.h"
#include "sim/net/ingress.h"
#include "sim/server/handler_endpoint.h"
#include "sim/web/faces.h"
#include "sim/web/snapshot_blob.h"

namespace flamesim::cli {

namespace {

class DevHandler final : public net::Ingress::Handler {
 public:
  DevHandler(server::SimulatedServer& server, const bundle::Simulation& simulation, Clock& clock)
      : server(server), simulation(simulation), clock(clock), random(systemSeed()) {}

  kj::Promise<net::Response> handle(net::Request request, net::ClientContext client) override {
    if (server::isHandlerUrl(request.url)) return callHandler(kj::mv(request));
    if (client.rayId.empty()) client.rayId = newRayId();
    return server.serve(kj::mv(request), std::move(client), random.next());
  }

 private:
  kj::Promise<net::Response> callHandler(net::Request request) {
    auto body =
        request.body.isNull() ? kj::Promise<std::string>("") : request.body.takeBytes(kMostOfBatch);
    return body.then([this, request = kj::mv(request)](std::string body) mutable {
      return callHandler(request, body);
    });
  }

  kj::Promise<net::Response> callHandler(const net::Request& request, const std::string& body) {
    try {
      auto now = double(nanosOf(clock.now()) / 1'000'000);
      auto call = server::parseHandlerCall(request, body, now, simulation);
      auto outcome = server.send(call.worker, call.event, random.next());
      return outcome.then([call = std::move(call)](web::EventOutcome outcome) {
        return server::answerFor(call, outcome);
      });
    } catch (const UserError& error) {
      return server::answerFor(error);
    }
  }

  std::string newRayId() {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string id(16, '0');
    uint64_t bits = random.next();
    for (auto& c : id) {
      c = kDigits[bits & 15];
      bits >>= 4;
    }
    return id + "-" + simulation.client.colo;
  }

  static constexpr uint64_t kMostOfBatch = 64 << 20;  // bytes

  server::SimulatedServer& server;
  const bundle::Simulation& simulation;
  Clock& clock;
  Random random;
};

// Those of flamesim.jsonc and of the file that `--faults` names; nullptr: there are none.
std::shared_ptr<faults::FaultPlans> faultsOf(const bundle::Simulation& simulation,
                                             const std::string& file) {
  auto settings = simulation.faults;
  if (!file.empty()) {
    auto more = bundle::loadFaults(file, simulation);
    settings.seed = more.seed;
    settings.rules.insert(settings.rules.end(), more.rules.begin(), more.rules.end());
  }
  return settings.rules.empty() ? nullptr : std::make_shared<faults::FaultPlans>(settings);
}

void run(const std::string& path, const std::string& listen, const std::string& faults) {
  // Before there are other threads: they inherit that these do not end the process.
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  js::Engine engine(web::embeddedSnapshot());
  js::Nursery nursery(engine, web::webFaces());
  auto program = server::loadProgram(path);
  nursery.expect(program->workers.size());
  printWarnings(program->warnings);
  auto& simulation = program->simulation;
  std::string address = listen.empty() ? simulation.listen : listen;

  auto io = kj::setupAsyncIo();
  js::Watchdog watchdog;
  RealClock clock(io.provider->getTimer());
  ServiceData services(simulation, LogOutput::kFile);
  Network network(io, simulation);
  chain::ConsoleSink console = [](const std::string& worker, std::string_view level,
                                  const std::string& text) {
    std::cerr << "[" << worker << "] " << level << ": " << text << "\n";
  };
  server::ServerParts parts;
  parts.faults = faultsOf(simulation, faults);
  parts.counters = std::make_shared<net::CallCounters>();
  auto counters = parts.counters;
  services.serve(parts, io.provider->getNetwork(),
                 {.faults = parts.faults, .counters = parts.counters});
  parts.network = network.fetchers();
  parts.watchdog = &watchdog;
  parts.nursery = &nursery;
  parts.console = &console;
  server::SimulatedServer server(engine, program, clock, std::move(parts));

  // The first request that goes out finds libcurl loaded, and nobody has waited for it.
  auto curl = std::async(std::launch::async, net::startCurl);
  DevHandler handler(server, simulation, clock);
  net::Ingress ingress(io.provider->getTimer(), handler, {.webSockets = true});
  auto receiver = listenOn(io, address);
  auto admins = services.admins();
  admins.emplace(kHttpCache, ControlPart{kHttpCache, httpCacheAdmin(server.httpCache())});
  admins.emplace(kCountersPart, countersPart(counters, server.volatileCaches()));
  auto control = serveControl(io, simulation.file, std::move(admins));
  std::cerr << "flamesim: " << simulation.chain.size() << " worker"
            << (simulation.chain.size() == 1 ? "" : "s") << " on http://" << address << "\n";
  auto stop = io.unixEventPort.onSignal(SIGINT)
                  .exclusiveJoin(io.unixEventPort.onSignal(SIGTERM))
                  .ignoreResult();
  ingress.listen(kj::mv(receiver)).exclusiveJoin(kj::mv(stop)).wait(io.waitScope);
  services.printLosses(std::cerr);
}

}  // namespace

void addDev(CLI::App& app, ExitCode&) {
  struct Options {
    std::string path = ".";
    std::string listen;
    std::string faults;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("dev", "Serve the chain of a flamesim.jsonc over HTTP");
  command->add_option("project", options->path, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  command->add_option("--listen", options->listen, "HOST:PORT instead of the configured address");
  command->add_option("--faults", options->faults,
                      "file with \"seed\" and \"rules\" of faults, beside those of flamesim.jsonc");
  command->callback([options] { run(options->path, options->listen, options->faults); });
}

}  // namespace flamesim::cli
