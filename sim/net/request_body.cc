#include "sim/net/request_body.h"

#include <kj/debug.h>

#include <utility>

namespace flamesim::net {

namespace {

kj::Exception closedBody() {
  return KJ_EXCEPTION(DISCONNECTED,
                      "the request's body cannot be read after its response has been sent");
}

}  // namespace

RequestBody::RequestBody(kj::AsyncInputStream& inner, std::function<void()> onFirstRead)
    : inner(&inner), onFirstRead(std::move(onFirstRead)) {}

kj::Promise<size_t> RequestBody::tryRead(void* buffer, size_t minBytes, size_t maxBytes) {
  if (inner == nullptr) return closedBody();
  if (onFirstRead) std::exchange(onFirstRead, nullptr)();
  return canceler.wrap(inner->tryRead(buffer, minBytes, maxBytes));
}

kj::Maybe<uint64_t> RequestBody::tryGetLength() {
  if (inner == nullptr) return nullptr;
  return inner->tryGetLength();
}

void RequestBody::close() {
  inner = nullptr;
  onFirstRead = nullptr;
  canceler.cancel(closedBody());
}

}  // namespace flamesim::net
