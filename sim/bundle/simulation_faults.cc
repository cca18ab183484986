#include "sim/bundle/simulation_faults.h"

#include <algorithm>
#include <cmath>

#include "sim/bundle/files.h"
#include "sim/bundle/jsonc.h"
#include "sim/bundle/suggestions.h"

namespace flamesim::bundle {

namespace {

constexpr double kMaxMillis = 86'400'000;       // a day
constexpr double kMaxSeconds = 31'536'000'000;  // a thousand years
constexpr size_t kMostRules = 1000;

using Names = std::vector<std::string>;

std::string help(std::string_view word, const Names& names) {
  return didYouMean(word, names, names.empty() ? "there is none" : "it is one of " + listed(names));
}

class RuleReader {
 public:
  RuleReader(ConfigReader& reader, const Simulation& simulation)
      : reader(reader), simulation(simulation) {}

  // `service`: whose rule it is; empty: the rule says.
  std::optional<FaultRule> read(const ConfigNode& node, const std::string& where,
                                const std::string& service = "") {
    if (!reader.expect(node, NodeKind::kObject, where)) return std::nullopt;
    size_t errors = reader.errors.size();
    Names known{"when", "latencyMs", "error", "drop", "stale", "probability", "schedule"};
    if (service.empty()) known.insert(known.begin(), {"service", "egress", "worker"});
    reader.warnOfUnknownKeys(node, known, where);
    FaultRule rule;
    rule.origin = reader.originAt(node.offset);
    rule.text =
        service + node.toJson().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (service.empty()) {
      readTarget(node, where, rule);
    } else {
      rule.name = service;
    }
    readWhen(node, where, rule);
    readLatency(node, where, rule);
    readError(node, where, rule);
    readDrop(node, where, rule);
    readStale(node, where, rule);
    rule.probability = number(node, "probability", 0, 1, where).value_or(1);
    readSchedule(node, where, rule);
    checkEffect(node, where, rule);
    if (reader.errors.size() != errors) return std::nullopt;
    return rule;
  }

 private:
  void readTarget(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    static constexpr std::pair<const char*, FaultTarget> kTargets[] = {
        {"service", FaultTarget::kService},
        {"egress", FaultTarget::kEgress},
        {"worker", FaultTarget::kWorker}};
    size_t found = 0;
    for (auto& [key, target] : kTargets) {
      if (node.find(key) == nullptr) continue;
      ++found;
      auto* name = reader.member(node, key, NodeKind::kString, where);
      if (name == nullptr) continue;
      rule.target = target;
      rule.name = name->text();
      auto names = namesOf(target);
      if (std::find(names.begin(), names.end(), rule.name) != names.end()) continue;
      reader.error(name->offset, std::string("there is no ") + key + " \"" + rule.name + "\"",
                   help(rule.name, names));
    }
    if (found == 1) return;
    reader.error(
        node.offset,
        where + (found == 0 ? " does not say what it is for" : " is for more than one thing"),
        R"(add one of "service": "name", "egress": "fl" and "worker": "name")");
  }

  Names namesOf(FaultTarget target) const {
    if (target == FaultTarget::kEgress) return {"fl", "internet", "cache"};
    Names names;
    if (target == FaultTarget::kService) {
      for (auto& service : simulation.services) names.push_back(service.name);
    } else {
      for (auto& worker : simulation.workers) names.push_back(worker.name);
    }
    return names;
  }

