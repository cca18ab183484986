#include "mocks/log_segments.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/async.h>
#include <kj/debug.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "mocks/log_reader.h"
#include "mocks/problem.h"

namespace flamesim::mocks {
namespace {

using capnp::word;
using SteadyTime = std::chrono::steady_clock::time_point;

// Of messages in the queue, besides their number.
constexpr uint64_t kMostQueuedBytes = uint64_t(64) << 20;
// A write is about this long.
constexpr size_t kWriteBytes = size_t(1) << 20;

// A message that somebody waits for.
struct Pending {
  kj::Array<word> message;
  kj::Own<kj::CrossThreadPromiseFulfiller<void>> answer;
  SteadyTime deadline;  // of the wait for room
  uint64_t bytes() const { return message.size() * sizeof(word); }
};

// Returns 0, or errno. EINTR is no failure.
int writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    bytes.remove_prefix(size_t(written));
  }
  return 0;
}

// The segments of one folder, for the writer thread alone.
class Segments {
 public:
  Segments(std::filesystem::path folder, uint64_t mostBytes, uint64_t mostSegments)
      : folder(std::move(folder)), mostBytes(mostBytes), mostSegments(mostSegments) {
    lockFolder();
    auto present = segmentsIn(this->folder);
    numbers.assign(present.begin(), present.end());
    if (!numbers.empty()) recover();
  }

  // Whether the message belongs into the segment that is open.
  bool hasRoom(uint64_t pendingBytes, uint64_t more) const {
    if (file == nullptr) return false;
    uint64_t all = size + pendingBytes;
    return all == 0 || all + more <= mostBytes;
  }

  // Ends the segment that is open and begins the next. Returns 0 or errno.
  int begin() {
    file = nullptr;
    uint64_t number = numbers.empty() ? 1 : numbers.back() + 1;
    auto path = segmentPath(folder, number);
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return errno;
    file = kj::heap<kj::AutoCloseFd>(fd);
    size = 0;
    numbers.push_back(number);
    // Its name must be on the disk before anything in it counts.
    if (::fsync(folderFd) < 0) {
      int error = errno;
      file = nullptr;
      return error;
    }
    while (numbers.size() > mostSegments) {
      ::unlink(segmentPath(folder, numbers.front()).c_str());
      numbers.pop_front();
      removed++;
    }
    return 0;
  }

  // Appends and brings it to the disk. Returns 0 or errno; then nothing of it counts.
  int commit(std::string_view bytes) {
    int error = writeAll(*file, bytes);
    if (error != 0) {
      // Half a message would hide all that follow it.
      if (::ftruncate(*file, off_t(size)) < 0) file = nullptr;
      return error;
    }
    if (::fdatasync(*file) < 0) {
      // What is on the disk is not known any more: nothing is written behind it.
      error = errno;
      file = nullptr;
      return error;
    }
    size += bytes.size();
    return 0;
  }

  void writeDropped(uint64_t count) const {
    auto text = std::to_string(count) + "\n";
    int fd = ::openat(folderFd, "dropped", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return;
    kj::AutoCloseFd owned(fd);
    // It only grows, so nothing of an older one is left behind it.
    (void)writeAll(fd, text);
  }

  uint64_t recoveredBytes = 0;
  uint64_t removed = 0;

 private:
  void lockFolder() {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      throw InputError(folder.string(),
                       std::string("the folder of the log cannot be opened: ") + strerror(errno));
    }
    folderFd = kj::AutoCloseFd(fd);
    if (::flock(folderFd, LOCK_EX | LOCK_NB) < 0) {
      throw InputError(folder.string(), "another process writes the log in this folder",
                       "end it, or give this one another \"output\"");
    }
  }

  // Goes on with the last segment, without a message that was not finished.
  void recover() {
    auto path = segmentPath(folder, numbers.back());
    LogFileReader reader(path);
    try {
      while (reader.next()) {
      }
    } catch (const InputError&) {
      return;  // somebody's data: it stays, and the next message begins a segment
    }
    int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0) {
      throw InputError(path.string(),
                       std::string("the log's segment cannot be opened: ") + strerror(errno));
    }
    file = kj::heap<kj::AutoCloseFd>(fd);
    recoveredBytes = reader.unfinishedBytes();
    size = reader.position();
    if (recoveredBytes > 0 && (::ftruncate(*file, off_t(size)) < 0 || ::fdatasync(*file) < 0)) {
      throw InputError(path.string(),
                       std::string("its unfinished end cannot be removed: ") + strerror(errno));
    }
  }

  const std::filesystem::path folder;
  const uint64_t mostBytes;
  const uint64_t mostSegments;
  kj::AutoCloseFd folderFd;
  std::deque<uint64_t> numbers;
  kj::Own<kj::AutoCloseFd> file;  // null: the next message begins a segment
  uint64_t size = 0;              // of it
};

kj::Exception overloaded() {
  return KJ_EXCEPTION(OVERLOADED, "the log cannot keep up: the message was dropped");
}

}  // namespace

// The threads and what they share with event loops.
class SegmentLogSink::Writer {
 public:
  Writer(const std::filesystem::path& folder, SegmentOptions given)
      : options(std::move(given)),
        segments(folder, options.segmentBytes, options.segments),
        droppedBefore(droppedOf(folder)) {
    numbers.recoveredBytes = segments.recoveredBytes;
    writing = std::thread([this] { write(); });
    watching = std::thread([this] { watch(); });
  }

