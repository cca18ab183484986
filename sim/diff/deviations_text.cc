// Writing to a ledger: entries are put into its text, which people keep in order themselves.
#include <nlohmann/json.hpp>

#include "sim/bundle/jsonc.h"
#include "sim/diff/deviations.h"

namespace flamesim::diff {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view kEmptyLedger = "{\n  \"deviations\": []\n}\n";
constexpr size_t kWidth = 100;

std::string quoted(const std::string& text) {
  return ordered_json(text).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json jsonOf(const Deviation& entry) {
  ordered_json json;
  auto put = [&json](const char* key, const std::string& value, std::string_view usual) {
    if (value != usual) json[key] = value;
  };
  put("field", entry.field, "");
  if (entry.kind) json["kind"] = differenceKindName(*entry.kind);
  put("worker", entry.worker, "");
  if (entry.expected) json["expected"] = *entry.expected;
  if (entry.got) json["got"] = *entry.got;
  put("host", entry.scope.host, "*");
  put("path", entry.scope.path, "*");
  put("method", entry.scope.method, "*");
  put("status", entry.scope.status, "*");
  json["decision"] = decisionName(entry.decision);
  put("reason", entry.reason, "");
  put("owner", entry.owner, "");
  put("date", entry.date, "");
  if (entry.hosts) json["hosts"] = *entry.hosts;
  return json;
}

// As many members on a line as fit.
std::string written(const Deviation& entry) {
  std::string text;
  std::string line = "    {";
  bool first = true;
  auto json = jsonOf(entry);
  for (auto& [key, value] : json.items()) {
    std::string member =
        quoted(key) + ": " + (value.is_string() ? quoted(value.get<std::string>()) : value.dump());
    if (!first) {
      line += ",";
      if (line.size() + 1 + member.size() + 2 > kWidth) {
        text += line + "\n";
        line = "     ";
      } else {
        line += " ";
      }
    }
    line += member;
    first = false;
  }
  return text + line + "}";
}

}  // namespace

std::string withDeviations(const std::string& text, const std::string& file,
                           const std::vector<Deviation>& added) {
  std::string base = text.empty() ? std::string(kEmptyLedger) : text;
  auto document = bundle::parseJsonc(file, base).orThrow();
  auto* entries =
      document.root.is(bundle::NodeKind::kObject) ? document.root.find("deviations") : nullptr;
  if (entries == nullptr || !entries->value.is(bundle::NodeKind::kArray)) {
    throw UserError(document.at(document.root.offset, "this is no ledger of deviations",
                                "it is an object with an array \"deviations\""));
  }
  if (added.empty()) return base;
  std::string inserted;
  for (auto& entry : added) {
    inserted += (inserted.empty() ? "\n" : ",\n") + written(entry);
  }
  inserted += entries->value.items.empty() ? "\n  " : ",";
  size_t behindBracket = entries->value.offset + 1;
  return base.insert(behindBracket, inserted);
}

}  // namespace flamesim::diff
