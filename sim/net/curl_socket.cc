#include "sim/net/curl_socket.h"

#include <kj/debug.h>
#include <sys/socket.h>

#include <array>
#include <optional>

#include "sim/net/curl_options.h"
#include "sim/net/fetch_failure.h"

namespace flamesim::net {

namespace {

// The handle with its connection, from the first step to the end of the stream. The loop holds a
// reference as long as the handle is its own.
class CurlSocket final : public CurlLoop::Transfer {
 public:
  CurlSocket(CurlLoop& loop, kj::UnixEventPort& port, std::string where)
      : port(port), where(std::move(where)), loop(&loop) {}
  ~CurlSocket() noexcept(false) override { curl_slist_free_all(connectTo); }

  kj::Promise<void> connect(const CurlFetcherOptions& options, const CurlTarget& target,
                            const std::string& url) {
    auto paf = kj::newPromiseAndFulfiller<void>();
    connected = kj::mv(paf.fulfiller);
    handle = loop->takeHandle();
    setCurlOption(handle, CURLOPT_ERRORBUFFER, errorText.data());
    setCurlOption(handle, CURLOPT_URL, url.c_str());
    setCurlOption(handle, CURLOPT_CONNECT_ONLY, 1L);
    setCurlOption(handle, CURLOPT_HTTPPROXYTUNNEL, 1L);
    // What is spoken is an upgrade of HTTP/1.1, which TLS has to agree on too.
    setCurlOption(handle, CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
    connectTo = setConnectionOptions(handle, options, target);
    loop->add(handle, kj::addRef(*this));
    return kj::mv(paf.promise);
  }

  // Ends the connection.
  void close() {
    observer = std::nullopt;
    if (loop == nullptr) return;
    auto self = kj::addRef(*this);
    auto& from = *std::exchange(loop, nullptr);
    from.remove(std::exchange(handle, nullptr));
  }

  bool keepsHandle(CURLcode result) override { return result == CURLE_OK; }
  void finished(CURLcode result, CURL*) override {
    if (result == CURLE_OK) {
      curl_socket_t socket = CURL_SOCKET_BAD;
      curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
      fd = socket;
      observer.emplace(port, fd, kj::UnixEventPort::FdObserver::OBSERVE_READ_WRITE);
      connected->fulfill();
      return;
    }
    loop = nullptr;
    handle = nullptr;
    std::string detail = errorText[0] != '\0' ? errorText.data() : curl_easy_strerror(result);
    connected->reject(
        fetchFailure(FetchFailure::kRefused, "could not connect to " + where + ": " + detail));
  }
  void settle() override {}
  void abandoned() override {
    observer = std::nullopt;
    loop = nullptr;
    handle = nullptr;
    connected->reject(fetchFailure(FetchFailure::kOther,
                                   "the fetcher has ended before it was connected to " + where));
  }

  kj::Promise<size_t> read(char* buffer, size_t least, size_t most, size_t have) {
    while (have < least) {
      if (loop == nullptr) return have;
      size_t n = 0;
      auto result = curl_easy_recv(handle, buffer + have, most - have, &n);
      if (result == CURLE_AGAIN) {
        return observer->whenBecomesReadable().then(
            [this, buffer, least, most, have] { return read(buffer, least, most, have); });
      }
      if (result != CURLE_OK)
        return fetchFailure(FetchFailure::kOther, "the connection to " + where + " broke");
      if (n == 0) return have;
      have += n;
    }
    return have;
  }

  kj::Promise<void> write(const char* data, size_t size) {
    while (size > 0) {
      if (loop == nullptr)
        return fetchFailure(FetchFailure::kOther, "the connection to " + where + " is closed");
      size_t n = 0;
      auto result = curl_easy_send(handle, data, size, &n);
      if (result == CURLE_AGAIN) {
        return observer->whenBecomesWritable().then(
            [this, data, size] { return write(data, size); });
      }
      if (result != CURLE_OK)
        return fetchFailure(FetchFailure::kOther, "the connection to " + where + " broke");
      data += n;
      size -= n;
    }
    return kj::READY_NOW;
  }

  kj::Promise<void> whenWriteDisconnected() {
    if (!observer) return kj::READY_NOW;
    return observer->whenWriteDisconnected();
  }
  // Of TCP: below TLS too, where the other side takes it for the end of the connection.
  void shutdown(int how) {
    if (loop != nullptr) ::shutdown(fd, how);
  }

 private:
  kj::UnixEventPort& port;
  const std::string where;
  CurlLoop* loop;  // nullptr once the connection is over
  CURL* handle = nullptr;
  curl_slist* connectTo = nullptr;
  int fd = -1;
  std::array<char, CURL_ERROR_SIZE> errorText{};
  std::optional<kj::UnixEventPort::FdObserver> observer;
  kj::Own<kj::PromiseFulfiller<void>> connected;
};

class CurlStream final : public kj::AsyncIoStream {
 public:
  explicit CurlStream(kj::Own<CurlSocket> socket) : socket(kj::mv(socket)) {}
  ~CurlStream() noexcept(false) { socket->close(); }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return socket->read(static_cast<char*>(buffer), minBytes, maxBytes, 0);
  }
  kj::Promise<void> write(const void* buffer, size_t size) override {
    return socket->write(static_cast<const char*>(buffer), size);
  }
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    if (pieces.size() == 0) return kj::READY_NOW;
    auto& piece = pieces[0];
    return write(piece.begin(), piece.size()).then([this, rest = pieces.slice(1, pieces.size())] {
      return write(rest);
    });
  }
  kj::Promise<void> whenWriteDisconnected() override { return socket->whenWriteDisconnected(); }
  void shutdownWrite() override { socket->shutdown(SHUT_WR); }
  void abortRead() override { socket->shutdown(SHUT_RD); }

 private:
  kj::Own<CurlSocket> socket;
};

}  // namespace

kj::Promise<kj::Own<kj::AsyncIoStream>> connectWithCurl(CurlLoop& loop, kj::UnixEventPort& port,
                                                        const CurlFetcherOptions& options,
                                                        const std::string& url) {
  auto target = curlTarget(options, url);
  auto socket = kj::refcounted<CurlSocket>(loop, port, target.where);
  auto connected = socket->connect(options, target, url);
  // Dropped before it is connected, the stream ends the attempt.
  kj::Own<kj::AsyncIoStream> stream = kj::heap<CurlStream>(kj::mv(socket));
  return connected.then([stream = kj::mv(stream)]() mutable { return kj::mv(stream); });
}

}  // namespace flamesim::net
