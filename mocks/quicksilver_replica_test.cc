// Lag, sticking, and what holds for readers however both change.
#include "mocks/quicksilver_replica.h"

#include <kj/async-io.h>
#include <kj/exception.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>

#include "mocks/quicksilver_testing.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using namespace std::chrono_literals;
using testing::ClockedStore;
using testing::get;
using testing::indexOf;
using testing::rejectionOf;

TEST_CASE("a replica that lags has each update so long after it was written") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  ClockedStore clocked;
  clocked.store->put("a", "before");  // a replica has caught up when it is made
  auto replica = clocked.replica(200ms);
  auto client = newQuicksilver(replica);
  clocked.store->put("a", "1");
  clocked.pass(100ms);
  clocked.store->put("a", "2");
  CHECK(get(client, "a", wait) == "before");
  CHECK(replica->status().behind == 100ms);
  clocked.pass(99ms);
  CHECK(indexOf(client, wait) == 1);
  clocked.pass(1ms);
  CHECK(get(client, "a", wait) == "1");
  CHECK(indexOf(client, wait) == 2);
  clocked.pass(100ms);
  CHECK(get(client, "a", wait) == "2");
  CHECK(replica->status().behind == 0ms);
}

TEST_CASE("more lag does not take back what was seen, less lag shows more at once") {
  ClockedStore clocked;
  auto replica = clocked.replica();
  clocked.store->put("a", "1");
  CHECK(indexOf(*replica) == 1);
  clocked.store->put("a", "2");
  replica->setLag(10s);  // it had the second one too, read or not
  CHECK(indexOf(*replica) == 2);
  clocked.store->put("a", "3");
  clocked.pass(5s);
  CHECK(indexOf(*replica) == 2);
  replica->setLag(4s);
  CHECK(indexOf(*replica) == 3);
  replica->setLag(20s);
  CHECK(indexOf(*replica) == 3);
}

TEST_CASE("a replica that sticks takes nothing more until it is freed") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  ClockedStore clocked;
  auto replica = clocked.replica();
  auto client = newQuicksilver(replica);
  clocked.store->put("a", "1");
  CHECK(replica->stick(std::nullopt) == 1);
  clocked.store->put("a", "2");
  clocked.store->put("b", "1");
  CHECK(get(client, "a", wait) == "1");
  CHECK(get(client, "b", wait) == "(absent)");
  CHECK(replica->stick(2) == 2);
  CHECK(get(client, "a", wait) == "2");
  CHECK(get(client, "b", wait) == "(absent)");
  auto failed = kj::runCatchingExceptions([&] { replica->stick(1); });
  KJ_IF_MAYBE (exception, failed) {
    CHECK_THAT(exception->getDescription().cStr(), Catch::Matchers::Contains("never goes back"));
  } else {
    FAIL("it went back");
  }
  CHECK(get(client, "a", wait) == "2");
  replica->unstick();
  CHECK(get(client, "b", wait) == "1");
}

TEST_CASE("a replica can be stuck from the start, and stand still") {
  ClockedStore clocked;
  for (int i = 0; i < 5; i++) clocked.store->put("a", std::to_string(i));
  auto stuck = clocked.replica({}, 3);
  CHECK(indexOf(*stuck) == 3);
  auto later = clocked.replica({}, 7);
  CHECK(indexOf(*later) == 5);
  QuicksilverReplica still(clocked.store, {.motion = ReplicaMotion::kStandStill});
  for (int i = 0; i < 5; i++) clocked.store->put("a", std::to_string(i));
  CHECK(indexOf(*stuck) == 3);
  CHECK(indexOf(*later) == 7);
  CHECK(indexOf(still) == 5);
}

TEST_CASE("reads are pinned to an index; one out of reach is an error") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  ClockedStore clocked(60s);
  auto replica = clocked.replica();
  auto client = newQuicksilver(replica);
  clocked.store->put("a", "1");
  clocked.store->put("b", "1");
  clocked.store->put("a", "2");
  CHECK(get(client, "a", wait, 1) == "1");
  CHECK(get(client, "b", wait, 1) == "(absent)");
  {
    auto request = client.hasRequest();
    request.setKey("b");
    CHECK(request.send().wait(wait).getFound());
    request = client.hasRequest();
    request.setKey("b");
    request.initAt().setIndex(1);
    auto response = request.send().wait(wait);
    CHECK_FALSE(response.getFound());
    CHECK(response.getIndex() == 1);
  }
  {
    auto request = client.listRequest();
    request.initAt().setIndex(1);
    auto response = request.send().wait(wait);
    REQUIRE(response.getEntries().size() == 1);
    CHECK(testing::text(response.getEntries()[0].getValue()) == "1");
    CHECK(response.getIndex() == 1);
  }
  {
    auto request = client.getMultiRequest();
    request.initKeys(2).set(0, "a");
    request.getKeys().set(1, "b");
    request.initAt().setIndex(2);
    auto response = request.send().wait(wait);
    CHECK(testing::text(response.getEntries()[0].getValue()) == "1");
    CHECK(response.getEntries()[1].getFound());
    CHECK(response.getIndex() == 2);
  }
  auto failure = [&](uint64_t at) {
    auto request = client.getRequest();
    request.setKey("a");
    request.initAt().setIndex(at);
    return rejectionOf(request.send(), wait);
  };
  replica->stick(std::nullopt);
  clocked.pass(100s);
  for (int i = 0; i < 4; i++) clocked.store->put("c", "");
  CHECK_THAT(failure(1), Catch::Matchers::Contains("older than the history"));
  CHECK_THAT(failure(4), Catch::Matchers::Contains("the replica has not come to this index yet"));
  CHECK(failure(3) == "");
}

