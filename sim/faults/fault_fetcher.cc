#include "sim/faults/fault_fetcher.h"

#include <algorithm>
#include <cmath>

#include "sim/net/url.h"

namespace flamesim::faults {

namespace {

using When = bundle::FaultDrop::When;

class RequestQuestion final : public Question {
 public:
  explicit RequestQuestion(const net::Request& request) : request(request) {}

  bool matches(const bundle::FaultWhen& when) const override {
    if (!when.methods.empty() &&
        std::find(when.methods.begin(), when.methods.end(), request.method) == when.methods.end()) {
      return false;
    }
    if (!when.url.empty() && !matchesPattern(when.url, request.url)) return false;
    if (when.host.empty()) return true;
    auto url = net::Url::parse(request.url);
    return url && matchesPattern(net::toLowerAscii(when.host), url->hostname());
  }

 private:
  const net::Request& request;
};

class MethodQuestion final : public Question {
 public:
  explicit MethodQuestion(const std::string& name) : name(name) {}

  bool matches(const bundle::FaultWhen& when) const override {
    if (!when.host.empty() || !when.url.empty()) return false;
    return when.methods.empty() ||
           std::find(when.methods.begin(), when.methods.end(), name) != when.methods.end();
  }

 private:
  const std::string& name;
};

// Passes on what `inner` has, up to `left` bytes, and then fails.
class BreakingStream final : public kj::AsyncInputStream {
 public:
  BreakingStream(kj::Own<kj::AsyncInputStream> inner, uint64_t left, kj::Exception error)
      : inner(kj::mv(inner)),
        left(left),
        error(kj::mv(error)) {}  // NOLINT(bugprone-throw-keyword-missing): kept, not thrown

  kj::Promise<size_t> tryRead(void* buffer, size_t least, size_t most) override {
    if (left == 0) return kj::cp(error);
    size_t wanted = size_t(std::min<uint64_t>(most, left));
    return inner->tryRead(buffer, std::min(least, wanted), wanted)
        .then([this, buffer, least, most](size_t count) -> kj::Promise<size_t> {
          left -= count;
          // Less than was asked for would be taken for the end.
          if (left == 0 && count < least) {
            return tryRead(static_cast<char*>(buffer) + count, least - count, most - count);
          }
          return count;
        });
  }

