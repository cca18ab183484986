#include "sim/capture/curl_import.h"

#include <catch2/catch.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/shell_words.h"

using namespace flamesim;
using namespace flamesim::capture;

namespace {

Import importCommands(std::string_view text) {
  return importCurl(text, "c.txt", timeFromNanos(5'000'000)).orThrow();
}

net::RecordedRequest requestOf(std::string_view command) {
  auto imported = importCommands(command);
  CAPTURE(command, imported.report.render());
  REQUIRE(imported.exchanges.size() == 1);
  return imported.exchanges[0].request;
}

std::string skippedReason(std::string_view command) {
  auto report = importCommands(command).report;
  CAPTURE(command);
  REQUIRE(report.skipped.size() == 1);
  return report.skipped.begin()->first;
}

// "line:column: message | help"
std::string faultOf(std::string_view text) {
  auto imported = importCurl(text, "c.txt", Time());
  CAPTURE(text);
  REQUIRE_FALSE(imported.ok());
  const auto& error = imported.error();
  return std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message +
         (error.help.empty() ? "" : " | " + error.help);
}

std::vector<std::string> wordsOf(std::string_view text) {
  auto commands = splitShell(text, "c.txt").orThrow();
  REQUIRE(commands.size() == 1);
  std::vector<std::string> words;
  for (auto& word : commands[0]) words.push_back(word.text);
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("shell words: quotes, escapes and joined lines") {
  CHECK(wordsOf("a  b\t'c d'e\"f g\"") == Words{"a", "b", "c def g"});
  CHECK(wordsOf("a \\\n  b\\ c \\\r\n d") == Words{"a", "b c", "d"});
  CHECK(wordsOf("'' \"\"") == Words{"", ""});
  CHECK(wordsOf("'a\\n\"'") == Words{"a\\n\""});
  CHECK(wordsOf(R"("a\"b\\c\$d\x" 'it'\''s')") == Words{"a\"b\\c$d\\x", "it's"});
  CHECK(wordsOf("\"a\\\nb\"") == Words{"ab"});
  CHECK(wordsOf(R"($'a\n\t\x41\u00e9\'\\\101\0')") ==
        Words{std::string("a\n\tA\xc3\xa9'\\A\0", 10)});
  CHECK(wordsOf(R"($'\ud83d\ude00\U0001F600')") == Words{"\xf0\x9f\x98\x80\xf0\x9f\x98\x80"});
  CHECK(wordsOf("a#b # c 'd") == Words{"a#b"});
  CHECK(splitShell("a b\nc; d & e\n\n ;", "c.txt").orThrow().size() == 4);
}

TEST_CASE("shell words: what only a shell could work out has its place") {
  CHECK(faultOf("curl a\ncurl $HOST/") ==
        "2:6: '$' is for a shell to work out | put it between ' ' where it stands for itself");
  CHECK(faultOf("curl \"a$b\"").starts_with("1:8: '$' within \" \""));
  CHECK(faultOf("curl a | jq .").starts_with("1:8: '|'"));
  CHECK(faultOf("curl 'a") == "1:6: the quote ' is not ended");
  CHECK(faultOf("curl \"a") == "1:6: the quote \" is not ended");
  CHECK(faultOf("curl $'a") == "1:6: the quote $' is not ended");
  CHECK(faultOf("curl $'\\xg'") == "1:8: \\x without digits");
  CHECK(faultOf("curl $'\\ud800'") == "1:8: that is no character of Unicode");
}

TEST_CASE("curl: the request that it would send, in its order") {
  auto request = requestOf(
      "curl 'https://me:p%77@a.example:8443/x y?q=1#frag' -A x/1 -e http://r.example/ -b 'a=1' "
      "-b b=2 --compressed -r 0-9 -H 'X-One: 1' -H 'Host: other.example' -H 'Empty;'");
  CHECK(request.method == "GET");
  CHECK(request.url == "https://a.example:8443/x%20y?q=1");
  CHECK(request.headers == net::HeaderList({{"Host", "other.example"},
                                            {"Authorization", "Basic bWU6cHc="},
                                            {"Range", "bytes=0-9"},
                                            {"User-Agent", "x/1"},
                                            {"Accept", "*/*"},
                                            {"Accept-Encoding", "deflate, gzip, br, zstd"},
                                            {"Referer", "http://r.example/"},
                                            {"Cookie", "a=1; b=2"},
                                            {"X-One", "1"},
                                            {"Empty", ""}}));
}

TEST_CASE("curl: -H takes the place of its own headers, and takes them away") {
  auto request = requestOf("curl a.example -H 'accept: text/html' -H User-Agent: -H Host: -d x");
  CHECK(request.url == "http://a.example/");
  CHECK(request.method == "POST");
  CHECK(request.headers ==
        net::HeaderList({{"accept", "text/html"},
                         {"Content-Length", "1"},
                         {"Content-Type", "application/x-www-form-urlencoded"}}));
}

TEST_CASE("curl: data, methods and versions") {
  CHECK(requestOf("curl a -d a=1 -d b --data-raw '@c' --data-urlencode 'd=e f' "
                  "--data-urlencode '=g h'")
            .body == "a=1&b&@c&d=e+f&g+h");
  auto get = requestOf("curl -G 'a/?z=0' -d a=1");
  CHECK(get.url == "http://a/?z=0&a=1");
  CHECK(get.method == "GET");
  CHECK(get.body.empty());
  CHECK_FALSE(get.headers.has("content-length"));
  CHECK(requestOf("curl -I a").method == "HEAD");
  CHECK(requestOf("curl -XPUT a -d b").method == "PUT");
  auto json = requestOf("curl a --json '{\"a\":' --json '1}'");
  CHECK(json.body == "{\"a\":1}");
  CHECK(json.headers == net::HeaderList({{"Host", "a"},
                                         {"User-Agent", "curl"},
                                         {"Content-Type", "application/json"},
                                         {"Accept", "application/json"},
                                         {"Content-Length", "7"}}));
  CHECK(requestOf("curl a --http2").httpVersion == "HTTP/2");
  CHECK(requestOf("curl -0 a").httpVersion == "HTTP/1.0");
  CHECK(requestOf("curl a -H 'Content-Length: 99' -d b").headers.get("content-length") == "1");
  CHECK(requestOf("curl -sSkL -o /dev/null --max-time 3 --no-keepalive -- a").url == "http://a/");
}

TEST_CASE("curl: several requests in a command and in a file") {
  auto imported =
      importCommands("# from the browser\ncurl a b -H 'X: 1' ;\n/usr/bin/curl c --next -d x d &\n");
  REQUIRE(imported.exchanges.size() == 4);
  CHECK(imported.exchanges[1].request.headers.has("x"));
  CHECK(imported.exchanges[2].request.method == "GET");
  CHECK(imported.exchanges[3].request.method == "POST");
  CHECK(nanosOf(imported.exchanges[0].time) == 5'000'000);
  CHECK(nanosOf(imported.exchanges[3].time) == 8'000'000);
  for (auto& exchange : imported.exchanges) CHECK_FALSE(outcomeKnown(exchange.outcome));
}

TEST_CASE("curl: what the command line does not hold is left out") {
  CHECK(skippedReason("curl a -d @f") == "data from a file (--data @file)");
  CHECK(skippedReason("curl a --data-binary @f") == "data from a file (--data-binary @file)");
  CHECK(skippedReason("curl a --data-urlencode n@f") ==
        "data from a file (--data-urlencode @file)");
  CHECK(skippedReason("curl a -H @f") == "headers from a file (-H @file)");
  CHECK(skippedReason("curl a -b jar.txt") == "cookies from a file (-b FILE)");
  CHECK(skippedReason("curl a -F x=1") == "the option --form");
  CHECK(skippedReason("curl a -u me") == "curl would ask for a password");
  CHECK(skippedReason("curl a -r 0-5 -d x").find("Content-Range") != std::string::npos);
  CHECK(skippedReason("curl -s") == "no URL");
  CHECK(skippedReason("curl ftp://a/") == "no URL of http or https");
  CHECK(skippedReason("curl 'http://a/{1,2}'").find("several URLs") != std::string::npos);
  CHECK(skippedReason("curl a -H 'b c: d'") == "a header that HTTP does not allow");
  CHECK(requestOf("curl -g 'http://a/{1}'").url == "http://a/%7B1%7D");
  CHECK(requestOf("curl 'http://a/?\\[1\\]'").url == "http://a/?[1]");
  CHECK(requestOf("curl 'http://[::1]:80/'").url == "http://[::1]/");
}

TEST_CASE("curl: options that are not known are errors with their place") {
  CHECK(faultOf("curl a\n  curl b --headr 'x'") ==
        "2:10: the option --headr is not known here | did you mean --header?");
  CHECK(faultOf("curl -sQ a").starts_with("1:6: the option -Q is not known here"));
  CHECK(faultOf("curl a -H") == "1:8: the option -H needs a value");
  CHECK(faultOf("wget a").starts_with("1:1: this is no command line of curl"));
}
