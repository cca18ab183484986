#include "cli/live_fl.h"

#include <iostream>

#include "sim/capture/writer.h"
#include "sim/net/curl_fetcher.h"
#include "sim/net/upstream.h"

namespace flamesim::cli {

namespace {

void askOnce(const LiveArguments& arguments, const std::string& from,
             const std::filesystem::path& file,
             const std::function<bool(const net::Exchange&)>& wanted) {
  auto reader = capture::CaptureReader::open(from).orThrow();
  capture::CaptureHeader header{.creator = "flamesim replay --against",
                                .source = arguments.url + ", asked as " + from};
  auto writer = capture::CaptureWriter::create(file, header,
                                               {.atomicity = capture::Atomicity::kRenameOnClose});
  auto io = kj::setupAsyncIo();
  net::CurlFetcher network(io.unixEventPort);
  net::Upstream fl(network, arguments.url);
  auto options = arguments.options;
  options.methods = arguments.allMethods ? replay::LiveMethods::kAll : replay::LiveMethods::kSafe;
  options.wanted = wanted;
  auto totals = replay::askLive(io, fl, reader, options,
                                [&](const net::Exchange& exchange) { writer->write(exchange); });
  writer->close();
  std::cerr << arguments.url << ": " << totals.sent << " requests, " << totals.failed
            << " without an answer, " << totals.leftOut << " left out\n";
  if (totals.sent == 0 || totals.failed < totals.sent) return;
  throw UserError(arguments.url + " answered nothing: see " + file.string(), ExitCode::kRunFailed);
}

std::string checkUrl(const std::string& url) {
  bool isHttp = url.starts_with("http://") || url.starts_with("https://");
  return isHttp ? "" : "\"" + url + "\" is no http:// or https:// URL";
}

}  // namespace

void addLiveOptions(CLI::App& command, LiveArguments& arguments) {
  auto* against = command
                      .add_option("--against", arguments.url,
                                  "a running FL, http://...: compare with what it answers now")
                      ->check(CLI::Validator(checkUrl, "URL"));
  command.add_flag("--twice", arguments.twice, "ask it twice: what it does not repeat is noise")
      ->needs(against)
      ->excludes(command.get_option("--noise"));
  command
      .add_option("--concurrency", arguments.options.concurrency, "requests under way (default 16)")
      ->needs(against)
      ->check(CLI::Range(1u, 10'000u));
  command.add_option("--per-second", arguments.options.perSecond, "requests a second at most")
      ->needs(against)
      ->check(CLI::Range(0.001, 1e6));
  command.add_flag("--all-methods", arguments.allMethods, "POST, PUT and so on, too")
      ->needs(against);
}

LiveCaptures askLiveFl(const LiveArguments& arguments, const std::string& from,
                       const std::filesystem::path& folder,
                       const std::function<bool(const net::Exchange&)>& wanted) {
  LiveCaptures captures{.answers = folder / "fl.cap", .again = {}};
  askOnce(arguments, from, captures.answers, wanted);
  if (!arguments.twice) return captures;
  captures.again = folder / "fl-again.cap";
  askOnce(arguments, from, captures.again, wanted);
  return captures;
}

}  // namespace flamesim::cli
