// History, log and tombstones of the store.
#include "mocks/quicksilver_store.h"

#include <kj/exception.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <sstream>

#include "mocks/quicksilver_import.h"
#include "mocks/quicksilver_testing.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using namespace std::chrono_literals;
using testing::ClockedStore;
using testing::inputErrorOf;
using testing::TemporaryFolder;

std::string at(QuicksilverReader& reader, std::string_view key, uint64_t index) {
  QuicksilverReader::Snapshot snapshot(reader);
  snapshot.requireReadable(index);
  auto value = snapshot.get(key, index);
  return value ? std::string(*value) : "(absent)";
}

std::string failureOf(const std::function<void()>& function) {
  auto failed = kj::runCatchingExceptions([&] { function(); });
  KJ_IF_MAYBE (exception, failed) return exception->getDescription().cStr();
  return "";
}

std::vector<std::string> keysAt(QuicksilverReader& reader, uint64_t index) {
  QuicksilverReader::Snapshot snapshot(reader);
  std::vector<std::string> keys;
  snapshot.scan("", "", index, [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  });
  return keys;
}

TEST_CASE("a read at an index sees the store as it was after that update") {
  ClockedStore clocked;
  auto& store = *clocked.store;
  bool existed = false;
  CHECK(store.put("a", "1") == 1);
  CHECK(store.put("b", "1") == 2);
  CHECK(store.put("a", "2") == 3);
  CHECK(store.remove("a", existed) == 4);
  CHECK(store.put("a", "3") == 5);
  CHECK(store.remove("b", existed) == 6);

  QuicksilverReader reader(clocked.store);
  std::vector<std::string> a, b;
  for (uint64_t i = 0; i <= 6; i++) {
    a.push_back(at(reader, "a", i));
    b.push_back(at(reader, "b", i));
  }
  using Values = std::vector<std::string>;
  CHECK(a == Values{"(absent)", "1", "1", "2", "(absent)", "3", "3"});
  CHECK(b == Values{"(absent)", "(absent)", "1", "1", "1", "1", "(absent)"});
  CHECK(keysAt(reader, 2) == Values{"a", "b"});
  CHECK(keysAt(reader, 4) == Values{"b"});
  CHECK(keysAt(reader, 6) == Values{"a"});
  CHECK_THAT(failureOf([&] { at(reader, "a", 7); }),
             Catch::Matchers::Contains("the store has not come to this index yet"));
}

TEST_CASE("the log has every update, with its CRC and the running hash") {
  ClockedStore clocked;
  bool existed = false;
  clocked.store->put("zone", "on");
  clocked.pass(5ms);
  clocked.store->remove("zone", existed);
  QuicksilverReader reader(clocked.store);
  QuicksilverReader::Snapshot snapshot(reader);
  auto first = snapshot.update(1).value();
  auto second = snapshot.update(2).value();
  CHECK_FALSE(snapshot.update(3));
  CHECK(first.kind == UpdateKind::kSet);
  CHECK(first.key == "zone");
  CHECK(first.value == "on");
  CHECK(second.kind == UpdateKind::kDelete);
  CHECK(second.value == "");
  CHECK(second.time - first.time == 5'000'000);
  // Made by other programs: Python's zlib.crc32(b"\4\0\0\0zoneon"), and FNV-1a as the schema says.
  CHECK(first.crc == 0x8630b4fb);
  CHECK(second.crc == 0x60c7ce88);
  CHECK(first.hash == 0x7adf2419a403bf2d);
  CHECK(second.hash == 0xe637ecf8e4cbd8ce);
  CHECK(snapshot.state().hash == second.hash);
}

TEST_CASE("the history goes back for a set time; tombstones end with it") {
  ClockedStore clocked(60s);
  auto& store = *clocked.store;
  bool existed = false;
  store.put("a", "1");
  store.put("gone", "1");
  store.remove("gone", existed);
  clocked.pass(50s);
  store.put("a", "2");  // 4
  clocked.pass(20s);
  store.put("a", "3");  // 5: the first three are older than 60 s now
  QuicksilverReader reader(clocked.store);
  {
    QuicksilverReader::Snapshot snapshot(reader);
    CHECK(snapshot.state().start == 3);
    CHECK_FALSE(snapshot.update(3));
    CHECK(snapshot.update(4));
  }
  CHECK(at(reader, "a", 3) == "1");
  CHECK(at(reader, "a", 4) == "2");
  CHECK(at(reader, "gone", 3) == "(absent)");
  CHECK_THAT(failureOf([&] { at(reader, "a", 2); }),
             Catch::Matchers::Contains("older than the history"));
  // Deleted before the history begins and written again: a new key as every other.
  store.put("gone", "2");
  CHECK(at(reader, "gone", 5) == "(absent)");
  CHECK(at(reader, "gone", 6) == "2");
}