  void readWhen(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    auto* when = reader.member(node, "when", NodeKind::kObject, where);
    if (when == nullptr) return;
    auto place = where + ".when";
    bool isService = rule.target == FaultTarget::kService;
    reader.warnOfUnknownKeys(
        *when, isService ? Names{"method", "params", "callbacks"} : Names{"method", "host", "url"},
        place);
    if (auto* method = when->find("method")) {
      if (method->value.is(NodeKind::kArray)) {
        for (auto* each : reader.strings(*when, "method", place)) {
          rule.when.methods.push_back(each->text());
        }
      } else if (auto text = reader.string(*when, "method", place)) {
        rule.when.methods.push_back(*text);
      }
    }
    if (!isService) {
      rule.when.host = reader.string(*when, "host", place).value_or("");
      rule.when.url = reader.string(*when, "url", place).value_or("");
      return;
    }
    rule.when.callbacks = reader.boolean(*when, "callbacks", place).value_or(false);
    auto* params = reader.member(*when, "params", NodeKind::kObject, place);
    if (params == nullptr) return;
    for (auto& member : params->members) {
      if (!reader.expect(member.value, NodeKind::kString, place + ".params." + member.key)) {
        continue;
      }
      rule.when.params.emplace_back(member.key, member.value.text());
    }
  }

  void readLatency(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    using enum Latency::Shape;
    auto* found = node.find("latencyMs");
    if (found == nullptr) return;
    auto& value = found->value;
    auto place = where + ".latencyMs";
    if (value.is(NodeKind::kNumber)) {
      rule.latency = {kConstant, number(node, "latencyMs", 0, kMaxMillis, where).value_or(0)};
      return;
    }
    auto distribution =
        "it is a number, {\"uniform\": [from, to]}, {\"normal\": {\"mean\": ..., "
        "\"deviation\": ...}}, {\"exponential\": {\"mean\": ...}} or {\"p50\": "
        "..., \"p99\": ...}";
    if (!value.is(NodeKind::kObject) || value.members.empty()) {
      reader.error(value.offset, "\"" + place + "\" is not a latency", distribution);
      return;
    }
    auto& first = value.members[0].key;
    if (first == "p50" || first == "p99") {
      reader.warnOfUnknownKeys(value, {"p50", "p99"}, place);
      rule.latency = {kLognormal, required(value, "p50", place), required(value, "p99", place)};
      if (rule.latency.a <= 0 || rule.latency.b < rule.latency.a) {
        reader.error(value.offset, "\"" + place + "\" needs 0 < p50 <= p99");
      }
    } else if (first == "uniform") {
      readUniform(value, place, rule);
    } else if (first == "normal" || first == "exponential") {
      auto* inner = reader.member(value, first, NodeKind::kObject, place);
      if (inner == nullptr) return;
      auto inside = place + "." + first;
      bool normal = first == "normal";
      reader.warnOfUnknownKeys(*inner, normal ? Names{"mean", "deviation"} : Names{"mean"}, inside);
      rule.latency = {normal ? kNormal : kExponential, required(*inner, "mean", inside),
                      normal ? required(*inner, "deviation", inside) : 0};
    } else {
      reader.error(value.members[0].keyOffset, "there is no distribution \"" + first + "\"",
                   distribution);
    }
  }

  void readUniform(const ConfigNode& value, const std::string& place, FaultRule& rule) {
    auto* range = reader.member(value, "uniform", NodeKind::kArray, place);
    if (range == nullptr) return;
    auto good = range->items.size() == 2 &&
                std::all_of(range->items.begin(), range->items.end(), [](auto& item) {
                  if (!item.is(NodeKind::kNumber)) return false;
                  auto number = item.scalar.template get<double>();
                  return number >= 0 && number <= kMaxMillis;
                });
    if (good) {
      rule.latency = {Latency::Shape::kUniform, range->items[0].scalar.get<double>(),
                      range->items[1].scalar.get<double>()};
    }
    if (!good || rule.latency.b < rule.latency.a) {
      reader.error(range->offset, "\"" + place +
                                      ".uniform\" must be two numbers of ms, the "
                                      "smaller first");
    }
  }

