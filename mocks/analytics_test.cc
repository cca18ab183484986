#include "mocks/analytics.h"

#include <capnp/message.h>

#include <catch2/catch.hpp>

#include "mocks/analytics_sampler.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;
using testing::rejectionOf;
using testing::TemporaryFolder;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStart = 1'700'000'000 * kSecond;

capnp::Data::Reader data(std::string_view bytes) {
  return {reinterpret_cast<const capnp::byte*>(bytes.data()), bytes.size()};
}

void write(AnalyticsStore& store, const char* dataset, std::string_view index,
           int64_t time = kStart, double value = 0) {
  capnp::MallocMessageBuilder message;
  auto event = message.initRoot<schemas::AnalyticsEngineEvent>();
  event.setDataset(data(dataset));
  event.setIndex1(data(index));
  event.setTimestamp(time);
  event.setDouble1(value);
  event.setDouble20(value * 2);
  event.setBlob1(data("text"));
  event.setBlob20(data("\xff\xfe"));
  store.write(event);
}

std::string errorOf(AnalyticsStore& store, const char* sql) {
  try {
    store.query(sql);
    return "";
  } catch (const SqliteError& error) {
    return error.what();
  }
}

TEST_CASE("points are rows of a table with the columns of production") {
  auto store = AnalyticsStore::open({}, {});
  write(*store, "my set", "customer", kStart + kSecond / 2, 1.5);
  auto result = store->query("SELECT * FROM \"my set\"");
  REQUIRE(result.columns.size() == 44);
  CHECK(result.columns[0] == "dataset");
  CHECK(result.columns[2] == "_sample_interval");
  CHECK(result.columns[23] == "blob20");
  CHECK(result.columns[43] == "double20");
  REQUIRE(result.rows.size() == 1);
  auto& row = result.rows[0];
  CHECK(row[0] == SqlValue("my set"));
  CHECK(row[1] == SqlValue("2023-11-14 22:13:20"));
  CHECK(row[2] == SqlValue(int64_t(1)));
  CHECK(row[3] == SqlValue("customer"));
  CHECK(row[4] == SqlValue("text"));
  CHECK(row[5] == SqlValue(""));
  CHECK(row[23] == SqlValue(SqlBlob{"\xff\xfe"}));
  CHECK(row[24] == SqlValue(1.5));
  CHECK(row[25] == SqlValue(0.0));
  CHECK(row[43] == SqlValue(3.0));
  CHECK(store->counts().written == 1);
}

TEST_CASE("a query only reads, and its faults are SQLite's") {
  TemporaryFolder folder;
  auto file = folder.path / "points.sqlite";
  auto store = AnalyticsStore::open(file, {});
  write(*store, "a", "i");
  CHECK(errorOf(*store, "SELECT nope FROM a") == "no such column: nope");
  CHECK(errorOf(*store, "SELECT * FROM b") == "no such table: b");
  CHECK(errorOf(*store, "SELEC") == "near \"SELEC\": syntax error");
  CHECK(errorOf(*store, "") == "there is no statement");
  CHECK(errorOf(*store, "SELECT 1; SELECT 2") == "there is more than one statement");
  for (auto* sql :
       {"DELETE FROM a", "DROP TABLE a", "INSERT INTO a SELECT * FROM a", "ATTACH 'x.sqlite' AS x",
        "PRAGMA journal_mode=DELETE", "SELECT load_extension('x')"}) {
    CAPTURE(sql);
    CHECK_THAT(errorOf(*store, sql), Catch::Matchers::Contains("not authorized"));
    CHECK_THAT(inputErrorOf([&] { queryAnalyticsFile(file, sql); }).problems[0].message,
               Catch::Matchers::Contains("not authorized"));
  }
  CHECK(errorOf(*store,
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                "SELECT count(*) FROM n") == "interrupted");
  // The store goes on.
  write(*store, "a", "j");
  CHECK(store->query("SELECT count(*) FROM a").rows[0][0] == SqlValue(int64_t(2)));
}

TEST_CASE("a file can be asked while it is written, and afterwards; it is gone on with") {
  TemporaryFolder folder;
  auto file = folder.path / "points.sqlite";
  auto count = [&] {
    return std::get<int64_t>(queryAnalyticsFile(file, "SELECT count(*) FROM a").rows[0][0]);
  };
  {
    auto store = AnalyticsStore::open(file, {});
    write(*store, "a", "i");
    store->query("SELECT 1");
    CHECK(count() == 1);
  }
  CHECK(count() == 1);
  {
    auto store = AnalyticsStore::open(file, {});
    write(*store, "a", "i");
  }
  CHECK(count() == 2);
  auto other = folder.write("notes.txt", "this is a text that someone needs, and no database");
  CHECK_THAT(inputErrorOf([&] { AnalyticsStore::open(other, {}); }).problems[0].message,
             Catch::Matchers::Contains("file is not a database"));
}

TEST_CASE("names of data sets are names, whatever is in them") {
  auto store = AnalyticsStore::open({}, {});
  write(*store, "a\"; DROP TABLE b; --", "i");
  write(*store, "sqlite_reserved", "i");
  CHECK(store->query("SELECT count(*) FROM \"a\"\"; DROP TABLE b; --\"").rows.size() == 1);
  CHECK(store->counts().dropped == 1);
}

