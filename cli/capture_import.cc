// flamesim capture import: what others have recorded, as a capture.
#include <chrono>
#include <iostream>
#include <iterator>

#include "cli/capture.h"
#include "sim/capture/curl_import.h"
#include "sim/capture/date_time.h"
#include "sim/capture/file.h"
#include "sim/capture/gor.h"
#include "sim/capture/har_import.h"
#include "sim/capture/nginx_log.h"
#include "sim/capture/writer.h"

namespace flamesim::cli {

namespace {

struct ImportArguments {
  std::string har;
  std::vector<std::string> gor;
  std::string curl;
  std::string nginxLog;
  std::string format{capture::kCombinedLog};
  std::string escape = "default";
  std::string host;
  std::string scheme = "http";
  std::string time;
  std::string output;
};

std::string textOf(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  return capture::readWholeFile(file).orThrow();
}

std::string nameOf(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

capture::Import importCurlCommands(const ImportArguments& arguments) {
  Time start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (!arguments.time.empty()) {
    auto given = capture::parseDateTime(arguments.time);
    if (!given) throw UserError("--time takes a time such as 2026-11-29T12:00:00Z");
    start = *given;
  }
  return capture::importCurl(textOf(arguments.curl), nameOf(arguments.curl), start).orThrow();
}

capture::Import importLog(const ImportArguments& arguments) {
  auto escape = arguments.escape == "json"   ? capture::LogEscape::kJson
                : arguments.escape == "none" ? capture::LogEscape::kNone
                                             : capture::LogEscape::kDefault;
  auto format = capture::LogFormat::parse(arguments.format, escape).orThrow();
  return capture::importNginxLog(textOf(arguments.nginxLog), nameOf(arguments.nginxLog), format,
                                 {.host = arguments.host, .scheme = arguments.scheme})
      .orThrow();
}

// What to import, and its name in the capture's header.
std::pair<capture::Import, std::string> importAs(const ImportArguments& arguments) {
  if (!arguments.har.empty()) {
    return {capture::importHarFile(arguments.har).orThrow(), "HAR " + arguments.har};
  }
  if (!arguments.curl.empty()) {
    return {importCurlCommands(arguments), "curl " + nameOf(arguments.curl)};
  }
  if (!arguments.nginxLog.empty()) {
    return {importLog(arguments), "NGINX log " + nameOf(arguments.nginxLog)};
  }
  std::string source = "GoReplay";
  for (const auto& file : arguments.gor) source += " " + file;
  capture::GorOptions options{.scheme = arguments.scheme, .host = arguments.host};
  return {capture::importGorFiles({arguments.gor.begin(), arguments.gor.end()}, options).orThrow(),
          source};
}

void importInto(const ImportArguments& arguments) {
  std::vector<std::string> inputs = arguments.gor;
  for (const auto& file : {arguments.har, arguments.curl, arguments.nginxLog}) {
    if (!file.empty()) inputs.push_back(file);
  }
  for (const auto& file : inputs) refuseToOverwrite(file, arguments.output);
  auto [imported, source] = importAs(arguments);
  std::cerr << imported.report.render();
  if (imported.exchanges.empty()) {
    throw UserError(source + ": nothing could be imported", ExitCode::kNothingRun);
  }
  capture::CaptureHeader header{.creator = "flamesim capture import", .source = source};
  auto writer = capture::CaptureWriter::create(
      arguments.output, header,
      {.compressionLevel = 6, .atomicity = capture::Atomicity::kRenameOnClose});
  for (const auto& exchange : imported.exchanges) writer->write(exchange);
  writer->close();
}

}  // namespace

void addCaptureImport(CLI::App& command) {
  auto arguments = std::make_shared<ImportArguments>();
  auto* import = command.add_subcommand("import", "Make a capture of what others recorded");
  auto* formats = import->add_option_group("format", "one of");
  formats->add_option("--har", arguments->har, "a HAR 1.2 file of a browser or of mitmproxy");
  formats->add_option("--gor", arguments->gor, "files of GoReplay, also compressed with gzip");
  formats->add_option("--curl", arguments->curl, "command lines of curl; -: stdin");
  formats->add_option("--nginx-log", arguments->nginxLog, "an access log of NGINX; -: stdin");
  formats->require_option(1);
  import->add_option("--format", arguments->format, "NGINX: its log_format, or the directive")
      ->capture_default_str();
  import->add_option("--escape", arguments->escape, "NGINX: escape= of the log_format")
      ->check(CLI::IsMember({"default", "json", "none"}))
      ->capture_default_str();
  import->add_option("--host", arguments->host, "GoReplay, NGINX: host of requests without one");
  import->add_option("--scheme", arguments->scheme, "GoReplay, NGINX: where the input lacks it")
      ->check(CLI::IsMember({"http", "https"}))
      ->capture_default_str();
  import->add_option("--time", arguments->time, "curl: time of the first request; default: now");
  import->add_option("-o,--output", arguments->output, "the capture to write")->required();
  import->callback([arguments] { importInto(*arguments);
});
}  // namespace flamesim::cli

}  // namespace flamesim::cli
