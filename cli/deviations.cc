// flamesim deviations: add to the ledger of decided differences, review it, find what is stale.
#include <fstream>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/comparison.h"
#include "sim/bundle/files.h"
#include "sim/report/json_reader.h"
#include "sim/report/text.h"

namespace flamesim::cli {

namespace {

struct DeviationArguments {
  std::string project = ".";
  std::string file;  // the ledger; empty: the project's
  std::string from;  // a report

  std::filesystem::path ledger() const {
    return file.empty() ? ledgerOf(project) : std::filesystem::path(file);
  }
};

struct AddArguments : DeviationArguments {
  std::vector<size_t> groups;
  bool all = false;
  std::string decision, reason, owner;
  std::string host = "*", path = "*";
};

// The groups of the report that are meant, by the numbers that reports give them.
std::vector<const diff::Cluster*> chosen(const report::RunSummary& summary,
                                         const AddArguments& arguments) {
  auto shown = report::shownClusters(summary);
  if (arguments.all) return shown;
  std::vector<const diff::Cluster*> clusters;
  for (size_t number : arguments.groups) {
    if (number == 0 || number > shown.size()) {
      throw UserError(Diagnostic{.message = "the report has no group " + std::to_string(number),
                                 .file = arguments.from,
                                 .help = shown.empty()
                                             ? "nothing in it differs that the ledger does not know"
                                             : "they are 1 to " + std::to_string(shown.size()) +
                                                   ", as `flamesim replay` prints them"});
    }
    clusters.push_back(shown[number - 1]);
  }
  return clusters;
}

// The old file or the new one, never half of it.
void replaceFile(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::path temporary = path.string() + ".tmp";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(temporary, path, failed);
  if (!out || failed) {
    std::filesystem::remove(temporary, failed);
    throw UserError("cannot write " + path.string(), ExitCode::kRunFailed);
  }
}

void add(const AddArguments& arguments) {
  auto summary = report::readReport(arguments.from);
  std::vector<diff::Deviation> added;
  for (auto* cluster : chosen(summary, arguments)) {
    auto entry = diff::deviationOf(*cluster);
    entry.scope.host = arguments.host;
    entry.scope.path = arguments.path;
    entry.decision = *diff::decisionNamed(arguments.decision);
    entry.reason = arguments.reason;
    entry.owner = arguments.owner;
    entry.date = diff::dayText(diff::today());
    added.push_back(std::move(entry));
  }
  auto ledger = arguments.ledger();
  std::string before;
  if (std::filesystem::exists(ledger)) before = bundle::readFile(ledger).orThrow();
  auto after = diff::withDeviations(before, bundle::displayPath(ledger), added);
  diff::Deviations::parse(after, bundle::displayPath(ledger));  // what is written can be read
  replaceFile(ledger, after);
  std::cout << "added " << report::counted(added.size(), "deviation") << " to "
            << bundle::displayPath(ledger) << "\n";
}

std::string described(const diff::Deviation& entry, const report::KnownDeviation* now) {
  std::string text = "  " + entry.where() + "  " + entry.field;
  if (!entry.worker.empty()) text += "  by " + entry.worker;
  if (entry.expected || entry.got) {
    text += "\n      " + entry.expected.value_or("(none)") + " -> " + entry.got.value_or("(none)");
  }
  text += "\n      " + entry.reason;
  if (!entry.owner.empty()) text += ", " + entry.owner;
  if (!entry.date.empty()) text += ", " + entry.date;
  if (entry.hosts) text += "; then on " + report::counted(*entry.hosts, "host");
  if (now == nullptr) return text + "\n";
  if (now->stale) return text + "; STALE: nothing has it any more\n";
  return text + "; now in " + report::counted(now->exchanges, "exchange") + " on " +
         (now->moreHosts ? "more than " : "") + report::counted(now->hosts, "host") + "\n";
}

// What the report knows of the entry: where it stood when the report was made.
const report::KnownDeviation* foundIn(const report::RunSummary& summary,
                                      const diff::Deviation& entry) {
  for (auto& known : summary.deviations) {
    if (known.where == entry.where() && known.field == entry.field) return &known;
  }
  return nullptr;
}

void review(const DeviationArguments& arguments) {
  if (!std::filesystem::exists(arguments.ledger())) {
    throw UserError(Diagnostic{.message = "there is no ledger yet",
                               .file = bundle::displayPath(arguments.ledger()),
                               .help = "`flamesim deviations add` makes one from a report"});
  }
  auto deviations = diff::Deviations::load(arguments.ledger());
  report::RunSummary summary;
  if (!arguments.from.empty()) summary = report::readReport(arguments.from);
  std::map<diff::Decision, std::vector<const diff::Deviation*>> byDecision;
  for (auto& entry : deviations.list()) byDecision[entry.decision].push_back(&entry);
  for (auto& [decision, entries] : byDecision) {
    std::cout << diff::decisionName(decision) << " (" << entries.size() << ")\n";
    for (auto* entry : entries) std::cout << described(*entry, foundIn(summary, *entry));
  }
  std::cout << report::counted(deviations.list().size(), "deviation") << " in "
            << bundle::displayPath(arguments.ledger()) << "\n";
}

ExitCode stale(const DeviationArguments& arguments) {
  auto summary = report::readReport(arguments.from);
  size_t found = 0;
  for (auto& entry : summary.deviations) {
    if (!entry.stale) continue;
    ++found;
    std::cout << entry.where << "  " << entry.field << "  " << entry.decision << ": "
              << entry.reason << "\n";
  }
  std::cout << report::counted(found, "stale deviation") << "\n";
  return found == 0 ? ExitCode::kSame : ExitCode::kDifferent;
}

void addCommon(CLI::App& command, DeviationArguments& arguments) {
  command.add_option("project", arguments.project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  command.add_option("--file", arguments.file, "the ledger (default: the project's)");
}

CLI::Option* addFrom(CLI::App& command, DeviationArguments& arguments) {
  return command.add_option("--from", arguments.from,
                            "report of a run: report.json, or the folder that it is in");
}

}  // namespace

void addDeviations(CLI::App& app, ExitCode& code) {
  auto* command =
      app.add_subcommand("deviations", "The ledger of differences from FL that are decided");
  command->require_subcommand(1);

  auto adding = std::make_shared<AddArguments>();
  auto* adds = command->add_subcommand("add", "Decide on differences of a report");
  addCommon(*adds, *adding);
  addFrom(*adds, *adding)->required();
  auto* groups = adds->add_option("--group", adding->groups, "numbers, as the report has them");
  auto* all = adds->add_flag("--all", adding->all, "every group");
  groups->excludes(all);
  adds->add_option("--decision", adding->decision, "mend, accept or accept-and-warn")
      ->required()
      ->check(CLI::IsMember(diff::decisionNames()));
  adds->add_option("--reason", adding->reason, "why")->required();
  adds->add_option("--owner", adding->owner, "whom to ask");
  adds->add_option("--host", adding->host, "for these hosts alone, a pattern");
  adds->add_option("--path", adding->path, "for these paths alone, a pattern");
  adds->callback([adding, groups, all] {
    if (groups->empty() && all->empty()) throw CLI::RequiredError("--group or --all");
    if (adding->reason.empty()) throw CLI::ValidationError("--reason", "must not be empty");
    add(*adding);
  });

  auto reviewing = std::make_shared<DeviationArguments>();
  auto* reviews = command->add_subcommand("review", "Print the ledger by decision");
  addCommon(*reviews, *reviewing);
  addFrom(*reviews, *reviewing);
  reviews->callback([reviewing] { review(*reviewing); });

  auto staling = std::make_shared<DeviationArguments>();
  auto* stales = command->add_subcommand("stale", "Print entries whose difference is gone");
  addFrom(*stales, *staling)->required();
  stales->callback([staling, &code] { code = stale(*staling); });
}

}  // namespace flamesim::cli
