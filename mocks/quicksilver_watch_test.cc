// Watches, and what separates readers from writers.
#include <kj/async-io.h>
#include <kj/debug.h>

#include <catch2/catch.hpp>
#include <vector>

#include "mocks/quicksilver_testing.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using namespace std::chrono_literals;
using testing::ClockedStore;
using testing::following;
using testing::rejectionOf;

// Notes what it is called with, as text.
class Watcher final : public schemas::QuicksilverWatcher::Server {
 public:
  struct Notes {
    std::vector<std::string> calls;
    kj::Own<kj::PromiseFulfiller<void>> holding;  // of the call that is under way
    bool hold = false;
    bool fail = false;
  };
  explicit Watcher(Notes& notes) : notes(notes) {}

  kj::Promise<void> changed(ChangedContext context) override {
    auto params = context.getParams();
    std::string call = params.getMissed() ? "missed;" : "";
    for (auto change : params.getChanges()) {
      call += std::to_string(change.getIndex()) + " " + change.getKey().cStr() +
              (change.getDeleted() ? " deleted;" : "=" + testing::text(change.getValue()) + ";");
    }
    notes.calls.push_back(call + " up to " + std::to_string(params.getIndex()));
    if (notes.fail) return KJ_EXCEPTION(FAILED, "no more");
    if (!notes.hold) return kj::READY_NOW;
    auto pair = kj::newPromiseAndFulfiller<void>();
    notes.holding = kj::mv(pair.fulfiller);
    return kj::mv(pair.promise);
  }

 private:
  Notes& notes;
};

struct Watched {
  kj::EventLoop loop;
  kj::WaitScope wait{loop};
  ClockedStore clocked{60s};
  std::shared_ptr<QuicksilverReplica> replica = clocked.replica();
  schemas::Quicksilver::Client client = newQuicksilver(replica);
  Watcher::Notes notes;

  kj::Maybe<schemas::QuicksilverWatch::Client> watch(const char* prefix, uint64_t since = 0) {
    auto request = client.watchRequest();
    request.setPrefix(prefix);
    request.setWatcher(kj::heap<Watcher>(notes));
    if (since != 0) request.initSince().setIndex(since);
    auto handle = request.send().wait(wait).getWatch();
    wait.poll();
    return handle;
  }
  void put(std::string_view key, std::string_view value) {
    clocked.store->put(key, value);
    told();
  }
  void told() {
    replica->poke();
    wait.poll();
  }
};

using Calls = std::vector<std::string>;

TEST_CASE("a watcher is called for each change of its prefix, in order") {
  Watched watched;
  watched.put("zone:a", "0");
  auto handle = watched.watch("zone:");
  CHECK(watched.notes.calls.empty());
  watched.put("zone:a", "1");
  watched.put("other", "1");
  watched.put("zone:b", "2");
  bool existed = false;
  watched.clocked.store->remove("zone:a", existed);
  watched.told();
  CHECK(watched.notes.calls ==
        Calls{"2 zone:a=1; up to 2", "4 zone:b=2; up to 4", "5 zone:a deleted; up to 5"});
  handle = nullptr;
  watched.put("zone:c", "3");
  CHECK(watched.notes.calls.size() == 3);
}

TEST_CASE("a watcher that is at work is told the rest when it has returned") {
  Watched watched;
  watched.notes.hold = true;
  auto handle = watched.watch("");
  watched.put("a", "1");
  watched.put("a", "2");
  watched.put("b", "3");
  CHECK(watched.notes.calls == Calls{"1 a=1; up to 1"});
  watched.notes.hold = false;
  watched.notes.holding->fulfill();
  watched.wait.poll();
  CHECK(watched.notes.calls == Calls{"1 a=1; up to 1", "2 a=2;3 b=3; up to 3"});
}

TEST_CASE("a watch can begin in the past") {
  Watched watched;
  watched.put("a", "1");
  watched.put("b", "2");
  watched.put("c", "3");
  auto handle = watched.watch("", 1);
  CHECK(watched.notes.calls == Calls{"2 b=2;3 c=3; up to 3"});
}

TEST_CASE("a watcher sees changes when its replica has them") {
  Watched watched;
  watched.replica->setLag(1000ms);
  auto handle = watched.watch("");
  watched.put("a", "1");
  CHECK(watched.notes.calls.empty());
  watched.clocked.pass(1000ms);
  watched.told();
  CHECK(watched.notes.calls == Calls{"1 a=1; up to 1"});
}

