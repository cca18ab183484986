#include "mocks/rrdns_lookup.h"

#include <catch2/catch.hpp>

#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

// One zone of each kind that a question can meet.
constexpr const char* kZones = R"({
  "accounts": [{"id": 1}, {"id": 2}, {"id": 3}],
  "edgeAddresses": ["198.51.100.1", "198.51.100.2", "2001:db8::e"],
  "zones": [
    {"name": "example.com", "account": 1, "records": [
      {"name": "@", "type": "SOA", "ttl": 900,
       "content": "ns1.example.com hostmaster.example.com 7 1h 10m 1w 30m"},
      {"name": "@", "type": "NS", "content": "ns1.example.com"},
      {"name": "@", "type": "CNAME", "content": "grey.example.com", "ttl": 60},
      {"name": "@", "type": "TXT", "content": "v=spf1 \"-all\" \\ ü"},
      {"name": "@", "type": "MX", "priority": 10, "content": "Mail.Example.com."},
      {"name": "grey", "type": "A", "content": "203.0.113.1", "ttl": 120},
      {"name": "grey", "type": "A", "content": "203.0.113.2", "ttl": 120},
      {"name": "grey", "type": "AAAA", "content": "2001:DB8:0::1"},
      {"name": "proxied", "type": "A", "content": "203.0.113.9", "proxied": true, "ttl": 1},
      {"name": "proxied-cname", "type": "CNAME", "content": "grey.example.com", "proxied": true},
      {"name": "proxied", "type": "TXT", "content": "\"a b\" \"c\"", "ttl": 77},
      {"name": "www", "type": "CNAME", "content": "alias.example.com", "ttl": 30},
      {"name": "alias", "type": "CNAME", "content": "grey.example.com", "ttl": 600},
      {"name": "to-apex", "type": "CNAME", "content": "example.com", "ttl": 10},
      {"name": "flat", "type": "CNAME", "content": "www.example.com", "ttl": 45, "flatten": true},
      {"name": "gone", "type": "CNAME", "content": "nothing.example.com"},
      {"name": "away", "type": "CNAME", "content": "elsewhere.test"},
      {"name": "flat-away", "type": "CNAME", "content": "elsewhere.test", "flatten": true},
      {"name": "loop1", "type": "CNAME", "content": "loop2.example.com"},
      {"name": "loop2", "type": "CNAME", "content": "loop1.example.com"},
      {"name": "self", "type": "CNAME", "content": "self.example.com", "flatten": true},
      {"name": "no-content", "type": "A"},
      {"name": "banned", "type": "CNAME", "content": "www.other.net", "proxied": true},
      {"name": "banned-far", "type": "CNAME", "content": "hop.example.com", "proxied": true},
      {"name": "hop", "type": "CNAME", "content": "www.other.net"},
      {"name": "saas", "type": "CNAME", "content": "www.other.net", "proxied": true},
      {"name": "grey-other", "type": "CNAME", "content": "www.other.net"},
      {"name": "own-child", "type": "CNAME", "content": "www.child.example.com", "proxied": true},
      {"name": "a.b.deep", "type": "A", "content": "203.0.113.3"},
      {"name": "*.wild", "type": "A", "content": "203.0.113.4"},
      {"name": "host.wild", "type": "A", "content": "203.0.113.5"},
      {"name": "a.ent.wild", "type": "TXT", "content": "x"},
      {"name": "*.wild-cname", "type": "CNAME", "content": "grey.example.com"},
      {"name": "*.wild-proxied", "type": "A", "proxied": true},
      {"name": "sub", "type": "NS", "content": "ns.elsewhere.test", "ttl": 3600},
      {"name": "to-sub", "type": "CNAME", "content": "x.sub.example.com"},
      {"name": "_sip._tcp", "type": "SRV", "content": "1 2 5060 sip.example.com"},
      {"name": "caa", "type": "CAA", "content": "0 issue \"ca.example\""}
    ]},
    {"name": "child.example.com", "account": 1, "records": [
      {"name": "www", "type": "AAAA", "proxied": true}]},
    {"name": "other.net", "account": 2, "records": [
      {"name": "www", "type": "A", "proxied": true}]},
    {"name": "all-flat.net", "account": 3, "flatten": true, "records": [
      {"name": "www", "type": "CNAME", "content": "grey.example.com", "ttl": 20},
      {"name": "@", "type": "A", "content": "203.0.113.6"}]}
  ],
  "customHostnames": [
    {"hostname": "saas.example.com", "account": 2, "kind": "new", "zone": "other.net"}]
})";

