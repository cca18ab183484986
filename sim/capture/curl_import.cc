#include "sim/capture/curl_import.h"

#include <algorithm>

#include "sim/capture/body_note.h"
#include "sim/capture/curl_options.h"
#include "sim/capture/har_body.h"
#include "sim/capture/raw_http.h"
#include "sim/capture/text.h"
#include "sim/net/syntax.h"
#include "sim/net/url.h"
#include "sim/net/url_encode.h"

namespace flamesim::capture {

namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

// What the options of one request add up to.
struct CurlRequest {
  std::vector<std::string> urls;
  std::string method;
  std::vector<std::string> headers;  // as given to -H
  std::string data;
  bool hasData = false;
  bool json = false;
  std::string cookie;
  std::string user;
  std::string userAgent = "curl";
  std::string referer;
  std::string range;
  bool head = false;
  bool get = false;
  bool compressed = false;
  bool globs = true;
  std::string version = "HTTP/1.1";
  std::string refused;  // why it cannot be taken; empty: it can
};

void refuse(CurlRequest& request, std::string reason) {
  if (request.refused.empty()) request.refused = std::move(reason);
}

void addData(CurlRequest& request, std::string_view data, std::string_view between = "&") {
  if (request.hasData) request.data += between;
  request.data += data;
  request.hasData = true;
}

// "name=content", "=content", "content"; with @ in the place of = the content is a file's.
void addUrlEncoded(CurlRequest& request, std::string_view value) {
  size_t end = value.find_first_of("=@");
  if (end != std::string_view::npos && value[end] == '@') {
    return refuse(request, "data from a file (--data-urlencode @file)");
  }
  if (end == std::string_view::npos) return addData(request, formUrlEncode(value));
  std::string name(value.substr(0, end));
  std::string content = formUrlEncode(value.substr(end + 1));
  addData(request, name.empty() ? content : name + "=" + content);
}

void applyData(CurlRequest& request, const CurlArgument& argument) {
  const auto& value = argument.value;
  bool mayBeFile = argument.option == CurlOption::kData || argument.option == CurlOption::kJson;
  if (mayBeFile && value.starts_with('@')) {
    return refuse(request, "data from a file (" + argument.name + " @file)");
  }
  if (argument.option == CurlOption::kDataUrlencode) return addUrlEncoded(request, value);
  if (argument.option == CurlOption::kJson) request.json = true;
  addData(request, value, argument.option == CurlOption::kJson ? "" : "&");
}

void applyHeader(CurlRequest& request, const std::string& value) {
  if (value.starts_with('@')) return refuse(request, "headers from a file (-H @file)");
  request.headers.push_back(value);
}

void applyCookie(CurlRequest& request, const std::string& value) {
  if (value.find('=') == std::string::npos) {
    return refuse(request, "cookies from a file (-b FILE)");
  }
  request.cookie += (request.cookie.empty() ? "" : "; ") + value;
}

void apply(CurlRequest& request, const CurlArgument& argument) {
  const auto& value = argument.value;
  switch (argument.option) {
    case CurlOption::kIgnored:
    case CurlOption::kNext:
      break;
    case CurlOption::kUrl:
      request.urls.push_back(value);
      break;
    case CurlOption::kMethod:
      request.method = value;
      break;
    case CurlOption::kHeader:
      applyHeader(request, value);
      break;
    case CurlOption::kData:
    case CurlOption::kDataRaw:
    case CurlOption::kDataUrlencode:
    case CurlOption::kJson:
      applyData(request, argument);
      break;
    case CurlOption::kCookie:
      applyCookie(request, value);
      break;
    case CurlOption::kUser:
      request.user = value;
      if (value.find(':') == std::string::npos) refuse(request, "curl would ask for a password");
      break;
    case CurlOption::kUserAgent:
      request.userAgent = value;
      break;
    case CurlOption::kReferer:
      request.referer = value.substr(0, value.find(";auto"));
      break;
    case CurlOption::kRange:
      request.range = value;
      break;
    case CurlOption::kHead:
      request.head = true;
      break;
    case CurlOption::kGet:
      request.get = true;
      break;
    case CurlOption::kCompressed:
      request.compressed = true;
      break;
    case CurlOption::kHttp10:
      request.version = "HTTP/1.0";
      break;
    case CurlOption::kHttp11:
      request.version = "HTTP/1.1";
      break;
    case CurlOption::kHttp2:
      request.version = "HTTP/2";
      break;
    case CurlOption::kHttp3:
      request.version = "HTTP/3";
      break;
    case CurlOption::kGlobOff:
      request.globs = false;
      break;
    case CurlOption::kNotTaken:
      refuse(request, "the option " + argument.name);
      break;
  }
}

// `url` with a scheme, without the backslashes that keep curl from globbing. Empty: curl would make
// several URLs of it.
std::string plainUrl(const CurlRequest& request, std::string_view url) {
  std::string out;
  for (size_t i = 0; i < url.size(); ++i) {
    bool special = std::string_view("{}[]").find(url[i]) != std::string_view::npos;
    if (request.globs && url[i] == '\\' && i + 1 < url.size() &&
        std::string_view("{}[]").find(url[i + 1]) != std::string_view::npos) {
      out += url[++i];
      continue;
    }
    // The brackets of an IPv6 address stand behind "//".
    bool ofHost = url[i] == '[' && (out.empty() || out.ends_with("//") || out.ends_with('@'));
    if (special && request.globs && !ofHost && !(url[i] == ']' && out.find('[') != out.npos)) {
      return "";
    }
    out += url[i];
  }
  return out.find("://") == std::string::npos ? "http://" + out : out;
}

// The headers of curl's own and those of -H, which take their place or (with no value) take them
// away. "Name;" has an empty value.
class CurlHeaders {
 public:
  explicit CurlHeaders(const CurlRequest& request) {
    for (const auto& line : request.headers) {
      size_t end = line.find_first_of(":;");
      if (end == std::string::npos) continue;  // curl passes over it
      std::string name(net::trimWhitespace(std::string_view(line).substr(0, end)));
      std::string value(net::trimWhitespace(std::string_view(line).substr(end + 1)));
      if (!net::isToken(name) || !net::isFieldValue(value)) {
        unusable = true;
      } else if (line[end] == ':' && value.empty()) {
        removed.push_back(name);
      } else if (line[end] == ':' || value.empty()) {
        given.append(name, value);
      }
    }
  }

