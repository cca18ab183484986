#include "sim/chain/egress.h"

#include "sim/chain/transcript.h"
#include "sim/net/edge_error.h"
#include "sim/net/internet.h"
#include "sim/net/url.h"

namespace flamesim::chain {

namespace {

using bundle::FaultTarget;

constexpr size_t kChunk = 64 << 10;  // bytes

net::Response responseOf(const net::RecordedResponse& recorded, const std::string& url) {
  net::Response response;
  response.status = recorded.status;
  response.statusText = recorded.statusText;
  response.headers = recorded.headers;
  response.url = url;
  bool hasBody = recorded.status >= 200 && recorded.status != 204 && recorded.status != 304;
  if (hasBody) response.body = net::Body::fromBytes(recorded.body);
  return response;
}

net::RecordedResponse recordOf(const net::Response& response, std::string body) {
  net::RecordedResponse recorded;
  recorded.status = response.status;
  recorded.statusText = response.statusText;
  recorded.headers = response.headers;
  recorded.body = std::move(body);
  return recorded;
}

kj::Exception disconnected(const std::string& what) {
  return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                       kj::heapString(what.c_str()));
}

// The response of a recorded subrequest; its body breaks off where the recorded one did.
net::Response responseOf(const net::Effect& recorded, const std::string& url) {
  auto response = responseOf(*recorded.response, url);
  if (recorded.error.empty()) return response;
  response.body = net::Body::fromStream(
      faults::streamThatBreaks(recorded.response->body, disconnected(recorded.error)));
  return response;
}

// What there was of a body, and why it broke off, if it did.
class Collecting {
 public:
  explicit Collecting(net::Body body) : length(body.length()), stream(body.takeStream()) {}

  kj::Promise<void> run() {
    auto size = bytes.size();
    bytes.resize(size + kChunk);
    return stream->tryRead(bytes.data() + size, 1, kChunk)
        .then(
            [this, size](size_t count) -> kj::Promise<void> {
              bytes.resize(size + count);
              if (count == 0) return kj::READY_NOW;
              return run();
            },
            [this, size](kj::Exception&& exception) -> kj::Promise<void> {
              bytes.resize(size);
              broke = kj::mv(exception);
              return kj::READY_NOW;
            });
  }

  const std::optional<uint64_t> length;
  kj::Own<kj::AsyncInputStream> stream;
  std::string bytes;
  kj::Maybe<kj::Exception> broke;
};

}  // namespace

Eventual<net::Response> Egress::fetch(const std::string& name, const std::string& from,
                                      net::Request request, ExchangeScope& exchange) {
  if (name == "fl") exchange.declined = true;
  exchange.answeredBy = name;
  // Whatever Host a worker passed on, what goes out names the host of the URL.
  if (auto url = net::Url::parse(request.url)) request.headers.set("Host", url->host());
  if (counters == nullptr) return pass(name, from, kj::mv(request), exchange);
  net::CallSeries series{true, name, request.method, from};
  return counted(std::move(series), exchange.clock, pass(name, from, kj::mv(request), exchange));
}

Eventual<net::Response> Egress::counted(net::CallSeries series, Clock& clock,
                                        Eventual<net::Response> answer) {
  auto call = kj::heap<net::CountedCall>(counters, counters->of(series), clock.now());
  if (answer.ready()) {
    call->end(clock.now(), false);
    return answer;
  }
  auto& begun = *call;
  return std::move(answer).promise().then(
      [call = kj::mv(call), &clock](net::Response response) mutable -> kj::Promise<net::Response> {
        call->end(clock.now(), false);
        return kj::mv(response);
      },
      [&begun, &clock](kj::Exception&& exception) -> kj::Promise<net::Response> {
        begun.end(clock.now(), true);
        return kj::mv(exception);
      });
}

Eventual<net::Response> Egress::pass(const std::string& name, const std::string& from,
                                     net::Request request, ExchangeScope& exchange) {
  if (exchange.effects == nullptr) {
    auto* way = ways.find(FaultTarget::kEgress, name);
    if (way != nullptr) return sendFaulty(*way, name, from, kj::mv(request), exchange);
    return send(name, from, kj::mv(request), exchange);
  }
  // Effects hold whole bodies: what is streaming is read first.
  if (!request.body.isStream()) {
    std::string body = request.body.bytes() == nullptr ? "" : *request.body.bytes();
    return sendAndNote(name, from, kj::mv(request), std::move(body), exchange);
  }
  auto bytes = request.body.takeBytes();
  return bytes.then([this, name, from, request = kj::mv(request),
                     keep = kj::addRef(exchange)](std::string body) mutable {
    request.body = net::Body::fromBytes(body);
    return sendAndNote(name, from, kj::mv(request), std::move(body), *keep)
        .promise()
        .attach(kj::mv(keep));
  });
}

