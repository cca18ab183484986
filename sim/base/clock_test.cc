#include "sim/base/clock.h"

#include <kj/async-io.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace flamesim;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct Waiting {
  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{timeFromNanos(1000)};
  std::string ended;  // names of the waits that have ended, in order

  kj::Promise<void> wait(int64_t nanos, char name) {
    return clock.at(timeFromNanos(nanos))
        .then([this, name] { ended += name; })
        .eagerlyEvaluate(nullptr);
  }
  int64_t next() {
    KJ_IF_MAYBE (time, clock.next()) {
      return nanosOf(*time);
    }
    return -1;
  }
  void advance(int64_t nanos) {
    clock.advanceTo(timeFromNanos(nanos));
    scope.poll();
  }
};

}  // namespace

TEST_CASE_METHOD(Waiting, "virtual time moves only when it is told to, and never backwards") {
  CHECK(clock.now() == timeFromNanos(1000));
  CHECK(next() == -1);
  advance(2000);
  CHECK(clock.now() == timeFromNanos(2000));
  advance(1500);
  CHECK(clock.now() == timeFromNanos(2000));
}

TEST_CASE_METHOD(Waiting, "waits end when their time has come, in its order") {
  auto c = wait(3000, 'c');
  auto a = wait(1001, 'a');
  auto b = wait(2000, 'b');
  scope.poll();
  CHECK(ended == "");
  CHECK(next() == 1001);
  advance(1001);
  CHECK(ended == "a");
  CHECK(next() == 2000);
  advance(2999);
  CHECK(ended == "ab");
  advance(5000);
  CHECK(ended == "abc");
  CHECK(next() == -1);
}

TEST_CASE_METHOD(Waiting, "waits that are due at once end in the order in which they began") {
  auto b = wait(3000, 'b');
  auto a = wait(2000, 'a');
  auto c = wait(3000, 'c');
  auto d = wait(3000, 'd');
  advance(3000);
  CHECK(ended == "abcd");
}

TEST_CASE_METHOD(Waiting, "a wait for what is past ends in the next turn, without the clock") {
  auto now = wait(1000, 'a');
  auto before = wait(1, 'b');
  CHECK(ended == "");
  CHECK(next() == -1);
  scope.poll();
  CHECK(ended == "ab");
}

TEST_CASE_METHOD(Waiting, "a wait that is dropped is no longer due") {
  auto a = wait(2000, 'a');
  auto b = wait(3000, 'b');
  a = nullptr;
  CHECK(next() == 3000);
  advance(4000);
  CHECK(ended == "b");
}

TEST_CASE_METHOD(Waiting, "a wait that begins while others end has its own turn") {
  kj::Promise<void> second = nullptr;
  auto first = clock.at(timeFromNanos(2000))
                   .then([&] {
                     ended += 'a';
                     second = wait(2500, 'b');
                   })
                   .eagerlyEvaluate(nullptr);
  advance(2000);
  CHECK(ended == "a");
  CHECK(next() == 2500);
  advance(2500);
  CHECK(ended == "ab");
}

TEST_CASE_METHOD(Waiting, "after() counts from now") {
  auto wait = clock.after(Duration(500)).then([this] { ended += 'x'; }).eagerlyEvaluate(nullptr);
  CHECK(next() == 1500);
  advance(1500);
  CHECK(ended == "x");
}

TEST_CASE("the real clock is that of the system and waits on the event loop's timer") {
  auto io = kj::setupAsyncIo();
  RealClock clock(io.provider->getTimer());
  auto before = std::chrono::system_clock::now();
  Time now = clock.now();
  auto after = std::chrono::system_clock::now();
  CHECK(now >= before);
  CHECK(now <= after);
  clock.at(now + milliseconds(5)).wait(io.waitScope);
  bool ended = false;
  auto far = clock.after(seconds(3600)).then([&] { ended = true; }).eagerlyEvaluate(nullptr);
  clock.at(now).wait(io.waitScope);  // past: at once
  CHECK_FALSE(ended);
}

TEST_CASE("time and its numbers") {
  CHECK(nanosOf(timeFromNanos(1'700'000'000'123'456'789)) == 1'700'000'000'123'456'789);
  CHECK(nanosOf(timeFromNanos(-1)) == -1);
  CHECK(millisOf(timeFromNanos(1'234'567)) == 1.234);
  CHECK(millisOf(timeFromNanos(0)) == 0);
  CHECK(timeFromNanos(5) + Duration(7) == timeFromNanos(12));
}
