#include "sim/bundle/simulation.h"

#include <catch2/catch.hpp>

#include "sim/bundle/simulation_values.h"
#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

void writeWorkers(const TestProject& project) {
  for (auto* name : {"ownership", "headers", "waf"}) {
    project.write(std::string("workers/") + name + "/wrangler.jsonc",
                  "{\"name\": \"" + std::string(name) + "-worker\", \"main\": \"index.js\"}");
    project.write(std::string("workers/") + name + "/index.js", "export default {}");
  }
}

constexpr std::string_view kWorkers =
    R"("workers": {"ownership": "workers/ownership", "headers": "workers/headers"})";

Lines faults(std::string_view text) {
  TestProject project;
  writeWorkers(project);
  project.write("zones.json", "{}");
  auto file = project.write("flamesim.jsonc", text);
  return briefs(faultsOf([&] { loadSimulation(file); }), project);
}

// The file with the workers on line 1 and `rest` from line 2.
std::string with(std::string_view rest) {
  return "{" + std::string(kWorkers) + ", \"chain\": [\"ownership\"],\n" + std::string(rest) + "}";
}

}  // namespace

TEST_CASE("a whole simulation") {
  TestProject project;
  writeWorkers(project);
  for (auto* name : {"zones.json", "qs.json", "log.capnp", "dos.capnp", "dos.json"}) {
    project.write(name, "{}");
  }
  project.write("flamesim.jsonc", R"({
    "$schema": "docs/flamesim.schema.json",
    "workers": {
      "ownership": {"bundle": "workers/ownership", "environment": "staging"},
      "headers": "workers/headers/", // a comment
      "customer": "workers/waf/wrangler.jsonc",
    },
    "chain": ["ownership", "headers"],
    "egress": "customer",
    "services": {
      "rrdns": {"source": "rrdns", "zones": "zones.json"},
      "quicksilver": {"source": "quicksilver", "data": "qs.json"},
      "logfwdr": {"source": "logfwdr", "output": "out/logs.bin", "schema": "log.capnp",
                  "union": "Message"},
      "dos": {"source": "table", "schema": "dos.capnp", "interface": "Dos", "table": "dos.json"},
      "other": {"source": "socket", "address": "unix:run/x.sock"},
      "remote": {"source": "socket", "address": "[::1]:9000"},
    },
    "fl": {"url": "http://127.0.0.1:9080"},
    "internet": {"allow": ["*.example.com", "api.test"], "resolve": {"*": "127.0.0.1:9000"}},
    "cache": {"enabled": true},
    "client": {"country": "CH", "connectedAddress": "192.0.2.1", "colo": "ZRH"},
    "permissions": {"ownership": ["rrdns"], "headers": []},
    "listen": "127.0.0.1:0",
    "servers": 4,
    "limits": {"cpuMs": 50, "heapMiB": 64, "subrequests": 9}, "productionBugs": "kept",
  })");
  auto simulation = loadSimulation(project.path());
  CHECK(simulation.warnings.empty());
  CHECK(simulation.file == project.at("flamesim.jsonc"));
  REQUIRE(simulation.workers.size() == 3);
  CHECK(simulation.workers[0].name == "ownership");
  CHECK(simulation.workers[0].path == project.at("workers/ownership"));
  CHECK(simulation.workers[0].environment == "staging");
  CHECK(simulation.workers[0].origin.line == 4);
  CHECK(simulation.workers[0].origin.column == 7);
  CHECK(simulation.workers[1].path == project.at("workers/headers"));
  CHECK(simulation.chain == Lines{"ownership", "headers"});
  CHECK(simulation.egress == "customer");
  REQUIRE(simulation.services.size() == 6);
  CHECK(simulation.findService("rrdns")->source == ServiceSource::kRrdns);
  CHECK(simulation.findService("rrdns")->data == project.at("zones.json"));
  CHECK(simulation.findService("logfwdr")->data == project.at("out/logs.bin"));
  CHECK(simulation.findService("logfwdr")->schema == project.at("log.capnp"));
  CHECK(simulation.findService("logfwdr")->unionName == "Message");
  CHECK(simulation.findService("dos")->interfaceName == "Dos");
  CHECK(simulation.findService("dos")->data == project.at("dos.json"));
  CHECK(simulation.findService("other")->address == "unix:" + project.at("run/x.sock").string());
  CHECK(simulation.findService("remote")->address == "[::1]:9000");
  CHECK(simulation.findService("nope") == nullptr);
  CHECK(simulation.flUrl == "http://127.0.0.1:9080");
  CHECK(simulation.internet.allow == Lines{"*.example.com", "api.test"});
  CHECK(simulation.internet.resolve.at("*") == "127.0.0.1:9000");
  CHECK(simulation.cache.enabled);
  CHECK(simulation.client.country == "CH");
  CHECK(simulation.client.connectedAddress == "192.0.2.1");
  CHECK(simulation.client.colo == "ZRH");
  CHECK(simulation.permissions.at("ownership") == Lines{"rrdns"});
  CHECK(simulation.permissions.at("headers").empty());
  CHECK(simulation.listen == "127.0.0.1:0");
  CHECK(simulation.servers == 4);
  CHECK(simulation.cpuLimitMillis == 50);
  CHECK(simulation.heapLimitMiB == 64);
  CHECK(simulation.subrequestLimit == 9);
  CHECK(simulation.keepsProductionBugs);
}

