#include "sim/net/curl_transfer.h"

#include <kj/debug.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include "sim/net/fetch_failure.h"
#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

// Body bytes held for a slow reader; when there are more the sender has to wait.
constexpr size_t kHighWater = 256 << 10;
constexpr size_t kLowWater = 64 << 10;

kj::Exception disconnected(std::string_view text) {
  return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                       kj::heapString(text.data(), text.size()));
}

}  // namespace

// What fetch() waits for; its end without an answer ends the transfer.
class CurlTransfer::HeadPromise {
 public:
  HeadPromise(kj::PromiseFulfiller<Response>& fulfiller, CurlTransfer& transfer)
      : fulfiller(fulfiller), transfer(kj::addRef(transfer)) {
    transfer.headPromise = this;
  }
  ~HeadPromise() noexcept(false) {
    if (transfer->headPromise != this) return;
    transfer->headPromise = nullptr;
    transfer->cancel();
  }
  kj::PromiseFulfiller<Response>& fulfiller;

 private:
  kj::Own<CurlTransfer> transfer;
};

class CurlTransfer::ReadPromise {
 public:
  ReadPromise(kj::PromiseFulfiller<size_t>& fulfiller, CurlTransfer& transfer, char* buffer,
              size_t least, size_t most, size_t filled)
      : fulfiller(fulfiller),
        transfer(transfer),
        buffer(buffer),
        least(least),
        most(most),
        filled(filled) {
    transfer.readPromise = this;
    transfer.resumeReceiving();
  }
  ~ReadPromise() noexcept(false) {
    if (transfer.readPromise == this) transfer.readPromise = nullptr;
  }

  kj::PromiseFulfiller<size_t>& fulfiller;
  CurlTransfer& transfer;
  char* const buffer;
  const size_t least;
  const size_t most;
  size_t filled;
};

class CurlTransfer::BodyStream final : public kj::AsyncInputStream {
 public:
  BodyStream(kj::Own<CurlTransfer> transfer, std::optional<uint64_t> length)
      : transfer(kj::mv(transfer)), left(length) {}
  ~BodyStream() noexcept(false) { transfer->cancel(); }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    auto promise = transfer->read(buffer, minBytes, maxBytes);
    if (!left) return promise;
    return promise.then([this](size_t n) {
      *left -= std::min<uint64_t>(n, *left);
      return n;
    });
  }
  kj::Maybe<uint64_t> tryGetLength() override {
    if (left) return *left;
    return nullptr;
  }

 private:
  kj::Own<CurlTransfer> transfer;
  std::optional<uint64_t> left;
};

// -------------------------------------------------------------------------------------------------

CurlTransfer::CurlTransfer(CurlLoop& loop, const CurlFetcherOptions& options, Request request)
    : loop(&loop),
      options(options),
      method(std::move(request.method)),
      url(std::move(request.url)),
      requestHeaders(std::move(request.headers)),
      requestBody(std::move(request.body)) {}

CurlTransfer::~CurlTransfer() noexcept(false) {
  // Only where start() has thrown: otherwise the loop holds the transfer as long as the handle.
  if (handle != nullptr) loop->returnHandle(handle);
  curl_slist_free_all(headerLines);
  curl_slist_free_all(connectToList);
}

kj::Promise<Response> CurlTransfer::start() {
  if (!isToken(method)) kj::throwFatalException(unsendable("invalid method \"" + method + "\""));
  prepareUrl();
  prepareBody();
  prepareHeaders();
  handle = loop->takeHandle();
  applyOptions();
  response.status = 0;  // until there is a status line
  auto promise = kj::newAdaptedPromise<Response, HeadPromise>(*this);
  loop->add(handle, kj::addRef(*this));
  return promise;
}

// -------------------------------------------------------------------------------------------------
// Called by libcurl. Nothing here may call into libcurl or run code of others; promises that are
// fulfilled here run later.

bool CurlTransfer::onHeader(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (headComplete) return true;  // trailers, which nobody asks for
  if (line.starts_with("HTTP/")) {
    response.status = 0;
    responseLines.clear();
    line.remove_prefix(std::min(line.find(' '), line.size()));
    line = trimWhitespace(line);
    auto code = line.substr(0, line.find(' '));
    std::from_chars(code.data(), code.data() + code.size(), response.status);
    response.statusText = trimWhitespace(line.substr(code.size()));
    return true;
  }
  if (line.empty()) {
    if (response.status == 101) return false;
    if (response.status < 200) return true;  // interim; another head follows
    headComplete = true;
    bodyless = method == "HEAD" || response.status == 204 || response.status == 304;
    response.headers = HeaderList(std::exchange(responseLines, {}));
    touch();
    return true;
  }
  if ((line.front() == ' ' || line.front() == '\t') && !responseLines.empty()) {
    // A folded value (RFC 9112 section 5.2).
    responseLines.back().value.append(" ").append(trimWhitespace(line));
    return true;
  }
  auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  responseLines.push_back({std::string(trimWhitespace(line.substr(0, colon))),
                           std::string(trimWhitespace(line.substr(colon + 1)))});
  return true;
}

