// Where the log forwarder's messages end. A log file is a Cap'n Proto stream: standard framed
// messages, unpacked, one after the other, so `capnp decode` and `capnp convert` read it too. Each
// message is one write, so a reader of a growing file sees whole messages.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <vector>

namespace flamesim::mocks {

// Sinks may be shared by the event loops of several threads.
class LogSink {
 public:
  virtual ~LogSink() noexcept(false) = default;
  // Keeps a copy. Throws kj::Exception where it cannot.
  virtual void append(capnp::DynamicStruct::Reader message) = 0;
};

class MemoryLogSink final : public LogSink {
 public:
  void append(capnp::DynamicStruct::Reader message) override;
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
  void append(capnp::DynamicStruct::Reader message) override;

  FileLogSink(const FileLogSink&) = delete;
  FileLogSink& operator=(const FileLogSink&) = delete;

 private:
  FileLogSink(std::filesystem::path path, int fd, uint64_t size)
      : path(std::move(path)), fd(fd), size(size) {}

  const std::filesystem::path path;
  std::mutex mutex;
  int fd;
  uint64_t size;  // of the whole messages in the file
};

struct LogFileSummary {
  uint64_t messages = 0;
  uint64_t cutOffBytes = 0;  // of a last message that is not there in full; it is left out
};

// Prints each message as JSON on a line of its own (json_capnp.h says how). Without `schema` the
// messages are LogMessage of schemas/logfwdr.capnp. Throws InputError where the file cannot be read
// or holds something else.
LogFileSummary logsToJsonLines(const std::filesystem::path& path, std::ostream& output);
LogFileSummary logsToJsonLines(const std::filesystem::path& path, capnp::StructSchema schema,
                               std::ostream& output);

}  // namespace flamesim::mocks
