#include "sim/capture/show.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/date_time.h"
#include "sim/capture/text.h"
#include "sim/net/url_parts.h"

namespace flamesim::capture {

namespace {

using Json = nlohmann::ordered_json;

// JSON holds text: what is not UTF-8 (text of a damaged or foreign recorder) is shown escaped.
Json textJson(std::string_view text) {
  return isUtf8(text) ? Json(std::string(text)) : Json(printable(text));
}

void putIfAny(Json& to, const char* key, std::string_view text) {
  if (!text.empty()) to[key] = textJson(text);
}

Json headersJson(const net::HeaderList& headers) {
  Json list = Json::array();
  for (auto& header : headers.all()) {
    if (isUtf8(header.value)) {
      list.push_back(Json::array({textJson(header.name), header.value}));
    } else {
      list.push_back(Json::array({textJson(header.name), toBase64(header.value), "base64"}));
    }
  }
  return list;
}

void putBody(Json& to, const std::string& body, ShowBodies bodies) {
  to["bodyBytes"] = body.size();
  if (bodies == ShowBodies::kOmit || body.empty()) return;
  if (isUtf8(body)) {
    to["body"] = body;
  } else {
    to["bodyBase64"] = toBase64(body);
  }
}

Json requestJson(const net::RecordedRequest& request, ShowBodies bodies) {
  Json json{{"method", textJson(request.method)},
            {"url", textJson(request.url)},
            {"httpVersion", textJson(request.httpVersion)},
            {"headers", headersJson(request.headers)}};
  putBody(json, request.body, bodies);
  return json;
}

Json responseJson(const net::RecordedResponse& response, ShowBodies bodies) {
  Json json{{"status", response.status}};
  putIfAny(json, "statusText", response.statusText);
  json["httpVersion"] = textJson(response.httpVersion);
  json["headers"] = headersJson(response.headers);
  putBody(json, response.body, bodies);
  return json;
}

// Effects hold JSON as text: shown as JSON where it is, so that tools can look inside.
void putJsonText(Json& to, const char* key, const std::string& text) {
  if (text.empty()) return;
  Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  to[key] = parsed.is_discarded() || parsed.is_string() ? textJson(text) : std::move(parsed);
}

Json effectJson(const net::Effect& effect, ShowBodies bodies) {
  Json json{{"kind", net::effectKindName(effect.kind)}};
  putIfAny(json, "worker", effect.worker);
  putIfAny(json, "destination", effect.destination);
  putIfAny(json, "operation", effect.operation);
  putJsonText(json, "input", effect.input);
  putJsonText(json, "output", effect.output);
  putIfAny(json, "error", effect.error);
  json["startNanos"] = nanosOf(effect.start);
  json["durationNanos"] = effect.duration.count();
  if (effect.request) json["request"] = requestJson(*effect.request, bodies);
  if (effect.response) json["response"] = responseJson(*effect.response, bodies);
  return json;
}

std::string hostOf(std::string_view url) {
  auto authority = net::splitUrl(url).authority;
  return authority.empty() ? "(no host)" : std::string(authority);
}

template <typename Key>
void printCounts(std::ostream& out, const char* title, const std::map<Key, uint64_t>& counts) {
  if (counts.empty()) return;
  out << title << "\n";
  std::vector<std::pair<Key, uint64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.second > b.second; });
  for (auto& [key, count] : list) out << "  " << std::setw(10) << count << "  " << key << "\n";
}

template <typename Key>
Json countsJson(const std::map<Key, uint64_t>& counts) {
  Json json = Json::object();
  for (auto& [key, count] : counts) {
    if constexpr (std::is_same_v<Key, std::string>) {
      json[printable(key)] = count;
    } else {
      json[std::to_string(key)] = count;
    }
  }
  return json;
}

}  // namespace

std::string textLine(const net::Exchange& exchange) {
  auto& outcome = exchange.outcome;
  std::string line = std::to_string(exchange.id) + " " + formatDateTime(exchange.time) + " " +
                     printable(exchange.request.method) + " " + printable(exchange.request.url);
  // What nearly all have goes without saying.
  auto& version = exchange.request.httpVersion;
  if (version != "HTTP/1.1") line += " " + printable(version);
  line += " -> ";
  if (!outcomeKnown(outcome)) {
    line += printable(outcome.error);
  } else if (outcome.kind == net::OutcomeKind::kFailed) {
    line += "failed (" + printable(outcome.error) + ")";
  } else {
    if (outcome.kind == net::OutcomeKind::kDeclined) line += "declined ";
    line += std::to_string(outcome.response.status) + " " +
            std::to_string(outcome.response.body.size()) + "B";
    if (!bodiesComplete(outcome)) line += " (" + printable(outcome.error) + ")";
  }
  size_t n = outcome.effects.size();
  if (n != 0) line += " " + std::to_string(n) + (n == 1 ? " effect" : " effects");
  return line;
}