  // A header that curl makes where the command says nothing of it.
  void own(std::string_view name, std::string_view value) {
    if (isRemoved(name) || given.has(name) || all.has(name) || value.empty()) return;
    if (!net::isFieldValue(value)) {
      unusable = true;
      return;
    }
    all.append(name, value);
  }

  void host(std::string_view value) {
    if (const std::string* mine = given.first("host")) {
      all.append("Host", *mine);
    } else if (!isRemoved("host")) {
      all.append("Host", value);
    }
  }

  void takeGiven() {
    for (const auto& header : given.all()) {
      if (!net::equalsIgnoringCase(header.name, "host")) all.append(header.name, header.value);
    }
  }

  net::HeaderList all;
  bool unusable = false;

 private:
  bool isRemoved(std::string_view name) const {
    return std::any_of(removed.begin(), removed.end(), [&](const std::string& each) {
      return net::equalsIgnoringCase(each, name);
    });
  }
  net::HeaderList given;
  std::vector<std::string> removed;
};

std::string methodOf(const CurlRequest& request) {
  if (!request.method.empty()) return request.method;
  if (request.head) return "HEAD";
  return request.hasData && !request.get ? "POST" : "GET";
}

// The reason to leave it out, or "".
std::string makeExchange(const CurlRequest& request, std::string_view given,
                         net::Exchange& exchange) {
  std::string plain = plainUrl(request, given);
  if (plain.empty()) return "curl makes several URLs of {} and []; --globoff keeps it from that";
  auto url = net::Url::parse(plain);
  if (!url || (url->scheme() != net::UrlScheme::kHttp && url->scheme() != net::UrlScheme::kHttps)) {
    return "no URL of http or https";
  }
  if (!request.range.empty() && request.hasData && !request.get) {
    return "curl makes a Content-Range of --range and data";
  }
  if (request.get && request.hasData) {
    auto query = url->query();
    url->setSearch(query ? std::string(*query) + "&" + request.data : request.data);
  }
  std::string user = request.user;
  if (user.empty() && url->hasCredentials()) {
    user = net::percentDecode(url->username()) + ":" + net::percentDecode(url->password());
  }
  url->setUsername("");
  url->setPassword("");
  auto& to = exchange.request;
  to.method = methodOf(request);
  if (!net::isToken(to.method)) return "the method is not valid";
  to.url = url->hrefWithoutFragment();
  to.httpVersion = request.version;
  if (request.hasData && !request.get) to.body = request.data;

  CurlHeaders headers(request);
  headers.host(url->host());
  if (!user.empty()) headers.own("Authorization", "Basic " + toBase64(user));
  if (!request.range.empty()) headers.own("Range", "bytes=" + request.range);
  headers.own("User-Agent", request.userAgent);
  if (!request.json) headers.own("Accept", "*/*");
  if (request.compressed) headers.own("Accept-Encoding", "deflate, gzip, br, zstd");
  headers.own("Referer", request.referer);
  headers.own("Cookie", request.cookie);
  headers.takeGiven();
  if (request.json) {
    headers.own("Content-Type", "application/json");
    headers.own("Accept", "application/json");
  }
  if (request.hasData && !request.get) {
    headers.own("Content-Length", std::to_string(to.body.size()));
    headers.own("Content-Type", kForm);
  }
  if (headers.unusable) return "a header that HTTP does not allow";
  to.headers = std::move(headers.all);
  // A copied length may be of another body than the one that was copied; there is one truth.
  if (to.headers.has("content-length")) {
    to.headers.set("Content-Length", std::to_string(to.body.size()));
  }
  to.headers.remove("transfer-encoding");  // of the connection
  exchange.client.scheme = url->scheme() == net::UrlScheme::kHttps ? "https" : "http";
  exchange.outcome = unknownOutcome("a command line has no answer");
  return "";
}

class CurlImport {
 public:
  explicit CurlImport(Time start) : time(start) {}

