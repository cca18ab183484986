#include "sim/server/handler_endpoint.h"

#include <kj/encoding.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "sim/net/url.h"

namespace flamesim::server {

namespace {

using nlohmann::json;

constexpr std::string_view kScheduled = "/cdn-cgi/handler/scheduled";
constexpr std::string_view kQueue = "/cdn-cgi/handler/queue";
// The furthest time that a Date has, in milliseconds.
constexpr int64_t kLastTime = 8'640'000'000'000'000;

// Of the JSON of a batch, which is taken apart recursively.
constexpr int kMostNesting = 500;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

[[noreturn]] void refuse(std::string message, std::string help = "") {
  throw UserError(Diagnostic{.message = std::move(message), .help = std::move(help)});
}

// A name or value of application/x-www-form-urlencoded.
std::string decoded(std::string_view part) {
  auto text = kj::decodeWwwForm(kj::arrayPtr(part.data(), part.size()));
  return std::string(text.begin(), text.size());
}

std::map<std::string, std::string> parametersOf(const net::Url& url,
                                                const std::vector<std::string>& known) {
  std::map<std::string, std::string> parameters;
  std::string_view rest = url.query().value_or("");
  while (!rest.empty()) {
    auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    auto name = decoded(pair.substr(0, pair.find('=')));
    if (std::ranges::find(known, name) == known.end()) {
      auto near = nearest(name, known);
      refuse("there is no parameter \"" + name + "\"",
             near.empty() ? "there are " + listed(known) : "did you mean \"" + near + "\"?");
    }
    auto equals = pair.find('=');
    auto value = equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1));
    if (!parameters.try_emplace(name, value).second) {
      refuse("the parameter \"" + name + "\" is there twice");
    }
  }
  return parameters;
}

std::optional<std::string> find(const std::map<std::string, std::string>& parameters,
                                const std::string& name) {
  auto found = parameters.find(name);
  if (found == parameters.end()) return std::nullopt;
  return found->second;
}

std::string workerOf(const std::map<std::string, std::string>& parameters,
                     const bundle::Simulation& simulation) {
  auto name = find(parameters, "worker");
  if (!name) return simulation.chain.front();
  if (simulation.findWorker(*name) != nullptr) return *name;
  std::vector<std::string> names;
  for (auto& worker : simulation.workers) names.push_back(worker.name);
  auto near = nearest(*name, names);
  refuse("there is no worker \"" + *name + "\"",
         near.empty() ? "there are " + listed(names) : "did you mean \"" + near + "\"?");
}

double timeOf(const std::string& text) {
  int64_t millis = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
  if (error != std::errc() || end != text.data() + text.size() || std::abs(millis) > kLastTime) {
    refuse("\"time\" is not a time: \"" + text + "\"",
           "it is a whole number of milliseconds since 1970, such as 1700000000000");
  }
  return double(millis);
}

HandlerCall parseScheduled(const net::Url& url, double nowMillis,
                           const bundle::Simulation& simulation) {
  auto parameters = parametersOf(url, {"cron", "time", "format", "worker"});
  auto time = find(parameters, "time");
  auto format = find(parameters, "format");
  if (format && *format != "json") refuse("there is no format \"" + *format + "\"", "it is json");
  return {.worker = workerOf(parameters, simulation),
          .event = web::Schedule{.timeMillis = time ? timeOf(*time) : nowMillis,
                                 .cron = find(parameters, "cron").value_or("")},
          .answer = format ? HandlerCall::Answer::kJson : HandlerCall::Answer::kOutcome};
}

// The member of that name; `fits` says whether its value is `kind`.
template <typename Fits>
const json& member(const json& object, const char* name, const std::string& where, const char* kind,
                   Fits fits) {
  auto found = object.find(name);
  if (found == object.end()) refuse(where + " lacks \"" + name + "\", " + kind);
  if (!fits(*found)) refuse("\"" + std::string(name) + "\" of " + where + " is not " + kind);
  return *found;
}

bool isString(const json& value) {
  return value.is_string();
}

bool isArray(const json& value) {
  return value.is_array();
}

bool isTime(const json& value) {
  return value.is_number() && std::abs(value.get<double>()) <= double(kLastTime);
}

bool isCount(const json& value) {
  return value.is_number_integer() && value >= 0 && value <= UINT32_MAX;
}

