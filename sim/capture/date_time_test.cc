#include <catch2/catch.hpp>

#include "sim/capture/date_time.h"

using namespace flamesim;
using namespace flamesim::capture;

TEST_CASE("dates with zones and fractions") {
  auto nanos = [](std::string_view text) {
    auto time = parseDateTime(text);
    REQUIRE(time.has_value());
    return nanosOf(*time);
  };
  CHECK(nanos("1970-01-01T00:00:00Z") == 0);
  CHECK(nanos("2023-03-30T00:00:54.250Z") == 1680134454250000000);
  CHECK(nanos("2023-03-29T16:58:59.303-07:00") == 1680134339303000000);
  CHECK(nanos("2023-12-12T16:23:16.067544+00:00") == 1702398196067544000);
  CHECK(nanos("2023-03-29T16:58:59,303-0700") == 1680134339303000000);
  CHECK(nanos("2023-03-30T05:28:59+0530") == 1680134339000000000);
  CHECK(nanos("2024-02-29T00:00:00.1234567891Z") == 1709164800123456789);
  CHECK(nanos("1969-12-31T23:59:59.5Z") == -500000000);
  CHECK(nanos("2023-03-30 00:00") == 1680134400000000000);
}

TEST_CASE("what is no date is refused") {
  for (auto text : {"", "yesterday", "2023-03-30", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z",
                    "2023-03-30T25:00:00Z", "2023-03-30T00:61:00Z", "2023-03-30T00:00:00.Z",
                    "2023-03-30T00:00:00+99:00", "2023-03-30T00:00:00Zjunk", "20230330T000000Z",
                    "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parseDateTime(text).has_value());
  }
}

TEST_CASE("a date is written to the millisecond") {
  CHECK(formatDateTime(timeFromNanos(1680134339303999999)) == "2023-03-29T23:58:59.303Z");
  CHECK(formatDateTime(timeFromNanos(-1)) == "1969-12-31T23:59:59.999Z");
}