std::string jsonLine(const net::Exchange& exchange, ShowBodies bodies) {
  auto& client = exchange.client;
  Json clientJson{{"scheme", textJson(client.scheme)}};
  putIfAny(clientJson, "ip", client.ip);
  if (client.port != 0) clientJson["port"] = client.port;
  putIfAny(clientJson, "connectedAddress", client.connectedAddress);
  putIfAny(clientJson, "country", client.country);
  putIfAny(clientJson, "rayId", client.rayId);

  Json outcome{{"kind", net::outcomeKindName(exchange.outcome.kind)}};
  putIfAny(outcome, "answeredBy", exchange.outcome.answeredBy);
  putIfAny(outcome, "error", exchange.outcome.error);
  if (exchange.outcome.response != net::RecordedResponse()) {
    outcome["response"] = responseJson(exchange.outcome.response, bodies);
  }
  Json effects = Json::array();
  for (auto& effect : exchange.outcome.effects) effects.push_back(effectJson(effect, bodies));
  outcome["effects"] = std::move(effects);
  for (auto& [part, worker] : exchange.outcome.setBy) {
    outcome["setBy"][printable(part)] = textJson(worker);
  }

  Json json{{"id", exchange.id},
            {"time", formatDateTime(exchange.time)},
            {"timeNanos", nanosOf(exchange.time)},
            {"seed", exchange.seed},
            {"client", std::move(clientJson)},
            {"request", requestJson(exchange.request, bodies)},
            {"outcome", std::move(outcome)}};
  return json.dump();
}

uint64_t show(CaptureReader& reader, std::ostream& out, const ShowOptions& options) {
  uint64_t shown = 0;
  while (out.good() && (options.limit == 0 || shown < options.limit)) {
    auto exchange = reader.next();
    if (!exchange) break;
    out << (options.format == ShowFormat::kJson ? jsonLine(*exchange, options.bodies)
                                                : textLine(*exchange))
        << "\n";
    ++shown;
  }
  if (options.format == ShowFormat::kText) {
    auto& skipped = reader.skipped();
    if (skipped.places != 0) {
      out << "# damaged: " << skipped.places << " places, " << skipped.bytes << " bytes, "
          << skipped.exchanges << " exchanges or more were left out\n";
    }
    if (reader.truncatedBytes() != 0) {
      out << "# cut off: the last " << reader.truncatedBytes()
          << " bytes are an incomplete frame and were left out\n";
    }
  }
  return shown;
}

void CaptureStat::add(const net::Exchange& exchange) {
  auto& outcome = exchange.outcome;
  first = exchanges == 0 ? exchange.time : std::min(first, exchange.time);
  last = exchanges == 0 ? exchange.time : std::max(last, exchange.time);
  ++exchanges;
  requestBytes += exchange.request.body.size();
  responseBytes += outcome.response.body.size();
  effects += outcome.effects.size();
  if (!bodiesComplete(outcome)) ++bodiesNotKept;
  ++byHost[hostOf(exchange.request.url)];
  ++byMethod[exchange.request.method];
  ++byOutcome[std::string(outcomeName(outcome))];
  if (outcome.response.status != 0) ++byStatus[outcome.response.status];
  for (auto& effect : outcome.effects) {
    std::string key(net::effectKindName(effect.kind));
    if (!effect.destination.empty()) key += " " + effect.destination;
    ++byEffect[key];
    if (!bodiesComplete(effect)) ++bodiesNotKept;
  }
}

CaptureStat stat(CaptureReader& reader) {
  CaptureStat result;
  while (auto block = reader.readBlock()) {
    for (auto& exchange : *block) result.add(exchange);
  }
  result.skipped = reader.skipped();
  result.truncatedBytes = reader.truncatedBytes();
  return result;
}

void print(const CaptureStat& stat, std::ostream& out, ShowFormat format) {
  if (format == ShowFormat::kJson) {
    Json json{{"exchanges", stat.exchanges},
              {"requestBodyBytes", stat.requestBytes},
              {"responseBodyBytes", stat.responseBytes},
              {"effects", stat.effects},
              {"bodiesNotKept", stat.bodiesNotKept}};
    if (stat.exchanges != 0) {
      json["first"] = formatDateTime(stat.first);
      json["last"] = formatDateTime(stat.last);
    }
    json["byHost"] = countsJson(stat.byHost);
    json["byMethod"] = countsJson(stat.byMethod);
    json["byStatus"] = countsJson(stat.byStatus);
    json["byOutcome"] = countsJson(stat.byOutcome);
    json["byEffect"] = countsJson(stat.byEffect);
    json["skipped"] = {{"places", stat.skipped.places},
                       {"bytes", stat.skipped.bytes},
                       {"exchanges", stat.skipped.exchanges}};
    json["truncatedBytes"] = stat.truncatedBytes;
    out << json.dump(2) << "\n";
    return;
  }
  out << stat.exchanges << " exchanges, " << stat.effects << " effects, " << stat.requestBytes
      << " bytes of request bodies, " << stat.responseBytes << " bytes of response bodies\n";
  if (stat.exchanges != 0) {
    out << "from " << formatDateTime(stat.first) << " to " << formatDateTime(stat.last) << "\n";
  }
  printCounts(out, "hosts", stat.byHost);
  printCounts(out, "methods", stat.byMethod);
  printCounts(out, "statuses", stat.byStatus);
  printCounts(out, "outcomes", stat.byOutcome);
  printCounts(out, "effects", stat.byEffect);
  if (stat.bodiesNotKept != 0) out << stat.bodiesNotKept << " bodies were not kept whole\n";
  if (stat.skipped.places != 0) {
    out << "damaged: " << stat.skipped.places << " places, " << stat.skipped.bytes << " bytes, "
        << stat.skipped.exchanges << " exchanges or more were left out\n";
  }
  if (stat.truncatedBytes != 0) {
    out << "cut off: the last " << stat.truncatedBytes << " bytes are an incomplete frame\n";
  }
}

}  // namespace flamesim::capture
