// For tests of the cache: one on virtual time before an origin that answers from a script.
#pragma once

#include <catch2/catch.hpp>

#include <kj/debug.h>

#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cache/conditional.h"
#include "sim/cache/http_cache.h"
#include "sim/cache/http_date.h"

namespace flamesim::cache::testing {

using Headers = std::vector<net::Header>;

constexpr Time kStart{std::chrono::seconds(1'700'000'000)};  // Tue, 14 Nov 2023 22:13:20 GMT

// A value "@-60" is the date a minute before `now`.
inline net::HeaderList headerList(const Headers& headers, Time now) {
  net::HeaderList list;
  for (auto& header : headers) {
    bool isDate = header.value.starts_with('@');
    list.append(header.name,
                isDate
                    ? formatHttpDate(now + std::chrono::seconds(std::stoi(header.value.substr(1))))
                    : header.value);
  }
  return list;
}

struct Reply {
  Headers headers;
  std::string body = "body";
  uint16_t status = 200;
  bool streams = false;
  std::string failure;  // not empty: no answer but this
};

// Bytes that a test hands out one piece at a time.
class Tap final : public kj::AsyncInputStream {
 public:
  struct State {
    std::deque<std::string> pieces;
    bool ended = false;
    bool failed = false;
    bool gone = false;  // nobody reads any more
    uint64_t given = 0;
    kj::Own<kj::PromiseFulfiller<void>> waiter;

    void wake() {
      if (waiter.get() != nullptr) waiter->fulfill();
    }
    void give(std::string piece) {
      pieces.push_back(std::move(piece));
      wake();
    }
    void end() {
      ended = true;
      wake();
    }
    void fail() {
      failed = true;
      wake();
    }
  };
  explicit Tap(std::shared_ptr<State> state) : state(std::move(state)) {}
  ~Tap() noexcept(false) { state->gone = true; }

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    if (!state->pieces.empty()) {
      auto& piece = state->pieces.front();
      size_t n = std::min(maxBytes, piece.size());
      memcpy(buffer, piece.data(), n);
      piece.erase(0, n);
      if (piece.empty()) state->pieces.pop_front();
      state->given += n;
      return n;
    }
    if (state->failed) return KJ_EXCEPTION(DISCONNECTED, "the origin broke off");
    if (state->ended) return size_t(0);
    auto paf = kj::newPromiseAndFulfiller<void>();
    state->waiter = kj::mv(paf.fulfiller);
    return paf.promise.then(
        [this, buffer, minBytes, maxBytes] { return tryRead(buffer, minBytes, maxBytes); });
  }

 private:
  std::shared_ptr<State> state;
};

// Answers with the front of `replies`, of which the last stays, and 304 where its ETag or
// Last-Modified matches.
class ScriptedOrigin final : public net::Fetcher {
 public:
  explicit ScriptedOrigin(Clock& clock) : clock(clock) {}

  kj::Promise<net::Response> fetch(net::Request request) override {
    asked.push_back(request.method + " " + request.url);
    lastHeaders = request.headers;
    lastCf = request.cfJson;
    if (hold) {
      auto paf = kj::newPromiseAndFulfiller<void>();
      held.push_back(kj::mv(paf.fulfiller));
      return paf.promise.then(
          [this, request = kj::mv(request)]() mutable { return respond(kj::mv(request)); });
    }
    return respond(kj::mv(request));
  }

  void release() {
    auto all = std::exchange(held, {});
    for (auto& one : all) one->fulfill();
  }

  Clock& clock;
  std::deque<Reply> replies{Reply()};
  bool validates = true;
  bool hold = false;
  std::shared_ptr<Tap::State> tap;  // the body of what streams
  std::optional<uint64_t> tapLength;
  std::vector<std::string> asked;  // "METHOD url"
  net::HeaderList lastHeaders;
  std::string lastCf;

 private:
  kj::Promise<net::Response> respond(net::Request request) {
    auto reply = replies.front();
    if (replies.size() > 1) replies.pop_front();
    if (!reply.failure.empty()) return KJ_EXCEPTION(DISCONNECTED, reply.failure);
    net::Response response;
    response.status = reply.status;
    response.headers = headerList(reply.headers, clock.now());
    if (validates && reply.status == 200 && isConditional(request.headers) &&
        isNotModified(request.headers, response.headers, clock.now())) {
      response.status = 304;
    } else if (reply.streams) {
      response.body = net::Body::fromStream(kj::heap<Tap>(tap), tapLength);
    } else {
      response.body = net::Body::fromBytes(reply.body);
    }
    return kj::mv(response);
  }
  static bool isConditional(const net::HeaderList& headers) {
    return headers.has("if-none-match") || headers.has("if-modified-since");
  }

  std::vector<kj::Own<kj::PromiseFulfiller<void>>> held;
};

struct Answer {
  uint16_t status = 0;
  std::string cache;  // CF-Cache-Status
  net::HeaderList headers;
  std::string body;
  std::string failure;

  std::string header(std::string_view name) const { return headers.get(name).value_or("-"); }
};

struct CacheWorld {
  explicit CacheWorld(HttpCacheOptions options = {})
      : cache(clock, std::move(options)), front(cache.before(origin)) {}

  static constexpr const char* kUrl = "http://a.example/file.js";

  net::Request request(const Headers& headers = {}, const std::string& url = kUrl,
                       const std::string& method = "GET", const std::string& cf = "") {
    net::Request made;
    made.method = method;
    made.url = url;
    made.headers = headerList(headers, clock.now());
    made.cfJson = cf;
    return made;
  }

  // What comes of a request that has begun.
  kj::Promise<Answer> collect(kj::Promise<net::Response> promise) {
    return promise
        .then([](net::Response response) {
          Answer answer;
          answer.status = response.status;
          answer.headers = response.headers;
          answer.cache = answer.header("cf-cache-status");
          auto body =
              response.body.isNull() ? kj::Promise<std::string>("") : response.body.takeBytes();
          return body.then([answer](std::string bytes) mutable {
            answer.body = std::move(bytes);
            return answer;
          });
        })
        .then([](Answer answer) { return answer; },
              [](kj::Exception&& error) {
                Answer answer;
                answer.failure = error.getDescription().cStr();
                return answer;
              });
  }
  kj::Promise<Answer> begin(net::Request request) {
    return collect(front.fetch(kj::mv(request))).eagerlyEvaluate(nullptr);
  }
  Answer ask(net::Request request) { return begin(kj::mv(request)).wait(scope); }
  Answer get(const Headers& headers = {}, const std::string& url = kUrl,
             const std::string& cf = "") {
    auto answer = ask(request(headers, url, "GET", cf));
    scope.poll();
    return answer;
  }
  void later(int64_t seconds) {
    clock.advanceTo(clock.now() + std::chrono::seconds(seconds));
    scope.poll();
  }
  void replies(std::deque<Reply> all) { origin.replies = std::move(all); }
  void replies(Headers headers) { origin.replies = {Reply{std::move(headers)}}; }

  kj::EventLoop loop;
  kj::WaitScope scope{loop};
  VirtualClock clock{kStart};
  ScriptedOrigin origin{clock};
  HttpCache cache;
  net::Fetcher& front;
};

}  // namespace flamesim::cache::testing
