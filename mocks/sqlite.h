// What the mocks need of SQLite: a connection that closes itself, statements, and queries that only
// read, with their results as values. A connection belongs to one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace flamesim::mocks {

class SqliteError final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  SqliteError(const std::string& message, std::optional<size_t> offset)
      : std::runtime_error(message), offset(offset) {}

  std::optional<size_t> offset;  // in bytes into the statement, where SQLite knows it
};

class SqliteStatement {
 public:
  // One statement; what follows it must be empty. Throws SqliteError.
  SqliteStatement(sqlite3* database, std::string_view sql);
  // Whether there is a row. Throws SqliteError.
  bool step();
  void reset();
  sqlite3_stmt* get() const { return statement.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* database;
  std::unique_ptr<sqlite3_stmt, Finalize> statement;
};

class SqliteDatabase {
 public:
  enum class Access : uint8_t { kReadWrite, kReadOnly };
  // Empty: in memory. Throws SqliteError.
  SqliteDatabase(const std::filesystem::path& file, Access access);
  void run(const std::string& sql) { SqliteStatement(handle.get(), sql).step(); }
  sqlite3* get() const { return handle.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> handle;
};

struct SqlBlob {
  std::string bytes;
  bool operator==(const SqlBlob&) const = default;
};
using SqlValue = std::variant<std::monostate, int64_t, double, std::string, SqlBlob>;

struct SqlResult {
  std::vector<std::string> columns;
  std::vector<std::vector<SqlValue>> rows;
};

struct SqlLimits {
  uint64_t rows = 1'000'000;
  uint64_t bytes = uint64_t(256) << 20;
  uint64_t steps = 0;  // of SQLite's machine; 0: as many as it takes
};

// Runs one statement that only reads. Throws SqliteError with SQLite's own message; what would
// write, attach a file or change a setting is "not authorized".
SqlResult runQuery(SqliteDatabase& database, std::string_view sql, const SqlLimits& limits = {});

// A double quote around a name, whatever is in it.
std::string sqlName(std::string_view name);

// Rows under their columns, with widths that fit; numbers stand at the right.
std::string tableOf(const SqlResult& result);
// An object for each row, on a line of its own. Blobs are base64.
std::string jsonLinesOf(const SqlResult& result);
// RFC 4180 but for line feeds alone as ends, with the names of columns first. NULL is empty.
std::string csvOf(const SqlResult& result);

}  // namespace flamesim::mocks