TEST_CASE("in memory there is an end") {
  auto store = AnalyticsStore::open({}, {.keptInMemory = 100});
  for (int i = 0; i < 1000; ++i) write(*store, "a", "i", kStart, i);
  auto row = store->query("SELECT count(*), min(double1), max(double1) FROM a").rows[0];
  CHECK(std::get<int64_t>(row[0]) >= 100);
  CHECK(std::get<int64_t>(row[0]) <= 111);
  CHECK(row[2] == SqlValue(999.0));
}

TEST_CASE("sampling keeps what is rare, and the sum of intervals estimates the count") {
  for (uint64_t seed : {1, 2, 3}) {
    CAPTURE(seed);
    auto store = AnalyticsStore::open({}, {.sampleAbove = 100, .seed = seed});
    for (int i = 0; i < 50'000; ++i) {
      write(*store, "a", "busy", kStart, i);
      if (i % 1000 == 0) write(*store, "a", "rare", kStart);
    }
    auto rows = store
                    ->query(
                        "SELECT index1, count(*), sum(_sample_interval), max(_sample_interval)"
                        " FROM a GROUP BY index1 ORDER BY index1")
                    .rows;
    REQUIRE(rows.size() == 2);
    CHECK(std::get<int64_t>(rows[0][1]) < 1000);
    // 50 a doubling are kept: an estimate that is off by a fifth is one of a thousand.
    CHECK(std::abs(std::get<int64_t>(rows[0][2]) - 50'000) < 10'000);
    CHECK(rows[0][3] == SqlValue(int64_t(512)));
    CHECK(rows[1][1] == SqlValue(int64_t(50)));
    CHECK(rows[1][2] == SqlValue(int64_t(50)));
  }
}

TEST_CASE("sampling counts each second and index anew, and its seed decides") {
  PointSampler sampler(2, 1);
  for (int64_t second : {5, 6}) {
    CHECK(sampler.take("a", "i", second) == 1);
    CHECK(sampler.take("a", "i", second) == 1);
    CHECK(sampler.take("a", "other", second) == 1);
    CHECK(sampler.take("b", "i", second) == 1);
  }
  auto choice = [](uint64_t seed) {
    PointSampler sampler(1, seed);
    std::string text;
    for (int i = 0; i < 64; ++i) text += sampler.take("a", "i", 5) ? '1' : '0';
    return text;
  };
  CHECK(choice(1) == choice(1));
  CHECK(choice(1) != choice(2));
  PointSampler all(0, 1);
  for (int i = 0; i < 1000; ++i) CHECK(all.take("a", "i", 5) == 1);
}

TEST_CASE("the server takes data points only; its administrator asks") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = AnalyticsStore::open({}, {});
  auto client = newAnalytics(store);
  auto request = client.logRequest();
  auto event = request.initMessage().initAnalyticsEngine();
  event.setDataset(data("a"));
  event.setBlob2(data("\xff"));
  event.setDouble1(0.5);
  request.send().wait(wait);
  auto other = client.logRequest();
  other.initMessage().initEvents();
  CHECK_THAT(rejectionOf(other.send(), wait), Catch::Matchers::Contains("data points only"));

  auto admin = newAnalyticsAdmin(store);
  auto query = admin.queryRequest();
  query.setSql("SELECT NULL, 5, double1, dataset, blob2 AS b FROM a");
  auto result = fromCapnp(query.send().wait(wait).getResult());
  CHECK(result.columns == std::vector<std::string>{"NULL", "5", "double1", "dataset", "b"});
  CHECK(result.rows == std::vector<std::vector<SqlValue>>{
                           {std::monostate(), int64_t(5), 0.5, "a", SqlBlob{"\xff"}}});
  query = admin.queryRequest();
  query.setSql("SELECT x");
  CHECK_THAT(rejectionOf(query.send(), wait), Catch::Matchers::Contains("no such column: x"));
}

TEST_CASE("results as a table and as JSON lines") {
  SqlResult result{{"name", "n"},
                   {{"long \xc3\xa4name", int64_t(5)}, {"x\ny", 10.25}, {SqlBlob{"\xff"}, {}}}};
  CHECK(tableOf(result) ==
        "name         n\n"
        "-----------  -----\n"
        "long \xc3\xa4name       5\n"
        "x y          10.25\n"
        "base64:/w==  NULL\n");
  CHECK(jsonLinesOf(result) ==
        "{\"name\":\"long \xc3\xa4name\",\"n\":5}\n{\"name\":\"x\\ny\",\"n\":10.25}\n"
        "{\"name\":\"/w==\",\"n\":null}\n");
  result.rows.push_back({"a \"b\", c", int64_t(1)});
  CHECK(csvOf(result) ==
        "name,n\nlong \xc3\xa4name,5\n\"x\ny\",10.25\nbase64:/w==,\n\"a \"\"b\"\", c\",1\n");
}

}  // namespace
}  // namespace flamesim::mocks
