#include "sim/diff/align.h"

#include <catch2/catch.hpp>

using namespace flamesim::diff;

namespace {

// "a" paired, "-a" only in the reference, "+a" only in the candidate, "~a" moved.
std::string show(const std::vector<std::string>& reference,
                 const std::vector<std::string>& candidate) {
  std::string out;
  for (auto& entry : align(reference, candidate)) {
    if (!out.empty()) out += ' ';
    if (!entry.candidate) out += '-';
    if (!entry.reference) out += '+';
    if (entry.moved) out += '~';
    out += entry.reference ? reference[*entry.reference] : candidate[*entry.candidate];
  }
  return out;
}

}  // namespace

TEST_CASE("Lists are lined up by key") {
  CHECK(show({}, {}) == "");
  CHECK(show({"a", "b"}, {"a", "b"}) == "a b");
  CHECK(show({"a", "b", "c"}, {"a", "c"}) == "a -b c");
  CHECK(show({"a", "c"}, {"a", "b", "c"}) == "a +b c");
  CHECK(show({"a"}, {"x", "a", "y"}) == "+x a +y");
  CHECK(show({"a", "b"}, {"b", "a"}) == "~a b");
  CHECK(show({"a", "a"}, {"a"}) == "a -a");
  CHECK(show({"a", "b"}, {"x", "y"}) == "+x +y -a -b");
}

TEST_CASE("Very long lists are still paired by key") {
  std::vector<std::string> a, b;
  for (int i = 0; i < 2000; ++i) a.push_back(std::to_string(i));
  b = a;
  b.erase(b.begin());
  auto result = align(a, b);
  REQUIRE(result.size() == 2000);
  CHECK_FALSE(result[0].candidate.has_value());
  CHECK(result[1999].candidate == 1998);
  CHECK_FALSE(result[1999].moved);
}
