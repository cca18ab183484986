#include "sim/record/recording_proxy.h"

#include <kj/debug.h>
#include <signal.h>

#include <mutex>
#include <optional>

#include "sim/net/url.h"

namespace flamesim::record {

namespace {

// "http://127.0.0.1:9000" of `text`, or a UserError.
std::string originOf(const std::string& text, const char* option) {
  auto url = net::Url::parse(text);
  bool http =
      url && (url->scheme() == net::UrlScheme::kHttp || url->scheme() == net::UrlScheme::kHttps);
  if (!http || url->pathname() != "/" || !url->search().empty() || url->hasCredentials()) {
    throw UserError(Diagnostic{
        .message = std::string(option) + " \"" + text + "\" is not the address of an HTTP server",
        .help = "write it as http://127.0.0.1:9000, without a path"});
  }
  return url->origin();
}

// The request target in an absolute URL.
std::string_view targetOf(std::string_view url) {
  size_t authority = url.find("://") + 3;
  size_t target = url.find_first_of("/?#", authority);
  return target == std::string_view::npos ? "" : url.substr(target);
}

std::string_view authorityOf(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

// With a key for the sample: the one of the pseudonyms, so that runs with one key agree.
RecordOptions withKey(RecordOptions options) {
  if (options.selection.secret.empty()) {
    options.selection.secret =
        options.redacting.key.empty() ? redact::randomKey() : options.redacting.key;
  }
  return options;
}

// The address as it is, where port 0 was asked for.
std::string withPort(const std::string& address, uint16_t port) {
  if (!address.ends_with(":0")) return address;
  return address.substr(0, address.size() - 1) + std::to_string(port);
}

kj::Own<kj::ConnectionReceiver> listenOn(kj::AsyncIoContext& io, const std::string& address,
                                         const char* option) {
  kj::Own<kj::ConnectionReceiver> receiver;
  auto failure = kj::runCatchingExceptions([&] {
    receiver = io.provider->getNetwork().parseAddress(address.c_str()).wait(io.waitScope)->listen();
  });
  KJ_IF_MAYBE (exception, failure) {
    std::string_view why = exception->getDescription().cStr();
    bool inUse = why.find("already in use") != std::string_view::npos;
    throw UserError(Diagnostic{
        .message = std::string("cannot listen on ") + address + " (" + option +
                   "): " + (inUse ? "the port is in use" : std::string(why)),
        .help = inUse ? "end what listens there, or choose another port; 0 takes a free one"
                      : "an address is written as 127.0.0.1:8080"});
  }
  return receiver;
}

}  // namespace

// Takes requests at one address, has them answered by another, and shows both to the recorder.
class RecordingProxy::Relay final : private net::Ingress::Handler {
 public:
  // `name`: of the effects' destination; empty: what passes here are the clients' exchanges.
  Relay(RecordingProxy& proxy, kj::Own<kj::ConnectionReceiver> receiver, std::string to,
        std::string name)
      : port(uint16_t(receiver->getPort())),
        proxy(proxy),
        to(std::move(to)),
        name(std::move(name)),
        ingress(proxy.io.provider->getTimer(), *this, {.closeOn = net::closedWithoutAnswer}),
        serving(ingress.listen(kj::mv(receiver)).eagerlyEvaluate(nullptr)) {}

  kj::Promise<void> drain() { return ingress.drain(); }

  const uint16_t port;

 private:
  kj::Promise<net::Response> handle(net::Request request, net::ClientContext client) override {
    auto& recorder = proxy.recorder;
    auto passage =
        name.empty() ? recorder.beginClient(client, request) : recorder.beginUpstream(name);
    auto passing = passage->takeRequest(std::move(request));
    redirect(passing);
    auto answer =
        kj::evalNow([&] { return proxy.fetcher.fetch(std::move(passing)); })
            .then(
                [passage = kj::addRef(*passage)](net::Response&& response) mutable {
                  return passage->takeResponse(std::move(response));
                },
                [this, passage = kj::addRef(*passage)](kj::Exception&& exception) mutable {
                  return withoutAnswer(*passage, kj::mv(exception));
                });
    return answer.attach(kj::defer([passage = kj::mv(passage)]() mutable {
      if (!passage->answered()) passage->abandon();
    }));
  }

