#include "mocks/log_segments.h"

#include <capnp/message.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <thread>

#include "mocks/log_reader.h"
#include "mocks/logfwdr.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;
using testing::rejectionOf;
using testing::TemporaryFolder;

// Lets the test hold the writer thread before a batch.
class Gate {
 public:
  std::function<void()> hook() {
    return [this] {
      std::unique_lock lock(mutex);
      ++arrived;
      changed.notify_all();
      changed.wait(lock, [this] { return open; });
    };
  }
  void waitFor(int batches) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return arrived >= batches; });
  }
  void release() {
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }

 private:
  std::mutex mutex;
  std::condition_variable changed;
  int arrived = 0;
  bool open = false;
};

struct World {
  kj::EventLoop loop;
  kj::WaitScope wait{loop};
  TemporaryFolder folder;
  std::filesystem::path path = folder.path / "logs";

  kj::Promise<void> send(schemas::Logfwdr::Client& client, int64_t number, size_t padding = 0) {
    auto request = client.logRequest();
    auto message = request.initMessage();
    message.setTimestamp(number);
    message.initEvents().setMessage(std::string(padding, 'x').c_str());
    return request.send().ignoreResult();
  }

  std::vector<int64_t> stored() const {
    std::vector<int64_t> numbers;
    LogReader reader(path);
    reader.poll([&](capnp::MessageReader& message) {
      numbers.push_back(message.getRoot<schemas::LogMessage>().getTimestamp());
      return true;
    });
    return numbers;
  }
};

std::vector<int64_t> upTo(int64_t end, int64_t begin = 0) {
  std::vector<int64_t> numbers;
  for (; begin < end; ++begin) numbers.push_back(begin);
  return numbers;
}

TEST_CASE("what is acknowledged stands in a segment") {
  World world;
  auto client = newLogfwdr(SegmentLogSink::open(world.path, {}));
  for (int64_t i = 0; i < 3; ++i) {
    world.send(client, i).wait(world.wait);
    CHECK(world.stored() == upTo(i + 1));
  }
  CHECK(segmentsIn(world.path) == std::vector<uint64_t>{1});
  CHECK(segmentPath(world.path, 1).filename() == "log-00000001.capnp");
}

TEST_CASE("messages that wait share one commit") {
  World world;
  Gate gate;
  auto sink = SegmentLogSink::open(world.path, {.beforeWrite = gate.hook()});
  auto client = newLogfwdr(sink);
  auto first = world.send(client, 0).eagerlyEvaluate(nullptr);
  first.poll(world.wait);
  gate.waitFor(1);
  kj::Vector<kj::Promise<void>> others;
  for (int64_t i = 1; i < 50; ++i) others.add(world.send(client, i));
  auto all = kj::joinPromises(others.releaseAsArray());
  CHECK_FALSE(all.poll(world.wait));
  gate.release();
  first.wait(world.wait);
  all.wait(world.wait);
  CHECK(sink->counts().written == 50);
  CHECK(sink->counts().commits == 2);
  CHECK(world.stored() == upTo(50));
}

