#include "sim/capture/filter.h"

#include <unicode/unistr.h>

#include <algorithm>

#include "sim/capture/filter_node.h"
#include "sim/capture/text.h"

namespace flamesim::capture {

namespace {

// ICU counts steps of its engine, not time, so what is given up does not depend on the machine.
constexpr int32_t kRegexSteps = 20'000;
constexpr int32_t kRegexStackBytes = 4 << 20;

template <typename T>
bool compareValues(FilterOperator op, const T& left, const T& right) {
  switch (op) {
    case FilterOperator::kLess:
      return left < right;
    case FilterOperator::kLessEqual:
      return left <= right;
    case FilterOperator::kMore:
      return left > right;
    case FilterOperator::kMoreEqual:
      return left >= right;
    default:  // != is the opposite of ==, =~ is elsewhere
      return left == right;
  }
}

template <typename Value, typename Literal>
bool anyFits(FilterOperator op, const std::vector<Value>& values,
             const std::vector<Literal>& literals) {
  for (const auto& value : values) {
    for (const auto& literal : literals) {
      if (compareValues(op, Literal(value), literal)) return true;
    }
  }
  return false;
}

bool anyFound(const std::vector<std::string_view>& values, const icu::RegexPattern& pattern) {
  return std::any_of(values.begin(), values.end(), [&](std::string_view value) {
    if (value.size() > INT32_MAX) return false;
    icu::UnicodeString input = toIcu(value);
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::RegexMatcher> matcher(pattern.matcher(input, status));
    if (U_FAILURE(status)) return false;
    matcher->setTimeLimit(kRegexSteps, status);
    matcher->setStackLimit(kRegexStackBytes, status);
    return bool(matcher->find(status)) && U_SUCCESS(status);
  });
}

}  // namespace

icu::UnicodeString toIcu(std::string_view text) {
  if (isUtf8(text)) {
    return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), int32_t(text.size())));
  }
  icu::UnicodeString out;
  for (char c : text) out.append(char16_t(uint8_t(c)));
  return out;
}

bool Filter::Node::matches(const net::Exchange& exchange) const {
  auto holds = [&](const auto& part) { return part->matches(exchange); };
  switch (kind) {
    case Kind::kAny:
      return std::any_of(parts.begin(), parts.end(), holds);
    case Kind::kAll:
      return std::all_of(parts.begin(), parts.end(), holds);
    case Kind::kNot:
      return !parts[0]->matches(exchange);
    case Kind::kIsSet:
      return isSet(exchange);
    case Kind::kCompare:
      return compare(exchange);
  }
  return false;
}

bool Filter::Node::isSet(const net::Exchange& exchange) const {
  FieldValues values;
  field->values(exchange, name, values);
  if (field->takesName) return !values.texts.empty();
  return std::any_of(values.numbers.begin(), values.numbers.end(),
                     [](int64_t number) { return number != 0; }) ||
         std::any_of(values.texts.begin(), values.texts.end(),
                     [](std::string_view text) { return !text.empty(); });
}

bool Filter::Node::compare(const net::Exchange& exchange) const {
  FieldValues values;
  field->values(exchange, name, values);
  bool negated = op == FilterOperator::kNotEqual;
  return negated != anyHolds(values);
}

bool Filter::Node::anyHolds(const FieldValues& values) const {
  switch (field->type) {
    case FieldType::kNumber:
      return anyFits(op, values.numbers, literals.numbers);
    case FieldType::kTime:
      return anyFits(op, values.numbers, literals.times);
    case FieldType::kFlag:
      return values.numbers[0] == int64_t(literals.flag);
    case FieldType::kText:
      return literals.pattern != nullptr ? anyFound(values.texts, *literals.pattern)
                                         : anyFits(op, values.texts, literals.texts);
  }
  return false;
}

bool Filter::matches(const net::Exchange& exchange) const {
  return root->matches(exchange);
}

std::vector<std::string> Filter::fieldNames() {
  return allFieldNames();
}

}  // namespace flamesim::capture
