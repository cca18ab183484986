// flamesim stats: how often a running server called its services and egress, and how its volatile
// caches answered.
#include "cli/stats.h"

#include <initializer_list>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/command.h"
#include "schemas/counters.capnp.h"

namespace flamesim::cli {

namespace {

constexpr char kServerKind[] = "server";

class CountersServer final : public schemas::Counters::Server {
 public:
  CountersServer(std::shared_ptr<const net::CallCounters> counters,
                 const bindings::VolatileCaches& caches)
      : counters(std::move(counters)), caches(caches) {}

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

  kj::Promise<void> volatileCaches(VolatileCachesContext context) override {
    auto all = caches.stats();
    auto list = context.getResults().initCaches(uint(all.size()));
    for (uint i = 0; i < list.size(); ++i) {
      list[i].setName(all[i].name);
      list[i].setEntries(all[i].entries);
      list[i].setValueBytes(all[i].valueBytes);
      list[i].setEvictions(all[i].evictions);
      auto workers = list[i].initWorkers(uint(all[i].workers.size()));
      uint k = 0;
      for (auto& [name, counts] : all[i].workers) {
        auto out = workers[k++];
        out.setName(name);
        out.setHits(counts.hits);
        out.setMisses(counts.misses);
        out.setCoalesced(counts.coalesced);
        out.setRefreshes(counts.refreshes);
        out.setFailedRefreshes(counts.failedRefreshes);
      }
    }
    return kj::READY_NOW;
  }

 private:
  const std::shared_ptr<const net::CallCounters> counters;
  const bindings::VolatileCaches& caches;
};

using CacheList = capnp::List<schemas::VolatileCache>::Reader;

std::string labelled(std::string_view metric, std::initializer_list<std::string> labels,
                     uint64_t value) {
  std::string text(metric);
  char separator = '{';
  for (auto& label : labels) text += std::exchange(separator, ',') + label;
  return text + "} " + std::to_string(value) + "\n";
}

std::string label(std::string_view name, const std::string& value) {
  return std::string(name) + "=" + nlohmann::json(value).dump();
}

std::string prometheusText(CacheList list) {
  std::string text;
  auto metric = [&](std::string_view name, std::string_view type, std::string_view help,
                    const auto& lines) {
    text += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " +
            std::string(name) + " " + std::string(type) + "\n";
    for (auto cache : list) lines(cache, label("cache", cache.getName().cStr()));
  };
  if (list.size() == 0) return text;
  metric("flamesim_volatile_cache_reads_total", "counter", "Reads, by how they were answered.",
         [&](auto cache, const std::string& name) {
           for (auto worker : cache.getWorkers()) {
             auto by = label("worker", worker.getName().cStr());
             auto line = [&](const char* result, uint64_t value) {
               text += labelled("flamesim_volatile_cache_reads_total",
                                {name, by, label("result", result)}, value);
             };
             line("hit", worker.getHits());
             line("miss", worker.getMisses());
             line("coalesced", worker.getCoalesced());
           }
         });
  metric("flamesim_volatile_cache_refreshes_total", "counter", "Refreshes in the background.",
         [&](auto cache, const std::string& name) {
           for (auto worker : cache.getWorkers()) {
             auto by = label("worker", worker.getName().cStr());
             auto failed = worker.getFailedRefreshes();
             text += labelled("flamesim_volatile_cache_refreshes_total",
                              {name, by, label("result", "begun")}, worker.getRefreshes());
             text += labelled("flamesim_volatile_cache_refreshes_total",
                              {name, by, label("result", "failed")}, failed);
           }
         });
  metric("flamesim_volatile_cache_evictions_total", "counter", "Entries that went for others.",
         [&](auto cache, const std::string& name) {
           text +=
               labelled("flamesim_volatile_cache_evictions_total", {name}, cache.getEvictions());
         });
  metric("flamesim_volatile_cache_entries", "gauge", "Entries.",
         [&](auto cache, const std::string& name) {
           text += labelled("flamesim_volatile_cache_entries", {name}, cache.getEntries());
         });
  metric("flamesim_volatile_cache_value_bytes", "gauge", "Bytes of all values.",
         [&](auto cache, const std::string& name) {
           text += labelled("flamesim_volatile_cache_value_bytes", {name}, cache.getValueBytes());
         });
  return text;
}

nlohmann::json jsonOf(CacheList list) {
  auto all = nlohmann::json::array();
  for (auto cache : list) {
    auto workers = nlohmann::json::object();
    for (auto worker : cache.getWorkers()) {
      workers[worker.getName().cStr()] = {{"hits", worker.getHits()},
                                          {"misses", worker.getMisses()},
                                          {"coalesced", worker.getCoalesced()},
                                          {"refreshes", worker.getRefreshes()},
                                          {"failedRefreshes", worker.getFailedRefreshes()}};
    }
    all.push_back({{"cache", cache.getName().cStr()},
                   {"entries", cache.getEntries()},
                   {"valueBytes", cache.getValueBytes()},
                   {"evictions", cache.getEvictions()},
                   {"workers", std::move(workers)}});
  }
  return all;
}

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
  auto cached = counters.volatileCachesRequest().send().wait(connection.io().waitScope);
  if (json) {
    nlohmann::json all{{"calls", nlohmann::json::parse(net::jsonText(counts))},
                       {"volatileCaches", jsonOf(cached.getCaches())}};
    std::cout << all.dump(2) << "\n";
  } else {
    std::cout << net::prometheusText(counts) << prometheusText(cached.getCaches());
  }
}

}  // namespace

ControlPart countersPart(std::shared_ptr<const net::CallCounters> counters,
                         const bindings::VolatileCaches& caches) {
  return {kServerKind, kj::heap<CountersServer>(std::move(counters), caches)};
}

void addStats(CLI::App& app, ExitCode&) {
  struct Options {
    std::string project = ".";
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "stats",
      "How often the running `dev` called its services and egress, and how its caches answered");
  command->add_option("project", options->project, "folder with flamesim.jsonc, or the file")
      ->capture_default_str();
  command->add_flag("--json", options->json, "as JSON instead of Prometheus' text format");
  command->callback([options] { run(options->project, options->json); });
}

}  // namespace flamesim::cli
