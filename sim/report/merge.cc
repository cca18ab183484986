#include "sim/report/merge.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace flamesim::report {

using diff::Cluster;

namespace {

auto clusterKey(const Cluster& cluster) {
  return std::tie(cluster.field, cluster.kind, cluster.weight, cluster.worker, cluster.varied,
                  cluster.expected, cluster.got, cluster.deviation, cluster.noise);
}

struct SameCluster {
  bool operator()(const Cluster* a, const Cluster* b) const {
    return clusterKey(*a) < clusterKey(*b);
  }
};

// A rule but for how often it was used, and whether it had expired on the day of the run.
auto ruleKey(const RuleUse& rule) {
  return std::tie(rule.where, rule.field, rule.action, rule.reason, rule.owner, rule.expires);
}

bool sameRules(const std::vector<RuleUse>& a, const std::vector<RuleUse>& b) {
  return std::ranges::equal(
      a, b, [](const RuleUse& x, const RuleUse& y) { return ruleKey(x) == ruleKey(y); });
}

void compareNames(const ShardReport& first, const ShardReport& other,
                  std::string RunSummary::*member, const std::string& what,
                  std::vector<std::string>& out) {
  const std::string &a = first.summary.*member, &b = other.summary.*member;
  if (a == b) return;
  out.push_back(what + ": \"" + a + "\" in " + first.name + ", \"" + b + "\" in " + other.name);
}

// An exchange that two shards give as an example was counted twice.
void findOverlaps(const std::vector<ShardReport>& shards, std::vector<std::string>& out) {
  std::map<uint64_t, const ShardReport*> seen;
  for (const auto& shard : shards) {
    std::map<uint64_t, const ShardReport*> own;
    for (const auto& cluster : shard.summary.clusters) own.emplace(cluster.example.id, &shard);
    for (const auto& [id, from] : own) {
      auto [earlier, isNew] = seen.emplace(id, from);
      if (isNew) continue;
      out.push_back("exchange " + std::to_string(id) + " is in " + earlier->second->name +
                    " and in " + from->name);
      break;
    }
  }
}

void addTotals(const diff::Totals& from, diff::Totals& to) {
  to.exchanges += from.exchanges;
  to.same += from.same;
  to.different += from.different;
  to.declined += from.declined;
  to.failed += from.failed;
  to.known += from.known;
  to.noise += from.noise;
  to.framing += from.framing;
  to.onlyReference += from.onlyReference;
  to.onlyCandidate += from.onlyCandidate;
  to.differences += from.differences;
  to.omitted += from.omitted;
  to.unclustered += from.unclustered;
}

void addCluster(const Cluster& from, Cluster& to) {
  to.count += from.count;
  to.exchanges += from.exchanges;
  to.hosts += from.hosts;
  to.moreHosts = to.moreHosts || from.moreHosts;
  if (from.example.id < to.example.id) to.example = from.example;
}

std::vector<Cluster> mergeClusters(const std::vector<ShardReport>& shards, uint64_t exchanges) {
  std::map<const Cluster*, Cluster, SameCluster> merged;
  for (const auto& shard : shards) {
    for (const auto& cluster : shard.summary.clusters) {
      auto [at, isNew] = merged.emplace(&cluster, cluster);
      if (!isNew) addCluster(cluster, at->second);
    }
  }
  std::vector<Cluster> clusters;
  for (auto& [key, cluster] : merged) {
    cluster.share = exchanges == 0 ? 0 : double(cluster.exchanges) / double(exchanges);
    clusters.push_back(std::move(cluster));
  }
  std::ranges::sort(clusters, diff::ranksBefore);
  return clusters;
}

// Entries of a ledger and noisy fields are the same in all shards, in the same order.
bool sameExcuses(const RunSummary& a, const RunSummary& b) {
  auto sameEntry = [](const KnownDeviation& x, const KnownDeviation& y) {
    return std::tie(x.where, x.field, x.decision) == std::tie(y.where, y.field, y.decision);
  };
  auto sameNoise = [](const NoiseUse& x, const NoiseUse& y) {
    return std::tie(x.field, x.kind, x.ofFl, x.pairs) == std::tie(y.field, y.kind, y.ofFl, y.pairs);
  };
  return std::ranges::equal(a.deviations, b.deviations, sameEntry) &&
         std::ranges::equal(a.noise, b.noise, sameNoise);
}

// Which parts of a run the shards are: all of them, once each; a message where not.
std::string missingParts(const std::vector<ShardReport>& shards) {
  std::set<std::string> parts;
  std::string count;
  for (const auto& shard : shards) {
    const std::string& part = shard.summary.shard;
    if (part.empty()) continue;
    count = part.substr(part.find('/') + 1);
    if (!parts.insert(part).second) return "part " + part + " is there twice";
  }
  size_t wanted = count.empty() ? 0 : std::stoul(count);
  for (size_t i = 1; i <= wanted; ++i) {
    std::string part = std::to_string(i) + "/" + count;
    if (!parts.contains(part)) return "part " + part + " is missing";
  }
  return parts.size() == wanted ? "" : "the parts are of several runs";
}

void mergeExcuses(const std::vector<ShardReport>& shards, RunSummary& merged) {
  merged.deviations = shards.front().summary.deviations;
  merged.noise = shards.front().summary.noise;
  for (size_t s = 1; s < shards.size(); ++s) {
    const RunSummary& from = shards[s].summary;
    if (!sameExcuses(merged, from)) continue;
    for (size_t i = 0; i < merged.deviations.size(); ++i) {
      auto& entry = merged.deviations[i];
      entry.exchanges += from.deviations[i].exchanges;
      entry.hosts += from.deviations[i].hosts;
      entry.moreHosts = entry.moreHosts || from.deviations[i].moreHosts;
    }
    for (size_t i = 0; i < merged.noise.size(); ++i) {
      merged.noise[i].exchanges += from.noise[i].exchanges;
      merged.noise[i].isNoise = merged.noise[i].isNoise && from.noise[i].isNoise;
    }
  }
  bool isWhole = !shards.front().summary.shard.empty() && missingParts(shards).empty();
  for (auto& entry : merged.deviations) {
    entry.stale = isWhole && entry.decision != "baseline" && entry.exchanges == 0;
  }
}

// In the order in which they are first seen.
std::vector<RuleUse> mergeRules(const std::vector<ShardReport>& shards) {
  std::vector<RuleUse> rules;
  for (const auto& shard : shards) {
    // Two rules can read the same: the second of one shard is the second of another.
    std::set<size_t> taken;
    for (const auto& rule : shard.summary.rules) {
      size_t at = 0;
      while (at < rules.size() && (taken.contains(at) || ruleKey(rules[at]) != ruleKey(rule))) {
        ++at;
      }
      taken.insert(at);
      if (at == rules.size()) {
        rules.push_back(rule);
        continue;
      }
      rules[at].uses += rule.uses;
      rules[at].expired = rules[at].expired || rule.expired;
    }
  }
  return rules;
}

// The value that all shards have; else nothing.
std::string common(const std::vector<ShardReport>& shards, std::string RunSummary::*member) {
  const std::string& first = shards.front().summary.*member;
  bool same = std::ranges::all_of(
      shards, [&](const ShardReport& shard) { return shard.summary.*member == first; });
  return same ? first : "";
}

}  // namespace

