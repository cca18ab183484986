// Where the log forwarder's messages end: in memory, in a file, in a folder of segments
// (log_segments.h). A log file is a Cap'n Proto stream: standard framed messages, unpacked, one
// after the other, so `capnp decode` and `capnp convert` read it too. Each message is one write, so
// a reader of a growing file sees whole messages.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <kj/async.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace flamesim::mocks {

// Messages of this run.
struct LogCounts {
  uint64_t written = 0;
  uint64_t dropped = 0;          // for want of room
  uint64_t failed = 0;           // that the disk did not take
  uint64_t waited = 0;           // for room
  uint64_t commits = 0;          // fdatasync() calls that they shared
  uint64_t recoveredBytes = 0;   // of an unfinished message that was removed at the start
  uint64_t removedSegments = 0;  // because there were more than configured
};

// Sinks may be shared by the event loops of several threads.
class LogSink {
 public:
  virtual ~LogSink() noexcept(false) = default;
  // Takes a copy and resolves when the message is kept, as the sink understands that. `message`
  // needs to live for the call only. Rejects or throws kj::Exception where it is not kept.
  virtual kj::Promise<void> append(capnp::DynamicStruct::Reader message) = 0;
  virtual LogCounts counts() const = 0;
};

// As it stands in a log. Throws kj::Exception where it is larger than a log takes.
kj::Array<capnp::word> flatLogMessage(capnp::DynamicStruct::Reader message);

class MemoryLogSink final : public LogSink {
 public:
  kj::Promise<void> append(capnp::DynamicStruct::Reader message) override;
  LogCounts counts() const override;
  size_t size() const;
  // The i-th message. Valid as long as the sink; `schema` as it was appended with.
  template <typename T>
  typename T::Reader get(size_t i) const {
    return root(i).getAs<T>();
  }
  capnp::AnyPointer::Reader root(size_t i) const;

 private:
  mutable std::mutex mutex;
  std::vector<std::unique_ptr<capnp::MallocMessageBuilder>> messages;
};

class FileLogSink final : public LogSink {
 public:
  // Appends to the file and makes it where it is missing. Throws InputError, also where the file
  // holds something else or ends in the middle of a message: it is never overwritten.
  static std::shared_ptr<FileLogSink> open(const std::filesystem::path& path);
  ~FileLogSink() noexcept(false);
  // Resolved: the operating system has it, which survives the end of this process.
  kj::Promise<void> append(capnp::DynamicStruct::Reader message) override;
  LogCounts counts() const override;

  FileLogSink(const FileLogSink&) = delete;
  FileLogSink& operator=(const FileLogSink&) = delete;

 private:
  FileLogSink(std::filesystem::path path, int fd, uint64_t size)
      : path(std::move(path)), fd(fd), size(size) {}

  const std::filesystem::path path;
  mutable std::mutex mutex;
  int fd;
  uint64_t size;  // of the whole messages in the file
  LogCounts numbers;
};

}  // namespace flamesim::mocks
