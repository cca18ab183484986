#include "sim/report/sqlite_report.h"

#include <sqlite3.h>

#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "sim/diff/abstract.h"
#include "sim/net/url_parts.h"

namespace flamesim::report {

namespace fs = std::filesystem;

namespace {

constexpr size_t kGatheredRows = 512;
constexpr int kVersion = 1;  // as kTables sets it

constexpr const char* kTables = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA user_version = 1;
BEGIN;
CREATE TABLE run (project TEXT, reference TEXT, candidate TEXT, result TEXT, exchanges INTEGER,
  same INTEGER, different INTEGER, declined INTEGER, failed INTEGER, framing INTEGER,
  only_reference INTEGER, only_candidate INTEGER, differences INTEGER, omitted INTEGER,
  unclustered INTEGER, known INTEGER, noise INTEGER);
CREATE TABLE clusters (id INTEGER PRIMARY KEY, field TEXT, kind TEXT, weight TEXT, worker TEXT,
  expected TEXT, got TEXT, varied INTEGER, count INTEGER, exchanges INTEGER, share REAL,
  hosts INTEGER, more_hosts INTEGER, example_id INTEGER, example_field TEXT, example_expected TEXT,
  example_got TEXT, detail TEXT, deviation INTEGER, noise INTEGER);
CREATE TABLE deviations (id INTEGER PRIMARY KEY, place TEXT, field TEXT, decision TEXT,
  reason TEXT, owner TEXT, date TEXT, exchanges INTEGER, hosts INTEGER, stale INTEGER);
CREATE TABLE noise (id INTEGER PRIMARY KEY, field TEXT, kind TEXT, of_fl INTEGER, pairs INTEGER,
  exchanges INTEGER, is_noise INTEGER);
CREATE TABLE rules (id INTEGER PRIMARY KEY, place TEXT, field TEXT, action TEXT, reason TEXT,
  owner TEXT, expires TEXT, expired INTEGER, uses INTEGER);
CREATE TABLE exchanges (id INTEGER PRIMARY KEY, host TEXT, method TEXT, path TEXT, url TEXT,
  status_expected INTEGER, status_got INTEGER, verdict TEXT, worker TEXT);
CREATE TABLE differences (exchange_id INTEGER, field TEXT, cluster_field TEXT, kind TEXT,
  weight TEXT, worker TEXT, expected TEXT, got TEXT, detail TEXT, deviation INTEGER,
  noise INTEGER);
)";

constexpr const char* kEnd = R"(
UPDATE exchanges SET verdict = 'different' WHERE verdict = 'noise' AND id IN (
  SELECT exchange_id FROM differences JOIN noise ON noise.id = differences.noise
  WHERE NOT is_noise);
CREATE INDEX differences_by_exchange ON differences (exchange_id);
CREATE INDEX differences_by_field ON differences (cluster_field);
COMMIT;
)";

using StatusCode = std::optional<uint16_t>;
using RowId = std::optional<uint32_t>;  // from 1

RowId idOf(std::optional<uint32_t> index) {
  return index ? RowId(*index + 1) : RowId();
}

StatusCode statusOf(const net::Outcome& outcome) {
  if (outcome.kind != net::OutcomeKind::kResponse) return std::nullopt;
  return outcome.response.status;
}

