// Test handlers: test(controller, env, ctx) of a worker's exports.
#include "sim/chain/testing.h"

using namespace flamesim;
using namespace flamesim::chain;
using namespace flamesim::chain::testing;

namespace {

struct Running : ChainWorld {
  // How the test of `entrypoint` in a worker of that source ended.
  TestOutcome run(const std::string& source, const std::string& entrypoint = "default") {
    inChain({worker("tested", source, bindings)});
    chain = std::make_unique<Chain>(web::testEngine(), std::move(parts));
    exchange = kj::refcounted<ExchangeScope>(clock, 1, net::ClientContext(), endings);
    exchange->console = &console;
    std::optional<TestOutcome> outcome;
    auto running = chain->worker("tested")
                       .runTest(entrypoint, *exchange)
                       .promise()
                       .then([&](TestOutcome ended) { outcome = std::move(ended); })
                       .eagerlyEvaluate(nullptr);
    settle([&] { return outcome.has_value(); });
    REQUIRE(outcome);
    return *outcome;
  }
  std::vector<bundle::Binding> bindings;
};

std::string failureOf(const TestOutcome& outcome) {
  return outcome.failure ? outcome.failure->text() : "passed";
}

}  // namespace

TEST_CASE_METHOD(Running, "a test that returns has passed") {
  bindings.push_back(binding("WHO", "plain_text", {{"text", "me"}}));
  auto outcome =
      run("export default { test(controller, env, ctx) {\n"
          "  console.log(typeof controller, env.WHO, `${ctx}`);\n"
          "} };");
  CHECK(outcome.passed());
  CHECK(lines == Strings{"tested log: object me [object ExecutionContext]"});
}

TEST_CASE_METHOD(Running, "a test is waited for") {
  auto outcome =
      run("export default { async test() {\n"
          "  await scheduler.wait(2000);\n"
          "  throw new TypeError('too late');\n"
          "} };");
  CHECK(failureOf(outcome) == "TypeError: too late");
  CHECK(clock.now() == kStart + std::chrono::seconds(2));
}

TEST_CASE_METHOD(Running, "a failed test says where") {
  auto outcome =
      run("export default { test() {\n"
          "  throw new Error('no');\n"
          "} };");
  CHECK(failureOf(outcome) == "Error: no");
  CHECK(outcome.failure->file == "index.js");
  CHECK(outcome.failure->line == 2);
  CHECK_THAT(outcome.failure->stack, Catch::Contains("index.js:2"));
}

TEST_CASE_METHOD(Running, "each export has its own test") {
  auto source =
      "import { WorkerEntrypoint } from 'cloudflare:workers';\n"
      "export default { test() { throw new Error('the default'); } };\n"
      "export const named = { test() { throw new Error('the named'); } };\n"
      "export class Classy extends WorkerEntrypoint {\n"
      "  test() { throw new Error('of ' + this.constructor.name); }\n"
      "}\n"
      "export const none = { test: 5, scheduled: 'daily', queue: null, tail: {} };\n";
  auto name = GENERATE(as<std::string>(), "default", "named", "Classy", "none");
  CAPTURE(name);
  auto expected = std::map<std::string, std::string>{
      {"default", "Error: the default"},
      {"named", "Error: the named"},
      {"Classy", "Error: of Classy"},
      {"none", "Error: Handler does not export a test() function."}};
  CHECK(failureOf(run(source, name)) == expected[name]);
  CHECK(chain->worker("tested").tests() == Strings{"Classy", "default", "named"});
}

TEST_CASE_METHOD(Running, "what waitUntil() got is part of the test") {
  auto outcome =
      run("export default { test(controller, env, ctx) {\n"
          "  ctx.waitUntil(scheduler.wait(3000).then(() => { throw new Error('behind'); }));\n"
          "  ctx.waitUntil(scheduler.wait(4000).then(() => { throw new Error('later'); }));\n"
          "} };");
  CHECK(failureOf(outcome) == "Error: behind");
  CHECK_THAT(outcome.failure->stack, Catch::Contains("index.js:2"));
  CHECK(clock.now() == kStart + std::chrono::seconds(4));
}

TEST_CASE_METHOD(Running, "a waitUntil() that never ends fails the test") {
  auto outcome =
      run("export default { test(controller, env, ctx) {\n"
          "  ctx.waitUntil(new Promise(() => {}));\n"
          "} };");
  CHECK_THAT(failureOf(outcome), Catch::StartsWith("Error: waitUntil() tasks did not complete"));
}

TEST_CASE_METHOD(Running, "a test that never ends fails") {
  auto outcome = run("export default { test() { return new Promise(() => {}); } };");
  CHECK_THAT(failureOf(outcome), Catch::Contains("detected that your Worker's code had hung"));
}

TEST_CASE_METHOD(Running, "a test may fetch") {
  auto outcome =
      run("export default { async test() {\n"
          "  const answer = await fetch('http://b.example/');\n"
          "  throw new Error(await answer.text());\n"
          "} };");
  CHECK(failureOf(outcome) == "Error: fl answers");
}

TEST_CASE_METHOD(Running, "ctx.passThroughOnException() does nothing in a test") {
  auto outcome =
      run("export default { test(controller, env, ctx) {\n"
          "  ctx.passThroughOnException();\n"
          "  throw new Error('no');\n"
          "} };");
  CHECK(failureOf(outcome) == "Error: no");
  CHECK(fl.asked.empty());
}
