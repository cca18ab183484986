// One server behind a fetcher: every request goes to its address, whatever host the URL names, and
// keeps that name in its Host header. This is how a request reaches FL.
#pragma once

#include "sim/net/fetcher.h"

namespace flamesim::net {

class Upstream final : public Fetcher {
 public:
  // `origin`: "http://127.0.0.1:9080". `inner` must outlive this.
  Upstream(Fetcher& inner, std::string origin) : inner(inner), origin(std::move(origin)) {}
  kj::Promise<Response> fetch(Request request) override;

 private:
  Fetcher& inner;
  const std::string origin;
};

}  // namespace flamesim::net
