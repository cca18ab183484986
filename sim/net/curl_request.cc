// How a request is put to libcurl: everything before the transfer starts.
#include <kj/debug.h>

#include <cstdio>
#include <memory>

#include "sim/net/curl_transfer.h"
#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

constexpr long kReceiveBuffer = 64 << 10;
constexpr size_t kUploadBuffer = 64 << 10;

}  // namespace

kj::Exception unsendable(std::string_view why) {
  return kj::Exception(
      kj::Exception::Type::FAILED, __FILE__, __LINE__,
      kj::str("cannot send the request: ", kj::heapString(why.data(), why.size())));
}

void CurlTransfer::prepareUrl() {
  std::unique_ptr<CURLU, void (*)(CURLU*)> parts(curl_url(), curl_url_cleanup);
  auto code = curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), CURLU_PATH_AS_IS);
  if (code != CURLUE_OK) {
    kj::throwFatalException(unsendable("\"" + url + "\": " + curl_url_strerror(code)));
  }
  auto part = [&parts](CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    std::string result;
    if (curl_url_get(parts.get(), which, &text, flags) == CURLUE_OK && text != nullptr) {
      result = text;
      curl_free(text);
    }
    return result;
  };
  auto scheme = part(CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    kj::throwFatalException(unsendable("\"" + url + "\" is neither http nor https"));
  }
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
    kj::throwFatalException(unsendable("the URL holds a user name or password"));
  }
  // libcurl itself would ask for "/".
  bool hasPath = url.find_first_of("/?#", url.find("://") + 3) != std::string::npos;
  asksForServer = method == "OPTIONS" && !hasPath;
  auto host = part(CURLUPART_HOST);
  where = host + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (auto target = matchHost(options.resolve, host)) {
    // libcurl's form has an empty port for "as in the URL".
    auto afterHost = target->rfind(']') == std::string::npos ? 0 : target->rfind(']');
    bool hasPort = target->find(':', afterHost) != std::string::npos;
    connectTo = "::" + *target + (hasPort ? "" : ":");
    where += " (by configuration " + *target + ")";
  }
  if (!options.unixSocket.empty()) where += " (by configuration unix:" + options.unixSocket + ")";
}

void CurlTransfer::addRawLine(const std::string& line) {
  auto longer = curl_slist_append(headerLines, line.c_str());
  KJ_ASSERT(longer != nullptr, "libcurl has no memory for a header");
  headerLines = longer;
}

void CurlTransfer::addHeaderLine(std::string_view name, std::string_view value) {
  std::string line(name);
  if (value.empty()) {
    line.push_back(';');  // libcurl's way to send a header without value
  } else {
    line.append(": ").append(value);
  }
  addRawLine(line);
}

void CurlTransfer::prepareBody() {
  if (requestBody.isNull() || method == "HEAD") return;
  upload = kj::heap<Upload>();
  upload->length = requestBody.length();
  if (requestBody.isStream()) {
    upload->stream = requestBody.takeStream();
    upload->buffer = kj::heapArray<char>(kUploadBuffer);
  } else {
    upload->bytes = requestBody.sharedBytes();
  }
}

// libcurl sends the lines of CURLOPT_HTTPHEADER as they are, in their order, and leaves out headers
// of its own that stand there. A line "Name:" without value only leaves out.
void CurlTransfer::prepareHeaders() {
  bool wantsLengthZero =
      !upload.get() && (method == "POST" || method == "PUT" || method == "PATCH");
  bool knownLength = wantsLengthZero || (upload.get() && upload->length);
  uint64_t length = upload.get() && upload->length ? *upload->length : 0;
  bool framed = !upload.get() && !wantsLengthZero;

  // Otherwise libcurl would move Host to the front.
  if (requestHeaders.has("host")) addRawLine("Host:");
  for (const Header& header : requestHeaders.all()) {
    if (!isToken(header.name)) {
      kj::throwFatalException(unsendable("invalid header name \"" + header.name + "\""));
    }
    if (!isFieldValue(header.value)) {
      kj::throwFatalException(unsendable("header " + header.name + " has a line break or NUL"));
    }
    bool isLength = equalsIgnoringCase(header.name, "content-length");
    bool isCoding = equalsIgnoringCase(header.name, "transfer-encoding");
    if (!isLength && !isCoding) {
      addHeaderLine(header.name, header.value);
    } else if (!framed && isLength == knownLength) {
      addHeaderLine(header.name, knownLength ? std::to_string(length) : "chunked");
      framed = true;
    }
  }
  if (!framed) {
    addHeaderLine(knownLength ? "Content-Length" : "Transfer-Encoding",
                  knownLength ? std::to_string(length) : "chunked");
  }
  for (std::string_view name : {"Accept", "User-Agent", "Expect"}) {
    if (!requestHeaders.has(name)) addRawLine(std::string(name) + ":");
  }
}

void CurlTransfer::applyOptions() {
  auto set = [this](CURLoption option, auto value) {
    auto result = curl_easy_setopt(handle, option, value);
    KJ_REQUIRE(result == CURLE_OK, "libcurl refuses an option", int(option),
               curl_easy_strerror(result));
  };
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, errorText.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  if (asksForServer) set(CURLOPT_REQUEST_TARGET, "*");
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HTTPHEADER, headerLines);
  if (!options.caFile.empty()) set(CURLOPT_CAINFO, options.caFile.c_str());
  if (!options.unixSocket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.unixSocket.c_str());
  if (!connectTo.empty()) {
    connectToList = curl_slist_append(nullptr, connectTo.c_str());
    set(CURLOPT_CONNECT_TO, connectToList);
  }
  auto millis = [](Duration duration) {
    return long(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
  };
  if (options.connectTimeout > Duration::zero()) {
    set(CURLOPT_CONNECTTIMEOUT_MS, millis(options.connectTimeout));
  }
  if (options.timeout > Duration::zero()) set(CURLOPT_TIMEOUT_MS, millis(options.timeout));

  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else {
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  if (upload.get()) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, curl_off_t(upload->length ? int64_t(*upload->length) : -1));
    set(
        CURLOPT_READFUNCTION, +[](char* buffer, size_t size, size_t count, void* self) {
          return static_cast<CurlTransfer*>(self)->onUpload(buffer, size * count);
        });
    set(CURLOPT_READDATA, this);
    set(
        CURLOPT_SEEKFUNCTION, +[](void* self, curl_off_t offset, int origin) -> int {
          // For a request that is sent anew because a kept connection had died.
          auto& upload = *static_cast<CurlTransfer*>(self)->upload;
          if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
          if (!upload.bytes)
            return offset == 0 && upload.sent == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
          upload.offset = std::min<size_t>(offset, upload.bytes->size());
          return CURL_SEEKFUNC_OK;
        });
    set(CURLOPT_SEEKDATA, this);
  }
  set(
      CURLOPT_HEADERFUNCTION, +[](char* data, size_t size, size_t count, void* self) -> size_t {
        bool ok = static_cast<CurlTransfer*>(self)->onHeader({data, size * count});
        return ok ? size * count : 0;
      });
  set(CURLOPT_HEADERDATA, this);
  set(
      CURLOPT_WRITEFUNCTION, +[](char* data, size_t size, size_t count, void* self) {
        return static_cast<CurlTransfer*>(self)->onData(data, size * count);
      });
  set(CURLOPT_WRITEDATA, this);
}

}  // namespace flamesim::net
