#include "mocks/log_sink.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/debug.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mocks/log_reader.h"
#include "mocks/problem.h"

namespace flamesim::mocks {

using capnp::word;

kj::Array<word> flatLogMessage(capnp::DynamicStruct::Reader message) {
  capnp::MallocMessageBuilder copy;
  copy.setRoot(message);
  auto flat = capnp::messageToFlatArray(copy);
  KJ_REQUIRE(flat.size() * sizeof(word) <= kMostLogMessageBytes,
             "a log message is larger than 64 MiB");
  return flat;
}

kj::Promise<void> MemoryLogSink::append(capnp::DynamicStruct::Reader message) {
  auto copy = std::make_unique<capnp::MallocMessageBuilder>();
  copy->setRoot(message);
  std::lock_guard lock(mutex);
  messages.push_back(std::move(copy));
  return kj::READY_NOW;
}

LogCounts MemoryLogSink::counts() const {
  return {.written = size()};
}

size_t MemoryLogSink::size() const {
  std::lock_guard lock(mutex);
  return messages.size();
}

capnp::AnyPointer::Reader MemoryLogSink::root(size_t i) const {
  std::lock_guard lock(mutex);
  return messages.at(i)->getRoot<capnp::AnyPointer>().asReader();
}

std::shared_ptr<FileLogSink> FileLogSink::open(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw InputError(path.string(),
                     std::string("the log file cannot be opened: ") + strerror(errno));
  }
  std::shared_ptr<FileLogSink> sink(new FileLogSink(path, fd, 0));
  LogFileReader present(path);
  while (present.next()) {
  }
  if (present.unfinishedBytes() > 0) {
    throw InputError(path.string(),
                     "the log file does not end with a whole message, so nothing can be appended",
                     "move it away; its whole messages can still be printed");
  }
  sink->size = present.position();
  return sink;
}

FileLogSink::~FileLogSink() noexcept(false) {
  ::close(fd);
}

kj::Promise<void> FileLogSink::append(capnp::DynamicStruct::Reader message) {
  auto flat = flatLogMessage(message);
  auto bytes = flat.asChars();
  std::lock_guard lock(mutex);
  ssize_t written;
  do {
    written = ::write(fd, bytes.begin(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written == ssize_t(bytes.size())) {
    size += bytes.size();
    numbers.written++;
    return kj::READY_NOW;
  }
  int error = written < 0 ? errno : ENOSPC;
  numbers.failed++;
  // Half a message would hide all that follow it.
  if (written > 0 && ftruncate(fd, off_t(size)) < 0) error = errno;
  KJ_FAIL_REQUIRE("a log message cannot be written", path.c_str(), strerror(error));
}

LogCounts FileLogSink::counts() const {
  std::lock_guard lock(mutex);
  return numbers;
}

}  // namespace flamesim::mocks
