#include "sim/net/web_socket.h"

namespace flamesim::net {

namespace {

constexpr uint16_t kProtocolError = 1002;
constexpr uint16_t kMessageTooBig = 1009;

kj::Promise<void> sendMessage(kj::WebSocket& to, kj::WebSocket::Message message) {
  if (message.is<kj::String>()) {
    auto text = kj::mv(message.get<kj::String>());
    return to.send(text.asArray()).attach(kj::mv(text));
  }
  if (message.is<kj::Array<kj::byte>>()) {
    auto bytes = kj::mv(message.get<kj::Array<kj::byte>>());
    return to.send(bytes.asPtr()).attach(kj::mv(bytes));
  }
  auto close = kj::mv(message.get<kj::WebSocket::Close>());
  return to.close(close.code, close.reason).attach(kj::mv(close));
}

bool mentions(const kj::Exception& exception, std::string_view words) {
  auto text = exception.getDescription();
  return std::string_view(text.begin(), text.size()).find(words) != std::string_view::npos;
}

// One connection's two directions. Each ends by passing a Close on; that one is over without it
// ends both.
class Joint {
 public:
  Joint(kj::WebSocket& peer, kj::WebSocket& worker, size_t limit)
      : peer(peer), worker(worker), limit(limit) {}

  kj::Promise<void> run() {
    auto cut = kj::newPromiseAndFulfiller<void>();
    cutter = kj::mv(cut.fulfiller);
    auto directions = kj::heapArrayBuilder<kj::Promise<void>>(2);
    directions.add(guarded(fromPeer()));
    directions.add(guarded(fromWorker()));
    return kj::joinPromises(directions.finish()).exclusiveJoin(kj::mv(cut.promise));
  }

 private:
  kj::WebSocket& peer;
  kj::WebSocket& worker;
  const size_t limit;
  kj::Own<kj::PromiseFulfiller<void>> cutter;
  bool sendingToPeer = false;

  kj::Promise<void> guarded(kj::Promise<void> direction) {
    return direction.catch_([this](kj::Exception&&) { cutter->fulfill(); })
        .eagerlyEvaluate(nullptr);
  }

  kj::Promise<void> fromPeer() {
    return peer.receive(limit).then(
        [this](kj::WebSocket::Message&& message) -> kj::Promise<void> {
          bool last = message.is<kj::WebSocket::Close>();
          return sendMessage(worker, kj::mv(message)).then([this, last]() -> kj::Promise<void> {
            if (last) return kj::READY_NOW;
            return fromPeer();
          });
        },
        [this](kj::Exception&& exception) -> kj::Promise<void> {
          if (exception.getType() == kj::Exception::Type::DISCONNECTED) return kj::mv(exception);
          return refuse(kj::mv(exception));
        });
  }

  kj::Promise<void> fromWorker() {
    return worker.receive(limit).then([this](kj::WebSocket::Message&& message) {
      bool last = message.is<kj::WebSocket::Close>();
      sendingToPeer = true;
      return sendMessage(peer, kj::mv(message)).then([this, last]() -> kj::Promise<void> {
        sendingToPeer = false;
        if (last) return kj::READY_NOW;
        return fromWorker();
      });
    });
  }

  // What the peer sent cannot be understood, so nothing of it is read any more. A message on its
  // way out would be broken by a Close in the middle of it: then the connection just ends. A worker
  // that is reading has the Close by the time that nothing else is left to do.
  kj::Promise<void> refuse(kj::Exception exception) {
    bool large = mentions(exception, "too large");
    uint16_t code = large ? kMessageTooBig : kProtocolError;
    auto reason = large ? "Message is too large"_kj : "The WebSocket protocol was broken"_kj;
    auto toWorker = worker.close(code, reason).eagerlyEvaluate(nullptr);
    auto toPeer = sendingToPeer ? kj::Promise<void>(kj::READY_NOW) : peer.close(code, reason);
    return toPeer.catch_([](kj::Exception&&) {})
        .then([] { return kj::evalLast([] {}); })
        .attach(kj::mv(toWorker))
        .then([exception = kj::mv(exception)]() mutable -> kj::Promise<void> {
          return kj::mv(exception);
        });
  }
};

}  // namespace

bool asksForWebSocket(const Request& request) {
  auto* upgrade = request.headers.first("upgrade");
  return request.method == "GET" && upgrade != nullptr && equalsIgnoringCase(*upgrade, "websocket");
}

bool isHandshakeHeader(std::string_view name) {
  for (std::string_view known :
       {"connection", "upgrade", "sec-websocket-key", "sec-websocket-version",
        "sec-websocket-accept", "sec-websocket-extensions"}) {
    if (equalsIgnoringCase(name, known)) return true;
  }
  return false;
}

kj::Promise<void> joinWebSockets(kj::WebSocket& peer, kj::WebSocket& worker, size_t limit) {
  auto joint = kj::heap<Joint>(peer, worker, limit);
  auto promise = joint->run();
  return promise.attach(kj::mv(joint));
}

}  // namespace flamesim::net