  ~Writer() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    clock.notify_all();
    writing.join();
    watching.join();
  }

  kj::Promise<void> append(kj::Array<word> message) {
    auto paf = kj::newPromiseAndCrossThreadFulfiller<void>();
    Pending pending{kj::mv(message), kj::mv(paf.fulfiller),
                    std::chrono::steady_clock::now() + options.wait};
    std::lock_guard lock(mutex);
    if (waiting.empty() && hasRoom(pending.bytes())) {
      enqueue(kj::mv(pending));
      changed.notify_one();
    } else if (options.wait.count() == 0 || waiting.size() >= options.queue) {
      numbers.dropped++;
      clock.notify_one();
      return overloaded();
    } else {
      numbers.waited++;
      waiting.push_back(kj::mv(pending));
      clock.notify_one();
    }
    return kj::mv(paf.promise);
  }

  LogCounts counts() const {
    std::lock_guard lock(mutex);
    return numbers;
  }

 private:
  bool hasRoom(uint64_t bytes) const {
    return queue.empty() ||
           (queue.size() < options.queue && queuedBytes + bytes <= kMostQueuedBytes);
  }

  void enqueue(Pending pending) {
    queuedBytes += pending.bytes();
    queue.push_back(kj::mv(pending));
  }

  // --- The writer's thread ---

  void write() {
    while (auto batch = nextBatch()) {
      if (options.beforeWrite) options.beforeWrite();
      writeBatch(*batch);
    }
  }

  // Everything that waits; nothing: the end.
  std::optional<std::deque<Pending>> nextBatch() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty() && waiting.empty()) return std::nullopt;
    auto batch = std::exchange(queue, {});
    queuedBytes = 0;
    while (!waiting.empty() && hasRoom(waiting.front().bytes())) {
      enqueue(kj::mv(waiting.front()));
      waiting.pop_front();
    }
    return batch;
  }

  void writeBatch(std::deque<Pending>& batch) {
    std::vector<Pending> group;
    std::string bytes;
    for (auto& pending : batch) {
      if (!segments.hasRoom(bytes.size(), pending.bytes()) || bytes.size() >= kWriteBytes) {
        finish(group, bytes);
      }
      auto chars = pending.message.asChars();
      bytes.append(chars.begin(), chars.size());
      group.push_back(kj::mv(pending));
    }
    finish(group, bytes);
  }

  // Brings the group to the disk and answers it.
  void finish(std::vector<Pending>& group, std::string& bytes) {
    if (group.empty()) return;
    int error = 0;
    if (!segments.hasRoom(0, bytes.size())) error = segments.begin();
    if (error == 0) error = segments.commit(bytes);
    {
      std::lock_guard lock(mutex);
      (error == 0 ? numbers.written : numbers.failed) += group.size();
      if (error == 0) numbers.commits++;
      numbers.removedSegments = segments.removed;
    }
    for (auto& pending : group) {
      if (error == 0) {
        pending.answer->fulfill();
      } else {
        pending.answer->reject(
            KJ_EXCEPTION(FAILED, "a log message cannot be written", strerror(error)));
      }
    }
    group.clear();
    bytes.clear();
  }

  // --- The thread that drops what has waited too long, and notes the count ---

  void watch() {
    std::unique_lock lock(mutex);
    uint64_t noted = 0;
    while (true) {
      auto now = std::chrono::steady_clock::now();
      while (!stopping && !waiting.empty() && waiting.front().deadline <= now) {
        waiting.front().answer->reject(overloaded());
        waiting.pop_front();
        numbers.dropped++;
      }
      if (noted != numbers.dropped) {
        noted = numbers.dropped;
        lock.unlock();
        segments.writeDropped(droppedBefore + noted);
        lock.lock();
        continue;
      }
      if (stopping) return;
      if (waiting.empty()) {
        clock.wait(lock);
      } else {
        clock.wait_until(lock, waiting.front().deadline);
      }
    }
  }

  const SegmentOptions options;
  Segments segments;
  const uint64_t droppedBefore;

  mutable std::mutex mutex;
  std::condition_variable changed;  // the writer has work
  std::condition_variable clock;    // the watcher has work
  std::deque<Pending> queue;
  uint64_t queuedBytes = 0;
  std::deque<Pending> waiting;  // for room in the queue, the oldest first
  LogCounts numbers;
  bool stopping = false;
  std::thread writing;
  std::thread watching;
};

SegmentLogSink::SegmentLogSink(std::unique_ptr<Writer> writer) : writer(std::move(writer)) {}
SegmentLogSink::~SegmentLogSink() noexcept(false) = default;

std::shared_ptr<SegmentLogSink> SegmentLogSink::open(const std::filesystem::path& folder,
                                                     SegmentOptions options) {
  return std::shared_ptr<SegmentLogSink>(
      new SegmentLogSink(std::make_unique<Writer>(folder, std::move(options))));
}

kj::Promise<void> SegmentLogSink::append(capnp::DynamicStruct::Reader message) {
  return writer->append(flatLogMessage(message));
}

LogCounts SegmentLogSink::counts() const {
  return writer->counts();
}

}  // namespace flamesim::mocks
