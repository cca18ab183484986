#include "sim/redact/scan.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <fstream>

#include "sim/capture/testing.h"
#include "sim/net/content_encoder.h"
#include "sim/redact/key.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

std::vector<std::string> findings(const net::Exchange& exchange) {
  std::vector<std::string> lines;
  scanExchange(Redactor({.key = "key"}), exchange, [&](const Finding& finding) {
    lines.push_back(std::string(finding.rank == Rank::kSecret ? "" : "? ") + finding.kind + ", " +
                    finding.field + ", " + finding.excerpt);
  });
  return lines;
}

std::vector<std::string> random(std::string_view text) {
  std::vector<std::string> found;
  findRandom(text, [&](std::string_view word) { found.emplace_back(word); });
  return found;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a scan says where secrets are, and does not show them") {
  net::Exchange exchange;
  exchange.request.url = "http://a.example/?token=abcdefghijklmnop";
  exchange.request.headers.append("Cookie", "a=b");
  auto& response = exchange.outcome.response;
  response.headers = net::HeaderList({{"Content-Type", "text/html"}, {"Content-Encoding", "gzip"}});
  response.body = *net::encodeContent("gzip", "a@b.example a@b.example 8hX2kQ9vLmR4tYw7ZpB1");
  CHECK(findings(exchange) == Lines{"tokens, request url, ab*** (16 characters)",
                                    "cookies, request header cookie, *** (1 characters)",
                                    "emails, response body, *** (11 characters)",
                                    "? random, response body, 8h*** (20 characters)"});
}

TEST_CASE("a scan finds nothing in what was redacted") {
  net::Exchange exchange;
  exchange.client.ip = "8.8.8.8";
  exchange.request.url = "http://a.example/?token=abcdefghijklmnop&m=a%40b.example";
  exchange.request.headers =
      net::HeaderList({{"Cookie", "a=8hX2kQ9vLmR4tYw7ZpB1"}, {"ETag", "\"8hX2kQ9vLmR4tYw7ZpB1\""}});
  exchange.outcome.response.body = "4111 1111 1111 1111 by 2606:4700::1";
  CHECK_FALSE(findings(exchange).empty());
  Redactor({.key = "other"}).redact(exchange);
  CHECK(findings(exchange) == Lines{});
}

TEST_CASE("a body that cannot be decoded is a possible secret") {
  net::Exchange exchange;
  exchange.outcome.response.headers =
      net::HeaderList({{"Content-Type", "text/html"}, {"Content-Encoding", "gzip"}});
  exchange.outcome.response.body = "this is no gzip";
  CHECK(findings(exchange) == Lines{"? unreadable, response body, th*** (15 characters)"});
}

TEST_CASE("what looks random") {
  CHECK(random("x=8hX2kQ9vLmR4tYw7ZpB1; 9f86d081884c7d659a2feaa0c55ad015") ==
        Lines{"8hX2kQ9vLmR4tYw7ZpB1", "9f86d081884c7d659a2feaa0c55ad015"});
  CHECK(random("123e4567-e89b-12d3-a456-426614174000 redacted-0123456789abcdef "
               "a-slug-that-has-12-words-in-it ThisIsALongNameOfAClass "
               "sha256-8hX2kQ9vLmR4tYw7ZpB18hX2kQ9vLmR4tYw7ZpB1 11111111111111111111a")
            .empty());
}

TEST_CASE("a key file") {
  capture::testing::TemporaryFolder folder;
  auto path = folder / "key";
  std::ofstream(path) << "0123456789abcdef\n";
  ::chmod(path.c_str(), 0600);
  CHECK(readKey(path).key == "0123456789abcdef");
  CHECK_FALSE(readKey(path).warning);
  ::chmod(path.c_str(), 0644);
  REQUIRE(readKey(path).warning);
  CHECK(readKey(path).warning->help.starts_with("chmod 600 "));
  std::ofstream(path) << "short";
  CHECK_THROWS_AS(readKey(path), UserError);
}
