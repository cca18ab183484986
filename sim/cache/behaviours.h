// For the catalogue of behaviours: what RFC 9111 asks of a cache and what production adds, one row
// a behaviour. Names are those of the public suite http-tests/cache-tests where it has the
// behaviour; docs/http-cache.md sets these results beside those of NGINX and Varnish.
#pragma once

#include "sim/cache/testing.h"

namespace flamesim::cache::testing {

// Two requests for one URL: what the second finds.
struct Row {
  const char* name;
  Headers response;      // what the origin says to both
  const char* expected;  // CF-Cache-Status of the second
  int64_t pause = 3;     // seconds between them
  Headers first = {};    // the requests' own headers
  Headers second = {};
  uint16_t status = 200;
};

inline void check(const std::vector<Row>& rows) {
  for (auto& row : rows) {
    INFO(row.name);
    CacheWorld world;
    world.origin.replies = {Reply{row.response, "body", row.status}};
    CHECK(world.get(row.first).status == row.status);
    world.later(row.pause);
    auto answer = world.get(row.second);
    CHECK(answer.cache == row.expected);
  }
}

}  // namespace flamesim::cache::testing
