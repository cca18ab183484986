#include "sim/report/json_reader.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"

namespace flamesim::report {

using bundle::ConfigDocument;
using bundle::ConfigNode;
using bundle::NodeKind;

namespace {

constexpr uint64_t kReadFormat = 1;
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

class ReportReader {
 public:
  explicit ReportReader(const ConfigDocument& document) : reader(document), root(document.root) {}

  RunSummary read() {
    if (!reader.expect(root, NodeKind::kObject, "a report")) reader.finish();
    checkFormat();
    RunSummary summary{.reference = text(root, "reference", ""),
                       .candidate = text(root, "candidate", "")};
    // Absent in reports of older versions, as all that is looked for before it is read.
    if (root.find("project") != nullptr) summary.project = text(root, "project", "");
    if (root.find("shard") != nullptr) summary.shard = text(root, "shard", "");
    if (const ConfigNode* totals = required(root, "totals", NodeKind::kObject, "")) {
      readTotals(*totals, summary.totals);
    }
    if (const ConfigNode* clusters = required(root, "clusters", NodeKind::kArray, "")) {
      for (size_t i = 0; i < clusters->items.size(); ++i) {
        summary.clusters.push_back(
            cluster(clusters->items[i], "clusters[" + std::to_string(i) + "]"));
      }
    }
    if (const ConfigNode* rules = required(root, "rules", NodeKind::kArray, "")) {
      for (size_t i = 0; i < rules->items.size(); ++i) {
        summary.rules.push_back(rule(rules->items[i], "rules[" + std::to_string(i) + "]"));
        summary.totals.ruleUses.push_back(summary.rules.back().uses);
      }
    }
    readExcuses(summary);
    reader.finish();
    return summary;
  }

 private:
  void readExcuses(RunSummary& summary) {
    if (root.find("noise") != nullptr) {
      if (const ConfigNode* noise = required(root, "noise", NodeKind::kArray, "")) {
        for (size_t i = 0; i < noise->items.size(); ++i) {
          summary.noise.push_back(noiseUse(noise->items[i], "noise[" + std::to_string(i) + "]"));
        }
      }
    }
    if (root.find("deviations") != nullptr) {
      if (const ConfigNode* deviations = required(root, "deviations", NodeKind::kArray, "")) {
        for (size_t i = 0; i < deviations->items.size(); ++i) {
          summary.deviations.push_back(
              deviation(deviations->items[i], "deviations[" + std::to_string(i) + "]"));
        }
      }
    }
    for (const auto& cluster : summary.clusters) {
      bool holds = (!cluster.noise || *cluster.noise < summary.noise.size()) &&
                   (!cluster.deviation || *cluster.deviation < summary.deviations.size());
      if (holds) continue;
      reader.error(root.offset, "a cluster refers to noise or a deviation that is not there");
    }
  }

  void checkFormat() {
    const ConfigNode* format = required(root, "format", NodeKind::kNumber, "");
    if (format != nullptr && format->scalar != kReadFormat) {
      reader.error(format->offset,
                   "a report of format " + format->scalar.dump() + "; this flamesim reads 1",
                   "use the flamesim that wrote it");
    }
    // Whatever else is wrong with it follows from that.
    reader.finish();
  }

  const ConfigNode* required(const ConfigNode& object, std::string_view key, NodeKind kind,
                             const std::string& where) {
    if (object.find(key) == nullptr) {
      reader.error(object.offset,
                   (where.empty() ? "" : where + ": ") + "\"" + std::string(key) + "\" is missing",
                   "docs/report.schema.json describes a report");
      return nullptr;
    }
    return reader.member(object, key, kind, where);
  }

  std::string raw(const ConfigNode& object, std::string_view key, const std::string& where) {
    const ConfigNode* node = required(object, key, NodeKind::kString, where);
    return node == nullptr ? "" : node->text();
  }
  std::string text(const ConfigNode& object, std::string_view key, const std::string& where) {
    std::string value = raw(object, key, where);
    return diff::printable(value, value.size());
  }
  uint64_t count(const ConfigNode& object, std::string_view key, const std::string& where) {
    if (required(object, key, NodeKind::kNumber, where) == nullptr) return 0;
    return reader.integer(object, key, 0, kMost, where).value_or(0);
  }
  bool flag(const ConfigNode& object, std::string_view key, const std::string& where) {
    const ConfigNode* node = required(object, key, NodeKind::kBoolean, where);
    return node != nullptr && node->scalar.get<bool>();
  }

  // The value of an enum by its name, of which there are as many as `names`.
  template <typename Enum, size_t N>
  Enum named(const ConfigNode& object, std::string_view key, const std::string& where,
             const std::array<std::string_view, N>& names) {
    const ConfigNode* node = required(object, key, NodeKind::kString, where);
    if (node == nullptr) return Enum{};
    for (size_t i = 0; i < N; ++i) {
      if (node->text() == names[i]) return Enum(i);
    }
    std::string known;
    for (auto name : names) known += (known.empty() ? "" : ", ") + std::string(name);
    reader.error(node->offset, "no " + std::string(key) + " of a difference", "known: " + known);
    return Enum{};
  }

