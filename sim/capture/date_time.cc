#include "sim/capture/date_time.h"

#include <cstdio>

namespace flamesim::capture {

namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest(text) {}
  bool atEnd() const { return rest.empty(); }
  // One of `characters`; '\0' when something else stands here.
  char take(std::string_view characters) {
    if (rest.empty() || characters.find(rest[0]) == std::string_view::npos) return '\0';
    char taken = rest[0];
    rest.remove_prefix(1);
    return taken;
  }
  // Exactly `digits` digits; -1 when they are not there.
  int number(size_t digits) {
    if (rest.size() < digits) return -1;
    int value = 0;
    for (char c : rest.substr(0, digits)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    rest.remove_prefix(digits);
    return value;
  }
  // Digits behind the point, as nanoseconds; -1 when there are none.
  int64_t fraction() {
    int64_t value = 0;
    size_t digits = 0;
    for (int digit; (digit = number(1)) >= 0; ++digits) {
      if (digits < 9) value = value * 10 + digit;
    }
    if (digits == 0) return -1;
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }

 private:
  std::string_view rest;
};

}  // namespace

std::optional<Time> parseDateTime(std::string_view text) {
  using namespace std::chrono;
  Scanner scan(text);
  int y = scan.number(4);
  bool dashes = scan.take("-");
  int mo = scan.number(2);
  dashes = scan.take("-") && dashes;
  int d = scan.number(2);
  bool t = scan.take("Tt ");
  int h = scan.number(2);
  bool colon = scan.take(":");
  int mi = scan.number(2);
  if (y < 1678 || y > 2261 || mo < 0 || d < 0 || h < 0 || mi < 0 || !dashes || !t || !colon) {
    return std::nullopt;
  }
  int s = 0;
  int64_t nanos = 0;
  if (scan.take(":")) {
    s = scan.number(2);
    if (s < 0) return std::nullopt;
    if (scan.take(".,") && (nanos = scan.fraction()) < 0) return std::nullopt;
  }
  year_month_day date{year(y), month(unsigned(mo)), day(unsigned(d))};
  if (!date.ok() || h > 24 || mi > 59 || s > 60) return std::nullopt;

  minutes zone{0};
  if (char sign = scan.take("+-"); sign != '\0') {
    int zoneHours = scan.number(2);
    scan.take(":");
    int zoneMinutes = scan.atEnd() ? 0 : scan.number(2);
    if (zoneHours < 0 || zoneHours > 23 || zoneMinutes < 0 || zoneMinutes > 59) return std::nullopt;
    zone = hours(zoneHours) + minutes(zoneMinutes);
    if (sign == '-') zone = -zone;
  } else {
    scan.take("Zz");
  }
  if (!scan.atEnd()) return std::nullopt;
  return Time(sys_days(date).time_since_epoch() + hours(h) + minutes(mi) - zone + seconds(s) +
              nanoseconds(nanos));
}

std::string formatDateTime(Time time) {
  using namespace std::chrono;
  auto day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(floor<milliseconds>(time - day));
  char out[64];
  std::snprintf(out, sizeof(out), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  return out;
}

}  // namespace flamesim::capture
