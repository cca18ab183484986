#include "sim/capture/har_extension.h"

#include <charconv>

#include "sim/capture/har_body.h"
#include "sim/capture/text.h"
#include "sim/net/url.h"

namespace flamesim::capture {

namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

// ---- Writing.

// As import writes it; "" where it is no URL.
std::string normalUrl(std::string_view text) {
  auto url = net::Url::parse(text);
  return url ? std::string(url->hrefWithoutFragment()) : "";
}

void putText(Json& to, const std::string& key, std::string_view text) {
  if (text.empty()) return;
  if (isUtf8(text)) {
    to[key] = text;
  } else {
    to[key + "Base64"] = toBase64(text);
  }
}

Json headersJson(const net::HeaderList& headers) {
  Json list = Json::array();
  for (const auto& header : headers.all()) {
    Json pair{{"name", isUtf8(header.name) ? header.name : printable(header.name)}};
    putText(pair, "value", header.value);
    list.push_back(std::move(pair));
  }
  return list;
}

Json requestJson(const net::RecordedRequest& request) {
  Json to = Json::object();
  putText(to, "method", request.method);
  putText(to, "url", request.url);
  putText(to, "httpVersion", request.httpVersion);
  to["headers"] = headersJson(request.headers);
  putText(to, "body", request.body);
  return to;
}

Json responseJson(const net::RecordedResponse& response) {
  Json to{{"status", response.status}};
  putText(to, "statusText", response.statusText);
  putText(to, "httpVersion", response.httpVersion);
  to["headers"] = headersJson(response.headers);
  putText(to, "body", response.body);
  return to;
}

Json effectJson(const net::Effect& effect) {
  Json to{{"kind", net::effectKindName(effect.kind)}};
  putText(to, "worker", effect.worker);
  putText(to, "destination", effect.destination);
  putText(to, "operation", effect.operation);
  putText(to, "input", effect.input);
  putText(to, "output", effect.output);
  putText(to, "error", effect.error);
  to["startNanos"] = std::to_string(nanosOf(effect.start));
  to["durationNanos"] = std::to_string(effect.duration.count());
  if (effect.request) to["request"] = requestJson(*effect.request);
  if (effect.response) to["response"] = responseJson(*effect.response);
  return to;
}

// ---- Reading. A member of another type than it should have makes the whole unusable.

class Reader {
 public:
  bool failed = false;

  std::string text(const json& from, const std::string& key, std::string_view otherwise = "") {
    if (auto coded = from.find(key + "Base64"); coded != from.end()) {
      auto bytes =
          coded->is_string() ? fromBase64(coded->get_ref<const std::string&>()) : std::nullopt;
      failed = failed || !bytes;
      return bytes.value_or("");
    }
    auto plain = from.find(key);
    if (plain == from.end()) return std::string(otherwise);
    failed = failed || !plain->is_string();
    return plain->is_string() ? plain->get<std::string>() : "";
  }

  template <typename Number>
  Number number(const json& from, const char* key) {
    auto digits = text(from, key, "0");
    Number value = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    failed = failed || error != std::errc() || end != digits.data() + digits.size();
    return value;
  }

  uint16_t small(const json& from, const char* key) {
    auto found = from.find(key);
    if (found == from.end()) return 0;
    bool fits = found->is_number_unsigned() && found->get<uint64_t>() <= UINT16_MAX;
    failed = failed || !fits;
    return fits ? found->get<uint16_t>() : uint16_t(0);
  }

  // `from[key]` when it is an object, an empty one when it is missing.
  const json& object(const json& from, const char* key) {
    static const json kEmpty = json::object();
    auto found = from.find(key);
    if (found == from.end()) return kEmpty;
    failed = failed || !found->is_object();
    return found->is_object() ? *found : kEmpty;
  }

  net::HeaderList headers(const json& from) {
    std::vector<net::Header> list;
    auto found = from.find("headers");
    if (found == from.end() || !found->is_array()) {
      failed = true;
      return {};
    }
    for (const auto& pair : *found) {
      if (!pair.is_object()) {
        failed = true;
        return {};
      }
      list.push_back({text(pair, "name"), text(pair, "value")});
    }
    return list.empty() ? net::HeaderList() : net::HeaderList(std::move(list));
  }

  net::RecordedRequest request(const json& from) {
    return {.method = text(from, "method"),
            .url = text(from, "url"),
            .httpVersion = text(from, "httpVersion"),
            .headers = headers(from),
            .body = text(from, "body")};
  }

  net::RecordedResponse response(const json& from) {
    return {.status = small(from, "status"),
            .statusText = text(from, "statusText"),
            .httpVersion = text(from, "httpVersion"),
            .headers = headers(from),
            .body = text(from, "body")};
  }