  void readTotals(const ConfigNode& node, diff::Totals& totals) {
    const std::string where = "totals";
    totals.exchanges = count(node, "exchanges", where);
    totals.same = count(node, "same", where);
    totals.different = count(node, "different", where);
    totals.declined = count(node, "declined", where);
    totals.failed = count(node, "failed", where);
    if (node.find("known") != nullptr) totals.known = count(node, "known", where);
    if (node.find("noise") != nullptr) totals.noise = count(node, "noise", where);
    totals.framing = count(node, "framing", where);
    totals.onlyReference = count(node, "onlyReference", where);
    totals.onlyCandidate = count(node, "onlyCandidate", where);
    totals.differences = count(node, "differences", where);
    totals.omitted = count(node, "omitted", where);
    totals.unclustered = count(node, "unclustered", where);
  }

  diff::Cluster cluster(const ConfigNode& node, const std::string& where) {
    if (!reader.expect(node, NodeKind::kObject, where)) return {};
    diff::Cluster cluster;
    cluster.field = text(node, "field", where);
    cluster.kind = kind(node, where);
    cluster.weight = named<diff::Weight, 2>(node, "weight", where, {"behaviour", "framing"});
    cluster.worker = text(node, "worker", where);
    cluster.expected = text(node, "expected", where);
    cluster.got = text(node, "got", where);
    cluster.varied = flag(node, "varied", where);
    cluster.count = count(node, "count", where);
    cluster.exchanges = count(node, "exchanges", where);
    cluster.deviation = index(node, "deviation", where);
    cluster.noise = index(node, "noise", where);
    if (const ConfigNode* share = required(node, "share", NodeKind::kNumber, where)) {
      cluster.share = share->scalar.get<double>();
      if (!(cluster.share >= 0 && cluster.share <= 1)) {
        reader.error(share->offset, "a share is from 0 to 1");
      }
    }
    cluster.hosts = count(node, "hosts", where);
    cluster.moreHosts = flag(node, "moreHosts", where);
    if (const ConfigNode* found = required(node, "example", NodeKind::kObject, where)) {
      cluster.example = example(*found, where + ".example");
    }
    return cluster;
  }

  diff::Example example(const ConfigNode& node, const std::string& where) {
    return {.id = count(node, "id", where),
            .method = raw(node, "method", where),
            .url = raw(node, "url", where),
            .field = text(node, "field", where),
            .expected = text(node, "expected", where),
            .got = text(node, "got", where),
            .detail = text(node, "detail", where)};
  }

  NoiseUse noiseUse(const ConfigNode& node, const std::string& where) {
    if (!reader.expect(node, NodeKind::kObject, where)) return {};
    return {.field = text(node, "field", where),
            .kind = kind(node, where),
            .ofFl = count(node, "ofFl", where),
            .pairs = count(node, "pairs", where),
            .exchanges = count(node, "exchanges", where),
            .isNoise = flag(node, "isNoise", where)};
  }

  KnownDeviation deviation(const ConfigNode& node, const std::string& where) {
    if (!reader.expect(node, NodeKind::kObject, where)) return {};
    return {.where = text(node, "where", where),
            .field = text(node, "field", where),
            .decision = text(node, "decision", where),
            .reason = text(node, "reason", where),
            .owner = text(node, "owner", where),
            .date = text(node, "date", where),
            .exchanges = count(node, "exchanges", where),
            .hosts = count(node, "hosts", where),
            .moreHosts = flag(node, "moreHosts", where),
            .stale = flag(node, "stale", where)};
  }

  diff::DifferenceKind kind(const ConfigNode& node, const std::string& where) {
    return named<diff::DifferenceKind, 4>(node, "kind", where,
                                          {"changed", "missing", "additional", "order"});
  }
  std::optional<uint32_t> index(const ConfigNode& node, std::string_view key,
                                const std::string& where) {
    if (node.find(key) == nullptr) return std::nullopt;
    return uint32_t(reader.integer(node, key, 0, UINT32_MAX, where).value_or(0));
  }

  RuleUse rule(const ConfigNode& node, const std::string& where) {
    if (!reader.expect(node, NodeKind::kObject, where)) return {};
    return {.where = text(node, "where", where),
            .field = text(node, "field", where),
            .action = text(node, "action", where),
            .reason = text(node, "reason", where),
            .owner = text(node, "owner", where),
            .expires = text(node, "expires", where),
            .expired = flag(node, "expired", where),
            .uses = count(node, "uses", where)};
  }

  bundle::ConfigReader reader;
  const ConfigNode& root;
};

}  // namespace

RunSummary fromJson(const std::string& file, std::string text) {
  ConfigDocument document = bundle::parseJsonc(file, std::move(text)).orThrow();
  return ReportReader(document).read();
}

std::string reportPath(const std::string& fileOrFolder) {
  std::filesystem::path path = fileOrFolder;
  if (bundle::isFolder(path)) path /= "report.json";
  return path.string();
}

RunSummary readReport(const std::string& fileOrFolder) {
  std::string path = reportPath(fileOrFolder);
  return fromJson(path, bundle::readFile(path).orThrow());
}

}  // namespace flamesim::report