TEST_CASE("segments are ended by size, and the oldest go") {
  World world;
  auto sink = SegmentLogSink::open(world.path, {.segmentBytes = 4096, .segments = 3});
  auto client = newLogfwdr(sink);
  for (int64_t i = 0; i < 40; ++i) world.send(client, i, 1000).wait(world.wait);
  auto numbers = segmentsIn(world.path);
  REQUIRE(numbers.size() == 3);
  CHECK(numbers.front() == numbers.back() - 2);
  for (auto number : numbers) {
    CHECK(std::filesystem::file_size(segmentPath(world.path, number)) <= 4096);
  }
  CHECK(sink->counts().removedSegments == numbers.front() - 1);
  auto stored = world.stored();
  CHECK(stored == upTo(40, stored.front()));
  CHECK(stored.size() >= 6);
  // One that is larger than a segment has a segment to itself.
  world.send(client, 40, 10'000).wait(world.wait);
  CHECK(world.stored().back() == 40);
}

TEST_CASE("a folder is opened again: it goes on, without an unfinished end") {
  World world;
  {
    auto client = newLogfwdr(SegmentLogSink::open(world.path, {}));
    for (int64_t i = 0; i < 3; ++i) world.send(client, i).wait(world.wait);
  }
  auto segment = segmentPath(world.path, 1);
  auto whole = testing::readFile(segment);
  auto third = whole.size() / 3;
  for (size_t cut = 1; cut <= third; cut += 7) {
    world.folder.write("logs/log-00000001.capnp", whole.substr(0, whole.size() - cut));
    auto sink = SegmentLogSink::open(world.path, {});
    CHECK(sink->counts().recoveredBytes == (cut == third ? 0 : third - cut));
    auto client = newLogfwdr(sink);
    world.send(client, 9).wait(world.wait);
    CHECK(world.stored() == std::vector<int64_t>{0, 1, 9});
  }
}

TEST_CASE("what is no message is left where it is, and a new segment is begun") {
  World world;
  std::filesystem::create_directory(world.path);
  for (auto& content : {std::string("somebody's text, quite long"), std::string(64, '\0')}) {
    world.folder.write("logs/log-00000007.capnp", content);
    std::filesystem::remove(segmentPath(world.path, 8));
    auto client = newLogfwdr(SegmentLogSink::open(world.path, {}));
    world.send(client, 1).wait(world.wait);
    CHECK(testing::readFile(segmentPath(world.path, 7)) == content);
    CHECK(segmentsIn(world.path) == std::vector<uint64_t>{7, 8});
    CHECK(LogFileReader(segmentPath(world.path, 8)).next().has_value());
  }
}

TEST_CASE("two writers of one folder are one too many") {
  World world;
  auto sink = SegmentLogSink::open(world.path, {});
  CHECK_THAT(inputErrorOf([&] { SegmentLogSink::open(world.path, {}); }).problems[0].message,
             Catch::Matchers::Contains("another process writes the log"));
  auto file = world.folder.write("file", "");
  CHECK_THAT(inputErrorOf([&] { SegmentLogSink::open(file, {}); }).problems[0].message,
             Catch::Matchers::Contains("cannot be opened"));
}

TEST_CASE("a full queue holds the sender back") {
  World world;
  Gate gate;
  auto sink = SegmentLogSink::open(
      world.path, {.queue = 2, .wait = std::chrono::hours(1), .beforeWrite = gate.hook()});
  auto client = newLogfwdr(sink);
  kj::Vector<kj::Promise<void>> sent;
  sent.add(world.send(client, 0).eagerlyEvaluate(nullptr));
  sent.back().poll(world.wait);
  gate.waitFor(1);
  // Two in the queue, two that wait for room.
  for (int64_t i = 1; i < 5; ++i) sent.add(world.send(client, i).eagerlyEvaluate(nullptr));
  for (auto& promise : sent) CHECK_FALSE(promise.poll(world.wait));
  CHECK(sink->counts().waited == 2);
  CHECK(sink->counts().dropped == 0);
  // No more than the queue has room for may wait.
  CHECK_THAT(rejectionOf(world.send(client, 5), world.wait),
             Catch::Matchers::Contains("the log cannot keep up: the message was dropped"));
  CHECK(sink->counts().dropped == 1);
  gate.release();
  for (auto& promise : sent) promise.wait(world.wait);
  CHECK(world.stored() == upTo(5));
}

TEST_CASE("who has waited too long is dropped and counted, also over runs") {
  World world;
  for (uint64_t run = 1; run <= 2; ++run) {
    Gate gate;
    auto sink = SegmentLogSink::open(
        world.path, {.queue = 1, .wait = std::chrono::milliseconds(1), .beforeWrite = gate.hook()});
    auto client = newLogfwdr(sink);
    auto first = world.send(client, 0).eagerlyEvaluate(nullptr);
    first.poll(world.wait);
    gate.waitFor(1);
    auto second = world.send(client, 1).eagerlyEvaluate(nullptr);
    second.poll(world.wait);
    // The writer stands still, so only the time can end this wait.
    CHECK_THAT(rejectionOf(world.send(client, 2), world.wait),
               Catch::Matchers::Contains("dropped"));
    CHECK(sink->counts().dropped == 1);
    gate.release();
    first.wait(world.wait);
    second.wait(world.wait);
    client = nullptr;
    sink = nullptr;
    CHECK(droppedOf(world.path) == run);
  }
}

TEST_CASE("event loops of several threads share the sink; its end writes what waits") {
  World world;
  {
    auto sink = SegmentLogSink::open(world.path, {.segmentBytes = 65536, .segments = 1000});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        kj::EventLoop loop;
        kj::WaitScope wait(loop);
        auto client = newLogfwdr(sink);
        for (int64_t i = 0; i < 250; ++i) world.send(client, t * 250 + i).wait(wait);
      });
    }
    for (auto& thread : threads) thread.join();
    // Nobody waits for this one.
    capnp::MallocMessageBuilder message;
    message.initRoot<schemas::LogMessage>().setTimestamp(1000);
    auto last = sink->append(message.getRoot<schemas::LogMessage>().asReader());
  }
  auto stored = world.stored();
  std::sort(stored.begin(), stored.end());
  CHECK(stored == upTo(1001));
}

TEST_CASE("a reader follows over segments while they are written") {
  World world;
  auto sink = SegmentLogSink::open(world.path, {.segmentBytes = 4096});
  auto client = newLogfwdr(sink);
  LogReader reader(world.path);
  std::vector<int64_t> seen;
  auto poll = [&](size_t most = SIZE_MAX) {
    reader.poll([&](capnp::MessageReader& message) {
      seen.push_back(message.getRoot<schemas::LogMessage>().getTimestamp());
      return seen.size() < most;
    });
  };
  poll();
  CHECK(seen.empty());
  for (int64_t i = 0; i < 20; ++i) {
    world.send(client, i, 900).wait(world.wait);
    poll();
    CHECK(seen == upTo(i + 1));
  }
  for (int64_t i = 20; i < 40; ++i) world.send(client, i, 900).wait(world.wait);
  poll(25);
  CHECK(seen == upTo(25));
  poll();
  CHECK(seen == upTo(40));
  CHECK(reader.extent().messages == 40);
  CHECK(reader.extent().files == segmentsIn(world.path).size());
  CHECK(reader.extent().cutOffBytes == 0);
}

TEST_CASE("a reader that saw an unfinished message reads on where a writer has cut it off") {
  World world;
  {
    auto client = newLogfwdr(SegmentLogSink::open(world.path, {}));
    for (int64_t i = 0; i < 2; ++i) world.send(client, i, 100).wait(world.wait);
  }
  auto segment = segmentPath(world.path, 1);
  auto size = std::filesystem::file_size(segment);
  std::filesystem::resize_file(segment, size - 8);
  LogReader reader(world.path);
  std::vector<int64_t> seen;
  auto note = [&](capnp::MessageReader& message) {
    seen.push_back(message.getRoot<schemas::LogMessage>().getTimestamp());
    return true;
  };
  reader.poll(note);
  CHECK(reader.extent().cutOffBytes > 0);
  auto client = newLogfwdr(SegmentLogSink::open(world.path, {}));
  world.send(client, 2, 5000).wait(world.wait);
  reader.poll(note);
  CHECK(seen == std::vector<int64_t>{0, 2});
}

}  // namespace
}  // namespace flamesim::mocks