  void readError(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    auto* found = node.find("error");
    if (found == nullptr) return;
    FaultError error;
    const ConfigNode* type = &found->value;
    if (found->value.is(NodeKind::kObject)) {
      auto place = where + ".error";
      reader.warnOfUnknownKeys(found->value, {"type", "message"}, place);
      error.message = reader.string(found->value, "message", place).value_or("");
      if (!reader.requiredString(found->value, "type", place)) return;
      type = &found->value.find("type")->value;
    } else if (!reader.expect(found->value, NodeKind::kString, where + ".error")) {
      return;
    }
    static const Names kTypes{"failed", "overloaded", "disconnected", "unimplemented"};
    auto known = std::find(kTypes.begin(), kTypes.end(), type->text());
    if (known == kTypes.end()) {
      reader.error(type->offset, "there is no type of error \"" + type->text() + "\"",
                   help(type->text(), kTypes));
      return;
    }
    error.type = FaultType(known - kTypes.begin());
    rule.error = std::move(error);
  }

  void readDrop(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    using enum FaultDrop::When;
    auto* found = node.find("drop");
    if (found == nullptr) return;
    auto place = where + ".drop";
    if (found->value.is(NodeKind::kString)) {
      auto& text = found->value.text();
      if (text == "before" || text == "after") {
        rule.drop.when = text == "before" ? kBefore : kAfter;
        return;
      }
    } else if (found->value.is(NodeKind::kObject) && found->value.members.size() == 1) {
      auto& key = found->value.members[0].key;
      if (key == "afterBytes") {
        rule.drop.when = kBody;
        rule.drop.bytes = reader.integer(found->value, key, 0, uint64_t(1) << 40, place);
      } else if (key == "afterShare") {
        rule.drop.when = kBody;
        rule.drop.share = number(found->value, key, 0, 1, place).value_or(0);
      }
    }
    if (rule.drop.when != kBody) {
      reader.error(found->value.offset, "\"" + place + "\" is not a way to drop a call",
                   R"(it is "before", "after", {"afterBytes": n} or {"afterShare": 0.5})");
    } else if (rule.target == FaultTarget::kService) {
      reader.error(found->value.offset, "calls of services have no body that could break off",
                   R"("drop" is "before" or "after" there)");
    }
  }

  void readStale(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    auto* found = node.find("stale");
    if (found == nullptr) return;
    if (found->value.is(NodeKind::kBoolean)) {
      rule.stale.on = found->value.scalar.get<bool>();
    } else if (found->value.is(NodeKind::kObject)) {
      auto place = where + ".stale";
      reader.warnOfUnknownKeys(found->value, {"seconds"}, place);
      rule.stale = {true, required(found->value, "seconds", place, kMaxSeconds)};
    } else {
      reader.error(found->value.offset, "\"" + where + ".stale\" must be true or {\"seconds\": n}");
    }
    if (rule.when.callbacks) {
      reader.error(found->keyOffset, "answers to callbacks cannot be stale");
    }
  }

  void readSchedule(const ConfigNode& node, const std::string& where, FaultRule& rule) {
    auto* schedule = reader.member(node, "schedule", NodeKind::kObject, where);
    if (schedule == nullptr) return;
    auto place = where + ".schedule";
    reader.warnOfUnknownKeys(*schedule, {"fromSeconds", "forSeconds", "everySeconds"}, place);
    rule.schedule.from = number(*schedule, "fromSeconds", 0, kMaxSeconds, place).value_or(0);
    rule.schedule.length = number(*schedule, "forSeconds", 0, kMaxSeconds, place);
    rule.schedule.every = number(*schedule, "everySeconds", 0, kMaxSeconds, place).value_or(0);
    if (rule.schedule.every == 0) return;
    if (!rule.schedule.length || *rule.schedule.length > rule.schedule.every) {
      reader.error(schedule->offset, "\"" + place + "\" needs forSeconds <= everySeconds");
    }
  }

  void checkEffect(const ConfigNode& node, const std::string& where, const FaultRule& rule) {
    Names ends;
    for (auto* key : {"error", "drop", "stale"}) {
      if (node.find(key) != nullptr) ends.emplace_back(key);
    }
    if (ends.size() > 1) {
      reader.error(node.find(ends[1])->keyOffset,
                   where + " has both \"" + ends[0] + "\" and \"" + ends[1] + "\"",
                   "make two rules of it");
    } else if (ends.empty() && node.find("latencyMs") == nullptr) {
      reader.error(node.offset, where + " does nothing",
                   R"(add "latencyMs", "error", "drop" or "stale")");
    }
  }

