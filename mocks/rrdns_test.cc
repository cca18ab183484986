#include "mocks/rrdns.h"

#include <capnp/dynamic.h>

#include <catch2/catch.hpp>

#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;

// Every name that a test of the precedence needs, each owner with an account of its own.
constexpr const char* kZones = R"({
  // accounts
  "accounts": [
    {"id": 1, "tag": "tag1", "name": "zone owner"},
    {"id": 2, "tag": "tag2"},
    {"id": 3, "tag": "tag3"},
    {"id": 4},
    {"id": 5, "tag": "tag5"}
  ],
  "zones": [
    {"name": "Example.com.", "account": 1, "records": [
      {"name": "@", "type": "A", "proxied": true},
      {"name": "zone-only", "type": "CNAME", "proxied": true, "content": "elsewhere.net"},
      {"name": "legacy-too", "type": "A", "proxied": true},
      {"name": "new-too.example.com", "type": "A", "proxied": true},
      {"name": "all", "type": "AAAA", "proxied": true},
      {"name": "grey", "type": "A", "proxied": false},
      {"name": "grey-default", "type": "TXT"},
      {"name": "*.wild", "type": "A", "proxied": true},
      {"name": "*.grey-wild", "type": "A"},
      {"name": "exact.wild", "type": "A", "proxied": true}
    ]},
    {"name": "child.example.com", "account": 5, "records": [
      {"name": "www", "type": "A", "proxied": true}]}
  ],
  "customHostnames": [
    {"hostname": "all.example.com", "account": 2, "kind": "new", "zone": "saas.net"},
    {"hostname": "all.example.com", "account": 3, "kind": "legacy"},
    {"hostname": "new-too.example.com", "account": 2, "kind": "new", "zone": "saas.net"},
    {"hostname": "legacy-too.example.com", "account": 3, "kind": "legacy", "zone": "old.net"},
    {"hostname": "grey.example.com", "account": 3, "kind": "legacy"},
    {"hostname": "*.wild.example.com", "account": 2, "kind": "new"},
    {"hostname": "*.grey-wild.example.com", "account": 2, "kind": "new", "zone": "saas.net"},
    {"hostname": "*.customer.org", "account": 2, "kind": "new", "zone": "saas.net"},
    {"hostname": "*.near.customer.org", "account": 4, "kind": "new", "zone": "near.net"}
  ],
  "addresses": {"203.0.113.7": 4, "2001:db8::1": 5}
})";

TEST_CASE("who owns a name") {
  auto zones = RrdnsZones::parse(kZones, "zones.json");
  struct Row {
    const char* name;
    const char* address;
    int64_t account;
    OwnerKind kind;
    const char* zone;
  };
  const Row rows[] = {
      // Exact names: new custom hostname, legacy custom hostname, zone.
      {"all.example.com", "", 2, OwnerKind::kCustomHostname, "saas.net"},
      {"new-too.example.com", "", 2, OwnerKind::kCustomHostname, "saas.net"},
      {"legacy-too.example.com", "", 3, OwnerKind::kLegacyCustomHostname, "old.net"},
      {"zone-only.example.com", "", 1, OwnerKind::kZone, "example.com"},
      {"example.com", "", 1, OwnerKind::kZone, "example.com"},
      // Wildcards: zone, new custom hostname; the nearest one; any depth, but not the parent.
      {"a.wild.example.com", "", 1, OwnerKind::kZone, "example.com"},
      {"a.b.wild.example.com", "", 1, OwnerKind::kZone, "example.com"},
      {"wild.example.com", "", 0, OwnerKind::kNone, ""},
      {"shop.customer.org", "", 2, OwnerKind::kCustomHostname, "saas.net"},
      {"x.near.customer.org", "", 4, OwnerKind::kCustomHostname, "near.net"},
      {"customer.org", "", 0, OwnerKind::kNone, ""},
      // An exact name wins over every wildcard.
      {"exact.wild.example.com", "", 1, OwnerKind::kZone, "example.com"},
      // Grey-clouded records do not count.
      {"grey.example.com", "", 3, OwnerKind::kLegacyCustomHostname, ""},
      {"grey-default.example.com", "", 0, OwnerKind::kNone, ""},
      {"a.grey-wild.example.com", "", 2, OwnerKind::kCustomHostname, "saas.net"},
      // The innermost zone alone is asked.
      {"www.child.example.com", "", 5, OwnerKind::kZone, "child.example.com"},
      {"other.child.example.com", "", 0, OwnerKind::kNone, ""},
      // Case and the final dot do not matter.
      {"ZONE-ONLY.Example.COM.", "", 1, OwnerKind::kZone, "example.com"},
      // A name that is known wins over the address, one that nobody owns does not fall back to it.
      {"zone-only.example.com", "203.0.113.7", 1, OwnerKind::kZone, "example.com"},
      {"unknown.test", "203.0.113.7", 0, OwnerKind::kNone, ""},
      // No name: the address decides.
      {"", "203.0.113.7", 4, OwnerKind::kAddress, ""},
      {"", "::ffff:203.0.113.7", 4, OwnerKind::kAddress, ""},
      {"", "2001:0db8:0:0::0001", 5, OwnerKind::kAddress, ""},
      {"192.0.2.1", "203.0.113.7", 4, OwnerKind::kAddress, ""},
      {"203.0.113.7", "", 4, OwnerKind::kAddress, ""},
      {"[2001:db8::1]", "", 5, OwnerKind::kAddress, ""},
      {"", "192.0.2.1", 0, OwnerKind::kNone, ""},
      {"", "nonsense", 0, OwnerKind::kNone, ""},
      {"", "", 0, OwnerKind::kNone, ""},
      // What no name looks like is nobody's.
      {".", "", 0, OwnerKind::kNone, ""},
      {"..", "", 0, OwnerKind::kNone, ""},
      {"*.wild.example.com", "", 1, OwnerKind::kZone, "example.com"},
  };
  for (const Row& row : rows) {
    INFO(row.name << " via " << row.address);
    const Ownership& owner = zones->lookup(row.name, row.address);
    CHECK(owner.accountId == row.account);
    CHECK(owner.kind == row.kind);
    CHECK(owner.zoneName == row.zone);
  }
  CHECK(zones->lookup("example.com", "").accountTag == "tag1");
  CHECK(zones->lookup("", "203.0.113.7").accountTag == "");
}

