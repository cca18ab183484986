#include "sim/diff/syntax.h"

#include <catch2/catch.hpp>

using namespace flamesim::diff;

TEST_CASE("HTTP dates are IMF-fixdates with the right weekday") {
  CHECK(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(parseHttpDate("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
  CHECK(parseHttpDate("Wed, 31 Dec 1969 23:59:59 GMT") == -1);
  CHECK(parseHttpDate("Tue, 24 Nov 2026 04:16:14 GMT") == 1795493774);
  for (auto text : {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                    "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
                    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
                    "Sun, 06 Nov 1994 0x:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(parseHttpDate(text).has_value());
  }
}

TEST_CASE("Volatile headers are checked by their syntax") {
  struct Row {
    const char* name;
    const char* value;
    bool valid;
  };
  for (auto row : {
           Row{"date", "Sun, 06 Nov 1994 08:49:37 GMT", true},
           Row{"date", "now", false},
           Row{"age", "0", true},
           Row{"age", "31536000", true},
           Row{"age", "-1", false},
           Row{"age", "", false},
           Row{"cf-ray", "230b030023ae2822-SJC", true},
           Row{"cf-ray", "230b030023ae2822", true},
           Row{"cf-ray", "230b030023ae2822-", false},
           Row{"cf-ray", "230b-SJC", false},
           Row{"cf-ray", "unknown", false},
           Row{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true},
           Row{"traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
           Row{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false},
       }) {
    CAPTURE(row.name, row.value);
    CHECK(classify(row.name) == HeaderClass::kVolatile);
    CHECK((syntaxError(row.name, row.value) == nullptr) == row.valid);
  }
  for (auto name : {"expires", "last-modified", "etag", "x-request-id", "server", "dates"}) {
    CAPTURE(name);
    CHECK(classify(name) == HeaderClass::kPlain);
  }
}

TEST_CASE("Entity tags are split into weakness and opaque value") {
  CHECK(parseEntityTag("\"a\"")->weak == false);
  CHECK(parseEntityTag("W/\"a\"")->weak == true);
  CHECK(parseEntityTag("W/\"a\"")->opaque == "\"a\"");
  CHECK_FALSE(parseEntityTag("a").has_value());
  CHECK_FALSE(parseEntityTag("w/\"a\"").has_value());
  CHECK_FALSE(parseEntityTag("\"a\", \"b\"").has_value());
}
