#include "sim/capture/import_report.h"

#include <algorithm>
#include <set>

#include "sim/capture/codec.h"

namespace flamesim::capture {

void ImportReport::count(Reasons& reasons, std::string_view reason, std::string_view example) {
  auto& entry = reasons[std::string(reason)];
  if (entry.count++ == 0) entry.example = example;
}

uint64_t ImportReport::skippedCount() const {
  uint64_t sum = 0;
  for (auto& [reason, entry] : skipped) sum += entry.count;
  return sum;
}

std::string ImportReport::render(std::string_view did, std::string_view what) const {
  std::string out = std::string(did) + " " + std::to_string(imported) + " of " +
                    std::to_string(entries) + " " + std::string(what) + "\n";
  auto list = [&](const char* title, const Reasons& reasons) {
    if (!reasons.empty()) out += std::string(title) + "\n";
    for (auto& [reason, entry] : reasons) {
      out += "  " + std::to_string(entry.count) + "  " + reason + " (" + entry.example + ")\n";
    }
  };
  list("left out:", skipped);
  list("changed:", adjusted);
  return out;
}

void numberByTime(Import& import) {
  auto& exchanges = import.exchanges;
  std::stable_sort(exchanges.begin(), exchanges.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  std::set<uint64_t> found;
  for (const auto& exchange : exchanges) {
    if (exchange.id != 0) found.insert(exchange.id);
  }
  bool keep = found.size() == exchanges.size();
  uint64_t id = 0;
  for (auto& exchange : exchanges) {
    ++id;
    if (keep) continue;
    exchange.id = id;
    exchange.seed = seedFor(id);
  }
  import.report.imported = exchanges.size();
}

}  // namespace flamesim::capture