TEST_CASE("who waits for the next update is told") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  ClockedStore clocked;
  auto replica = clocked.replica(1s);
  auto moved = replica->movesPast(0);
  CHECK_FALSE(moved.poll(wait));
  clocked.store->put("a", "1");
  replica->poke();
  CHECK_FALSE(moved.poll(wait));
  clocked.pass(1s);
  replica->poke();
  moved.wait(wait);
  replica->movesPast(0).wait(wait);
}

TEST_CASE("a live replica tells by itself, whoever has written") {
  auto io = kj::setupAsyncIo();
  auto store = QuicksilverStore::openTemporary();
  auto replica = std::make_shared<QuicksilverReplica>(store);
  auto moved = replica->movesPast(0);
  std::thread writer([&] { store->put("a", "1"); });
  moved.wait(io.waitScope);
  writer.join();
  auto never = replica->movesPast(1);  // dropped with the replica's thread at work
  CHECK_FALSE(never.poll(io.waitScope));
}

// Random writes, lags, sticking and reads: a reader of a replica sees, at any time, the store as it
// was after exactly so many updates, and never fewer than any reader of the replica saw before.
TEST_CASE("sequential consistency: random writers, readers and lag") {
  auto seed = GENERATE(range(1u, 13u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto upTo = [&](uint32_t most) { return uint32_t(random() % (most + 1)); };
  ClockedStore clocked(100s);
  std::vector<std::map<std::string, std::string>> model{{}};  // by index
  struct Proxy {
    std::shared_ptr<QuicksilverReplica> replica;
    std::vector<std::unique_ptr<QuicksilverReader>> readers;
    uint64_t seen = 0;
  };
  std::vector<Proxy> proxies;
  for (int i = 0; i < 3; i++) {
    Proxy proxy{.replica = clocked.replica(std::chrono::milliseconds(upTo(500))), .readers = {}};
    for (int j = 0; j < 2; j++) {
      proxy.readers.push_back(std::make_unique<QuicksilverReader>(clocked.store));
    }
    proxies.push_back(std::move(proxy));
  }
  for (int step = 0; step < 3000; step++) {
    clocked.pass(std::chrono::milliseconds(upTo(20)));
    auto& proxy = proxies[upTo(2)];
    switch (upTo(9)) {
      case 0:
      case 1:
      case 2: {
        auto state = model.back();
        std::string key(1, char('a' + upTo(5)));
        bool existed = state.contains(key);
        if (upTo(3) == 0) {
          state.erase(key);
          clocked.store->remove(key, existed);
        } else {
          state[key] = std::to_string(step);
          clocked.store->put(key, state[key]);
          existed = true;
        }
        if (existed) model.push_back(state);
        break;
      }
      case 3:
        proxy.replica->setLag(std::chrono::milliseconds(upTo(1) == 0 ? 0 : upTo(800)));
        break;
      case 4:
        if (upTo(3) == 0) {
          proxy.replica->stick(std::nullopt);
        } else {
          proxy.replica->unstick();
        }
        break;
      default: {
        QuicksilverReader::Snapshot snapshot(*proxy.readers[upTo(1)]);
        uint64_t index = proxy.replica->indexIn(snapshot);
        REQUIRE(index >= proxy.seen);
        REQUIRE(index < model.size());
        proxy.seen = index;
        if (index < snapshot.state().start) break;  // stuck for longer than the history
        std::map<std::string, std::string> pairs;
        snapshot.scan("", "", index, [&](std::string_view key, std::string_view value) {
          pairs.emplace(key, value);
          return true;
        });
        REQUIRE(pairs == model[index]);
      }
    }
  }
  // Left alone, every replica comes to have everything.
  clocked.pass(1s);
  for (auto& proxy : proxies) {
    proxy.replica->unstick();
    CHECK(indexOf(*proxy.replica) == model.size() - 1);
  }
}

// The same promise over threads, as clients have it: A is written before B, so who sees B sees A.
TEST_CASE("sequential consistency: who sees B sees A that was written before, on every thread") {
  auto store = QuicksilverStore::openTemporary();
  auto replica = std::make_shared<QuicksilverReplica>(store);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<uint64_t> reads = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; t++) {
    threads.emplace_back([&] {
      kj::EventLoop loop;
      kj::WaitScope wait(loop);
      auto client = newQuicksilver(replica);
      uint64_t last = 0;
      while (!stop) {
        auto number = [&](const char* key) {
          auto request = client.getRequest();
          request.setKey(key);
          auto response = request.send().wait(wait);
          if (response.getIndex() < last) wrong++;
          last = response.getIndex();
          return response.getFound() ? std::stoi(testing::text(response.getValue())) : 0;
        };
        int b = number("b");
        if (number("a") < b) wrong++;
        reads++;
      }
    });
  }
  std::mt19937 random(1);
  for (int i = 1; i <= 300; i++) {
    store->put("a", std::to_string(i));
    store->put("b", std::to_string(i));
    if (i % 10 == 0) replica->setLag(std::chrono::milliseconds(random() % 3));
    if (i % 50 == 0) replica->stick(std::nullopt);
    if (i % 50 == 10) replica->unstick();
  }
  while (reads < 100) std::this_thread::yield();
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace flamesim::mocks
