#include "sim/diff/deviations.h"

#include <algorithm>
#include <array>

#include "sim/bundle/config_reader.h"
#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"
#include "sim/bundle/suggestions.h"
#include "sim/diff/abstract.h"
#include "sim/diff/day.h"
#include "sim/diff/rules.h"
#include "sim/net/message.h"

namespace flamesim::diff {

using bundle::ConfigDocument;
using bundle::ConfigNode;
using bundle::ConfigReader;
using bundle::NodeKind;

namespace {

constexpr std::array<std::string_view, 4> kDecisionNames{"mend", "accept", "accept-and-warn",
                                                         "baseline"};
constexpr std::array kKinds{DifferenceKind::kChanged, DifferenceKind::kMissing,
                            DifferenceKind::kAdditional, DifferenceKind::kOrder};

// Reads one entry of "deviations"; faults go to the reader.
class DeviationReader {
 public:
  // `where`: as messages name it, "deviations[0]".
  DeviationReader(ConfigReader& reader, const ConfigNode& node, std::string where)
      : reader(reader), node(node), where(std::move(where)) {}

  Deviation read() {
    static const std::vector<std::string> kKeys{"field",  "kind",  "worker", "expected", "got",
                                                "host",   "path",  "method", "status",   "decision",
                                                "reason", "owner", "date",   "hosts"};
    reader.warnOfUnknownKeys(node, kKeys, where);
    Deviation entry;
    entry.origin = reader.originAt(node.offset);
    entry.field = readField();
    entry.kind = readKind();
    entry.worker = text("worker");
    entry.expected = reader.string(node, "expected", where);
    entry.got = reader.string(node, "got", where);
    entry.scope = readScope();
    entry.decision = readDecision();
    entry.reason = reader.requiredString(node, "reason", where).value_or("");
    entry.owner = text("owner");
    entry.date = readDate();
    entry.hosts = reader.integer(node, "hosts", 0, UINT64_MAX, where);
    return entry;
  }

 private:
  std::string text(std::string_view key) { return reader.string(node, key, where).value_or(""); }
  size_t offsetOf(std::string_view key) const { return node.find(key)->value.offset; }

  std::string readField() {
    auto field = reader.requiredString(node, "field", where).value_or("");
    if (field.starts_with("header:")) field = net::toLowerAscii(field);
    if (!field.empty() && !isFieldPattern(field)) {
      reader.error(offsetOf("field"), "no difference has the field \"" + field + "\"",
                   std::string(kFieldHelp));
    }
    return field;
  }

  std::optional<DifferenceKind> readKind() {
    auto name = reader.string(node, "kind", where);
    if (!name) return std::nullopt;
    std::vector<std::string> names;
    for (auto kind : kKinds) {
      if (*name == differenceKindName(kind)) return kind;
      names.emplace_back(differenceKindName(kind));
    }
    reader.error(offsetOf("kind"), "\"" + *name + "\" is no kind of difference",
                 bundle::didYouMean(*name, names, "there are " + bundle::listed(names)));
    return std::nullopt;
  }

  RequestScope readScope() {
    RequestScope scope;
    scope.host = net::toLowerAscii(reader.string(node, "host", where).value_or("*"));
    scope.path = reader.string(node, "path", where).value_or("*");
    scope.method = reader.string(node, "method", where).value_or("*");
    auto* status = node.find("status");
    if (status == nullptr) return scope;
    scope.status = status->value.is(NodeKind::kNumber)
                       ? status->value.scalar.dump()
                       : reader.string(node, "status", where).value_or("*");
    if (!isStatusPattern(scope.status)) {
      reader.error(status->value.offset, "\"" + scope.status + "\" is not a status",
                   R"(write 404, "404" or "4xx")");
    }
    return scope;
  }

  Decision readDecision() {
    auto name = reader.requiredString(node, "decision", where).value_or("");
    auto decision = decisionNamed(name);
    if (!decision && !name.empty()) {
      auto names = decisionNames();
      reader.error(offsetOf("decision"), "\"" + name + "\" is no decision",
                   bundle::didYouMean(name, names, "there are " + bundle::listed(names)));
    }
    return decision.value_or(Decision::kMend);
  }

  std::string readDate() {
    auto date = text("date");
    if (!date.empty() && !parseDay(date)) {
      reader.error(offsetOf("date"), "\"" + date + "\" is not a day", "write it as \"2027-01-31\"");
    }
    return date;
  }

