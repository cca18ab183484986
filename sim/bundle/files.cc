#include "sim/bundle/files.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace flamesim::bundle {

namespace fs = std::filesystem;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd; }
  void reset(int value) {
    close();
    fd = value;
  }
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

 private:
  int fd;
};

struct Pipe {
  Descriptor readEnd;
  Descriptor writeEnd;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      throw UserError(std::string("cannot make a pipe: ") + strerror(errno), ExitCode::kRunFailed);
    }
    readEnd.reset(ends[0]);
    writeEnd.reset(ends[1]);
  }
};

// Reads what is there; false at the end of the stream.
bool drain(const Descriptor& from, std::string& into) {
  std::array<char, 65536> chunk;
  ssize_t n = ::read(from.get(), chunk.data(), chunk.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  into.append(chunk.data(), size_t(n));
  return n > 0;
}

void collect(Pipe& out, Pipe& err, ProgramOutput& output) {
  while (out.readEnd.get() >= 0 || err.readEnd.get() >= 0) {
    // poll() passes over a negative descriptor.
    pollfd polled[2] = {{out.readEnd.get(), POLLIN, 0}, {err.readEnd.get(), POLLIN, 0}};
    if (poll(polled, 2, -1) < 0 && errno != EINTR) break;
    if (polled[0].revents != 0 && !drain(out.readEnd, output.out)) out.readEnd.close();
    if (polled[1].revents != 0 && !drain(err.readEnd, output.err)) err.readEnd.close();
  }
}

}  // namespace

std::string displayPath(const fs::path& path) {
  std::error_code error;
  auto current = fs::current_path(error);
  if (error || !path.is_absolute()) return path.string();
  auto relative = path.lexically_relative(current);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

fs::path absolutePath(const fs::path& path, const fs::path& base) {
  fs::path joined = path.is_absolute() ? path
                    : base.empty()     ? fs::current_path() / path
                                       : base / path;
  auto normal = joined.lexically_normal();
  // "a/b/" and "a/b" are the same folder.
  return normal.has_filename() || !normal.has_relative_path() ? normal : normal.parent_path();
}

Result<std::string> readFile(const fs::path& path) {
  auto failed = [&](int code) {
    return Diagnostic{.message = std::string("cannot read the file: ") + strerror(code),
                      .file = displayPath(path)};
  };
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed(errno);
  struct stat status;
  if (fstat(file.get(), &status) != 0) return failed(errno);
  if (S_ISDIR(status.st_mode)) return failed(EISDIR);
  std::string content;
  content.reserve(size_t(status.st_size) + 1);
  std::array<char, 65536> chunk;
  for (;;) {
    ssize_t n = ::read(file.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed(errno);
    if (n == 0) return content;
    content.append(chunk.data(), size_t(n));
  }
}

bool isRegularFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool isFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::string relativeName(const fs::path& target, const fs::path& folder) {
  return target.lexically_relative(folder).generic_string();
}

std::optional<fs::path> findOnPath(const std::string& command) {
  const char* variable = getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    auto colon = rest.find(':');
    fs::path candidate = fs::path(rest.substr(0, colon)) / command;
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
    if (isRegularFile(candidate) && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

ProgramOutput runProgram(const fs::path& program, const std::vector<std::string>& arguments,
                         const fs::path& workingFolder) {
  Pipe out, err;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.writeEnd.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.writeEnd.get(), 2);
  posix_spawn_file_actions_addchdir_np(&actions, workingFolder.c_str());
  std::string name = program.string();
  std::vector<std::string> owned = arguments;
  std::vector<char*> argv{name.data()};
  for (auto& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  int failure = posix_spawn(&child, name.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) {
    throw UserError("cannot start " + name + ": " + strerror(failure), ExitCode::kRunFailed);
  }
  out.writeEnd.close();
  err.writeEnd.close();
  ProgramOutput output;
  collect(out, err, output);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  output.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

TemporaryFolder::TemporaryFolder() {
  std::error_code error;
  auto base = fs::temp_directory_path(error);
  std::string pattern = (error ? fs::path("/tmp") : base) / "flamesim-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    throw UserError("cannot make a temporary folder: " + pattern + ": " + strerror(errno),
                    ExitCode::kRunFailed);
  }
  folder = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace flamesim::bundle
