// Tables of HTTP answers, and the fetcher that answers from them.
#include "sim/net/mock_fetcher.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "sim/bundle/files.h"

namespace flamesim::net {
namespace {

using Lines = std::vector<std::string>;

struct World {
  World() : wait(loop), clock(Time(std::chrono::seconds(1'700'000'000))) {}

  std::filesystem::path write(const std::string& name, const std::string& text) {
    auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  void use(const std::string& table) {
    fetcher = std::make_unique<MockFetcher>(FetchTable::load(write("table.json", table)),
                                            "internet", clock);
  }
  // "line:column message [help]" of each fault.
  Lines faults(const std::string& table) {
    Lines lines;
    try {
      FetchTable::load(write("table.json", table));
    } catch (const UserError& error) {
      auto add = [&](const Diagnostic& fault) {
        CHECK(fault.file.ends_with("table.json"));
        lines.push_back(std::to_string(fault.line) + " " + fault.message +
                        (fault.help.empty() ? "" : " [" + fault.help + "]"));
      };
      add(error.diagnostic);
      for (auto& other : error.others) add(other);
    }
    return lines;
  }
  static Request request(const std::string& url, const std::string& method = "GET") {
    Request made;
    made.method = method;
    made.url = url;
    return made;
  }
  kj::Promise<std::string> start(Request given) {
    return fetcher->fetch(kj::mv(given))
        .then(
            [](Response response) -> kj::Promise<std::string> {
              std::string line = std::to_string(response.status);
              for (auto& header : response.headers.all()) {
                line += " " + header.name + "=" + header.value;
              }
              if (response.body.isNull()) return line + " (none)";
              return response.body.takeBytes().then(
                  [line](std::string body) { return line + " " + body; });
            },
            [](kj::Exception&& error) -> kj::Promise<std::string> {
              return std::string("! ") + error.getDescription().cStr();
            });
  }
  std::string ask(Request given) { return start(kj::mv(given)).wait(wait); }
  std::string get(const std::string& url) { return ask(request(url)); }

  bundle::TemporaryFolder folder;
  kj::EventLoop loop;
  kj::WaitScope wait;
  VirtualClock clock;
  std::unique_ptr<MockFetcher> fetcher;
};

}  // namespace

TEST_CASE_METHOD(World, "the first row of a fetch table that matches answers") {
  use(R"({"rows": [
    {"when": {"method": "POST"}, "then": {"status": 201, "body": "made"}},
    {"when": {"url": "https://api.example/users/*"}, "then": {"json": {"name": "A", "n": [1]}}},
    {"when": {"url": "*/accepts", "headers": {"Accept": "text/*", "x-none": null}},
     "then": {"headers": {"content-type": "text/plain", "Set-Cookie": ["a=1", "b=2"]},
              "body": "text"}},
    {"when": {"url": "*/bytes"}, "then": {"body": {"$base64": "AGE="}}},
    {"when": {"url": "*/empty"}, "then": {"status": 204}},
    {"when": {"url": "*/plain"}, "then": {}}]})");
  CHECK(ask(request("https://any.example/", "POST")) == "201 made");
  CHECK(get("https://api.example/users/7") ==
        R"(200 Content-Type=application/json {"n":[1],"name":"A"})");
  auto accepts = request("https://x.example/accepts#fragment");
  accepts.headers.append("accept", "text/html");
  CHECK(ask(kj::mv(accepts)) == "200 content-type=text/plain Set-Cookie=a=1 Set-Cookie=b=2 text");
  CHECK(get("https://x.example/bytes") == std::string("200 \0a", 6));
  CHECK(get("https://x.example/empty") == "204 (none)");
  CHECK(get("https://x.example/plain") == "200 ");
  CHECK(ask(request("https://x.example/bytes", "HEAD")) == "200 ");
  CHECK(get("https://x.example/accepts").starts_with("! no row of the table "));
  CHECK(get("https://x.example/accepts")
            .ends_with("table.json answers GET https://x.example/accepts to \"internet\""));
}

TEST_CASE_METHOD(World, "a table may leave to others what no row matches") {
  use(R"({"unmatched": "pass", "rows": [{"when": {"url": "*/mine"}, "then": {"body": "mine"}}]})");
  CHECK(fetcher->answers(request("http://a.example/mine")));
  CHECK_FALSE(fetcher->answers(request("http://a.example/other")));
  use(R"({"rows": []})");
  CHECK(fetcher->answers(request("http://a.example/other")));
}

TEST_CASE_METHOD(World, "errors, sequences and delays of a fetch table") {
  use(R"({"rows": [
    {"when": {"url": "*/down"}, "error": "disconnected"},
    {"when": {"url": "*/dns"}, "error": "no such host"},
    {"when": {"url": "*/slow"}, "delayMs": 250, "then": {"body": "late"}},
    {"when": {"url": "*/once"}, "sequence": [{"then": {"body": "1"}}, {"error": "gone"}],
     "then": "fail"},
    {"sequence": [{"then": {"status": 503}}, {"then": {"body": "well"}}], "then": "cycle"}]})");
  CHECK(get("http://a.example/down") == "! Network connection lost.");
  CHECK(get("http://a.example/dns") == "! no such host");
  auto slow = start(request("http://a.example/slow"));
  CHECK_FALSE(slow.poll(wait));
  clock.advanceTo(clock.now() + std::chrono::milliseconds(249));
  CHECK_FALSE(slow.poll(wait));
  clock.advanceTo(clock.now() + std::chrono::milliseconds(1));
  CHECK(slow.wait(wait) == "200 late");
  CHECK(get("http://a.example/once") == "200 1");
  CHECK(get("http://a.example/once") == "! gone");
  CHECK_THAT(get("http://a.example/once"), Catch::EndsWith("table.json:5, rows[3] is at its end"));
  CHECK(get("http://a.example/") == "503 ");
  CHECK(get("http://a.example/") == "200 well");
  CHECK(get("http://a.example/") == "503 ");
}

TEST_CASE_METHOD(World, "redirects of a fetch table are followed as the request asks") {
  use(R"({"rows": [
    {"when": {"url": "*/a"}, "then": {"status": 302, "headers": {"location": "/b"}}},
    {"when": {"url": "*/keep"}, "then": {"status": 307, "headers": {"location": "/b"}}},
    {"when": {"url": "*/loop"}, "then": {"status": 301, "headers": {"location": "/loop"}}},
    {"when": {"url": "*/b", "method": "POST"}, "then": {"body": "posted"}},
    {"when": {"url": "http://x.example/b"}, "then": {"body": "arrived"}}]})");
  CHECK(get("http://x.example/a") == "200 arrived");
  CHECK(ask(request("http://x.example/a", "POST")) == "200 arrived");
  CHECK(ask(request("http://x.example/keep", "POST")) == "200 posted");
  CHECK(get("http://x.example/loop") == "! too many redirects");
  auto manual = request("http://x.example/a");
  manual.redirect = RedirectMode::kManual;
  CHECK(ask(kj::mv(manual)) == "302 location=/b ");
  auto refused = request("http://x.example/a");
  refused.redirect = RedirectMode::kError;
  CHECK(ask(kj::mv(refused)).starts_with("! the answer to http://x.example/a is a redirect"));
}

