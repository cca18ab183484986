// An open file descriptor, with errors that name the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "sim/base/error.h"

namespace flamesim::capture {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd(fd) {}
  File(File&& other) noexcept : fd(other.fd) { other.fd = -1; }
  File& operator=(File&& other) noexcept;
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // `flags` as of open(2); O_CLOEXEC is added.
  static Result<File> open(const std::filesystem::path& path, int flags, int mode = 0644);

  int descriptor() const { return fd; }
  bool isOpen() const { return fd >= 0; }
  // As many bytes as are there, at most bytes.size(); 0 at the end. Throws UserError naming `path`.
  size_t read(std::span<std::byte> bytes, const std::filesystem::path& path);
  // All of them, or throws UserError (ExitCode::kRunFailed) naming `path`.
  void write(std::span<const std::byte> bytes, const std::filesystem::path& path);
  void close();

 private:
  int fd = -1;
};

// A file that appears when it is complete: what is written goes to PATH.tmp, which close() renames;
// without close() it goes away. Throws UserError (ExitCode::kRunFailed) naming the path.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view bytes);
  void close();

 private:
  void flush();
  const std::filesystem::path path;
  const std::filesystem::path temporary;
  File file;
  std::string buffer;
};

// "cannot open x.cap: No such file or directory"
Diagnostic systemError(std::string_view what, const std::filesystem::path& path, int errorNumber);

// The whole file.
Result<std::string> readWholeFile(const std::filesystem::path& path);

}  // namespace flamesim::capture
