#include <charconv>
#include <map>
#include <optional>

#include "sim/capture/body_note.h"
#include "sim/capture/file.h"
#include "sim/capture/gor.h"
#include "sim/capture/gunzip.h"
#include "sim/capture/raw_http.h"
#include "sim/capture/text.h"
#include "sim/net/recorded.h"

namespace flamesim::capture {

namespace {

constexpr std::string_view kPayloadEnd = "\n\xF0\x9F\x90\xB5\xF0\x9F\x99\x88\xF0\x9F\x99\x89\n";
struct PayloadLine {
  char type = 0;
  std::string_view id;
  int64_t time = 0;
};

std::optional<PayloadLine> parsePayloadLine(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() < 2 || line[1] != ' ' || line[0] < '1' || line[0] > '3') return std::nullopt;
  PayloadLine result{.type = line[0]};
  line.remove_prefix(2);
  result.id = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), result.id.size() + 1));
  auto number = line.substr(0, line.find(' '));
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), result.time);
  if (result.id.empty() || error != std::errc() || end != number.data() + number.size()) {
    return std::nullopt;
  }
  return result;
}

// What has been read of one id.
struct Pair {
  std::string where;
  std::optional<std::string_view> request;  // raw bytes
  std::optional<std::string_view> response;
  Time time;
};

class GorImport {
 public:
  explicit GorImport(const GorOptions& options) : options(options) {}

