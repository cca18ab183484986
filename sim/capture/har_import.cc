#include "sim/capture/har_import.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/capture/body_note.h"
#include "sim/capture/codec.h"
#include "sim/capture/date_time.h"
#include "sim/capture/file.h"
#include "sim/capture/har_body.h"
#include "sim/capture/har_extension.h"
#include "sim/capture/text.h"
#include "sim/net/content_coding.h"
#include "sim/net/syntax.h"
#include "sim/net/url.h"

namespace flamesim::capture {

namespace {

using net::equalsIgnoringCase;
using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Result<json> parseJson(std::string_view text, std::string_view fileName) {
  size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  try {
    return json::parse(text.begin() + ptrdiff_t(skipped), text.end());
  } catch (const json::parse_error& error) {
    // Positions of the library count from 1 and may stand one behind the end.
    size_t offset = std::min(text.size(), skipped + (error.byte == 0 ? 0 : error.byte - 1));
    bool cutOff = offset + 1 >= text.size();
    std::string reason = error.what();
    if (size_t colon = reason.find(": "); colon != std::string::npos) reason.erase(0, colon + 2);
    auto diagnostic = diagnosticAt(
        fileName, text, offset,
        std::string(cutOff ? "the HAR file is cut off" : "the HAR file is not valid JSON") +
            " at byte " + std::to_string(offset) + ": " + reason,
        cutOff ? "export it again; nothing of it was imported" : "");
    // HAR files are often one line of many megabytes.
    if (diagnostic.sourceLine.size() > 200) diagnostic.sourceLine.clear();
    return diagnostic;
  } catch (const json::exception& error) {
    return Diagnostic{.message = std::string("the HAR file cannot be read: ") + error.what(),
                      .file = std::string(fileName)};
  }
}

std::string httpVersionOf(std::string_view text) {
  std::string lower = net::toLowerAscii(text);
  if (lower.starts_with("h2") || lower.starts_with("http/2")) return "HTTP/2";
  if (lower.starts_with("h3") || lower.starts_with("http/3")) return "HTTP/3";
  return lower == "http/1.0" ? "HTTP/1.0" : "HTTP/1.1";
}

// One entry of the file on its way to an exchange.
class EntryImport {
 public:
  EntryImport(const json& entry, size_t index, ImportReport& report)
      : entry(entry), report(report), example("entries[" + std::to_string(index) + "]") {}

  // Nothing when it was left out; the report then says why.
  std::optional<net::Exchange> run() {
    std::string reason = take();
    if (reason.empty()) return std::move(exchange);
    report.skip(reason, example);
    return std::nullopt;
  }

 private:
  // The reason to leave the entry out, or "".
  std::string take() {
    if (!entry.is_object()) return "not an object";
    if (auto own = entry.find("_flamesim"); own != entry.end()) extension = &*own;
    auto request = entry.find("request");
    if (request == entry.end() || !request->is_object()) return "no request";
    if (auto reason = takeRequestLine(*request); !reason.empty()) return reason;
    auto response = entry.find("response");
    if (response == entry.end() || !response->is_object()) return "no response";
    if (auto reason = takeStatus(*response); !reason.empty()) return reason;
    auto time = parseDateTime(textField(entry, "startedDateTime"));
    if (!time) return "startedDateTime is no date";
    exchange.time = *time;

    takeHeaders(*request, exchange.request.headers, "request");
    takeHost(*request);
    if (auto reason = takeRequestBody(*request); !reason.empty()) return reason;
    takeHeaders(*response, exchange.outcome.response.headers, "response");
    takeResponseBody(*response);
    takeClient();
    return takeExtension();
  }

