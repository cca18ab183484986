#include "mocks/connect.h"

#include <capnp/any.h>
#include <capnp/rpc-twoparty.h>
#include <kj/debug.h>

#include <string_view>
#include <utility>

namespace flamesim::mocks {
namespace {

using capnp::AnyPointer;
using capnp::ClientHook;
using capnp::RequestHook;

struct Connection {
  explicit Connection(kj::Own<kj::AsyncIoStream> stream)
      : stream(kj::mv(stream)), client(*this->stream) {}
  kj::Own<kj::AsyncIoStream> stream;
  capnp::TwoPartyClient client;
};

class Remote;

// Knows whether its Remote is still there: a connection attempt may outlive it.
struct RemoteLink final : public kj::Refcounted {
  explicit RemoteLink(Remote& remote) : remote(remote) {}
  kj::Maybe<Remote&> remote;
};

// One connection after the other. Everything that may still need a connection (its calls) holds a
// reference to the Remote.
class Remote final : public kj::Refcounted, private kj::TaskSet::ErrorHandler {
 public:
  Remote(kj::Network& network, std::string address, const std::string& name)
      : network(network),
        address(std::move(address)),
        title("the service " + (name.empty() ? "" : "\"" + name + "\" ") + "at " + this->address),
        link(kj::refcounted<RemoteLink>(*this)),
        tasks(*this) {}
  ~Remote() noexcept(false) { link->remote = nullptr; }

  // The bootstrap of the present connection, and its number.
  std::pair<kj::Own<ClientHook>, uint64_t> current() {
    KJ_IF_MAYBE (present, bootstrap) {
      return {(*present)->addRef(), generation};
    }
    generation++;
    capnp::Capability::Client client = start(generation);
    auto hook = ClientHook::from(kj::mv(client));
    auto result = hook->addRef();
    bootstrap = kj::mv(hook);
    return {kj::mv(result), generation};
  }

  // Called with what became of a call that was made on connection `number`.
  kj::Exception explain(kj::Exception&& exception, uint64_t number) {
    if (exception.getType() != kj::Exception::Type::DISCONNECTED) return kj::mv(exception);
    kj::StringPtr text = exception.getDescription();
    // Said by the service, over a connection that works.
    if (text.startsWith("remote exception: ")) return kj::mv(exception);
    lose(number);
    if (text.startsWith(title.c_str())) return kj::mv(exception);
    return disconnected(title, kj::str("the connection was lost: ", lossReason(text)));
  }

 private:
  // Why a connection ended, of what KJ and Cap'n Proto say.
  static kj::String lossReason(kj::StringPtr text) {
    std::string_view view(text.begin(), text.size());
    auto says = [&](std::string_view part) { return view.find(part) != view.npos; };
    if (says("Peer disconnected") || says(strerror(ECONNRESET)) || says(strerror(EPIPE))) {
      return kj::str("the service closed it (", text, ")");
    }
    if (says("remote exception: ") || says("disconnect")) return kj::str(text);
    return kj::str("the service sent what is no Cap'n Proto RPC, or too large (", text, ")");
  }

  static kj::Exception disconnected(const std::string& title, kj::StringPtr why) {
    return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                         kj::str(title.c_str(), " cannot be used: ", why));
  }

  capnp::Capability::Client start(uint64_t number) {
    auto connected =
        kj::evalNow([&]() { return network.parseAddress(address.c_str()); })
            .then([](kj::Own<kj::NetworkAddress> parsed) {
              auto promise = parsed->connect();
              return promise.attach(kj::mv(parsed));
            })
            .then(
                [link = kj::addRef(*link), number](kj::Own<kj::AsyncIoStream> stream) {
                  KJ_IF_MAYBE (remote, link->remote) {
                    return remote->connected(kj::mv(stream), number);
                  }
                  return capnp::Capability::Client(
                      KJ_EXCEPTION(DISCONNECTED, "the client of the service is gone"));
                },
                [title = title](kj::Exception&& exception) {
                  return capnp::Capability::Client(disconnected(title, reason(exception)));
                });
    return kj::mv(connected);
  }

  capnp::Capability::Client connected(kj::Own<kj::AsyncIoStream> stream, uint64_t number) {
    auto fresh = kj::heap<Connection>(kj::mv(stream));
    auto client = fresh->client.bootstrap();
    tasks.add(fresh->client.onDisconnect().then([this, number]() { lose(number); }));
    connection = kj::mv(fresh);
    return client;
  }