  std::optional<double> number(const ConfigNode& object, std::string_view key, double least,
                               double most, const std::string& where) {
    auto* node = reader.member(object, key, NodeKind::kNumber, where);
    if (node == nullptr) return std::nullopt;
    auto value = node->scalar.get<double>();
    if (std::isfinite(value) && value >= least && value <= most) return value;
    auto bound = nlohmann::json(uint64_t(most)).dump();
    reader.error(node->offset, "\"" + where + "." + std::string(key) + "\" must be from " +
                                   nlohmann::json(uint64_t(least)).dump() + " to " + bound);
    return std::nullopt;
  }

  double required(const ConfigNode& object, std::string_view key, const std::string& where,
                  double most = kMaxMillis) {
    if (object.find(key) == nullptr) {
      reader.error(object.offset, "\"" + where + "\" lacks \"" + std::string(key) + "\"");
      return 0;
    }
    return number(object, key, 0, most, where).value_or(0);
  }

  ConfigReader& reader;
  const Simulation& simulation;
};

void readRules(ConfigReader& reader, const ConfigNode& array, const std::string& where,
               const std::string& service, const Simulation& simulation, FaultSettings& into) {
  RuleReader rules(reader, simulation);
  for (size_t i = 0; i < array.items.size(); ++i) {
    if (into.rules.size() == kMostRules) {
      reader.error(array.items[i].offset,
                   "there are more than " + std::to_string(kMostRules) + " rules of faults");
      return;
    }
    auto rule = rules.read(array.items[i], where + "[" + std::to_string(i) + "]", service);
    if (rule) into.rules.push_back(std::move(*rule));
  }
}

void readSettings(ConfigReader& reader, const ConfigNode& node, const std::string& where,
                  const Simulation& simulation, FaultSettings& into) {
  reader.warnOfUnknownKeys(node, {"$schema", "seed", "rules"}, where);
  into.seed = reader.integer(node, "seed", 0, uint64_t(-1), where).value_or(into.seed);
  auto* rules = reader.member(node, "rules", NodeKind::kArray, where);
  auto prefix = where.empty() ? "rules" : where + ".rules";
  if (rules != nullptr) readRules(reader, *rules, prefix, "", simulation, into);
}

}  // namespace

void readFaults(ConfigReader& reader, const ConfigNode& root, Simulation& simulation) {
  auto& faults = simulation.faults;
  if (auto* node = reader.member(root, "faults", NodeKind::kObject)) {
    readSettings(reader, *node, "faults", simulation, faults);
  }
  auto* services = root.find("services");
  if (services == nullptr || !services->value.is(NodeKind::kObject)) return;
  for (auto& member : services->value.members) {
    if (!member.value.is(NodeKind::kObject)) continue;
    auto where = "services." + member.key;
    auto* rules = reader.member(member.value, "faults", NodeKind::kArray, where);
    if (rules == nullptr) continue;
    readRules(reader, *rules, where + ".faults", member.key, simulation, faults);
  }
}

FaultSettings loadFaults(const std::filesystem::path& file, const Simulation& simulation) {
  auto document = readConfigDocument(absolutePath(file));
  ConfigReader reader(document);
  FaultSettings settings{.seed = simulation.faults.seed};
  readSettings(reader, document.root, "", simulation, settings);
  // A key that is not known would be a fault that does not happen.
  reader.finishStrictly();
  return settings;
}

FaultRule parseFaultRule(std::string json, const Simulation& simulation) {
  auto document = parseJsonc("the rule", std::move(json)).orThrow();
  ConfigReader reader(document);
  auto rule = RuleReader(reader, simulation).read(document.root, "the rule");
  reader.finishStrictly();
  return std::move(rule.value());
}

}  // namespace flamesim::bundle