  // Of a HAR file that we have written; the reason to leave the entry out, or "".
  std::string takeExtension() {
    if (extension == nullptr) return "";
    std::string lacking = exchange.outcome.error;
    if (!takeHarExtension(*extension, exchange)) {
      if (exchange.outcome.response.status == 0) return "no response, and _flamesim is not ours";
      report.adjust("_flamesim is not ours: left aside", example);
    } else if (exchange.outcome.error.empty()) {
      exchange.outcome.error = lacking;
    }
    return "";
  }

  std::string takeRequestLine(const json& request) {
    auto& to = exchange.request;
    to.method = textField(request, "method");
    to.url = textField(request, "url");
    example += " " + to.method + " " + to.url.substr(0, 120);
    if (to.method.empty()) return "no method";
    if (to.url.empty()) return "no URL";
    auto url = net::Url::parse(to.url);
    if (!url) return "URL is not valid";
    if (url->scheme() != net::UrlScheme::kHttp && url->scheme() != net::UrlScheme::kHttps) {
      return "scheme is not http or https";
    }
    to.url = url->hrefWithoutFragment();  // the fragment is never sent
    host = url->host();
    to.httpVersion = httpVersionOf(textField(request, "httpVersion"));
    exchange.client.scheme = url->scheme() == net::UrlScheme::kHttps ? "https" : "http";
    return "";
  }

  std::string takeStatus(const json& response) {
    double status = numberField(response, "status", 0);
    // What FL did not answer stands so in a HAR file of ours.
    if (status == 0 && extension != nullptr) return "";
    if (status == 0) return "no response (status 0: blocked, aborted or answered locally)";
    if (!(status >= 100 && status <= 599)) return "impossible status";
    if (!textField(entry, "_fromCache").empty()) return "answered from the browser's cache";
    auto worker = response.find("_fetchedViaServiceWorker");
    if (worker != response.end() && *worker == true) return "answered by a service worker";
    auto& to = exchange.outcome.response;
    to.status = uint16_t(status);
    to.statusText = textField(response, "statusText");
    to.httpVersion = httpVersionOf(textField(response, "httpVersion"));
    return "";
  }

  void takeHeaders(const json& message, net::HeaderList& to, const char* which) {
    auto headers = message.find("headers");
    if (headers == message.end() || !headers->is_array()) {
      report.adjust(std::string("no ") + which + " headers in the file", example);
      return;
    }
    bool pseudo = false;
    bool unusable = false;
    for (auto& header : *headers) {
      auto name = textField(header, "name");
      auto value = textField(header, "value");
      if (name.starts_with(':')) {
        pseudo = true;
      } else if (!net::isToken(name) || value.find('\0') != std::string_view::npos) {
        unusable = true;
      } else if (!equalsIgnoringCase(name, "transfer-encoding")) {
        appendLines(name, value, to);
      }
    }
    if (pseudo) report.adjust("HTTP/2 pseudo header fields dropped", example);
    if (unusable)
      report.adjust(std::string(which) + " headers that HTTP does not allow dropped", example);
  }

  void appendLines(std::string_view name, std::string_view value, net::HeaderList& to) {
    while (true) {
      size_t end = value.find('\n');
      std::string_view line = value.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      to.append(name, net::trimWhitespace(line));
      if (end == std::string_view::npos) return;
      value.remove_prefix(end + 1);
    }
  }

  void takeHost(const json& request) {
    auto& headers = exchange.request.headers;
    if (headers.has("host")) return;
    if (auto list = request.find("headers"); list != request.end() && list->is_array()) {
      for (auto& header : *list) {
        if (textField(header, "name") == ":authority") host = textField(header, "value");
      }
    }
    std::vector<net::Header> withHost{{"Host", host}};
    withHost.insert(withHost.end(), headers.all().begin(), headers.all().end());
    headers = net::HeaderList(std::move(withHost));
    report.adjust("Host added from the URL", example);
  }

