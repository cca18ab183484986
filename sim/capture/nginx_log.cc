#include "sim/capture/nginx_log.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "sim/capture/body_note.h"
#include "sim/capture/date_time.h"
#include "sim/capture/raw_http.h"
#include "sim/capture/text.h"
#include "sim/net/syntax.h"

namespace flamesim::capture {

namespace {

// A request that took longer did not.
constexpr auto kLongest = std::chrono::hours(24);

// "1700000000.123" as nanoseconds; also "0.004". Several, as of upstreams, are none.
std::optional<int64_t> secondsToNanos(std::string_view text) {
  size_t point = text.find('.');
  auto whole = text.substr(0, point);
  uint64_t seconds = 0;
  if (!net::parseContentLength(whole, seconds) || seconds > 9'000'000'000) return std::nullopt;
  uint64_t nanos = 0;
  if (point != std::string_view::npos) {
    std::string fraction(text.substr(point + 1, 9));
    fraction.resize(9, '0');
    if (!net::parseContentLength(fraction, nanos)) return std::nullopt;
  }
  return int64_t(seconds * 1'000'000'000 + nanos);
}

// "10/Oct/2000:13:55:36 -0700", as an ISO date for the parser of those.
std::optional<Time> parseLocalTime(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':') {
    return std::nullopt;
  }
  size_t month = kMonths.find(text.substr(3, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  std::string number = std::to_string(month / 3 + 1);
  if (number.size() < 2) number = "0" + number;
  return parseDateTime(std::string(text.substr(7, 4)) + "-" + number + "-" +
                       std::string(text.substr(0, 2)) + "T" + std::string(text.substr(12, 8)) +
                       std::string(text.substr(21)));
}

// "user_agent" is User-Agent.
std::string headerName(std::string_view variable) {
  std::string name(variable);
  bool first = true;
  for (char& c : name) {
    if (c == '_') c = '-';
    if (first && c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
    first = c == '-';
  }
  return name;
}

class LogLine {
 public:
  LogLine(const std::vector<LogFormat::Value>& values, const NginxLogOptions& options,
          ImportReport& report, std::string& example)
      : options(options), report(report), example(example), scheme(options.scheme) {
    for (const auto& value : values) {
      if (!value.missing) take(value.name, value.value);
    }
  }

  // The reason to leave the line out, or "".
  std::string make(net::Exchange& to) {
    if (!time) return "no time in the line";
    if (auto reason = takeRequestLine(); !reason.empty()) return reason;
    example += " " + exchange.request.method + " " + printable(target.substr(0, 120));
    if (exchange.request.method == "CONNECT") return "CONNECT is for proxies";
    if (auto reason = takeUrl(); !reason.empty()) return reason;
    if (auto reason = takeBody(); !reason.empty()) return reason;
    if (broken) return "a header that HTTP does not allow";
    exchange.time = *time - duration;
    exchange.client.scheme = scheme;
    takeStatus();
    to = std::move(exchange);
    return "";
  }

 private:
  void take(std::string_view name, const std::string& value) {
    if (takeTime(name, value) || takeTarget(name, value) || takeClient(name, value)) return;
    if (name == "status") {
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), status);
      if (error != std::errc() || end != value.data() + value.size()) status = 0;
    } else if (name == "request_body") {
      body = value;
    } else if (name == "content_type") {
      addHeader(headers, "Content-Type", value);
    } else if (name == "content_length") {
      addHeader(headers, "Content-Length", value);
    } else if (name.starts_with("http_")) {
      addHeader(headers, headerName(name.substr(5)), value);
    } else if (name.starts_with("sent_http_")) {
      addHeader(exchange.outcome.response.headers, headerName(name.substr(10)), value);
    } else if (name.starts_with("cookie_")) {
      cookies += (cookies.empty() ? "" : "; ") + std::string(name.substr(7)) + "=" + value;
    }
  }

  bool takeTime(std::string_view name, const std::string& value) {
    if (name == "msec") {
      if (auto nanos = secondsToNanos(value)) time = timeFromNanos(*nanos);
      exact = time.has_value();
    } else if (name == "time_iso8601") {
      if (!exact) time = parseDateTime(value);
    } else if (name == "time_local") {
      if (!exact) time = parseLocalTime(value);
    } else if (name == "request_time") {
      auto nanos = secondsToNanos(value);
      if (nanos && Duration(*nanos) < kLongest) duration = Duration(*nanos);
    } else {
      return false;
    }
    return true;
  }

  bool takeTarget(std::string_view name, const std::string& value) {
    if (name == "request") {
      requestLine = value;
    } else if (name == "request_method") {
      method = value;
    } else if (name == "request_uri") {
      uri = value;
    } else if (name == "uri" || name == "document_uri") {
      path = value;
    } else if (name == "args" || name == "query_string") {
      query = value;
    } else if (name == "server_protocol") {
      protocol = value;
    } else if (name == "host" || name == "server_name") {
      if (name == "host" || host.empty()) host = value;
    } else if (name == "scheme") {
      scheme = value;
    } else if (name == "https") {
      if (value == "on") scheme = "https";
    } else {
      return false;
    }
    return true;
  }

  bool takeClient(std::string_view name, const std::string& value) {
    auto& client = exchange.client;
    if (name == "remote_addr") {
      client.ip = value.starts_with("unix:") ? "" : value;
    } else if (name == "remote_port") {
      uint64_t port = 0;
      if (net::parseContentLength(value, port) && port <= UINT16_MAX) client.port = uint16_t(port);
    } else if (name == "server_addr") {
      client.connectedAddress = value;
    } else if (name == "geoip_country_code" || name == "geoip2_country_code") {
      client.country = value;
    } else {
      return false;
    }
    return true;
  }

  void addHeader(net::HeaderList& to, std::string_view name, const std::string& value) {
    if (!net::isToken(name) || !net::isFieldValue(value)) {
      broken = true;
    } else if (!net::equalsIgnoringCase(name, "transfer-encoding")) {
      to.append(name, net::trimWhitespace(value));
    }
  }

  std::string takeRequestLine() {
    if (!requestLine.empty()) {
      RawRequest raw;
      auto reason = parseRawRequest(requestLine + "\r\n\r\n", raw);
      // NGINX writes requests of HTTP/2 and 3 with their version, which raw ones cannot have.
      size_t last = requestLine.rfind(' ');
      if (!reason.empty() && last != std::string::npos &&
          requestLine.substr(last + 1).starts_with("HTTP/")) {
        raw.version = requestLine.substr(last + 1);
        reason = parseRawRequest(requestLine.substr(0, last) + " HTTP/1.1\r\n\r\n", raw);
        protocol = requestLine.substr(last + 1);
      } else {
        protocol = raw.version;
      }
      if (!reason.empty()) return "$request is no HTTP request";
      method = raw.method;
      target = raw.target;
    } else if (!uri.empty()) {
      target = uri;
    } else if (!path.empty()) {
      target = path + (query.empty() ? "" : "?" + query);
      report.adjust("URL made of $uri, which NGINX has decoded and rewritten", example);
    }
    if (!net::isToken(method) || target.empty()) return "no method or no URL in the line";
    exchange.request.method = method;
    bool newer = protocol.starts_with("HTTP/2") || protocol.starts_with("HTTP/3");
    exchange.request.httpVersion = newer                    ? protocol.substr(0, 6)
                                   : protocol == "HTTP/1.0" ? "HTTP/1.0"
                                                            : "HTTP/1.1";
    return "";
  }

  std::string takeUrl() {
    if (scheme != "http" && scheme != "https") return "the scheme is not http or https";
    auto named = headers.get("host").value_or(host);
    if (named.empty() || named == "_") named = options.host;
    if (named.empty()) return "no host in the line; --host names one";
    exchange.request.url = urlOfTarget(scheme, named, target);
    if (exchange.request.url.empty()) return "target or host is not valid";
    headers.remove("host");
    std::vector<net::Header> list{{"Host", named}};
    list.insert(list.end(), headers.all().begin(), headers.all().end());
    if (!cookies.empty() && !headers.has("cookie")) list.push_back({"Cookie", cookies});
    exchange.request.headers = net::HeaderList(std::move(list));
    exchange.client.rayId = headers.get("cf-ray").value_or("");
    return "";
  }

  std::string takeBody() {
    auto& request = exchange.request;
    auto length = request.headers.get("content-length").value_or("0");
    bool expected = request.method == "POST" || request.method == "PUT" ||
                    request.method == "PATCH" || length != "0";
    if (!body.empty()) {
      request.body = body;
      if (request.headers.has("content-length")) {
        request.headers.set("Content-Length", std::to_string(body.size()));
      }
    } else if (expected) {
      return "a request with a body, which the log does not have";
    }
    return "";
  }

  void takeStatus() {
    auto& response = exchange.outcome.response;
    if (status < 100 || status > 599 || status == 499 || status == 444) {
      std::string reason = status == 499   ? "the client left before the answer (499)"
                           : status == 444 ? "NGINX closed the connection (444)"
                                           : "the log has no status";
      exchange.outcome = unknownOutcome(reason);
      report.adjust("outcome marked as not known: " + reason, example);
      return;
    }
    response.status = status;
    exchange.outcome.error = std::string(kHeadersNotKept) + "an access log has neither";
  }

  const NginxLogOptions& options;
  ImportReport& report;
  std::string& example;
  std::optional<Time> time;
  bool exact = false;  // `time` is of $msec
  Duration duration{};
  std::string requestLine;
  std::string method;
  std::string uri;
  std::string path;
  std::string query;
  std::string protocol;
  std::string host;
  std::string scheme;
  std::string cookies;
  std::string body;
  std::string target;
  uint16_t status = 0;
  net::HeaderList headers;
  bool broken = false;
  net::Exchange exchange;
};

// What no line could do without.
std::optional<Diagnostic> lackOf(const LogFormat& format, const NginxLogOptions& options) {
  auto any = [&](std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](auto name) { return format.has(name); });
  };
  if (!any({"time_local", "time_iso8601", "msec"})) {
    return Diagnostic{.message = "the log format has no time",
                      .help = "it needs $time_local, $time_iso8601 or $msec"};
  }
  bool line =
      any({"request"}) || (any({"request_method"}) && any({"request_uri", "uri", "document_uri"}));
  if (!line) {
    return Diagnostic{.message = "the log format has no request",
                      .help = "it needs $request, or $request_method and $request_uri"};
  }
  if (options.host.empty() && !any({"host", "http_host", "server_name"})) {
    return Diagnostic{.message = "the log format has no host",
                      .help = "--host NAME says which host the log is of"};
  }
  return std::nullopt;
}

}  // namespace

Result<Import> importNginxLog(std::string_view text, std::string_view fileName,
                              const LogFormat& format, const NginxLogOptions& options) {
  if (auto lack = lackOf(format, options)) return *lack;
  Import result;
  uint64_t number = 0;
  while (!text.empty()) {
    size_t end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    ++result.report.entries;
    std::string example = std::string(fileName) + ":" + std::to_string(number);
    auto values = format.split(line);
    if (!values) {
      result.report.skip("a line that is not of the log format", example);
      continue;
    }
    net::Exchange exchange;
    auto reason = LogLine(*values, options, result.report, example).make(exchange);
    if (!reason.empty()) {
      result.report.skip(reason, example);
      continue;
    }
    result.exchanges.push_back(std::move(exchange));
  }
  numberByTime(result);
  return result;
}

}  // namespace flamesim::capture
