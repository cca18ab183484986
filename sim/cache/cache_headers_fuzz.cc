// Fuzz target for what the cache reads of headers: Cache-Control, Vary, Range, entity tags, dates,
// Age and cf. The first byte chooses; nothing may crash, and what comes out must make sense.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/cache/cf_options.h"
#include "sim/cache/conditional.h"
#include "sim/cache/freshness.h"
#include "sim/cache/http_date.h"
#include "sim/cache/range.h"
#include "sim/cache/vary.h"

namespace flamesim::cache {

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void checkSeconds(const std::optional<Seconds>& seconds) {
  if (seconds) require(seconds->count() >= 0 && seconds->count() <= int64_t(1) << 31);
}

void checkControl(const std::string& text) {
  auto response = parseResponseDirectives(text);
  for (auto& seconds : {response.maxAge, response.sharedMaxAge, response.staleIfError,
                        response.staleWhileRevalidate}) {
    checkSeconds(seconds);
  }
  for (auto& name : response.privateFields) require(name == net::toLowerAscii(name));
  auto request = parseRequestDirectives(text);
  for (auto& seconds : {request.maxAge, request.minFresh, request.maxStale}) checkSeconds(seconds);
}

void checkVary(const std::string& text) {
  auto vary = parseVary(text);
  for (size_t i = 1; i < vary.names.size(); ++i) require(vary.names[i - 1] < vary.names[i]);
  net::HeaderList request;
  request.append("foo", text);
  require(selects(request, selectionOf(vary.names, request)));
}

void checkRange(const std::string& text) {
  for (uint64_t size : {uint64_t(0), uint64_t(1), uint64_t(1000), UINT64_MAX}) {
    auto answer = answerRange(text, size);
    if (answer.kind != RangeKind::kPart) continue;
    require(answer.part.length > 0 && answer.part.first < size);
    require(answer.part.length <= size - answer.part.first);
  }
}

void checkDate(const std::string& text) {
  Time now{std::chrono::seconds(1'700'000'000)};
  auto date = parseHttpDate(text, now);
  // What Time can hold is written as it was read.
  if (date && nanosOf(*date) > 0 && nanosOf(*date) < INT64_MAX / 2) {
    require(parseHttpDate(formatHttpDate(*date), now) == date);
  }
}

void checkTags(const std::string& text) {
  auto middle = text.find('\n');
  auto tag = middle == std::string::npos ? text : text.substr(middle + 1);
  etagMatches(text.substr(0, middle), tag);
}

}  // namespace

}  // namespace flamesim::cache

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace flamesim::cache;
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'c':
      checkControl(text);
      break;
    case 'v':
      checkVary(text);
      break;
    case 'r':
      checkRange(text);
      break;
    case 'd':
      checkDate(text);
      break;
    case 'e':
      checkTags(text);
      break;
    case 'a':
      checkSeconds(parseAge(text));
      break;
    default:
      parseCfOptions(text);
      break;
  }
  return 0;
}
