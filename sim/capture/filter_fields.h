// The fields of an exchange that filters look at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/net/exchange.h"

namespace flamesim::capture {

enum class FieldType : uint8_t { kNumber, kText, kFlag, kTime };

// What a field has of one exchange: of the type that the field has, none where it is not there.
struct FieldValues {
  std::vector<int64_t> numbers;         // kNumber; kTime: nanoseconds since 1970; kFlag: 0 or 1
  std::vector<std::string_view> texts;  // kText; views into the exchange
};

struct Field {
  std::string_view name;
  FieldType type;
  bool takesName = false;  // header("name")
  void (*values)(const net::Exchange& exchange, const std::string& name, FieldValues& out);
};

// nullptr: there is none of that name.
const Field* findField(std::string_view name);
std::vector<std::string> allFieldNames();

}  // namespace flamesim::capture
