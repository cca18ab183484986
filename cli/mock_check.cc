#include "cli/mock_check.h"

#include <functional>
#include <iostream>

#include "cli/services.h"
#include "mocks/quicksilver_import.h"
#include "mocks/rrdns_zones.h"
#include "mocks/schema_source.h"
#include "mocks/universal.h"
#include "sim/bundle/capnp_schema.h"
#include "sim/bundle/files.h"
#include "sim/net/fetch_table.h"
#include "sim/server/program_mocks.h"

namespace flamesim::cli {

namespace {

class Checker {
 public:
  explicit Checker(std::ostream& out) : out(out) {}

  void check(const std::filesystem::path& file, const std::string& what,
             const std::function<void()>& load) {
    ++files;
    try {
      load();
      out << "ok " << bundle::displayPath(file) << " (" << what << ")\n";
      return;
    } catch (const UserError& error) {
      std::cerr << error.what();
    } catch (const mocks::InputError& error) {
      std::cerr << error.what();
    }
    ++faulty;
  }

  ExitCode code() const {
    if (files == 0) return ExitCode::kNothingRun;
    return faulty == 0 ? ExitCode::kSame : ExitCode::kUsage;
  }

 private:
  std::ostream& out;
  size_t files = 0;
  size_t faulty = 0;
};

void checkService(const bundle::Simulation& simulation, const bundle::ServiceEntry& service,
                  Checker& checker) {
  auto of = [&](const char* what) { return what + (" of \"" + service.name + "\""); };
  switch (service.source) {
    case bundle::ServiceSource::kRrdns: {
      auto zones = zonesOf(service);
      if (!service.data.empty()) {
        return checker.check(service.data, of("zones"), [&] { mocks::RrdnsZones::load(zones); });
      }
      for (auto& zone : service.zoneFiles) {
        checker.check(zone.file, of("a zone"), [&] { mocks::RrdnsZones::load(zones); });
      }
      return;
    }
    case bundle::ServiceSource::kQuicksilver:
      if (service.data.empty()) return;
      return checker.check(service.data, of("pairs"), [&] {
        mocks::loadPairs(*mocks::QuicksilverStore::openTemporary(), service.data);
      });
    case bundle::ServiceSource::kTable:
      return checker.check(service.data, of("table"), [&] {
        auto schema = mocks::SchemaSource::fromFile(service.schema);
        mocks::UniversalTable::load(service.data, schema->findInterface(service.interfaceName),
                                    schema);
      });
    case bundle::ServiceSource::kJavascript:
      return checker.check(service.data, of("module"), [&] {
        bundle::Simulation one;
        one.file = simulation.file;
        one.services.push_back(service);
        server::loadServiceModules(std::move(one));
      });
    case bundle::ServiceSource::kLogfwdr:
    case bundle::ServiceSource::kAnalytics:
    case bundle::ServiceSource::kSocket:
      return;
  }
}

}  // namespace

ExitCode checkMocks(const bundle::Simulation& simulation, std::ostream& out) {
  Checker checker(out);
  for (auto& service : simulation.services) checkService(simulation, service, checker);
  for (auto& [name, mock] : simulation.fetchMocks) {
    checker.check(mock.file, "fetch mock of \"" + name + "\"", [&mock = mock, &name = name] {
      if (mock.isTable) {
        net::FetchTable::load(mock.file);
      } else {
        bundle::loadMock(mock.file, "mock of " + name);
      }
    });
  }
  if (checker.code() == ExitCode::kNothingRun) {
    std::cerr << "flamesim: " << bundle::displayPath(simulation.file)
              << " names no file that stands in for anything\n";
  }
  return checker.code();
}

}  // namespace flamesim::cli
