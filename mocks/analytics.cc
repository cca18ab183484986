#include "mocks/analytics.h"

#include <capnp/dynamic.h>
#include <kj/debug.h>

#include <condition_variable>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "mocks/analytics_sampler.h"
#include "mocks/problem.h"

namespace flamesim::mocks {

namespace {

constexpr size_t kMembers = 20;  // of blobs, of doubles
constexpr size_t kMostQueued = 100'000;
constexpr uint64_t kMostQueuedBytes = uint64_t(64) << 20;
// Of a query that a running server answers: about a second, in which it does nothing else.
constexpr SqlLimits kServerLimits{
    .rows = 100'000, .bytes = uint64_t(16) << 20, .steps = 50'000'000};

struct Point {
  std::string dataset;
  int64_t timestamp = 0;  // nanoseconds since 1970
  uint64_t interval = 1;
  std::string index;
  std::vector<std::string> blobs;  // kMembers of each
  std::vector<double> doubles;
  size_t bytes() const {
    size_t sum = sizeof(*this) + index.size() + dataset.size();
    for (auto& blob : blobs) sum += sizeof(std::string) + blob.size();
    return sum + doubles.size() * sizeof(double);
  }
};

std::string bytesOf(capnp::Data::Reader data) {
  return std::string(data.begin(), data.end());
}

class PointFields {
 public:
  PointFields() {
    auto schema = capnp::Schema::from<schemas::AnalyticsEngineEvent>();
    for (size_t i = 1; i <= kMembers; ++i) {
      blobs.push_back(schema.getFieldByName(("blob" + std::to_string(i)).c_str()));
      doubles.push_back(schema.getFieldByName(("double" + std::to_string(i)).c_str()));
    }
  }
  Point read(schemas::AnalyticsEngineEvent::Reader event) const {
    Point point{.dataset = bytesOf(event.getDataset()),
                .timestamp = event.getTimestamp(),
                .index = bytesOf(event.getIndex1())};
    auto fields = capnp::toDynamic(event);
    for (auto field : blobs) point.blobs.push_back(bytesOf(fields.get(field).as<capnp::Data>()));
    for (auto field : doubles) point.doubles.push_back(fields.get(field).as<double>());
    return point;
  }

 private:
  std::vector<capnp::StructSchema::Field> blobs;
  std::vector<capnp::StructSchema::Field> doubles;
};

std::string dateTime(int64_t nanos) {
  time_t seconds = nanos / 1'000'000'000;
  struct tm parts {};
  char text[64];
  if (gmtime_r(&seconds, &parts) == nullptr) return "1970-01-01 00:00:00";
  return std::string(text, strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts));
}

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto lead = uint8_t(text[i]);
    size_t more = lead < 0x80                   ? 0
                  : lead >= 0xc2 && lead < 0xe0 ? 1
                  : lead >= 0xe0 && lead < 0xf0 ? 2
                  : lead >= 0xf0 && lead < 0xf5 ? 3
                                                : 4;
    if (more > 3 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((text[i + k] & 0xc0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

void bind(sqlite3_stmt* statement, int column, const std::string& value) {
  if (isUtf8(value)) {
    sqlite3_bind_text64(statement, column, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  } else {
    sqlite3_bind_blob64(statement, column, value.data(), value.size(), SQLITE_STATIC);
  }
}

// The tables. For one thread at a time.
class PointTables {
 public:
  PointTables(const std::filesystem::path& file, uint64_t keptInMemory)
      : database(file, SqliteDatabase::Access::kReadWrite), most(file.empty() ? keptInMemory : 0) {
    // Readers then never wait for the writer, nor it for them. Not in memory: there it is no mode.
    database.run("PRAGMA journal_mode=WAL");
    database.run("PRAGMA synchronous=NORMAL");
  }

  // Returns how many were written.
  size_t write(const std::deque<Point>& points) {
    size_t written = 0;
    database.run("BEGIN IMMEDIATE");
    for (auto& point : points) written += insert(point) ? 1 : 0;
    database.run("COMMIT");
    return written;
  }

  SqliteDatabase database;

 private:
  bool insert(const Point& point) try {
    auto& statement = insertion(point.dataset);
    auto* raw = statement.get();
    int column = 0;
    auto time = dateTime(point.timestamp);
    bind(raw, ++column, point.dataset);
    bind(raw, ++column, time);
    sqlite3_bind_int64(raw, ++column, int64_t(point.interval));
    bind(raw, ++column, point.index);
    for (auto& blob : point.blobs) bind(raw, ++column, blob);
    // NaN would be NULL.
    for (auto value : point.doubles) sqlite3_bind_double(raw, ++column, value == value ? value : 0);
    statement.step();
    statement.reset();
    if (most > 0) forget(point.dataset);
    return true;
  } catch (const SqliteError&) {
    return false;
  }

  SqliteStatement& insertion(const std::string& dataset) {
    auto found = insertions.find(dataset);
    if (found != insertions.end()) return found->second;
    std::string columns =
        "dataset TEXT NOT NULL, timestamp TEXT NOT NULL, _sample_interval INTEGER NOT NULL, "
        "index1 TEXT NOT NULL";
    std::string values = "?, ?, ?, ?";
    for (auto [name, type] : {std::pair{"blob", " TEXT NOT NULL"}, {"double", " REAL NOT NULL"}}) {
      for (size_t i = 1; i <= kMembers; ++i) {
        columns += std::string(", ") + name + std::to_string(i) + type;
        values += ", ?";
      }
    }
    auto table = sqlName(dataset);
    database.run("CREATE TABLE IF NOT EXISTS " + table + " (" + columns + ")");
    return insertions
        .emplace(dataset, SqliteStatement(database.get(),
                                          "INSERT INTO " + table + " VALUES (" + values + ")"))
        .first->second;
  }

  // In memory there is an end.
  void forget(const std::string& dataset) {
    auto last = uint64_t(sqlite3_last_insert_rowid(database.get()));
    if (last <= most || last % (most / 10 + 1) != 0) return;
    database.run("DELETE FROM " + sqlName(dataset) +
                 " WHERE rowid <= " + std::to_string(last - most));
  }

  const uint64_t most;  // rows of a table; 0: any
  std::map<std::string, SqliteStatement> insertions;
};

InputError notOurs(const std::filesystem::path& file, const std::string& message) {
  return InputError(file.string(), "the data points cannot be kept there: " + message,
                    "\"output\" of the service is a file of SQLite, or not there yet");
}

}  // namespace

class AnalyticsStore::Writer {
 public:
  Writer(const std::filesystem::path& file, const AnalyticsOptions& options)
      : tables(file, options.keptInMemory), sampler(options.sampleAbove, options.seed) {
    thread = std::thread([this] { run(); });
  }

  ~Writer() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  void write(schemas::AnalyticsEngineEvent::Reader event) {
    auto point = fields.read(event);
    std::lock_guard lock(mutex);
    numbers.taken++;
    auto interval = sampler.take(point.dataset, point.index, point.timestamp / 1'000'000'000);
    if (!interval) return;
    point.interval = *interval;
    auto bytes = point.bytes();
    if (queue.size() >= kMostQueued || queuedBytes + bytes > kMostQueuedBytes) {
      numbers.dropped++;
      return;
    }
    queuedBytes += bytes;
    queue.push_back(std::move(point));
    changed.notify_all();
  }

  SqlResult query(std::string_view sql) {
    std::unique_lock lock(mutex);
    idle.wait(lock, [this] { return queue.empty() && !busy; });
    return runQuery(tables.database, sql, kServerLimits);
  }

  AnalyticsCounts counts() const {
    std::lock_guard lock(mutex);
    return numbers;
  }

 private:
  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      auto batch = std::exchange(queue, {});
      queuedBytes = 0;
      busy = true;
      lock.unlock();
      size_t written = 0;
      try {
        written = tables.write(batch);
      } catch (const SqliteError&) {
        rollBack();
      }
      lock.lock();
      busy = false;
      numbers.written += written;
      numbers.dropped += batch.size() - written;
      idle.notify_all();
    }
  }

  void rollBack() {
    try {
      tables.database.run("ROLLBACK");
    } catch (const SqliteError&) {
      // There was no transaction.
    }
  }

  const PointFields fields;
  PointTables tables;  // of `thread` while `busy`, else of who has `mutex`
  PointSampler sampler;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable idle;
  std::deque<Point> queue;
  uint64_t queuedBytes = 0;
  bool busy = false;
  bool stopping = false;
  AnalyticsCounts numbers;
  std::thread thread;
};

AnalyticsStore::AnalyticsStore(std::filesystem::path file, AnalyticsOptions options)
    : file(std::move(file)), options(options) {}
AnalyticsStore::~AnalyticsStore() noexcept(false) = default;

std::shared_ptr<AnalyticsStore> AnalyticsStore::open(const std::filesystem::path& file,
                                                     AnalyticsOptions options) {
  std::shared_ptr<AnalyticsStore> store(new AnalyticsStore(file, options));
  try {
    // In memory nothing can be wrong, and most runs have no data points.
    if (!file.empty()) store->started();
  } catch (const SqliteError& error) {
    throw notOurs(file, error.what());
  }
  return store;
}

AnalyticsStore::Writer& AnalyticsStore::started() const {
  std::lock_guard lock(mutex);
  if (writer == nullptr) writer = std::make_unique<Writer>(file, options);
  return *writer;
}

void AnalyticsStore::write(schemas::AnalyticsEngineEvent::Reader event) {
  started().write(event);
}

SqlResult AnalyticsStore::query(std::string_view sql) {
  return started().query(sql);
}

AnalyticsCounts AnalyticsStore::counts() const {
  std::lock_guard lock(mutex);
  return writer == nullptr ? AnalyticsCounts() : writer->counts();
}

// --- Servers
// --------------------------------------------------------------------------------------

namespace {

class AnalyticsServer final : public schemas::Logfwdr::Server {
 public:
  explicit AnalyticsServer(std::shared_ptr<AnalyticsStore> store) : store(std::move(store)) {}

  kj::Promise<void> log(LogContext context) override {
    auto message = context.getParams().getMessage();
    KJ_REQUIRE(message.isAnalyticsEngine(), "this service takes data points only");
    store->write(message.getAnalyticsEngine());
    return kj::READY_NOW;
  }

 private:
  std::shared_ptr<AnalyticsStore> store;
};

class AdminServer final : public schemas::AnalyticsAdmin::Server {
 public:
  explicit AdminServer(std::shared_ptr<AnalyticsStore> store) : store(std::move(store)) {}

  kj::Promise<void> query(QueryContext context) override {
    try {
      auto result = store->query(std::string_view(context.getParams().getSql().cStr()));
      toCapnp(result, context.getResults().initResult());
      return kj::READY_NOW;
    } catch (const SqliteError& error) {
      return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                           kj::heapString(error.what()));
    }
  }

 private:
  std::shared_ptr<AnalyticsStore> store;
};

}  // namespace

schemas::Logfwdr::Client newAnalytics(std::shared_ptr<AnalyticsStore> store) {
  return kj::heap<AnalyticsServer>(std::move(store));
}

schemas::AnalyticsAdmin::Client newAnalyticsAdmin(std::shared_ptr<AnalyticsStore> store) {
  return kj::heap<AdminServer>(std::move(store));
}

SqlResult queryAnalyticsFile(const std::filesystem::path& file, std::string_view sql) {
  try {
    SqliteDatabase database(file, SqliteDatabase::Access::kReadOnly);
    return runQuery(database, sql);
  } catch (const SqliteError& error) {
    throw InputError(file.string(), error.what());
  }
}

void toCapnp(const SqlResult& from, schemas::QueryResult::Builder to) {
  auto columns = to.initColumns(uint32_t(from.columns.size()));
  for (uint32_t i = 0; i < columns.size(); ++i) columns.set(i, from.columns[i].c_str());
  auto rows = to.initRows(uint32_t(from.rows.size()));
  for (uint32_t r = 0; r < rows.size(); ++r) {
    auto values = rows[r].initValues(columns.size());
    for (uint32_t i = 0; i < columns.size(); ++i) {
      auto& value = from.rows[r][i];
      if (auto* integer = std::get_if<int64_t>(&value)) {
        values[i].setInteger(*integer);
      } else if (auto* real = std::get_if<double>(&value)) {
        values[i].setReal(*real);
      } else if (auto* text = std::get_if<std::string>(&value)) {
        values[i].setText(capnp::Text::Reader(text->c_str(), text->size()));
      } else if (auto* blob = std::get_if<SqlBlob>(&value)) {
        values[i].setBlob(
            {reinterpret_cast<const kj::byte*>(blob->bytes.data()), blob->bytes.size()});
      }
    }
  }
}

SqlResult fromCapnp(schemas::QueryResult::Reader from) {
  SqlResult result;
  for (auto name : from.getColumns()) result.columns.emplace_back(name.cStr(), name.size());
  for (auto row : from.getRows()) {
    auto& values = result.rows.emplace_back();
    for (auto value : row.getValues()) {
      switch (value.which()) {
        case schemas::QueryResult::Value::INTEGER:
          values.emplace_back(value.getInteger());
          break;
        case schemas::QueryResult::Value::REAL:
          values.emplace_back(value.getReal());
          break;
        case schemas::QueryResult::Value::TEXT:
          values.emplace_back(std::string(value.getText().cStr(), value.getText().size()));
          break;
        case schemas::QueryResult::Value::BLOB:
          values.emplace_back(SqlBlob{bytesOf(value.getBlob())});
          break;
        default:
          values.emplace_back();
      }
    }
    // A row that lacks some would be read past its end.
    values.resize(result.columns.size());
  }
  return result;
}

}  // namespace flamesim::mocks