  net::Effect effect(const json& from) {
    net::Effect to;
    auto name = text(from, "kind");
    bool known = false;
    for (int kind = 0; kind <= int(net::EffectKind::kSpan); ++kind) {
      if (net::effectKindName(net::EffectKind(kind)) != name) continue;
      to.kind = net::EffectKind(kind);
      known = true;
    }
    failed = failed || !known;
    to.worker = text(from, "worker");
    to.destination = text(from, "destination");
    to.operation = text(from, "operation");
    to.input = text(from, "input");
    to.output = text(from, "output");
    to.error = text(from, "error");
    to.start = timeFromNanos(number<int64_t>(from, "startNanos"));
    to.duration = Duration(number<int64_t>(from, "durationNanos"));
    if (from.contains("request")) to.request = request(object(from, "request"));
    if (from.contains("response")) to.response = response(object(from, "response"));
    return to;
  }

  net::OutcomeKind outcomeKind(const json& from) {
    auto name = text(from, "kind");
    for (auto kind :
         {net::OutcomeKind::kResponse, net::OutcomeKind::kDeclined, net::OutcomeKind::kFailed}) {
      if (net::outcomeKindName(kind) == name) return kind;
    }
    failed = true;
    return net::OutcomeKind::kFailed;
  }
};

}  // namespace

Json harExtension(const net::Exchange& exchange) {
  Json to{{"id", std::to_string(exchange.id)},
          {"timeNanos", std::to_string(nanosOf(exchange.time))},
          {"seed", std::to_string(exchange.seed)}};
  const auto& request = exchange.request;
  if (normalUrl(request.url) != request.url) putText(to, "url", request.url);
  const auto& client = exchange.client;
  Json known = Json::object();
  putText(known, "ip", client.ip);
  if (client.port != 0) known["port"] = client.port;
  putText(known, "connectedAddress", client.connectedAddress);
  putText(known, "scheme", client.scheme);
  putText(known, "country", client.country);
  putText(known, "rayId", client.rayId);
  to["client"] = std::move(known);

  const auto& outcome = exchange.outcome;
  Json ended{{"kind", net::outcomeKindName(outcome.kind)}};
  putText(ended, "error", outcome.error);
  putText(ended, "answeredBy", outcome.answeredBy);
  Json setBy = Json::object();
  for (const auto& [part, worker] : outcome.setBy) {
    setBy[isUtf8(part) ? part : printable(part)] = isUtf8(worker) ? worker : printable(worker);
  }
  if (!setBy.empty()) ended["setBy"] = std::move(setBy);
  to["outcome"] = std::move(ended);

  Json effects = Json::array();
  for (const auto& effect : outcome.effects) effects.push_back(effectJson(effect));
  if (!effects.empty()) to["effects"] = std::move(effects);
  return to;
}

bool takeHarExtension(const json& extension, net::Exchange& exchange) {
  if (!extension.is_object()) return false;
  Reader read;
  net::Exchange known = exchange;
  known.id = read.number<uint64_t>(extension, "id");
  known.time = timeFromNanos(read.number<int64_t>(extension, "timeNanos"));
  known.seed = read.number<uint64_t>(extension, "seed");
  // The spelling that was recorded, as long as it is the same URL.
  auto spelling = read.text(extension, "url");
  if (!spelling.empty() && normalUrl(spelling) == known.request.url) known.request.url = spelling;
  const auto& client = read.object(extension, "client");
  known.client = {.ip = read.text(client, "ip"),
                  .port = read.small(client, "port"),
                  .connectedAddress = read.text(client, "connectedAddress"),
                  .scheme = read.text(client, "scheme"),
                  .country = read.text(client, "country"),
                  .rayId = read.text(client, "rayId")};
  const auto& outcome = read.object(extension, "outcome");
  known.outcome.kind = read.outcomeKind(outcome);
  known.outcome.error = read.text(outcome, "error");
  known.outcome.answeredBy = read.text(outcome, "answeredBy");
  const auto& setBy = read.object(outcome, "setBy");
  for (const auto& [part, worker] : setBy.items()) {
    known.outcome.setBy[part] = read.text(setBy, part);
  }
  if (auto effects = extension.find("effects"); effects != extension.end()) {
    if (!effects->is_array()) return false;
    for (const auto& effect : *effects) {
      if (!effect.is_object()) return false;
      known.outcome.effects.push_back(read.effect(effect));
    }
  }
  if (read.failed) return false;
  exchange = std::move(known);
  return true;
}

}  // namespace flamesim::capture
