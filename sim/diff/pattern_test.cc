#include "sim/diff/pattern.h"

#include <catch2/catch.hpp>

using namespace flamesim::diff;

TEST_CASE("A field pattern covers the field and its parts") {
  struct Row {
    const char* pattern;
    const char* field;
    bool covers;
  };
  for (auto row : {
           Row{"status", "status", true},
           Row{"body", "body:$.a", true},
           Row{"body:$", "body:$.a", true},
           Row{"body:$.a", "body:$.a.b[3].c", true},
           Row{"body:$.a", "body:$.ab", false},
           Row{"body:$.a.b", "body:$.a", false},
           Row{"body:$.items[*].id", "body:$.items[12].id", true},
           Row{"body:$.items[*].id", "body:$.items[12].name", false},
           Row{"body:$.items[*].id", "body:$.items[1].items[2].id", false},
           Row{"body:$.items[3]", "body:$.items[3].id", true},
           Row{"header:set-cookie", "header:set-cookie[1]", true},
           Row{"header:x-*", "header:x-a", true},
           Row{"header:x", "header:x.y", false},
           Row{"header:server", "header:server-timing", false},
           Row{"effect:log", "effect:log httplogs HttpLog input:$.time", true},
           Row{"effect:log httplogs", "effect:log httplogs2 HttpLog", false},
           Row{"effect:subrequest internet * header:x-id",
               "effect:subrequest internet GET /a header:x-id", true},
           Row{"*", "status", true},
       }) {
    CAPTURE(row.pattern, row.field);
    CHECK(fieldCovers(row.pattern, row.field) == row.covers);
  }
}
