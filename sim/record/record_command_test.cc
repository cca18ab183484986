// record() as a process of its own: how it ends, and what a kill leaves behind.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <sstream>
#include <thread>

#include "sim/base/random.h"
#include "sim/capture/reader.h"
#include "sim/capture/testing.h"
#include "sim/record/recording_proxy.h"

using namespace flamesim;
using namespace flamesim::record;

namespace {

// Writes each flushed line to a file descriptor.
class LineBuffer final : public std::stringbuf {
 public:
  explicit LineBuffer(int fd) : fd(fd) {}
  int sync() override {
    std::string text = str();
    str("");
    return ::write(fd, text.data(), text.size()) == ssize_t(text.size()) ? 0 : -1;
  }

 private:
  int fd;
};

// A front line that answers anything, on a thread of its own and blocking sockets.
class TinyServer {
 public:
  TinyServer() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::listen(listener, 64) == 0);
    socklen_t size = sizeof(address);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
  void start() {
    thread = std::thread([this] {
      for (int fd; (fd = ::accept(listener, nullptr, nullptr)) >= 0; ::close(fd)) {
        char buffer[4096];
        if (::recv(fd, buffer, sizeof(buffer), 0) <= 0) continue;
        std::string_view reply =
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
            "Connection: close\r\n\r\nfine";
        (void)::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
      }
    });
  }
  ~TinyServer() {
    ::shutdown(listener, SHUT_RDWR);
    if (thread.joinable()) thread.join();
    ::close(listener);
  }
  uint16_t port = 0;

 private:
  int listener;
  std::thread thread;
};

struct Child {
  capture::testing::TemporaryFolder folder;
  std::filesystem::path output = folder / "recorded.cap";
  TinyServer fl;
  pid_t pid = 0;
  uint16_t port = 0;

  // Forks before there is a thread. `mostBytes`: the file can hold no more; 0: no such limit.
  void start(rlim_t mostBytes = 0) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::close(pipe[0]);
      LineBuffer buffer(pipe[1]);
      std::ostream log(&buffer);
      int code = 0;
      if (mostBytes != 0) {
        rlimit limit{mostBytes, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      }
      try {
        auto summary =
            record::record(RecordOptions{.listen = "127.0.0.1:0",
                                         .to = "http://127.0.0.1:" + std::to_string(fl.port),
                                         .upstreams = {},
                                         .output = output},
                           log);
        code = summary.counts.exchanges == 3 ? 0 : 40;
        if (summary.written.lost != 0) code = summary.written.lost == 3 ? 42 : 44;
      } catch (const UserError& error) {
        code = 43;
      } catch (...) {
        code = 41;
      }
      ::_exit(code);
    }
    ::close(pipe[1]);
    fl.start();
    std::string line;
    char c;
    while (::read(pipe[0], &c, 1) == 1 && c != '\n') line += c;
    ::close(pipe[0]);
    INFO(line);
    REQUIRE(line.starts_with("recording: 127.0.0.1:"));
    port = uint16_t(std::stoi(line.substr(21)));
  }

  std::string get(const char* path) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    std::string request =
        std::string("GET ") + path + " HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
    REQUIRE(::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()));
    std::string reply;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof(buffer), 0)) > 0;)
      reply.append(buffer, size_t(n));
    ::close(fd);
    return reply;
  }

  // The wait status after `signal`.
  int end(int signal) {
    REQUIRE(::kill(pid, signal) == 0);
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return status;
  }

  size_t recorded() {
    auto reader = capture::CaptureReader::open(output).orThrow();
    size_t n = 0;
    while (reader.next()) ++n;
    return n;
  }
};

}  // namespace

TEST_CASE_METHOD(Child, "SIGTERM ends a recording well, with everything kept") {
  start();
  for (auto path : {"/1", "/2", "/3"}) CHECK(get(path).ends_with("fine"));
  int status = end(SIGTERM);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(recorded() == 3);
}

TEST_CASE_METHOD(Child, "kill -9 loses nothing that is older than a second") {
  start();
  for (auto path : {"/1", "/2", "/3"}) CHECK(get(path).ends_with("fine"));
  // A second, and more only where the machine is too busy to let the other process run.
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (int i = 0; i < 100 && recorded() < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  get("/4");
  CHECK(WIFSIGNALED(end(SIGKILL)));
  CHECK(recorded() >= 3);
}

TEST_CASE_METHOD(Child,
                 "a capture that can grow no more: traffic passes on, and it is tried again") {
  start(700);
  std::string path = "/";  // of 2000 characters that do not compress below a thousand bytes
  Random random(1);
  while (path.size() < 2000) path += std::to_string(random.next());
  CHECK(get(path.c_str()).ends_with("fine"));
  std::this_thread::sleep_for(std::chrono::seconds(1));  // it has been tried, and failed
  for (auto each : {"/2", "/3"}) CHECK(get(each).ends_with("fine"));
  SECTION("what could not be written in the end is lost, and said") {
    int status = end(SIGTERM);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 42);
    CHECK(recorded() == 0);  // what is there can be read
  }
  SECTION("nothing is lost when there is room again") {
    rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    REQUIRE(::prlimit(pid, RLIMIT_FSIZE, &all, nullptr) == 0);
    int status = end(SIGTERM);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(recorded() == 3);
  }
}
