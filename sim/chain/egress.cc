#include "sim/chain/egress.h"

#include "sim/chain/transcript.h"
#include "sim/net/edge_error.h"
#include "sim/net/internet.h"
#include "sim/net/url.h"

namespace flamesim::chain {

namespace {

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

}  // namespace

Eventual<net::Response> Egress::fetch(const std::string& name, const std::string& from,
                                      net::Request request, ExchangeScope& exchange) {
  if (name == "fl") exchange.declined = true;
  exchange.answeredBy = name;
  // Whatever Host a worker passed on, what goes out names the host of the URL.
  if (auto url = net::Url::parse(request.url)) request.headers.set("Host", url->host());
  if (exchange.effects == nullptr) return send(name, from, kj::mv(request), exchange);
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

  if (exchange.recorded != nullptr) {
    if (name == "fl") return responseOf(exchange.recorded->outcome.response, request.url);
    if (const net::Effect* answer = takeRecordedSubrequest(exchange, name, request)) {
      log->at(index).duration = answer->duration;
      if (!answer->response) {
        log->at(index).error = answer->error;
        return disconnected(answer->error);
      }
      log->at(index).response = answer->response;
      return responseOf(*answer->response, request.url);
    }
  }
  Time start = exchange.clock.now();
  auto done = [start, keep = kj::addRef(exchange)](Duration* out) mutable {
    *out = keep->clock.now() - start;
  };
  return send(name, from, kj::mv(request), exchange)
      .then(
          [log, index, done = kj::mv(done)](net::Response response) mutable {
            auto bytes = response.body.isNull() ? kj::Promise<std::string>(std::string())
                                                : response.body.takeBytes();
            bool hadBody = !response.body.isNull();
            return bytes.then([log, index, done = kj::mv(done), hadBody,
                               response = kj::mv(response)](std::string body) mutable {
              done(&log->at(index).duration);
              if (hadBody || !body.empty()) response.body = net::Body::fromBytes(body);
              log->at(index).response = recordOf(response, std::move(body));
              return kj::mv(response);
            });
          },
          [log, index](kj::Exception&& exception) -> kj::Promise<net::Response> {
            log->at(index).error = exception.getDescription().cStr();
            return kj::mv(exception);
          });
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
  auto found = network.find(name);
  if (found != network.end()) {
    // FL has rules of its own.
    if (name != "fl") {
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
