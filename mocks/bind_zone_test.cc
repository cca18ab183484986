#include "mocks/bind_zone.h"

#include <catch2/catch.hpp>
#include <map>

#include "mocks/rrdns_lookup.h"
#include "mocks/rrdns_zones.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::inputErrorOf;
using testing::TemporaryFolder;

using Files = std::map<std::string, std::string>;

BindZone parse(const Files& files, std::vector<std::filesystem::path>* seen = nullptr) {
  auto read = [&](const std::filesystem::path& path) -> std::optional<std::string> {
    auto found = files.find(path.string());
    if (found == files.end()) return std::nullopt;
    return found->second;
  };
  return parseBindZone("zones/a.zone", "example.com", read, seen);
}

BindZone parse(const std::string& text) {
  return parse(Files{{"zones/a.zone", text}});
}

std::vector<std::string> recordsOf(const BindZone& zone) {
  std::vector<std::string> out;
  for (const BindRecord& each : zone.records) {
    out.push_back(each.name + " " + std::to_string(each.record.ttl) + " " + each.record.type + " " +
                  each.record.data + (each.proxied ? " +proxied" : "") +
                  (each.flatten ? " +flatten" : ""));
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST_CASE("the example of RFC 1035 section 5.3, of another zone", "[rrdns]") {
  CHECK(
      recordsOf(parse(R"($ORIGIN example.com.
@   IN  SOA     VENERA      Action\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32
)")) ==
      Lines{
          R"(example.com 60 SOA venera.example.com action\.domains.example.com 20 7200 600 3600000 60)",
          "example.com 60 NS a.isi.edu",
          "example.com 60 NS venera.example.com",
          "example.com 60 MX 10 venera.example.com",
          "example.com 60 MX 20 vaxa.example.com",
          "a.example.com 60 A 26.3.0.103",
          "venera.example.com 60 A 10.1.0.52",
          "venera.example.com 60 A 128.9.0.32",
      });
}

TEST_CASE("the parts of a record may be left out and stand in any order", "[rrdns]") {
  CHECK(recordsOf(parse("$TTL 1h\n"
                        "www IN 60 A 192.0.2.1\n"
                        "www 1m IN A 192.0.2.2\n"
                        "www in a 192.0.2.3\n"
                        "\tTXT \"x\" ; y\n"
                        "  \n"
                        "; a comment\n"
                        "@ 0 A 192.0.2.4\r\n"
                        "$TTL 2d3h\n"
                        "$ORIGIN sub\n"
                        "  A 192.0.2.5\n"
                        "x A 192.0.2.6\n"
                        "www.example.com. A 192.0.2.7\n"
                        "*.x A 192.0.2.8\n"
                        "\\097\\b A 192.0.2.9")) == Lines{
                                                        "www.example.com 60 A 192.0.2.1",
                                                        "www.example.com 60 A 192.0.2.2",
                                                        "www.example.com 3600 A 192.0.2.3",
                                                        "www.example.com 3600 TXT \"x\"",
                                                        "example.com 0 A 192.0.2.4",
                                                        "example.com 183600 A 192.0.2.5",
                                                        "x.sub.example.com 183600 A 192.0.2.6",
                                                        "www.example.com 183600 A 192.0.2.7",
                                                        "*.x.sub.example.com 183600 A 192.0.2.8",
                                                        "ab.sub.example.com 183600 A 192.0.2.9",
                                                    });
}

TEST_CASE("without $TTL the last TTL counts, or the SOA's minimum", "[rrdns]") {
  CHECK(recordsOf(parse("a 60 A 192.0.2.1\nb A 192.0.2.2\nc 5 A 192.0.2.3\nd A 192.0.2.4")) ==
        Lines{"a.example.com 60 A 192.0.2.1", "b.example.com 60 A 192.0.2.2",
              "c.example.com 5 A 192.0.2.3", "d.example.com 5 A 192.0.2.4"});
}

TEST_CASE("the data of each type in canonical form", "[rrdns]") {
  const std::pair<const char*, const char*> rows[] = {
      {"AAAA 2001:DB8:0:0::1", "AAAA 2001:db8::1"},
      {"AAAA ::ffff:192.0.2.1", "AAAA ::ffff:192.0.2.1"},
      {R"(TXT plain "two words" "" "a;b" "q\"\\\010")",
       R"(TXT "plain" "two words" "" "a;b" "q\"\\\010")"},
      {"TXT ( \"one\"\n  \"two\" ; with a comment\n )", "TXT \"one\" \"two\""},
      {"SRV 0 5 5060 Sip", "SRV 0 5 5060 sip.example.com"},
      {"SRV 0 0 0 .", "SRV 0 0 0 ."},
      {R"(CAA 128 issue "ca.example; policy=ev")", R"(CAA 128 issue "ca.example; policy=ev")"},
      {R"(HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1)",
       R"(HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1)"},
      {"DS 60485 5 1 ( 2BB183AF5F22588179A53B0A\n 98631FAD1A292118 )",
       "DS 60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118"},
      {R"(NAPTR 100 50 "s" "z3950" "" _z._tcp)",
       R"(NAPTR 100 50 "s" "z3950" "" _z._tcp.example.com)"},
      {R"(URI 10 1 "ftp://ftp.example/")", R"(URI 10 1 "ftp://ftp.example/")"},
      {"PTR host.elsewhere.test.", "PTR host.elsewhere.test"},
      {"CNAME @", "CNAME example.com"},
      {"SOA ns dns 1 1H 10m 1w 1h30M", "SOA ns.example.com dns.example.com 1 3600 600 604800 5400"},
  };
  for (auto& [given, canonical] : rows) {
    INFO(given);
    auto zone = parse(std::string("@ 1 IN ") + given + "\n");
    CHECK(recordsOf(zone) == Lines{"example.com 1 " + std::string(canonical)});
  }
}

TEST_CASE("the comments of Cloudflare's export are understood", "[rrdns]") {
  CHECK(recordsOf(
            parse("a 1 IN A 192.0.2.1 ; cf_tags=cf-proxied:true\n"
                  "b 1 IN CNAME a.example.com. ; for the shop cf_tags=x:\"y\",cf-flatten-cname\n"
                  "c 60 IN A 192.0.2.1 ; cf_tags=cf-proxied:false\n"
                  "d 1 IN A 192.0.2.1 ; cf-proxied:true\n"
                  "e 1 IN ( A\n 192.0.2.1 ) ; cf_tags=cf-proxied:true,other\n")) ==
        Lines{"a.example.com 300 A 192.0.2.1 +proxied",
              "b.example.com 300 CNAME a.example.com +flatten", "c.example.com 60 A 192.0.2.1",
              "d.example.com 1 A 192.0.2.1", "e.example.com 300 A 192.0.2.1 +proxied"});
}

TEST_CASE("files are included relative to the file, with an origin that ends with them",
          "[rrdns]") {
  std::vector<std::filesystem::path> seen;
  auto zone = parse({{"zones/a.zone",
                      "$TTL 60\n@ A 192.0.2.1\n$INCLUDE parts/b.zone sub\n A 192.0.2.3\n"
                      "$include parts/b.zone ; again\n"},
                     {"zones/parts/b.zone", "$INCLUDE c.zone\nb A 192.0.2.2\n$ORIGIN other\n"},
                     {"zones/parts/c.zone", " AAAA 2001:db8::1\n$TTL 61\n"}},
                    &seen);
  CHECK(recordsOf(zone) == Lines{"example.com 60 A 192.0.2.1", "example.com 60 AAAA 2001:db8::1",
                                 "b.sub.example.com 61 A 192.0.2.2", "example.com 61 A 192.0.2.3",
                                 "example.com 61 AAAA 2001:db8::1",
                                 "b.example.com 61 A 192.0.2.2"});
  CHECK(seen.size() == 5);
  auto error = inputErrorOf([] { parse({{"zones/a.zone", "$INCLUDE a.zone\n"}}); });
  REQUIRE(error.problems.size() == 1);
  CHECK(error.problems[0].message == "files include each other more than 10 deep");
  auto inner = inputErrorOf([] {
    parse({{"zones/a.zone", "\n$INCLUDE b.zone\n"}, {"zones/b.zone", "\n x 1 AA 1\n"}});
  });
  CHECK(std::string(inner.what()) == R"(error: a record without a name, and none before it has one
  --> zones/b.zone:2:2
    |
 2 |  x 1 AA 1
    |  ^
    = help: begin the line with a name, or with @ for the zone itself
)");
}

TEST_CASE("times have units as in BIND", "[rrdns]") {
  CHECK(parseTime("0") == 0u);
  CHECK(parseTime("3600") == 3600u);
  CHECK(parseTime("1w2d3h4m5s") == 788'645u);
  CHECK(parseTime("1W") == 604'800u);
  CHECK(parseTime("2147483647") == 2'147'483'647u);
  for (auto wrong : {"", "h", "1x", "1h30", "-1", "1 h", "2147483648", "99999999999999999999",
                     "4000w", "1.5h"}) {
    INFO(wrong);
    CHECK(parseTime(wrong) == std::nullopt);
  }
}

TEST_CASE("each fault of a zone file has its line and column", "[rrdns]") {
  struct Row {
    const char* text;
    uint32_t line;
    uint32_t column;
    const char* message;
  };
  const Row rows[] = {
      {"a A 192.0.2.1", 1, 1, "the record has no TTL"},
      {"a 60 A 192.0.2.256", 1, 8, "\"192.0.2.256\" is not an IPv4 address"},
      {"a 60 A", 1, 7, "the data of this A record is incomplete"},
      {"a 60 A 192.0.2.1 x", 1, 18, "\"x\" is too much for a record of type A"},
      {"a 60 IN", 1, 8, "the record has no type"},
      {"a 60 CH A 192.0.2.1", 1, 6, "the class CH is not served"},
      {"a 60x A 192.0.2.1", 1, 3, "\"60x\" is not a TTL"},
      {"\na 60 AAAAA 1", 2, 6, "\"AAAAA\" is not a type of record"},
      {"a 60 MX 10", 1, 11, "the data of this MX record is incomplete"},
      {"a 60 TXT \"x", 1, 10, "this string is not closed on its line"},
      {"a 60 TXT \"x\n", 1, 10, "this string is not closed on its line"},
      {"a 60 TXT ( x", 1, 10, "this \"(\" is never closed"},
      {"a 60 TXT x )", 1, 12, "a \")\" closes nothing"},
      {"a 60 TXT \\25", 1, 10, "\"\\25\" has an escape that is not one"},
      {"elsewhere.test. 60 A 192.0.2.1", 1, 1,
       "the name \"elsewhere.test\" is outside of the zone example.com"},
      {"badexample.com. 60 A 192.0.2.1", 1, 1,
       "the name \"badexample.com\" is outside of the zone example.com"},
      {"a\\.b 60 A 192.0.2.1", 1, 1,
       "the name \"a\\.b\" has a dot or backslash inside a label, which flamesim does not serve"},
      {"a..b 60 A 192.0.2.1", 1, 1, "the name \"a..b\" has an empty label"},
      {"$TTL x", 1, 6, "\"x\" is not a time"},
      {"$TTL", 1, 5, "$TTL lacks its value"},
      {"$TTL 1 2", 1, 8, "\"2\" is too much for $TTL"},
      {"$ORIGIN .", 1, 9, "the origin \".\" is the root, which is above the zone"},
      {"$GENERATE 1-2 a A 1", 1, 1, "\"$GENERATE\" is not a directive that flamesim knows"},
      {"$INCLUDE b.zone", 1, 10, "the file \"b.zone\" cannot be read"},
      {"a 60 SOA a b 1 1 1 1 1", 1, 1, "the SOA is not at the zone's own name"},
      {"@ 60 SOA a b 1 1 1 1 1\n@ 60 SOA a b 1 1 1 1 1", 2, 1, "the zone has a second SOA"},
      {"@ 60 TXT x ; cf_tags=cf-proxied:true", 1, 1, "a record of type TXT cannot be proxied"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    auto error = inputErrorOf([&] { parse(row.text); });
    REQUIRE(error.problems.size() == 1);
    CHECK(error.problems[0].message == row.message);
    CHECK(error.problems[0].line == row.line);
    CHECK(error.problems[0].column == row.column);
    CHECK(error.problems[0].file == "zones/a.zone");
  }
  std::string many;
  for (int i = 0; i < 1000; i++) many += "a 60 A x\n";
  CHECK(inputErrorOf([&] { parse(many); }).problems.size() == 100);
  auto tooLong = inputErrorOf([&] { parse("a 60 " + std::string(300'000, 'A') + " 1"); });
  CHECK(tooLong.problems[0].message == "this is longer than any record can be");
}

TEST_CASE("a JSON file refers to a zone file and says what is proxied", "[rrdns]") {
  TemporaryFolder folder;
  folder.write("a.zone",
               "$TTL 1h\n@ A 203.0.113.1\nwww CNAME @\nmail A 203.0.113.2\n*.shop A 203.0.113.3\n"
               "export 1 A 203.0.113.4 ; cf_tags=cf-proxied:true\n");
  auto json = [&](const std::string& proxied) {
    return folder.write("zones.json",
                        R"({"accounts": [{"id": 7, "tag": "t7"}], "zones": [
      {"name": "Example.com", "account": 7, "file": "a.zone", "proxied": )" +
                            proxied + R"(,
       "records": [{"name": "extra", "type": "A", "proxied": true}]}]})");
  };
  auto zones = RrdnsZones::load(json(R"(["@", "www.example.com", "*.shop"])"));
  auto owner = [&](const char* name) { return zones->lookup(name, "").accountId; };
  CHECK(zones->lookup("example.com", "").accountTag == "t7");
  CHECK(owner("www.example.com") == 7);
  CHECK(owner("x.shop.example.com") == 7);
  CHECK(owner("export.example.com") == 7);
  CHECK(owner("extra.example.com") == 7);
  CHECK(owner("mail.example.com") == 0);
  CHECK(zones->recordCount() == 6);
  CHECK(lookupDns(*zones, {.name = "mail.example.com", .type = "A"}).records[0].record.data ==
        "203.0.113.2");
  CHECK(lookupDns(*zones, {.name = "www.example.com", .type = "A"}).records[0].record.data ==
        "192.0.2.10");

  auto error = inputErrorOf([&] { RrdnsZones::load(json(R"(["@", "ww"])")); });
  CHECK(std::string(error.what())
            .starts_with("error: \"ww\" is to be proxied, but the zone file has no A, AAAA or "
                         "CNAME there\n  --> " +
                         (folder.path / "zones.json").string() + ":2:"));
  folder.write("a.zone", "$TTL 1h\n@ A 203.0.113.1\nwww CNAME @\nwww A 203.0.113.2\n");
  auto conflict = inputErrorOf([&] { RrdnsZones::load(json(R"(["@"])")); });
  CHECK(std::string(conflict.what())
            .starts_with("error: \"www.example.com\" has a CNAME and a record of type A: a CNAME "
                         "stands alone\n  --> " +
                         (folder.path / "a.zone").string() + ":4:1\n"));
}

TEST_CASE("zone files need no JSON file", "[rrdns]") {
  TemporaryFolder folder;
  auto file = folder.write("a.zone", "$TTL 1h\n@ A 203.0.113.1\n");
  RrdnsSources sources{.json = {},
                       .zoneFiles = {{"example.com", 7, file, {"@"}}},
                       .edgeAddresses = {"198.51.100.7"}};
  auto zones = RrdnsZones::load(sources);
  CHECK(zones->lookup("example.com", "").accountId == 7);
  CHECK(lookupDns(*zones, {.name = "example.com", .type = "A"}).records[0].record.data ==
        "198.51.100.7");
  sources.zoneFiles.push_back({"example.com", 7, file, {"no"}});
  auto error = inputErrorOf([&] { RrdnsZones::load(sources); });
  REQUIRE(error.problems.size() == 2);
  CHECK(error.problems[1].message == "the zone \"example.com\" is given twice");
}

}  // namespace
}  // namespace flamesim::mocks