  std::string takeRequestBody(const json& request) {
    auto& headers = exchange.request.headers;
    HarBody body = requestBody(request, headers.get("content-type").value_or(""));
    auto length = headers.get("content-length");
    bool lacking =
        body.state == HarBody::State::kNone && length && *length != "0" && !length->empty();
    if (lacking || body.state == HarBody::State::kMissing) {
      return "the request's body is not in the file";
    }
    if (body.state == HarBody::State::kUnreadable) return "the request's body cannot be decoded";
    exchange.request.body = std::move(body.bytes);
    std::string actual = std::to_string(exchange.request.body.size());
    if (length && *length != actual) {
      headers.set("Content-Length", actual);
      report.adjust("Content-Length of the request set to the length in the file", example);
    }
    return "";
  }

  void takeResponseBody(const json& response) {
    auto& to = exchange.outcome.response;
    if (exchange.request.method == "HEAD" || to.status < 200 || to.status == 204 ||
        to.status == 304) {
      return;
    }
    bool ours = extension != nullptr && extension->is_object();
    HarBody body = responseBody(response);
    if (body.state == HarBody::State::kMissing) {
      exchange.outcome.error = bodyNotKept("the HAR file lacks the response's body");
      report.adjust("response body not in the file: marked as not kept", example);
      return;
    }
    if (body.state == HarBody::State::kUnreadable) {
      exchange.outcome.error = bodyNotKept("the HAR file's encoding of it cannot be read");
      report.adjust("response body in an encoding that cannot be read: marked as not kept",
                    example);
      return;
    }
    to.body = std::move(body.bytes);
    auto coding = to.headers.get("content-encoding");
    bool coded = !ours ? coding && isStillCoded(to.body, *coding)
                       : extension->value("stillCoded", json(false)) == true ||
                             (coding && takeCodedBody(*coding, to.body));
    if (coding && !coded) {
      to.headers.remove("content-encoding");
      to.headers.remove("content-length");
      report.adjust("response body stands decoded: Content-Encoding and Content-Length dropped",
                    example);
    }
  }

  // Of a file of ours: the body as it was coded, where that still says what the text says.
  bool takeCodedBody(std::string_view coding, std::string& body) {
    auto bytes = fromBase64(textField(*extension, "codedBody"));
    if (!bytes || bytes->empty()) return false;
    auto decoded = net::decodeContent(coding, *bytes, body.size());
    if (!decoded || decoded.value() != body) return false;
    body = std::move(*bytes);
    return true;
  }

  void takeClient() {
    std::string_view address = textField(entry, "serverIPAddress");
    if (address.starts_with('[') && address.ends_with(']')) {
      address = address.substr(1, address.size() - 2);
    }
    exchange.client.connectedAddress = address;
    exchange.client.rayId = exchange.outcome.response.headers.get("cf-ray").value_or("");
  }

  const json& entry;
  const json* extension = nullptr;  // its member "_flamesim"
  ImportReport& report;
  std::string example;
  std::string host;  // of the URL
  net::Exchange exchange;
};

}  // namespace

Result<Import> importHar(std::string_view text, std::string_view fileName) {
  auto parsed = parseJson(text, fileName);
  if (!parsed) return parsed.error();
  const json& root = parsed.value();
  auto log = root.is_object() ? root.find("log") : root.end();
  bool hasLog = root.is_object() && log != root.end() && log->is_object();
  if (!hasLog || !log->contains("entries") || !(*log)["entries"].is_array()) {
    return Diagnostic{.message = "this JSON is not a HAR file: it has no list log.entries",
                      .file = std::string(fileName)};
  }
  Import result;
  for (auto& entry : (*log)["entries"]) {
    size_t index = result.report.entries++;
    auto exchange = EntryImport(entry, index, result.report).run();
    if (exchange) result.exchanges.push_back(std::move(*exchange));
  }
  numberByTime(result);
  return result;
}

Result<Import> importHarFile(const std::filesystem::path& path) {
  auto text = readWholeFile(path);
  if (!text) return text.error();
  return importHar(text.value(), path.string());
}

}  // namespace flamesim::capture
