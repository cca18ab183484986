// One request and response over libcurl: the callbacks on its side, promises and streams on ours.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "sim/net/curl_fetcher.h"
#include "sim/net/curl_loop.h"
#include "sim/net/curl_options.h"
#include "sim/net/message.h"

namespace flamesim::net {

// In what describes such an end; see closedWithoutAnswer().
constexpr std::string_view kClosedWithoutAnswer = " closed the connection without an answer";

// The fault of a request that cannot be put to libcurl.
kj::Exception unsendable(std::string_view why);

class CurlTransfer final : public CurlLoop::Transfer {
 public:
  CurlTransfer(CurlLoop& loop, const CurlFetcherOptions& options, Request request);
  ~CurlTransfer() noexcept(false) override;

  // Call once. Throws kj::Exception where the request cannot be sent.
  kj::Promise<Response> start();

  bool keepsHandle(CURLcode) override { return false; }
  void finished(CURLcode result, CURL* handle) override;
  void settle() override;
  void abandoned() override;

 private:
  class HeadPromise;
  class BodyStream;
  class ReadPromise;
  struct Upload {
    // A body in memory,
    std::shared_ptr<const std::string> bytes;
    size_t offset = 0;
    // or a stream, read into a buffer between its ends.
    kj::Own<kj::AsyncInputStream> stream;
    kj::Array<char> buffer;
    size_t begin = 0;
    size_t end = 0;
    bool reading = false;
    bool atEnd = false;
    uint64_t sent = 0;
    std::optional<uint64_t> length;
    kj::Maybe<kj::Exception> failure;
    kj::Promise<void> task = nullptr;
  };

  CurlLoop* loop;  // nullptr once the transfer is over
  const CurlFetcherOptions& options;
  CURL* handle = nullptr;
  std::string method;
  std::string url;
  CurlTarget target;
  HeaderList requestHeaders;
  Body requestBody;
  bool asksForServer = false;  // OPTIONS *
  curl_slist* headerLines = nullptr;
  curl_slist* connectToList = nullptr;
  std::array<char, CURL_ERROR_SIZE> errorText{};

  kj::Own<Upload> upload;
  bool sendPaused = false;
  bool receivePaused = false;
  bool touchPending = false;

  HeadPromise* headPromise = nullptr;
  Response response;
  std::vector<Header> responseLines;
  bool headComplete = false;
  bool headDelivered = false;
  bool bodyless = false;

  std::string received;  // body bytes that nobody has read yet, from `taken` on
  size_t taken = 0;
  ReadPromise* readPromise = nullptr;
  bool over = false;
  kj::Maybe<kj::Exception> failure;

  void prepareUrl();
  void prepareHeaders();
  void prepareBody();
  void applyOptions();
  void addHeaderLine(std::string_view name, std::string_view value);
  void addRawLine(const std::string& line);
  kj::Promise<size_t> read(void* buffer, size_t minBytes, size_t maxBytes);
  size_t takeReceived(char* buffer, size_t most);
  void resumeReceiving();
  void applyPause();
  void touch();
  void cancel();
  void deliverHead();
  void end(kj::Maybe<kj::Exception> why);
  kj::Exception describe(CURLcode result);
  std::optional<uint64_t> responseLength() const;

  bool onHeader(std::string_view line);
  size_t onData(const char* data, size_t size);
  size_t onUpload(char* buffer, size_t size);
  void readUpload();
  void takeUpload(size_t n);
};

}  // namespace flamesim::net
