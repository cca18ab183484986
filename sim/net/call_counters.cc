#include "sim/net/call_counters.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace flamesim::net {

namespace {

using Json = nlohmann::ordered_json;

double millisOf(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// A number without zeros that say nothing.
std::string decimal(double value) {
  return Json(value).dump();
}

std::string escaped(const std::string& value) {
  std::string out;
  for (char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string labels(const CallSeries& series) {
  return std::string(series.isEgress ? "egress" : "service") + "=\"" + escaped(series.target) +
         "\",method=\"" + escaped(series.operation) + "\",worker=\"" + escaped(series.worker) +
         "\"";
}

// One metric of all series of a kind, with its head.
template <typename Write>
void metric(std::string& out, const CallCounts& counts, bool egress, const std::string& name,
            const std::string& type, const std::string& help, Write write) {
  bool first = true;
  auto full = (egress ? "flamesim_egress_" : "flamesim_service_") + name;
  for (auto& [series, count] : counts) {
    if (series.isEgress != egress) continue;
    if (std::exchange(first, false)) {
      out += "# HELP " + full + " " + help + "\n# TYPE " + full + " " + type + "\n";
    }
    write(full, labels(series), count);
  }
}

void histogram(std::string& out, const std::string& name, const std::string& labels,
               const CallCount& count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count.buckets.size(); ++i) {
    sum += count.buckets[i];
    bool last = i == kLatencyBuckets.size();
    auto bound = last ? "+Inf" : decimal(double(kLatencyBuckets[i]) / 1000);
    out += name + "_bucket{" + labels + ",le=\"" + bound + "\"} " + std::to_string(sum) + "\n";
  }
  out += name + "_sum{" + labels + "} " + decimal(millisOf(count.total) / 1000) + "\n";
  out += name + "_count{" + labels + "} " + std::to_string(count.calls) + "\n";
}

}  // namespace

void CountedCall::end(Time now, bool failed) {
  auto took = std::max(now - start, Duration::zero());
  ++count.calls;
  if (failed) ++count.errors;
  count.total += took;
  auto bound = std::find_if(kLatencyBuckets.begin(), kLatencyBuckets.end(),
                            [&](uint32_t most) { return took <= std::chrono::milliseconds(most); });
  ++count.buckets[size_t(bound - kLatencyBuckets.begin())];
}

std::string prometheusText(const CallCounts& counts) {
  std::string out;
  for (bool egress : {false, true}) {
    auto number = [&](auto member) {
      return [&out, member](auto& name, const std::string& labels, auto& count) {
        out += name + "{" + labels + "} " + std::to_string(count.*member) + "\n";
      };
    };
    metric(out, counts, egress, "calls_total", "counter", "Calls that have ended.",
           number(&CallCount::calls));
    metric(out, counts, egress, "errors_total", "counter", "Calls that failed.",
           number(&CallCount::errors));
    metric(out, counts, egress, "calls_open", "gauge", "Calls under way.",
           number(&CallCount::open));
    metric(out, counts, egress, "call_seconds", "histogram", "How long calls took.",
           [&](auto& name, const std::string& labels, auto& count) {
             histogram(out, name, labels, count);
           });
  }
  return out;
}

std::string jsonText(const CallCounts& counts) {
  auto all = Json::array();
  for (auto& [series, count] : counts) {
    auto buckets = Json::array();
    for (size_t i = 0; i < count.buckets.size(); ++i) {
      if (count.buckets[i] == 0) continue;
      Json bound = nullptr;
      if (i < kLatencyBuckets.size()) bound = kLatencyBuckets[i];
      buckets.push_back({{"upToMs", bound}, {"calls", count.buckets[i]}});
    }
    all.push_back({{series.isEgress ? "egress" : "service", series.target},
                   {"method", series.operation},
                   {"worker", series.worker},
                   {"calls", count.calls},
                   {"errors", count.errors},
                   {"open", count.open},
                   {"totalMs", millisOf(count.total)},
                   {"latency", buckets}});
  }
  return all.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace flamesim::net
