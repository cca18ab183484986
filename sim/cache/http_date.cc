#include "sim/cache/http_date.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "sim/net/message.h"

namespace flamesim::cache {

namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

// Takes pieces off the front of a text; after the first that is not there all fail.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest(text) {}

  bool good() const { return fine; }
  bool atEnd() const { return rest.empty(); }

  void expect(std::string_view literal) {
    if (!net::equalsIgnoringCase(rest.substr(0, literal.size()), literal)) fine = false;
    if (fine) rest.remove_prefix(literal.size());
  }
  // `width` digits; the first may be a space where `padded`.
  int number(size_t width, bool padded = false) {
    if (rest.size() < width) fine = false;
    int value = 0;
    for (size_t i = 0; fine && i < width; ++i) {
      char c = rest[i];
      if (padded && i == 0 && c == ' ') c = '0';
      if (c < '0' || c > '9') fine = false;
      value = value * 10 + (c - '0');
    }
    if (fine) rest.remove_prefix(width);
    return value;
  }
  unsigned month() {
    for (size_t i = 0; i < kMonths.size(); ++i) {
      if (net::equalsIgnoringCase(rest.substr(0, 3), kMonths[i])) {
        rest.remove_prefix(3);
        return unsigned(i + 1);
      }
    }
    fine = false;
    return 0;
  }

 private:
  std::string_view rest;
  bool fine = true;
};

struct Parts {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void readTime(Scanner& scanner, Parts& parts) {
  parts.hour = scanner.number(2);
  scanner.expect(":");
  parts.minute = scanner.number(2);
  scanner.expect(":");
  parts.second = scanner.number(2);
}

// Whether `text` starts with the first three letters of a day's name, or all of them and a comma.
bool isDayName(std::string_view text) {
  for (auto day : kDays) {
    if (net::equalsIgnoringCase(text, day) || net::equalsIgnoringCase(text, day.substr(0, 3))) {
      return true;
    }
  }
  return false;
}

std::optional<Time> timeOf(const Parts& parts) {
  year_month_day date(std::chrono::year(parts.year), std::chrono::month(parts.month),
                      std::chrono::day(unsigned(parts.day)));
  // 60 is a leap second.
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  int64_t whole = seconds(sys_days(date).time_since_epoch()).count() + parts.hour * 3600 +
                  parts.minute * 60 + parts.second;
  constexpr int64_t kMost = INT64_MAX / 1'000'000'000 - 1;
  return timeFromNanos(std::clamp(whole, -kMost, kMost) * 1'000'000'000);
}

// The century of a year with two digits.
int wholeYear(int two, Time now) {
  auto today = year_month_day(std::chrono::floor<days>(now));
  int year = int(today.year()) / 100 * 100 + two;
  return year > int(today.year()) + 50 ? year - 100 : year;
}

}  // namespace

std::optional<Time> parseHttpDate(std::string_view text, Time now) {
  Parts parts;
  auto comma = text.find(',');
  if (comma == std::string_view::npos) {  // asctime: "Sun Nov  6 08:49:37 1994"
    if (text.size() < 4 || !isDayName(text.substr(0, 3))) return std::nullopt;
    Scanner scanner(text.substr(3));
    scanner.expect(" ");
    parts.month = scanner.month();
    scanner.expect(" ");
    parts.day = scanner.number(2, true);
    scanner.expect(" ");
    readTime(scanner, parts);
    scanner.expect(" ");
    parts.year = scanner.number(4);
    if (!scanner.good() || !scanner.atEnd()) return std::nullopt;
    return timeOf(parts);
  }
  if (!isDayName(text.substr(0, comma))) return std::nullopt;
  bool isShort = comma == 3;  // "Sun, 06 Nov 1994 ..." or "Sunday, 06-Nov-94 ..."
  std::string_view separator = isShort ? " " : "-";
  Scanner scanner(text.substr(comma + 1));
  scanner.expect(" ");
  parts.day = scanner.number(2);
  scanner.expect(separator);
  parts.month = scanner.month();
  scanner.expect(separator);
  parts.year = isShort ? scanner.number(4) : wholeYear(scanner.number(2), now);
  scanner.expect(" ");
  readTime(scanner, parts);
  scanner.expect(" GMT");
  if (!scanner.good() || !scanner.atEnd()) return std::nullopt;
  return timeOf(parts);
}

std::string formatHttpDate(Time time) {
  auto whole = std::chrono::floor<seconds>(time);
  auto day = std::chrono::floor<days>(whole);
  year_month_day date(day);
  std::chrono::hh_mm_ss clock(whole - day);
  char text[64];
  std::snprintf(text, sizeof text, "%.3s, %02u %.3s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(day).c_encoding()].data(), unsigned(date.day()),
                kMonths[unsigned(date.month()) - 1].data(), int(date.year()),
                int(clock.hours().count()), int(clock.minutes().count()),
                int(clock.seconds().count()));
  return text;
}

}  // namespace flamesim::cache