  ConfigReader& reader;
  const ConfigNode& node;
  const std::string where;
};

bool valueCovers(const std::optional<std::string>& pattern, const std::string& value) {
  return !pattern || globMatches(*pattern, abstractValue(value));
}

bool coversDifference(const Deviation& entry, const Difference& difference) {
  if (entry.kind && *entry.kind != difference.kind) return false;
  if (!entry.worker.empty() && entry.worker != difference.worker) return false;
  return fieldCovers(entry.field, difference.field) &&
         valueCovers(entry.expected, difference.expected) && valueCovers(entry.got, difference.got);
}

}  // namespace

std::string_view decisionName(Decision decision) {
  return kDecisionNames[size_t(decision)];
}

std::optional<Decision> decisionNamed(std::string_view name) {
  auto end = std::prev(kDecisionNames.end());
  auto at = std::find(kDecisionNames.begin(), end, name);
  if (at == end) return std::nullopt;
  return Decision(at - kDecisionNames.begin());
}

std::vector<std::string> decisionNames() {
  return {kDecisionNames.begin(), std::prev(kDecisionNames.end())};
}

std::string Deviation::where() const {
  return origin.line == 0 ? origin.file : origin.file + ":" + std::to_string(origin.line);
}

Deviations Deviations::parse(std::string_view text, const std::string& file) {
  auto document = bundle::parseJsonc(file, std::string(text)).orThrow();
  ConfigReader reader(document);
  Deviations result;
  if (reader.expect(document.root, NodeKind::kObject, "the ledger")) {
    reader.warnOfUnknownKeys(document.root, {"$schema", "deviations"});
    auto* entries = reader.member(document.root, "deviations", NodeKind::kArray);
    for (size_t i = 0; entries != nullptr && i < entries->items.size(); i++) {
      auto& item = entries->items[i];
      std::string where = "deviations[" + std::to_string(i) + "]";
      if (!reader.expect(item, NodeKind::kObject, where)) continue;
      result.deviations.push_back(DeviationReader(reader, item, where).read());
    }
  }
  // A key that is not known would make an entry cover more than was meant.
  reader.finishStrictly();
  return result;
}

Deviations Deviations::load(const std::filesystem::path& file) {
  return parse(bundle::readFile(file).orThrow(), bundle::displayPath(file));
}

void Deviations::addBaseline(const std::vector<Cluster>& clusters, const std::string& file) {
  for (auto& cluster : clusters) {
    if (cluster.weight != Weight::kBehaviour) continue;
    Deviation entry = deviationOf(cluster);
    entry.decision = Decision::kBaseline;
    entry.reason = "an earlier run had it";
    entry.origin.file = file;
    deviations.push_back(std::move(entry));
  }
}

std::optional<uint32_t> Deviations::find(const Difference& difference,
                                         const RequestFacts& request) const {
  for (uint32_t i = 0; i < deviations.size(); i++) {
    auto& entry = deviations[i];
    if (covers(entry.scope, request) && coversDifference(entry, difference)) return i;
  }
  return std::nullopt;
}

void Deviations::judge(const net::Exchange& reference, Comparison& comparison) const {
  if (deviations.empty() || comparison.differences.empty()) return;
  RequestFacts facts = factsOf(reference);
  bool allKnown = comparison.omitted == 0;
  for (auto& difference : comparison.differences) {
    if (difference.weight != Weight::kBehaviour) continue;
    difference.deviation = find(difference, facts);
    allKnown = allKnown && difference.deviation.has_value();
  }
  bool judged = comparison.verdict == Verdict::kDifferent || comparison.verdict == Verdict::kFailed;
  if (judged && allKnown) comparison.verdict = Verdict::kKnown;
}

Deviation deviationOf(const Cluster& cluster) {
  Deviation entry;
  entry.field = cluster.field;
  entry.kind = cluster.kind;
  entry.worker = cluster.worker;
  entry.hosts = cluster.hosts;
  if (cluster.varied) return entry;
  if (cluster.kind != DifferenceKind::kAdditional) entry.expected = cluster.expected;
  if (cluster.kind != DifferenceKind::kMissing) entry.got = cluster.got;
  return entry;
}

}  // namespace flamesim::diff