TEST_CASE("one worker needs no chain; defaults hold") {
  TestProject project;
  writeWorkers(project);
  auto file = project.write("flamesim.jsonc", R"({"workers": {"waf": "workers/waf"}})");
  auto simulation = loadSimulation(file);
  CHECK(simulation.chain == Lines{"waf"});
  CHECK(simulation.egress == "fl");
  CHECK(simulation.listen == "127.0.0.1:8787");
  CHECK(simulation.servers == 4);
  CHECK(simulation.client.country == "XX");
}

TEST_CASE("a folder with a wrangler configuration alone is a chain of one") {
  TestProject project;
  writeWorkers(project);
  for (auto& path : {project.at("workers/waf"), project.at("workers/waf/wrangler.jsonc")}) {
    auto simulation = loadSimulation(path);
    CHECK(simulation.chain == Lines{"waf-worker"});
    REQUIRE(simulation.workers.size() == 1);
    CHECK(load(simulation.workers[0].path).name == "waf-worker");
  }
}

TEST_CASE("no simulation there") {
  TestProject project;
  CHECK(briefs(faultsOf([&] { loadSimulation(project.path()); }), project)[0].ends_with(
      "the folder holds no flamesim.jsonc and no wrangler configuration "
      "[add flamesim.jsonc with \"workers\" and \"chain\"]"));
  CHECK(briefs(faultsOf([&] { loadSimulation(project.at("x.jsonc")); }), project) ==
        Lines{"x.jsonc: cannot read the file: No such file or directory"});
}

TEST_CASE("unknown keys warn") {
  TestProject project;
  writeWorkers(project);
  auto file =
      project.write("flamesim.jsonc", with("\"permission\": {}, \"cache\": {\"enable\": true},\n"
                                           "\"services\": {\"rrdns\": {\"source\": "
                                           "\"rrdns\", \"zone\": \"z\"}}"));
  CHECK(
      briefs(loadSimulation(file).warnings, project) ==
      Lines{"flamesim.jsonc:2:1: unknown key \"permission\" [did you mean \"permissions\"?]",
            "flamesim.jsonc:3:43: unknown key \"zone\" in services.rrdns [did you mean \"zones\"?]",
            "flamesim.jsonc:2:29: unknown key \"enable\" in cache [did you mean \"enabled\"?]"});
}

TEST_CASE("workers that are not there") {
  CHECK(faults("{}") == Lines{"flamesim.jsonc:1:1: the simulation has no workers "
                              "[add \"workers\": {\"name\": \"folder of the worker\"}]"});
  CHECK(faults("{\"workers\": {\"a\": \"workers/ownershp\"}}") ==
        Lines{"flamesim.jsonc:1:19: there is no file or folder \"workers/ownershp\" "
              "[did you mean \"workers/ownership\"?]"});
  CHECK(faults("{\"workers\": {\"a\": \"workers\"}}") ==
        Lines{"flamesim.jsonc:1:19: the folder \"workers\" is not a worker "
              "[it needs wrangler.jsonc, wrangler.json, wrangler.toml or built JavaScript]"});
  CHECK(faults("{\"workers\": {\"a\": {\"environment\": \"x\"}}}") ==
        Lines{"flamesim.jsonc:1:19: workers.a lacks \"bundle\" [add \"bundle\": \"...\"]"});
  CHECK(faults("{\"workers\": {\"fl\": \"workers/waf\"}}") ==
        Lines{"flamesim.jsonc:1:14: a worker cannot be named \"fl\" "
              "[the name stands for an egress; give the worker another one]"});
}

