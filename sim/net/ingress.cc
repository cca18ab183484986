#include "sim/net/ingress.h"

#include <kj/debug.h>
#include <poll.h>

#include <cstdio>
#include <vector>

#include "sim/net/ingress_connection.h"

namespace flamesim::net {

namespace {

constexpr auto kSweepInterval = 100 * kj::MILLISECONDS;

kj::Duration toKj(Duration duration) {
  return duration.count() * kj::NANOSECONDS;
}

void printError(std::string_view line) {
  fprintf(stderr, "ingress: %.*s\n", int(line.size()), line.data());
}

}  // namespace

class Ingress::Impl final : private kj::HttpServerErrorHandler,
                            private kj::HttpServerCallbacks,
                            private kj::TaskSet::ErrorHandler {
 public:
  Impl(kj::Timer& timer, Handler& handler, IngressOptions options);

  kj::Promise<void> listen(kj::Own<kj::ConnectionReceiver> receiver);
  kj::Promise<void> drain();
  size_t connectionCount() const { return shared.connections.size(); }

 private:
  kj::Timer& timer;
  const IngressOptions options;
  IngressShared shared;
  bool sweeping = false;
  kj::ForkedPromise<void> drained;
  kj::Own<kj::PromiseFulfiller<void>> drainFulfiller;
  // Last, so that connections end while everything above still stands.
  kj::Own<kj::HttpServer> server;
  kj::TaskSet tasks;

  Impl(kj::Timer& timer, Handler& handler, IngressOptions options,
       kj::PromiseFulfillerPair<void> paf);
  kj::Promise<void> acceptLoop(kj::ConnectionReceiver& receiver);
  void open(kj::Own<kj::AsyncIoStream> stream);
  void noteBusy();
  kj::Promise<void> sweepLoop();
  void sweep();

  bool shouldClose() override { return shared.draining || shared.closeNext; }
  kj::Promise<void> handleApplicationError(kj::Exception exception,
                                           kj::Maybe<kj::HttpService::Response&> response) override;
  void taskFailed(kj::Exception&& exception) override { shared.report("connection", exception); }
};

// -------------------------------------------------------------------------------------------------

Ingress::Impl::Impl(kj::Timer& timer, Handler& handler, IngressOptions options)
    : Impl(timer, handler, std::move(options), kj::newPromiseAndFulfiller<void>()) {}

Ingress::Impl::Impl(kj::Timer& timer, Handler& handler, IngressOptions givenOptions,
                    kj::PromiseFulfillerPair<void> paf)
    : timer(timer),
      options(std::move(givenOptions)),
      shared(handler, options.onError ? options.onError : printError, options.closeOn,
             options.webSockets),
      drained(paf.promise.fork()),
      drainFulfiller(kj::mv(paf.fulfiller)),
      tasks(*this) {
  shared.onBusy = [this] { noteBusy(); };
  kj::HttpServerSettings settings;
  settings.headerTimeout = toKj(options.headerTimeout);
  settings.pipelineTimeout = toKj(options.keepAliveTimeout);
  settings.errorHandler = static_cast<kj::HttpServerErrorHandler&>(*this);
  settings.callbacks = static_cast<kj::HttpServerCallbacks&>(*this);
  server = kj::heap<kj::HttpServer>(
      timer, shared.table,
      [](kj::AsyncIoStream& stream) {
        kj::HttpService& service = kj::downcast<IngressConnection>(stream);
        return kj::Own<kj::HttpService>(&service, kj::NullDisposer::instance);
      },
      settings);
}

kj::Promise<void> Ingress::Impl::listen(kj::Own<kj::ConnectionReceiver> receiver) {
  if (shared.draining) return kj::READY_NOW;
  auto loop = acceptLoop(*receiver);
  return loop.attach(kj::mv(receiver)).exclusiveJoin(drained.addBranch());
}

kj::Promise<void> Ingress::Impl::acceptLoop(kj::ConnectionReceiver& receiver) {
  return receiver.accept()
      .then(
          [this](kj::Own<kj::AsyncIoStream>&& stream) -> kj::Promise<void> {
            open(kj::mv(stream));
            return kj::READY_NOW;
          },
          [this](kj::Exception&& exception) {
            // Out of descriptors, mostly: it passes when connections end.
            shared.report("cannot accept a connection", exception);
            return timer.afterDelay(100 * kj::MILLISECONDS);
          })
      .then([this, &receiver] { return acceptLoop(receiver); });
}

void Ingress::Impl::open(kj::Own<kj::AsyncIoStream> stream) {
  if (shared.draining) return;
  auto paf = kj::newPromiseAndFulfiller<void>();
  auto lifeline = kj::heap<IngressConnection::Lifeline>();
  lifeline->canceller = kj::mv(paf.fulfiller);
  auto connection = kj::heap<IngressConnection>(shared, kj::mv(stream), *lifeline);
  tasks.add(server->listenHttp(kj::mv(connection))
                .exclusiveJoin(kj::mv(paf.promise))
                .catch_([this, &lifeline = *lifeline](kj::Exception&& exception) {
                  if (lifeline.broken) return;
                  if (exception.getType() == kj::Exception::Type::DISCONNECTED) return;
                  shared.report("connection", exception);
                })
                .attach(kj::mv(lifeline)));
}

kj::Promise<void> Ingress::Impl::drain() {
  KJ_REQUIRE(!shared.draining, "drain() is called once");
  shared.draining = true;
  drainFulfiller->fulfill();
  return server->drain();
}

void Ingress::Impl::noteBusy() {
  if (sweeping) return;
  sweeping = true;
  tasks.add(sweepLoop());
}

kj::Promise<void> Ingress::Impl::sweepLoop() {
  return timer.afterDelay(kSweepInterval).then([this]() -> kj::Promise<void> {
    sweep();
    if (sweeping) return sweepLoop();
    return kj::READY_NOW;
  });
}

// Finds clients that went away while a handler works for them. A client's close() shows here as
// the end of its sending side only, which kj-http does not take for a disconnect. As NGINX does, we
// take it for one, except from a client that gets its answer within a sweep.
void Ingress::Impl::sweep() {
  std::vector<pollfd> polled;
  std::vector<IngressConnection*> waiting;
  bool busy = false;
  for (IngressConnection* connection : shared.connections) {
    if (connection->busySince == 0) continue;
    busy = true;
    if (connection->busySince == shared.tick || connection->fd < 0) continue;
    polled.push_back({.fd = connection->fd, .events = POLLRDHUP, .revents = 0});
    waiting.push_back(connection);
  }
  if (!polled.empty() && poll(polled.data(), polled.size(), 0) > 0) {
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) waiting[i]->cancel();
    }
  }
  ++shared.tick;
  sweeping = busy;
}