  // From the URL that the client means to the server that is to answer.
  void redirect(net::Request& request) {
    // A request target in absolute form says more than Host (RFC 9112, section 3.2.2).
    auto authority = authorityOf(request.url);
    auto* host = request.headers.first("host");
    if (host != nullptr && !host->empty() && !net::equalsIgnoringCase(*host, authority)) {
      request.headers.set("Host", std::string(authority));
    }
    std::string target(targetOf(request.url));
    // OPTIONS without a path is for the server as a whole, and stays so (RFC 9112, section 3.2.4).
    bool ofServer = target.empty() && request.method == "OPTIONS";
    request.url = to + (target.starts_with('/') || ofServer ? "" : "/") + target;
  }

  net::Response withoutAnswer(Passage& passage, kj::Exception exception) {
    std::string why = "no answer from " + to + ": " + exception.getDescription().cStr();
    if (net::closedWithoutAnswer(exception)) {
      // Whoever asked sees what the server did: a closed connection, which the ingress makes of it.
      passage.fail(std::move(why));
      kj::throwFatalException(kj::mv(exception));
    }
    net::Response response;
    response.status = 502;
    response.statusText = "Bad Gateway";
    response.headers.append("Content-Type", "text/plain; charset=utf-8");
    response.body = net::Body::fromBytes("flamesim record: " + why + "\n");
    if (name.empty()) {
      passage.fail(std::move(why));
      return response;
    }
    // FL goes on with this answer as with any other of its origin: so it is part of what happened.
    return passage.takeResponse(std::move(response));
  }

