#include "sim/bundle/check_accounts.h"

#include <catch2/catch.hpp>

#include "sim/bundle/check.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

// A worker "w" of the account "own" with these unsafe.bindings on line 2, a worker "mine" of the
// same account, and "theirs" of another; `accounts` is that key of flamesim.jsonc.
class Fixture {
 public:
  Fixture() {
    project.write("w/index.js", "export default {}");
    project.write("w/s.capnp", "@0xbf5147cbbecf40c1;\ninterface Rrdns {}\n");
    project.write("mine/index.js", "export default {}");
    project.write("theirs/index.js", "export default {}");
    wrangler();
  }

  void wrangler(const std::string& account = R"("account_id": "own", )") { top = account; }

  Lines check(const std::string& bindings, const std::string& accounts,
              const std::string& entry = "\"w\"") {
    project.write("w/wrangler.jsonc",
                  "{" + top +
                      "\"main\": \"index.js\", \"unsafe\": {\"capnp\": {\"base_path\": \".\", "
                      "\"source_schemas\": [\"s.capnp\"]}, \"bindings\": [\n" +
                      bindings + "]}}");
    auto file =
        project.write("flamesim.jsonc",
                      "{\"workers\": {\"w\": " + entry +
                          R"(, "mine": {"bundle": "mine", "account": "own"}, "theirs": "theirs"},
  "chain": ["w"], "fl": {"url": "http://127.0.0.1:9080"},
  "services": {"rrdns": {"source": "rrdns"}, "logfwdr": {"source": "logfwdr"}})" +
                          (accounts.empty() ? "" : ",\n  \"accounts\": " + accounts) + "}");
    auto simulation = loadSimulation(file);
    CHECK(briefs(simulation.warnings, project) == Lines{});
    auto& worker = *simulation.findWorker("w");
    auto lines =
        briefs(checkBindings(simulation, worker, load(worker.path, worker.environment)), project);
    // Paths of the temporary folder.
    auto folder = project.path().string() + "/";
    for (auto& line : lines) {
      for (auto at = line.find(folder); at != line.npos; at = line.find(folder)) {
        line.erase(at, folder.size());
      }
    }
    return lines;
  }

  TestProject project;

 private:
  std::string top;
};

constexpr const char* kRrdns =
    R"({"type": "capnp_service", "name": "A", "service": "rrdns", "interface": "Rrdns"})";

}  // namespace

TEST_CASE_METHOD(Fixture, "without a registry every account may bind all") {
  CHECK(check(kRrdns, "") == Lines{});
}

TEST_CASE_METHOD(Fixture, "a service that the account may bind is well") {
  CHECK(check(std::string(kRrdns) + R"(,
      {"type": "logfwdr", "name": "B", "destination": "x"},
      {"type": "egress", "name": "C", "to": "internet"},
      {"type": "service", "name": "D", "service": "mine"},
      {"type": "service", "name": "E", "service": "theirs"},
      {"type": "origin", "name": "F"}, {"type": "plain_text", "name": "G", "text": "x"})",
              R"({"own": {"name": "Own", "services": ["rrdns", "logfwdr", "egress:internet",
                          "worker:theirs"]}})") == Lines{});
}

TEST_CASE_METHOD(Fixture, "what the account may not bind is refused with the line to ask for") {
  CHECK(check(std::string(kRrdns) + R"(,
{"type": "logfwdr", "name": "B", "destination": "x"},
{"type": "egress", "name": "C", "to": "internet"},
{"type": "service", "name": "D", "service": "mine"},
{"type": "service", "name": "E", "service": "theirs"})",
              R"({"own": {"name": "Own", "services": ["quicksilver"]}, "other": {}})") ==
        Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) uses \"rrdns\", which the "
              "account own (Own) may not bind [ask for this line of \"own\" in flamesim.jsonc: "
              "\"services\": [\"quicksilver\", \"rrdns\"]]",
              "w/wrangler.jsonc:3:29: the binding B (logfwdr) uses \"logfwdr\", which the account "
              "own (Own) may not bind [ask for this line of \"own\" in flamesim.jsonc: "
              "\"services\": [\"quicksilver\", \"logfwdr\"]]",
              "w/wrangler.jsonc:4:28: the binding C (egress) uses \"egress:internet\", which the "
              "account own (Own) may not bind [ask for this line of \"own\" in flamesim.jsonc: "
              "\"services\": [\"quicksilver\", \"egress:internet\"]]",
              "w/wrangler.jsonc:6:29: the binding E (service) uses \"worker:theirs\", which the "
              "account own (Own) may not bind [ask for this line of \"own\" in flamesim.jsonc: "
              "\"services\": [\"quicksilver\", \"worker:theirs\"]]"});
}

