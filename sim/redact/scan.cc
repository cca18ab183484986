#include "sim/redact/scan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "sim/capture/text.h"
#include "sim/net/content_coding.h"
#include "sim/redact/characters.h"
#include "sim/redact/entropy.h"
#include "sim/redact/names.h"

namespace flamesim::redact {

namespace {

constexpr size_t kShortestRandom = 20;
constexpr double kLeastOfHex = 3.0;
constexpr double kLeastOfBase64 = 3.7;
constexpr uint64_t kMostToLookInto = 64u << 20;

bool isOfBase64(char c) {
  return isAlnum(c) || c == '+' || c == '_' || c == '=' || c == '-';
}

// 8-4-4-4-12 hexadecimal digits.
bool isUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !isHex(text[i])) return false;
  }
  return true;
}

bool looksRandom(std::string_view text) {
  bool digit = false;
  bool upper = false;
  bool lower = false;
  bool hex = true;
  for (char c : text) {
    digit = digit || isDigit(c);
    upper = upper || (c >= 'A' && c <= 'Z');
    lower = lower || (c >= 'a' && c <= 'z');
    hex = hex && isHex(c);
  }
  if (!digit || !(upper || lower)) return false;
  if (hex) return entropyOf(text) >= kLeastOfHex;
  return upper && lower && entropyOf(text) >= kLeastOfBase64;
}

// Headers whose values look random and say nothing: validators, ids of requests.
bool mayLookRandom(std::string_view name) {
  static constexpr std::string_view kNames[] = {"nel",
                                                "report-to",
                                                "x-amz-cf-id",
                                                "x-amz-request-id",
                                                "x-amzn-trace-id",
                                                "x-correlation-id",
                                                "x-request-id",
                                                "x-trace-id",
                                                "tracestate"};
  std::string lower = net::toLowerAscii(name);
  return headerKind(lower) == HeaderKind::kOpaque ||
         std::find(std::begin(kNames), std::end(kNames), lower) != std::end(kNames);
}

class ExchangeScan {
 public:
  ExchangeScan(const net::Exchange& given, const std::function<void(const Finding&)>& found)
      : exchange(given), found(found) {}

  void run(const Redactor& redactor) {
    auto given = exchange;
    redactor.redact(exchange, [this](Kind kind, std::string_view field, std::string_view secret) {
      report(Rank::kSecret, kindName(kind), std::string(field), secret);
    });
    message("request", given.request.body, exchange.request);
    message("response", given.outcome.response.body, exchange.outcome.response);
    text("error", exchange.outcome.error);
    for (size_t i = 0; i < exchange.outcome.effects.size(); ++i) {
      auto& before = given.outcome.effects[i];
      auto& effect = exchange.outcome.effects[i];
      std::string place = "effect " + std::to_string(i + 1);
      if (effect.request) message(place + " request", before.request->body, *effect.request);
      if (effect.response) message(place + " response", before.response->body, *effect.response);
      text(place + " input", effect.input);
      text(place + " output", effect.output);
      text(place + " error", effect.error);
    }
  }

 private:
  void report(Rank rank, std::string_view kind, const std::string& field, std::string_view secret) {
    if (!seen.emplace(std::string(kind), field, std::string(secret)).second) return;
    found({rank, std::string(kind), field, masked(secret)});
  }

  void text(const std::string& field, std::string_view text) {
    findRandom(text,
               [&](std::string_view random) { report(Rank::kPossible, "random", field, random); });
  }

  void message(const std::string& place, const std::string& before,
               const net::RecordedRequest& request) {
    text(place + " url", request.url);
    parts(place, before, request.headers, request.body);
  }
  void message(const std::string& place, const std::string& before,
               const net::RecordedResponse& response) {
    parts(place, before, response.headers, response.body);
  }

  void parts(const std::string& place, const std::string& before, const net::HeaderList& headers,
             const std::string& body) {
    for (const auto& header : headers.all()) {
      if (mayLookRandom(header.name)) continue;
      text(place + " header " + net::toLowerAscii(header.name), header.value);
    }
    std::string field = place + " body";
    if (body.empty() && !before.empty())
      return report(Rank::kPossible, "unreadable", field, before);
    const auto* type = headers.first("content-type");
    std::string contentType = type == nullptr ? "" : *type;
    if (body.empty() || isBinaryType(contentType)) return;
    auto coding = headers.get("content-encoding");
    if (!coding) {
      if (bodyShape(contentType, body) != BodyShape::kBinary) text(field, body);
      return;
    }
    auto decoded = net::decodeContent(*coding, body, kMostToLookInto);
    if (decoded && bodyShape(contentType, decoded.value()) != BodyShape::kBinary) {
      text(field, decoded.value());
    }
  }

  net::Exchange exchange;
  const std::function<void(const Finding&)>& found;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
};

}  // namespace

std::string masked(std::string_view secret) {
  constexpr size_t kLong = 12;
  std::string shown = secret.size() < kLong ? "" : capture::printable(secret.substr(0, 2));
  return shown + "*** (" + std::to_string(secret.size()) + " characters)";
}

void findRandom(std::string_view text, const std::function<void(std::string_view)>& found) {
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && isOfBase64(text[end])) ++end;
    auto word = text.substr(i, end - i);
    // The value of "name=value".
    size_t equals = word.find('=');
    if (equals != std::string_view::npos && word.find_first_not_of('=', equals) < word.size()) {
      end = i + equals + 1;
      word = word.substr(0, equals);
    }
    bool digest =
        word.starts_with("sha256-") || word.starts_with("sha384-") || word.starts_with("sha512-");
    bool pseudonym = word.find(kPseudonymPrefix) != std::string_view::npos;
    if (word.size() >= kShortestRandom && !digest && !pseudonym && !isUuid(word) &&
        looksRandom(word)) {
      found(word);
    }
    i = std::max(end, i + 1);
  }
}

void scanExchange(const Redactor& redactor, const net::Exchange& exchange,
                  const std::function<void(const Finding&)>& found) {
  ExchangeScan(exchange, found).run(redactor);
}

}  // namespace flamesim::redact
