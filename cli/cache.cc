// flamesim cache: purges and figures of the HTTP cache of a running `flamesim dev`.
#include <capnp/message.h>

#include <iostream>

#include "cli/command.h"
#include "cli/control.h"
#include "cli/http_cache_admin.h"
#include "sim/net/url.h"

namespace flamesim::cli {

namespace {

struct PurgeOptions {
  std::string project = ".";
  std::string url;
  std::string host;
  std::string tag;
  std::string prefix;
  bool everything = false;
};

void describe(const PurgeOptions& options, schemas::Purge::Builder what) {
  if (options.everything) {
    what.setEverything();
  } else if (!options.url.empty()) {
    auto url = net::Url::parse(options.url);
    if (!url || !url->hasHost()) {
      throw UserError(Diagnostic{.message = "\"" + options.url + "\" is not a URL",
                                 .help = "it is whole, such as \"http://example.com/a.js\""});
    }
    what.setUrl(std::string(url->hrefWithoutFragment()));
  } else if (!options.host.empty()) {
    what.setHost(options.host);
  } else if (!options.tag.empty()) {
    what.setTag(options.tag);
  } else if (!options.prefix.empty()) {
    what.setPrefix(options.prefix);
  } else {
    throw UserError(Diagnostic{.message = "what is to be purged?",
                               .help = "say --url, --host, --tag, --prefix or --everything"});
  }
}

schemas::HttpCacheAdmin::Client adminOf(ControlConnection& connection) {
  return connection.admin<schemas::HttpCacheAdmin>(kHttpCache, kHttpCache);
}

void purge(const PurgeOptions& options) {
  // What is wrong with the arguments is told whether or not a server runs.
  capnp::MallocMessageBuilder message;
  auto what = message.initRoot<schemas::Purge>();
  describe(options, what);
  ControlConnection connection(options.project);
  auto request = adminOf(connection).purgeRequest();
  request.setWhat(what.asReader());
  auto entries = request.send().wait(connection.io().waitScope).getEntries();
  std::cout << "purged " << entries << (entries == 1 ? " response\n" : " responses\n");
}

void stats(const std::string& project) {
  ControlConnection connection(project);
  auto answer = adminOf(connection).statsRequest().send().wait(connection.io().waitScope);
  auto stats = answer.getStats();
  auto line = [](std::string_view name, uint64_t value) {
    std::cout << name << std::string(name.size() < 20 ? 20 - name.size() : 1, ' ') << value << "\n";
  };
  line("responses", stats.getEntries());
  line("bytes in memory", stats.getMemoryBytes());
  line("bytes on disk", stats.getDiskBytes());
  line("evictions", stats.getEvictions());
  line("requests to origin", stats.getRequestsToOrigin());
  line("joined", stats.getJoined());
  for (auto count : stats.getAnswers()) line(count.getStatus().cStr(), count.getCount());
}

}  // namespace

void addCache(CLI::App& app, ExitCode&) {
  auto* command = app.add_subcommand("cache", "The HTTP cache of a `flamesim dev` that runs");
  command->require_subcommand(1);
  auto options = std::make_shared<PurgeOptions>();
  auto* purging = command->add_subcommand("purge", "Drop stored responses");
  purging->add_option("project", options->project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  auto* what = purging->add_option_group("what");
  what->add_option("--url", options->url, "of this URL");
  what->add_option("--host", options->host, "of this host");
  what->add_option("--tag", options->tag, "with this tag");
  what->add_option("--prefix", options->prefix, "whose URLs begin so: www.example.com/folder");
  what->add_flag("--everything", options->everything, "all");
  what->require_option(1);
  purging->callback([options] { purge(*options); });
  auto project = std::make_shared<std::string>(".");
  auto* showing =
      command->add_subcommand("stats", "What is stored, and how requests were answered");
  showing->add_option("project", *project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  showing->callback([project] { stats(*project); });
}

}  // namespace flamesim::cli
