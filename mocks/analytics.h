// Workers Analytics Engine: data points in SQLite, one table a data set with the columns that its
// SQL interface has (https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/):
// dataset, timestamp ("2023-11-14 22:13:20", UTC), _sample_interval, index1, blob1..20,
// double1..20. What was not set is '' or 0. Bytes that are not UTF-8 are a blob of SQLite.
//
// A thread of its own writes; points that come at once share a transaction. There is no promise of
// delivery: where the queue is full, or SQLite refuses, points are counted and dropped.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "mocks/sqlite.h"
#include "schemas/logfwdr.capnp.h"

namespace flamesim::mocks {

struct AnalyticsOptions {
  uint64_t sampleAbove = 0;  // points per second and index; analytics_sampler.h. 0: all are kept
  uint64_t seed = 1;
  uint64_t keptInMemory = 100'000;  // points of a data set, where there is no file
};

struct AnalyticsCounts {
  uint64_t taken = 0;    // points that came
  uint64_t written = 0;  // points that were kept
  uint64_t dropped = 0;
};

// Shared by the event loops of several threads.
class AnalyticsStore {
 public:
  // `file`: empty: in memory. Throws InputError where it cannot be opened or is something else.
  static std::shared_ptr<AnalyticsStore> open(const std::filesystem::path& file,
                                              AnalyticsOptions options);
  ~AnalyticsStore() noexcept(false);

  // Returns at once; the point is in the database a moment later.
  void write(schemas::AnalyticsEngineEvent::Reader event);
  // When what write() took before is in the database. Then asks it. Throws SqliteError.
  SqlResult query(std::string_view sql);
  AnalyticsCounts counts() const;

 private:
  class Writer;
  AnalyticsStore(std::filesystem::path file, AnalyticsOptions options);
  Writer& started() const;

  const std::filesystem::path file;
  const AnalyticsOptions options;
  // Made when it is first needed.
  mutable std::mutex mutex;
  mutable std::unique_ptr<Writer> writer;
};

// Takes messages whose member is analyticsEngine; others fail. A server on the calling thread's
// event loop.
schemas::Logfwdr::Client newAnalytics(std::shared_ptr<AnalyticsStore> store);
schemas::AnalyticsAdmin::Client newAnalyticsAdmin(std::shared_ptr<AnalyticsStore> store);

// Asks a file that a store has written, or is writing. Throws InputError with SQLite's message.
SqlResult queryAnalyticsFile(const std::filesystem::path& file, std::string_view sql);

void toCapnp(const SqlResult& from, schemas::QueryResult::Builder to);
SqlResult fromCapnp(schemas::QueryResult::Reader from);

}  // namespace flamesim::mocks
