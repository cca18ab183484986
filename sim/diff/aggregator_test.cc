// Clusters: like differences together, bounded, and the same however the exchanges are shared out.
#include "sim/diff/aggregator.h"

#include <catch2/catch.hpp>
#include <random>

#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

struct Case {
  net::Exchange reference;
  Comparison comparison;
};

Case makeCase(uint64_t id, const HeaderPairs& reference, const HeaderPairs& candidate,
              const std::string& host = "a.example") {
  Case result;
  result.reference = exchange(200, reference, "", "GET", "http://" + host + "/x");
  result.reference.id = id;
  result.comparison = compare(result.reference, exchange(200, candidate));
  return result;
}

Aggregator aggregate(const std::vector<Case>& cases, size_t parts, Limits limits = {}) {
  std::vector<Aggregator> shards(parts, Aggregator(limits));
  for (size_t i = 0; i < cases.size(); ++i) {
    shards[i * 7 % parts].add(cases[i].reference, cases[i].comparison);
  }
  Aggregator all(limits);
  for (size_t i = parts; i-- > 0;) all.merge(std::move(shards[i]));
  return all;
}

}  // namespace

TEST_CASE("Like differences are one cluster with counts and the first example") {
  Aggregator aggregator;
  for (uint64_t id : {9, 4, 7}) {
    auto one =
        makeCase(id, {{"server", "fl"}}, {{"server", "oxy"}}, id == 7 ? "b.example" : "a.example");
    aggregator.add(one.reference, one.comparison);
  }
  auto same = makeCase(1, {}, {});
  aggregator.add(same.reference, same.comparison);

  auto clusters = aggregator.clusters();
  REQUIRE(clusters.size() == 1);
  CHECK(clusters[0].field == "header:server");
  CHECK(clusters[0].expected == "fl");
  CHECK(clusters[0].got == "oxy");
  CHECK(clusters[0].worker == "shaper");
  CHECK(clusters[0].exchanges == 3);
  CHECK(clusters[0].share == 0.75);
  CHECK(clusters[0].hosts == 2);
  CHECK(clusters[0].example.id == 4);
  CHECK(aggregator.totals().exchanges == 4);
  CHECK(aggregator.totals().same == 1);
  CHECK(aggregator.totals().different == 3);
}

TEST_CASE("Ids do not part clusters; several differences of one exchange count it once") {
  Aggregator aggregator;
  auto one = makeCase(1, {{"x", "550e8400-e29b-41d4-a716-446655440000"}},
                      {{"x", "660e8400-e29b-41d4-a716-446655440000"}});
  auto two = makeCase(2, {{"x", "770e8400-e29b-41d4-a716-446655440000"}},
                      {{"x", "880e8400-e29b-41d4-a716-446655440000"}});
  auto cookies = makeCase(3, {{"set-cookie", "a=1"}, {"set-cookie", "a=1"}}, {});
  for (auto* each : {&one, &two, &cookies}) aggregator.add(each->reference, each->comparison);
  auto clusters = aggregator.clusters();
  REQUIRE(clusters.size() == 2);
  CHECK(clusters[0].expected == "<uuid>");
  CHECK(clusters[0].exchanges == 2);
  CHECK(clusters[0].example.expected == "550e8400-e29b-41d4-a716-446655440000");
  CHECK(clusters[1].field == "header:set-cookie[*]");
  CHECK(clusters[1].count == 2);
  CHECK(clusters[1].exchanges == 1);
  CHECK(clusters[1].example.field == "header:set-cookie[0]");
}

TEST_CASE("Behaviour comes before framing, then the number of exchanges, then the field") {
  Aggregator aggregator;
  for (uint64_t id = 1; id <= 3; ++id) {
    auto one = makeCase(id, {{"connection", "close"}, {"b", "1"}}, {});
    aggregator.add(one.reference, one.comparison);
  }
  for (uint64_t id = 4; id <= 7; ++id) {
    auto one = makeCase(id, {{"c", "1"}}, {});
    aggregator.add(one.reference, one.comparison);
  }
  auto last = makeCase(8, {{"a", "1"}}, {});
  aggregator.add(last.reference, last.comparison);
  std::vector<std::string> order;
  for (auto& cluster : aggregator.clusters()) order.push_back(cluster.field);
  CHECK(order == Lines{"header:c", "header:b", "header:a", "header:connection"});
  CHECK(aggregator.totals().framing == 3);
}

TEST_CASE("Rare values of a field become one cluster; a field of many values is one cluster") {
  std::vector<Case> cases;
  uint64_t id = 0;
  for (int value = 0; value < 15; ++value) {
    for (int i = 0; i <= value; ++i) {
      cases.push_back(makeCase(++id, {{"x", "v" + std::to_string(value)}}, {{"x", "y"}}));
    }
  }
  auto clusters = aggregate(cases, 1).clusters();
  REQUIRE(clusters.size() == 10);
  uint64_t sum = 0;
  for (auto& cluster : clusters) sum += cluster.exchanges;
  CHECK(sum == 120);
  CHECK(clusters[0].varied);  // v0 to v5 together: 21 exchanges
  CHECK(clusters[0].exchanges == 21);
  CHECK(clusters[1].expected == "v14");

  clusters = aggregate(cases, 1, Limits{.values = 14}).clusters();
  REQUIRE(clusters.size() == 1);
  CHECK(clusters[0].varied);
  CHECK(clusters[0].exchanges == 120);
  CHECK(clusters[0].example.id == 1);
}

TEST_CASE("Memory is bounded: what is beyond is counted") {
  std::vector<Case> cases;
  for (uint64_t id = 1; id <= 500; ++id) {
    cases.push_back(makeCase(id, {{"x-" + std::to_string(id % 100), "1"}}, {},
                             "h" + std::to_string(id) + ".example"));
  }
  Limits limits{.fields = 10, .hosts = 3};
  auto aggregator = aggregate(cases, 1, limits);
  CHECK(aggregator.clusters().size() == 10);
  CHECK(aggregator.totals().differences == 500);
  CHECK(aggregator.totals().unclustered == 450);
  for (auto& cluster : aggregator.clusters()) {
    CHECK(cluster.exchanges == 5);
    CHECK(cluster.hosts == 3);
    CHECK(cluster.moreHosts);
  }
}

TEST_CASE("The result does not depend on how exchanges are shared out, nor on their order") {
  std::mt19937 random(7);
  std::vector<Case> cases;
  for (uint64_t id = 1; id <= 600; ++id) {
    HeaderPairs reference, candidate;
    for (int i = 0; i < 3; ++i) {
      std::string name = "x-" + std::to_string(random() % 25);
      reference.emplace_back(name, std::to_string(random() % 12));
      candidate.emplace_back(name, std::to_string(random() % 3));
    }
    cases.push_back(
        makeCase(id, reference, candidate, "h" + std::to_string(random() % 9) + ".example"));
    cases.back().comparison.rulesUsed = {uint32_t(random() % 4)};
  }
  for (Limits limits : {Limits{}, Limits{.fields = 9, .values = 13, .shown = 5, .hosts = 4}}) {
    auto once = aggregate(cases, 1, limits);
    auto shuffled = cases;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (size_t parts : {2, 3, 16}) {
      auto other = aggregate(shuffled, parts, limits);
      CHECK(other.totals() == once.totals());
      CHECK(other.clusters() == once.clusters());
    }
  }
}