// Of a path within a URI of SQLite's: what would end it or be decoded stands in hex.
std::string uriPath(std::string_view path) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      out += {'%', kDigits[uint8_t(c) >> 4], kDigits[uint8_t(c) & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

std::string whole(std::string_view text) {
  return diff::printable(text, text.size());
}

struct ExchangeRow {
  uint64_t id;
  std::string method;
  std::string url;
  StatusCode expected;
  StatusCode got;
  diff::Verdict verdict;
  std::string worker;
  std::vector<diff::Difference> differences;
};

class SqlInsert {
 public:
  SqlInsert(sqlite3* database, const char* sql) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database, sql, -1, &made, nullptr);
    statement.reset(made);
  }

  template <typename... Values>
  bool operator()(const Values&... values) {
    column = 0;
    (bind(values), ...);
    int code = sqlite3_step(statement.get());
    sqlite3_reset(statement.get());
    return code == SQLITE_DONE;
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  // Values live until the statement has run.
  void bind(std::string_view text) {
    sqlite3_bind_text64(statement.get(), ++column, text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
  }
  void bind(const std::string& text) { bind(std::string_view(text)); }
  void bind(uint64_t number) {
    sqlite3_bind_int64(statement.get(), ++column, sqlite3_int64(number));
  }
  void bind(bool flag) { bind(uint64_t(flag ? 1 : 0)); }
  void bind(double number) { sqlite3_bind_double(statement.get(), ++column, number); }
  void bind(StatusCode status) {
    if (status) return bind(uint64_t(*status));
    sqlite3_bind_null(statement.get(), ++column);
  }
  void bind(RowId id) {
    if (id) return bind(uint64_t(*id));
    sqlite3_bind_null(statement.get(), ++column);
  }

  std::unique_ptr<sqlite3_stmt, Finalize> statement;
  int column = 0;
};

}  // namespace

struct SqliteReport::Rows {
  std::vector<ExchangeRow> exchanges;
  size_t count = 0;  // of differences as well
};

class SqliteReport::Writer {
 public:
  explicit Writer(fs::path file) : file(std::move(file)), part(this->file.string() + ".part") {
    std::error_code ignored;
    fs::remove(part, ignored);
    sqlite3* opened = nullptr;
    int code =
        sqlite3_open_v2(part.c_str(), &opened,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    database.reset(opened);
    if (code != SQLITE_OK) {
      throw UserError("cannot write " + this->file.string() + ": " + sqlite3_errstr(code));
    }
    run(kTables);
    if (!error.empty()) throw UserError("cannot write " + this->file.string() + ": " + error);
    exchange.emplace(database.get(), "INSERT OR REPLACE INTO exchanges VALUES (?,?,?,?,?,?,?,?,?)");
    difference.emplace(database.get(), "INSERT INTO differences VALUES (?,?,?,?,?,?,?,?,?,?,?)");
  }

  ~Writer() {
    exchange.reset();
    difference.reset();
    database.reset();
    std::error_code ignored;
    if (!renamed) fs::remove(part, ignored);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(const std::vector<ExchangeRow>& rows) {
    std::lock_guard lock(mutex);
    for (const auto& row : rows) {
      if (!error.empty()) return;
      write(row);
    }
  }

  // A database can be neither attached nor detached within a transaction.
  void addAll(const fs::path& other) {
    std::lock_guard lock(mutex);
    run("COMMIT");
    // Read alone, so that a file that is not there is not made.
    auto attach = SqlInsert(database.get(), "ATTACH ? AS other");
    std::string name = "file:" + uriPath(fs::absolute(other).string()) + "?mode=ro";
    check(attach(name));
    if (error.empty() && versionOf("other") != kVersion) {
      error = "it is no report of version " + std::to_string(kVersion);
    }
    run("BEGIN; INSERT OR REPLACE INTO exchanges SELECT * FROM other.exchanges;"
        "INSERT INTO differences SELECT * FROM other.differences; COMMIT; DETACH other; BEGIN;");
    if (!error.empty()) throw UserError("cannot take over " + other.string() + ": " + error);
  }

  void finish(const RunSummary& summary) {
    std::lock_guard lock(mutex);
    writeRun(summary);
    writeClusters(summary);
    writeRules(summary);
    writeExcuses(summary);
    run(kEnd);
    exchange.reset();
    difference.reset();
    database.reset();
    std::error_code failed;
    if (error.empty()) fs::rename(part, file, failed);
    if (failed) error = failed.message();
    if (!error.empty()) {
      throw UserError("cannot write " + file.string() + ": " + error, ExitCode::kRunFailed);
    }
    renamed = true;
  }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  void check(bool ok) {
    if (!ok && error.empty()) error = sqlite3_errmsg(database.get());
  }

  void run(const char* sql) {
    if (error.empty()) {
      check(sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    }
  }

  int versionOf(const char* schema) {
    sqlite3_stmt* made = nullptr;
    std::string sql = "PRAGMA " + std::string(schema) + ".user_version";
    check(sqlite3_prepare_v2(database.get(), sql.c_str(), -1, &made, nullptr) == SQLITE_OK);
    int version = -1;
    if (made != nullptr && sqlite3_step(made) == SQLITE_ROW) version = sqlite3_column_int(made, 0);
    check(sqlite3_finalize(made) == SQLITE_OK);
    return version;
  }

  void write(const ExchangeRow& row) {
    auto url = net::splitUrl(row.url);
    check((*exchange)(row.id, url.host, row.method, url.path, row.url, row.expected, row.got,
                      verdictName(row.verdict), row.worker));
    for (const auto& found : row.differences) {
      check((*difference)(row.id, found.field, diff::abstractField(found.field),
                          differenceKindName(found.kind), weightName(found.weight), found.worker,
                          found.expected, found.got, found.detail, idOf(found.deviation),
                          idOf(found.noise)));
    }
  }

  void writeRun(const RunSummary& summary) {
    const diff::Totals& totals = summary.totals;
    SqlInsert insert(database.get(), "INSERT INTO run VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    check(insert(summary.project, summary.reference, summary.candidate,
                 resultName(resultOf(summary)), totals.exchanges, totals.same, totals.different,
                 totals.declined, totals.failed, totals.framing, totals.onlyReference,
                 totals.onlyCandidate, totals.differences, totals.omitted, totals.unclustered,
                 totals.known, totals.noise));
  }

  void writeClusters(const RunSummary& summary) {
    SqlInsert insert(database.get(),
                     "INSERT INTO clusters VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    uint64_t id = 0;
    for (const auto& cluster : summary.clusters) {
      const diff::Example& example = cluster.example;
      check(insert(++id, cluster.field, differenceKindName(cluster.kind),
                   weightName(cluster.weight), cluster.worker, cluster.expected, cluster.got,
                   cluster.varied, cluster.count, cluster.exchanges, cluster.share, cluster.hosts,
                   cluster.moreHosts, example.id, example.field, example.expected, example.got,
                   example.detail, idOf(cluster.deviation), idOf(cluster.noise)));
    }
  }

  void writeRules(const RunSummary& summary) {
    SqlInsert insert(database.get(), "INSERT INTO rules VALUES (?,?,?,?,?,?,?,?,?)");
    uint64_t id = 0;
    for (const auto& rule : summary.rules) {
      check(insert(++id, rule.where, rule.field, rule.action, rule.reason, rule.owner, rule.expires,
                   rule.expired, rule.uses));
    }
  }

  void writeExcuses(const RunSummary& summary) {
    SqlInsert deviation(database.get(), "INSERT INTO deviations VALUES (?,?,?,?,?,?,?,?,?,?)");
    uint64_t id = 0;
    for (const auto& entry : summary.deviations) {
      check(deviation(++id, entry.where, entry.field, entry.decision, entry.reason, entry.owner,
                      entry.date, entry.exchanges, entry.hosts, entry.stale));
    }
    SqlInsert noise(database.get(), "INSERT INTO noise VALUES (?,?,?,?,?,?,?)");
    id = 0;
    for (const auto& use : summary.noise) {
      check(noise(++id, use.field, differenceKindName(use.kind), use.ofFl, use.pairs, use.exchanges,
                  use.isNoise));
    }
  }

  const fs::path file;
  const fs::path part;
  std::mutex mutex;
  std::unique_ptr<sqlite3, Close> database;
  std::optional<SqlInsert> exchange;
  std::optional<SqlInsert> difference;
  std::string error;  // the first; nothing is written after it
  bool renamed = false;
};

SqliteReport::SqliteReport(fs::path file, uint32_t threads)
    : writer(std::make_unique<Writer>(std::move(file))), rows(threads) {}

SqliteReport::~SqliteReport() = default;

void SqliteReport::add(uint32_t thread, const net::Exchange& reference,
                       const net::Exchange& candidate, const diff::Comparison& comparison) {
  Rows& mine = rows[thread];
  mine.exchanges.push_back({.id = reference.id,
                            .method = whole(reference.request.method),
                            .url = whole(reference.request.url),
                            .expected = statusOf(reference.outcome),
                            .got = statusOf(candidate.outcome),
                            .verdict = comparison.verdict,
                            .worker = whole(candidate.outcome.answeredBy),
                            .differences = comparison.differences});
  mine.count += 1 + comparison.differences.size();
  if (mine.count < kGatheredRows) return;
  writer->write(mine.exchanges);
  mine.exchanges.clear();
  mine.count = 0;
}

void SqliteReport::addAll(const fs::path& other) {
  writer->addAll(other);
}

void SqliteReport::finish(const RunSummary& summary) {
  for (auto& each : rows) {
    writer->write(each.exchanges);
    each.exchanges.clear();
  }
  writer->finish(summary);
}

}  // namespace flamesim::report
