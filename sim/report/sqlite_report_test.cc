#include "sim/report/sqlite_report.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <thread>

#include "sim/capture/testing.h"
#include "sim/diff/testing.h"
#include "sim/report/testing.h"

using namespace flamesim;
using namespace flamesim::report;
using flamesim::capture::testing::spit;
using flamesim::capture::testing::TemporaryFolder;
using flamesim::report::testing::sampleSummary;

namespace {

// The first row, its values joined with "|".
std::string ask(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
  std::string row;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row += (i == 0 ? "" : "|") + std::string(text == nullptr ? "NULL" : text);
    }
  } else {
    row = sqlite3_errmsg(database);
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return row;
}

void addPair(SqliteReport& rows, uint32_t thread, uint64_t id) {
  auto reference = diff::testing::exchange(301, {{"X-A", "it's"}});
  reference.id = id;
  reference.request.url = "http://h.example:8080/a/" + std::to_string(id) + "?q=1";
  auto candidate = reference;
  if (id % 2 == 0) candidate.outcome.response.status = 302;
  if (id % 10 == 0) candidate.outcome.kind = net::OutcomeKind::kFailed;
  rows.add(thread, reference, candidate, diff::compare(reference, candidate));
}

}  // namespace

TEST_CASE("Each exchange and each difference of several threads is a row") {
  TemporaryFolder folder;
  auto file = folder / "report.sqlite";
  {
    SqliteReport rows(file, 4);
    std::vector<std::thread> threads;
    for (uint32_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&rows, thread] {
        for (uint64_t i = 0; i < 1000; ++i) addPair(rows, thread, thread * 1000 + i + 1);
      });
    }
    for (auto& thread : threads) thread.join();
    rows.finish(sampleSummary());
  }
  CHECK(ask(file, "SELECT COUNT(*), COUNT(DISTINCT id) FROM exchanges") == "4000|4000");
  CHECK(ask(file, "SELECT * FROM exchanges WHERE id = 2002") ==
        "2002|h.example|GET|/a/2002|http://h.example:8080/a/2002?q=1|301|302|different|shaper");
  CHECK(ask(file, "SELECT status_got, verdict FROM exchanges WHERE id = 10") == "NULL|failed");
  CHECK(ask(file,
            "SELECT field, cluster_field, kind, weight, worker, expected, got FROM "
            "differences WHERE exchange_id = 2") ==
        "status|status|changed|behaviour|shaper|301|302");
  CHECK(ask(file, "SELECT COUNT(*) FROM differences WHERE field = 'status'") == "1600");
  CHECK(ask(file, "SELECT project, result, exchanges, declined FROM run") ==
        "examples/front-line|different|5000|8");
  CHECK(ask(file,
            "SELECT id, field, worker, exchanges, more_hosts, example_id FROM clusters WHERE "
            "kind = 'missing'") == "2|header:set-cookie[*]|session|9|1|40");
  CHECK(ask(file, "SELECT COUNT(*), SUM(uses), SUM(expired) FROM rules") == "3|31|1");
}

TEST_CASE("Databases of shards become one") {
  TemporaryFolder folder;
  std::vector<std::filesystem::path> parts{folder / "a?%23.sqlite", folder / "b.sqlite"};
  for (uint32_t part = 0; part < 2; ++part) {
    SqliteReport rows(parts[part], 1);
    for (uint64_t id = 1; id <= 20; ++id) addPair(rows, 0, part * 100 + id);
    rows.finish({});
  }
  auto file = folder / "report.sqlite";
  SqliteReport rows(file, 1);
  for (auto& part : parts) rows.addAll(part);
  rows.finish(sampleSummary());
  CHECK(ask(file, "SELECT COUNT(*), SUM(id > 100) FROM exchanges") == "40|20");
  CHECK(ask(file, "SELECT COUNT(*) FROM differences WHERE field = 'status'") == "16");
  CHECK(ask(file, "SELECT COUNT(*) FROM run") == "1");
  CHECK(ask(file, "SELECT COUNT(*) FROM clusters") == "5");
}

TEST_CASE("What is no database of a report is not taken over") {
  TemporaryFolder folder;
  spit(folder / "text.sqlite", "no database, but long enough to be looked at by SQLite as one");
  auto fault = [&](const char* name) {
    try {
      SqliteReport rows(folder / "report.sqlite", 1);
      rows.addAll(folder / name);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(fault("text.sqlite"), Catch::Contains("text.sqlite: file is not a database"));
  CHECK_THAT(fault("none.sqlite"), Catch::Contains("none.sqlite: unable to open database"));
  CHECK_FALSE(std::filesystem::exists(folder / "none.sqlite"));
  sqlite3* database = nullptr;
  sqlite3_open((folder / "other.sqlite").c_str(), &database);
  sqlite3_exec(database, "CREATE TABLE exchanges (id)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  CHECK_THAT(fault("other.sqlite"), Catch::Contains("it is no report of version 1"));
  CHECK_FALSE(std::filesystem::exists(folder / "report.sqlite"));
}

TEST_CASE("A database that is not finished leaves the one before it alone") {
  TemporaryFolder folder;
  auto file = folder / "report.sqlite";
  spit(file, "before");
  {
    SqliteReport rows(file, 1);
    addPair(rows, 0, 1);
  }
  CHECK(capture::testing::slurp(file) == "before");
  CHECK_FALSE(std::filesystem::exists(folder / "report.sqlite.part"));
  SqliteReport rows(file, 1);
  addPair(rows, 0, 1);
  rows.finish({});
  CHECK(ask(file, "SELECT COUNT(*) FROM exchanges") == "1");
}

TEST_CASE("A database that cannot be made is an error that names it") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(
      SqliteReport(folder / "none/report.sqlite", 1),
      Catch::Contains("none/report.sqlite") && Catch::Contains("unable to open database file"));
}
