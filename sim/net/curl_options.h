// What every connection of a fetcher is told, whatever is spoken on it.
#pragma once

#include <curl/curl.h>
#include <kj/debug.h>

#include <string>

#include "sim/net/curl_fetcher.h"

namespace flamesim::net {

// Where a URL leads by the fetcher's options.
struct CurlTarget {
  std::string where;      // host and port of the URL, for errors; with the override if there is one
  std::string connectTo;  // CURLOPT_CONNECT_TO; empty: where the URL says
};

// Throws kj::Exception (FAILED) for a URL that is not http or https, or that names a user.
CurlTarget curlTarget(const CurlFetcherOptions& options, const std::string& url);

// Sets how to connect. The list that is returned must outlive the handle's use.
curl_slist* setConnectionOptions(CURL* handle, const CurlFetcherOptions& options,
                                 const CurlTarget& target);

// Rounded up: what is not zero stays so.
long curlMillis(Duration duration);

template <typename Value>
void setCurlOption(CURL* handle, CURLoption option, Value value) {
  auto result = curl_easy_setopt(handle, option, value);
  KJ_REQUIRE(result == CURLE_OK, "libcurl refuses an option", int(option),
             curl_easy_strerror(result));
}

}  // namespace flamesim::net