size_t CurlTransfer::onData(const char* data, size_t size) {
  if (bodyless) return size;
  if (readPromise == nullptr && received.size() - taken >= kHighWater) {
    receivePaused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  size_t direct = 0;
  if (readPromise != nullptr) {
    auto& read = *readPromise;
    direct = std::min(size, read.most - read.filled);
    memcpy(read.buffer + read.filled, data, direct);
    read.filled += direct;
    if (read.filled >= read.least) {
      readPromise = nullptr;
      read.fulfiller.fulfill(size_t(read.filled));
    }
  }
  if (direct < size) {
    if (taken > 0 && taken >= received.size() / 2) {
      received.erase(0, taken);
      taken = 0;
    }
    received.append(data + direct, size - direct);
  }
  return size;
}

size_t CurlTransfer::onUpload(char* buffer, size_t size) {
  Upload& from = *upload;
  if (from.bytes) {
    size_t n = std::min(size, from.bytes->size() - from.offset);
    memcpy(buffer, from.bytes->data() + from.offset, n);
    from.offset += n;
    return n;
  }
  if (from.failure != nullptr) return CURL_READFUNC_ABORT;
  if (from.begin < from.end) {
    size_t n = std::min(size, from.end - from.begin);
    memcpy(buffer, from.buffer.begin() + from.begin, n);
    from.begin += n;
    from.sent += n;
    return n;
  }
  if (from.atEnd) return 0;
  sendPaused = true;
  touch();  // settle() starts the next read
  return CURL_READFUNC_PAUSE;
}

void CurlTransfer::touch() {
  if (touchPending || loop == nullptr) return;
  touchPending = true;
  loop->touch(*this);
}

// -------------------------------------------------------------------------------------------------
// Called by the loop.

void CurlTransfer::settle() {
  touchPending = false;
  if (loop == nullptr) return;
  if (sendPaused && !upload->reading) readUpload();
  if (headComplete) deliverHead();
}

void CurlTransfer::readUpload() {
  Upload& from = *upload;
  from.reading = true;
  size_t room = from.buffer.size();
  if (from.length) room = std::min<uint64_t>(room, *from.length - from.sent);
  auto reading = kj::evalNow([&]() -> kj::Promise<size_t> {
    if (room == 0) return size_t(0);
    return from.stream->tryRead(from.buffer.begin(), 1, room);
  });
  from.task = reading
                  .then([this](size_t n) { takeUpload(n); },
                        [this](kj::Exception&& exception) { upload->failure = kj::mv(exception); })
                  .then([this] {
                    upload->reading = false;
                    sendPaused = false;
                    applyPause();
                  })
                  .eagerlyEvaluate([](kj::Exception&& exception) {
                    KJ_LOG(ERROR, "an upload cannot go on", exception);
                  });
}

void CurlTransfer::takeUpload(size_t n) {
  Upload& from = *upload;
  from.begin = 0;
  from.end = n;
  from.atEnd = n == 0;
  if (n == 0 && from.length && from.sent < *from.length) {
    from.failure = unsendable("its body ended after " + std::to_string(from.sent) + " of " +
                              std::to_string(*from.length) + " bytes");
  }
}

void CurlTransfer::finished(CURLcode result, CURL*) {
  // To libcurl an answer that is cut off in its head is over, or lacks a body.
  if ((result == CURLE_OK || result == CURLE_PARTIAL_FILE) && !headComplete) {
    result = CURLE_GOT_NOTHING;
  }
  if (result == CURLE_OK) {
    end(nullptr);
  } else {
    end(describe(result));
  }
}

void CurlTransfer::abandoned() {
  end(disconnected("the fetcher has ended before " + target.where + " had answered"));
}

void CurlTransfer::end(kj::Maybe<kj::Exception> why) {
  loop = nullptr;
  handle = nullptr;
  over = true;
  upload = nullptr;
  failure = kj::mv(why);
  if (headComplete) deliverHead();
  if (headPromise != nullptr) {
    auto& fulfiller = std::exchange(headPromise, nullptr)->fulfiller;
    KJ_IF_MAYBE (exception, failure) fulfiller.reject(kj::cp(*exception));
  }
  if (readPromise != nullptr) {
    auto& read = *std::exchange(readPromise, nullptr);
    KJ_IF_MAYBE (exception, failure) {
      read.fulfiller.reject(kj::cp(*exception));
    } else {
      read.fulfiller.fulfill(size_t(read.filled));
    }
  }
}

void CurlTransfer::deliverHead() {
  if (headDelivered || headPromise == nullptr) return;
  headDelivered = true;
  auto length = responseLength();
  if (bodyless) {
    // Null.
  } else if (length == 0) {
    response.body = Body::fromBytes("");
    bodyless = true;  // whatever comes is none of it
  } else if (over && failure == nullptr) {
    response.body = Body::fromBytes(std::exchange(received, {}));
  } else {
    response.body = Body::fromStream(kj::heap<BodyStream>(kj::addRef(*this), length), length);
  }
  response.url = url;
  auto& fulfiller = std::exchange(headPromise, nullptr)->fulfiller;
  fulfiller.fulfill(std::move(response));
}

// -------------------------------------------------------------------------------------------------
// Called by readers of the body.

size_t CurlTransfer::takeReceived(char* buffer, size_t most) {
  size_t n = std::min(most, received.size() - taken);
  if (n == 0) return 0;
  memcpy(buffer, received.data() + taken, n);
  taken += n;
  if (taken == received.size()) {
    received.clear();
    taken = 0;
  }
  return n;
}

kj::Promise<size_t> CurlTransfer::read(void* buffer, size_t minBytes, size_t maxBytes) {
  KJ_REQUIRE(readPromise == nullptr, "the body is being read already");
  auto bytes = static_cast<char*>(buffer);
  size_t n = takeReceived(bytes, maxBytes);
  if (n >= minBytes) {
    resumeReceiving();
    return n;
  }
  if (over) {
    KJ_IF_MAYBE (exception, failure) {
      if (n == 0) return kj::cp(*exception);
    }
    return n;
  }
  return kj::newAdaptedPromise<size_t, ReadPromise>(*this, bytes, minBytes, maxBytes, n);
}

void CurlTransfer::resumeReceiving() {
  if (!receivePaused || over) return;
  if (readPromise == nullptr && received.size() - taken > kLowWater) return;
  receivePaused = false;
  applyPause();
}

// libcurl may hand over what it had kept back before this returns.
void CurlTransfer::applyPause() {
  if (loop == nullptr) return;
  int mask = (receivePaused ? CURLPAUSE_RECV : 0) | (sendPaused ? CURLPAUSE_SEND : 0);
  curl_easy_pause(handle, mask);
}

void CurlTransfer::cancel() {
  if (loop == nullptr) return;
  auto self = kj::addRef(*this);
  auto& from = *std::exchange(loop, nullptr);
  over = true;
  from.remove(std::exchange(handle, nullptr));
  upload = nullptr;
  failure = disconnected("the transfer was cancelled");
}

// -------------------------------------------------------------------------------------------------

kj::Exception CurlTransfer::describe(CURLcode result) {
  using enum FetchFailure;
  std::string detail = errorText[0] != '\0' ? errorText.data() : curl_easy_strerror(result);
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return fetchFailure(kName, "could not resolve the host of " + target.where);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return fetchFailure(kName, "could not resolve " + options.proxy);
    case CURLE_COULDNT_CONNECT: {
      long number = 0;
      curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
      if (number != 0) detail = std::generic_category().message(int(number));
      bool noWay = number == EHOSTUNREACH || number == ENETUNREACH;
      return fetchFailure(noWay ? kUnreachable : kRefused,
                          "could not connect to " + target.where + ": " + detail);
    }
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t ready = 0;
      curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &ready);
      return ready == 0
                 ? fetchFailure(kConnectTimeout,
                                "timed out connecting to " + target.where + ": " + detail)
                 : fetchFailure(kTimeout, "timed out waiting for " + target.where + ": " + detail);
    }
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
      return fetchFailure(kCertificate, "TLS with " + target.where + " failed: " + detail);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return fetchFailure(kHandshake, "TLS with " + target.where + " failed: " + detail);
    case CURLE_GOT_NOTHING:
      return fetchFailure(kClosed,
                          target.where + std::string(kClosedWithoutAnswer) +
                              (response.status == 0 ? "" : ": it was cut off in its head"));
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      if (headComplete) break;
      return fetchFailure(kClosed,
                          target.where + std::string(kClosedWithoutAnswer) + ": " + detail);
    case CURLE_WRITE_ERROR:
      if (response.status != 101) break;
      return fetchFailure(kNotHttp, target.where + " switched protocols, which was not asked for");
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return fetchFailure(kNotHttp, target.where + " did not answer in HTTP: " + detail);
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_READ_ERROR:
      if (upload.get()) {
        KJ_IF_MAYBE (exception, upload->failure) return kj::cp(*exception);
      }
      break;
    default:
      break;
  }
  return fetchFailure(
      kOther, target.where + (headComplete ? " broke off the response: " : " failed: ") + detail);
}

std::optional<uint64_t> CurlTransfer::responseLength() const {
  if (response.headers.has("transfer-encoding")) return std::nullopt;
  auto values = response.headers.getAll("content-length");
  uint64_t length = 0;
  if (values.size() != 1 || !parseContentLength(values.front(), length)) return std::nullopt;
  return length;
}

}  // namespace flamesim::net