TEST_CASE("a watcher that falls behind the history is told that it missed something") {
  Watched watched;
  watched.notes.hold = true;
  auto handle = watched.watch("");
  watched.put("a", "1");
  for (int i = 2; i <= 5; i++) {
    watched.clocked.pass(100s);
    watched.put("a", std::to_string(i));
  }
  watched.notes.hold = false;
  watched.notes.holding->fulfill();
  watched.wait.poll();
  watched.put("a", "6");
  CHECK(watched.notes.calls == Calls{"1 a=1; up to 1", "missed; up to 5", "6 a=6; up to 6"});
}

TEST_CASE("a watcher that fails is not called again") {
  Watched watched;
  watched.notes.fail = true;
  auto handle = watched.watch("");
  watched.put("a", "1");
  watched.put("a", "2");
  CHECK(watched.notes.calls.size() == 1);
}

TEST_CASE("a watch needs a watcher") {
  Watched watched;
  CHECK_THAT(rejectionOf(watched.client.watchRequest().send(), watched.wait),
             Catch::Matchers::Contains("a watch needs a watcher"));
}

TEST_CASE("what readers have cannot be used to write") {
  Watched watched;
  auto writer = watched.client.castAs<schemas::QuicksilverWriter>();
  auto admin = watched.client.castAs<schemas::QuicksilverAdmin>();
  auto put = writer.putRequest();
  put.setKey("a");
  auto unimplemented = Catch::Matchers::Contains("not implemented");
  CHECK_THAT(rejectionOf(put.send(), watched.wait), unimplemented);
  CHECK_THAT(rejectionOf(writer.deleteRequest().send(), watched.wait), unimplemented);
  CHECK_THAT(rejectionOf(admin.importRequest().send(), watched.wait), unimplemented);
  CHECK_THAT(rejectionOf(admin.applyRequest().send(), watched.wait), unimplemented);
  CHECK_THAT(rejectionOf(admin.stickRequest().send(), watched.wait), unimplemented);
  KJ_IF_MAYBE (handle, watched.watch("")) {
    CHECK_THAT(
        rejectionOf(handle->castAs<schemas::QuicksilverWriter>().putRequest().send(), watched.wait),
        unimplemented);
  }
}

TEST_CASE("the administrator imports, reads the log, and moves the replica") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  ClockedStore clocked;
  auto replica = clocked.replica();
  auto admin = newQuicksilverAdmin(clocked.store, replica);
  auto reader = admin.readerRequest().send().wait(wait).getQuicksilver();
  auto import = [&] {
    auto request = admin.importRequest();
    auto pairs = request.initPairs(2);
    pairs[0].setKey("a");
    pairs[0].setValue(testing::data(std::string_view("\0\xff", 2)));
    pairs[1].setKey("b");
    return request.send().wait(wait).getWritten();
  };
  CHECK(import() == 2);
  CHECK(import() == 0);
  CHECK(testing::get(reader, "a", wait) == std::string("\0\xff", 2));

  auto log = admin.logRequest();
  log.setAfter(1);
  auto answer = log.send().wait(wait);
  CHECK(answer.getNewest() == 2);
  REQUIRE(answer.getUpdates().size() == 1);
  CHECK(answer.getUpdates()[0].getKey() == "b");
  auto copy = QuicksilverStore::openTemporary();
  auto apply = newQuicksilverAdmin(copy, following(copy)).applyRequest();
  apply.setUpdate(answer.getUpdates()[0]);
  CHECK_THAT(rejectionOf(apply.send(), wait), Catch::Matchers::Contains("updates were lost"));

  auto lag = admin.setLagRequest();
  lag.setMilliseconds(500);
  lag.send().wait(wait);
  CHECK(import() == 0);
  clocked.store->put("a", "later");
  clocked.pass(20ms);
  auto response = admin.statusRequest().send().wait(wait);
  auto status = response.getStatus();
  CHECK(status.getNewest() == 3);
  CHECK(status.getReplica() == 2);
  CHECK(status.getLagMillis() == 500);
  CHECK(status.getBehindNanos() == 20'000'000);
  CHECK_FALSE(status.getStuck());
  CHECK(admin.stickRequest().send().wait(wait).getIndex() == 2);
  clocked.pass(1s);
  CHECK(testing::indexOf(reader, wait) == 2);
  admin.unstickRequest().send().wait(wait);
  CHECK(testing::indexOf(reader, wait) == 3);
  lag = admin.setLagRequest();
  lag.setMilliseconds(100'000'000);
  CHECK_THAT(rejectionOf(lag.send(), wait), Catch::Matchers::Contains("longest lag"));
}

}  // namespace
}  // namespace flamesim::mocks