TEST_CASE_METHOD(World, "a body may be a file beside the table") {
  write("body.bin", "of the file");
  use(R"({"rows": [{"then": {"bodyFile": "body.bin"}}]})");
  CHECK(get("http://a.example/") == "200 of the file");
}

TEST_CASE_METHOD(World, "each fault of a fetch table has its line and what would fit") {
  CHECK(faults(R"({
"rows": [
  {"when": {"urll": "*", "method": "GE T", "url": "a.example/*", "headers": {"a b": "x", "c": 1}},
   "then": {"status": 99}},
  {"then": {"body": "x", "json": 1}},
  {"when": {}, "then": {"headers": {"a": "x\ny"}}, "error": "x"},
  {"delayMs": -5, "then": {"body": {"a": 1}}},
  {"then": {"bodyFile": "no.bin"}},
  {"sequence": [{"then": {"status": 204, "body": "x"}}], "then": "cicle"},
  {},
  5
],
"unmatched": "maybe"})")
            .size() >= 14);
  CHECK(faults(R"({"rows": [{"then": {}}, {"then": {}}]})") ==
        Lines{"1 rows[1] is never reached: rows[0] answers everything [put the row that answers "
              "everything last]"});
  CHECK(faults(R"({"rows": [{"when": {"urll": "*"}, "then": {}}]})") ==
        Lines{"1 unknown key \"urll\" in rows[0].when [did you mean \"url\"?]"});
  CHECK(faults(R"({"rows": [{"when": {"url": "a.example/*"}, "then": {}}]})") ==
        Lines{"1 \"a.example/*\" matches no URL: it lacks a scheme [such as "
              "\"https://example.com/*\", or \"*/path\" for any host]"});
  CHECK(faults("{}").front().starts_with("1 the table has no \"rows\""));
  CHECK(faults("[]").size() == 1);
  CHECK(faults(R"({"rows": [{"then": {"bodyFile": "no.bin"}}]})")
            .front()
            .starts_with("1 the file \"no.bin\" cannot be read"));
}

TEST_CASE("patterns of text") {
  CHECK(TextPattern("*").matchesEverything());
  CHECK(TextPattern().matchesEverything());
  CHECK(TextPattern().matches(""));
  CHECK(TextPattern("a*b*c").matches("a--b--c"));
  CHECK(TextPattern("a*b*c").matches("abc"));
  CHECK_FALSE(TextPattern("a*b*c").matches("acb"));
  CHECK_FALSE(TextPattern("ab*ba").matches("aba"));
  CHECK(TextPattern("GET").matches("GET"));
  CHECK_FALSE(TextPattern("GET").matches("GETS"));
}

}  // namespace flamesim::net
