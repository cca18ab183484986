// Files and programs as this folder needs them: whole files as bytes, paths as messages show them,
// and a program run to its end.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::bundle {

// The path as a message shows it: relative to the current folder where it lies beneath it.
std::string displayPath(const std::filesystem::path& path);

// The absolute, lexically normal form; `base` is the folder of a relative path.
std::filesystem::path absolutePath(const std::filesystem::path& path,
                                   const std::filesystem::path& base = {});

// All bytes of a regular file; the error names the file and says why.
Result<std::string> readFile(const std::filesystem::path& path);

bool isRegularFile(const std::filesystem::path& path);
bool isFolder(const std::filesystem::path& path);

// `target` seen from `folder` with '/' between names; it may begin with "../".
std::string relativeName(const std::filesystem::path& target, const std::filesystem::path& folder);

// The file that a bare command name means on PATH; nothing when there is none.
std::optional<std::filesystem::path> findOnPath(const std::string& command);

struct ProgramOutput {
  int exitCode = 0;  // 128 + the signal's number where a signal ended it
  std::string out;
  std::string err;
};
// Runs a program to its end without a shell and without standard input. Blocks the thread. Throws
// UserError where it cannot be started.
ProgramOutput runProgram(const std::filesystem::path& program,
                         const std::vector<std::string>& arguments,
                         const std::filesystem::path& workingFolder);

// A folder that is removed with all in it at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return folder; }

 private:
  std::filesystem::path folder;
};

}  // namespace flamesim::bundle
