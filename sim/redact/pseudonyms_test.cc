#include "sim/redact/pseudonyms.h"

#include <arpa/inet.h>

#include <bit>
#include <catch2/catch.hpp>
#include <set>

#include "sim/base/random.h"
#include "sim/redact/card_number.h"
#include "sim/redact/text_scanner.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

uint32_t v4(const std::string& text) {
  in_addr address{};
  REQUIRE(::inet_pton(AF_INET, text.c_str(), &address) == 1);
  return ntohl(address.s_addr);
}

std::string v4Text(uint32_t number) {
  in_addr address{.s_addr = htonl(number)};
  char text[INET_ADDRSTRLEN];
  return ::inet_ntop(AF_INET, &address, text, sizeof(text));
}

}  // namespace

TEST_CASE("a pseudonym is HMAC-SHA256 under the key") {
  // RFC 4231, test case 2: key "Jefe", data "what do ya want for nothing?".
  CHECK(Pseudonyms("Jefe").token("what do ya want for nothing?") == "redacted-5bdcc146bf60754e");
  CHECK(Pseudonyms("Jefe").token("").empty());
  CHECK(Pseudonyms("a").token("x") != Pseudonyms("b").token("x"));
  CHECK(Pseudonyms(randomKey()).token("x") != Pseudonyms(randomKey()).token("x"));
}

TEST_CASE("a pseudonym is its own pseudonym") {
  Pseudonyms p("key");
  for (const auto& text : {p.token("secret"), p.address("8.8.8.8"), p.address("2001:4860::8888")}) {
    CHECK(p.token(p.token(text)) == p.token(text));
    CHECK(p.address(text) == text);
  }
  std::vector<Span> spans;
  for (const auto& text : {p.token("secret"), p.email("a@b.example"), p.address("8.8.8.8"),
                           p.address("2001:4860::8888"), p.card("4111 1111 1111 1111")}) {
    scanText("is " + text + " it", DottedNumbers::kAddresses, spans);
    INFO(text);
    CHECK(spans.empty());
  }
}

TEST_CASE("an e-mail address stays one, and has no case") {
  Pseudonyms p("key");
  CHECK(p.email("A@B.example") == p.email("a@b.example"));
  CHECK(p.email("a@b.example") != p.email("b@b.example"));
  CHECK(isPseudonym(p.email("a@b.example").substr(0, kPseudonymSize)));
  CHECK(p.email("a@b.example").ends_with("@redacted.example"));
}

TEST_CASE("addresses that agree in n bits have pseudonyms that agree in n bits, and no more") {
  Pseudonyms p("key");
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    // Unicast, and nothing that stays; the first four bits agree, for they are lost.
    auto a = uint32_t(random.next() & 0x0fffffff) | 0x50000000;
    auto same = unsigned(4 + random.next() % 28);
    auto b = a ^ (0x80000000U >> same) ^ (uint32_t(random.next()) & (0x7fffffffU >> same));
    auto pa = v4(p.address(v4Text(a)));
    auto pb = v4(p.address(v4Text(b)));
    CHECK(pa >> 28 == 15);
    CAPTURE(v4Text(a), v4Text(b), same);
    REQUIRE(unsigned(std::countl_zero(pa ^ pb)) == same);
  }
}

TEST_CASE("IPv6 likewise, into 4000::/3") {
  Pseudonyms p("key");
  auto a = p.address("2606:4700:10::1");
  auto b = p.address("2606:4700:10::2");
  auto c = p.address("2a02:1::1");
  in6_addr na{}, nb{}, nc{};
  REQUIRE(::inet_pton(AF_INET6, a.c_str(), &na) == 1);
  REQUIRE(::inet_pton(AF_INET6, b.c_str(), &nb) == 1);
  REQUIRE(::inet_pton(AF_INET6, c.c_str(), &nc) == 1);
  CHECK((na.s6_addr[0] & 0xe0) == 0x40);
  CHECK(std::equal(na.s6_addr, na.s6_addr + 15, nb.s6_addr));
  CHECK(a != b);
  CHECK_FALSE(std::equal(na.s6_addr, na.s6_addr + 4, nc.s6_addr));
  CHECK(p.address("::ffff:8.8.8.8") == "::ffff:" + p.address("8.8.8.8"));
}

TEST_CASE("addresses of nobody stay") {
  Pseudonyms p("key");
  for (auto text : {"127.0.0.1", "0.0.0.0", "192.0.2.7", "198.51.100.1", "203.0.113.255",
                    "169.254.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
                    "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "no address"}) {
    CHECK(p.address(text) == text);
  }
  for (auto text : {"10.0.0.1", "192.168.1.1", "8.8.8.8", "fd00::1", "2001:4860::1"}) {
    CHECK(p.address(text) != text);
  }
}

TEST_CASE("a card number keeps its length and its groups, and passes Luhn") {
  Pseudonyms p("key");
  auto plain = p.card("4111111111111111");
  CHECK(plain.size() == 16);
  CHECK(luhnSum(plain) % 10 == 0);
  CHECK(plain[0] == '7');
  auto grouped = p.card("4111-1111-1111-1111");
  CHECK(grouped == plain.substr(0, 4) + "-" + plain.substr(4, 4) + "-" + plain.substr(8, 4) + "-" +
                       plain.substr(12));
  CHECK(std::stoull(plain) < (1ULL << 53));
}