std::string textOf(const NamedRecord& record) {
  return record.name + " " + std::to_string(record.record.ttl) + " " + record.record.type + " " +
         record.record.data;
}

// "rcode; record, record; authority, ...; code".
std::string brief(const DnsAnswer& answer) {
  std::string out(nameOf(answer));
  for (auto& record : answer.records) out += " | " + textOf(record);
  for (auto& record : answer.authority) {
    out += " ! " + record.name + " " + std::to_string(record.record.ttl) + " " + record.record.type;
  }
  if (answer.code != 0) out += " #" + std::to_string(answer.code);
  return out;
}

std::string ask(const RrdnsZones& zones, std::string_view name, std::string_view type,
                bool flatten = false) {
  return brief(lookupDns(zones, {.name = name, .type = type, .flatten = flatten}));
}

const RrdnsZones& zones() {
  static const auto kParsed = RrdnsZones::parse(kZones, "zones.json");
  return *kParsed;
}

TEST_CASE("what DNS answers", "[rrdns]") {
  struct Row {
    const char* name;
    const char* type;
    const char* answer;
  };
  const Row rows[] = {
      // Records as they are; case, the final dot and an empty type do not matter.
      {"grey.example.com", "A",
       "noError | grey.example.com 120 A 203.0.113.1 | grey.example.com 120 A 203.0.113.2"},
      {"GREY.Example.COM.", "aaaa", "noError | grey.example.com 300 AAAA 2001:db8::1"},
      {"grey.example.com", "",
       "noError | grey.example.com 120 A 203.0.113.1 | grey.example.com 120 A 203.0.113.2"},
      {"example.com", "MX", "noError | example.com 300 MX 10 mail.example.com"},
      {"example.com", "TXT", R"(noError | example.com 300 TXT "v=spf1 \"-all\" \\ \195\188")"},
      {"proxied.example.com", "TXT", R"(noError | proxied.example.com 77 TXT "a b" "c")"},
      {"_sip._tcp.example.com", "SRV",
       "noError | _sip._tcp.example.com 300 SRV 1 2 5060 sip.example.com"},
      {"caa.example.com", "CAA", R"(noError | caa.example.com 300 CAA 0 issue "ca.example")"},
      {"example.com", "NS", "noError | example.com 300 NS ns1.example.com"},
      {"example.com", "SOA",
       "noError | example.com 900 SOA ns1.example.com hostmaster.example.com 7 3600 600 604800 "
       "1800"},
      // A zone that says nothing of its SOA has one.
      {"other.net", "SOA",
       "noError | other.net 3600 SOA ns.other.net dns.other.net 1 10000 2400 604800 1800"},
      // Negative answers: the lesser of the SOA's TTL and its minimum.
      {"nothing.example.com", "A", "nxDomain ! example.com 900 SOA"},
      {"grey.example.com", "TXT", "noData ! example.com 900 SOA"},
      {"nothing.other.net", "A", "nxDomain ! other.net 1800 SOA"},
      {"no-content.example.com", "A", "noData ! example.com 900 SOA"},
      // Proxied names have the edge's addresses, of both families, and no CNAME.
      {"proxied.example.com", "A",
       "noError | proxied.example.com 300 A 198.51.100.1 | proxied.example.com 300 A 198.51.100.2"},
      {"proxied.example.com", "AAAA", "noError | proxied.example.com 300 AAAA 2001:db8::e"},
      {"proxied-cname.example.com", "AAAA",
       "noError | proxied-cname.example.com 300 AAAA 2001:db8::e"},
      {"proxied-cname.example.com", "CNAME", "noData ! example.com 900 SOA"},
      // CNAMEs are followed, in their order.
      {"www.example.com", "AAAA",
       "noError | www.example.com 30 CNAME alias.example.com | alias.example.com 600 CNAME "
       "grey.example.com | grey.example.com 300 AAAA 2001:db8::1"},
      {"www.example.com", "CNAME", "noError | www.example.com 30 CNAME alias.example.com"},
      {"gone.example.com", "A",
       "nxDomain | gone.example.com 300 CNAME nothing.example.com ! example.com 900 SOA"},
      {"away.example.com", "A", "noError | away.example.com 300 CNAME elsewhere.test"},
      // At the apex they are flattened; the TTL is the least of the chain.
      {"example.com", "AAAA", "noError | example.com 60 AAAA 2001:db8::1"},
      {"example.com", "A", "noError | example.com 60 A 203.0.113.1 | example.com 60 A 203.0.113.2"},
      {"example.com", "CNAME", "noData ! example.com 900 SOA"},
      {"example.com", "SRV", "noData ! example.com 900 SOA"},
      {"to-apex.example.com", "AAAA",
       "noError | to-apex.example.com 10 CNAME example.com | example.com 60 AAAA 2001:db8::1"},
      // Where the record or the zone says so, too.
      {"flat.example.com", "AAAA", "noError | flat.example.com 30 AAAA 2001:db8::1"},
      {"flat.example.com", "CNAME", "noData ! example.com 900 SOA"},
      {"www.all-flat.net", "AAAA", "noError | www.all-flat.net 20 AAAA 2001:db8::1"},
      {"flat-away.example.com", "A", "servFail"},
      {"flat-away.example.com", "TXT", "noData ! example.com 900 SOA"},
      // Loops.
      {"loop1.example.com", "A", "servFail"},
      {"self.example.com", "A", "servFail"},
      {"loop1.example.com", "CNAME", "noError | loop1.example.com 300 CNAME loop2.example.com"},
      // Proxied CNAMEs to another account.
      {"banned.example.com", "AAAA", "noError | banned.example.com 300 AAAA 2001:db8::e #1014"},
      {"banned-far.example.com", "AAAA",
       "noError | banned-far.example.com 300 AAAA 2001:db8::e #1014"},
      {"saas.example.com", "AAAA", "noError | saas.example.com 300 AAAA 2001:db8::e"},
      {"own-child.example.com", "AAAA", "noError | own-child.example.com 300 AAAA 2001:db8::e"},
      {"grey-other.example.com", "AAAA",
       "noError | grey-other.example.com 300 CNAME www.other.net | www.other.net 300 AAAA "
       "2001:db8::e"},
      // Names that are there because others are below them.
      {"deep.example.com", "A", "noData ! example.com 900 SOA"},
      {"b.deep.example.com", "A", "noData ! example.com 900 SOA"},
      {"x.deep.example.com", "A", "nxDomain ! example.com 900 SOA"},
      // Wildcards: any depth, for names that are not there, from the closest encloser alone.
      {"x.wild.example.com", "A", "noError | x.wild.example.com 300 A 203.0.113.4"},
      {"y.x.wild.example.com", "A", "noError | y.x.wild.example.com 300 A 203.0.113.4"},
      {"*.wild.example.com", "A", "noError | *.wild.example.com 300 A 203.0.113.4"},
      {"x.wild.example.com", "TXT", "noData ! example.com 900 SOA"},
      {"wild.example.com", "A", "noData ! example.com 900 SOA"},
      {"host.wild.example.com", "A", "noError | host.wild.example.com 300 A 203.0.113.5"},
      {"host.wild.example.com", "TXT", "noData ! example.com 900 SOA"},
      {"x.host.wild.example.com", "A", "nxDomain ! example.com 900 SOA"},
      {"ent.wild.example.com", "A", "noData ! example.com 900 SOA"},
      {"x.ent.wild.example.com", "A", "nxDomain ! example.com 900 SOA"},
      {"x.wild-cname.example.com", "AAAA",
       "noError | x.wild-cname.example.com 300 CNAME grey.example.com | grey.example.com 300 AAAA "
       "2001:db8::1"},
      {"x.wild-proxied.example.com", "AAAA",
       "noError | x.wild-proxied.example.com 300 AAAA 2001:db8::e"},
      // Other servers answer below a delegation; a zone that is here answers itself.
      {"sub.example.com", "A", "noError ! sub.example.com 3600 NS"},
      {"x.sub.example.com", "A", "noError ! sub.example.com 3600 NS"},
      {"to-sub.example.com", "A",
       "noError | to-sub.example.com 300 CNAME x.sub.example.com ! sub.example.com 3600 NS"},
      {"www.child.example.com", "AAAA", "noError | www.child.example.com 300 AAAA 2001:db8::e"},
      {"nothing.child.example.com", "A", "nxDomain ! child.example.com 1800 SOA"},
      // What is refused.
      {"elsewhere.test", "A", "refused"},
      {"example.com", "ANY", "notImp"},
      {"", "A", "formErr"},
      {".", "A", "formErr"},
      {"a..example.com", "A", "formErr"},
      {"a b.example.com", "A", "formErr"},
  };
  for (const Row& row : rows) {
    INFO(row.name << " " << row.type);
    CHECK(ask(zones(), row.name, row.type) == row.answer);
  }
}

