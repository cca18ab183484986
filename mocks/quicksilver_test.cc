#include "mocks/quicksilver.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "mocks/quicksilver_import.h"
#include "mocks/quicksilver_testing.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::data;
using testing::following;
using testing::get;
using testing::indexOf;
using testing::inputErrorOf;
using testing::rejectionOf;
using testing::TemporaryFolder;
using testing::text;

struct Page {
  std::vector<std::string> keys;
  std::string cursor;
};

Page list(schemas::Quicksilver::Client client, const std::string& prefix, uint32_t limit,
          const std::string& cursor, kj::WaitScope& wait) {
  auto request = client.listRequest();
  request.setPrefix(prefix.c_str());
  request.setLimit(limit);
  request.setCursor(cursor.c_str());
  auto response = request.send().wait(wait);
  Page page{{}, response.getCursor().cStr()};
  for (auto entry : response.getEntries()) page.keys.emplace_back(entry.getKey().cStr());
  return page;
}

TEST_CASE("values of a JSON file are kept as people mean them") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  CHECK(loadPairsText(*store, R"({
    // strings are bytes, the rest is JSON text in the order of the file
    "text": "gr\u00fcn", "empty": "", "object": {"z": 1, "a": [true, null]},
    "number": 12, "bytes": {"$base64": "AAEC/w=="}
  })",
                      "pairs.json") == 5);
  auto client = newQuicksilver(following(store));
  CHECK(get(client, "text", wait) == "gr\xc3\xbcn");
  CHECK(get(client, "empty", wait) == "");
  CHECK(get(client, "object", wait) == R"({"z":1,"a":[true,null]})");
  CHECK(get(client, "number", wait) == "12");
  CHECK(get(client, "bytes", wait) == std::string("\0\1\2\xff", 4));
  CHECK(get(client, "absent", wait) == "(absent)");
  CHECK(get(client, "", wait) == "(absent)");
  CHECK(get(client, std::string(600, 'x').c_str(), wait) == "(absent)");
  CHECK(indexOf(client, wait) == 5);
}

TEST_CASE("getMulti answers in the order of the keys, from one snapshot") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  loadPairsText(*store, R"({"a": "1", "b": "2"})", "pairs.json");
  auto client = newQuicksilver(following(store));
  auto request = client.getMultiRequest();
  auto keys = request.initKeys(4);
  keys.set(0, "b");
  keys.set(1, "nothing");
  keys.set(2, "a");
  keys.set(3, "b");
  auto response = request.send().wait(wait);
  auto entries = response.getEntries();
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].getKey() == "b");
  CHECK(text(entries[0].getValue()) == "2");
  CHECK_FALSE(entries[1].getFound());
  CHECK(text(entries[2].getValue()) == "1");
  CHECK(text(entries[3].getValue()) == "2");
  CHECK(response.getIndex() == 2);
}

TEST_CASE("list pages through a prefix") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  loadPairsText(
      *store,
      R"({"zone:1": "", "zone:10": "", "zone:2": "", "zone": "", "zonf": "", "a": "", "zone:\u00e9": ""})",
      "pairs.json");
  auto client = newQuicksilver(following(store));
  using Keys = std::vector<std::string>;

  Page all = list(client, "zone:", 0, "", wait);
  CHECK(all.keys == Keys{"zone:1", "zone:10", "zone:2", "zone:\xc3\xa9"});
  CHECK(all.cursor == "");

  Page first = list(client, "zone:", 2, "", wait);
  CHECK(first.keys == Keys{"zone:1", "zone:10"});
  CHECK(first.cursor == "zone:10");
  // What is written between two pages shows up; what is deleted does not end the listing.
  store->put("zone:11", "");
  bool existed = false;
  store->remove("zone:10", existed);
  CHECK(existed);
  Page second = list(client, "zone:", 3, first.cursor, wait);
  CHECK(second.keys == Keys{"zone:11", "zone:2", "zone:\xc3\xa9"});
  CHECK(second.cursor == "");

  CHECK(list(client, "", 0, "", wait).keys.size() == 7);
  CHECK(list(client, "nothing", 0, "", wait).keys.empty());
  CHECK(list(client, "zone:", 0, "zonf", wait).keys.empty());
  CHECK(list(client, std::string(600, 'z'), 0, "", wait).keys.empty());
}

