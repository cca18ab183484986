// Reading a report back.
#include <nlohmann/json.hpp>

#include "sim/report/json_report.h"

namespace flamesim::report {

using nlohmann::json;

namespace {

diff::DifferenceKind kindNamed(const std::string& name) {
  for (auto kind : {diff::DifferenceKind::kChanged, diff::DifferenceKind::kMissing,
                    diff::DifferenceKind::kAdditional, diff::DifferenceKind::kOrder}) {
    if (name == differenceKindName(kind)) return kind;
  }
  throw UserError("\"" + name + "\" is no kind of difference");
}

diff::Totals totalsOf(const json& from) {
  diff::Totals totals;
  totals.exchanges = from.at("exchanges");
  totals.same = from.at("same");
  totals.different = from.at("different");
  totals.declined = from.at("declined");
  totals.failed = from.at("failed");
  totals.known = from.value("known", uint64_t(0));
  totals.noise = from.value("noise", uint64_t(0));
  totals.framing = from.at("framing");
  totals.onlyReference = from.at("onlyReference");
  totals.onlyCandidate = from.at("onlyCandidate");
  totals.differences = from.at("differences");
  totals.omitted = from.at("omitted");
  totals.unclustered = from.at("unclustered");
  return totals;
}

diff::Example exampleOf(const json& from) {
  return {.id = from.at("id"),
          .method = from.at("method"),
          .url = from.at("url"),
          .field = from.at("field"),
          .expected = from.at("expected"),
          .got = from.at("got"),
          .detail = from.at("detail")};
}

diff::Cluster clusterOf(const json& from) {
  diff::Cluster cluster{.field = from.at("field"),
                        .kind = kindNamed(from.at("kind")),
                        .weight = from.at("weight") == weightName(diff::Weight::kFraming)
                                      ? diff::Weight::kFraming
                                      : diff::Weight::kBehaviour,
                        .worker = from.at("worker"),
                        .expected = from.at("expected"),
                        .got = from.at("got"),
                        .varied = from.at("varied"),
                        .count = from.at("count"),
                        .exchanges = from.at("exchanges"),
                        .share = from.at("share"),
                        .hosts = from.at("hosts"),
                        .moreHosts = from.at("moreHosts"),
                        .deviation = std::nullopt,
                        .noise = std::nullopt,
                        .example = exampleOf(from.at("example"))};
  if (from.contains("deviation")) cluster.deviation = from.at("deviation").get<uint32_t>();
  if (from.contains("noise")) cluster.noise = from.at("noise").get<uint32_t>();
  return cluster;
}

RuleUse ruleOf(const json& from) {
  return {.where = from.at("where"),
          .field = from.at("field"),
          .action = from.at("action"),
          .reason = from.at("reason"),
          .owner = from.at("owner"),
          .expires = from.at("expires"),
          .expired = from.at("expired"),
          .uses = from.at("uses")};
}

KnownDeviation deviationOf(const json& from) {
  return {.where = from.at("where"),
          .field = from.at("field"),
          .decision = from.at("decision"),
          .reason = from.at("reason"),
          .owner = from.at("owner"),
          .date = from.at("date"),
          .exchanges = from.at("exchanges"),
          .hosts = from.at("hosts"),
          .moreHosts = from.at("moreHosts"),
          .stale = from.at("stale")};
}

NoiseUse noiseOf(const json& from) {
  return {.field = from.at("field"),
          .kind = kindNamed(from.at("kind")),
          .ofFl = from.at("ofFl"),
          .pairs = from.at("pairs"),
          .exchanges = from.at("exchanges"),
          .isNoise = from.at("isNoise")};
}

RunSummary summaryOf(const json& from) {
  RunSummary summary;
  summary.reference = from.at("reference");
  summary.candidate = from.at("candidate");
  summary.shard = from.value("shard", "");
  summary.totals = totalsOf(from.at("totals"));
  for (auto& item : from.at("clusters")) summary.clusters.push_back(clusterOf(item));
  for (auto& item : from.at("rules")) summary.rules.push_back(ruleOf(item));
  if (from.contains("deviations")) {
    for (auto& item : from.at("deviations")) summary.deviations.push_back(deviationOf(item));
  }
  if (from.contains("noise")) {
    for (auto& item : from.at("noise")) summary.noise.push_back(noiseOf(item));
  }
  for (auto& cluster : summary.clusters) {
    if (cluster.noise && *cluster.noise >= summary.noise.size()) {
      throw UserError("a cluster refers to noise that is not there");
    }
    if (cluster.deviation && *cluster.deviation >= summary.deviations.size()) {
      throw UserError("a cluster refers to a deviation that is not there");
    }
  }
  return summary;
}

}  // namespace

RunSummary fromJson(std::string_view text, const std::string& file) {
  auto refuse = [&file](const std::string& why) -> RunSummary {
    throw UserError(Diagnostic{.message = "this is no report of flamesim: " + why,
                               .file = file,
                               .help = "`flamesim replay --report FOLDER` writes report.json"});
  };
  try {
    json from = json::parse(text);
    if (!from.is_object() || !from.contains("format")) return refuse("it has no \"format\"");
    if (from.at("format") != 1) {
      return refuse("its format is " + from.at("format").dump() + ", and 1 is what is known here");
    }
    return summaryOf(from);
  } catch (const json::exception& error) {
    return refuse(error.what());
  } catch (const UserError& error) {
    if (!error.diagnostic.file.empty()) throw;
    return refuse(error.diagnostic.message);
  }
}

}  // namespace flamesim::report
