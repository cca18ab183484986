#include "sim/capture/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace flamesim::capture {

File& File::operator=(File&& other) noexcept {
  std::swap(fd, other.fd);
  return *this;
}

File::~File() {
  close();
}

void File::close() {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

Result<File> File::open(const std::filesystem::path& path, int flags, int mode) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return systemError("cannot open", path, errno);
  File file(fd);
  struct stat status;
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    return systemError("cannot open", path, EISDIR);
  }
  return file;
}

size_t File::read(std::span<std::byte> bytes, const std::filesystem::path& path) {
  while (true) {
    ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n >= 0) return size_t(n);
    if (errno != EINTR) throw UserError(systemError("cannot read", path, errno));
  }
}

void File::write(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw UserError(systemError("cannot write", path, errno), ExitCode::kRunFailed);
    bytes = bytes.subspan(size_t(n));
  }
}

namespace {
constexpr size_t kAtomicFileBuffer = 256u << 10;
}

AtomicFile::AtomicFile(std::filesystem::path path)
    : path(std::move(path)), temporary(this->path.string() + ".tmp") {
  auto opened = File::open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (!opened) throw UserError(opened.error(), ExitCode::kRunFailed);
  file = std::move(opened.value());
}

AtomicFile::~AtomicFile() {
  if (file.isOpen()) ::unlink(temporary.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  buffer += bytes;
  if (buffer.size() >= kAtomicFileBuffer) flush();
}

void AtomicFile::flush() {
  file.write(std::as_bytes(std::span(buffer)), path);
  buffer.clear();
}

void AtomicFile::close() {
  flush();
  // The bytes before the name, also across a loss of power.
  if (::fsync(file.descriptor()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    throw UserError(systemError("cannot write", path, errno), ExitCode::kRunFailed);
  }
  file.close();
}

Diagnostic systemError(std::string_view what, const std::filesystem::path& path, int errorNumber) {
  return Diagnostic{.message = std::string(what) + " " + path.string() + ": " +
                               std::strerror(errorNumber)};
}

Result<std::string> readWholeFile(const std::filesystem::path& path) {
  auto file = File::open(path, O_RDONLY);
  if (!file) return file.error();
  std::string text;
  size_t used = 0;
  while (true) {
    if (text.size() - used < 65536) text.resize(std::max<size_t>(1 << 20, text.size() * 2));
    size_t n = file.value().read(std::as_writable_bytes(std::span(text)).subspan(used), path);
    if (n == 0) break;
    used += n;
  }
  text.resize(used);
  return text;
}

}  // namespace flamesim::capture
