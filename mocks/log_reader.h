// Reads what a log sink writes: one file, or a folder of segments (log_segments.h), also while it
// grows. A log is a stream of unpacked Cap'n Proto messages (capnproto.org/encoding.html,
// "Serialization Over a Stream").
#pragma once

#include <capnp/message.h>
#include <kj/io.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace flamesim::mocks {

// A message may claim this much at most; a larger claim is not one of ours.
constexpr uint64_t kMostLogMessageBytes = uint64_t(64) << 20;

// One file, from its begin. What is not there in full yet is read when it is.
class LogFileReader {
 public:
  // Throws InputError where it cannot be opened or is no file.
  explicit LogFileReader(std::filesystem::path path);

  // The next whole message, valid until the next call; nothing: there is none yet. Throws
  // InputError where what follows cannot be a message.
  std::optional<kj::ArrayPtr<const capnp::word>> next();
  // Bytes of the whole messages read so far.
  uint64_t position() const { return offset; }
  // What stands behind them: a message that is not there in full.
  uint64_t unfinishedBytes() const;
  uint64_t messages() const { return count; }
  const std::filesystem::path& file() const { return path; }

 private:
  // In words, or nothing where not even the header is there.
  std::optional<uint64_t> messageWords(kj::ArrayPtr<const capnp::word> rest) const;
  [[noreturn]] void notAMessage() const;
  bool fill();

  std::filesystem::path path;
  kj::AutoCloseFd fd;
  uint64_t offset = 0;  // in the file, of `begin`
  uint64_t count = 0;
  // Of the file from `offset`; whole words, which a message starts with.
  std::vector<uint64_t> buffer;  // words of Cap'n Proto, which cannot be copied
  size_t begin = 0;
  size_t end = 0;
};

// The segments of a folder by their numbers, from the oldest. Throws InputError.
std::vector<uint64_t> segmentsIn(const std::filesystem::path& folder);
std::filesystem::path segmentPath(const std::filesystem::path& folder, uint64_t number);
// Messages that the folder's writers dropped, of all runs.
uint64_t droppedOf(const std::filesystem::path& folder);

struct LogExtent {
  uint64_t messages = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t cutOffBytes = 0;  // of messages that are not there in full
};

// A log, followed over the segments that are begun while it is read.
class LogReader {
 public:
  // Throws InputError where there is neither a file nor a folder with segments.
  explicit LogReader(std::filesystem::path path);

  // Calls `visit` for each message that has come since the last call; stops where it returns false.
  // Throws InputError.
  void poll(const std::function<bool(capnp::MessageReader&)>& visit);
  // Of what was read so far.
  LogExtent extent() const;
  // The file in which poll() is, and how many messages of it were read: for messages of errors.
  const LogFileReader* current() const { return file ? &*file : nullptr; }

 private:
  bool drain(const std::function<bool(capnp::MessageReader&)>& visit);
  // Whether there is a file that was not begun.
  bool openNext();

  std::filesystem::path path;
  bool isFolder;
  uint64_t number = 0;  // of the segment; 0: none yet
  std::optional<LogFileReader> file;
  LogExtent done;  // without `file`
};

}  // namespace flamesim::mocks
