#include "sim/capture/har_export.h"

#include "sim/capture/body_note.h"
#include "sim/capture/date_time.h"
#include "sim/capture/har_extension.h"
#include "sim/capture/text.h"
#include "sim/net/content_coding.h"
#include "sim/net/syntax.h"
#include "sim/net/url.h"
#include "sim/net/url_search_params.h"

namespace flamesim::capture {

namespace {

using Json = nlohmann::ordered_json;

// What a body may become when it is decoded; one that would be larger stays coded.
constexpr uint64_t kMostDecoded = 256u << 20;

Json pairJson(std::string_view name, std::string_view value) {
  return {{"name", isUtf8(name) ? std::string(name) : printable(name)},
          {"value", isUtf8(value) ? std::string(value) : printable(value)}};
}

// Bytes that are no UTF-8 one by one as U+0080 to U+00FF: what HTTP once said of header values.
std::string fromLatin1(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    auto byte = uint8_t(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += char(0xc0 | (byte >> 6));
      out += char(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

// "a=1; b=2" as pairs; `pairs` at most.
Json cookiePairs(std::string_view header) {
  Json list = Json::array();
  while (!header.empty()) {
    size_t end = header.find(';');
    auto part = net::trimWhitespace(header.substr(0, end));
    size_t equals = part.find('=');
    if (!part.empty()) {
      list.push_back(pairJson(part.substr(0, equals), equals == std::string_view::npos
                                                          ? std::string_view()
                                                          : part.substr(equals + 1)));
    }
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  return list;
}

Json setCookieJson(std::string_view header) {
  auto parts = cookiePairs(header);
  if (parts.empty()) return nullptr;
  Json cookie = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) {
    auto name = net::toLowerAscii(parts[i]["name"].get_ref<const std::string&>());
    if (name == "path" || name == "domain") cookie[name] = parts[i]["value"];
    if (name == "httponly") cookie["httpOnly"] = true;
    if (name == "secure") cookie["secure"] = true;
  }
  return cookie;
}

class Entry {
 public:
  Entry(const net::Exchange& exchange, ImportReport& report)
      : exchange(exchange), report(report), example("exchange " + std::to_string(exchange.id)) {}

  Json make() {
    ++report.entries;
    ++report.imported;
    extension = harExtension(exchange);
    Json entry{{"startedDateTime", formatDateTime(exchange.time)},
               {"time", 0},
               {"request", requestJson()},
               {"response", responseJson()},
               {"cache", Json::object()},
               {"timings",
                {{"blocked", -1},
                 {"dns", -1},
                 {"connect", -1},
                 {"send", 0},
                 {"wait", 0},
                 {"receive", 0},
                 {"ssl", -1}}}};
    const auto& address = exchange.client.connectedAddress;
    if (!address.empty() && isUtf8(address)) entry["serverIPAddress"] = address;
    entry["_flamesim"] = std::move(extension);
    return entry;
  }

 private:
  Json headersJson(const net::HeaderList& headers) {
    Json list = Json::array();
    for (const auto& header : headers.all()) {
      if (!isUtf8(header.value)) {
        report.adjust("header values that are not UTF-8 written as if they were ISO-8859-1",
                      example);
        list.push_back(pairJson(header.name, fromLatin1(header.value)));
      } else {
        list.push_back(pairJson(header.name, header.value));
      }
    }
    return list;
  }

  Json requestJson() {
    const auto& request = exchange.request;
    Json cookies = Json::array();
    for (const auto& line : request.headers.getAll("cookie")) {
      for (auto& cookie : cookiePairs(line)) cookies.push_back(cookie);
    }
    Json query = Json::array();
    if (auto url = net::Url::parse(request.url)) {
      auto text = url->query();
      auto params = net::UrlSearchParams::parse(text.value_or(""));
      for (const auto& [name, value] : params.all()) query.push_back(pairJson(name, value));
    }
    Json to{{"method", isUtf8(request.method) ? request.method : printable(request.method)},
            {"url", isUtf8(request.url) ? request.url : printable(request.url)},
            {"httpVersion", request.httpVersion},
            {"cookies", std::move(cookies)},
            {"headers", headersJson(request.headers)},
            {"queryString", std::move(query)},
            {"headersSize", -1},
            {"bodySize", request.body.size()}};
    if (!request.body.empty()) to["postData"] = postData(request);
    return to;
  }

  static Json postData(const net::RecordedRequest& request) {
    auto type = request.headers.get("content-type").value_or("");
    Json to{{"mimeType", isUtf8(type) ? type : printable(type)}, {"params", Json::array()}};
    if (isUtf8(request.body)) {
      to["text"] = request.body;
    } else {
      to["text"] = toBase64(request.body);
      to["_encoding"] = "base64";
    }
    return to;
  }

  Json responseJson() {
    const auto& response = exchange.outcome.response;
    Json cookies = Json::array();
    for (const auto& line : response.headers.getAll("set-cookie")) {
      auto cookie = setCookieJson(line);
      if (!cookie.is_null()) cookies.push_back(std::move(cookie));
    }
    auto redirect = response.headers.get("location").value_or("");
    return {{"status", response.status},
            {"statusText",
             isUtf8(response.statusText) ? response.statusText : printable(response.statusText)},
            {"httpVersion", response.httpVersion},
            {"cookies", std::move(cookies)},
            {"headers", headersJson(response.headers)},
            {"content", contentJson()},
            {"redirectURL", isUtf8(redirect) ? redirect : printable(redirect)},
            {"headersSize", -1},
            {"bodySize", response.body.size()}};
  }

  Json contentJson() {
    const auto& response = exchange.outcome.response;
    auto type = response.headers.get("content-type").value_or("x-unknown");
    std::string body = response.body;
    if (auto coding = response.headers.get("content-encoding"); coding && !body.empty()) {
      auto decoded = net::decodeContent(*coding, body, kMostDecoded);
      if (decoded && bodiesComplete(exchange.outcome)) {
        extension["codedBody"] = toBase64(body);
        body = std::move(decoded.value());
      } else {
        extension["stillCoded"] = true;
        report.adjust("response bodies that cannot be decoded left coded", example);
      }
    }
    Json to{{"size", body.size()}, {"mimeType", isUtf8(type) ? type : printable(type)}};
    if (body.empty() && !bodiesComplete(exchange.outcome)) {
      to["size"] = -1;
    } else if (isUtf8(body)) {
      to["text"] = body;
    } else {
      to["text"] = toBase64(body);
      to["encoding"] = "base64";
    }
    return to;
  }

  const net::Exchange& exchange;
  ImportReport& report;
  const std::string example;
  Json extension;
};

}  // namespace

std::string harBegin() {
  return "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"flamesim\",\"version\":\"0.1.0\"},"
         "\"comment\":\"times are not known but when each request came\",\"entries\":[\n";
}

std::string harEnd() {
  return "\n]}}\n";
}

Json harEntry(const net::Exchange& exchange, ImportReport& report) {
  return Entry(exchange, report).make();
}

}  // namespace flamesim::capture