TEST_CASE("a direct call needs no socket, whether typed or dynamic") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto client = newRrdns(RrdnsZones::parse(kZones, "zones.json"));

  auto request = client.lookupOwnershipRequest();
  request.initRequest().setQueryName("all.example.com");
  auto response = request.send().wait(wait);
  CHECK(response.getResponse().getAccountId() == 2);
  CHECK(response.getResponse().getAccountTag() == "tag2");
  CHECK(response.getResponse().getKind() == schemas::OwnershipKind::CUSTOM_HOSTNAME);

  // This conversion takes the client that it is given, also by reference.
  capnp::DynamicCapability::Client dynamic = kj::cp(client);
  auto dynamicRequest = dynamic.newRequest("lookupOwnership");
  dynamicRequest.init("request").as<capnp::DynamicStruct>().set("queryName", "nobody.test");
  auto dynamicResponse = dynamicRequest.send().wait(wait);
  auto result = dynamicResponse.get("response").as<capnp::DynamicStruct>();
  CHECK(result.get("accountId").as<int64_t>() == 0);
  CHECK(result.has("zoneName"));

  // No request at all is a request with empty fields.
  CHECK(client.lookupOwnershipRequest().send().wait(wait).getResponse().getAccountId() == 0);
}

TEST_CASE("each problem of a zone file has its path and line") {
  auto error = inputErrorOf([] {
    RrdnsZones::parse(R"({
  "accounts": [{"id": 1}, {"id": 1}, {"id": 0}, {"ID": 2}],
  "zones": [
    {"name": "a.com", "account": 9, "records": [
      {"name": "@", "type": "AA"},
      {"name": "t", "type": "TXT", "proxied": true},
      {"name": "a.*.b", "type": "A"},
      {"nam": "x", "type": "A"}]},
    {"name": "A.com", "account": 1}],
  "customHostnames": [
    {"hostname": "*.x.com", "account": 1, "kind": "legacy"},
    {"hostname": "y.com", "account": "one", "kind": "old"}],
  "addresses": {"203.0.113.300": 1, "203.0.113.7": 2},
  "zone": []
})",
                      "zones.json");
  });
  struct Expected {
    const char* path;
    uint32_t line;
    const char* message;
  };
  const Expected expected[] = {
      {"$.accounts[1].id", 2, "account 1 is given twice"},
      {"$.accounts[2].id", 2, "an account's id is an integer greater than 0"},
      {"$.accounts[3]", 2, "\"id\" is missing here"},
      {"$.accounts[3].ID", 2, "unknown key \"ID\""},
      {"$.zones[0].account", 4, "account 9 is not in \"accounts\""},
      {"$.zones[0].records[0].type", 5, "\"AA\" is not a type of record"},
      {"$.zones[0].records[1].proxied", 6, "a record of type TXT cannot be proxied"},
      {"$.zones[0].records[2].name", 7,
       "the name \"a.*.b\" has a \"*\" that is not the whole first label"},
      {"$.zones[0].records[3]", 8, "\"name\" is missing here"},
      {"$.zones[0].records[3].nam", 8, "unknown key \"nam\""},
      {"$.zones[1].name", 9, "the zone \"a.com\" is given twice"},
      {"$.customHostnames[0].hostname", 11, "a legacy custom hostname cannot be a wildcard"},
      {"$.customHostnames[1].account", 12, "expected an integer, found a string"},
      {"$.customHostnames[1].kind", 12, "a custom hostname is \"new\" or \"legacy\""},
      {"$.addresses[\"203.0.113.300\"]", 13, "\"203.0.113.300\" is not an IPv4 or IPv6 address"},
      {"$.addresses[\"203.0.113.7\"]", 13, "account 2 is not in \"accounts\""},
      {"$.zone", 14, "unknown key \"zone\""},
  };
  INFO(error.what());
  REQUIRE(error.problems.size() == std::size(expected));
  for (size_t i = 0; i < std::size(expected); i++) {
    CHECK(error.problems[i].path == expected[i].path);
    CHECK(error.problems[i].line == expected[i].line);
    CHECK(error.problems[i].message == expected[i].message);
  }
  CHECK(error.problems[16].help == "did you mean \"zones\"?");
}

TEST_CASE("a file that cannot be read says why") {
  testing::TemporaryFolder folder;
  CHECK(std::string(inputErrorOf([&] { RrdnsZones::load(folder.path / "no.json"); }).what()) ==
        "error: the file does not exist\n  --> " + (folder.path / "no.json").string() + "\n");
  CHECK(inputErrorOf([&] { RrdnsZones::load(folder.path); }).problems[0].message ==
        "this is a folder, a JSON file was expected");
}

}  // namespace
}  // namespace flamesim::mocks
