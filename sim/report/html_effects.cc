// effectsHtml() of html_exchange.h.
#include <algorithm>
#include <cstdio>

#include "sim/report/html_exchange.h"
#include "sim/report/html_text.h"
#include "sim/report/text.h"

namespace flamesim::report {

namespace {

constexpr size_t kShownEffects = 100;
constexpr size_t kShownEffectText = 2 << 10;

std::string decimals(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string millis(Duration duration) {
  return decimals("%.3f ms", double(duration.count()) / 1e6);
}

// Of the axis, in percent.
std::string percentOf(Duration part, Duration span) {
  double share = double(part.count()) / double(span.count());
  return decimals("%.2f%%", std::clamp(share, 0.0, 1.0) * 100);
}

std::string cutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return htmlText(text);
  size_t end = limit;
  while (end > 0 && (uint8_t(text[end]) & 0xc0) == 0x80) --end;
  return htmlText(text.substr(0, end)) + " <i>[" + grouped(text.size() - end) + " bytes more]</i>";
}

void detail(std::string_view label, std::string_view text, std::string& out) {
  if (text.empty()) return;
  out += "<dt>" + std::string(label) + "</dt><dd><code>" + cutText(text, kShownEffectText) +
         "</code></dd>";
}

void headerDetail(std::string_view label, const net::HeaderList& headers, std::string& out) {
  if (headers.size() == 0) return;
  out += "<dt>" + std::string(label) + "</dt><dd>";
  for (const auto& header : headers.all()) {
    out += "<code>" + htmlText(header.name) + ": " + cutText(header.value, kShownEffectText) +
           "</code><br>";
  }
  out += "</dd>";
}

std::string nameOf(const net::Effect& effect) {
  std::string name = std::string(net::effectKindName(effect.kind));
  if (!effect.destination.empty()) name += " " + effect.destination;
  if (!effect.operation.empty()) name += " " + effect.operation;
  if (effect.request) name += " " + effect.request->method + " " + effect.request->url;
  if (effect.response) name += " → " + std::to_string(effect.response->status);
  return name;
}

std::string effectHtml(const net::Effect& effect, Duration begin, Duration span) {
  std::string out = "<li><details><summary><span class=\"axis\"><span class=\"bar\" style=\"left:" +
                    percentOf(begin, span) + ";width:" + percentOf(effect.duration, span) +
                    "\"></span></span><span class=\"when\">+" + millis(begin) + ", " +
                    millis(effect.duration) + "</span> <code>" +
                    cutText(nameOf(effect), kShownEffectText) + "</code>";
  if (!effect.worker.empty())
    out += " <span class=\"by\">by " + htmlText(effect.worker) + "</span>";
  if (!effect.error.empty()) out += " <strong class=\"bad\">failed</strong>";
  out += "</summary><dl>";
  detail("error", effect.error, out);
  detail("input", effect.input, out);
  detail("output", effect.output, out);
  if (effect.request) {
    headerDetail("request headers", effect.request->headers, out);
    detail("request body", effect.request->body, out);
  }
  if (effect.response) {
    headerDetail("response headers", effect.response->headers, out);
    detail("response body", effect.response->body, out);
  }
  return out + "</dl></details></li>";
}

}  // namespace

Duration spanOf(const net::Exchange& exchange) {
  Duration span(1);
  for (const auto& effect : exchange.outcome.effects) {
    span = std::max(span, effect.start - exchange.time + effect.duration);
  }
  return span;
}

std::string effectsHtml(const net::Exchange& exchange, Duration span) {
  const auto& effects = exchange.outcome.effects;
  if (effects.empty()) return "<p class=\"note\">none</p>";
  std::string out = "<ol class=\"effects\">";
  size_t shown = std::min(effects.size(), kShownEffects);
  for (size_t i = 0; i < shown; ++i) {
    out += effectHtml(effects[i], effects[i].start - exchange.time, span);
  }
  out += "</ol>";
  if (shown < effects.size()) {
    out += "<p class=\"note\">" + counted(effects.size() - shown, "more effect") + "</p>";
  }
  return out;
}

}  // namespace flamesim::report
