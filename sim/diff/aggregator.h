// Gathers the comparisons of a run into clusters: the same difference of many exchanges is one
// cluster with a count and an example. Memory is bounded whatever the length of the run, and the
// result depends on the exchanges alone: not on their order, nor on how they were shared out among
// threads that each had an aggregator of its own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/diff/difference.h"
#include "sim/diff/noise.h"
#include "sim/net/exchange.h"

namespace flamesim::diff {

struct Limits {
  size_t fields = 400;   // (worker, field, kind) of differences; those beyond are counted
  size_t values = 64;    // expected -> got of one field; a field with more is one cluster
  size_t shown = 10;     // clusters of one field in the result; the rarer ones become one
  size_t noises = 1000;  // sets of noisy fields of an exchange; with more, none is called noise
  size_t hosts = 100;    // distinct hosts counted for a cluster
};

struct Totals {
  uint64_t exchanges = 0;  // compared
  uint64_t same = 0;
  uint64_t different = 0;
  uint64_t declined = 0;
  uint64_t failed = 0;
  uint64_t known = 0;          // the ledger has all of their differences
  uint64_t noise = 0;          // they are in nothing but what FL does not repeat
  uint64_t framing = 0;        // exchanges with differences in framing, different or not
  uint64_t onlyReference = 0;  // exchanges without a counterpart
  uint64_t onlyCandidate = 0;
  uint64_t differences = 0;        // all, of all weights
  uint64_t omitted = 0;            // beyond what compare() keeps of one pair
  uint64_t unclustered = 0;        // beyond Limits::fields
  std::vector<uint64_t> ruleUses;  // by index in Rules::list(); may be shorter
  bool operator==(const Totals&) const = default;
};

struct Example {
  uint64_t id = 0;
  std::string method;
  std::string url;
  std::string field;  // with its indices
  std::string expected;
  std::string got;
  std::string detail;
  bool operator==(const Example&) const = default;
};

struct Cluster {
  std::string field;  // abstracted, see abstract.h
  DifferenceKind kind = DifferenceKind::kChanged;
  Weight weight = Weight::kBehaviour;
  std::string worker;    // "" where it is not known
  std::string expected;  // abstracted; empty when `varied`
  std::string got;
  bool varied = false;                // many values: the example shows one pair of them
  uint64_t count = 0;                 // of differences
  uint64_t exchanges = 0;             // of exchanges that have it
  double share = 0;                   // exchanges / Totals::exchanges
  uint64_t hosts = 0;                 // distinct hosts
  bool moreHosts = false;             // there are more than `hosts`
  std::optional<uint32_t> deviation;  // that covers it: index in Deviations::list()
  std::optional<uint32_t> noise;      // FL may not repeat it: index in NoiseFilter::list()
  Example example;                    // of the exchange with the lowest id
  bool operator==(const Cluster&) const = default;
};

// The order of Aggregator::clusters().
bool ranksBefore(const Cluster& a, const Cluster& b);

// What a deviation of the ledger covered.
struct DeviationUse {
  uint64_t exchanges = 0;
  uint64_t hosts = 0;      // distinct hosts
  bool moreHosts = false;  // there are more than `hosts`
};

class Aggregator {
 public:
  explicit Aggregator(Limits limits = {}) : limits(limits) {}

  // Once for each exchange of the reference that has a counterpart.
  void add(const net::Exchange& reference, const Comparison& comparison);
  void addOnlyReference(uint64_t count = 1) { sums.onlyReference += count; }
  void addOnlyCandidate(uint64_t count = 1) { sums.onlyCandidate += count; }
  // Once, at the end: whose noise it is. Exchanges that differ in nothing but fields that are
  // comparable with FL's own (NoiseFilter::isComparable) are noise; the others are different.
  void decideNoise(const NoiseFilter& filter);
  // Exchanges with a difference in the noisy field that no deviation covers.
  uint64_t exchangesOfNoise(uint32_t index) const;
  // The other must have had the same limits and other exchanges.
  void merge(Aggregator&& other);

  Totals totals() const;
  DeviationUse useOf(uint32_t deviation) const;
  // Behaviour before framing, what neither noise nor a deviation may excuse first, then by falling
  // number of exchanges, then by field.
  std::vector<Cluster> clusters() const;

 private:
  struct FieldKey {
    uint64_t hash;  // first: which fields are kept does not favour names
    std::string field;
    std::string worker;
    DifferenceKind kind;
    Weight weight;
    std::optional<uint32_t> deviation;
    std::optional<uint32_t> noise;
    auto operator<=>(const FieldKey&) const = default;
  };
  struct Tally {
    uint64_t count = 0;
    uint64_t exchanges = 0;
    std::optional<uint64_t> lastId;
    std::vector<uint64_t> hosts;  // hashes, sorted, the lowest Limits::hosts of them
    bool moreHosts = false;
    Example example;

    void add(const net::Exchange& reference, const Difference& difference, uint64_t hostHash,
             size_t hostLimit);
    void merge(Tally&& other, size_t hostLimit);
  };
  using ValuePair = std::pair<std::string, std::string>;
  struct Field {
    Tally all;
    std::map<ValuePair, Tally> values;  // empty when `varied`
    bool varied = false;
  };

  void noteNoise(const Comparison& comparison);
  void boundNoise();
  void trim();
  Cluster makeCluster(const FieldKey& key, const Tally& tally) const;
  void fieldClusters(const FieldKey& key, const Field& field, std::vector<Cluster>& out) const;

  Limits limits;
  Totals sums;
  std::map<FieldKey, Field> fields;
  std::map<uint32_t, Tally> deviations;  // by index
  std::map<uint32_t, uint64_t> noisy;    // exchanges, by index
  // Exchanges that may be noise, by its fields; empty where there were too many sets of them.
  std::map<std::vector<uint32_t>, uint64_t> undecided;
  uint64_t allUndecided = 0;
  bool tooManyNoises = false;
};

}  // namespace flamesim::diff
