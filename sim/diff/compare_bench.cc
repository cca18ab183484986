// Pairs compared in a second on one core: `ninja diff_bench && ./diff_bench`.
#include <chrono>
#include <cstdio>
#include <string>

#include "sim/diff/aggregator.h"
#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

HeaderPairs nginxHeaders(const std::string& second) {
  return {{"Server", "nginx"},
          {"Date", "Tue, 24 Nov 2026 04:16:" + second + " GMT"},
          {"Content-Type", "text/html; charset=utf-8"},
          {"Content-Length", "600"},
          {"Connection", "keep-alive"},
          {"ETag", "\"65a1-258\""},
          {"Vary", "Accept-Encoding"},
          {"X-Country", "DE"},
          {"Cache-Control", "public, max-age=3600"},
          {"X-Content-Type-Options", "nosniff"}};
}

void measure(const char* name, const net::Exchange& reference, const net::Exchange& candidate,
             const Rules& rules) {
  constexpr int kPairs = 400'000;
  Aggregator aggregator;
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kPairs; ++i) {
    aggregator.add(reference, compare(reference, candidate, rules));
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%-44s %9.0f pairs/s  %6.0f ns  %llu different\n", name, kPairs / took.count(),
              took.count() / kPairs * 1e9,
              static_cast<unsigned long long>(aggregator.totals().different));
}

}  // namespace

int main() {
  auto reference = exchange(200, nginxHeaders("14"), std::string(600, 'x'));
  auto candidate = exchange(200, nginxHeaders("15"), std::string(600, 'x'));
  Rules none;
  measure("equal", reference, reference, none);
  measure("same but for Date", reference, candidate, none);

  HeaderPairs reordered = nginxHeaders("15");
  std::swap(reordered[2], reordered[8]);
  for (auto& [name, value] : reordered) name = net::toLowerAscii(name);
  auto otherOrder = exchange(200, reordered, std::string(600, 'x'));
  measure("other order and casing", reference, otherOrder, none);

  reordered.erase(reordered.begin() + 4);
  auto noConnection = exchange(200, reordered, std::string(600, 'x'));
  measure("other order, framing differs", reference, noConnection, none);

  auto renamed = candidate;
  renamed.outcome.response.headers.set("Server", "flamesim");
  measure("excused by a rule", reference, renamed,
          rule(R"("field": "header:server", "action": "ignore")"));
  measure("one header differs", reference, renamed, none);
  return 0;
}
