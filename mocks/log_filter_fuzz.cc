// Fuzz target: any bytes as a filter. What can be parsed can be asked of any message, and its
// opposite is the opposite; every fault of the rest has its place.
#include <capnp/message.h>

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "mocks/log_filter.h"
#include "mocks/problem.h"
#include "schemas/logfwdr.capnp.h"

using namespace flamesim;
using namespace flamesim::mocks;

namespace {

void fill(schemas::LogMessage::Builder message, int kind) {
  if (kind == 0) return;
  message.setWorker("w");
  message.setTimestamp(1700000000000000000);
  if (kind == 1) {
    auto log = message.initHttplogs();
    log.setAccountId(7);
    log.setEdgeResponseStatus(500);
    log.setClientRequestUri("/api/ab");
    log.setEdgeResponseCompressionRatio(2.5);
    log.initBotTags(1).set(0, "bing");
    auto cookie = log.initCookies(1)[0];
    cookie.setName("a");
  } else {
    message.initEvents().setLevel(schemas::EventLog::Level::WARNING);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  auto schema = capnp::Schema::from<schemas::LogMessage>();
  try {
    auto filter = LogFilter::parse(text, schema);
    std::optional<LogFilter> opposite;
    try {
      opposite.emplace(LogFilter::parse("!(" + text + ")", schema));
    } catch (const InputError&) {
      return 0;  // too long or too deep now
    }
    for (int kind : {0, 1, 2}) {
      capnp::MallocMessageBuilder message;
      auto root = message.initRoot<schemas::LogMessage>();
      fill(root, kind);
      auto reader = root.asReader();
      if (filter.matches(reader) == opposite->matches(reader)) std::abort();
    }
  } catch (const InputError& error) {
    for (auto& problem : error.problems) {
      if (problem.message.empty() || problem.line == 0) std::abort();
    }
  }
  return 0;
}
