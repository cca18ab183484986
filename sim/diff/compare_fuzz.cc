// Fuzz target for compare(): two answers cut out of the input at bytes FF, under rules of every
// action.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/diff/aggregator.h"
#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

std::string_view next(std::string_view& rest) {
  size_t end = rest.find('\xff');
  std::string_view piece = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return piece;
}

net::Exchange read(std::string_view& rest) {
  static const char* const kTypes[] = {"application/json", "text/html", "image/png"};
  std::string_view flags = next(rest);
  size_t choice = flags.empty() ? 0 : uint8_t(flags[0]);
  net::Exchange result = exchange(200, {{"Content-Type", kTypes[choice % 3]}});
  if (choice & 4) result.outcome.response.headers.append("Content-Encoding", "gzip");
  for (size_t i = 0; i < (choice >> 3 & 3); ++i) {
    std::string_view name = next(rest);
    result.outcome.response.headers.append(name, next(rest));
  }
  result.outcome.response.body = next(rest);
  if (choice & 32) {
    net::Effect one = subrequest("GET", std::string(next(rest)));
    one.request->body = next(rest);
    result.outcome.effects.push_back(std::move(one));
  }
  return result;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Rules kRules = rules(R"({"rules": [
    {"field": "header:a*", "action": "presence", "reason": "r"},
    {"field": "header:b", "action": "regex", "pattern": "(x+x+)+y", "reason": "r"},
    {"field": "body:$.t", "action": "tolerance", "tolerance": 1, "reason": "r"},
    {"field": "body:$.a[*]", "action": "sort", "reason": "r"},
    {"field": "body", "action": "map", "pattern": "\\d+", "value": "0", "reason": "r"}]})");
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  net::Exchange reference = read(rest), candidate = read(rest);
  require(compare(reference, reference, kRules).verdict == Verdict::kSame);
  Comparison result = compare(reference, candidate, kRules);
  Aggregator aggregator;
  aggregator.add(reference, result);
  for (auto& difference : result.differences) {
    require(isText(difference.field) && isText(difference.expected) && isText(difference.got));
  }
  require(result.verdict == Verdict::kSame || !aggregator.clusters().empty());
  return 0;
}