Eventual<net::Response> Egress::sendAndNote(const std::string& name, const std::string& from,
                                            net::Request request, std::string body,
                                            ExchangeScope& exchange) {
  net::Effect effect;
  effect.kind = net::EffectKind::kSubrequest;
  effect.worker = from;
  effect.destination = name;
  effect.start = exchange.clock.now();
  effect.request = net::RecordedRequest{.method = request.method,
                                        .url = request.url,
                                        .headers = request.headers,
                                        .body = std::move(body)};
  auto log = exchange.effects;
  size_t index = log->begin(std::move(effect));

  auto* way = ways.find(FaultTarget::kEgress, name);
  if (exchange.recorded != nullptr && way == nullptr) {
    if (name == "fl") return responseOf(exchange.recorded->outcome.response, request.url);
    if (const net::Effect* answer = takeRecordedSubrequest(exchange, name, request)) {
      log->at(index).duration = answer->duration;
      if (!answer->response) {
        log->at(index).error = answer->error;
        return disconnected(answer->error);
      }
      log->at(index).response = answer->response;
      return responseOf(*answer, request.url);
    }
  }
  Time start = exchange.clock.now();
  auto done = [start, keep = kj::addRef(exchange)](Duration* out) mutable {
    *out = keep->clock.now() - start;
  };
  auto sent = way == nullptr ? send(name, from, kj::mv(request), exchange)
                             : sendFaulty(*way, name, from, kj::mv(request), exchange);
  return sent.then(
      [log, index,
       done = kj::mv(done)](net::Response response) mutable -> kj::Promise<net::Response> {
        auto note = [log, index, done = kj::mv(done)](const net::Response& response,
                                                      std::string body) mutable {
          done(&log->at(index).duration);
          log->at(index).response = recordOf(response, std::move(body));
        };
        if (!response.body.isStream()) {
          note(response, response.body.bytes() == nullptr ? "" : *response.body.bytes());
          return kj::mv(response);
        }
        auto collecting = kj::heap<Collecting>(kj::mv(response.body));
        auto collected = collecting->run();
        return collected.then([log, index, note = kj::mv(note), response = kj::mv(response),
                               collecting = kj::mv(collecting)]() mutable {
          auto& bytes = collecting->bytes;
          note(response, bytes);
          KJ_IF_MAYBE (broke, collecting->broke) {
            log->at(index).error = broke->getDescription().cStr();
            response.body = net::Body::fromStream(
                faults::streamThatBreaks(std::move(bytes), kj::mv(*broke)), collecting->length);
          } else {
            response.body = net::Body::fromBytes(std::move(bytes));
          }
          return kj::mv(response);
        });
      },
      [log, index](kj::Exception&& exception) -> kj::Promise<net::Response> {
        log->at(index).error = exception.getDescription().cStr();
        return kj::mv(exception);
      });
}

kj::Promise<net::Response> Egress::sendFaulty(faults::FaultyWay& way, const std::string& name,
                                              const std::string& from, net::Request request,
                                              ExchangeScope& exchange) {
  return way.fetch(kj::mv(request), exchange.clock, exchange.faultDraws,
                   [this, name, from, keep = kj::addRef(exchange)](net::Request request) mutable {
                     return answer(name, from, kj::mv(request), *keep);
                   });
}

kj::Promise<net::Response> Egress::answer(const std::string& name, const std::string& from,
                                          net::Request request, ExchangeScope& exchange) {
  if (exchange.recorded != nullptr) {
    if (name == "fl") return responseOf(exchange.recorded->outcome.response, request.url);
    if (const net::Effect* recorded = takeRecordedSubrequest(exchange, name, request)) {
      if (!recorded->response) return disconnected(recorded->error);
      return responseOf(*recorded, request.url);
    }
  }
  return send(name, from, kj::mv(request), exchange);
}

void Egress::unmock(const std::string& name) {
  auto found = mocks.find(name);
  if (found == mocks.end()) return;
  found->second.pop_back();
  if (found->second.empty()) mocks.erase(found);
}

const Egress::Mock* Egress::mockFor(const std::string& name, const std::string& from,
                                    const net::Request& request) const {
  auto found = mocks.find(name);
  if (found == mocks.end()) return nullptr;
  for (auto mock = found->second.rbegin(); mock != found->second.rend(); ++mock) {
    bool passes = !mock->except.empty() && mock->except == from;
    if (!passes && (!mock->answers || mock->answers(request))) return &*mock;
  }
  return nullptr;
}

bool Egress::leadsToFl(const std::string& name) const {
  return name == "fl" || (name == "cache" && policy && policy->cacheBeforeFl);
}

kj::Maybe<kj::Exception> Egress::refusal(const std::string& from, const std::string& url) const {
  if (!policy) return nullptr;
  auto own = policy->ofWorkers.find(from);
  auto parsed = net::Url::parse(url);
  std::string host = parsed ? std::string(parsed->hostname()) : url;
  if (net::allowsHost(own == policy->ofWorkers.end() ? policy->allow : own->second, host)) {
    return nullptr;
  }
  std::string where = own == policy->ofWorkers.end()
                          ? R"("internet": {"allow": [...]})"
                          : "\"workers\": {\"" + from + R"(": {"allow": [...]}})";
  std::string text =
      "the host " + host + " may not be reached: add it to " + where + " in flamesim.jsonc";
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(text.c_str()));
}

kj::Promise<net::Response> Egress::send(const std::string& name, const std::string& from,
                                        net::Request request, ExchangeScope& exchange) {
  if (auto* mock = mockFor(name, from, request)) {
    return mock->handler(kj::mv(request), exchange).promise();
  }
  auto found = network.find(name);
  if (found != network.end()) {
    // FL has rules of its own.
    if (!leadsToFl(name)) {
      KJ_IF_MAYBE (refused, refusal(from, request.url)) return kj::mv(*refused);
      if (exchange.passes.spent()) {
        return net::edgeErrorResponse(*net::findEdgeError(1019), request.headers,
                                      exchange.client.rayId);
      }
      net::markPass(request.headers, exchange.passes);
    }
    return found->second->fetch(kj::mv(request));
  }
  std::string what = exchange.recorded != nullptr
                         ? "no recorded answer for " + request.method + " " + request.url +
                               " to \"" + name + "\", and no such egress is configured"
                         : "no egress \"" + name + "\" is configured";
  return disconnected(what);
}

}  // namespace flamesim::chain