  RecordingProxy& proxy;
  const std::string to;
  const std::string name;
  net::Ingress ingress;
  kj::Promise<void> serving;
};

RecordingProxy::RecordingProxy(kj::AsyncIoContext& io, Clock& clock, RecordOptions options)
    : RecordingProxy(io, clock, std::move(options), kj::newPromiseAndFulfiller<void>()) {}

RecordingProxy::RecordingProxy(kj::AsyncIoContext& io, Clock& clock, RecordOptions givenOptions,
                               kj::PromiseFulfillerPair<void> paf)
    : io(io),
      clock(clock),
      options(withKey(std::move(givenOptions))),
      ended(paf.promise.fork()),
      endedFulfiller(kj::mv(paf.fulfiller)),
      recorder(clock, options.recorder, Selection(options.selection),
               [this](net::Exchange&& exchange) { writer->push(std::move(exchange)); }),
      fetcher(io.unixEventPort) {
  // Sockets first: a port in use must not cost the file that is there.
  upstreams.reserve(options.upstreams.size());
  for (auto& pair : options.upstreams) {
    if (pair.name.empty()) throw UserError("an upstream needs a name");
    upstreams.push_back(relay(pair.listen, originOf(pair.to, "--upstream-to"), pair.name));
  }
  front = relay(options.listen, originOf(options.to, "--to"), "");
  openCapture();
  flushing = flushLoop().eagerlyEvaluate(
      [this](kj::Exception&& exception) { endedFulfiller->reject(kj::mv(exception)); });
}

RecordingProxy::~RecordingProxy() noexcept(false) = default;

uint16_t RecordingProxy::port() const {
  return front->port;
}
uint16_t RecordingProxy::upstreamPort(size_t i) const {
  return upstreams[i]->port;
}

kj::Own<RecordingProxy::Relay> RecordingProxy::relay(const std::string& listen,
                                                     const std::string& to, std::string name) {
  auto receiver = listenOn(io, listen, name.empty() ? "--listen" : "--upstream-listen");
  return kj::heap<Relay>(*this, kj::mv(receiver), to, std::move(name));
}

void RecordingProxy::openCapture() {
  CaptureThreadOptions writing{
      .files = {.output = options.output,
                .header = {.creator = options.creator,
                           .created = clock.now(),
                           .source =
                               options.source.empty() ? "record " + options.to : options.source,
                           .notes = "not redacted"},
                .compressionLevel = options.compressionLevel,
                .append = options.append,
                .rotateBytes = options.rotateBytes,
                .rotateEvery = options.rotateEvery},
      .redactor = std::nullopt,
      .queueBytes = options.queueBytes,
      .warn = options.warn};
  if (options.redaction == redact::Redaction::kOn) {
    writing.redactor.emplace(options.redacting);
    writing.files.header.notes = writing.redactor->note();
  }
  writer = std::make_unique<CaptureThread>(std::move(writing));
  recorder.startBehind(writer->lastId());
}

kj::Promise<void> RecordingProxy::flushLoop() {
  return clock.after(options.flushInterval).then([this] {
    recorder.advance();
    writer->flushSoon();
    return flushLoop();
  });
}

kj::Promise<void> RecordingProxy::serve() {
  return ended.addBranch();
}

kj::Promise<void> RecordingProxy::stop() {
  auto drained = kj::heapArrayBuilder<kj::Promise<void>>(1 + upstreams.size());
  drained.add(front->drain());
  for (auto& upstream : upstreams) drained.add(upstream->drain());
  return kj::joinPromises(drained.finish())
      .exclusiveJoin(clock.after(options.drainTimeout))
      .then([this] {
        flushing = nullptr;
        front = nullptr;
        upstreams.clear();
        recorder.finish();
        writer->close();
        endedFulfiller->fulfill();
      });
}

RecordSummary RecordingProxy::summary() const {
  return {.counts = recorder.counts(), .written = writer->counts()};
}

std::string RecordSummary::render() const {
  auto line = [](uint64_t n, const std::string& text, const std::string& example) {
    if (n == 0) return std::string();
    return std::to_string(n) + " " + text + (example.empty() ? "" : ", the first: " + example) +
           "\n";
  };
  std::string text = std::to_string(counts.exchanges) + " exchanges with " +
                     std::to_string(counts.subrequests) + " subrequests, " +
                     std::to_string(written.fileBytes) + " bytes";
  std::string why = written.failure.empty() ? "" : ": " + written.failure;
  if (written.files > 1) text += " in " + std::to_string(written.files) + " files";
  return text + "\n" + line(written.lost, "of them are lost" + why, "") +
         line(counts.leftOut, "left out by filters and the sample", "") +
         line(counts.failed, "without an answer", counts.failedExample) +
         line(counts.bodiesNotKept, "with a body that was not kept whole", "") +
         line(counts.unpaired,
              "subrequests of FL belong to no exchange (by CF-Ray or traceparent) and are not in "
              "the file",
              counts.unpairedExample) +
         line(counts.outOfOrder, "stand behind younger ones", "") +
         line(written.droppedBytes, "bytes of a cut-off tail were removed before", "");
}

RecordSummary record(const RecordOptions& givenOptions, std::ostream& log) {
  // A limit of the file's size is to be an error of write(2), as a full disk is.
  ::signal(SIGXFSZ, SIG_IGN);
  std::mutex logMutex;
  auto options = givenOptions;
  options.warn = [&](const std::string& text) {
    std::lock_guard lock(logMutex);
    log << text << std::flush;
  };
  kj::UnixEventPort::captureSignal(SIGINT);
  kj::UnixEventPort::captureSignal(SIGTERM);
  auto io = kj::setupAsyncIo();
  RealClock clock(io.provider->getTimer());
  RecordingProxy proxy(io, clock, options);
  std::string line = "recording: " + withPort(options.listen, proxy.port()) + " -> " + options.to;
  for (size_t i = 0; i < options.upstreams.size(); ++i) {
    auto& pair = options.upstreams[i];
    line += ", " + withPort(pair.listen, proxy.upstreamPort(i)) + " -> " + pair.to;
  }
  options.warn(line + ", to " + options.output.string() + "; Ctrl-C ends it\n");

  auto signalled = io.unixEventPort.onSignal(SIGINT)
                       .exclusiveJoin(io.unixEventPort.onSignal(SIGTERM))
                       .then([&](siginfo_t) { return proxy.stop(); });
  signalled.exclusiveJoin(proxy.serve()).wait(io.waitScope);
  return proxy.summary();
}

}  // namespace flamesim::record
