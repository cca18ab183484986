#include "sim/replay/shard.h"

#include <catch2/catch.hpp>
#include <map>

#include "sim/base/error.h"

using namespace flamesim;
using namespace flamesim::replay;

namespace {

using Variables = std::map<std::string, std::string>;

// The shard as text, or what is wrong.
std::string shard(const std::string& text, const Variables& variables = {}) {
  try {
    return parseShard(text,
                      [&](const std::string& name) -> std::optional<std::string> {
                        auto found = variables.find(name);
                        if (found == variables.end()) return std::nullopt;
                        return found->second;
                      })
        .text();
  } catch (const UserError& error) {
    return error.diagnostic.message;
  }
}

}  // namespace

TEST_CASE("A shard is written from 1") {
  CHECK(shard("1/1") == "1/1");
  CHECK(shard("3/8") == "3/8");
  CHECK(shard("0/8") == "--shard: there is no part 0 of 8");
  CHECK(shard("9/8") == "--shard: there is no part 9 of 8");
  CHECK(shard("1/0") == "--shard: there is no part 1 of 0");
  CHECK(shard("1/5000") == "--shard: there is no part 1 of 5000");
  for (auto* text : {"", "3", "3/", "/8", "3/8/1", "-1/8", "a/8", "3/8x", "automatic"}) {
    CHECK(shard(text) == "--shard: \"" + std::string(text) + "\" is no part of a run");
  }
}

TEST_CASE("A shard is what the job runner says") {
  CHECK(shard("auto", {{"CI_NODE_INDEX", "3"}, {"CI_NODE_TOTAL", "8"}}) == "3/8");
  CHECK(shard("auto", {{"CIRCLE_NODE_INDEX", "3"}, {"CIRCLE_NODE_TOTAL", "8"}}) == "4/8");
  CHECK(shard("auto", {{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "2"}}) ==
        "1/2");
  CHECK(shard("auto/8", {{"JOB_COMPLETION_INDEX", "7"}}) == "8/8");
  CHECK(shard("auto/8", {{"JOB_COMPLETION_INDEX", "8"}}) == "--shard: there is no part 9 of 8");
  CHECK(shard("auto", {{"JOB_COMPLETION_INDEX", "7"}}) ==
        "--shard: JOB_COMPLETION_INDEX is set, but not how many jobs there are");
  CHECK(shard("auto", {{"CI_NODE_INDEX", "x"}, {"CI_NODE_TOTAL", "8"}}) ==
        "--shard: CI_NODE_INDEX is \"x\", not a number");
  CHECK(shard("auto") == "--shard: no job runner has set its variables");
}

TEST_CASE("Every server is of one shard") {
  for (uint32_t server = 0; server < 20; server++) {
    uint32_t takers = 0;
    for (uint32_t index = 0; index < 3; index++) takers += Shard{index, 3}.takes(server);
    CHECK(takers == 1);
  }
}