TEST_CASE_METHOD(Fixture, "the registry may be a file of its own") {
  project.write("accounts.jsonc", "{\n// of the account\n\"own\": {\"services\": []}}");
  CHECK(check(kRrdns, "\"accounts.jsonc\"") ==
        Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) uses \"rrdns\", which the "
              "account own may not bind [ask for this line of \"own\" in accounts.jsonc: "
              "\"services\": [\"rrdns\"]]"});
  project.write("accounts.jsonc", "{\n\"own\": {\"services\": [1]}, \"other\": 2}");
  CHECK(briefs(faultsOf([&] { check(kRrdns, "\"accounts.jsonc\""); }), project) ==
        Lines{"accounts.jsonc:2:22: \"own.services[0]\" must be a string, not a number [put it in "
              "double quotes]",
              "accounts.jsonc:2:36: \"other\" must be an object, not a number"});
  auto missing = briefs(faultsOf([&] { check(kRrdns, "\"none.jsonc\""); }), project);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].starts_with("flamesim.jsonc:4:15: there is no file \"none.jsonc\" ["));
}

TEST_CASE_METHOD(Fixture, "a worker without an account, or of an unknown one, binds nothing") {
  CHECK(
      check(kRrdns, R"({"other": {}})") ==
      Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) uses \"rrdns\", and its account "
            "own is not in the registry [ask for this line in flamesim.jsonc: \"own\": {\"name\": "
            "\"...\", \"services\": [\"rrdns\"]}]"});
  wrangler("");
  CHECK(
      check(kRrdns, R"({"own": {"services": ["rrdns"]}})") ==
      Lines{"w/wrangler.jsonc:2:35: the binding A (capnp_service) uses \"rrdns\", but the worker w "
            "has no account [add \"account_id\" to its wrangler configuration, or \"account\" to "
            "\"workers\": {\"w\": {...}} in flamesim.jsonc]"});
  CHECK(check(R"({"type": "plain_text", "name": "G", "text": "x"})", "{}") == Lines{});
}

TEST_CASE_METHOD(Fixture, "the account is that of flamesim.jsonc, of the environment, of the top") {
  auto registry = R"({"own": {}, "staging": {"services": ["rrdns"]}})";
  auto refused = [&](const std::string& entry) { return !check(kRrdns, registry, entry).empty(); };
  CHECK(refused("\"w\""));
  CHECK_FALSE(refused(R"({"bundle": "w", "account": "staging"})"));
  wrangler(R"("account_id": "own", "env": {"s": {"account_id": "staging"}, "t": {}}, )");
  CHECK(refused("\"w\""));
  // "unsafe" is not inherited: an environment without bindings has none to refuse.
  auto file = project.at("w/wrangler.jsonc");
  CHECK(accountOf({.name = "w", .path = file, .environment = "s"}) == "staging");
  CHECK(accountOf({.name = "w", .path = file, .environment = "t"}) == "own");
  CHECK(accountOf({.name = "w", .path = project.at("w"), .environment = ""}) == "own");
}

TEST_CASE_METHOD(Fixture, "grants and tail consumers are permissions too") {
  auto lines =
      check(R"({"type": "internal_capability_grants", "name": "A", "grants": ["read", "write"]})",
            R"({"own": {"internalCapabilityGrants": ["read"]}})");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] ==
        "w/wrangler.jsonc:2:48: the binding A (internal_capability_grants) grants \"write\", which "
        "the account own may not have [ask for this line of \"own\" in flamesim.jsonc: "
        "\"internalCapabilityGrants\": [\"read\", \"write\"]]");
  CHECK(
      check("]}, \"tail_consumers\": [{\"service\": \"mine\"},\n"
            "{\"service\": \"theirs\"}], \"vars\": {\"A\": [",
            R"({"own": {}})") ==
      Lines{"w/wrangler.jsonc:3:13: the tail consumer \"theirs\" uses \"worker:theirs\", which the "
            "account own may not bind [ask for this line of \"own\" in flamesim.jsonc: "
            "\"services\": [\"worker:theirs\"]]"});
}

}  // namespace flamesim::bundle
