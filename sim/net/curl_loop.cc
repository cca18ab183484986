#include "sim/net/curl_loop.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "sim/net/curl_library.h"

namespace flamesim::net {

namespace {

constexpr size_t kIdleHandles = 64;
constexpr long kIdleConnections = 256;

kj::AutoCloseFd newEpoll() {
  int fd;
  KJ_SYSCALL(fd = epoll_create1(EPOLL_CLOEXEC));
  return kj::AutoCloseFd(fd);
}

kj::AutoCloseFd newTimer() {
  int fd;
  KJ_SYSCALL(fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  return kj::AutoCloseFd(fd);
}

}  // namespace

CurlLoop::CurlLoop(kj::UnixEventPort& port)
    : port(port),
      epollFd(newEpoll()),
      timerFd(newTimer()),
      multi(nullptr),
      observer(port, epollFd, kj::UnixEventPort::FdObserver::OBSERVE_READ),
      driver(nullptr) {
  startCurl();
  epoll_event event{.events = EPOLLIN, .data = {.fd = timerFd.get()}};
  KJ_SYSCALL(epoll_ctl(epollFd, EPOLL_CTL_ADD, timerFd, &event));
  multi = curl_multi_init();
  KJ_REQUIRE(multi != nullptr, "libcurl cannot start");
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, onSocket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, onTimer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, kIdleConnections);
  driver = kj::evalLater([this] { return drive(); }).eagerlyEvaluate([](kj::Exception&& exception) {
    KJ_LOG(FATAL, "the loop of libcurl has failed", exception);
  });
}

CurlLoop::~CurlLoop() noexcept(false) {
  driver = nullptr;
  touched.clear();
  auto left = std::exchange(active, {});
  for (auto& [handle, transfer] : left) {
    transfer->abandoned();
    curl_multi_remove_handle(multi, handle);
    curl_easy_cleanup(handle);
  }
  for (CURL* handle : idleHandles) curl_easy_cleanup(handle);
  curl_multi_cleanup(multi);
}

CURL* CurlLoop::takeHandle() {
  if (!idleHandles.empty()) {
    CURL* handle = idleHandles.back();
    idleHandles.pop_back();
    return handle;
  }
  CURL* handle = curl_easy_init();
  KJ_REQUIRE(handle != nullptr, "libcurl has no memory for a transfer");
  return handle;
}

void CurlLoop::returnHandle(CURL* handle) {
  if (idleHandles.size() >= kIdleHandles) {
    curl_easy_cleanup(handle);
    return;
  }
  curl_easy_reset(handle);
  idleHandles.push_back(handle);
}

void CurlLoop::add(CURL* handle, kj::Own<Transfer> transfer) {
  active.emplace(handle, kj::mv(transfer));
  auto result = curl_multi_add_handle(multi, handle);
  KJ_ASSERT(result == CURLM_OK, curl_multi_strerror(result));
}

void CurlLoop::remove(CURL* handle) {
  auto found = active.find(handle);
  KJ_ASSERT(found != active.end());
  auto transfer = kj::mv(found->second);
  active.erase(found);
  curl_multi_remove_handle(multi, handle);
  curl_easy_cleanup(handle);
}

int CurlLoop::onSocket(CURL*, curl_socket_t socket, int what, void* selfPointer, void* known) {
  auto& self = *static_cast<CurlLoop*>(selfPointer);
  if (what == CURL_POLL_REMOVE) {
    // Fails where libcurl has closed the socket already, which took it out of the set too.
    epoll_ctl(self.epollFd, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(self.multi, socket, nullptr);
    return 0;
  }
  epoll_event event{.events = 0, .data = {.fd = socket}};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  int operation = known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(self.epollFd, operation, socket, &event) < 0) {
    // The number of a closed socket can come back before libcurl speaks of it.
    int other = operation == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(self.epollFd, other, socket, &event) < 0) return -1;
  }
  curl_multi_assign(self.multi, socket, &self);  // any pointer but null: the socket is known
  return 0;
}

int CurlLoop::onTimer(CURLM*, long timeoutMillis, void* selfPointer) {
  auto& self = *static_cast<CurlLoop*>(selfPointer);
  itimerspec spec{};  // zero: disarmed
  if (timeoutMillis == 0) {
    spec.it_value.tv_nsec = 1;
  } else if (timeoutMillis > 0) {
    spec.it_value.tv_sec = timeoutMillis / 1000;
    spec.it_value.tv_nsec = timeoutMillis % 1000 * 1'000'000;
  }
  return timerfd_settime(self.timerFd, 0, &spec, nullptr) == 0 ? 0 : -1;
}

kj::Promise<void> CurlLoop::drive() {
  // Nothing may be ready when the wait begins: KJ tells of changes only.
  if (!step()) return observer.whenBecomesReadable().then([this] { return drive(); });
  // Other sockets of the event loop get their turn.
  return port.getTimer().afterDelay(0 * kj::NANOSECONDS).then([this] { return drive(); });
}

// One round over everything that is ready; false when nothing was.
bool CurlLoop::step() {
  std::array<epoll_event, 64> events;
  int count = epoll_wait(epollFd, events.data(), events.size(), 0);
  if (count < 0 && errno == EINTR) return true;
  KJ_ASSERT(count >= 0, "epoll_wait", errno);
  int running;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.fd == timerFd.get()) {
      uint64_t expirations;
      if (::read(timerFd, &expirations, sizeof(expirations)) > 0) {
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
      }
      continue;
    }
    // An error shows itself to libcurl, with its number, when it reads or writes.
    uint32_t ready = events[i].events;
    int mask = ((ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_IN : 0) |
               ((ready & (EPOLLOUT | EPOLLERR)) ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(multi, events[i].data.fd, mask, &running);
  }
  reap();
  return count > 0;
}

void CurlLoop::reap() {
  int left;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    CURLcode result = message->data.result;
    auto found = active.find(handle);
    if (found == active.end()) continue;
    if (found->second->keepsHandle(result)) {
      kj::addRef(*found->second)->finished(result, handle);
      continue;
    }
    auto transfer = kj::mv(found->second);
    active.erase(found);
    curl_multi_remove_handle(multi, handle);
    transfer->finished(result, handle);
    // A handle whose transfer failed may keep its buffer, and then refuses CURLOPT_BUFFERSIZE.
    if (result == CURLE_OK) {
      returnHandle(handle);
    } else {
      curl_easy_cleanup(handle);
    }
  }
  auto list = std::exchange(touched, {});
  for (auto& transfer : list) transfer->settle();
}

}  // namespace flamesim::net
