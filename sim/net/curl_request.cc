// How a request is put to libcurl: everything before the transfer starts.
#include <kj/debug.h>

#include "sim/net/curl_options.h"
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
  target = curlTarget(options, url);
  // libcurl itself would ask for "/".
  bool hasPath = url.find_first_of("/?#", url.find("://") + 3) != std::string::npos;
  asksForServer = method == "OPTIONS" && !hasPath;
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
  auto set = [this](CURLoption option, auto value) { setCurlOption(handle, option, value); };
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, errorText.data());
  set(CURLOPT_URL, url.c_str());
  if (asksForServer) set(CURLOPT_REQUEST_TARGET, "*");
  set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_HTTPHEADER, headerLines);
  connectToList = setConnectionOptions(handle, options, target);
  if (options.timeout > Duration::zero()) {
    set(CURLOPT_TIMEOUT_MS, curlMillis(options.timeout));
  }

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
