#include "sim/capture/filter.h"

#include <algorithm>

#include "sim/capture/filter_node.h"

namespace flamesim::capture {

namespace {

// ICU counts steps of its engine, not time, so what is given up does not depend on the machine.
constexpr int32_t kRegexSteps = 20'000;

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

bool anyFound(const std::vector<std::string_view>& values, const Regex& pattern) {
  return std::any_of(values.begin(), values.end(), [&](std::string_view value) {
    return pattern.isFoundIn(value, kRegexSteps).value_or(false);
  });
}

}  // namespace

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
      return literals.pattern ? anyFound(values.texts, *literals.pattern)
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
