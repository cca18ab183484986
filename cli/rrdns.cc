// flamesim rrdns: questions to RRDNS, its statistics, and a reload of its zones; of the server that
// runs for the project, or of a file.
#include "mocks/rrdns.h"

#include <functional>
#include <iostream>

#include "cli/command.h"
#include "cli/control.h"
#include "mocks/json_capnp.h"

namespace flamesim::cli {

namespace {

using Admin = schemas::RrdnsAdmin::Client;

struct Target {
  std::string project = ".";
  std::string service;
  std::string zones;  // a file, in the place of a running server
  bool json = false;
};

mocks::RrdnsSources sourcesOf(const std::string& file) {
  std::filesystem::path path = file;
  mocks::RrdnsSources sources;
  if (path.extension() == ".json" || path.extension() == ".jsonc") {
    sources.json = path;
  } else if (path.extension() == ".zone") {
    sources.zoneFiles.push_back({path.stem().string(), 1, path, {}});
  } else {
    throw UserError(
        Diagnostic{.message = "\"" + file + "\" is neither JSON nor a zone file by name",
                   .help = "zones are in NAME.json or NAME.jsonc; a zone file is named "
                           "after its zone: example.com.zone"});
  }
  return sources;
}

void withAdmin(const Target& target, const std::function<void(Admin, kj::WaitScope&)>& use) {
  if (target.zones.empty()) {
    ControlConnection connection(target.project);
    use(connection.admin<schemas::RrdnsAdmin>(target.service, "rrdns"), connection.io().waitScope);
    return;
  }
  auto io = kj::setupAsyncIo();
  auto holder = std::make_shared<mocks::RrdnsHolder>(sourcesOf(target.zones));
  use(mocks::newRrdnsAdmin(holder), io.waitScope);
}

// Names and data may be any text that a zone file holds; a terminal gets no control characters.
std::string printable(capnp::Text::Reader text) {
  std::string out(text.begin(), text.size());
  for (char& c : out) {
    if (uint8_t(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

void printRecords(capnp::List<schemas::DnsRecord>::Reader records) {
  for (auto record : records) {
    std::cout << printable(record.getName()) << " " << record.getTtl() << " "
              << printable(record.getType()) << " " << printable(record.getData()) << "\n";
  }
}

void printAnswer(schemas::DnsAnswer::Reader answer) {
  static constexpr const char* kRcodes[] = {"noError",  "formErr", "servFail",
                                            "nxDomain", "notImp",  "refused"};
  auto rcode = uint16_t(answer.getRcode());
  bool negative = answer.getNegativeTtl() > 0;
  std::cout << (rcode < std::size(kRcodes) ? kRcodes[rcode] : "unknown");
  if (negative) std::cout << ", negative for " << answer.getNegativeTtl() << " s";
  if (answer.getCode() != 0) std::cout << ", error " << answer.getCode();
  if (answer.getText().size() > 0) std::cout << ": " << printable(answer.getText());
  std::cout << "\n";
  printRecords(answer.getRecords());
  if (answer.getAuthority().size() > 0) {
    std::cout << "authority:\n";
    printRecords(answer.getAuthority());
  }
}

void lookup(const Target& target, const std::string& name, const std::string& type, bool flatten) {
  withAdmin(target, [&](Admin admin, kj::WaitScope& wait) {
    auto request = admin.readerRequest().send().getRrdns().lookupRequest();
    auto question = request.initQuestion();
    question.setName(name);
    question.setType(type);
    question.setFlatten(flatten);
    auto response = request.send().wait(wait);
    if (target.json) {
      std::cout << mocks::encodeText(response.getAnswer()) << "\n";
    } else {
      printAnswer(response.getAnswer());
    }
  });
}

void owner(const Target& target, const std::string& name, const std::string& via) {
  withAdmin(target, [&](Admin admin, kj::WaitScope& wait) {
    auto call = admin.readerRequest().send().getRrdns().lookupOwnershipRequest();
    auto request = call.initRequest();
    request.setQueryName(name);
    request.setConnectViaAddr(via);
    auto result = call.send().wait(wait);
    auto found = result.getResponse();
    if (target.json) {
      std::cout << mocks::encodeText(found) << "\n";
      return;
    }
    if (found.getAccountId() == 0) {
      std::cout << "nobody\n";
      return;
    }
    std::cout << "account " << found.getAccountId();
    if (found.getAccountTag().size() > 0)
      std::cout << " (" << printable(found.getAccountTag()) << ")";
    std::cout << ", " << mocks::nameOf(mocks::OwnerKind(uint16_t(found.getKind())));
    if (found.getZoneName().size() > 0) std::cout << " " << printable(found.getZoneName());
    std::cout << "\n";
  });
}

void printCounts(const char* title, capnp::List<schemas::RrdnsStatistics::Count>::Reader counts) {
  if (counts.size() == 0) return;
  std::cout << title << ":\n";
  for (auto each : counts) {
    std::cout << "  " << printable(each.getName()) << " " << each.getCount() << "\n";
  }
}

void stats(const Target& target) {
  withAdmin(target, [&](Admin admin, kj::WaitScope& wait) {
    auto response = admin.statisticsRequest().send().wait(wait);
    auto statistics = response.getStatistics();
    if (target.json) {
      std::cout << mocks::encodeText(statistics) << "\n";
      return;
    }
    std::cout << "zones " << statistics.getZones() << ", records " << statistics.getRecords()
              << "\nreloads " << statistics.getReloads() << ", failed "
              << statistics.getFailedReloads() << "\nlookupOwnership "
              << statistics.getOwnershipCalls() << "\nlookup " << statistics.getLookupCalls()
              << "\n";
    printCounts("owners", statistics.getByKind());
    printCounts("types", statistics.getByType());
    printCounts("answers", statistics.getByRcode());
    printCounts("zones", statistics.getByZone());
  });
}

void reload(const Target& target) {
  withAdmin(target, [&](Admin admin, kj::WaitScope& wait) {
    auto response = admin.reloadRequest().send().wait(wait);
    auto report = response.getReport();
    if (!report.getOk()) {
      std::cerr << report.getText().cStr();
      throw UserError("the zones stay as they were");
    }
    std::cout << report.getZones() << " zones, " << report.getRecords() << " records\n";
  });
}

void addTarget(CLI::App* command, const std::shared_ptr<Target>& target) {
  command->add_option("--project", target->project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  command->add_option("--service", target->service, "which one, where there are several");
  command->add_option("--zones", target->zones,
                      "a file of zones (JSON, or ZONE.zone) in the place of a running server");
}

}  // namespace

void addRrdns(CLI::App& app, ExitCode&) {
  auto* command = app.add_subcommand("rrdns", "Owners of hostnames and DNS, as workers are told");
  command->require_subcommand(1);
  struct Question {
    std::string name;
    std::string type = "A";
    std::string via;
    bool flatten = false;
  };
  auto question = std::make_shared<Question>();
  auto target = std::make_shared<Target>();
  auto json = [target](CLI::App* sub) { sub->add_flag("--json", target->json, "print JSON"); };

  auto* lookupCommand = command->add_subcommand("lookup", "What DNS answers");
  lookupCommand->add_option("name", question->name, "the name")->required();
  lookupCommand->add_option("type", question->type, "A, AAAA, CNAME, TXT, ...")
      ->capture_default_str();
  lookupCommand->add_flag("--flatten", question->flatten, "addresses without the CNAMEs");
  addTarget(lookupCommand, target);
  json(lookupCommand);
  lookupCommand->callback(
      [target, question] { lookup(*target, question->name, question->type, question->flatten); });

  auto* ownerCommand = command->add_subcommand("owner", "Which account owns a hostname");
  ownerCommand->add_option("name", question->name, "the hostname; may be empty")->required();
  ownerCommand->add_option("--via", question->via, "the address that the client connected to");
  addTarget(ownerCommand, target);
  json(ownerCommand);
  ownerCommand->callback([target, question] { owner(*target, question->name, question->via); });

  auto* statsCommand = command->add_subcommand("stats", "What was asked so far");
  addTarget(statsCommand, target);
  json(statsCommand);
  statsCommand->callback([target] { stats(*target); });

  auto* reloadCommand = command->add_subcommand("reload", "Read the files of zones anew");
  addTarget(reloadCommand, target);
  reloadCommand->callback([target] { reload(*target); });
}

}  // namespace flamesim::cli