TEST_CASE("a question may ask for flattened addresses", "[rrdns]") {
  CHECK(ask(zones(), "www.example.com", "AAAA", true) ==
        "noError | www.example.com 30 AAAA 2001:db8::1");
  CHECK(ask(zones(), "grey.example.com", "AAAA", true) ==
        "noError | grey.example.com 300 AAAA 2001:db8::1");
  CHECK(ask(zones(), "www.example.com", "CNAME", true) ==
        "noError | www.example.com 30 CNAME alias.example.com");
  CHECK(ask(zones(), "grey-other.example.com", "AAAA", true) ==
        "noError | grey-other.example.com 300 AAAA 2001:db8::e");
  CHECK(ask(zones(), "away.example.com", "A", true) == "servFail");
  CHECK(ask(zones(), "to-sub.example.com", "A", true) == "servFail");
  CHECK(ask(zones(), "gone.example.com", "A", true) == "nxDomain ! example.com 900 SOA");
}

TEST_CASE("failures are told in words", "[rrdns]") {
  auto textOf = [](std::string_view name, std::string_view type, bool flatten = false) {
    return lookupDns(zones(), {.name = name, .type = type, .flatten = flatten}).text;
  };
  CHECK(textOf("loop1.example.com", "A") ==
        "the CNAMEs are a loop: loop1.example.com -> loop2.example.com -> loop1.example.com");
  CHECK(textOf("banned.example.com", "A") ==
        "the proxied CNAME of \"banned.example.com\" (account 1) leads to \"www.other.net\" of "
        "account 2");
  CHECK(textOf("flat-away.example.com", "A") ==
        "the addresses of \"elsewhere.test\" are needed to flatten \"flat-away.example.com\", and "
        "it is in no zone that is known here");
  CHECK(textOf("elsewhere.test", "A") == "\"elsewhere.test\" is in no zone that is known here");
  CHECK(textOf("example.com", "TXTT") ==
        "\"TXTT\" is not a type that is served; did you mean \"TXT\"?");
  std::string label(64, 'a');
  CHECK(textOf(label + ".example.com", "A") ==
        "the name \"" + label + ".example.com\" has a label of more than 63 characters");
  std::string longest;
  while (longest.size() + 2 < 254) longest += "a.";
  CHECK(textOf(longest + "aa", "A") ==
        "the name \"" + longest + "aa\" is longer than 253 characters");
  CHECK(textOf("\xc3\xbc.example.com", "A") ==
        "the name \"\xc3\xbc.example.com\" is not ASCII (write the xn-- form)");
  CHECK(lookupDns(zones(), {.name = "www.example.com", .type = "A"}).chain ==
        std::vector<std::string>{"alias.example.com", "grey.example.com"});
  CHECK(lookupDns(zones(), {.name = "example.com", .type = "A"}).chain ==
        std::vector<std::string>{"grey.example.com"});
}

