// Exchanges for tests, made in a line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/diff/compare.h"
#include "sim/net/exchange.h"

namespace flamesim::diff::testing {

using HeaderPairs = std::vector<std::pair<std::string, std::string>>;

inline net::HeaderList headers(const HeaderPairs& pairs) {
  net::HeaderList list;
  for (auto& [name, value] : pairs) list.append(name, value);
  return list;
}

inline net::Exchange exchange(uint16_t status = 200, const HeaderPairs& pairs = {},
                              std::string body = "", std::string method = "GET",
                              std::string url = "http://a.example/x") {
  net::Exchange result;
  result.id = 1;
  result.request.method = std::move(method);
  result.request.url = std::move(url);
  result.outcome.response.status = status;
  result.outcome.response.headers = headers(pairs);
  result.outcome.response.body = std::move(body);
  result.outcome.answeredBy = "shaper";
  return result;
}

inline net::Effect subrequest(std::string method, std::string url, const HeaderPairs& pairs = {},
                              std::string body = "", std::string destination = "internet") {
  net::Effect effect;
  effect.kind = net::EffectKind::kSubrequest;
  effect.worker = "router";
  effect.destination = std::move(destination);
  effect.request = net::RecordedRequest{.method = std::move(method),
                                        .url = std::move(url),
                                        .headers = headers(pairs),
                                        .body = std::move(body)};
  return effect;
}

inline net::Effect effect(net::EffectKind kind, std::string destination, std::string operation,
                          std::string input) {
  net::Effect result;
  result.kind = kind;
  result.worker = "logger";
  result.destination = std::move(destination);
  result.operation = std::move(operation);
  result.input = std::move(input);
  return result;
}

// One line for each difference: "status: 200 -> 404", "header:a missing x", "header:b additional
// y", "effect:... order a, b -> b, a". Framing differences begin with "~".
inline std::string describe(const Difference& difference) {
  std::string out = difference.weight == Weight::kFraming ? "~" : "";
  switch (difference.kind) {
    case DifferenceKind::kChanged:
      return out + difference.field + ": " + difference.expected + " -> " + difference.got;
    case DifferenceKind::kMissing:
      return out + difference.field + " missing " + difference.expected;
    case DifferenceKind::kAdditional:
      return out + difference.field + " additional " + difference.got;
    case DifferenceKind::kOrder:
      return out + difference.field + " order " + difference.expected + " -> " + difference.got;
  }
  return out;
}

using Lines = std::vector<std::string>;

inline Lines describe(const Comparison& comparison) {
  Lines lines;
  for (auto& difference : comparison.differences) lines.push_back(describe(difference));
  return lines;
}

inline constexpr std::chrono::year_month_day kTestDay{std::chrono::year(2026),
                                                      std::chrono::month(11), std::chrono::day(24)};

inline Rules rules(std::string_view text) {
  return Rules::parse(text, "rules.jsonc", kTestDay).orThrow();
}

// A file of one rule from its members, with a reason.
inline Rules rule(const std::string& members) {
  return rules("{\"rules\": [{" + members + ", \"reason\": \"test\"}]}");
}

}  // namespace flamesim::diff::testing
