#include "sim/diff/abstract.h"

#include <catch2/catch.hpp>

using namespace flamesim::diff;

TEST_CASE("What differs from request to request is taken out of values") {
  struct Row {
    const char* value;
    const char* abstracted;
  };
  for (auto row : {
           Row{"200", "200"},
           Row{"user 12345", "user 12345"},
           Row{"id=550e8400-e29b-41d4-a716-446655440000;", "id=<uuid>;"},
           Row{"230b030023ae2822-SJC", "<hex>-SJC"},
           Row{"deadbeefdeadbeef", "deadbeefdeadbeef"},  // no digit: it may be a word
           Row{"max-age=31536000", "max-age=31536000"},
           Row{"1795493774123", "<number>"},
           Row{"v1795493774123", "v1795493774123"},
           Row{"a=1; Expires=Tue, 24 Nov 2026 04:16:14 GMT", "a=1; Expires=<date>"},
           Row{"\"2026-11-24T04:16:14.123Z\"", "\"<time>\""},
           Row{"2026-11-24T04:16:14+01:00", "<time>"},
           Row{"2026-11-24", "2026-11-24"},
           Row{"é 1234567890", "é <number>"},
           Row{"", ""},
       }) {
    CHECK(abstractValue(row.value) == row.abstracted);
  }
}

TEST_CASE("Indices and numbered path segments are taken out of fields") {
  CHECK(abstractField("body:$.items[12].tags[0]") == "body:$.items[*].tags[*]");
  CHECK(abstractField("header:set-cookie[1]") == "header:set-cookie[*]");
  CHECK(abstractField("effect:subrequest internet GET /users/42/posts header:x") ==
        "effect:subrequest internet GET /users/*/posts header:x");
  CHECK(abstractField("effect:subrequest internet GET /v2/42") ==
        "effect:subrequest internet GET /v2/*");
  CHECK(abstractField("body:$[\"/1/2\"]") == "body:$[\"/1/2\"]");
  CHECK(abstractField("status") == "status");
}
