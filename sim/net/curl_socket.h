// A connection that libcurl makes and nobody but its owner speaks on: TCP or TLS, by the fetcher's
// options (resolve, proxy, certificates), for protocols that libcurl does not know.
#pragma once

#include <kj/async-io.h>

#include "sim/net/curl_fetcher.h"
#include "sim/net/curl_loop.h"

namespace flamesim::net {

// Connects to the host of `url` (http or https). Rejects with DISCONNECTED where that fails. The
// stream may outlive the loop, but then it is at its end.
kj::Promise<kj::Own<kj::AsyncIoStream>> connectWithCurl(CurlLoop& loop, kj::UnixEventPort& port,
                                                        const CurlFetcherOptions& options,
                                                        const std::string& url);

}  // namespace flamesim::net
