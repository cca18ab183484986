#include "mocks/rrdns_holder.h"

#include <catch2/catch.hpp>

#include "mocks/rrdns.h"
#include "mocks/testing.h"

namespace flamesim::mocks {
namespace {

using testing::rejectionOf;
using testing::TemporaryFolder;

// A JSON file that refers to a zone file, which includes another.
struct Fixture {
  Fixture() {
    json = folder.write("zones.json", R"({"accounts": [{"id": 1}], "zones": [
        {"name": "a.test", "account": 1, "file": "a.zone", "proxied": ["@"]}]})");
    zoneFile = folder.write("a.zone", "$TTL 60\n@ A 192.0.2.1\n$INCLUDE b.zone\n");
    included = folder.write("b.zone", "b A 192.0.2.2\n");
    holder = std::make_shared<RrdnsHolder>(
        RrdnsSources{.json = json, .zoneFiles = {}, .edgeAddresses = {}});
  }

  void watch() {
    holder->watch([this] { return now; }, [this](const std::string& text) { told += text; });
  }
  // Writes, with a time of change that is another one on every file system.
  void change(const std::filesystem::path& path, const std::string& text) {
    folder.write(path.filename().string(), text);
    std::filesystem::last_write_time(
        path, std::filesystem::last_write_time(path) + std::chrono::seconds(++changes * 10));
  }
  bool exists(const char* name) {
    auto zones = holder->zones();
    return lookupDns(*zones, {.name = name, .type = "A"}).rcode == DnsRcode::kNoError;
  }

  TemporaryFolder folder;
  std::filesystem::path json, zoneFile, included;
  std::shared_ptr<RrdnsHolder> holder;
  int64_t now = 0;
  int changes = 0;
  std::string told;
};

TEST_CASE_METHOD(Fixture, "a reload takes the new zones, those in use stay", "[rrdns]") {
  auto before = holder->zones();
  change(included, "c A 192.0.2.3\n");
  CHECK(exists("b.a.test"));
  auto result = holder->reload();
  CHECK(result.ok);
  CHECK(result.zones == 1);
  CHECK(result.records == 2);
  CHECK(exists("c.a.test"));
  CHECK_FALSE(exists("b.a.test"));
  CHECK(lookupDns(*before, {.name = "b.a.test", .type = "A"}).rcode == DnsRcode::kNoError);
}

TEST_CASE_METHOD(Fixture, "a reload with errors keeps the old zones", "[rrdns]") {
  change(included, "c A 192.0.2.300\n");
  auto result = holder->reload();
  CHECK_FALSE(result.ok);
  CHECK(result.zones == 1);
  CHECK(result.errors.starts_with("error: \"192.0.2.300\" is not an IPv4 address\n  --> " +
                                  included.string() + ":1:5\n"));
  CHECK(exists("b.a.test"));
  CHECK(holder->failedReloads() == 1);
}

TEST_CASE_METHOD(Fixture, "nothing is watched unless it is asked for", "[rrdns]") {
  change(included, "c A 192.0.2.3\n");
  CHECK_FALSE(exists("c.a.test"));
}

TEST_CASE_METHOD(Fixture, "a changed file is seen, at most once a second", "[rrdns]") {
  watch();
  change(included, "c A 192.0.2.3\n");
  now = 999;
  CHECK_FALSE(exists("c.a.test"));
  now = 1000;
  CHECK(exists("c.a.test"));
  CHECK(told == "rrdns: zones reloaded: 1 zones, 2 records\n");
  change(zoneFile, "$TTL 60\n@ A 192.0.2.1\nd A 192.0.2.4\n");
  now = 1999;
  CHECK_FALSE(exists("d.a.test"));
  now = 2000;
  CHECK(exists("d.a.test"));
  // No longer included, no longer watched.
  told.clear();
  change(included, "x");
  now = 3000;
  CHECK(exists("d.a.test"));
  CHECK(told == "");
}

