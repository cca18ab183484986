#include "sim/report/json_report.h"

#include <nlohmann/json.hpp>

namespace flamesim::report {

using nlohmann::ordered_json;

namespace {

ordered_json totalsJson(const diff::Totals& totals) {
  return {{"exchanges", totals.exchanges},
          {"same", totals.same},
          {"different", totals.different},
          {"declined", totals.declined},
          {"failed", totals.failed},
          {"known", totals.known},
          {"noise", totals.noise},
          {"framing", totals.framing},
          {"onlyReference", totals.onlyReference},
          {"onlyCandidate", totals.onlyCandidate},
          {"differences", totals.differences},
          {"omitted", totals.omitted},
          {"unclustered", totals.unclustered}};
}

ordered_json clusterJson(const RunSummary& summary, const diff::Cluster& cluster) {
  const diff::Example& example = cluster.example;
  ordered_json exampleJson{
      {"id", example.id},        {"method", example.method},     {"url", example.url},
      {"field", example.field},  {"expected", example.expected}, {"got", example.got},
      {"detail", example.detail}};
  std::string command = reproduceCommand(summary, example.id);
  if (!command.empty()) exampleJson["reproduce"] = command;
  ordered_json json{{"field", cluster.field},
                    {"kind", differenceKindName(cluster.kind)},
                    {"weight", weightName(cluster.weight)},
                    {"worker", cluster.worker},
                    {"expected", cluster.expected},
                    {"got", cluster.got},
                    {"varied", cluster.varied},
                    {"count", cluster.count},
                    {"exchanges", cluster.exchanges},
                    {"share", cluster.share},
                    {"hosts", cluster.hosts},
                    {"moreHosts", cluster.moreHosts},
                    {"example", std::move(exampleJson)}};
  if (cluster.deviation) json["deviation"] = *cluster.deviation;
  if (cluster.noise) json["noise"] = *cluster.noise;
  return json;
}

ordered_json ruleJson(const RuleUse& rule) {
  return {{"where", rule.where},     {"field", rule.field}, {"action", rule.action},
          {"reason", rule.reason},   {"owner", rule.owner}, {"expires", rule.expires},
          {"expired", rule.expired}, {"uses", rule.uses}};
}

ordered_json deviationJson(const KnownDeviation& entry) {
  return {{"where", entry.where},         {"field", entry.field}, {"decision", entry.decision},
          {"reason", entry.reason},       {"owner", entry.owner}, {"date", entry.date},
          {"exchanges", entry.exchanges}, {"hosts", entry.hosts}, {"moreHosts", entry.moreHosts},
          {"stale", entry.stale}};
}

ordered_json noiseJson(const NoiseUse& use) {
  return {{"field", use.field}, {"kind", differenceKindName(use.kind)}, {"ofFl", use.ofFl},
          {"pairs", use.pairs}, {"exchanges", use.exchanges},           {"isNoise", use.isNoise}};
}

}  // namespace

std::string toJson(const RunSummary& summary) {
  ordered_json clusters = ordered_json::array(), rules = ordered_json::array();
  for (auto& cluster : summary.clusters) clusters.push_back(clusterJson(summary, cluster));
  for (auto& rule : summary.rules) rules.push_back(ruleJson(rule));
  ordered_json deviations = ordered_json::array(), noise = ordered_json::array();
  for (auto& use : summary.noise) noise.push_back(noiseJson(use));
  for (auto& entry : summary.deviations) deviations.push_back(deviationJson(entry));
  ordered_json report{{"format", 1},
                      {"result", resultName(resultOf(summary))},
                      {"exitCode", int(exitCodeOf(summary))},
                      {"reference", summary.reference},
                      {"candidate", summary.candidate},
                      {"project", summary.project},
                      {"shard", summary.shard},
                      {"totals", totalsJson(summary.totals)},
                      {"clusters", std::move(clusters)},
                      {"rules", std::move(rules)},
                      {"noise", std::move(noise)},
                      {"deviations", std::move(deviations)}};
  return report.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace flamesim::report
