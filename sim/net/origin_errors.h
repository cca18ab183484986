// What stands before an origin: its failures become the answers that the front line gives for them,
// 520 to 526 and 530 (edge_error.h), instead of rejections.
#pragma once

#include <kj/function.h>
#include <kj/timer.h>

#include <string>

#include "sim/base/time.h"
#include "sim/net/fetcher.h"

namespace flamesim::net {

class OriginErrors final : public Fetcher {
 public:
  // `told` gets a line for each failure, such as "521 for GET http://a.test/: could not connect".
  // `inner` must outlive this.
  // An answer whose head is not there `timeout` after the request is a 524.
  OriginErrors(Fetcher& inner, kj::Timer& timer, Duration timeout,
               kj::Function<void(const std::string&)> told)
      : inner(inner), timer(timer), timeout(timeout), told(kj::mv(told)) {}

  // Rejects with FAILED as `inner` does: the request could not be sent at all.
  kj::Promise<Response> fetch(Request request) override;

 private:
  Fetcher& inner;
  kj::Timer& timer;
  const Duration timeout;
  kj::Function<void(const std::string&)> told;
};

}  // namespace flamesim::net
