// Over random exchanges: what was planted is nowhere in the bytes that would be kept, and
// redacting once more changes nothing.
#include <catch2/catch.hpp>
#include <cstdio>

#include "sim/base/random.h"
#include "sim/capture/codec.h"
#include "sim/net/content_coding.h"
#include "sim/net/content_encoder.h"
#include "sim/redact/percent.h"
#include "sim/redact/redactor.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

class Planter {
 public:
  explicit Planter(uint64_t seed) : random(seed) {}

  std::vector<std::string> planted;

  net::Exchange exchange() {
    net::Exchange result;
    result.id = 1;
    result.client.ip = address();
    request(result.request);
    response(result.outcome.response);
    for (uint64_t n = below(3); n > 0; --n) {
      auto& effect = result.outcome.effects.emplace_back();
      if (below(2) == 0) {
        effect.kind = net::EffectKind::kSubrequest;
        request(effect.request.emplace());
        response(effect.response.emplace());
      } else {
        effect.input = json();
        effect.output = below(2) == 0 ? json() : "";
        effect.error = below(3) == 0 ? text() : "";
      }
    }
    return result;
  }

 private:
  uint64_t below(uint64_t n) { return random.next() % n; }
  std::string word(size_t size, std::string_view alphabet) {
    std::string out;
    while (out.size() < size) out += alphabet[below(alphabet.size())];
    return out;
  }
  std::string plant(std::string secret) {
    planted.push_back(secret);
    return secret;
  }

  std::string address() {
    if (below(3) == 0) {
      return plant("2a02:" + word(4, "123456789") + ":" + word(4, "123456789abcdef") +
                   "::" + word(3, "123456789"));
    }
    return plant(std::to_string(11 + below(89)) + "." + std::to_string(100 + below(150)) + "." +
                 std::to_string(below(256)) + "." + std::to_string(10 + below(245)));
  }
  std::string mail() {
    return plant(word(8, "abcdefghijklmnop") + "." + word(4, "qrstuvwxyz") + "@" +
                 word(6, "abcdefgh") + ".example");
  }
  std::string card() {
    std::string digits = "4" + word(14, "0123456789");
    for (char last = '0'; last <= '9'; ++last) {
      int sum = 0;
      for (size_t i = 0; i < 15; ++i) {
        int value = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += value > 9 ? value - 9 : value;
      }
      if ((sum + last - '0') % 10 == 0) return plant(digits + last);
    }
    return "";
  }
  // No word of it can be mistaken for another secret.
  std::string token() {
    return plant(word(6, "ghijkl") + word(1, "0123456789") + word(11, "0123456789mnopqrstuvw"));
  }
  std::string jwt() {
    return plant("eyJ" + word(20, "ABCDEFabcdef0123_-") + "." + word(20, "ABCDEFabcdef0123_-") +
                 "." + word(20, "ABCDEFabcdef0123_-"));
  }

  std::string name() {
    static constexpr std::array<const char*, 8> kNames{"token",    "access_token",  "apiKey",
                                                       "password", "client_secret", "sid",
                                                       "jwt",      "X-Signature"};
    return kNames[below(kNames.size())];
  }
  std::string secretInText() {
    switch (below(5)) {
      case 0:
        return mail();
      case 1:
        return card();
      case 2:
        return jwt();
      case 3:
        return address();
      default:
        return "Bearer " + token();
    }
  }
  std::string text() {
    static constexpr std::array<const char*, 8> kFill{
        "the ", "<p>", " ", ", ", "\n", "12 ", "at 10:20:30 ", "\xc3\xbc "};
    std::string out;
    for (uint64_t n = 1 + below(8); n > 0; --n) {
      out += kFill[below(kFill.size())];
      if (below(2) == 0) out += secretInText() + " ";
    }
    return out;
  }
  std::string json() {
    std::string out = "{\"a\":[1,2.5,null,\"x\\n\"]";
    for (uint64_t n = below(5); n > 0; --n) {
      if (below(2) == 0) {
        out += ", \"" + name() + "\": \"" + token() + "\"";
      } else {
        out += ",\"t\":{\"u\":[\"about " + secretInText() + "\"]}";
      }
    }
    return out + "}";
  }
  std::string query() {
    std::string out = "a=1";
    for (uint64_t n = below(4); n > 0; --n) {
      out += below(2) == 0 ? "&" + name() + "=" + percentEncode(token())
                           : "&q=" + percentEncode(secretInText());
    }
    return out;
  }