TEST_CASE("an update between two that was lost is noticed") {
  ClockedStore clocked;
  auto& store = *clocked.store;
  store.put("a", "1");
  store.put("b", "2");
  store.put("c", "3");
  auto copy = QuicksilverStore::openTemporary();
  QuicksilverReader reader(clocked.store);
  QuicksilverReader::Snapshot snapshot(reader);
  auto apply = [&](StoreUpdate update) {
    return failureOf([&] {
      QuicksilverStore::Batch batch(*copy);
      batch.apply(update);
      batch.commit();
    });
  };
  using Catch::Matchers::Contains;
  auto first = snapshot.update(1).value();
  auto second = snapshot.update(2).value();
  auto third = snapshot.update(3).value();
  CHECK(apply(first) == "");
  CHECK_THAT(apply(third), Contains("updates were lost") && Contains("update.index = 3"));
  CHECK_THAT(apply(first), Contains("in the store already"));
  auto damaged = second;
  damaged.value = "3";
  CHECK_THAT(apply(damaged), Contains("the update is damaged"));
  auto foreign = second;
  foreign.hash++;
  CHECK_THAT(apply(foreign), Contains("of another log"));
  CHECK(apply(second) == "");
  CHECK(apply(third) == "");
  QuicksilverReader copied(copy);
  CHECK(QuicksilverReader::Snapshot(copied).state().hash == snapshot.state().hash);
  CHECK(at(copied, "c", 3) == "3");
}

TEST_CASE("times of the log never go back, whatever the clock does") {
  ClockedStore clocked;
  clocked.store->put("a", "1");
  clocked.pass(-5000ms);
  clocked.store->put("a", "2");
  QuicksilverReader reader(clocked.store);
  QuicksilverReader::Snapshot snapshot(reader);
  CHECK(snapshot.update(2)->time == snapshot.update(1)->time);
}

TEST_CASE("a store keeps its history's length for who opens it next") {
  TemporaryFolder folder;
  auto now = std::make_shared<int64_t>(1'000'000'000'000);
  auto open = [&](std::optional<std::chrono::seconds> history) {
    return QuicksilverStore::open(folder.path / "store", StoreMode::kReadWrite,
                                  {.history = history, .clock = [now] { return *now; }});
  };
  open(10000s)->put("a", "1");
  auto store = open(std::nullopt);
  *now += 9'000'000'000'000;
  store->put("a", "2");
  store->put("a", "3");
  QuicksilverReader reader(store);
  CHECK(at(reader, "a", 1) == "1");
}

TEST_CASE("a batch that is not committed leaves nothing") {
  auto store = QuicksilverStore::openTemporary();
  {
    QuicksilverStore::Batch batch(*store);
    batch.put("a", "1");
    CHECK(batch.index() == 1);
  }
  QuicksilverReader reader(store);
  QuicksilverReader::Snapshot snapshot(reader);
  CHECK(snapshot.index() == 0);
  CHECK_FALSE(snapshot.get("a"));
}