TEST_CASE("a list has a limit of its own") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  std::string pairs = "{";
  for (int i = 0; i < 2500; i++)
    pairs += (i ? ",\"k" : "\"k") + std::to_string(10000 + i) + "\":\"v\"";
  loadPairsText(*store, pairs + "}", "pairs.json");
  auto client = newQuicksilver(following(store));
  std::string cursor;
  std::vector<size_t> sizes;
  do {
    Page page = list(client, "k", 5000, cursor, wait);
    sizes.push_back(page.keys.size());
    cursor = page.cursor;
  } while (!cursor.empty());
  CHECK(sizes == std::vector<size_t>{1000, 1000, 500});
}

TEST_CASE("each update moves the index by one, and what is no update does not") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  auto client = newQuicksilver(following(store));
  auto writer = newQuicksilverAdmin(store, following(store));
  auto put = [&](const char* key, const char* value) {
    auto request = writer.putRequest();
    request.setKey(key);
    request.setValue(data(value));
    return request.send().wait(wait).getIndex();
  };
  auto remove = [&](const char* key) {
    auto request = writer.deleteRequest();
    request.setKey(key);
    auto response = request.send().wait(wait);
    return std::pair<bool, uint64_t>(response.getExisted(), response.getIndex());
  };
  CHECK(indexOf(client, wait) == 0);
  CHECK(put("a", "1") == 1);
  CHECK(put("a", "1") == 2);
  CHECK(put("b", "2") == 3);
  CHECK(remove("a") == std::pair<bool, uint64_t>(true, 4));
  CHECK(remove("a") == std::pair<bool, uint64_t>(false, 4));
  CHECK(indexOf(client, wait) == 4);
  CHECK(get(client, "a", wait) == "(absent)");
  CHECK(get(client, "b", wait) == "2");

  auto request = writer.putRequest();
  request.setKey("");
  CHECK_THAT(rejectionOf(request.send().ignoreResult(), wait),
             Catch::Matchers::Contains("a Quicksilver key has from 1 to 511 bytes"));
  CHECK(indexOf(client, wait) == 4);
}

TEST_CASE("a store in a folder keeps its pairs and its index") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  TemporaryFolder folder;
  auto file = folder.write("pairs.json", R"({"a": "1", "b": "2"})");
  auto where = folder.path / "deep" / "store";
  {
    auto store = QuicksilverStore::open(where, StoreMode::kReadWrite);
    CHECK(loadPairs(*store, file) == 2);
    CHECK(store->put("c", "3") == 3);
  }
  {
    auto store = QuicksilverStore::open(where, StoreMode::kReadWrite);
    // What is there already is not written again; what differs is one update each.
    CHECK(loadPairs(*store, file) == 0);
    CHECK(loadPairsText(*store, R"({"a": "1", "b": "two", "d": "4"})", "other.json") == 2);
    CHECK(indexOf(newQuicksilver(following(store)), wait) == 5);
  }
  auto store = QuicksilverStore::open(where, StoreMode::kReadOnly);
  auto client = newQuicksilver(following(store));
  CHECK(get(client, "a", wait) == "1");
  CHECK(get(client, "b", wait) == "two");
  CHECK(get(client, "c", wait) == "3");
  CHECK(indexOf(client, wait) == 5);
  auto request = newQuicksilverAdmin(store, following(store)).putRequest();
  request.setKey("e");
  CHECK_THAT(rejectionOf(request.send().ignoreResult(), wait),
             Catch::Matchers::Contains("open for reading only"));
}

