// libcurl's multi handle on the KJ event loop. libcurl's sockets, and its one timer as a timerfd,
// are in an epoll set of our own, level-triggered as libcurl expects; KJ watches that set.
#pragma once

#include <curl/curl.h>
#include <kj/async-unix.h>
#include <kj/io.h>

#include <memory>
#include <unordered_map>
#include <vector>

namespace flamesim::net {

class CurlLoop {
 public:
  // A transfer in progress; CURLOPT_PRIVATE of its easy handle points to it.
  class Transfer : public kj::Refcounted {
   public:
    // Whether, with this result, the handle stays the transfer's, with its connection, until
    // CurlLoop::remove().
    virtual bool keepsHandle(CURLcode result) = 0;
    // Called by the loop and never inside a libcurl callback, so it may do anything.
    // `finished`: the transfer is over with this result; unless it is kept the handle is given back
    // already.
    virtual void finished(CURLcode result, CURL* handle) = 0;
    // Something of it has changed since the last call: see CurlLoop::touch().
    virtual void settle() = 0;
    // The loop ends; the transfer will never finish.
    virtual void abandoned() = 0;
  };

  explicit CurlLoop(kj::UnixEventPort& port);
  ~CurlLoop() noexcept(false);
  KJ_DISALLOW_COPY(CurlLoop);

  // An easy handle, new or reused, with all options at their defaults.
  CURL* takeHandle();
  void returnHandle(CURL* handle);
  // Starts the transfer and keeps it until it is finished or removed.
  void add(CURL* handle, kj::Own<Transfer> transfer);
  // Ends the transfer; the handle goes with it.
  void remove(CURL* handle);
  // Asks for transfer.settle() once libcurl has done what it now can. Fit for libcurl callbacks.
  void touch(Transfer& transfer) { touched.push_back(kj::addRef(transfer)); }

 private:
  kj::UnixEventPort& port;
  kj::AutoCloseFd epollFd;
  kj::AutoCloseFd timerFd;
  CURLM* multi;
  std::unordered_map<CURL*, kj::Own<Transfer>> active;
  std::vector<kj::Own<Transfer>> touched;
  std::vector<CURL*> idleHandles;
  kj::UnixEventPort::FdObserver observer;
  kj::Promise<void> driver;

  static int onSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int onTimer(CURLM* multi, long timeoutMillis, void* self);
  kj::Promise<void> drive();
  bool step();
  void reap();
};

}  // namespace flamesim::net