  void body(net::HeaderList& headers, std::string& body) {
    switch (below(4)) {
      case 0:
        headers.append("Content-Type", "application/json");
        body = json();
        break;
      case 1:
        headers.append("Content-Type", "application/x-www-form-urlencoded");
        body = query();
        break;
      case 2:
        headers.append("Content-Type", "text/html; charset=utf-8");
        body = text() + "<a href=\"/x?" + query() + "\">";
        break;
      default:
        body = text();
        break;
    }
    static constexpr std::array<const char*, 8> kCodings{"",     "",   "",     "",
                                                         "gzip", "br", "zstd", "deflate"};
    std::string coding = kCodings[below(kCodings.size())];
    if (!coding.empty()) {
      headers.append("Content-Encoding", coding);
      body = *net::encodeContent(coding, body);
    }
    headers.append("Content-Length", std::to_string(body.size()));
  }
  void request(net::RecordedRequest& request) {
    request.method = "POST";
    request.url =
        "http://www.a.example/" + percentEncode(below(2) == 0 ? mail() : "x") + "?" + query();
    request.headers.append("Host", "www.a.example");
    request.headers.append("User-Agent", "X/1.2.3.4");
    request.headers.append("Cookie", "a=" + token() + "; b=" + token());
    request.headers.append("Authorization", "Bearer " + token());
    request.headers.append("X-Forwarded-For", address() + ", " + address());
    request.headers.append("Referer", "http://b.example/?" + query());
    request.headers.append("X-Note", text());
    body(request.headers, request.body);
  }
  void response(net::RecordedResponse& response) {
    response.status = 200;
    response.headers.append("Set-Cookie", "a=" + token() + "; Path=/");
    response.headers.append("Location", "/next?" + query());
    response.headers.append("X-Api-Key", token());
    body(response.headers, response.body);
  }

  Random random;
};

// The bytes of an exchange with its bodies as whoever reads them sees them.
std::string visible(net::Exchange exchange) {
  auto decode = [](const net::HeaderList& headers, std::string& body) {
    if (auto coding = headers.get("content-encoding")) {
      body = net::decodeContent(*coding, body, 1 << 20).orThrow();
    }
  };
  decode(exchange.request.headers, exchange.request.body);
  decode(exchange.outcome.response.headers, exchange.outcome.response.body);
  for (auto& effect : exchange.outcome.effects) {
    if (effect.request) decode(effect.request->headers, effect.request->body);
    if (effect.response) decode(effect.response->headers, effect.response->body);
  }
  auto bytes = capture::encodeExchange(exchange);
  return bytes + percentDecode(bytes, Plus::kIsSpace);
}

}  // namespace

TEST_CASE("nothing of what was planted is left, and a second time changes nothing") {
  Redactor redactor({.key = "key"});
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Planter planter(seed);
    auto exchange = planter.exchange();
    auto given = visible(exchange);
    redactor.redact(exchange);
    auto kept = visible(exchange);
    for (const auto& secret : planter.planted) {
      CAPTURE(seed, secret);
      REQUIRE(given.find(secret) != std::string::npos);
      auto at = kept.find(secret);
      if (at != std::string::npos) UNSCOPED_INFO(kept.substr(at < 60 ? 0 : at - 60, 150));
      REQUIRE(at == std::string::npos);
    }
    auto once = exchange;
    redactor.redact(exchange);
    CAPTURE(seed);
    REQUIRE(exchange == once);
  }
}
