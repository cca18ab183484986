// flamesim record: a proxy that keeps what passes.
#include <cstdlib>
#include <iostream>

#include "cli/command.h"
#include "sim/record/recording_proxy.h"

namespace flamesim::cli {

void addRecord(CLI::App& app, ExitCode&) {
  struct Options {
    record::RecordOptions record;
    std::string upstreamListen;
    std::string upstreamTo;
    std::string output;
    bool keepSecrets = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("record", "Proxy HTTP to FL and keep every exchange");
  command->add_option("--listen", options->record.listen, "HOST:PORT for clients")->required();
  command->add_option("--to", options->record.to, "URL of FL")->required();
  auto* listen = command->add_option("--upstream-listen", options->upstreamListen,
                                     "HOST:PORT for what FL sends to its origin");
  command->add_option("--upstream-to", options->upstreamTo, "URL of the origin")->needs(listen);
  command->add_option("-o,--output", options->output, "the capture to write")->required();
  command->add_flag("--append", options->record.append, "go on behind what the capture holds");
  command->add_option("--country", options->record.recorder.country,
                      "country of clients where FL does not tell it");
  command->add_option("--redaction-key", options->record.recorder.redactionKey,
                      "key of the pseudonyms; the same key gives the same ones");
  command->add_flag("--keep-secrets", options->keepSecrets,
                    "do not replace values of Authorization and cookies by pseudonyms");
  command->callback([options] {
    auto& record = options->record;
    record.output = options->output;
    if (!options->upstreamListen.empty()) {
      if (options->upstreamTo.empty()) {
        throw UserError("--upstream-listen needs --upstream-to, the URL of the origin");
      }
      record.upstreams.push_back({options->upstreamListen, options->upstreamTo, "internet"});
    }
    if (options->keepSecrets) record.recorder.redaction = record::Redaction::kOff;
    std::cerr << record::record(record, std::cerr).render();
  });
}

}  // namespace flamesim::cli