TEST_CASE("the store agrees with a plain map at every index of its history") {
  auto seed = GENERATE(1u, 2u, 3u, 4u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  ClockedStore clocked(10s);
  std::vector<std::map<std::string, std::string>> model{{}};  // by index
  QuicksilverReader reader(clocked.store);
  for (int step = 0; step < 600; step++) {
    clocked.pass(std::chrono::milliseconds(random() % 100));
    auto state = model.back();
    std::string key(1 + random() % 3, char('a' + random() % 4));
    if (random() % 3 == 0) {
      bool existed = false;
      clocked.store->remove(key, existed);
      REQUIRE(existed == (state.erase(key) == 1));
      if (existed) model.push_back(state);
    } else {
      state[key] = std::string(random() % 50, char('0' + step % 10));
      model.push_back(state);
      REQUIRE(clocked.store->put(key, state[key]) == model.size() - 1);
    }
    if (step % 20 != 0) continue;
    QuicksilverReader::Snapshot snapshot(reader);
    for (uint64_t i = snapshot.state().start; i < model.size(); i++) {
      std::map<std::string, std::string> seen;
      snapshot.scan("", "", i, [&](std::string_view k, std::string_view v) {
        seen.emplace(k, v);
        return true;
      });
      REQUIRE(seen == model[i]);
      auto value = snapshot.get(key, i);
      REQUIRE(value.has_value() == model[i].contains(key));
    }
  }
  CHECK(QuicksilverReader::Snapshot(reader).state().start > 0);
}

TEST_CASE("JSON lines are read one by one, bytes survive") {
  TemporaryFolder folder;
  auto store = QuicksilverStore::openTemporary();
  auto file =
      folder.write("pairs.jsonl",
                   "{\"key\": \"a\", \"value\": \"1\"}\r\n\n"
                   "{\"value\": {\"$base64\": \"AP8=\"}, \"key\": {\"$base64\": \"/w==\"}}\n"
                   "{\"key\": \"o\", \"value\": {\"z\": [1]}}");
  CHECK(loadPairs(*store, file) == 3);
  CHECK(loadPairs(*store, file) == 0);
  QuicksilverReader reader(store);
  CHECK(at(reader, "a", 3) == "1");
  CHECK(at(reader, "\xff", 3) == std::string("\0\xff", 2));
  CHECK(at(reader, "o", 3) == R"({"z":[1]})");
  CHECK(bytesToJson("\xff").dump() == R"({"$base64":"/w=="})");
  CHECK(bytesToJson("gr\xc3\xbcn").dump() == "\"gr\xc3\xbcn\"");
}

TEST_CASE("a wrong line is named, with what to do") {
  TemporaryFolder folder;
  auto store = QuicksilverStore::openTemporary();
  auto problems = [&](const std::string& text) {
    auto file = folder.write("pairs.jsonl", text);
    return inputErrorOf([&] { loadPairs(*store, file); }).problems;
  };
  auto first = problems("{\"key\": \"a\", \"value\": \"1\"}\n{\"key\": \"b\" \"value\": \"1\"}\n");
  REQUIRE(first.size() == 1);
  CHECK(first[0].line == 2);
  CHECK(first[0].column == 19);
  CHECK_THAT(first[0].message, Catch::Matchers::Contains("not valid JSON"));
  CHECK(first[0].help == "pairs of lines before this one may have been written already");
  CHECK(problems("{\"key\": \"a\", \"valeu\": \"1\"}")[0].message == "\"value\" is missing here");
  CHECK(problems("{\"key\": \"\", \"value\": \"1\"}")[0].message ==
        "a key has from 1 to 511 bytes, this one has 0");
  CHECK(problems("{\"key\": 1, \"value\": \"1\"}")[0].message ==
        "expected a string, found an integer");
}

TEST_CASE("the log as lines is read back by another store") {
  ClockedStore clocked;
  bool existed = false;
  clocked.store->put("a", std::string("\0\xff", 2));
  clocked.store->put("b", "1");
  clocked.store->remove("a", existed);
  std::vector<std::string> lines;
  {
    QuicksilverReader reader(clocked.store);
    QuicksilverReader::Snapshot snapshot(reader);
    for (uint64_t i = 1; i <= 3; i++) lines.push_back(updateLine(snapshot.update(i).value()));
  }
  auto take = [](QuicksilverStore& store, const std::string& text) {
    std::istringstream in(text);
    readUpdateLines(in, "log.jsonl", [&](const UpdateInput& input) {
      QuicksilverStore::Batch batch(store);
      batch.apply(input.update);
      batch.commit();
    });
  };
  auto copy = QuicksilverStore::openTemporary();
  take(*copy, lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n");
  QuicksilverReader reader(copy);
  CHECK(at(reader, "a", 2) == std::string("\0\xff", 2));
  CHECK(at(reader, "a", 3) == "(absent)");
  auto gap = QuicksilverStore::openTemporary();
  auto error = inputErrorOf([&] { take(*gap, lines[0] + "\n" + lines[2] + "\n"); });
  REQUIRE(error.problems.size() == 1);
  CHECK(error.problems[0].line == 2);
  CHECK_THAT(error.problems[0].message, Catch::Matchers::Contains("updates were lost"));
}

}  // namespace
}  // namespace flamesim::mocks