std::string decodeBase64(const std::string& text, const std::string& where) {
  auto bytes = kj::decodeBase64(kj::arrayPtr(text.data(), text.size()));
  if (bytes.hadErrors) refuse("\"serializedBody\" of " + where + " is not base64");
  return std::string(bytes.asChars().begin(), bytes.size());
}

web::QueueMessage parseMessage(const json& given, size_t index, double nowMillis) {
  auto where = "messages[" + std::to_string(index) + "]";
  if (!given.is_object()) refuse(where + " is not an object");
  web::QueueMessage message;
  message.id = member(given, "id", where, "a string", isString).get<std::string>();
  message.timestampMillis = nowMillis;
  if (given.contains("timestamp")) {
    message.timestampMillis =
        member(given, "timestamp", where, "a number of milliseconds since 1970", isTime)
            .get<double>();
  }
  if (given.contains("attempts")) {
    message.attempts = member(given, "attempts", where, "a whole number", isCount).get<uint32_t>();
  }
  if (given.contains("body") == given.contains("serializedBody")) {
    refuse(where + " needs one of \"body\" and \"serializedBody\"",
           "\"body\" is any JSON; \"serializedBody\" is in V8's serialization format, as base64");
  }
  if (given.contains("body")) {
    message.body = given["body"].dump();
    message.format = web::QueueMessage::Format::kJson;
  } else {
    message.body = decodeBase64(
        member(given, "serializedBody", where, "a string", isString).get<std::string>(), where);
  }
  return message;
}

HandlerCall parseQueue(const net::Request& request, const net::Url& url, const std::string& body,
                       double nowMillis, const bundle::Simulation& simulation) {
  if (request.method != "POST") refuse("a batch of a queue is sent with POST, as JSON");
  auto parameters = parametersOf(url, {"worker"});
  bool tooDeep = false;
  auto shallow = [&](int depth, json::parse_event_t, json&) {
    tooDeep |= depth > kMostNesting;
    return !tooDeep;
  };
  auto given = json::parse(body, shallow, false);
  if (tooDeep) refuse("the body is nested too deeply");
  if (!given.is_object()) {
    refuse("the body is not an object in JSON",
           "{\"queue\": \"name\", \"messages\": [{\"id\": \"1\", \"body\": \"text\"}]}");
  }
  const std::string where = "the body";
  web::QueueBatch batch;
  batch.queue = member(given, "queue", where, "a string", isString).get<std::string>();
  for (auto& message : member(given, "messages", where, "a list", isArray)) {
    batch.messages.push_back(parseMessage(message, batch.messages.size(), nowMillis));
  }
  return {.worker = workerOf(parameters, simulation),
          .event = std::move(batch),
          .answer = HandlerCall::Answer::kJson};
}

net::Response response(uint16_t status, std::string type, std::string body) {
  net::Response made;
  made.status = status;
  made.statusText = net::reasonPhrase(status);
  made.headers.set("Content-Type", type);
  made.body = net::Body::fromBytes(std::move(body));
  return made;
}

}  // namespace

bool isHandlerUrl(std::string_view text) {
  if (text.find("/cdn-cgi/handler/") == std::string_view::npos) return false;
  auto url = net::Url::parse(text);
  return url && (url->pathname() == kScheduled || url->pathname() == kQueue);
}

HandlerCall parseHandlerCall(const net::Request& request, const std::string& body, double nowMillis,
                             const bundle::Simulation& simulation) {
  auto url = net::Url::parse(request.url);
  if (!url) refuse("the URL is not valid");
  return url->pathname() == kQueue ? parseQueue(request, *url, body, nowMillis, simulation)
                                   : parseScheduled(*url, nowMillis, simulation);
}

net::Response answerFor(const HandlerCall& call, const web::EventOutcome& outcome) {
  uint16_t status = outcome.outcome == "ok" ? 200 : 500;
  if (call.answer == HandlerCall::Answer::kJson) {
    return response(status, "application/json", outcome.text);
  }
  return response(status, "text/plain;charset=UTF-8", outcome.outcome);
}

net::Response answerFor(const UserError& error) {
  auto& diagnostic = error.diagnostic;
  auto help = diagnostic.help.empty() ? "" : "; " + diagnostic.help;
  return response(400, "text/plain;charset=UTF-8", diagnostic.message + help + "\n");
}

}  // namespace flamesim::server
