#include "sim/capture/import_report.h"

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

std::string ImportReport::render() const {
  std::string out =
      "imported " + std::to_string(imported) + " of " + std::to_string(entries) + " entries\n";
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

}  // namespace flamesim::capture
