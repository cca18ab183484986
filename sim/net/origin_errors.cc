#include "sim/net/origin_errors.h"

#include "sim/net/edge_error.h"

namespace flamesim::net {

kj::Promise<Response> OriginErrors::fetch(Request request) {
  auto headers = request.headers;
  auto what = request.method + " " + request.url;
  auto late =
      timer.afterDelay(timeout.count() * kj::NANOSECONDS).then([what]() -> kj::Promise<Response> {
        return fetchFailure(FetchFailure::kTimeout, "no answer in time");
      });
  return inner.fetch(kj::mv(request))
      .exclusiveJoin(kj::mv(late))
      .catch_([this, headers = std::move(headers),
               what = std::move(what)](kj::Exception&& exception) -> kj::Promise<Response> {
        if (exception.getType() != kj::Exception::Type::DISCONNECTED) return kj::mv(exception);
        auto& error = edgeErrorOf(fetchFailureOf(exception));
        told(std::to_string(error.code) + " for " + what + ": " +
             exception.getDescription().cStr());
        return edgeErrorResponse(error, headers, headers.get("cf-ray").value_or(""));
      });
}

}  // namespace flamesim::net
