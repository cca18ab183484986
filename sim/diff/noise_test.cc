// What FL does not repeat is noise, as long as the chain differs in it about as often.
#include "sim/diff/noise.h"

#include <catch2/catch.hpp>

#include "sim/diff/aggregator.h"
#include "sim/diff/deviations.h"
#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

// FL's answer to the request `id`, the `round`-th time: a counter that always differs, and a node
// that differs in every tenth request.
net::Exchange ofFl(uint64_t id, int round) {
  auto result = exchange(200, {{"x-counter", std::to_string(id * 10 + unsigned(round))},
                               {"x-node", id % 10 == 0 && round > 0 ? "b" : "a"}});
  result.id = id;
  return result;
}

NoiseFilter observed(uint64_t pairs = 1000) {
  Noise noise;
  for (uint64_t id = 1; id <= pairs; id++) noise.observe(compare(ofFl(id, 0), ofFl(id, 1)));
  return NoiseFilter(noise);
}

struct Run {
  NoiseFilter filter = observed();
  Aggregator all;

  // The candidate of `id`, judged and gathered.
  void add(uint64_t id, const net::Exchange& candidate) {
    auto comparison = compare(ofFl(id, 0), candidate);
    filter.judge(comparison);
    all.add(ofFl(id, 0), comparison);
  }
  Totals totals() {
    all.decideNoise(filter);
    return all.totals();
  }
};

net::Exchange with(net::Exchange exchange, const std::string& name, const std::string& value) {
  exchange.outcome.response.headers.set(name, value);
  return exchange;
}

}  // namespace

TEST_CASE("noise: fields and how often FL differs from itself in them") {
  auto filter = observed();
  CHECK(filter.pairs() == 1000);
  CHECK(filter.list() ==
        std::vector<NoisyField>{{"header:x-counter", DifferenceKind::kChanged, 1000},
                                {"header:x-node", DifferenceKind::kChanged, 100}});
}

TEST_CASE("noise: a chain that differs as FL does is the same but for noise") {
  Run run;
  for (uint64_t id = 1; id <= 1000; id++) run.add(id, ofFl(id, 2));
  auto totals = run.totals();
  CHECK(totals.noise == 1000);
  CHECK(totals.different == 0);
  CHECK(totals.exchanges == 1000);
}

TEST_CASE("noise: a difference beside noise is not hidden") {
  Run run;
  for (uint64_t id = 1; id <= 1000; id++) {
    run.add(id, id == 500 ? with(ofFl(id, 2), "x-other", "1") : ofFl(id, 2));
  }
  auto totals = run.totals();
  CHECK(totals.noise == 999);
  CHECK(totals.different == 1);
  CHECK(run.all.clusters()[0].field == "header:x-other");
}

TEST_CASE("noise: a field that differs more often than FL's own has a difference in it") {
  Run run;
  for (uint64_t id = 1; id <= 1000; id++) {
    run.add(id, with(ofFl(id, 2), "x-node", id % 2 == 0 ? "c" : "a"));
  }
  auto totals = run.totals();
  CHECK(totals.different == 500);
  CHECK(totals.noise == 500);  // those that differ in the counter alone
  CHECK_FALSE(run.filter.isComparable(1, run.all.exchangesOfNoise(1), totals.exchanges));
}

TEST_CASE("noise: a header that is gone is no value that varies") {
  Run run;
  auto candidate = ofFl(1, 2);
  candidate.outcome.response.headers.remove("x-counter");
  run.add(1, candidate);
  CHECK(run.totals().different == 1);
}

TEST_CASE("noise: what the ledger has is not noise as well, and both together excuse") {
  auto filter = observed();
  auto known = Deviations::parse(
      R"({"deviations": [{"field": "status", "decision": "mend", "reason": "r"}]})", "d.jsonc");
  auto candidate = ofFl(1, 2);
  candidate.outcome.response.status = 404;
  auto comparison = compare(ofFl(1, 0), candidate);
  known.judge(ofFl(1, 0), comparison);
  CHECK(comparison.verdict == Verdict::kDifferent);
  filter.judge(comparison);
  CHECK(comparison.verdict == Verdict::kNoise);
  for (auto& difference : comparison.differences) {
    CHECK(difference.deviation.has_value() != difference.noise.has_value());
  }
}

TEST_CASE("noise: rates are comparable within half as many again and what chance adds") {
  auto filter = observed();
  CHECK(filter.isComparable(0, 1000, 1000));
  CHECK(filter.isComparable(1, 100, 1000));
  CHECK(filter.isComparable(1, 180, 1000));
  CHECK_FALSE(filter.isComparable(1, 200, 1000));
  CHECK(filter.isComparable(1, 0, 1000));
  CHECK(filter.isComparable(1, 3, 10));  // few exchanges say little
  CHECK_FALSE(filter.isComparable(1, 5, 10));
  CHECK_FALSE(filter.isComparable(1, 0, 0));
  CHECK_FALSE(NoiseFilter(Noise()).isComparable(0, 0, 1));
}

TEST_CASE("noise: the same however exchanges are shared out, also where there are too many sets") {
  auto filter = observed();
  for (size_t limit : {1000u, 1u}) {
    uint64_t noise[2]{};
    for (size_t parts : {1u, 3u}) {
      std::vector<Aggregator> shards(parts, Aggregator({.noises = limit}));
      for (uint64_t id = 1; id <= 1000; id++) {
        auto comparison = compare(ofFl(id, 0), ofFl(id, 2));
        filter.judge(comparison);
        shards[id % parts].add(ofFl(id, 0), comparison);
      }
      for (size_t i = 1; i < parts; i++) shards[0].merge(std::move(shards[i]));
      shards[0].decideNoise(filter);
      CHECK(shards[0].totals().noise + shards[0].totals().different == 1000);
      noise[parts / 2] = shards[0].totals().noise;
    }
    CHECK(noise[0] == noise[1]);
    CHECK(noise[0] == (limit == 1 ? 0 : 1000));
  }
}