TEST_CASE("sixteen CNAMEs are followed, not seventeen", "[rrdns]") {
  auto chainOf = [](int length) {
    std::string records;
    for (int i = 0; i < length; i++) {
      records += R"({"name": "c)" + std::to_string(i) + R"(", "type": "CNAME", "content": "c)" +
                 std::to_string(i + 1) + R"(.a.test"},)";
    }
    records +=
        R"({"name": "c)" + std::to_string(length) + R"(", "type": "A", "content": "192.0.2.1"})";
    auto zones = RrdnsZones::parse(
        R"({"accounts": [{"id": 1}], "zones": [{"name": "a.test", "account": 1, "records": [)" +
            records + "]}]}",
        "zones.json");
    return lookupDns(*zones, {.name = "c0.a.test", .type = "A"});
  };
  CHECK(chainOf(16).rcode == DnsRcode::kNoError);
  CHECK(chainOf(16).records.size() == 17);
  CHECK(chainOf(17).rcode == DnsRcode::kServFail);
  CHECK(chainOf(17).text.starts_with("more than 16 CNAMEs: c0.a.test -> c1.a.test"));
}

TEST_CASE("an edge without addresses of a family has no data for it", "[rrdns]") {
  auto parse = [](const std::string& edge) {
    return RrdnsZones::parse(
        R"({"accounts": [{"id": 1}], "zones": [{"name": "a.test", "account": 1, "records": [
            {"name": "@", "type": "A", "proxied": true}]}])" +
            edge + "}",
        "zones.json");
  };
  auto only4 = parse(R"(, "edgeAddresses": ["198.51.100.1"])");
  CHECK(ask(*only4, "a.test", "A") == "noError | a.test 300 A 198.51.100.1");
  CHECK(ask(*only4, "a.test", "AAAA") == "noData ! a.test 1800 SOA");
  CHECK(ask(*parse(""), "a.test", "A") ==
        "noError | a.test 300 A 192.0.2.10 | a.test 300 A 192.0.2.20");
}

