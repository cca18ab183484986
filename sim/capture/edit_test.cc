#include "sim/capture/edit.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sim/capture/convert.h"
#include "sim/capture/testing.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;

namespace {

using Ids = std::vector<uint64_t>;

void writeTo(const std::filesystem::path& path, const std::vector<net::Exchange>& exchanges) {
  auto writer = CaptureWriter::create(path, {}, {.blockBytes = 4096});
  for (const auto& exchange : exchanges) writer->write(exchange);
  writer->close();
}

std::vector<net::Exchange> typicalExchanges(uint64_t from, uint64_t to) {
  std::vector<net::Exchange> exchanges;
  for (uint64_t id = from; id <= to; ++id) exchanges.push_back(typicalExchange(id));
  return exchanges;
}

std::vector<net::Exchange> allOf(const std::filesystem::path& path) {
  auto reader = CaptureReader::open(path).orThrow();
  std::vector<net::Exchange> exchanges;
  while (auto exchange = reader.next()) exchanges.push_back(std::move(*exchange));
  return exchanges;
}

Ids idsOf(const std::filesystem::path& path) {
  Ids ids;
  for (const auto& exchange : allOf(path)) ids.push_back(exchange.id);
  return ids;
}

// 1..500 of 100 hosts.
struct CutFixture {
  CutFixture() { writeTo(folder / "in.cap", typicalExchanges(1, 500)); }

  Ids cutWith(const CutOptions& options) {
    auto reader = CaptureReader::open(folder / "in.cap").orThrow();
    auto writer = CaptureWriter::create(folder / "out.cap", {});
    counts = cut(reader, *writer, options);
    writer->close();
    auto ids = idsOf(folder / "out.cap");
    CHECK(counts.taken == ids.size());
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    return ids;
  }

  TemporaryFolder folder;
  EditCounts counts;
};

}  // namespace

TEST_CASE("lists of ids") {
  auto ranges = parseIdRanges("1,5-9, 7").orThrow();
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[1].first == 5);
  CHECK(ranges[1].last == 9);
  CHECK(ranges[2].last == 7);
  for (const char* text : {"", "1,", "a", "5-", "-5", "9-5", "1;2"}) {
    CAPTURE(text);
    CHECK_FALSE(parseIdRanges(text).ok());
  }
  CHECK(parseIdRanges("1,x").error().column == 3);
}

TEST_CASE("cut: by ids, time and number") {
  CutFixture fixture;
  CHECK(fixture.cutWith({.ids = {{5, 7}, {499, UINT64_MAX}, {6, 6}}}) == Ids{5, 6, 7, 499, 500});
  CHECK(fixture.counts.read == 500);
  CHECK(fixture.cutWith({.since = typicalExchange(10).time, .until = typicalExchange(13).time}) ==
        Ids{10, 11, 12});
  CHECK(fixture.cutWith({.ids = {{100, 200}}, .first = 2}) == Ids{100, 101});
  CHECK(fixture.counts.read == 101);
  CHECK(fixture.cutWith({}).size() == 500);
  CHECK(allOf(fixture.folder / "out.cap") == allOf(fixture.folder / "in.cap"));
}

TEST_CASE("cut: a sample is the same each time, of about its size, and keeps values together") {
  CutFixture fixture;
  auto half = fixture.cutWith({.share = 0.5});
  CHECK(half.size() > 200);
  CHECK(half.size() < 300);
  CHECK(fixture.cutWith({.share = 0.5}) == half);
  CHECK(fixture.cutWith({.share = 0.5, .seed = 2}) != half);
  // A smaller share is a part of the larger.
  auto tenth = fixture.cutWith({.share = 0.1});
  CHECK(std::includes(half.begin(), half.end(), tenth.begin(), tenth.end()));
  CHECK(fixture.cutWith({.share = 0.0}).empty());
  CHECK(fixture.cutWith({.share = 1.0}).size() == 500);

  for (auto by : {SampleBy::kHost, SampleBy::kClient}) {
    auto some = fixture.cutWith({.share = 0.3, .by = by});
    CHECK(some.size() > 50);
    CHECK(some.size() < 250);
    uint64_t every = by == SampleBy::kHost ? 100 : 250;
    std::set<uint64_t> taken(some.begin(), some.end());
    for (uint64_t id = 1; id + every <= 500; ++id) {
      CHECK(taken.contains(id) == taken.contains(id + every));
    }
  }
}

TEST_CASE("filter passes on what fits, unchanged") {
  CutFixture fixture;
  auto reader = CaptureReader::open(fixture.folder / "in.cap").orThrow();
  auto writer = CaptureWriter::create(fixture.folder / "out.cap", {});
  auto wanted = Filter::parse("host == 'host3.example.com' and id > 100").orThrow();
  auto counts = filter(reader, *writer, wanted);
  writer->close();
  CHECK(counts.read == 500);
  CHECK(idsOf(fixture.folder / "out.cap") == Ids{103, 203, 303, 403});
  CHECK(allOf(fixture.folder / "out.cap")[0] == typicalExchange(103));
}