  // `where`: "curl.txt:3".
  void take(const std::vector<CurlArgument>& arguments, const std::string& where) {
    CurlRequest request;
    for (const auto& argument : arguments) {
      if (argument.option == CurlOption::kNext) {
        finish(request, where);
        request = CurlRequest();
        continue;
      }
      apply(request, argument);
    }
    finish(request, where);
  }

  Import result;

 private:
  void finish(const CurlRequest& request, const std::string& where) {
    auto& report = result.report;
    if (request.urls.empty()) {
      ++report.entries;
      report.skip("no URL", where);
    }
    for (const auto& url : request.urls) {
      ++report.entries;
      std::string example = where + " " + printable(url.substr(0, 120));
      net::Exchange exchange;
      std::string reason =
          request.refused.empty() ? makeExchange(request, url, exchange) : request.refused;
      if (!reason.empty()) {
        report.skip(reason, example);
        continue;
      }
      exchange.time = time;
      time += std::chrono::milliseconds(1);
      result.exchanges.push_back(std::move(exchange));
    }
  }

  Time time;
};

}  // namespace

Result<Import> importCurl(std::string_view text, std::string_view fileName, Time start) {
  auto commands = splitShell(text, fileName);
  if (!commands) return commands.error();
  CurlImport import(start);
  for (const auto& command : commands.value()) {
    const auto& program = command[0];
    if (program.text != "curl" && !program.text.ends_with("/curl")) {
      return diagnosticAt(fileName, text, program.offset,
                          "this is no command line of curl: it begins with \"" +
                              printable(program.text.substr(0, 40)) + "\"",
                          "each line is one command; a backslash at its end joins the next");
    }
    auto arguments = parseCurlArguments(command, text, fileName);
    if (!arguments) return arguments.error();
    auto line = positionOf(text, program.offset).line;
    import.take(arguments.value(), std::string(fileName) + ":" + std::to_string(line));
  }
  numberByTime(import.result);
  return std::move(import.result);
}

}  // namespace flamesim::capture
