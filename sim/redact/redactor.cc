#include "sim/redact/redactor.h"

#include <vector>

#include "sim/capture/body_note.h"
#include "sim/net/content_coding.h"
#include "sim/net/content_encoder.h"

namespace flamesim::redact {

namespace {

// Of a body without its coding; more is taken for an attack.
constexpr uint64_t kMostDecoded = 64u << 20;

// So few bytes hold no secret in any coding: what is no such coding is the sender's fault, and
// kept.
constexpr size_t kHoldsNothing = 12;

// A body whose secrets are being replaced.
struct Content {
  std::string field;
  net::HeaderList* headers;
  std::string* body;
  std::string* error;  // beside the body
  std::string coding;  // empty: none
  std::string text = {};
  bool changed = false;
  std::string* visible() { return coding.empty() ? body : &text; }
};

// One exchange on its way through.
class Pass {
 public:
  Pass(Replacer& replacer, net::Exchange& exchange) : replacer(replacer), exchange(exchange) {}

  void run() {
    auto& outcome = exchange.outcome;
    replacer.setRequest(exchange.request.url);
    replacer.field = "client ip";
    replacer.address(exchange.client.ip);
    message("request", exchange.request, outcome.error);
    message("response", outcome.response, outcome.error);
    line("error", outcome.error);
    for (size_t i = 0; i < outcome.effects.size(); ++i) effect(i);
    if (replacer.hasKnown()) replaceKnown();
    for (auto& content : contents) store(content);
  }

 private:
  static std::string effectName(size_t i) { return "effect " + std::to_string(i + 1); }

  void url(const std::string& place, std::string& text) {
    replacer.field = place + " url";
    replacer.url(text);
  }

  void line(const std::string& place, std::string& text) {
    replacer.field = place;
    replacer.jsonOrText(text);
  }

  void message(const std::string& place, net::RecordedRequest& request, std::string& error) {
    url(place, request.url);
    replacer.field = place;
    replacer.headers(request.headers);
    body(place, request.headers, request.body, error);
  }

  void message(const std::string& place, net::RecordedResponse& response, std::string& error) {
    replacer.field = place;
    replacer.headers(response.headers);
    body(place, response.headers, response.body, error);
  }

  void effect(size_t i) {
    auto& effect = exchange.outcome.effects[i];
    std::string place = effectName(i);
    replacer.setRequest(effect.request ? effect.request->url : exchange.request.url);
    if (effect.request) message(place + " request", *effect.request, effect.error);
    if (effect.response) message(place + " response", *effect.response, effect.error);
    line(place + " input", effect.input);
    line(place + " output", effect.output);
    line(place + " error", effect.error);
  }

  void body(const std::string& place, net::HeaderList& headers, std::string& bytes,
            std::string& error) {
    if (bytes.empty()) return;
    const auto* type = headers.first("content-type");
    std::string contentType = type == nullptr ? "" : *type;
    if (isBinaryType(contentType)) return;
    Content content{.field = place + " body",
                    .headers = &headers,
                    .body = &bytes,
                    .error = &error,
                    .coding = codingOf(headers)};
    if (!content.coding.empty()) {
      auto decoded = net::decodeContent(content.coding, bytes, kMostDecoded);
      if (!decoded && bytes.size() > kHoldsNothing) return drop(content, decoded.error().message);
      if (decoded) {
        content.text = std::move(decoded.value());
      } else {
        content.coding.clear();
      }
    }
    replacer.field = content.field;
    content.changed = replace(*content.visible(), contentType);
    contents.push_back(std::move(content));
  }

  static std::string codingOf(const net::HeaderList& headers) {
    auto coding = headers.get("content-encoding");
    return coding && !net::equalsIgnoringCase(*coding, "identity") ? *coding : "";
  }

  bool replace(std::string& text, const std::string& contentType) {
    switch (bodyShape(contentType, text)) {
      case BodyShape::kBinary:
        return false;
      case BodyShape::kText:
        return replacer.text(text);
      case BodyShape::kJson:
        return replacer.json(text);
      case BodyShape::kForm:
        return replacer.form(text);
      case BodyShape::kMultipart:
        return replacer.multipart(text, boundaryOf(contentType));
    }
    return false;
  }

  // Nobody can tell what is in it: it is not kept.
  static void drop(const Content& content, const std::string& why) {
    content.body->clear();
    if (capture::saysBodyNotKept(*content.error)) return;
    std::string note = capture::bodyNotKept(content.field + " cannot be redacted: " + why);
    *content.error = content.error->empty() ? note : note + "; " + *content.error;
  }

  void replaceKnown() {
    auto& outcome = exchange.outcome;
    knownIn("request", exchange.request);
    replacer.field = "response";
    replacer.known(outcome.response.headers);
    knownIn("error", outcome.error);
    for (size_t i = 0; i < outcome.effects.size(); ++i) {
      auto& effect = outcome.effects[i];
      std::string place = effectName(i);
      if (effect.request) knownIn(place + " request", *effect.request);
      replacer.field = place + " response";
      if (effect.response) replacer.known(effect.response->headers);
      for (auto* text : {&effect.input, &effect.output, &effect.error}) knownIn(place, *text);
    }
    for (auto& content : contents) {
      replacer.field = content.field;
      content.changed = replacer.known(*content.visible()) || content.changed;
    }
  }

  void knownIn(const std::string& place, std::string& text) {
    replacer.field = place;
    replacer.known(text);
  }

  void knownIn(const std::string& place, net::RecordedRequest& request) {
    replacer.field = place + " url";
    replacer.known(request.url);
    replacer.field = place;
    replacer.known(request.headers);
  }

  static void store(Content& content) {
    if (!content.changed) return;
    if (!content.coding.empty()) {
      auto encoded = net::encodeContent(content.coding, std::move(content.text));
      if (!encoded) return drop(content, "content coding " + content.coding + " is not known");
      *content.body = std::move(*encoded);
    }
    if (content.headers->has("content-length")) {
      content.headers->set("Content-Length", std::to_string(content.body->size()));
    }
  }

  Replacer& replacer;
  net::Exchange& exchange;
  std::vector<Content> contents;
};

}  // namespace

Redactor::Redactor(RedactionSettings settings)
    : pseudonyms(settings.key.empty() ? redact::randomKey() : settings.key),
      rules(std::move(settings.rules)),
      randomKey(settings.key.empty()) {}

void Redactor::redact(net::Exchange& exchange, const Observer& observer) const {
  Replacer replacer(pseudonyms, rules, observer ? &observer : nullptr);
  Pass(replacer, exchange).run();
}

std::string Redactor::note() const {
  std::string kinds;
  for (Kind kind : {Kind::kCredentials, Kind::kCookie, Kind::kToken, Kind::kEmail, Kind::kAddress,
                    Kind::kCard}) {
    if (!rules.redacts(kind)) continue;
    if (!kinds.empty()) kinds += ", ";
    kinds += kindName(kind);
  }
  std::string note = "redacted: " + (kinds.empty() ? "none of the built-in kinds" : kinds);
  if (!rules.source().empty()) note += "; rules of " + rules.source();
  return note + (randomKey ? "; pseudonyms under a random key" : "; pseudonyms under a given key");
}

}  // namespace flamesim::redact
