// One connection of an ingress. Standing on both sides of kj-http, as the stream that it reads and
// writes and as the service that it calls, it puts the response's own head in the place of the one
// that kj-http writes.
#pragma once

#include <kj/async-io.h>
#include <kj/compat/http.h>

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "sim/net/ingress.h"
#include "sim/net/request_head.h"
#include "sim/net/response_head.h"

namespace flamesim::net {

class IngressConnection;

// What the connections of an ingress share.
struct IngressShared {
  IngressShared(Ingress::Handler& handler, std::function<void(std::string_view)> onError,
                std::function<bool(const kj::Exception&)> closeOn, bool webSockets)
      : handler(handler),
        noHeaders(table),
        onError(std::move(onError)),
        closeOn(std::move(closeOn)),
        webSockets(webSockets) {}

  void report(std::string_view what, const kj::Exception& exception) const;

  Ingress::Handler& handler;
  const kj::HttpHeaderTable table;
  const kj::HttpHeaders noHeaders;
  const std::function<void(std::string_view)> onError;
  const std::function<bool(const kj::Exception&)> closeOn;  // may be empty
  const bool webSockets;
  std::function<void()> onBusy;  // a handler is about to be called
  std::list<IngressConnection*> connections;
  uint64_t tick = 1;  // see Ingress::Impl::sweep()
  bool draining = false;
  // Set around kj-http's send() when the connection must not be used again.
  bool closeNext = false;
};

class IngressConnection final : public kj::AsyncIoStream, public kj::HttpService {
 public:
  // What the ingress keeps of a connection until after its end.
  struct Lifeline {
    kj::Own<kj::PromiseFulfiller<void>> canceller;  // ends the connection
    bool broken = false;  // a response broke off or is not to come; nothing more is written
  };

  IngressConnection(IngressShared& ingress, kj::Own<kj::AsyncIoStream> stream, Lifeline& lifeline);
  ~IngressConnection() noexcept(false) { ingress.connections.erase(position); }

  // The tick in which the handler was called, 0 while no handler runs.
  uint64_t busySince = 0;
  int fd = -1;
  void cancel() { lifeline.canceller->fulfill(); }

  kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                            const kj::HttpHeaders& headers, kj::AsyncInputStream& requestBody,
                            kj::HttpService::Response& response) override;

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override;
  kj::Promise<void> write(const void* buffer, size_t size) override;
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override { return inner->whenWriteDisconnected(); }
  void shutdownWrite() override { inner->shutdownWrite(); }
  void abortRead() override { inner->abortRead(); }
  kj::Maybe<int> getFd() const override { return inner->getFd(); }

 private:
  IngressShared& ingress;
  kj::Own<kj::AsyncIoStream> inner;
  Lifeline& lifeline;
  std::list<IngressConnection*>::iterator position;
  ClientContext client;
  std::string localAuthority;

  // Of the request being answered.
  bool isHead = false;
  bool isHttp10 = false;
  bool mayPersist = true;
  bool wantsWebSocket = false;
  // A request has come and its response is not complete yet.
  bool answering = false;
  // The last response of the connection is complete.
  bool finished = false;
  // The connection is a WebSocket now: bytes pass as they are.
  bool upgraded = false;
  // What is known of the buffer that the next head is in.
  HeadBuffer headBuffer = HeadBuffer::kUnknown;

  // Of the response being written.
  bool replaceHead = false;
  std::string head;
  std::shared_ptr<const std::string> tail;  // a large body in memory, written behind the head
  kj::ArrayPtr<const kj::byte> pieces[2];

  struct Parsed {
    net::Request request;
    std::string error;  // not empty: what is wrong with the request
    bool expectsContinue = false;
    bool hasBody = false;
  };
  Parsed parse(kj::HttpMethod method, kj::StringPtr url, const kj::HttpHeaders& headers);
  std::string absoluteUrl(const net::Request& request, std::string_view target, std::string& error);
  kj::Promise<void> send(net::Response response, kj::HttpService::Response& out);
  kj::Promise<void> upgrade(net::Response response, kj::HttpService::Response& out);
  kj::Promise<void> failed(kj::Exception exception, kj::HttpService::Response& out);
  kj::Promise<void> sendStatus(uint16_t status, std::string text, kj::HttpService::Response& out);
  kj::Own<kj::AsyncOutputStream> begin(net::Response& response, HeadShape shape,
                                       kj::HttpService::Response& out,
                                       kj::Maybe<uint64_t> lengthForKj);
  void complete();
  void sendContinue();
};

}  // namespace flamesim::net