TEST_CASE("a chain that does not hold together") {
  CHECK(faults("{" + std::string(kWorkers) +
               ",\n\"chain\": [\"ownership\", \"heders\", \"zzzzzz\", "
               "\"ownership\"]}") ==
        Lines{"flamesim.jsonc:2:24: the chain names a worker \"heders\" that is not there "
              "[did you mean \"headers\"?]",
              "flamesim.jsonc:2:34: the chain names a worker \"zzzzzz\" that is not there "
              "[\"workers\" has ownership, headers]",
              "flamesim.jsonc:2:44: the chain names the worker \"ownership\" twice"});
  CHECK(faults("{" + std::string(kWorkers) + "}") ==
        Lines{"flamesim.jsonc:1:1: the simulation has no chain [add \"chain\": [\"ownership\", "
              "\"headers\"], in the order of the request]"});
  CHECK(faults("{" + std::string(kWorkers) + ",\n \"chain\": []}") ==
        Lines{"flamesim.jsonc:2:11: the chain is empty [name at least one worker]"});
}

TEST_CASE("the egress") {
  CHECK(faults(with("\"egress\": \"internt\"")) ==
        Lines{"flamesim.jsonc:2:11: there is no egress \"internt\" [did you mean \"internet\"?]"});
  CHECK(
      faults(with("\"egress\": \"ownership\"")) ==
      Lines{"flamesim.jsonc:2:11: the egress \"ownership\" is a worker of the chain itself [name a "
            "worker outside of the chain, \"fl\", \"cache\" or \"internet\"]"});
  CHECK(faults(with("\"egress\": \"headers\"")).empty());
}

TEST_CASE("services") {
  CHECK(faults(with("\"services\": {\"a\": {\"source\": \"rdns\"}}")) ==
        Lines{"flamesim.jsonc:2:30: unknown source \"rdns\" [did you mean \"rrdns\"?]"});
  CHECK(faults(with("\"services\": {\"a\": {\"zones\": \"zones.json\"}}")) ==
        Lines{"flamesim.jsonc:2:19: services.a lacks \"source\" "
              "[it is one of rrdns, quicksilver, logfwdr, analytics, table, socket, javascript]"});
  CHECK(
      faults(with("\"services\": {\"a\": {\"source\": \"rrdns\", \"zones\": \"zone.json\"}}")) ==
      Lines{"flamesim.jsonc:2:48: there is no file \"zone.json\" [did you mean \"zones.json\"?]"});
  CHECK(
      faults(with("\"services\": {\"a\": {\"source\": \"table\", \"schema\": \"zones.json\"}}")) ==
      Lines{"flamesim.jsonc:2:19: services.a lacks \"interface\" [add \"interface\": \"...\"]",
            "flamesim.jsonc:2:19: services.a lacks \"table\" [add \"table\": \"...\"]"});
  CHECK(faults(with("\"services\": {\"a\": {\"source\": \"socket\", \"address\": \"nowhere\"}}")) ==
        Lines{"flamesim.jsonc:2:51: \"nowhere\" is not an address "
              "[it is \"unix:/path/of.sock\" or \"host:port\"]"});
  CHECK(
      faults(with("\"services\": {\"a\": {\"source\": \"analytics\", \"output\": \"workers\"}}")) ==
      Lines{"flamesim.jsonc:2:53: \"workers\" is a folder"});
}

TEST_CASE("where logs and data points go") {
  TestProject project;
  project.write("w/index.js", "export default {}");
  project.write("there/x", "");
  auto load = [&](const std::string& service) {
    return loadSimulation(
        project.write("flamesim.jsonc",
                      "{\"workers\": {\"w\": \"w\"},\n\"services\": {\"a\": " + service + "}}"));
  };
  auto file = load(R"({"source": "logfwdr", "output": "logs.bin"})").services[0];
  CHECK_FALSE(file.segments.used);
  CHECK(file.data == project.at("logs.bin"));
  CHECK(load(R"({"source": "logfwdr", "output": "there"})").services[0].segments.used);
  auto segments = load(R"({"source": "logfwdr", "output": "new/", "segmentBytes": 5000,
    "segments": 3, "queue": 7, "queueWaitMs": 0})")
                      .services[0]
                      .segments;
  CHECK(segments.used);
  CHECK(segments.segmentBytes == 5000);
  CHECK(segments.segments == 3);
  CHECK(segments.queue == 7);
  CHECK(segments.queueWaitMs == 0);
  CHECK(briefs(load(R"({"source": "logfwdr", "output": "x", "queue": 5})").warnings, project) ==
        Lines{"flamesim.jsonc:2:56: \"queue\" has no effect: the output is not a folder [end "
              "\"output\" with \"/\" to have segments written]"});
  auto analytics =
      load(R"({"source": "analytics", "output": "p.sqlite", "sampleAbove": 9, "seed": 0})");
  CHECK(analytics.services[0].data == project.at("p.sqlite"));
  CHECK(analytics.services[0].analytics.sampleAbove == 9);
  CHECK(analytics.services[0].analytics.seed == 0);
}

