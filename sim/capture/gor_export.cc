#include <cstdio>

#include "sim/capture/body_note.h"
#include "sim/capture/gor.h"
#include "sim/capture/raw_http.h"
#include "sim/net/syntax.h"
#include "sim/net/url.h"

namespace flamesim::capture {

namespace {

// As gorPayloads() needs it; the importer has its own, for it looks for it.
constexpr std::string_view kMonkeys = "\n\xF0\x9F\x90\xB5\xF0\x9F\x99\x88\xF0\x9F\x99\x89\n";

std::string payloadLine(char type, const net::Exchange& exchange) {
  char line[96];
  // An id is 24 hexadecimal digits in GoReplay.
  std::snprintf(line, sizeof(line), "%c %024llx %lld 0\n", type,
                static_cast<unsigned long long>(exchange.id),
                static_cast<long long>(nanosOf(exchange.time)));
  return line;
}

// `body` under headers whose Content-Length agrees with it. `framed`: without one it must have a
// length, for nothing else ends it.
std::string message(std::string startLine, const net::HeaderList& headers, std::string_view body,
                    bool framed) {
  std::string length = std::to_string(body.size());
  bool hasLength = false;
  startLine += "\r\n";
  for (const auto& header : headers.all()) {
    if (net::equalsIgnoringCase(header.name, "transfer-encoding")) continue;
    bool isLength = net::equalsIgnoringCase(header.name, "content-length");
    if (isLength && framed && hasLength) continue;
    hasLength = hasLength || isLength;
    startLine += header.name + ": " + (isLength && framed ? length : header.value) + "\r\n";
  }
  if (framed && !hasLength) startLine += "Content-Length: " + length + "\r\n";
  startLine += "\r\n";
  return startLine.append(body);
}

bool isWritable(const net::HeaderList& headers) {
  for (const auto& header : headers.all()) {
    if (!net::isToken(header.name) || !net::isFieldValue(header.value)) return false;
  }
  return true;
}

// HTTP/2 and 3 have no such form; what they carried is written as HTTP/1.1.
std::string versionOf(std::string_view version) {
  return version == "HTTP/1.0" ? "HTTP/1.0" : "HTTP/1.1";
}

std::string requestMessage(const net::Exchange& exchange, const net::Url& url) {
  const auto& request = exchange.request;
  std::string target = std::string(url.pathname());
  if (auto query = url.query()) target += "?" + std::string(*query);
  // Where the Host header says something else, the target has to say it all.
  auto host = request.headers.get("host").value_or("");
  if (urlOfTarget(exchange.client.scheme, host, target) != request.url) {
    target = url.hrefWithoutFragment();
  }
  bool framed = !request.body.empty() || request.headers.has("content-length");
  return message(request.method + " " + target + " " + versionOf(request.httpVersion),
                 request.headers, request.body, framed);
}

std::string responseMessage(const net::Exchange& exchange) {
  const auto& response = exchange.outcome.response;
  bool bodyless = exchange.request.method == "HEAD" || response.status < 200 ||
                  response.status == 204 || response.status == 304;
  return message(versionOf(response.httpVersion) + " " + std::to_string(response.status) + " " +
                     response.statusText,
                 response.headers, bodyless ? std::string_view() : response.body, !bodyless);
}

}  // namespace

std::string gorPayloads(const net::Exchange& exchange, ImportReport& report) {
  const auto& request = exchange.request;
  std::string example = "exchange " + std::to_string(exchange.id);
  ++report.entries;
  auto url = net::Url::parse(request.url);
  if (!url || !net::isToken(request.method) || !isWritable(request.headers)) {
    report.skip("the request cannot be written as HTTP/1", example);
    return "";
  }
  ++report.imported;
  std::string out = payloadLine('1', exchange) + requestMessage(exchange, *url);
  out += kMonkeys;
  if (!exchange.outcome.effects.empty()) report.adjust("effects dropped", example);
  if (!exchange.client.ip.empty()) report.adjust("the client's address dropped", example);
  if (exchange.client.scheme != "http") report.adjust("the scheme dropped: https", example);
  const auto& outcome = exchange.outcome;
  bool answered = outcomeKnown(outcome) && outcome.response.status >= 100 && headersKnown(outcome);
  if (!answered || !net::isFieldValue(outcome.response.statusText) ||
      !isWritable(outcome.response.headers)) {
    report.adjust("no response written: it is not known, or not as HTTP/1", example);
    return out;
  }
  if (!bodiesComplete(outcome)) {
    report.adjust("a response body that was not kept stands as it was kept", example);
  }
  out += payloadLine('2', exchange) + responseMessage(exchange);
  return out.append(kMonkeys);
}

}  // namespace flamesim::capture
