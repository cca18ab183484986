#include "sim/test/test_file.h"

#include "sim/server/testing.h"

using namespace flamesim;
using namespace flamesim::test;
using namespace flamesim::chain::testing;

namespace {

// A file of tests before a chain of one worker.
struct World {
  explicit World(const std::string& tests, TestOptions options = {})
      : io(kj::setupAsyncIo()),
        file(io.waitScope, web::testEngine(),
             server::testing::program(
                 {worker(bundle::kTestWorker, tests),
                  worker("first",
                         "export default { async fetch(request) {\n"
                         "  return new Response('first ' + new URL(request.url).host);\n"
                         "} };")}),
             {}, std::move(options)) {}

  // The failure as text; empty: it passed.
  std::string run(const std::string& name) {
    auto result = file.run(name);
    return result.failure ? result.failure->text() : "";
  }

  kj::AsyncIoContext io;
  TestFile file;
};

}  // namespace

TEST_CASE("test: exports with test() are tests, in the order of the module's exports") {
  World world(
      "export default { test() {} };\n"
      "export const second = { async test() {} };\n"
      "export const first = { test() {} };\n"
      "export const other = { fetch() {} };\n"
      "export const value = 1;\n");
  CHECK(world.file.names() == Strings{"default", "first", "second"});
  for (auto& name : world.file.names()) CHECK(world.run(name).empty());
}

TEST_CASE("test: those that are not wanted are left out") {
  World world("export const one = { test() {} }; export const two = { test() {} };",
              {.isWanted = [](const std::string& name) { return name == "two"; }});
  CHECK(world.file.names() == Strings{"two"});
}

TEST_CASE("test: what is thrown or rejects fails it, with its line") {
  World world(
      "export const thrown = { test() { throw new TypeError('now'); } };\n"
      "export const rejected = { async test() {\n"
      "  await scheduler.wait(5);\n"
      "  throw new Error('later');\n"
      "} };\n"
      "export const waited = { test(controller, env, ctx) {\n"
      "  ctx.waitUntil(Promise.reject(new Error('in waitUntil')));\n"
      "} };\n");
  CHECK(world.run("thrown") == "TypeError: now");
  CHECK(world.run("rejected") == "Error: later");
  CHECK(world.run("waited") == "Error: in waitUntil");
  auto report = world.file.run("rejected").failure;
  REQUIRE(report);
  CHECK(report->stack.find("index.js:4:") != std::string::npos);
}

TEST_CASE("test: fetch() reaches the first worker of the chain") {
  World world(
      "export default { async test() {\n"
      "  const text = await (await fetch('http://a.example/')).text();\n"
      "  if (text !== 'first a.example') throw new Error(text);\n"
      "} };");
  CHECK(world.run("default").empty());
}

TEST_CASE("test: a wait takes no time, but is seen to pass") {
  World world(
      "export default { async test() {\n"
      "  const start = Date.now();\n"
      "  await scheduler.wait(50_000);\n"
      "  if (Date.now() - start !== 50_000) throw new Error(`${Date.now() - start}`);\n"
      "} };");
  auto result = world.file.run("default");
  CHECK_FALSE(result.failure);
  CHECK(result.took < std::chrono::seconds(20));
}

TEST_CASE("test: one that does not end in its time fails, and the next one runs") {
  World world(
      "export const first = { async test() {\n"
      "  for (;;) await scheduler.wait(100);\n"
      "} };\n"
      "export const second = { async test() { await new Promise(() => {}); } };\n"
      "export const third = { test() {} };\n",
      {.timeout = std::chrono::milliseconds(1500)});
  CHECK(world.run("first") ==
        "Error: the test did not end within 1.5 s of the time that workers see");
  CHECK(world.run("second").find("hung") != std::string::npos);
  CHECK(world.run("third").empty());
}

TEST_CASE("test: what workers print is kept with the result") {
  World world("export default { test() { console.log('one', 2); } };");
  auto result = world.file.run("default");
  REQUIRE(result.console.size() == 1);
  CHECK(result.console[0].worker == "test");
  CHECK(result.console[0].level == "log");
  CHECK(result.console[0].text == "one 2");
  CHECK(world.file.run("default").console.size() == 1);
}