kj::Promise<void> Ingress::Impl::handleApplicationError(
    kj::Exception exception, kj::Maybe<kj::HttpService::Response&> response) {
  if (exception.getType() == kj::Exception::Type::DISCONNECTED) return kj::READY_NOW;
  KJ_IF_MAYBE (out, response) {
    // Connection::request() answers for itself: what fails before it is the client's doing, such as
    // a Transfer-Encoding that nobody knows.
    constexpr kj::StringPtr kText = "bad request: its framing cannot be understood\n"_kj;
    auto body = out->send(400, "Bad Request", shared.noHeaders, kText.size());
    return body->write(kText.begin(), kText.size()).attach(kj::mv(body));
  }
  shared.report("connection", exception);
  return kj::READY_NOW;
}

// -------------------------------------------------------------------------------------------------

Ingress::Ingress(kj::Timer& timer, Handler& handler, IngressOptions options)
    : impl(kj::heap<Impl>(timer, handler, std::move(options))) {}
Ingress::~Ingress() noexcept(false) = default;

kj::Promise<void> Ingress::listen(kj::Own<kj::ConnectionReceiver> receiver) {
  return impl->listen(kj::mv(receiver));
}
kj::Promise<void> Ingress::drain() {
  return impl->drain();
}
size_t Ingress::connectionCount() const {
  return impl->connectionCount();
}

}  // namespace flamesim::net