  // Whether any payload of the file was one. `file` must outlive the import.
  bool read(const GorFile& file) {
    std::string_view rest = file.text;
    bool any = false;
    size_t number = 0;
    while (!rest.empty()) {
      size_t end = rest.find(kPayloadEnd);
      auto payload = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + kPayloadEnd.size());
      std::string where = file.name + " payload " + std::to_string(++number);
      any = take(payload, where) || any;
    }
    return any || file.text.empty();
  }

  // The compressed file broke off: what was cut through is no payload.
  void cutOff(GorFile& file) {
    size_t end = file.text.rfind(kPayloadEnd);
    file.text.resize(end == std::string::npos ? 0 : end + kPayloadEnd.size());
    leave("the compressed file is cut off", file.name);
  }

  Import finish() && {
    for (const auto& key : order) {
      auto& pair = pairs.at(key);
      auto& report = result.report;
      ++report.entries;
      if (!pair.request) {
        report.skip("a response without its request", pair.where);
        continue;
      }
      net::Exchange exchange;
      auto reason = takeRequest(pair, exchange);
      if (!reason.empty()) {
        report.skip(reason, pair.where);
        continue;
      }
      takeResponse(pair, exchange);
      result.exchanges.push_back(std::move(exchange));
    }
    numberByTime(result);
    return std::move(result);
  }

 private:
  bool take(std::string_view payload, const std::string& where) {
    size_t end = payload.find('\n');
    auto line =
        end == std::string_view::npos ? std::nullopt : parsePayloadLine(payload.substr(0, end));
    if (!line) {
      leave("a payload without its line \"TYPE ID TIME\"", where);
      return false;
    }
    if (line->type == '3') {
      leave("a response of a replay, not of FL", where);
      return true;
    }
    auto [found, isNew] = pairs.try_emplace(std::string(line->id));
    auto& pair = found->second;
    if (isNew) {
      order.push_back(found->first);
      pair.where = where;
    }
    bool isRequest = line->type == '1';
    auto& bytes = isRequest ? pair.request : pair.response;
    if (bytes) {
      leave(isRequest ? "a second request of the same id" : "a second response of the same id",
            where);
      return true;
    }
    bytes = payload.substr(end + 1);
    if (isRequest) {
      pair.time = timeFromNanos(line->time);
      pair.where = where;
    }
    return true;
  }

  void leave(std::string_view reason, std::string_view where) {
    ++result.report.entries;
    result.report.skip(reason, where);
  }

  std::string takeRequest(Pair& pair, net::Exchange& exchange) {
    RawRequest raw;
    auto reason = parseRawRequest(*pair.request, raw);
    if (!reason.empty()) return "the request cannot be read: " + reason;
    pair.where += " " + raw.method + " " + printable(raw.target.substr(0, 120));
    if (raw.method == "CONNECT") return "CONNECT is for proxies";
    if (!raw.body.broken.empty()) return "the request's body cannot be used: " + raw.body.broken;
    auto& to = exchange.request;
    auto host = raw.headers.get("host").value_or("");
    if (host.empty()) host = options.host;
    to.url = urlOfTarget(options.scheme, host, raw.target);
    if (to.url.empty()) {
      return host.empty() ? "no Host header; --host names one" : "target or host is not valid";
    }
    to.method = raw.method;
    to.httpVersion = raw.version;
    to.headers = std::move(raw.headers);
    if (!to.headers.has("host")) {
      std::vector<net::Header> list{{"Host", host}};
      list.insert(list.end(), to.headers.all().begin(), to.headers.all().end());
      to.headers = net::HeaderList(std::move(list));
      result.report.adjust("Host added", pair.where);
    }
    to.headers.remove("transfer-encoding");  // of the connection
    to.body = std::move(raw.body.bytes);
    if (raw.body.behind != 0) {
      result.report.adjust("bytes behind the request dropped", pair.where);
    }
    exchange.time = pair.time;
    exchange.client.scheme = to.url.starts_with("https:") ? "https" : "http";
    return "";
  }

  void takeResponse(const Pair& pair, net::Exchange& exchange) {
    auto unknown = [&](const std::string& reason) {
      exchange.outcome = unknownOutcome(reason);
      result.report.adjust("outcome marked as not known: " + reason, pair.where);
    };
    if (!pair.response) return unknown("the file has no response");
    RawResponse raw;
    auto reason = parseRawResponse(*pair.response, exchange.request.method, raw);
    if (!reason.empty()) return unknown("the response cannot be read: " + reason);
    auto& to = exchange.outcome.response;
    to.status = raw.status;
    to.statusText = raw.statusText;
    to.httpVersion = raw.version;
    to.headers = std::move(raw.headers);
    net::dropConnectionHeaders(to.headers);
    to.body = std::move(raw.body.bytes);
    if (!raw.body.broken.empty()) {
      exchange.outcome.error = bodyNotKept("in the .gor file " + raw.body.broken);
      result.report.adjust("response body not whole: marked as not kept", pair.where);
    }
    if (raw.body.behind != 0) {
      result.report.adjust("bytes behind the response dropped", pair.where);
    }
    exchange.client.rayId = to.headers.get("cf-ray").value_or("");
  }

  const GorOptions& options;
  std::map<std::string, Pair> pairs;
  std::vector<std::string> order;  // of their first payloads
  Import result;
};

}  // namespace

Result<Import> importGor(std::vector<GorFile> files, const GorOptions& options) {
  GorImport import(options);
  for (auto& file : files) {
    if (isGzip(file.text)) {
      auto text = gunzip(file.text);
      if (!text) {
        auto error = text.error();
        error.file = file.name;
        return error;
      }
      file.text = std::move(text.value().bytes);
      if (text.value().cutOff) import.cutOff(file);
    }
    if (!import.read(file)) {
      return Diagnostic{.message =
                            "this is no file of GoReplay: no payload begins with a line "
                            "\"TYPE ID TIME\"",
                        .file = file.name,
                        .line = 1,
                        .help = "`gor --output-file requests.gor` writes one"};
    }
  }
  return std::move(import).finish();
}

Result<Import> importGorFiles(const std::vector<std::filesystem::path>& paths,
                              const GorOptions& options) {
  std::vector<GorFile> files;
  for (const auto& path : paths) {
    auto text = readWholeFile(path);
    if (!text) return text.error();
    files.push_back({path.string(), std::move(text.value())});
  }
  return importGor(std::move(files), options);
}

}  // namespace flamesim::capture
