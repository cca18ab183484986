#include "sim/diff/aggregator.h"

#include <algorithm>
#include <tuple>

#include "sim/diff/abstract.h"
#include "sim/net/url_parts.h"

namespace flamesim::diff {

namespace {

// FNV-1a with a final mix: the same on every machine, unlike std::hash.
uint64_t hashOf(std::string_view text, uint64_t hash = 0xcbf29ce484222325) {
  for (char c : text) hash = (hash ^ uint8_t(c)) * 0x100000001b3;
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15;
}

// Keeps the lowest `limit` of all hashes ever inserted, so that order does not matter.
void insertHost(std::vector<uint64_t>& hosts, bool& more, uint64_t hash, size_t limit) {
  auto at = std::lower_bound(hosts.begin(), hosts.end(), hash);
  if (at != hosts.end() && *at == hash) return;
  hosts.insert(at, hash);
  if (hosts.size() > limit) {
    hosts.pop_back();
    more = true;
  }
}

// What nothing excuses comes first, then what may be noise, then what the ledger has.
int excuse(const Cluster& cluster) {
  if (cluster.deviation) return 2;
  return cluster.noise ? 1 : 0;
}

}  // namespace

void Aggregator::Tally::add(const net::Exchange& reference, const Difference& difference,
                            uint64_t hostHash, size_t hostLimit) {
  bool first = count == 0;
  ++count;
  if (lastId != reference.id) {
    ++exchanges;
    insertHost(hosts, moreHosts, hostHash, hostLimit);
  }
  lastId = reference.id;
  if (!first && reference.id >= example.id) return;
  example = {.id = reference.id,
             .method = reference.request.method,
             .url = reference.request.url,
             .field = difference.field,
             .expected = difference.expected,
             .got = difference.got,
             .detail = difference.detail};
}

void Aggregator::Tally::merge(Tally&& other, size_t hostLimit) {
  if (other.count == 0) return;
  if (count == 0 || other.example.id < example.id) example = std::move(other.example);
  count += other.count;
  exchanges += other.exchanges;
  moreHosts = moreHosts || other.moreHosts;
  for (uint64_t hash : other.hosts) insertHost(hosts, moreHosts, hash, hostLimit);
}

void Aggregator::add(const net::Exchange& reference, const Comparison& comparison) {
  ++sums.exchanges;
  switch (comparison.verdict) {
    case Verdict::kSame:
      ++sums.same;
      break;
    case Verdict::kDifferent:
      ++sums.different;
      break;
    case Verdict::kDeclined:
      ++sums.declined;
      break;
    case Verdict::kFailed:
      ++sums.failed;
      break;
    case Verdict::kNoise:
      break;  // until decideNoise()
    case Verdict::kKnown:
      ++sums.known;
      break;
  }
  sums.omitted += comparison.omitted;
  for (uint32_t rule : comparison.rulesUsed) {
    if (sums.ruleUses.size() <= rule) sums.ruleUses.resize(rule + 1);
    ++sums.ruleUses[rule];
  }
  if (comparison.differences.empty()) return;

  sums.differences += comparison.differences.size();
  bool framing = false;
  uint64_t host = hashOf(net::splitUrl(reference.request.url).host);
  for (auto& difference : comparison.differences) {
    framing = framing || difference.weight == Weight::kFraming;
    FieldKey key{0,
                 abstractField(difference.field),
                 difference.worker,
                 difference.kind,
                 difference.weight,
                 difference.deviation,
                 difference.noise};
    if (difference.deviation) {
      deviations[*difference.deviation].add(reference, difference, host, limits.hosts);
    }
    key.hash = hashOf(key.worker, hashOf(key.field));
    Field& field = fields[std::move(key)];
    field.all.add(reference, difference, host, limits.hosts);
    if (!field.varied) {
      ValuePair pair(abstractValue(difference.expected), abstractValue(difference.got));
      field.values[std::move(pair)].add(reference, difference, host, limits.hosts);
      if (field.values.size() > limits.values) {
        field.varied = true;
        field.values.clear();
      }
    }
  }
  if (framing) ++sums.framing;
  noteNoise(comparison);
  trim();
}

void Aggregator::noteNoise(const Comparison& comparison) {
  std::vector<uint32_t> fields;
  for (auto& difference : comparison.differences) {
    if (difference.noise) fields.push_back(*difference.noise);
  }
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  for (uint32_t field : fields) ++noisy[field];
  if (comparison.verdict != Verdict::kNoise) return;
  ++allUndecided;
  ++undecided[std::move(fields)];
  boundNoise();
}

// What one part of the exchanges has too many of, all of them have: the result does not depend on
// how they were shared out.
void Aggregator::boundNoise() {
  tooManyNoises = tooManyNoises || undecided.size() > limits.noises;
  if (tooManyNoises) undecided.clear();
}

void Aggregator::decideNoise(const NoiseFilter& filter) {
  uint64_t noise = 0;
  for (auto& [fields, exchanges] : undecided) {
    bool isNoise = std::all_of(fields.begin(), fields.end(), [&](uint32_t field) {
      return filter.isComparable(field, exchangesOfNoise(field), sums.exchanges);
    });
    if (isNoise) noise += exchanges;
  }
  sums.noise += noise;
  sums.different += allUndecided - noise;
  undecided.clear();
  allUndecided = 0;
}

uint64_t Aggregator::exchangesOfNoise(uint32_t index) const {
  auto found = noisy.find(index);
  return found == noisy.end() ? 0 : found->second;
}

// The fields with the lowest hashes stay. One of those is never among the highest of a part of the
// exchanges, so what stays is complete, whatever was cut when.
void Aggregator::trim() {
  while (fields.size() > limits.fields) fields.erase(std::prev(fields.end()));
}

void Aggregator::merge(Aggregator&& other) {
  Totals& from = other.sums;
  sums.exchanges += from.exchanges;
  sums.same += from.same;
  sums.different += from.different;
  sums.declined += from.declined;
  sums.failed += from.failed;
  sums.known += from.known;
  sums.framing += from.framing;
  sums.onlyReference += from.onlyReference;
  sums.onlyCandidate += from.onlyCandidate;
  sums.differences += from.differences;
  sums.omitted += from.omitted;
  sums.ruleUses.resize(std::max(sums.ruleUses.size(), from.ruleUses.size()));
  for (size_t i = 0; i < from.ruleUses.size(); ++i) sums.ruleUses[i] += from.ruleUses[i];

  for (auto& [index, tally] : other.deviations) {
    deviations[index].merge(std::move(tally), limits.hosts);
  }
  for (auto& [index, exchanges] : other.noisy) noisy[index] += exchanges;
  allUndecided += other.allUndecided;
  tooManyNoises = tooManyNoises || other.tooManyNoises;
  for (auto& [fields, exchanges] : other.undecided) undecided[fields] += exchanges;
  boundNoise();
  while (!other.fields.empty()) {
    auto node = other.fields.extract(other.fields.begin());
    Field& field = fields[node.key()];
    Field& added = node.mapped();
    field.all.merge(std::move(added.all), limits.hosts);
    field.varied = field.varied || added.varied;
    for (auto& [pair, tally] : added.values) {
      if (!field.varied) field.values[pair].merge(std::move(tally), limits.hosts);
    }
    field.varied = field.varied || field.values.size() > limits.values;
    if (field.varied) field.values.clear();
  }
  trim();
}

Totals Aggregator::totals() const {
  Totals result = sums;
  uint64_t kept = 0;
  for (auto& [key, field] : fields) kept += field.all.count;
  result.unclustered = result.differences - kept;
  return result;
}

DeviationUse Aggregator::useOf(uint32_t deviation) const {
  auto found = deviations.find(deviation);
  if (found == deviations.end()) return {};
  auto& tally = found->second;
  return {.exchanges = tally.exchanges, .hosts = tally.hosts.size(), .moreHosts = tally.moreHosts};
}

Cluster Aggregator::makeCluster(const FieldKey& key, const Tally& tally) const {
  return {.field = key.field,
          .kind = key.kind,
          .weight = key.weight,
          .worker = key.worker,
          .expected = {},
          .got = {},
          .varied = false,
          .count = tally.count,
          .exchanges = tally.exchanges,
          .share = sums.exchanges == 0 ? 0 : double(tally.exchanges) / double(sums.exchanges),
          .hosts = tally.hosts.size(),
          .moreHosts = tally.moreHosts,
          .deviation = key.deviation,
          .noise = key.noise,
          .example = tally.example};
}

void Aggregator::fieldClusters(const FieldKey& key, const Field& field,
                               std::vector<Cluster>& out) const {
  if (field.varied) {
    out.push_back(makeCluster(key, field.all));
    out.back().varied = true;
    return;
  }
  std::vector<const std::pair<const ValuePair, Tally>*> byCount;
  for (auto& entry : field.values) byCount.push_back(&entry);
  std::stable_sort(byCount.begin(), byCount.end(),
                   [](auto* a, auto* b) { return a->second.exchanges > b->second.exchanges; });
  size_t shown = byCount.size() <= limits.shown ? byCount.size() : limits.shown - 1;
  for (size_t i = 0; i < shown; ++i) {
    out.push_back(makeCluster(key, byCount[i]->second));
    out.back().expected = byCount[i]->first.first;
    out.back().got = byCount[i]->first.second;
  }
  if (shown == byCount.size()) return;
  Tally rest;
  for (size_t i = shown; i < byCount.size(); ++i) {
    rest.merge(Tally(byCount[i]->second), limits.hosts);
  }
  // One exchange can have several of these values.
  rest.exchanges = std::min(rest.exchanges, field.all.exchanges);
  out.push_back(makeCluster(key, rest));
  out.back().varied = true;
}

bool ranksBefore(const Cluster& a, const Cluster& b) {
  int aExcused = excuse(a);
  int bExcused = excuse(b);
  return std::tie(a.weight, aExcused, b.exchanges, b.count, a.field, a.worker, a.kind, a.varied,
                  a.expected, a.got, a.deviation,
                  a.noise) < std::tie(b.weight, bExcused, a.exchanges, a.count, b.field, b.worker,
                                      b.kind, b.varied, b.expected, b.got, b.deviation, b.noise);
}

std::vector<Cluster> Aggregator::clusters() const {
  std::vector<Cluster> result;
  for (auto& [key, field] : fields) fieldClusters(key, field, result);
  std::sort(result.begin(), result.end(), ranksBefore);
  return result;
}

}  // namespace flamesim::diff