TEST_CASE("each problem of a record in JSON has its line", "[rrdns]") {
  auto error = testing::inputErrorOf([] {
    RrdnsZones::parse(R"({"accounts": [{"id": 1}], "zones": [{"name": "a.test", "account": 1,
"records": [
{"name": "a", "type": "A", "content": "2001:db8::1"},
{"name": "a", "type": "A", "content": "192.0.2.1 192.0.2.2"},
{"name": "a", "type": "AAAA", "content": "192.0.2.1"},
{"name": "a", "type": "MX", "content": "mail.a.test"},
{"name": "a", "type": "MX", "content": "10 mail..a.test"},
{"name": "a", "type": "SRV", "content": "1 2 65536 a.test"},
{"name": "a", "type": "CAA", "content": "0 issue \"x"},
{"name": "a", "type": "TXT", "content": "\"\\256\""},
{"name": "a", "type": "A", "ttl": -1},
{"name": "a", "type": "A", "ttl": 2147483648},
{"name": "b", "type": "CNAME", "content": "a.test"},
{"name": "b", "type": "TXT", "content": "x"},
{"name": "b", "type": "CNAME", "content": "c.a.test"},
{"name": "b", "type": "SOA", "content": "a b 1 2 3 4 5"}
]}, {"name": "b.test", "account": 1, "file": "none.zone", "proxied": [1]},
{"name": "c.test", "account": 1, "proxied": ["@"]}],
"edgeAddresses": ["a.test", 1]})",
                      "zones.json");
  });
  struct Expected {
    uint32_t line;
    const char* message;
  };
  const Expected expected[] = {
      {3, "\"2001:db8::1\" is not an IPv4 address"},
      {4, "\"192.0.2.2\" is too much for a record of type A"},
      {5, "\"192.0.2.1\" is not an IPv6 address"},
      {6, "\"mail.a.test\" is not a number from 0 to 65535"},
      {7, "the name \"mail..a.test\" has an empty label"},
      {8, "\"65536\" is not a number from 0 to 65535"},
      {9, "a quote is not closed"},
      {10, "\"\\256\" has an escape that is not one"},
      {11, "a TTL is a whole number of seconds from 0 to 2147483647"},
      {12, "a TTL is a whole number of seconds from 0 to 2147483647"},
      {14, "\"b.a.test\" has a CNAME and a record of type TXT: a CNAME stands alone"},
      {15, "\"b.a.test\" has a second CNAME"},
      {16, "an SOA stands at the zone's own name, with its content"},
      {17, "there is no file \"none.zone\""},
      {17, "expected a string, found an integer"},
      {18, "\"proxied\" is for zones with a \"file\""},
      {19, "this is not an IPv4 or IPv6 address"},
      {19, "this is not an IPv4 or IPv6 address"},
  };
  INFO(error.what());
  REQUIRE(error.problems.size() == std::size(expected));
  for (size_t i = 0; i < std::size(expected); i++) {
    CHECK(error.problems[i].line == expected[i].line);
    CHECK(error.problems[i].message == expected[i].message);
  }
}

}  // namespace
}  // namespace flamesim::mocks
