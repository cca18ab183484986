// Fuzz target: the first byte chooses what the rest is: a URL, a header, a body of some type, a
// rules file. Redacting twice is redacting once; JSON that was well-formed stays so.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/redact/redactor.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

constexpr std::array<const char*, 6> kTypes{"application/json",
                                            "application/x-www-form-urlencoded",
                                            "text/html",
                                            "multipart/form-data; boundary=B",
                                            "",
                                            "image/png"};
constexpr std::array<const char*, 8> kHeaders{"Cookie",     "Set-Cookie", "Authorization",
                                              "Forwarded",  "Referer",    "User-Agent",
                                              "X-Whatever", "X-Api-Key"};

// May change only itself and what of others has the same text.
void redactTwice(net::Exchange& exchange) {
  static const Redactor redactor({.key = "key"});
  redactor.redact(exchange);
  auto once = exchange;
  redactor.redact(exchange);
  if (!(exchange == once)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t what = data[0] % (kTypes.size() + kHeaders.size() + 3);
  net::Exchange exchange;
  exchange.request.url = "http://a.example/";
  if (what < kTypes.size()) {
    exchange.outcome.response.headers.append("Content-Type", kTypes[what]);
    exchange.outcome.response.body = text;
    redactTwice(exchange);
    bool json = what == 0 && nlohmann::json::accept(text);
    if (json && !nlohmann::json::accept(exchange.outcome.response.body)) std::abort();
  } else if (what - kTypes.size() < kHeaders.size()) {
    exchange.request.headers.append(kHeaders[what - kTypes.size()], text);
    redactTwice(exchange);
  } else if (what == kTypes.size() + kHeaders.size()) {
    exchange.request.url = text;
    redactTwice(exchange);
  } else {
    auto rules = RedactionRules::parse(text, "redact.jsonc");
    if (!rules) {
      if (rules.error().message.empty()) std::abort();
      return 0;
    }
    exchange.request.url = "http://a.example/x?q=some&token=other";
    exchange.outcome.response.body = R"({"user":{"name":"N"},"items":[1,"a 12 b"]})";
    Redactor redactor({.key = "key", .rules = rules.value()});
    redactor.redact(exchange);
    if (redactor.note().empty()) std::abort();
  }
  return 0;
}
