// flamesim capture anonymise, scan: secrets out of captures, and what is left of them.
#include "cli/capture.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "sim/capture/reader.h"
#include "sim/capture/writer.h"
#include "sim/redact/key.h"
#include "sim/redact/scan.h"

namespace flamesim::cli {

namespace {

struct RedactArguments {
  std::string input;
  std::string output;
  std::string rules;
  std::string key;
  bool json = false;
  bool strict = false;
};

redact::Redactor redactorOf(const RedactArguments& arguments) {
  redact::RedactionSettings settings;
  if (!arguments.rules.empty()) settings.rules = redact::RedactionRules::load(arguments.rules);
  if (!arguments.key.empty()) {
    auto file = redact::readKey(arguments.key);
    if (file.warning) printWarnings({*file.warning});
    settings.key = file.key;
  }
  return redact::Redactor(std::move(settings));
}

void warnOfTruncation(const capture::CaptureReader& reader) {
  if (reader.truncatedBytes() == 0) return;
  printWarnings({Diagnostic{.message = reader.name() + " is cut off: its last " +
                                       std::to_string(reader.truncatedBytes()) +
                                       " bytes are no whole frame"}});
}

void anonymise(const RedactArguments& arguments) {
  auto redactor = redactorOf(arguments);
  auto reader = capture::CaptureReader::open(arguments.input).orThrow();
  auto header = reader.header();
  header.notes += (header.notes.empty() ? "" : "; then ") + redactor.note();
  auto writer = capture::CaptureWriter::create(
      arguments.output, header,
      {.compressionLevel = 6, .atomicity = capture::Atomicity::kRenameOnClose});
  uint64_t replaced = 0;
  uint64_t changed = 0;
  while (auto exchange = reader.next()) {
    uint64_t before = replaced;
    redactor.redact(*exchange,
                    [&](redact::Kind, std::string_view, std::string_view) { ++replaced; });
    if (replaced != before) ++changed;
    writer->write(*exchange);
  }
  writer->close();
  warnOfTruncation(reader);
  std::cerr << replaced << " secrets replaced in " << changed << " of " << writer->exchanges()
            << " exchanges\n";
}

void print(uint64_t id, const redact::Finding& finding, bool json) {
  bool secret = finding.rank == redact::Rank::kSecret;
  if (json) {
    nlohmann::ordered_json line{{"exchange", id},
                                {"rank", secret ? "secret" : "possible"},
                                {"kind", finding.kind},
                                {"field", finding.field},
                                {"excerpt", finding.excerpt}};
    std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return;
  }
  std::cout << (secret ? "secret    " : "possible  ") << "exchange " << id << "  " << finding.kind
            << "  " << finding.field << "  " << finding.excerpt << "\n";
}

ExitCode scan(const RedactArguments& arguments) {
  auto redactor = redactorOf(arguments);
  auto reader = capture::CaptureReader::open(arguments.input).orThrow();
  uint64_t secrets = 0;
  uint64_t possible = 0;
  uint64_t exchanges = 0;
  while (auto exchange = reader.next()) {
    ++exchanges;
    redact::scanExchange(redactor, *exchange, [&](const redact::Finding& finding) {
      ++(finding.rank == redact::Rank::kSecret ? secrets : possible);
      print(exchange->id, finding, arguments.json);
    });
  }
  warnOfTruncation(reader);
  std::cerr << exchanges << " exchanges: " << secrets << " secrets, " << possible
            << " strings that may be one\n";
  bool found = secrets != 0 || (arguments.strict && possible != 0);
  return found ? ExitCode::kDifferent : ExitCode::kSame;
}

}  // namespace

void addCaptureRedaction(CLI::App& capture, ExitCode& code) {
  auto anonymising = std::make_shared<RedactArguments>();
  auto* anonymiseCommand =
      capture.add_subcommand("anonymise", "Replace secrets in a capture by pseudonyms");
  anonymiseCommand->add_option("file", anonymising->input, "a capture")->required();
  anonymiseCommand->add_option("-o,--output", anonymising->output, "the capture to write")
      ->required();
  anonymiseCommand->add_option("--rules", anonymising->rules, "what else, and what not (JSONC)");
  anonymiseCommand->add_option("--key", anonymising->key,
                               "file with the pseudonyms' key; without it one of this run");
  anonymiseCommand->callback([anonymising] { anonymise(*anonymising); });

  auto scanning = std::make_shared<RedactArguments>();
  auto* scanCommand = capture.add_subcommand(
      "scan", "List what looks like a secret; exit code 1 where there is one");
  scanCommand->add_option("file", scanning->input, "a capture")->required();
  scanCommand->add_option("--rules", scanning->rules, "rules that it was redacted by (JSONC)");
  scanCommand->add_flag("--json", scanning->json, "as JSON lines");
  scanCommand->add_flag("--strict", scanning->strict,
                        "exit code 1 also for strings that only look random");
  scanCommand->callback([scanning, &code] { code = scan(*scanning); });
}

}  // namespace flamesim::cli