  // The next call connects again. The connection itself is dropped in a later turn: this may run
  // below its own code.
  void lose(uint64_t number) {
    if (number != generation || bootstrap == nullptr) return;
    bootstrap = nullptr;
    tasks.add(kj::evalLater([old = kj::mv(connection)]() {}));
    connection = nullptr;
  }

  // KJ's descriptions hold the failed system call and its operands; people want the reason.
  static kj::String reason(const kj::Exception& exception) {
    std::string_view text = exception.getDescription().cStr();
    for (int code : {ECONNREFUSED, ENOENT, EACCES, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT}) {
      kj::StringPtr known = strerror(code);
      if (text.find(known.cStr()) != text.npos) return kj::str(known);
    }
    return kj::str(exception.getDescription());
  }

  void taskFailed(kj::Exception&& exception) override {
    KJ_LOG(INFO, "connection ended", exception);
  }

  kj::Network& network;
  const std::string address;
  const std::string title;  // "the service "rrdns" at unix:/run/rrdns.sock"
  kj::Own<RemoteLink> link;
  uint64_t generation = 0;
  kj::Maybe<kj::Own<Connection>> connection;
  kj::Maybe<kj::Own<ClientHook>> bootstrap;
  kj::TaskSet tasks;
};

class RemoteRequest final : public RequestHook {
 public:
  RemoteRequest(kj::Own<Remote> remote, uint64_t number, kj::Own<RequestHook> inner)
      : remote(kj::mv(remote)), number(number), inner(kj::mv(inner)) {}

  capnp::RemotePromise<AnyPointer> send() override {
    auto sent = inner->send();
    // Slices of a RemotePromise: its pipeline, then its promise.
    AnyPointer::Pipeline pipeline = kj::mv(sent);
    kj::Promise<capnp::Response<AnyPointer>> promise = kj::mv(sent);
    return capnp::RemotePromise<AnyPointer>(
        promise.catch_([remote = kj::addRef(*remote), number = number](
                           kj::Exception&& exception) mutable -> capnp::Response<AnyPointer> {
          kj::throwFatalException(remote->explain(kj::mv(exception), number));
        }),
        kj::mv(pipeline));
  }

  kj::Promise<void> sendStreaming() override {
    return inner->sendStreaming().catch_(
        [remote = kj::addRef(*remote), number = number](kj::Exception&& exception) mutable {
          kj::throwFatalException(remote->explain(kj::mv(exception), number));
        });
  }

  const void* getBrand() override { return nullptr; }

 private:
  kj::Own<Remote> remote;
  uint64_t number;
  kj::Own<RequestHook> inner;
};

class RemoteHook final : public ClientHook, public kj::Refcounted {
 public:
  explicit RemoteHook(kj::Own<Remote> remote) : remote(kj::mv(remote)) {}

  capnp::Request<AnyPointer, AnyPointer> newCall(uint64_t interfaceId, uint16_t methodId,
                                                 kj::Maybe<capnp::MessageSize> sizeHint) override {
    auto [target, number] = remote->current();
    auto request = target->newCall(interfaceId, methodId, sizeHint);
    AnyPointer::Builder params = request;
    return {params, kj::heap<RemoteRequest>(kj::addRef(*remote), number,
                                            RequestHook::from(kj::mv(request)))};
  }

  VoidPromiseAndPipeline call(uint64_t interfaceId, uint16_t methodId,
                              kj::Own<capnp::CallContextHook>&& context) override {
    auto [target, number_] = remote->current();
    uint64_t number = number_;
    auto result = target->call(interfaceId, methodId, kj::mv(context));
    result.promise = result.promise.catch_(
        [remote = kj::addRef(*remote), number](kj::Exception&& exception) mutable {
          kj::throwFatalException(remote->explain(kj::mv(exception), number));
        });
    return result;
  }

  // To others this is a settled capability, though what it forwards to changes.
  kj::Maybe<ClientHook&> getResolved() override { return nullptr; }
  kj::Maybe<kj::Promise<kj::Own<ClientHook>>> whenMoreResolved() override { return nullptr; }
  kj::Own<ClientHook> addRef() override { return kj::addRef(*this); }
  const void* getBrand() override { return nullptr; }
  kj::Maybe<int> getFd() override { return nullptr; }

 private:
  kj::Own<Remote> remote;
};

}  // namespace

capnp::Capability::Client connect(kj::Network& network, std::string address,
                                  const std::string& name) {
  kj::Own<ClientHook> hook =
      kj::refcounted<RemoteHook>(kj::refcounted<Remote>(network, std::move(address), name));
  return capnp::Capability::Client(kj::mv(hook));
}

}  // namespace flamesim::mocks
