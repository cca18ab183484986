#include "sim/record/capture_thread.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>

#include "sim/base/random.h"
#include "sim/capture/reader.h"
#include "sim/capture/testing.h"

using namespace flamesim;
using namespace flamesim::record;

namespace {

struct Files {
  capture::testing::TemporaryFolder folder;
  std::filesystem::path output = folder / "staging.cap";
  std::mutex mutex;
  std::vector<std::string> warnings;

  CaptureThreadOptions options() {
    CaptureThreadOptions result;
    result.files.output = output;
    result.warn = [this](const std::string& text) {
      std::lock_guard lock(mutex);
      warnings.push_back(text);
    };
    return result;
  }
  std::string warned() {
    std::lock_guard lock(mutex);
    std::string all;
    for (const auto& text : warnings) all += text;
    return all;
  }

  // `bytes` that do not compress.
  static net::Exchange exchange(uint64_t id, size_t bytes) {
    net::Exchange result;
    result.id = id;
    result.request.url = "http://a.example/";
    result.outcome.response.headers.append("Content-Type", "image/png");
    result.outcome.response.body.resize(bytes);
    Random(id).fill({reinterpret_cast<uint8_t*>(result.outcome.response.body.data()), bytes});
    return result;
  }
  static std::vector<uint64_t> idsIn(const std::filesystem::path& path) {
    std::vector<uint64_t> ids;
    auto reader = capture::CaptureReader::open(path).orThrow();
    while (auto exchange = reader.next()) ids.push_back(exchange->id);
    CHECK(reader.truncatedBytes() == 0);
    return ids;
  }
};

using Ids = std::vector<uint64_t>;

// Puts a limit to the size of files, and takes it away.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit limit{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { lift(); }
  void lift() { ::setrlimit(RLIMIT_FSIZE, &before); }

 private:
  rlimit before{};
};

template <typename Condition>
void waitFor(Condition condition) {
  for (int i = 0; i < 3000 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(condition());
}

}  // namespace

TEST_CASE_METHOD(Files, "what is pushed is on disk soon, redacted") {
  auto given = options();
  given.redactor.emplace(redact::RedactionSettings{.key = "key"});
  CaptureThread thread(std::move(given));
  auto exchange = Files::exchange(1, 10);
  exchange.request.headers.append("Cookie", "a=b");
  thread.push(std::move(exchange));
  thread.flushSoon();
  waitFor([&] { return thread.counts().onDisk == 1; });
  auto reader = capture::CaptureReader::open(output).orThrow();
  CHECK(reader.next()->request.headers.get("cookie") ==
        "a=" + redact::Pseudonyms("key").token("b"));
  thread.close();
  CHECK(thread.counts().lost == 0);
}

TEST_CASE_METHOD(Files,
                 "a disk that stands still: memory is bounded, losses are counted and said") {
  // A pipe that nobody reads takes 64 KiB, then nothing.
  REQUIRE(::mkfifo(output.c_str(), 0600) == 0);
  auto given = options();
  given.queueBytes = 1 << 20;
  CaptureThread thread(std::move(given));
  int pipe = ::open(output.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(pipe >= 0);
  constexpr uint64_t kPushed = 100;
  for (uint64_t id = 1; id <= kPushed; ++id) {
    thread.push(exchange(id, 100'000));  // returns, whatever the disk does
  }
  auto counts = thread.counts();
  CHECK(counts.lost >= 80);
  CHECK(counts.lost < kPushed);
  CHECK(counts.lostBytes >= counts.lost * 100'000);
  CHECK(warned().find("the disk does not keep up, and no more than 1 MiB wait for it") !=
        std::string::npos);
  CHECK(warnings.size() <= 2);  // not one for each

  // It goes on when the disk does.
  std::atomic<bool> stop = false;
  std::thread reading([&] {
    std::vector<char> buffer(65536);
    while (!stop) {
      if (::read(pipe, buffer.data(), buffer.size()) < 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  });
  thread.close();
  stop = true;
  reading.join();
  ::close(pipe);
  counts = thread.counts();
  CHECK(counts.lost + counts.onDisk == kPushed);
  CHECK(counts.fileBytes >= counts.onDisk * 100'000);
}

TEST_CASE_METHOD(Files, "a full disk: a clear warning, nothing torn, and on when there is room") {
  CaptureThread thread(options());
  thread.push(exchange(1, 1000));
  thread.flushSoon();
  waitFor([&] { return thread.counts().onDisk == 1; });
  FileSizeLimit limit(5000);
  thread.push(exchange(2, 9000));
  thread.flushSoon();
  waitFor([&] { return !thread.counts().failure.empty(); });
  thread.push(exchange(3, 1000));
  CHECK(idsIn(output) == Ids{1});
  waitFor([&] { return warned().find("cannot write " + output.string()) != std::string::npos; });
  CHECK(warned().find("make room") != std::string::npos);
  SECTION("there is room again") {
    limit.lift();
    waitFor([&] {
      thread.flushSoon();
      return thread.counts().onDisk == 3;
    });
    thread.close();
    CHECK(thread.counts().lost == 0);
    CHECK(idsIn(output) == Ids{1, 2, 3});
    CHECK(warned().find("can be written again") != std::string::npos);
  }
  SECTION("there is none to the end") {
    thread.close();
    CHECK(thread.counts().lost == 2);
    CHECK_FALSE(thread.counts().failure.empty());
    CHECK(idsIn(output) == Ids{1});
  }
}

TEST_CASE_METHOD(Files, "a new file by size, each a whole capture") {
  auto given = options();
  given.files.rotateBytes = 250'000;
  {
    CaptureThread thread(std::move(given));
    for (uint64_t id = 1; id <= 7; ++id) thread.push(exchange(id, 130'000));
    thread.close();
    CHECK(thread.counts().files == 4);
    CHECK(thread.counts().onDisk == 7);
  }
  CHECK(idsIn(output) == Ids{1, 2});
  CHECK(idsIn(folder / "staging.0001.cap") == Ids{3, 4});
  CHECK(idsIn(folder / "staging.0002.cap") == Ids{5, 6});
  CHECK(idsIn(folder / "staging.0003.cap") == Ids{7});

  given = options();
  given.files.rotateBytes = 250'000;
  SECTION("they are not written over") {
    CHECK_THROWS_WITH(CaptureThread(std::move(given)),
                      Catch::Contains("staging.0003.cap is there from an earlier recording"));
  }
  SECTION("appending goes on in the last one") {
    given.files.append = true;
    CaptureThread thread(std::move(given));
    CHECK(thread.lastId() == 7);
    thread.push(exchange(8, 1000));
    thread.close();
    CHECK(idsIn(folder / "staging.0003.cap") == Ids{7, 8});
  }
}

TEST_CASE_METHOD(Files, "a new file by time, but never an empty one") {
  auto given = options();
  given.files.rotateEvery = std::chrono::nanoseconds(1);
  CaptureThread thread(std::move(given));
  for (uint64_t id = 1; id <= 2; ++id) {
    thread.push(exchange(id, 10));
    waitFor([&] {
      thread.flushSoon();
      return thread.counts().files == id + 1;
    });
    thread.flushSoon();
    thread.flushSoon();
  }
  thread.close();
  CHECK(thread.counts().files == 3);
  CHECK(idsIn(output) == Ids{1});
  CHECK(idsIn(folder / "staging.0001.cap") == Ids{2});
  CHECK(idsIn(folder / "staging.0002.cap").empty());
}
