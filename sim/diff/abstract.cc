#include "sim/diff/abstract.h"

#include <algorithm>

#include "sim/diff/syntax.h"

namespace flamesim::diff {

namespace {

constexpr size_t kHttpDateSize = 29;
constexpr size_t kLongHex = 16;
constexpr size_t kLongNumber = 10;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isHex(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool isWord(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// In a shape 'd' is a digit, 'x' a hexadecimal digit, everything else itself.
bool hasShape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    bool fits = shape[i] == 'd'   ? isDigit(text[i])
                : shape[i] == 'x' ? isHex(text[i])
                                  : text[i] == shape[i];
    if (!fits) return false;
  }
  return true;
}

bool endsWord(std::string_view text, size_t at) {
  return at >= text.size() || !isWord(text[at]);
}

size_t run(std::string_view text, bool (*accepts)(char)) {
  return size_t(std::find_if_not(text.begin(), text.end(), accepts) - text.begin());
}

// Length of an ISO 8601 time at the start of `text`; 0: there is none.
size_t isoTimeLength(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (!hasShape(text, kShape)) return 0;
  size_t length = kShape.size();
  if (length < text.size() && text[length] == '.') {
    size_t digits = run(text.substr(length + 1), isDigit);
    if (digits > 0) length += 1 + digits;
  }
  if (length < text.size() && text[length] == 'Z') return length + 1;
  std::string_view rest = text.substr(length);
  if (hasShape(rest, "+dd:dd") || hasShape(rest, "-dd:dd")) length += 6;
  return length;
}

struct Variable {
  size_t length;
  std::string_view name;
};

Variable variableAt(std::string_view text) {
  constexpr std::string_view kUuid = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() >= kHttpDateSize && parseHttpDate(text.substr(0, kHttpDateSize))) {
    return {kHttpDateSize, "<date>"};
  }
  if (size_t length = isoTimeLength(text)) return {length, "<time>"};
  if (hasShape(text, kUuid) && endsWord(text, kUuid.size())) return {kUuid.size(), "<uuid>"};
  if (size_t digits = run(text, isDigit); digits >= kLongNumber && endsWord(text, digits)) {
    return {digits, "<number>"};
  }
  size_t hex = run(text, isHex);
  if (hex >= kLongHex && endsWord(text, hex) &&
      std::any_of(text.begin(), text.begin() + ptrdiff_t(hex), isDigit)) {
    return {hex, "<hex>"};
  }
  return {0, ""};
}

}  // namespace

std::string abstractValue(std::string_view value) {
  std::string out;
  for (size_t i = 0; i < value.size();) {
    if (!isWord(value[i])) {
      out += value[i++];
      continue;
    }
    Variable variable = variableAt(value.substr(i));
    if (variable.length > 0) {
      out += variable.name;
      i += variable.length;
    } else {
      size_t length = run(value.substr(i), isWord);
      out += value.substr(i, length);
      i += length;
    }
  }
  return out;
}

std::string abstractField(std::string_view field) {
  bool effect = field.starts_with("effect:");
  std::string out;
  for (size_t i = 0; i < field.size(); ++i) {
    size_t digits = run(field.substr(i + 1), isDigit);
    size_t after = i + 1 + digits;
    bool ends = after >= field.size() || field[after] == '/' || field[after] == ' ';
    if (field[i] == '[' && digits > 0 && after < field.size() && field[after] == ']') {
      out += "[*]";
      i = after;
    } else if (effect && field[i] == '/' && digits > 0 && ends) {
      out += "/*";
      i = after - 1;
    } else {
      out += field[i];
    }
  }
  return abstractValue(out);
}

}  // namespace flamesim::diff
