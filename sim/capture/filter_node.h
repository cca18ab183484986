// A parsed filter: what the parser (filter_parser.cc) builds and filter.cc evaluates.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/pattern.h"
#include "sim/capture/filter.h"
#include "sim/capture/filter_fields.h"

namespace flamesim::capture {

enum class FilterOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kMore,
  kMoreEqual,
  kMatches,
  kIn
};

// What a comparison compares with. Of kIn several, of the others one.
struct FilterLiterals {
  std::vector<long double> numbers;  // an id and a fraction both fit
  std::vector<int64_t> times;
  std::vector<std::string> texts;
  std::optional<Regex> pattern;
  bool flag = false;
};

struct Filter::Node {
  enum class Kind : uint8_t { kAny, kAll, kNot, kIsSet, kCompare };
  Kind kind = Kind::kAll;
  std::vector<std::shared_ptr<const Node>> parts;  // kAny, kAll, kNot
  const Field* field = nullptr;                    // kIsSet, kCompare
  std::string name;                                // of a header
  FilterOperator op = FilterOperator::kEqual;
  FilterLiterals literals;

  bool matches(const net::Exchange& exchange) const;

 private:
  bool isSet(const net::Exchange& exchange) const;
  bool compare(const net::Exchange& exchange) const;
  bool anyHolds(const FieldValues& values) const;
};

}  // namespace flamesim::capture
