// The Internet as a worker may reach it: hosts on the list of flamesim.jsonc, nothing else.
#pragma once

#include <string>
#include <vector>

#include "sim/net/fetcher.h"

namespace flamesim::net {

class AllowedHosts final : public Fetcher {
 public:
  // `allow`: "example.com", "*.example.com" (any depth), "*". `inner` must outlive this.
  AllowedHosts(Fetcher& inner, std::vector<std::string> allow)
      : inner(inner), allow(std::move(allow)) {}
  // Rejects (FAILED) for a host that is not on the list, naming what to add.
  kj::Promise<Response> fetch(Request request) override;

 private:
  bool allows(std::string_view host) const;
  Fetcher& inner;
  const std::vector<std::string> allow;
};

}  // namespace flamesim::net
