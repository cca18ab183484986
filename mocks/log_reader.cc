#include "mocks/log_reader.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/debug.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

#include "mocks/problem.h"

namespace flamesim::mocks {
namespace {

using capnp::word;

// Messages have a few segments; garbage that is read as a header rarely has.
constexpr uint32_t kMostSegments = 512;
constexpr size_t kChunk = (size_t(64) << 10) / sizeof(word);

constexpr std::string_view kPrefix = "log-";
constexpr std::string_view kSuffix = ".capnp";

// 0: not the name of a segment.
uint64_t segmentNumber(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return 0;
  auto digits = name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size());
  uint64_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

}  // namespace

LogFileReader::LogFileReader(std::filesystem::path path)
    : path(std::move(path)), fd(::open(this->path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd.get() < 0) {
    throw InputError(this->path.string(), std::string("cannot be opened: ") + strerror(errno));
  }
  struct stat status {};
  if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
    throw InputError(this->path.string(), "this is not a file");
  }
}

std::optional<kj::ArrayPtr<const word>> LogFileReader::next() {
  while (true) {
    auto* start = reinterpret_cast<const word*>(buffer.data());
    auto rest = kj::arrayPtr(start + begin, end - begin);
    auto words = messageWords(rest);
    if (words && *words <= rest.size()) {
      begin += *words;
      offset += *words * sizeof(word);
      count++;
      return rest.slice(0, *words);
    }
    if (!fill()) {
      // Read again when there is more: a writer may cut off what it did not finish.
      begin = end = 0;
      return std::nullopt;
    }
  }
}

uint64_t LogFileReader::unfinishedBytes() const {
  struct stat status {};
  if (fstat(fd, &status) < 0 || uint64_t(status.st_size) < offset) return 0;
  return uint64_t(status.st_size) - offset;
}

bool LogFileReader::fill() {
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, (end - begin) * sizeof(word));
    end -= begin;
    begin = 0;
  }
  if (buffer.size() - end < kChunk) buffer.resize(std::max(buffer.size() * 2, end + kChunk));
  ssize_t got;
  do {
    got = ::pread(fd, buffer.data() + end, (buffer.size() - end) * sizeof(word),
                  off_t(offset + end * sizeof(word)));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    throw InputError(path.string(), std::string("cannot be read: ") + strerror(errno));
  }
  // Half a word at the end is read again with its other half.
  size_t words = size_t(got) / sizeof(word);
  end += words;
  return words > 0;
}

std::optional<uint64_t> LogFileReader::messageWords(kj::ArrayPtr<const word> rest) const {
  if (rest.size() == 0) return std::nullopt;
  auto field = [&](size_t i) {
    uint32_t value;
    memcpy(&value, reinterpret_cast<const char*>(rest.begin()) + i * sizeof(value), sizeof(value));
    return value;
  };
  uint64_t segments = uint64_t(field(0)) + 1;
  if (segments > kMostSegments) notAMessage();
  uint64_t headerWords = segments / 2 + 1;
  if (headerWords > rest.size()) return std::nullopt;
  uint64_t total = headerWords;
  for (uint64_t i = 0; i < segments; i++) total += field(1 + i);
  // The first segment begins with the root, so none of ours is empty. Zeros are no message.
  if (field(1) == 0 || total > kMostLogMessageBytes / sizeof(word)) notAMessage();
  return total;
}

void LogFileReader::notAMessage() const {
  throw InputError(path.string(),
                   count == 0
                       ? std::string("this is not a file of log messages")
                       : "what follows message " + std::to_string(count) + " is not a log message",
                   "a log file is a stream of unpacked Cap'n Proto messages");
}

// --- Folders
// ----------------------------------------------------------------------------------------

std::vector<uint64_t> segmentsIn(const std::filesystem::path& folder) {
  std::vector<uint64_t> numbers;
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error), end;
  for (; !error && it != end; it.increment(error)) {
    if (auto number = segmentNumber(it->path().filename().string())) numbers.push_back(number);
  }
  if (error) throw InputError(folder.string(), "cannot be read: " + error.message());
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::filesystem::path segmentPath(const std::filesystem::path& folder, uint64_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < 8) digits.insert(0, 8 - digits.size(), '0');
  return folder / (std::string(kPrefix) + digits + std::string(kSuffix));
}

uint64_t droppedOf(const std::filesystem::path& folder) {
  std::ifstream stream(folder / "dropped");
  uint64_t count = 0;
  return stream >> count ? count : 0;
}

LogReader::LogReader(std::filesystem::path path)
    : path(std::move(path)), isFolder(std::filesystem::is_directory(this->path)) {
  if (isFolder) {
    segmentsIn(this->path);
  } else {
    file.emplace(this->path);
  }
}

bool LogReader::openNext() {
  if (!isFolder) return false;
  for (auto candidate : segmentsIn(path)) {
    if (candidate <= number) continue;
    auto next = segmentPath(path, candidate);
    std::error_code ignored;
    // One that the writer has removed meanwhile was too old.
    if (!std::filesystem::exists(next, ignored)) continue;
    auto before = extent();
    file.emplace(next);
    done = before;
    number = candidate;
    return true;
  }
  return false;
}

bool LogReader::drain(const std::function<bool(capnp::MessageReader&)>& visit) {
  while (auto words = file->next()) {
    // The limit guards against messages that point to one place again and again; the default is
    // the size of the largest.
    capnp::FlatArrayMessageReader message(*words);
    if (!visit(message)) return false;
  }
  return true;
}

void LogReader::poll(const std::function<bool(capnp::MessageReader&)>& visit) {
  while (true) {
    // Looked at before the current one is read to its end: a writer ends one before it begins the
    // next.
    bool more = isFolder && [&] {
      auto numbers = segmentsIn(path);
      return !numbers.empty() && numbers.back() > number;
    }();
    if (file && !drain(visit)) return;
    if (!more || !openNext()) return;
  }
}

LogExtent LogReader::extent() const {
  auto all = done;
  if (file) {
    all.files++;
    all.messages += file->messages();
    all.bytes += file->position();
    all.cutOffBytes += file->unfinishedBytes();
  }
  return all;
}

}  // namespace flamesim::mocks