TEST_CASE("merge: by time, numbered anew, with the seeds they had") {
  TemporaryFolder folder;
  auto odd = typicalExchanges(1, 9);
  auto even = odd;
  std::erase_if(odd, [](auto& exchange) { return exchange.id % 2 == 0; });
  std::erase_if(even, [](auto& exchange) { return exchange.id % 2 == 1; });
  for (auto& exchange : even) exchange.id -= 1;  // now both have 1, 3, 5, 7
  writeTo(folder / "odd.cap", odd);
  writeTo(folder / "even.cap", even);
  writeTo(folder / "none.cap", {});
  auto merged = [&](MergeIds ids) {
    std::vector<CaptureReader> readers;
    for (const char* name : {"odd.cap", "even.cap", "none.cap"}) {
      readers.push_back(CaptureReader::open(folder / name).orThrow());
    }
    auto writer = CaptureWriter::create(folder / "out.cap", {});
    auto counts = merge(readers, *writer, ids);
    CHECK(counts.taken == 9);
    writer->close();
    return allOf(folder / "out.cap");
  };
  CHECK(merged(MergeIds::kRenumber) == typicalExchanges(1, 9));
  CHECK_THROWS_AS(merged(MergeIds::kKeep), UserError);
  for (auto& exchange : even) exchange.id += 100;
  writeTo(folder / "even.cap", even);
  auto kept = merged(MergeIds::kKeep);
  CHECK(kept[1].id == 101);
  CHECK(kept[1].time == typicalExchange(2).time);
}

TEST_CASE("what to split by") {
  CHECK(parseSplit("host").orThrow().by == SplitBy::kHost);
  CHECK(parseSplit("10").orThrow().limit == 10);
  CHECK(parseSplit("3kB").orThrow().limit == 3000);
  CHECK(parseSplit("2MB").orThrow().by == SplitBy::kBytes);
  for (const char* text : {"", "0", "hosts", "MB", "1TB", "-1", "99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parseSplit(text).ok());
  }
}

TEST_CASE("split: by host, number and size; nothing is lost") {
  CutFixture fixture;
  auto splitBy = [&](const char* by) {
    auto folder = fixture.folder / (std::string("by-") + by);
    std::filesystem::create_directory(folder);
    auto reader = CaptureReader::open(fixture.folder / "in.cap").orThrow();
    auto counts = split(reader, folder, {.creator = "test"}, parseSplit(by).orThrow());
    Ids all;
    for (auto& [name, count] : counts) {
      auto ids = idsOf(folder / name);
      CHECK(ids.size() == count);
      all.insert(all.end(), ids.begin(), ids.end());
    }
    std::sort(all.begin(), all.end());
    CHECK(all == idsOf(fixture.folder / "in.cap"));
    return counts;
  };
  auto hosts = splitBy("host");
  CHECK(hosts.size() == 100);
  CHECK(hosts.at("host3.example.com.cap") == 5);
  CHECK(splitBy("200") == std::map<std::string, uint64_t>{{"part-0001.cap", 200},
                                                          {"part-0002.cap", 200},
                                                          {"part-0003.cap", 100}});
  CHECK(splitBy("5kB").size() > 1);
}

TEST_CASE("split: hosts that would share a name do not share a file") {
  TemporaryFolder folder;
  auto exchanges = typicalExchanges(1, 4);
  exchanges[0].request.url = "http://a_b/";
  exchanges[1].request.url = "http://a:b/";
  exchanges[2].request.url = "http://../";
  exchanges[3].request.url = "not a URL";
  writeTo(folder / "in.cap", exchanges);
  std::filesystem::create_directory(folder / "out");
  auto reader = CaptureReader::open(folder / "in.cap").orThrow();
  auto counts = split(reader, folder / "out", {}, {.by = SplitBy::kHost});
  CHECK(counts == std::map<std::string, uint64_t>{
                      {"_.cap", 1}, {"_...cap", 1}, {"a_b.cap", 1}, {"a_b_2.cap", 1}});
}

TEST_CASE("convert: by the name's extension") {
  CHECK(exportFormatOf("a.har") == ExportFormat::kHar);
  CHECK(exportFormatOf("a.b/c.gor") == ExportFormat::kGor);
  CHECK(exportFormatOf("a.jsonl") == ExportFormat::kJsonLines);
  CHECK(exportFormatOf("a.cap") == ExportFormat::kCapture);
  CHECK_FALSE(exportFormatOf("a.json"));
  CHECK_FALSE(exportFormatOf("har"));
  CutFixture fixture;
  auto reader = CaptureReader::open(fixture.folder / "in.cap").orThrow();
  convert(reader, fixture.folder / "out.cap", ExportFormat::kCapture);
  CHECK(allOf(fixture.folder / "out.cap") == typicalExchanges(1, 500));
}