TEST_CASE("a temporary store leaves nothing behind") {
  auto store = QuicksilverStore::openTemporary();
  auto folder = store->folder();
  CHECK(std::filesystem::exists(folder / "data.mdb"));
  store.reset();
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("event loops on several threads share one store and see whole updates") {
  auto store = QuicksilverStore::openTemporary();
  store->put("n", "0");
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&] {
      kj::EventLoop loop;
      kj::WaitScope wait(loop);
      // Two simulated servers on one thread.
      schemas::Quicksilver::Client clients[] = {newQuicksilver(following(store)),
                                                newQuicksilver(following(store))};
      uint64_t last = 0;
      while (!stop) {
        for (auto& client : clients) {
          auto request = client.getRequest();
          request.setKey("n");
          auto response = request.send().wait(wait);
          // The value holds the index of the update before it.
          if (text(response.getValue()) != std::to_string(response.getIndex() - 1)) wrong++;
          if (response.getIndex() < last) wrong++;
          last = response.getIndex();
        }
      }
    });
  }
  for (int i = 1; i <= 500; i++) store->put("n", std::to_string(i));
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("pairs that do not fit are named, and nothing is written") {
  auto store = QuicksilverStore::openTemporary();
  std::string longKey(512, 'k');
  auto error = inputErrorOf([&] {
    loadPairsText(*store,
                  "{\"a\": \"1\",\n\"b\": null,\n\"c\": {\"$base64\": \"?\"},\n\"" + longKey +
                      "\": \"\",\n\"\": \"\"}",
                  "pairs.json");
  });
  REQUIRE(error.problems.size() == 4);
  CHECK(error.problems[0].message == "null is no value: leave the key out");
  CHECK(error.problems[0].path == "$.b");
  CHECK(error.problems[0].line == 2);
  CHECK(error.problems[1].path == "$.c.$base64");
  CHECK(error.problems[2].line == 4);
  CHECK(error.problems[3].message == "a key has from 1 to 511 bytes, this one has 0");
  QuicksilverReader reader(store);
  CHECK(QuicksilverReader::Snapshot(reader).index() == 0);

  CHECK(inputErrorOf([&] { loadPairsText(*store, "[1]", "pairs.json"); }).problems[0].message ==
        "expected an object of key: value, found an array");
}

TEST_CASE("a folder without a store is refused when reading") {
  TemporaryFolder folder;
  auto reading = [&](const std::filesystem::path& path) {
    return inputErrorOf([&] { QuicksilverStore::open(path, StoreMode::kReadOnly); })
        .problems[0]
        .message;
  };
  CHECK(reading(folder.path / "missing") == "there is no Quicksilver store here");
  CHECK(reading(folder.path) == "there is no Quicksilver store here");
  folder.write("data.mdb", std::string(8192, 'x'));
  CHECK(reading(folder.path) == "this is not a Quicksilver store");
}

TEST_CASE("reads are fast", "[.bench]") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto store = QuicksilverStore::openTemporary();
  std::string pairs = "{";
  for (int i = 0; i < 100000; i++) {
    pairs +=
        (i ? ",\"zone:" : "\"zone:") + std::to_string(i) + "\":{\"plan\":\"free\",\"waf\":true}";
  }
  auto seconds = [](auto from) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
  };
  auto start = std::chrono::steady_clock::now();
  loadPairsText(*store, pairs + "}", "pairs.json");
  WARN("load: " << 100000 / seconds(start) << " pairs/s");

  constexpr int kReads = 400000;
  {
    QuicksilverReader reader(store);
    start = std::chrono::steady_clock::now();
    for (int i = 0; i < kReads; i++) {
      QuicksilverReader::Snapshot snapshot(reader);
      REQUIRE(snapshot.get("zone:" + std::to_string(i % 100000)));
    }
    WARN("reader: " << kReads / seconds(start) << " gets/s");
  }
  auto client = newQuicksilver(following(store));
  start = std::chrono::steady_clock::now();
  for (int i = 0; i < kReads; i++) {
    auto request = client.getRequest();
    request.setKey(("zone:" + std::to_string(i % 100000)).c_str());
    REQUIRE(request.send().wait(wait).getFound());
  }
  WARN("capability: " << kReads / seconds(start) << " gets/s");
}

}  // namespace
}  // namespace flamesim::mocks
