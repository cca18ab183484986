// The body of a request as the handler sees it: readable while the request is being answered, then
// closed. kj-http's own stream lives no longer than the request, a handler's Body may.
#pragma once

#include <kj/async-io.h>

#include <functional>

namespace flamesim::net {

class RequestBody final : public kj::AsyncInputStream, public kj::Refcounted {
 public:
  // `onFirstRead`, when set, is called before the first read: the client waits for 100 Continue.
  RequestBody(kj::AsyncInputStream& inner, std::function<void()> onFirstRead);

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override;
  kj::Maybe<uint64_t> tryGetLength() override;

  // Ends reads that wait and all later ones with DISCONNECTED.
  void close();

 private:
  kj::AsyncInputStream* inner;
  std::function<void()> onFirstRead;
  kj::Canceler canceler;
};

}  // namespace flamesim::net