 private:
  kj::Own<kj::AsyncInputStream> inner;
  uint64_t left;
  kj::Exception error;
};

// The response with its whole body in memory.
kj::Promise<net::Response> whole(net::Response response) {
  if (!response.body.isStream()) return kj::mv(response);
  auto bytes = response.body.takeBytes();
  return bytes.then([response = kj::mv(response)](std::string body) mutable {
    response.body = net::Body::fromBytes(std::move(body));
    return kj::mv(response);
  });
}

net::Response breakAt(net::Response response, uint64_t bytes, kj::Exception error) {
  auto length = response.body.length();
  if (response.body.isNull() || (length && bytes >= *length)) return response;
  response.body = net::Body::fromStream(
      kj::heap<BreakingStream>(response.body.takeStream(), bytes, kj::mv(error)), length);
  return response;
}

kj::Promise<net::Response> breakOff(net::Response response, const bundle::FaultDrop& drop,
                                    kj::Exception error) {
  if (drop.bytes) return breakAt(kj::mv(response), *drop.bytes, kj::mv(error));
  auto cut = [share = drop.share, error = kj::mv(error)](net::Response response) mutable {
    auto bytes = uint64_t(std::floor(share * double(response.body.length().value_or(0))));
    return breakAt(kj::mv(response), bytes, kj::mv(error));
  };
  if (response.body.length()) return cut(kj::mv(response));
  return whole(kj::mv(response)).then(kj::mv(cut));
}

net::Response responseOf(const KeptResponse& kept) {
  net::Response response;
  response.status = kept.status;
  response.statusText = kept.statusText;
  response.headers = kept.headers;
  response.url = kept.url;
  if (kept.body != nullptr) response.body = net::Body::fromShared(kept.body);
  return response;
}

}  // namespace

kj::Own<kj::AsyncInputStream> streamThatBreaks(std::string bytes, kj::Exception error) {
  auto size = bytes.size();
  return kj::heap<BreakingStream>(net::Body::fromBytes(std::move(bytes)).takeStream(), size,
                                  kj::mv(error));
}

kj::Promise<net::Response> FaultyWay::fetch(net::Request request, Clock& clock, Draws& draws,
                                            Send send) {
  RequestQuestion question(request);
  auto verdict = plan.decide(question, clock.now(), draws);
  bool canBeStale = request.method == "GET" || request.method == "HEAD";
  bool wanted = canBeStale && plan.wantsAnswer(question);
  if (!verdict && !wanted) return send(kj::mv(request));
  std::string key = wanted ? request.method + " " + request.url : "";
  kj::Promise<void> before = kj::READY_NOW;
  if (verdict && verdict->latency > Duration::zero()) before = clock.after(verdict->latency);
  if (verdict && verdict->stale.on && wanted) {
    auto age = std::chrono::duration<double>(verdict->stale.ageSeconds);
    auto asOf = clock.now() - std::chrono::duration_cast<Duration>(age);
    if (auto* kept = memory.find(key, asOf)) {
      return before.then([response = responseOf(*kept)]() mutable { return kj::mv(response); });
    }
  }
  if (verdict && (verdict->error || verdict->drop.when == When::kBefore)) {
    auto error = verdict->error ? *verdict->error : plan.dropped();
    return before.then(
        [error = kj::mv(error)]() mutable -> kj::Promise<net::Response> { return kj::mv(error); });
  }
  auto answer = before.then(
      [request = kj::mv(request), send = kj::mv(send)]() mutable { return send(kj::mv(request)); });
  if (wanted) {
    answer = answer.then([this, key = std::move(key), &clock](net::Response response) mutable {
      return keep(std::move(key), clock, kj::mv(response));
    });
  }
  if (!verdict || verdict->drop.when == When::kNever) return answer;
  return answer.then([drop = verdict->drop, error = plan.dropped()](
                         net::Response response) mutable -> kj::Promise<net::Response> {
    if (drop.when == When::kAfter) return kj::mv(error);
    return breakOff(kj::mv(response), drop, kj::mv(error));
  });
}

kj::Maybe<MethodFaults> FaultyWay::ofMethod(const std::string& name, Clock& clock,
                                            Draws& draws) const {
  auto verdict = plan.decide(MethodQuestion(name), clock.now(), draws);
  if (!verdict) return nullptr;
  MethodFaults faults{.before = kj::READY_NOW, .instead = nullptr};
  if (verdict->latency > Duration::zero()) faults.before = clock.after(verdict->latency);
  if (verdict->error || verdict->drop.when == When::kBefore) {
    auto error = verdict->error ? *verdict->error : plan.dropped();
    faults.before = faults.before.then(
        [error = kj::mv(error)]() mutable -> kj::Promise<void> { return kj::mv(error); });
  }
  if (verdict->drop.when == When::kAfter) faults.instead = plan.dropped();
  return kj::mv(faults);
}

kj::Promise<net::Response> FaultyWay::keep(std::string key, Clock& clock, net::Response response) {
  // The two sides of a connection that was upgraded have no answer to keep.
  if (response.webSocket != nullptr) return kj::mv(response);
  return whole(kj::mv(response)).then([this, key = std::move(key), &clock](net::Response response) {
    auto body = response.body.sharedBytes();
    size_t bytes = body == nullptr ? 0 : body->size();
    memory.keep(key, clock.now(),
                {.status = response.status,
                 .statusText = response.statusText,
                 .headers = response.headers,
                 .body = std::move(body),
                 .url = response.url},
                bytes);
    return response;
  });
}

kj::Promise<net::Response> FaultFetcher::fetch(net::Request request) {
  if (plan.empty()) return inner.fetch(kj::mv(request));
  return way.fetch(kj::mv(request), clock, draws,
                   [this](net::Request request) { return inner.fetch(kj::mv(request)); });
}

}  // namespace flamesim::faults
