#include "mocks/log_sink.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/debug.h>
#include <kj/filesystem.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <optional>
#include <ostream>

#include "mocks/json_capnp.h"
#include "mocks/problem.h"
#include "schemas/logfwdr.capnp.h"

namespace flamesim::mocks {
namespace {

using capnp::word;

// A message may claim this much at most; a larger claim is not one of our files.
constexpr uint64_t kMaxMessageWords = (uint64_t(64) << 20) / sizeof(word);
// Messages have a few segments; garbage that is read as a header rarely has.
constexpr uint32_t kMaxSegments = 512;

// A file in memory, mapped.
class MappedLog {
 public:
  explicit MappedLog(const std::filesystem::path& path) : path(path) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      throw InputError(path.string(), std::string("cannot be opened: ") + strerror(errno));
    kj::AutoCloseFd owned(fd);
    struct stat status {};
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
      throw InputError(path.string(), "this is not a file");
    }
    if (status.st_size > 0)
      content = kj::newDiskFile(kj::mv(owned))->mmap(0, uint64_t(status.st_size));
  }

  // Calls `visit` for each whole message. Returns how the file ends.
  LogFileSummary read(const std::function<void(capnp::MessageReader&)>& visit) const {
    LogFileSummary summary;
    // mmap() starts at a page, so words are aligned.
    kj::ArrayPtr<const word> rest(reinterpret_cast<const word*>(content.begin()),
                                  content.size() / sizeof(word));
    while (rest.size() > 0) {
      auto length = messageLength(rest, summary.messages);
      if (!length || *length > rest.size()) break;
      capnp::FlatArrayMessageReader message(rest.slice(0, *length));
      visit(message);
      summary.messages++;
      rest = rest.slice(*length, rest.size());
    }
    summary.cutOffBytes =
        content.size() -
        uint64_t(reinterpret_cast<const kj::byte*>(rest.begin()) - content.begin());
    return summary;
  }

  uint64_t size() const { return content.size(); }

 private:
  // In words, or nothing where not even the header is complete. Throws where it cannot be a header.
  std::optional<uint64_t> messageLength(kj::ArrayPtr<const word> rest, uint64_t before) const {
    auto field = [&](size_t i) {
      uint32_t value;
      memcpy(&value, reinterpret_cast<const char*>(rest.begin()) + i * sizeof(value),
             sizeof(value));
      return value;
    };
    uint64_t segments = uint64_t(field(0)) + 1;
    if (segments > kMaxSegments) bad(before);
    uint64_t headerWords = segments / 2 + 1;
    if (headerWords > rest.size()) return std::nullopt;
    uint64_t total = headerWords;
    for (uint64_t i = 0; i < segments; i++) total += field(1 + i);
    if (total > kMaxMessageWords) bad(before);
    return total;
  }

  [[noreturn]] void bad(uint64_t before) const {
    throw InputError(
        path.string(),
        before == 0 ? std::string("this is not a file of log messages")
                    : "what follows message " + std::to_string(before) + " is not a log message",
        "a log file is a stream of unpacked Cap'n Proto messages");
  }

  std::filesystem::path path;
  kj::Array<const kj::byte> content;
};

}  // namespace

void MemoryLogSink::append(capnp::DynamicStruct::Reader message) {
  auto copy = std::make_unique<capnp::MallocMessageBuilder>();
  copy->setRoot(message);
  std::lock_guard lock(mutex);
  messages.push_back(std::move(copy));
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
  MappedLog present(path);
  LogFileSummary summary = present.read([](capnp::MessageReader&) {});
  if (summary.cutOffBytes > 0) {
    throw InputError(path.string(),
                     "the log file does not end with a whole message, so nothing can be appended",
                     "move it away; its whole messages can still be printed");
  }
  sink->size = present.size();
  return sink;
}

FileLogSink::~FileLogSink() noexcept(false) {
  ::close(fd);
}

void FileLogSink::append(capnp::DynamicStruct::Reader message) {
  capnp::MallocMessageBuilder copy;
  copy.setRoot(message);
  kj::Array<word> flat = capnp::messageToFlatArray(copy);
  kj::ArrayPtr<const char> bytes = flat.asChars();
  std::lock_guard lock(mutex);
  ssize_t written;
  do {
    written = ::write(fd, bytes.begin(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written == ssize_t(bytes.size())) {
    size += bytes.size();
    return;
  }
  int error = written < 0 ? errno : ENOSPC;
  // Half a message would hide all that follow it.
  if (written > 0 && ftruncate(fd, off_t(size)) < 0) error = errno;
  KJ_FAIL_REQUIRE("a log message cannot be written", path.c_str(), strerror(error));
}

LogFileSummary logsToJsonLines(const std::filesystem::path& path, std::ostream& output) {
  return logsToJsonLines(path, capnp::Schema::from<schemas::LogMessage>(), output);
}

LogFileSummary logsToJsonLines(const std::filesystem::path& path, capnp::StructSchema schema,
                               std::ostream& output) {
  MappedLog log(path);
  uint64_t number = 0;
  return log.read([&](capnp::MessageReader& message) {
    number++;
    auto exception = kj::runCatchingExceptions(
        [&]() { output << encodeText(message.getRoot<capnp::DynamicStruct>(schema)) << '\n'; });
    KJ_IF_MAYBE (e, exception) {
      throw InputError(path.string(), "message " + std::to_string(number) + " is damaged: " +
                                          std::string(e->getDescription().cStr()));
    }
  });
}

}  // namespace flamesim::mocks
