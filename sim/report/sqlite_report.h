// The report as an SQLite database, for questions that no other report answers: each exchange and
// each difference is a row. docs/reports.md lists the tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "sim/diff/difference.h"
#include "sim/net/exchange.h"
#include "sim/report/run_summary.h"

namespace flamesim::report {

// Writes while a run compares, from several threads, in bounded memory: each thread gathers some
// rows, then one at a time hands them to SQLite. The file has its name only when it is complete.
class SqliteReport {
 public:
  // Throws UserError where the file cannot be made.
  SqliteReport(std::filesystem::path file, uint32_t threads);
  ~SqliteReport();  // without finish(): nothing is left behind

  // For one thread never two at a time. What goes wrong is kept for finish().
  void add(uint32_t thread, const net::Exchange& reference, const net::Exchange& candidate,
           const diff::Comparison& comparison);
  // Takes over the exchanges and differences of another such database, of another part of the run.
  // Throws UserError where it is none.
  void addAll(const std::filesystem::path& other);
  // The last call. Throws UserError.
  void finish(const RunSummary& summary);

 private:
  class Writer;
  struct Rows;
  std::unique_ptr<Writer> writer;
  std::vector<Rows> rows;  // by thread
};

}  // namespace flamesim::report
