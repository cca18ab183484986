// fetch() against a network that answers from a function.
#include <catch2/catch.hpp>
#include <functional>

#include "sim/web/body_coding.h"
#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

class Network final : public net::Fetcher {
 public:
  std::function<net::Response(const net::Request&)> answer;
  std::vector<std::string> seen;  // "METHOD url header=value ..."
  std::vector<std::string> showHeaders = {"authorization", "content-type", "cache-control",
                                          "pragma"};
  std::string lastCf;

  kj::Promise<net::Response> fetch(net::Request request) override {
    std::string line = request.method + " " + request.url;
    for (auto& name : showHeaders) {
      if (auto value = request.headers.get(name)) line += " " + name + "=" + *value;
    }
    if (auto* bytes = request.body.bytes()) line += " [" + *bytes + "]";
    seen.push_back(line);
    lastCf = request.cfJson;
    return answer(request);
  }
};

net::Response text(std::string body, std::vector<net::Header> headers = {}, uint16_t status = 200) {
  net::Response response;
  response.status = status;
  response.headers = net::HeaderList(std::move(headers));
  response.body = net::Body::fromBytes(std::move(body));
  return response;
}

struct World : TestWorld {
  Network network;
  World() { request->fetchers[kGlobalFetch] = &network; }

  // "ok", or the error's name and message.
  std::string outcome(const std::string& call) {
    return eval(
        "(async () => { try { const r = " + call +
        "; return `${r.status} ${r.url} ${r.redirected}`; } catch (e) { return `${e}`; } })()");
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("every answer has a body, but for HEAD and statuses without", "[web]") {
  World world;
  world.network.answer = [](const net::Request& request) {
    net::Response response;  // without a body
    response.status = uint16_t(std::stoi(request.url.substr(request.url.rfind('/') + 1)));
    return response;
  };
  // What `.body` and `.text()` are.
  auto body = [&](const std::string& status, const std::string& method) {
    return world.eval("(async () => { const r = await fetch('http://a.example/" + status +
                      "', {method: '" + method +
                      "'}); return `${r.body} ${await r.clone().text()}|${await r.text()}`; })()");
  };
  CHECK(body("200", "GET") == "[object ReadableStream] |");
  CHECK(body("404", "POST") == "[object ReadableStream] |");
  CHECK(body("200", "HEAD") == "null |");
  for (auto* status : {"204", "205", "304"}) CHECK(body(status, "GET") == "null |");
}

TEST_CASE("fetch() follows redirects", "[web]") {
  World world;
  world.network.answer = [](const net::Request& request) {
    auto path = request.url.substr(request.url.rfind('/') + 1);
    if (path == "here") return text("there");
    if (path == "loop") return text("", {{"Location", "loop"}}, 302);
    if (path == "nowhere") return text("", {{"Location", "http://["}}, 302);
    if (path == "elsewhere") return text("", {{"Location", "https://b.example/here#x"}}, 307);
    if (path == "file") return text("", {{"Location", "file:///x"}}, 302);
    return text("", {{"Location", "/here"}}, uint16_t(std::stoi(path)));
  };
  auto& seen = world.network.seen;

  SECTION("to the same place") {
    CHECK(world.outcome("await fetch('http://a.example/302')") == "200 http://a.example/here true");
    CHECK(seen == Lines{"GET http://a.example/302", "GET http://a.example/here"});
  }
  SECTION("but with manual") {
    CHECK(world.outcome("await fetch('http://a.example/302', {redirect: 'manual'})") ==
          "302 http://a.example/302 false");
  }
  SECTION("POST becomes GET for 301, 302 and 303, and keeps its headers") {
    for (auto* status : {"301", "302", "303"}) {
      seen.clear();
      world.outcome("await fetch('http://a.example/" + std::string(status) +
                    "', {method: 'POST', body: 'x'})");
      CHECK(seen.back() == "GET http://a.example/here content-type=text/plain;charset=UTF-8");
    }
  }
  SECTION("PUT becomes GET for 303 alone") {
    world.outcome("await fetch('http://a.example/303', {method: 'PUT', body: 'x'})");
    CHECK(seen.back() == "GET http://a.example/here content-type=text/plain;charset=UTF-8");
    world.outcome("await fetch('http://a.example/302', {method: 'PUT', body: 'x'})");
    CHECK(seen.back() == "PUT http://a.example/here content-type=text/plain;charset=UTF-8 [x]");
    world.outcome("await fetch('http://a.example/303', {method: 'HEAD'})");
    CHECK(seen.back() == "HEAD http://a.example/here");
  }
  SECTION("Authorization stays with its origin; the URL has no fragment") {
    CHECK(world.outcome("await fetch('http://a.example/307', {headers: {authorization: 'me'}})") ==
          "200 http://a.example/here true");
    CHECK(seen.back() == "GET http://a.example/here authorization=me");
    CHECK(world.outcome("await fetch('http://a.example/elsewhere', {headers: {authorization: "
                        "'me'}})") == "200 https://b.example/here true");
    CHECK(seen.back() == "GET https://b.example/here");
  }
  SECTION("a stream cannot be sent twice") {
    CHECK(world.outcome("await fetch('http://a.example/302', {method: 'POST', body: new "
                        "Blob(['x']).stream()})") ==
          "TypeError: A request with a one-time-use body (it was initialized from a stream, not a "
          "buffer) encountered a redirect requiring the body to be retransmitted. To avoid this "
          "error in the future, construct this request from a buffer-like body initializer.");
    CHECK(world.outcome("await fetch('http://a.example/303', {method: 'POST', body: new "
                        "Blob(['x']).stream()})") == "200 http://a.example/here true");
  }
  SECTION("not for ever, and not to anywhere") {
    CHECK(world.outcome("await fetch('http://a.example/loop')") ==
          "TypeError: Too many redirects.");
    CHECK(seen.size() == 21);
    CHECK(world.outcome("await fetch('http://a.example/nowhere')") ==
          "TypeError: Invalid Location header; unable to follow redirect.");
    CHECK(world.outcome("await fetch('http://a.example/file')") ==
          "TypeError: Fetch API cannot load: file:///x");
  }
}

TEST_CASE("navigator.sendBeacon() posts, and does not wait", "[web]") {
  World world;
  world.network.answer = [](const net::Request&) { return text("heard"); };
  CHECK(world.eval("`${navigator.sendBeacon('http://here/beacon', 'seen')}`") == "true");
  CHECK(world.network.seen ==
        Lines{"POST http://here/beacon content-type=text/plain;charset=UTF-8 [seen]"});
  CHECK(world.eval("`${navigator.sendBeacon('nowhere')}`") == "true");
}

TEST_CASE("fetch() refuses what is no HTTP", "[web]") {
  World world;
  CHECK(world.outcome("await fetch('ftp://a.example/')") ==
        "TypeError: Fetch API cannot load: ftp://a.example/");
  CHECK(world.outcome("await fetch('/relative')") == "TypeError: Fetch API cannot load: /relative");
  CHECK(world.network.seen.empty());
}

TEST_CASE("a cache mode asks for what is fresh", "[web]") {
  World world;
  world.network.answer = [](const net::Request&) { return text(""); };
  world.outcome("await fetch('http://a.example/', {cache: 'no-store', cf: {x: 1}})");
  CHECK(world.network.seen.back() ==
        "GET http://a.example/ cache-control=no-cache pragma=no-cache");
  CHECK(world.network.lastCf == R"({"x":1,"cacheTtl":-1,"cacheLevel":"bypass"})");
  world.outcome(
      "await fetch('http://a.example/', {cache: 'no-cache', headers: {'Cache-Control': 'x'}})");
  CHECK(world.network.seen.back() == "GET http://a.example/ cache-control=x pragma=no-cache");
  CHECK(world.network.lastCf == R"({"cacheForceRevalidate":true})");
  CHECK(world.outcome("await fetch('http://a.example/', {cache: 'no-store', cf: {cacheTtl: 5}})") ==
        "TypeError: CacheTtl: 5, is not compatible with cache: no-store header.");
}

TEST_CASE("the answer of a fetch() cannot be changed, what is made of it can", "[web]") {
  World world;
  world.network.answer = [](const net::Request&) { return text("x", {{"A", "b"}}, 404); };
  CHECK(world.eval(R"((async () => {
    const answer = await fetch("http://a.example/");
    let message;
    try { answer.headers.set("a", "c"); } catch (error) { message = error.message; }
    const made = new Response(answer.body, answer);
    made.headers.set("a", "c");
    return [message, answer.type, answer.ok, answer.statusText, made.status, made.headers.get("a"),
      made.url, await made.text()].join("|");
  })())") == "Can't modify immutable headers.|default|false||404|c||x");
}

TEST_CASE("an encoded answer is read decoded, unless that is not wanted", "[web]") {
  World world;
  world.network.answer = [](const net::Request&) {
    auto response = text("", {{"Content-Encoding", "gzip"}});
    response.body = recode(net::Body::fromBytes("hello"), BodyCoding::kIdentity, BodyCoding::kGzip);
    return response;
  };
  CHECK(world.eval("fetch('http://a.example/').then((r) => r.text())") == "hello");
  CHECK(world.eval("fetch('http://a.example/', {encodeResponseBody: 'manual'})"
                   ".then((r) => r.bytes()).then((b) => `${b[0]} ${b[1]}`)") == "31 139");
  // As the body of a request it has no coding of its own.
  CHECK(world.eval("fetch('http://a.example/').then((r) => fetch('http://b.example/', "
                   "{method: 'POST', body: r.body})).then((r) => r.text())") == "hello");
  CHECK(world.network.seen.back() == "POST http://b.example/ [hello]");
}

}  // namespace flamesim::web
