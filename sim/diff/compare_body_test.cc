// Bodies: content codings, JSON by structure, everything else by bytes.
#include "sim/diff/compare_body.h"

#include <zlib.h>

#include <catch2/catch.hpp>

#include "sim/diff/json_diff.h"
#include "sim/diff/testing.h"

using namespace flamesim;
using namespace flamesim::diff;
using namespace flamesim::diff::testing;

namespace {

std::string gzip(std::string_view text, int level) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const HeaderPairs kJson{{"Content-Type", "application/json; charset=utf-8"}};

Comparison compareJsonBodies(const std::string& reference, const std::string& candidate,
                             const Rules& rules = {}) {
  return compare(exchange(200, kJson, reference), exchange(200, kJson, candidate), rules);
}

}  // namespace

TEST_CASE("Bodies are compared without their content codings, and the coding as a header") {
  std::string text(1000, 'a');
  HeaderPairs coded{{"Content-Encoding", "gzip"}};
  CHECK(compare(exchange(200, coded, gzip(text, 1)), exchange(200, coded, gzip(text, 9)))
            .differences.empty());
  CHECK(describe(compare(exchange(200, coded, gzip(text, 1)), exchange(200, {}, text))) ==
        Lines{"header:content-encoding missing gzip"});
  CHECK(describe(compare(exchange(200, coded, gzip("one", 1)),
                         exchange(200, coded, gzip("two", 1)))) == Lines{"body: one -> two"});
}

TEST_CASE("A body that only one side can decode differs, though the bytes be equal") {
  auto result =
      compare(exchange(200, {}, "plain"), exchange(200, {{"Content-Encoding", "gzip"}}, "plain"));
  CHECK(describe(result) ==
        Lines{"header:content-encoding additional gzip", "body: plain -> plain"});
  CHECK(result.differences[1].detail.starts_with(
      "the candidate's body cannot be decoded: content coding gzip: "));
}

TEST_CASE("Where neither side can be decoded the bytes are compared") {
  HeaderPairs coded{{"Content-Encoding", "own-coding"}};
  CHECK(compare(exchange(200, coded, "a"), exchange(200, coded, "a")).differences.empty());
  CHECK(describe(compare(exchange(200, coded, "a"), exchange(200, coded, "b"))) ==
        Lines{"body: a -> b"});
}

TEST_CASE("A body that is gone or new") {
  auto result = compare(exchange(200, {}, "hello"), exchange(200, {}, ""));
  CHECK(describe(result) == Lines{"body missing hello"});
  CHECK(result.differences[0].detail == "5 bytes, got 0");
  CHECK(describe(compare(exchange(200, {}, ""), exchange(200, {}, "hello"))) ==
        Lines{"body additional hello"});
}

TEST_CASE("Which types are JSON") {
  CHECK(isJsonType("application/json"));
  CHECK(isJsonType("Application/JSON ; charset=utf-8"));
  CHECK(isJsonType("application/problem+json"));
  CHECK(isJsonType("text/json"));
  CHECK_FALSE(isJsonType("text/html"));
  CHECK_FALSE(isJsonType("application/jsonlines"));
  CHECK_FALSE(isJsonType("+json"));
}

TEST_CASE("JSON: the spelling says nothing") {
  CHECK(compareJsonBodies(R"({"a":1,"b":[1.0,"x"]})", "{ \"b\": [1, \"\\u0078\"],\n\"a\": 1 }")
            .differences.empty());
  CHECK(compareJsonBodies(R"({"a":1,"a":2})", R"({"a":2})").differences.empty());
}

TEST_CASE("JSON: each difference is named by its path") {
  struct Row {
    const char* reference;
    const char* candidate;
    Lines lines;
  };
  for (auto& row : std::vector<Row>{
           {R"({"a":{"b":[1,2]}})", R"({"a":{"b":[1,3]}})", {"body:$.a.b[1]: 2 -> 3"}},
           {R"({"a":1,"b":2})",
            R"({"a":1,"c":"x"})",
            {"body:$.b missing 2", "body:$.c additional \"x\""}},
           {R"({"a":"1"})", R"({"a":1})", {"body:$.a: \"1\" -> 1"}},
           {R"({"a":null})", R"({})", {"body:$.a missing null"}},
           {R"([1,2,3])", R"([2,3])", {"body:$[0] missing 1"}},
           {R"([1,3])", R"([1,2,3])", {"body:$[1] additional 2"}},
           {R"([1,2,3,9])", R"([1,8,9])", {"body:$[1]: 2 -> 8", "body:$[2] missing 3"}},
           {R"([1,2])", R"({"a":1})", {R"(body:$: [1,2] -> {"a":1})"}},
           {R"({"odd key":{"":1}})", R"({"odd key":{"":2}})", {R"(body:$["odd key"][""]: 1 -> 2)"}},
           {"1", "2", {"body:$: 1 -> 2"}},
           {"9007199254740993",
            "9007199254740992",
            {"body:$: 9007199254740993 -> 9007199254740992"}},
       }) {
    CAPTURE(row.reference, row.candidate);
    CHECK(describe(compareJsonBodies(row.reference, row.candidate)) == row.lines);
  }
  CHECK(compareJsonBodies(R"({"a":"1"})", R"({"a":1})").differences[0].detail ==
        "string became number");
}

TEST_CASE("JSON: at most twenty differences are kept, the others counted") {
  std::string a = "[0", b = "[1";
  for (int i = 1; i < 50; ++i) {
    a += ",0";
    b += ",1";
  }
  auto result = compareJsonBodies(a + "]", b + "]");
  CHECK(result.differences.size() == 20);
  CHECK(result.omitted == 30);
}

TEST_CASE("JSON: what is no JSON is compared by its text") {
  auto result = compareJsonBodies(R"({"a":1})", "{\"a\":1,}");
  CHECK(describe(result) == Lines{R"(body: {"a":1} -> {"a":1,})"});
  CHECK(result.differences[0].detail.starts_with("the candidate's body is not JSON; first"));
  // Without the type it is text, whatever it looks like.
  CHECK(describe(compare(exchange(200, {}, "[1]"), exchange(200, {}, "[2]"))) ==
        Lines{"body: [1] -> [2]"});
}

TEST_CASE("JSON: nesting without end does not exhaust the stack") {
  std::string deep(200'000, '[');
  auto result = compareJsonBodies(deep + "1" + std::string(200'000, ']'),
                                  deep + "2" + std::string(200'000, ']'));
  REQUIRE(result.differences.size() == 1);
  CHECK(result.differences[0].field == "body");
}
