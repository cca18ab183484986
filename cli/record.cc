// flamesim record: a proxy that keeps what passes.
#include <charconv>
#include <iostream>

#include "cli/command.h"
#include "sim/record/recording_proxy.h"
#include "sim/redact/key.h"

namespace flamesim::cli {

namespace {

struct RecordArguments {
  record::RecordOptions record;
  std::string upstreamListen;
  std::string upstreamTo;
  std::string output;
  std::string sampleBy = "client-ip";
  std::vector<std::string> filters;
  uint64_t rotateMib = 0;
  std::string rotateEvery;
  uint64_t queueMib = 64;
  std::string rules;
  std::string keyFile;
  bool noRedaction = false;
};

// "90s", "10m", "1h"
Duration durationOf(const std::string& text) {
  uint64_t number = 0;
  const char* end = text.data() + text.size();
  auto [unit, error] = std::from_chars(text.data(), end, number);
  std::string_view name(unit, size_t(end - unit));
  constexpr uint64_t kMost = 1'000'000;
  if (error == std::errc() && number > 0 && number <= kMost) {
    if (name == "s") return std::chrono::seconds(number);
    if (name == "m") return std::chrono::minutes(number);
    if (name == "h") return std::chrono::hours(number);
  }
  throw UserError(Diagnostic{.message = "--rotate-every \"" + text + "\" is no time",
                             .help = "write 90s, 10m or 1h"});
}

void readSelection(const RecordArguments& arguments, record::SelectionOptions& selection) {
  selection.key = record::parseSampleKey(arguments.sampleBy).orThrow();
  for (const auto& filter : arguments.filters) {
    selection.filters.push_back(record::parseFilter(filter).orThrow());
  }
}

void readRedaction(const RecordArguments& arguments, record::RecordOptions& record) {
  if (arguments.noRedaction) record.redaction = redact::Redaction::kOff;
  if (!arguments.rules.empty()) {
    record.redacting.rules = redact::RedactionRules::load(arguments.rules);
  }
  if (arguments.keyFile.empty()) return;
  auto file = redact::readKey(arguments.keyFile);
  if (file.warning) printWarnings({*file.warning});
  record.redacting.key = file.key;
}

ExitCode run(RecordArguments& arguments) {
  auto& record = arguments.record;
  record.output = arguments.output;
  if (!arguments.upstreamListen.empty()) {
    if (arguments.upstreamTo.empty()) {
      throw UserError("--upstream-listen needs --upstream-to, the URL of the origin");
    }
    record.upstreams.push_back({arguments.upstreamListen, arguments.upstreamTo, "internet"});
  }
  readSelection(arguments, record.selection);
  readRedaction(arguments, record);
  record.rotateBytes = arguments.rotateMib << 20;
  if (!arguments.rotateEvery.empty()) record.rotateEvery = durationOf(arguments.rotateEvery);
  record.queueBytes = arguments.queueMib << 20;
  auto summary = record::record(record, std::cerr);
  std::cerr << summary.render();
  return summary.written.lost == 0 ? ExitCode::kSame : ExitCode::kRunFailed;
}

void addKeeping(CLI::App& command, RecordArguments& arguments) {
  constexpr uint64_t kMostMib = 1 << 20;
  auto& record = arguments.record;
  command.add_option("--sample", record.selection.sample, "share that is kept, such as 0.05")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--sample-by", arguments.sampleBy,
                     "what has equal requests kept or left out together: client-ip, host, url, "
                     "header:NAME");
  command
      .add_option("--filter", arguments.filters,
                  "keep only these, such as host=*.example.com,path=/api/*,method=GET; where it "
                  "is given more than once, one must fit")
      ->take_all()
      ->expected(1);
  command.add_option("--rotate-mib", arguments.rotateMib, "begin a new file at so many MiB")
      ->check(CLI::Range(uint64_t(1), kMostMib));
  command.add_option("--rotate-every", arguments.rotateEvery, "begin a new file after 10m, 1h");
  command
      .add_option("--queue-mib", arguments.queueMib,
                  "what may wait for the disk; what does not fit is lost, and counted")
      ->check(CLI::Range(uint64_t(1), kMostMib));
}

void addRedacting(CLI::App& command, RecordArguments& arguments) {
  auto& key = arguments.record.redacting.key;
  command.add_option("--redact-rules", arguments.rules,
                     "what else to redact, and what not (JSONC)");
  auto* file = command.add_option("--redact-key", arguments.keyFile,
                                  "file with the key of the pseudonyms; the same key gives the "
                                  "same ones");
  command
      .add_option("--redaction-key", key, "that key itself; others see it in lists of processes")
      ->excludes(file);
  command.add_flag("--no-redaction,--keep-secrets", arguments.noRedaction,
                   "keep everything as it passes");
}

}  // namespace

void addRecord(CLI::App& app, ExitCode& code) {
  auto arguments = std::make_shared<RecordArguments>();
  auto& record = arguments->record;
  auto* command = app.add_subcommand("record", "Proxy HTTP to FL and keep every exchange");
  command->add_option("--listen", record.listen, "HOST:PORT for clients")->required();
  command->add_option("--to", record.to, "URL of FL")->required();
  auto* listen = command->add_option("--upstream-listen", arguments->upstreamListen,
                                     "HOST:PORT for what FL sends to its origin");
  command->add_option("--upstream-to", arguments->upstreamTo, "URL of the origin")->needs(listen);
  command->add_option("-o,--output", arguments->output, "the capture to write")->required();
  command->add_flag("--append", record.append, "go on behind what the capture holds");
  command->add_option("--country", record.recorder.country,
                      "country of clients where FL does not tell it");
  addKeeping(*command, *arguments);
  addRedacting(*command, *arguments);
  command->callback([arguments, &code] { code = run(*arguments); });
}

}  // namespace flamesim::cli