std::vector<std::string> disagreements(const std::vector<ShardReport>& shards) {
  std::vector<std::string> out;
  for (size_t i = 1; i < shards.size(); ++i) {
    compareNames(shards[0], shards[i], &RunSummary::project, "project", out);
    compareNames(shards[0], shards[i], &RunSummary::reference, "reference", out);
    if (!sameRules(shards[0].summary.rules, shards[i].summary.rules)) {
      out.push_back("other rules in " + shards[0].name + " than in " + shards[i].name);
    }
    if (!sameExcuses(shards[0].summary, shards[i].summary)) {
      out.push_back("other deviations or noise in " + shards[0].name + " than in " +
                    shards[i].name);
    }
  }
  if (auto missing = missingParts(shards); !missing.empty()) out.push_back(missing);
  // Captures of their own have ids of their own.
  if (out.empty()) findOverlaps(shards, out);
  return out;
}

RunSummary mergeReports(const std::vector<ShardReport>& shards) {
  RunSummary merged;
  if (shards.empty()) return merged;
  merged.project = common(shards, &RunSummary::project);
  merged.candidate = common(shards, &RunSummary::candidate);
  std::set<std::string> references;
  for (const auto& shard : shards) {
    addTotals(shard.summary.totals, merged.totals);
    if (!references.insert(shard.summary.reference).second) continue;
    if (!merged.reference.empty()) merged.reference += ", ";
    merged.reference += shard.summary.reference;
  }
  // A command takes one reference.
  if (references.size() > 1) merged.project.clear();
  merged.clusters = mergeClusters(shards, merged.totals.exchanges);
  merged.rules = mergeRules(shards);
  mergeExcuses(shards, merged);
  for (const auto& rule : merged.rules) merged.totals.ruleUses.push_back(rule.uses);
  return merged;
}

}  // namespace flamesim::report
