#include "sim/net/call_counters.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace flamesim::net {

namespace {

constexpr Time kStart{std::chrono::seconds(1000)};
using std::chrono::milliseconds;

std::shared_ptr<CallCounters> counted() {
  auto counters = std::make_shared<CallCounters>();
  auto& rrdns = counters->of({false, "rrdns", "Rrdns.lookupOwnership", "ownership"});
  CountedCall(counters, rrdns, kStart).end(kStart + milliseconds(3), false);
  CountedCall(counters, rrdns, kStart).end(kStart + milliseconds(70'000), true);
  { CountedCall givenUp(counters, rrdns, kStart); }
  CountedCall(counters, counters->of({true, "fl", "GET", "a\"b"}), kStart)
      .end(kStart + milliseconds(1), false);
  return counters;
}

}  // namespace

TEST_CASE("calls are counted when they end") {
  auto counters = std::make_shared<CallCounters>();
  auto& count = counters->of({false, "rrdns", "Rrdns.lookupOwnership", "ownership"});
  {
    CountedCall call(counters, count, kStart);
    CHECK(count.open == 1);
    CHECK(count.calls == 0);
    call.end(kStart + milliseconds(3), true);
  }
  CHECK(count.open == 0);
  CHECK(count.calls == 1);
  CHECK(count.errors == 1);
  CHECK(count.total == milliseconds(3));
  CHECK(count.buckets[2] == 1);
}

TEST_CASE("counts as Prometheus reads them") {
  auto text = prometheusText(counted()->all());
  auto labels = std::string(R"(service="rrdns",method="Rrdns.lookupOwnership",worker="ownership")");
  for (const auto& line : {
           "# TYPE flamesim_service_calls_total counter\nflamesim_service_calls_total{" + labels +
               "} 2\n",
           "flamesim_service_errors_total{" + labels + "} 1\n",
           "flamesim_service_calls_open{" + labels + "} 0\n",
           "# TYPE flamesim_service_call_seconds histogram\nflamesim_service_call_seconds_bucket{" +
               labels + ",le=\"0.001\"} 0\n",
           "flamesim_service_call_seconds_bucket{" + labels + ",le=\"0.005\"} 1\n",
           "flamesim_service_call_seconds_bucket{" + labels + ",le=\"10.0\"} 1\n",
           "flamesim_service_call_seconds_bucket{" + labels + ",le=\"+Inf\"} 2\n",
           "flamesim_service_call_seconds_sum{" + labels + "} 70.003\n",
           "flamesim_service_call_seconds_count{" + labels + "} 2\n",
           std::string(
               "flamesim_egress_calls_total{egress=\"fl\",method=\"GET\",worker=\"a\\\"b\"} 1\n"),
       }) {
    INFO(line);
    CHECK(text.find(line) != text.npos);
  }
}

TEST_CASE("counts as JSON") {
  auto all = nlohmann::json::parse(jsonText(counted()->all()));
  REQUIRE(all.size() == 2);
  CHECK(all[0] == nlohmann::json::parse(R"({"service": "rrdns", "method": "Rrdns.lookupOwnership",
            "worker": "ownership", "calls": 2, "errors": 1, "open": 0, "totalMs": 70003.0,
            "latency": [{"upToMs": 5, "calls": 1}, {"upToMs": null, "calls": 1}]})"));
  CHECK(all[1]["egress"] == "fl");
}

}  // namespace flamesim::net
