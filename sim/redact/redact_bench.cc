// How many megabytes of text a second are redacted on one core, by kind of body.
// `ninja redact_bench && ./redact_bench [MIB]`; bodies of 8 MiB by default, the most that is
// recorded.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include "sim/net/content_encoder.h"
#include "sim/redact/redactor.h"

using namespace flamesim;
using namespace flamesim::redact;

namespace {

std::string repeated(const std::string& piece, size_t bytes) {
  std::string out;
  out.reserve(bytes + piece.size());
  while (out.size() < bytes) out += piece;
  return out;
}

void measure(const char* name, const char* type, const std::string& text,
             const std::string& coding = "") {
  static const Redactor redactor({.key = "key"});
  net::Exchange exchange;
  exchange.request.url = "http://www.a.example/";
  auto& response = exchange.outcome.response;
  response.headers.append("Content-Type", type);
  if (!coding.empty()) response.headers.append("Content-Encoding", coding);
  std::string body = coding.empty() ? text : *net::encodeContent(coding, text);
  double seconds = 0;
  size_t bytes = 0;
  while (seconds < 1) {
    response.body = body;
    auto start = std::clock();
    redactor.redact(exchange);
    seconds += double(std::clock() - start) / CLOCKS_PER_SEC;
    bytes += text.size();
  }
  std::printf("%-40s %8.0f MB/s\n", name, double(bytes) / seconds / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  size_t size = (argc > 1 ? std::stoull(argv[1]) : 8) << 20;
  const std::string prose =
      "<p>The quick brown fox jumps over the lazy dog, 12 times in 2026; see "
      "<a href=\"/page/17?lang=en&page=2\">what it did</a> at 10:20:30.</p>\n";
  const std::string object =
      "{\"id\":184467,\"name\":\"Some name\",\"tags\":[\"a\",\"b\"],\"price\":12.50,"
      "\"url\":\"https://www.a.example/item/17\",\"text\":\"A line of text with "
      "\\\"quotes\\\"\"},\n";
  const std::string few = repeated(prose, 4000) + "write to jane@b.example from 8.8.8.8\n";
  measure("HTML, no secrets", "text/html", repeated(prose, size));
  measure("HTML, two secrets in 4 KB", "text/html", repeated(few, size));
  measure("HTML, gzip, two secrets in 4 KB", "text/html", repeated(few, size), "gzip");
  measure("JSON, no secrets", "application/json", "[" + repeated(object, size) + "0]");
  measure("JSON, one secret an object", "application/json",
          "[" + repeated("{\"token\":\"abc\",\"n\":1},\n", size) + "0]");
  measure("text of addresses alone", "text/plain", repeated("8.8.8.8 ", size >> 3));
  for (const char* piece : {"?key=", "eyJa-", "sk-", "Basic+", "a@", "\"password\":\"", "a.b@c.",
                            ":", "-----BEGIN PRIVATE KEY-----", "4111 ", "1.", "://a:b@", "%40"}) {
    std::string name = std::string("without end: ") + piece;
    measure(name.c_str(), "text/plain", repeated(piece, size));
  }
  measure("image", "image/png", repeated(prose, size));
  return 0;
}
