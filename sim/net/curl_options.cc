#include "sim/net/curl_options.h"

#include <memory>

#include "sim/net/curl_transfer.h"

namespace flamesim::net {

CurlTarget curlTarget(const CurlFetcherOptions& options, const std::string& url) {
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
  CurlTarget target;
  auto host = part(CURLUPART_HOST);
  target.where = host + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (auto other = matchHost(options.resolve, host)) {
    // libcurl's form has an empty port for "as in the URL".
    auto afterHost = other->rfind(']') == std::string::npos ? 0 : other->rfind(']');
    bool hasPort = other->find(':', afterHost) != std::string::npos;
    target.connectTo = "::" + *other + (hasPort ? "" : ":");
    target.where += " (by configuration " + *other + ")";
  }
  if (!options.unixSocket.empty()) {
    target.where += " (by configuration unix:" + options.unixSocket + ")";
  }
  return target;
}

long curlMillis(Duration duration) {
  return long(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

curl_slist* setConnectionOptions(CURL* handle, const CurlFetcherOptions& options,
                                 const CurlTarget& target) {
  auto set = [handle](CURLoption option, auto value) { setCurlOption(handle, option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options.caFile.empty()) set(CURLOPT_CAINFO, options.caFile.c_str());
  if (!options.unixSocket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.unixSocket.c_str());
  if (options.connectTimeout > Duration::zero()) {
    set(CURLOPT_CONNECTTIMEOUT_MS, curlMillis(options.connectTimeout));
  }
  if (target.connectTo.empty()) return nullptr;
  auto list = curl_slist_append(nullptr, target.connectTo.c_str());
  set(CURLOPT_CONNECT_TO, list);
  return list;
}

}  // namespace flamesim::net
