#include "mocks/sqlite.h"

#include <kj/encoding.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace flamesim::mocks {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kBusyMillis = 5000;  // how long another process may have the file
constexpr int kStepsBetweenChecks = 10'000;

[[noreturn]] void fail(sqlite3* database) {
  if (database == nullptr) throw SqliteError("out of memory");
  std::optional<size_t> offset;
  if (int at = sqlite3_error_offset(database); at >= 0) offset = size_t(at);
  throw SqliteError(sqlite3_errmsg(database), offset);
}

// Reading, and nothing else.
int authorize(void*, int action, const char*, const char* name, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return name != nullptr && std::string_view(name) == "load_extension" ? SQLITE_DENY
                                                                           : SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

struct Budget {
  uint64_t left;
};

int spend(void* budget) {
  auto& left = static_cast<Budget*>(budget)->left;
  if (left < uint64_t(kStepsBetweenChecks)) return 1;
  left -= uint64_t(kStepsBetweenChecks);
  return 0;
}

// Takes both back, however the query ends.
class Guards {
 public:
  Guards(sqlite3* database, uint64_t steps) : database(database), budget{steps} {
    sqlite3_set_authorizer(database, authorize, nullptr);
    if (steps > 0) sqlite3_progress_handler(database, kStepsBetweenChecks, spend, &budget);
  }
  ~Guards() {
    sqlite3_progress_handler(database, 0, nullptr, nullptr);
    sqlite3_set_authorizer(database, nullptr, nullptr);
  }
  Guards(const Guards&) = delete;

 private:
  sqlite3* database;
  Budget budget;
};

SqlValue valueOf(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return int64_t(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, size_t(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      auto size = size_t(sqlite3_column_bytes(statement, column));
      return SqlBlob{size == 0 ? std::string() : std::string(bytes, size)};
    }
    default:
      return std::monostate();
  }
}

size_t sizeOf(const SqlValue& value) {
  if (auto* text = std::get_if<std::string>(&value)) return sizeof(value) + text->size();
  if (auto* blob = std::get_if<SqlBlob>(&value)) return sizeof(value) + blob->bytes.size();
  return sizeof(value);
}

std::string numberText(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  char digits[64];
  return std::string(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

std::string base64(const SqlBlob& blob) {
  return kj::encodeBase64(
             kj::arrayPtr(reinterpret_cast<const kj::byte*>(blob.bytes.data()), blob.bytes.size()))
      .cStr();
}

Json jsonOf(const SqlValue& value) {
  if (auto* integer = std::get_if<int64_t>(&value)) return *integer;
  if (auto* real = std::get_if<double>(&value)) {
    return std::isfinite(*real) ? Json(*real) : Json(numberText(*real));
  }
  if (auto* text = std::get_if<std::string>(&value)) return *text;
  if (auto* blob = std::get_if<SqlBlob>(&value)) return base64(*blob);
  return nullptr;
}

std::string fieldOf(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "";
  if (auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (auto* real = std::get_if<double>(&value)) return numberText(*real);
  if (auto* blob = std::get_if<SqlBlob>(&value)) return "base64:" + base64(*blob);
  return std::get<std::string>(value);
}

std::string csvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  return sqlName(text);
}

// For a table: control characters would break it.
std::string cellOf(const SqlValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  std::string text = fieldOf(value);
  for (auto& c : text) {
    if (uint8_t(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

// In characters of UTF-8.
size_t widthOf(std::string_view text) {
  return size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view sql) : database(database) {
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  if (sql.size() > 1'000'000) throw SqliteError("the statement is longer than 1000000 bytes");
  int code = sqlite3_prepare_v2(database, sql.data(), int(sql.size()), &made, &rest);
  statement.reset(made);
  if (code != SQLITE_OK) fail(database);
  if (made == nullptr) throw SqliteError("there is no statement");
  auto left = sql.substr(size_t(rest - sql.data()));
  if (left.find_first_not_of(" \t\r\n;") != left.npos) {
    throw SqliteError("there is more than one statement");
  }
}

bool SqliteStatement::step() {
  switch (sqlite3_step(statement.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      fail(database);
  }
}

void SqliteStatement::reset() {
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
}

SqliteDatabase::SqliteDatabase(const std::filesystem::path& file, Access access) {
  int flags = access == Access::kReadOnly ? SQLITE_OPEN_READONLY
                                          : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(file.empty() ? ":memory:" : file.c_str(), &opened,
                             flags | SQLITE_OPEN_NOMUTEX, nullptr);
  handle.reset(opened);
  if (code != SQLITE_OK) fail(opened);
  sqlite3_busy_timeout(opened, kBusyMillis);
}

SqlResult runQuery(SqliteDatabase& database, std::string_view sql, const SqlLimits& limits) {
  Guards guards(database.get(), limits.steps);
  SqliteStatement statement(database.get(), sql);
  SqlResult result;
  int columns = sqlite3_column_count(statement.get());
  for (int i = 0; i < columns; ++i) {
    auto* name = sqlite3_column_name(statement.get(), i);
    result.columns.emplace_back(name != nullptr ? name : "");
  }
  uint64_t bytes = 0;
  while (statement.step()) {
    if (result.rows.size() >= limits.rows) {
      throw SqliteError("there are more than " + std::to_string(limits.rows) +
                        " rows; add a LIMIT");
    }
    auto& row = result.rows.emplace_back();
    for (int i = 0; i < columns; ++i) {
      row.push_back(valueOf(statement.get(), i));
      bytes += sizeOf(row.back());
    }
    if (bytes > limits.bytes) throw SqliteError("the result is too large; add a LIMIT");
  }
  return result;
}

std::string sqlName(std::string_view name) {
  std::string quoted = "\"";
  for (auto c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string tableOf(const SqlResult& result) {
  size_t columns = result.columns.size();
  std::vector<size_t> widths;
  for (auto& name : result.columns) widths.push_back(widthOf(name));
  std::vector<std::vector<std::string>> cells;
  for (auto& row : result.rows) {
    auto& line = cells.emplace_back();
    for (size_t i = 0; i < columns; ++i) {
      line.push_back(cellOf(row[i]));
      widths[i] = std::max(widths[i], widthOf(line.back()));
    }
  }
  std::string out;
  auto append = [&](const std::string& cell, size_t column, bool right) {
    std::string space(widths[column] - widthOf(cell), ' ');
    out += right ? space + cell : cell;
    if (column + 1 < columns) out += (right ? "" : space) + "  ";
  };
  for (size_t i = 0; i < columns; ++i) append(result.columns[i], i, false);
  out += '\n';
  for (size_t i = 0; i < columns; ++i) append(std::string(widths[i], '-'), i, false);
  out += '\n';
  for (size_t r = 0; r < cells.size(); ++r) {
    for (size_t i = 0; i < columns; ++i) {
      auto& value = result.rows[r][i];
      append(cells[r][i], i,
             std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value));
    }
    out += '\n';
  }
  return out;
}

std::string csvOf(const SqlResult& result) {
  std::string out;
  for (size_t i = 0; i < result.columns.size(); ++i) {
    out += (i == 0 ? "" : ",") + csvField(result.columns[i]);
  }
  out += '\n';
  for (auto& row : result.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += (i == 0 ? "" : ",") + csvField(fieldOf(row[i]));
    }
    out += '\n';
  }
  return out;
}

std::string jsonLinesOf(const SqlResult& result) {
  std::string out;
  for (auto& row : result.rows) {
    auto object = Json::object();
    for (size_t i = 0; i < result.columns.size(); ++i) object[result.columns[i]] = jsonOf(row[i]);
    out += object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return out;
}

}  // namespace flamesim::mocks