TEST_CASE("addresses, patterns, numbers and names") {
  CHECK(faults(with("\"listen\": \"8787\",\n\"servers\": 0,\n\"fl\": {\"url\": \"127.0.0.1\"},\n"
                    "\"internet\": {\"allow\": [\"http://a\"], \"resolve\": {\"*\": \"x\"}},\n"
                    "\"client\": {\"country\": \"Switzerland\", \"connectedAddress\": \"1.2.3\", "
                    "\"colo\": \"zrh\"},\n"
                    "\"limits\": {\"cpuMs\": 1.5, \"heapMiB\": 1}")) ==
        Lines{"flamesim.jsonc:4:15: \"127.0.0.1\" is not a URL of FL "
              "[such as \"http://127.0.0.1:9080\"]",
              "flamesim.jsonc:5:24: \"http://a\" is not a host pattern [it is \"example.com\", "
              "\"*.example.com\" or \"*\", without a scheme or port]",
              "flamesim.jsonc:5:54: \"x\" is not an address [it is \"host:port\", such as "
              "\"127.0.0.1:9000\"]",
              "flamesim.jsonc:6:23: \"Switzerland\" is not a country [two capital letters (ISO "
              "3166-1), \"XX\" where it is unknown]",
              "flamesim.jsonc:6:58: \"1.2.3\" is not a connectedAddress [an IPv4 or IPv6 address, "
              "such as \"192.0.2.1\"]",
              "flamesim.jsonc:6:75: \"zrh\" is not a colo [three capital letters, such as \"ZRH\"]",
              "flamesim.jsonc:2:11: \"8787\" is not an address to listen on [it is \"host:port\", "
              "such as \"127.0.0.1:8787\"; port 0 takes a free one]",
              "flamesim.jsonc:3:12: \"servers\" must be a whole number from 1 to 4096",
              "flamesim.jsonc:7:21: \"limits.cpuMs\" must be a whole number from 1 to 86400000",
              "flamesim.jsonc:7:37: \"limits.heapMiB\" must be a whole number from 8 to 65536"});
}

TEST_CASE("permissions name workers and services that are there") {
  CHECK(faults(with("\"services\": {\"rrdns\": {\"source\": \"rrdns\"}},\n"
                    "\"permissions\": {\"ownrship\": [], \"headers\": [\"rrdn\"]}")) ==
        Lines{"flamesim.jsonc:3:17: \"permissions\" names a worker \"ownrship\" that is not there "
              "[did you mean \"ownership\"?]",
              "flamesim.jsonc:3:45: there is no service \"rrdn\" [did you mean \"rrdns\"?]"});
}

TEST_CASE("small grammars") {
  for (auto* good : {"127.0.0.1:80", "[::1]:0", "localhost:65535", "*:80"}) {
    CHECK(isHostAndPort(good));
  }
  for (auto* bad : {"", ":80", "a:", "a:65536", "a b:1", "::1:80", "[::g]:1", "a:-1", "..:1"}) {
    INFO(bad);
    CHECK_FALSE(isHostAndPort(bad));
  }
  CHECK(isHostPattern("*.example.com"));
  CHECK_FALSE(isHostPattern("*example.com"));
  CHECK_FALSE(isHostPattern("a.*.com"));
  CHECK(isHttpUrl("https://fl.test/path"));
  CHECK(isHttpUrl("http://[::1]:9080"));
  CHECK_FALSE(isHttpUrl("http://"));
  CHECK_FALSE(isHttpUrl("ftp://a"));
  CHECK_FALSE(isHttpUrl("http://a:99999/"));
}

}  // namespace flamesim::bundle
