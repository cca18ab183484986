// EventSource over fetch(): what it asks, what it makes of answers, and when it connects again.
#include <kj/debug.h>

#include <catch2/catch.hpp>

#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

struct Answer {
  uint16_t status = 200;
  std::string contentType;
  std::optional<std::string> body;
};

// Gives its answers one after another, and keeps what it is asked and when.
class Server final : public net::Fetcher {
 public:
  Server(TestWorld& world, std::vector<Answer> answers)
      : world(world), answers(std::move(answers)) {
    world.request->fetchers[kGlobalFetch] = this;
  }

  kj::Promise<net::Response> fetch(net::Request request) override {
    auto header = [&](const char* name) { return request.headers.get(name).value_or("-"); };
    auto millis = nanosOf(world.clock.now()) / 1'000'000 - TestWorld::kStartMillis;
    asked.push_back(std::to_string(millis) + " " + request.url + " " + header("accept") + " " +
                    header("cache-control") + " " + header("last-event-id"));
    if (asked.size() > answers.size()) return KJ_EXCEPTION(DISCONNECTED, "no more answers");
    auto& answer = answers[asked.size() - 1];
    net::Response response;
    response.status = answer.status;
    if (!answer.contentType.empty()) response.headers.append("Content-Type", answer.contentType);
    if (answer.body) response.body = net::Body::fromBytes(*answer.body);
    return response;
  }

  TestWorld& world;
  const std::vector<Answer> answers;
  std::vector<std::string> asked;
};

// What a source hears until it is closed, one line an event.
constexpr char kListen[] = R"(
  (async () => {
    const source = new EventSource("http://a.example/feed");
    const heard = [`${source.readyState} ${source.url}`];
    const closed = new Promise((resolve) => {
      source.onopen = () => heard.push(`open ${source.readyState}`);
      source.onmessage = (event) => {
        heard.push(`${event.data} ${event.lastEventId} ${event.origin}`);
        if (event.data === "last") { source.close(); resolve(); }
      };
      source.onerror = (event) => {
        heard.push(`${event.error.message} ${source.readyState}`);
        if (source.readyState === EventSource.CLOSED) resolve();
      };
    });
    await closed;
    await scheduler.wait(60_000);  // nothing comes behind a close
    return heard.join("\n");
  })()
)";

const std::string kEvents = "text/event-stream; charset=utf-8";

}  // namespace

TEST_CASE("an EventSource connects again, when and with what the server says") {
  TestWorld world;
  Server server(world, {{.contentType = kEvents, .body = "id: 5\ndata: first\n\n"},
                        {.contentType = kEvents, .body = "retry: 3000\n\n"},
                        {.contentType = kEvents, .body = "retry: 10\ndata: x\n\n"},
                        {.contentType = kEvents, .body = "data: last\n\ndata: unheard\n\n"}});
  CHECK(world.eval(kListen) ==
        "0 http://a.example/feed\n"
        "open 1\nfirst 5 http://a.example\nThe server disconnected. 0\n"
        "open 1\nThe server disconnected. 0\n"
        "open 1\nx 5 http://a.example\nThe server disconnected. 0\n"
        "open 1\nlast 5 http://a.example");
  // Two seconds where the server says nothing, and not less than one.
  CHECK(server.asked ==
        std::vector<std::string>{"0 http://a.example/feed text/event-stream no-cache -",
                                 "2000 http://a.example/feed text/event-stream no-cache 5",
                                 "5000 http://a.example/feed text/event-stream no-cache 5",
                                 "6000 http://a.example/feed text/event-stream no-cache 5"});
}

TEST_CASE("what an EventSource does not take ends it") {
  auto [answer, message] = GENERATE(table<Answer, std::string>({
      {{.status = 500, .contentType = kEvents, .body = ""}, "The response status code was 500."},
      {{.contentType = "text/plain", .body = ""}, "The content type 'text/plain' is invalid."},
      {{.body = ""}, "No content type header was present in the response."},
  }));
  TestWorld world;
  Server server(world, {answer});
  CHECK(world.eval(kListen) == "0 http://a.example/feed\n" + message + " 2");
  CHECK(server.asked.size() == 1);
}

TEST_CASE("an EventSource forgives one answer without a body") {
  TestWorld world;
  Answer empty{.status = 204, .contentType = kEvents};
  Server server(world, {empty, empty});
  CHECK(world.eval(kListen) ==
        "0 http://a.example/feed\n"
        "The server provided no content. Will try reconnecting. 0\n"
        "The server provided no content. 2");
}

TEST_CASE("an EventSource without a server ends, and close() ends its waiting") {
  TestWorld world;
  Server server(world, {{.contentType = kEvents, .body = "data: x\n\n"}});
  CHECK(world.eval(R"(
          (async () => {
            const source = new EventSource("http://a.example/");
            await new Promise((resolve) => source.addEventListener("error", resolve));
            source.close();
            await scheduler.wait(60_000);
            return source.readyState;
          })())") == "2");
  CHECK(server.asked.size() == 1);
}

TEST_CASE("there is no EventSource in global scope") {
  TestWorld world;
  auto text = world.evalInGlobalScope(
      "let text; try { new EventSource('http://a.example/'); } catch (error) { text = `${error}`; }"
      "text");
  CHECK(text ==
        "NotSupportedError: An EventSource can only be created within the context of a worker "
        "request.");
}

}  // namespace flamesim::web
