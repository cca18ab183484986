#include "sim/diff/syntax.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace flamesim::diff {

namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isLowerHex(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f');
}

template <typename Predicate>
bool all(std::string_view text, Predicate predicate) {
  return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
}

std::optional<int> number(std::string_view digits) {
  if (!all(digits, isDigit)) return std::nullopt;
  int value = 0;
  auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

// 16 hexadecimal digits, then the colo: "230b030023ae2822-SJC".
bool isRayId(std::string_view value) {
  size_t dash = value.find('-');
  if (!all(value.substr(0, dash), isLowerHex) || value.substr(0, dash).size() != 16) return false;
  if (dash == std::string_view::npos) return true;
  return all(value.substr(dash + 1), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// W3C Trace Context, section 3.2: version 00, trace id and parent id that are not all zeros.
bool isTraceparent(std::string_view value) {
  if (value.size() != 55 || value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
  std::string_view trace = value.substr(3, 32);
  std::string_view parent = value.substr(36, 16);
  auto zero = [](char c) { return c == '0'; };
  return value.starts_with("00") && all(trace, isLowerHex) && !all(trace, zero) &&
         all(parent, isLowerHex) && !all(parent, zero) && all(value.substr(53), isLowerHex);
}

}  // namespace

HeaderClass classify(std::string_view name) {
  switch (name.size()) {
    case 3:
      if (name == "age") return HeaderClass::kVolatile;
      break;
    case 4:
      if (name == "date") return HeaderClass::kVolatile;
      break;
    case 6:
      if (name == "cf-ray") return HeaderClass::kVolatile;
      break;
    case 7:
      if (name == "trailer") return HeaderClass::kFraming;
      break;
    case 10:
      if (name == "connection" || name == "keep-alive") return HeaderClass::kFraming;
      if (name == "set-cookie") return HeaderClass::kCookie;
      break;
    case 11:
      if (name == "traceparent") return HeaderClass::kVolatile;
      break;
    case 14:
      if (name == "content-length") return HeaderClass::kFraming;
      break;
    case 16:
      if (name == "proxy-connection") return HeaderClass::kFraming;
      break;
    case 17:
      if (name == "transfer-encoding") return HeaderClass::kFraming;
      break;
    default:
      break;
  }
  return HeaderClass::kPlain;
}

const char* syntaxError(std::string_view name, std::string_view value) {
  if (name == "date") return parseHttpDate(value) ? nullptr : "not an HTTP date (IMF-fixdate)";
  if (name == "age") return all(value, isDigit) ? nullptr : "not a number of seconds";
  if (name == "cf-ray") return isRayId(value) ? nullptr : "not a ray id (16 hex digits, colo)";
  if (name == "traceparent") return isTraceparent(value) ? nullptr : "not a W3C traceparent";
  return nullptr;
}

std::optional<int64_t> parseHttpDate(std::string_view value) {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  static constexpr std::string_view kDays = "ThuFriSatSunMonTueWed";  // the epoch is a Thursday
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (value.size() != 29 || value.substr(3, 2) != ", " || value[7] != ' ' || value[11] != ' ' ||
      value[16] != ' ' || value[19] != ':' || value[22] != ':' || value.substr(25) != " GMT") {
    return std::nullopt;
  }
  auto day = number(value.substr(5, 2)), year = number(value.substr(12, 4));
  auto hour = number(value.substr(17, 2)), minute = number(value.substr(20, 2));
  auto second = number(value.substr(23, 2));
  size_t month = kMonths.find(value.substr(8, 3));
  if (!day || !year || !hour || !minute || !second || month == std::string_view::npos ||
      month % 3 != 0) {
    return std::nullopt;
  }
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(*year),
                                   std::chrono::month(unsigned(month / 3 + 1)),
                                   std::chrono::day(unsigned(*day))};
  if (!date.ok()) return std::nullopt;
  int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  size_t weekday = size_t(((days % 7) + 7) % 7);
  if (kDays.substr(weekday * 3, 3) != value.substr(0, 3)) return std::nullopt;
  return days * 86400 + *hour * 3600 + *minute * 60 + *second;
}

std::optional<EntityTag> parseEntityTag(std::string_view value) {
  bool weak = value.starts_with("W/");
  std::string_view opaque = value.substr(weak ? 2 : 0);
  if (opaque.size() < 2 || opaque.front() != '"' || opaque.back() != '"') return std::nullopt;
  if (opaque.substr(1, opaque.size() - 2).find('"') != std::string_view::npos) return std::nullopt;
  return EntityTag{weak, opaque};
}

}  // namespace flamesim::diff
