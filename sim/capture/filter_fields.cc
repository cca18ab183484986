#include "sim/capture/filter_fields.h"

#include <algorithm>
#include <iterator>

#include "sim/capture/body_note.h"
#include "sim/net/url_parts.h"

namespace flamesim::capture {

namespace {

using net::Exchange;

void headerValues(const net::HeaderList& headers, const std::string& name, FieldValues& out) {
  for (const auto& header : headers.all()) {
    if (net::equalsIgnoringCase(header.name, name)) out.texts.push_back(header.value);
  }
}

// True where the capture has an answer of FL to compare with.
bool hasAnswer(const Exchange& exchange) {
  return outcomeKnown(exchange.outcome) && exchange.outcome.response.status != 0;
}

using Name = const std::string&;
constexpr Field kFields[]{
    {"id", FieldType::kNumber, false,
     [](const Exchange& from, Name, FieldValues& out) { out.numbers.push_back(int64_t(from.id)); }},
    {"time", FieldType::kTime, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.numbers.push_back(nanosOf(from.time));
     }},
    {"method", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(from.request.method);
     }},
    {"url", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.request.url); }},
    {"host", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(net::splitUrl(from.request.url).host);
     }},
    {"path", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(net::splitUrl(from.request.url).path);
     }},
    {"query", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(net::splitUrl(from.request.url).query);
     }},
    {"version", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(from.request.httpVersion);
     }},
    {"scheme", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.client.scheme); }},
    {"ip", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.client.ip); }},
    {"country", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(from.client.country);
     }},
    {"ray", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.client.rayId); }},
    {"header", FieldType::kText, true,
     [](const Exchange& from, Name name, FieldValues& out) {
       headerValues(from.request.headers, name, out);
     }},
    {"body", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.request.body); }},
    {"status", FieldType::kNumber, false,
     [](const Exchange& from, Name, FieldValues& out) {
       if (hasAnswer(from)) out.numbers.push_back(from.outcome.response.status);
     }},
    {"response.header", FieldType::kText, true,
     [](const Exchange& from, Name name, FieldValues& out) {
       headerValues(from.outcome.response.headers, name, out);
     }},
    {"response.body", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       if (hasAnswer(from)) out.texts.push_back(from.outcome.response.body);
     }},
    {"answered", FieldType::kFlag, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.numbers.push_back(hasAnswer(from) ? 1 : 0);
     }},
    {"outcome", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.texts.push_back(outcomeName(from.outcome));
     }},
    {"error", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) { out.texts.push_back(from.outcome.error); }},
    {"effects.count", FieldType::kNumber, false,
     [](const Exchange& from, Name, FieldValues& out) {
       out.numbers.push_back(int64_t(from.outcome.effects.size()));
     }},
    {"effects.kind", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       for (const auto& effect : from.outcome.effects) {
         out.texts.push_back(net::effectKindName(effect.kind));
       }
     }},
    {"effects.destination", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       for (const auto& effect : from.outcome.effects) out.texts.push_back(effect.destination);
     }},
    {"effects.operation", FieldType::kText, false,
     [](const Exchange& from, Name, FieldValues& out) {
       for (const auto& effect : from.outcome.effects) out.texts.push_back(effect.operation);
     }},
};

}  // namespace

const Field* findField(std::string_view name) {
  auto found = std::find_if(std::begin(kFields), std::end(kFields),
                            [&](const Field& field) { return field.name == name; });
  return found == std::end(kFields) ? nullptr : &*found;
}

std::vector<std::string> allFieldNames() {
  std::vector<std::string> names;
  for (const auto& field : kFields) names.emplace_back(field.name);
  return names;
}

}  // namespace flamesim::capture
