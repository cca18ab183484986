// flamesim stats: how often a running server called its services and egress.
#include "cli/stats.h"

#include <iostream>

#include "cli/command.h"
#include "schemas/counters.capnp.h"

namespace flamesim::cli {

namespace {

constexpr char kServerKind[] = "server";

class CountersServer final : public schemas::Counters::Server {
 public:
  explicit CountersServer(std::shared_ptr<const net::CallCounters> counters)
      : counters(std::move(counters)) {}

  kj::Promise<void> read(ReadContext context) override {
    auto& all = counters->all();
    auto list = context.getResults().initSeries(uint(all.size()));
    uint i = 0;
    for (auto& [series, count] : all) {
      auto out = list[i++];
      out.setIsEgress(series.isEgress);
      out.setTarget(series.target.c_str());
      out.setOperation(series.operation.c_str());
      out.setWorker(series.worker.c_str());
      out.setCalls(count.calls);
      out.setErrors(count.errors);
      out.setOpen(count.open);
      out.setTotalNanos(uint64_t(count.total.count()));
      auto buckets = out.initBuckets(uint(count.buckets.size()));
      for (uint k = 0; k < buckets.size(); ++k) buckets.set(k, count.buckets[k]);
    }
    return kj::READY_NOW;
  }

 private:
  const std::shared_ptr<const net::CallCounters> counters;
};

net::CallCounts countsOf(capnp::List<schemas::CallSeries>::Reader list) {
  net::CallCounts counts;
  for (auto in : list) {
    net::CallCount count{.calls = in.getCalls(),
                         .errors = in.getErrors(),
                         .open = in.getOpen(),
                         .total = Duration(int64_t(in.getTotalNanos()))};
    auto buckets = in.getBuckets();
    // A server of another version may have others.
    for (uint k = 0; k < buckets.size() && k < count.buckets.size(); ++k) {
      count.buckets[k] = buckets[k];
    }
    counts[{in.getIsEgress(), in.getTarget().cStr(), in.getOperation().cStr(),
            in.getWorker().cStr()}] = count;
  }
  return counts;
}

void run(const std::string& project, bool json) {
  ControlConnection connection(project);
  auto counters = connection.admin<schemas::Counters>(kCountersPart, kServerKind);
  auto answer = counters.readRequest().send().wait(connection.io().waitScope);
  auto counts = countsOf(answer.getSeries());
  if (json) {
    std::cout << net::jsonText(counts) << "\n";
  } else {
    std::cout << net::prometheusText(counts);
  }
}

}  // namespace

ControlPart countersPart(std::shared_ptr<const net::CallCounters> counters) {
  return {kServerKind, kj::heap<CountersServer>(std::move(counters))};
}

void addStats(CLI::App& app, ExitCode&) {
  struct Options {
    std::string project = ".";
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "stats", "How often the running `dev` called its services and egress, and how long it took");
  command->add_option("project", options->project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  command->add_flag("--json", options->json, "as JSON instead of Prometheus' text format");
  command->callback([options] { run(options->project, options->json); });
}

}  // namespace flamesim::cli
