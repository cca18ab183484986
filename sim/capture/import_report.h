// What an importer took, changed and left out, with counts and one example for each reason.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/net/exchange.h"

namespace flamesim::capture {

struct ReasonCount {
  uint64_t count = 0;
  std::string example;  // the first: "entries[3] GET https://example.com/"
  bool operator==(const ReasonCount&) const = default;
};
using Reasons = std::map<std::string, ReasonCount, std::less<>>;

struct ImportReport {
  uint64_t entries = 0;   // in the file
  uint64_t imported = 0;  // entries == imported + the counts of `skipped`
  Reasons skipped;        // reason -> entries left out
  Reasons adjusted;       // what was changed -> entries in which it was

  void skip(std::string_view reason, std::string_view example) { count(skipped, reason, example); }
  void adjust(std::string_view what, std::string_view example) { count(adjusted, what, example); }
  uint64_t skippedCount() const;
  // Several lines for the terminal, each ended by '\n'.
  std::string render(std::string_view did = "imported", std::string_view what = "entries") const;

 private:
  static void count(Reasons& reasons, std::string_view reason, std::string_view example);
};

struct Import {
  std::vector<net::Exchange> exchanges;  // by time; ids 1..n, seeds by seedFor(id), see below
  ImportReport report;
};

// Puts the exchanges in order of time, gives them ids and seeds, and sets `report.imported`. Ids
// and seeds that an importer has found in its file stay where no id comes twice.
void numberByTime(Import& import);

}  // namespace flamesim::capture