TEST_CASE_METHOD(Fixture, "a changed file with errors is told of once, and mended", "[rrdns]") {
  watch();
  change(zoneFile, "$TTL 60\n@ A 192.0.2.1\n$INCLUDE new.zone\n");
  now = 1000;
  CHECK(exists("b.a.test"));
  CHECK(told.starts_with("error: the file \"new.zone\" cannot be read\n"));
  CHECK(told.ends_with("rrdns: the zones stay as they were\n"));
  told.clear();
  now = 2000;
  CHECK(exists("b.a.test"));
  CHECK(told == "");
  // The file that was missing comes.
  folder.write("new.zone", "e A 192.0.2.5\n");
  now = 3000;
  CHECK(exists("e.a.test"));
  CHECK(holder->reloads() == 1);
  CHECK(holder->failedReloads() == 1);
  // A file that goes away is a change, too.
  std::filesystem::remove(json);
  now = 4000;
  CHECK(exists("e.a.test"));
  CHECK(holder->failedReloads() == 2);
}

TEST_CASE_METHOD(Fixture, "the administrator reloads and reads statistics; a worker cannot",
                 "[rrdns]") {
  kj::EventLoop loop;
  kj::WaitScope wait(loop);
  auto worker = newRrdns(holder);
  auto admin = newRrdnsAdmin(holder);

  auto ask = [&](schemas::Rrdns::Client client, const char* name, const char* type) {
    auto request = client.lookupRequest();
    request.initQuestion().setName(name);
    request.getQuestion().setType(type);
    return request.send().wait(wait);
  };
  auto answer = ask(worker, "b.a.test", "A");
  CHECK(answer.getAnswer().getRcode() == schemas::DnsRcode::NO_ERROR);
  CHECK(answer.getAnswer().getRecords()[0].getData() == "192.0.2.2");
  CHECK(answer.getAnswer().getRecords()[0].getTtl() == 60);
  auto negative = ask(worker, "x.a.test", "TXT");
  CHECK(negative.getAnswer().getRcode() == schemas::DnsRcode::NX_DOMAIN);
  CHECK(negative.getAnswer().getNegativeTtl() == 1800);
  CHECK(negative.getAnswer().getAuthority()[0].getType() == "SOA");
  CHECK(ask(worker, "b.test", "A").getAnswer().getRcode() == schemas::DnsRcode::REFUSED);
  CHECK(ask(worker, "b.test", "worker's own text").getAnswer().getRcode() ==
        schemas::DnsRcode::NOT_IMP);
  auto owner = worker.lookupOwnershipRequest();
  owner.initRequest().setQueryName("a.test");
  owner.send().wait(wait);
  // The administrator's own questions are not counted.
  auto reader = admin.readerRequest().send().wait(wait).getRrdns();
  CHECK(ask(reader, "b.a.test", "A").getAnswer().getRecords().size() == 1);

  change(included, "c A 192.0.2.3\n");
  CHECK(admin.reloadRequest().send().wait(wait).getReport().getOk());
  CHECK(ask(worker, "c.a.test", "A").getAnswer().getRecords().size() == 1);
  change(included, "c A x\n");
  auto failed = admin.reloadRequest().send().wait(wait);
  CHECK_FALSE(failed.getReport().getOk());
  CHECK(std::string(failed.getReport().getText().cStr()).find("error: \"x\" is not an") == 0);

  auto response = admin.statisticsRequest().send().wait(wait);
  auto statistics = response.getStatistics();
  auto textOf = [](auto counts) {
    std::string text;
    for (auto each : counts) {
      text += std::string(each.getName().cStr()) + "=" + std::to_string(each.getCount()) + " ";
    }
    return text;
  };
  CHECK(statistics.getOwnershipCalls() == 1);
  CHECK(statistics.getLookupCalls() == 5);
  CHECK(textOf(statistics.getByKind()) == "zone=1 ");
  CHECK(textOf(statistics.getByType()) == "A=3 TXT=1 other=1 ");
  CHECK(textOf(statistics.getByRcode()) == "noError=2 notImp=1 nxDomain=1 refused=1 ");
  CHECK(textOf(statistics.getByZone()) == "a.test=4 ");
  CHECK(statistics.getReloads() == 1);
  CHECK(statistics.getFailedReloads() == 1);
  CHECK(statistics.getRecords() == 2);

  // What a worker has is no administrator, whatever it is taken for; nor is its reader.
  for (schemas::Rrdns::Client* client : {&worker, &reader}) {
    auto cast = client->castAs<schemas::RrdnsAdmin>();
    for (auto& refusal : {rejectionOf(cast.reloadRequest().send(), wait),
                          rejectionOf(cast.statisticsRequest().send(), wait),
                          rejectionOf(cast.readerRequest().send(), wait)}) {
      CHECK(refusal.starts_with("Requested interface not implemented."));
    }
  }
}

}  // namespace
}  // namespace flamesim::mocks
