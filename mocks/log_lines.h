// Log messages for people: a line each, or totals.
#pragma once

#include <capnp/dynamic.h>

#include <cstdint>
#include <map>
#include <string>

#include "mocks/log_reader.h"

namespace flamesim::mocks {

// Whether a field's value is not its "unset": not 0, false or empty. Structs and Void are set.
bool isSetValue(const capnp::DynamicValue::Reader& value);

// "2023-11-14T22:13:20.000Z": of nanoseconds since 1970.
std::string logTime(int64_t nanos);

// `2023-11-14T22:13:20.000Z ownership httplogs rayId=230b... accountId=7`: time, worker, active
// member, and what of it is set. No '\n' in it, whatever the message has. Throws kj::Exception
// where the message is damaged.
std::string logLine(capnp::DynamicStruct::Reader message);

// What `flamesim logs --stats` prints.
class LogTotals {
 public:
  // Throws kj::Exception where the message is damaged.
  void add(capnp::DynamicStruct::Reader message);
  // Several lines; `dropped`: messages that never came into the log.
  std::string text(const LogExtent& extent, uint64_t dropped) const;
  // One object, on one line.
  std::string json(const LogExtent& extent, uint64_t dropped) const;

 private:
  uint64_t messages = 0;
  std::map<std::string, uint64_t> byMember;
  int64_t first = 0;  // timestamps, in nanoseconds since 1970
  int64_t last = 0;
};

}  // namespace flamesim::mocks
