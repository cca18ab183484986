#include <catch2/catch.hpp>

#include <thread>

#include "sim/capture/codec.h"
#include "sim/capture/reader.h"
#include "sim/capture/testing.h"
#include "sim/capture/writer.h"

using namespace flamesim;
using namespace flamesim::capture;
using namespace flamesim::capture::testing;

namespace {

const CaptureHeader kHeader{.creator = "flamesim test",
                            .created = timeFromNanos(1'700'000'000'123'456'789),
                            .source = "capture_test",
                            .notes = "none"};

std::vector<net::Exchange> randomExchanges(uint64_t seed, size_t n) {
  Random random(seed);
  std::vector<net::Exchange> result;
  for (size_t i = 0; i < n; ++i) result.push_back(randomExchange(random, i + 1));
  return result;
}

// Some 200 bytes each, for tests that look at every byte of a file.
std::vector<net::Exchange> smallExchanges(size_t n) {
  std::vector<net::Exchange> result(n);
  for (size_t i = 0; i < n; ++i) {
    result[i].id = i + 1;
    result[i].seed = seedFor(i + 1);
    result[i].request = {.method = "GET", .url = "http://a.example/" + std::to_string(i)};
    result[i].outcome.response = {.status = 200, .statusText = "OK"};
    result[i].outcome.response.headers.append("X-Seed", std::to_string(result[i].seed));
  }
  return result;
}

void writeAll(const std::filesystem::path& path, const std::vector<net::Exchange>& exchanges,
              WriterOptions options = {}) {
  auto writer = CaptureWriter::create(path, kHeader, options);
  for (auto& exchange : exchanges) writer->write(exchange);
  writer->close();
}

std::vector<net::Exchange> readAll(CaptureReader& reader) {
  std::vector<net::Exchange> result;
  while (auto exchange = reader.next()) result.push_back(std::move(*exchange));
  return result;
}

std::vector<net::Exchange> readAll(const std::filesystem::path& path) {
  auto reader = CaptureReader::open(path).orThrow();
  return readAll(reader);
}

std::span<const std::byte> bytesOf(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string failureOf(const std::filesystem::path& path) {
  try {
    auto reader = CaptureReader::open(path).orThrow();
    while (reader.next()) {
    }
  } catch (const UserError& error) {
    return error.diagnostic.message;
  }
  return "";
}

}  // namespace

TEST_CASE("an exchange survives encoding, whatever its content") {
  for (auto& exchange : randomExchanges(1, 300)) {
    std::string message = encodeExchange(exchange);
    auto decoded = decodeExchange(bytesOf(message));
    REQUIRE(decoded.ok());
    REQUIRE(decoded.value() == exchange);
    REQUIRE(encodeExchange(decoded.value()) == message);
  }
}

TEST_CASE("an exchange decodes from unaligned memory") {
  auto exchange = typicalExchange(7);
  std::string shifted = "x" + encodeExchange(exchange);
  auto decoded = decodeExchange(bytesOf(shifted).subspan(1));
  REQUIRE(decoded.ok());
  CHECK(decoded.value() == exchange);
}

TEST_CASE("the key of an exchange is read without decoding it") {
  auto exchange = typicalExchange(7);
  std::string message = encodeExchange(exchange);
  auto key = peekExchange(bytesOf(message));
  REQUIRE(key.ok());
  CHECK(key.value().id == 7);
  CHECK(key.value().time == exchange.time);
  CHECK(key.value().url == exchange.request.url);
}

TEST_CASE("what is no exchange is an error, not a crash") {
  CHECK_FALSE(decodeExchange({}).ok());
  CHECK_FALSE(decodeExchange(bytesOf("12345678")).ok());
  CHECK_FALSE(decodeExchange(bytesOf(std::string(64, '\xff'))).ok());
  std::string message = encodeExchange(typicalExchange(1));
  CHECK_FALSE(decodeExchange(bytesOf(message).first(message.size() - 8)).ok());
  CHECK_FALSE(decodeExchange(bytesOf(message + std::string(8, '\0'))).ok());
  // Every bit of a small message: whatever comes out, nothing is read outside of it (ASan).
  for (size_t bit = 0; bit < message.size() * 8; bit += 3) {
    std::string flipped = message;
    flipped[bit / 8] = char(flipped[bit / 8] ^ (1 << (bit % 8)));
    (void)decodeExchange(bytesOf(flipped));
  }
}

TEST_CASE("a capture gives back its header and its exchanges in order") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(2, 400);  // several frames of 128 KiB
  writeAll(path, exchanges);
  auto reader = CaptureReader::open(path).orThrow();
  CHECK(reader.header() == kHeader);
  CHECK(readAll(reader) == exchanges);
  CHECK(reader.truncatedBytes() == 0);
  CHECK(reader.position() == std::filesystem::file_size(path));
  CHECK_FALSE(reader.next().has_value());
}

TEST_CASE("blocks and undecoded messages hold the same exchanges") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(3, 200);
  writeAll(path, exchanges, {.blockBytes = 4096});
  SECTION("blocks, also after a first next()") {
    auto reader = CaptureReader::open(path).orThrow();
    std::vector<net::Exchange> seen{reader.next().value()};
    size_t blocks = 0;
    while (auto block = reader.readBlock()) {
      ++blocks;
      REQUIRE_FALSE(block->empty());
      for (auto& exchange : *block) seen.push_back(exchange);
    }
    CHECK(blocks > 10);
    CHECK(seen == exchanges);
  }
  SECTION("undecoded, copied into a second file of the same bytes") {
    auto copy = folder / "b.cap";
    auto reader = CaptureReader::open(path).orThrow();
    auto writer = CaptureWriter::create(copy, reader.header(), {.blockBytes = 4096});
    while (auto block = reader.nextEncoded()) {
      for (size_t i = 0; i < block->size(); ++i) writer->writeEncoded((*block)[i]);
    }
    CHECK(writer->exchanges() == exchanges.size());
    writer->close();
    CHECK(slurp(copy) == slurp(path));
  }
}

TEST_CASE("the same exchanges give the same bytes") {
  TemporaryFolder folder;
  auto exchanges = randomExchanges(4, 100);
  writeAll(folder / "a.cap", exchanges);
  writeAll(folder / "b.cap", exchanges);
  CHECK(slurp(folder / "a.cap") == slurp(folder / "b.cap"));
  // Encoding on other threads changes nothing.
  std::vector<std::string> messages(exchanges.size());
  auto encodeHalf = [&](size_t from) {
    for (size_t i = from; i < exchanges.size(); i += 2) messages[i] = encodeExchange(exchanges[i]);
  };
  std::thread other(encodeHalf, 1);
  encodeHalf(0);
  other.join();
  auto writer = CaptureWriter::create(folder / "c.cap", kHeader);
  for (auto& message : messages) writer->writeEncoded(message);
  writer->close();
  CHECK(slurp(folder / "a.cap") == slurp(folder / "c.cap"));
}

TEST_CASE("a higher level makes a smaller file with the same content") {
  TemporaryFolder folder;
  std::vector<net::Exchange> exchanges;
  for (uint64_t id = 1; id <= 500; ++id) exchanges.push_back(typicalExchange(id));
  writeAll(folder / "fast.cap", exchanges, {.compressionLevel = 1});
  writeAll(folder / "small.cap", exchanges,
           {.compressionLevel = 19, .blockBytes = size_t(4) << 20});
  CHECK(std::filesystem::file_size(folder / "small.cap") <
        std::filesystem::file_size(folder / "fast.cap"));
  CHECK(readAll(folder / "small.cap") == exchanges);
}

TEST_CASE("cut off anywhere, a capture gives a prefix and says what was dropped") {
  TemporaryFolder folder;
  auto whole = folder / "whole.cap";
  auto exchanges = smallExchanges(12);
  writeAll(whole, exchanges, {.blockBytes = 600});
  std::string bytes = slurp(whole);

  // Where frames end and how many exchanges stand before each end.
  std::map<uint64_t, size_t> ends;
  auto frames = CaptureReader::open(whole).orThrow();
  uint64_t headerEnd = frames.position();
  ends[headerEnd] = 0;
  size_t total = 0;
  while (auto block = frames.nextEncoded()) ends[frames.position()] = total += block->size();
  REQUIRE(ends.size() > 4);

  auto cut = folder / "cut.cap";
  for (size_t length = 0; length <= bytes.size(); ++length) {
    spit(cut, std::string_view(bytes).substr(0, length));
    auto reader = CaptureReader::open(cut);
    REQUIRE(reader.ok() == (length >= headerEnd));
    if (!reader) continue;
    auto end = std::prev(ends.upper_bound(length));
    auto seen = readAll(reader.value());
    REQUIRE(seen.size() == end->second);
    REQUIRE(std::equal(seen.begin(), seen.end(), exchanges.begin()));
    REQUIRE(reader.value().truncatedBytes() == length - end->first);
  }
}

TEST_CASE("a tail of zeros, as after a loss of power, is a cut-off tail") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(6, 5);
  writeAll(path, exchanges);
  spit(path, slurp(path) + std::string(200000, '\0'));
  auto reader = CaptureReader::open(path).orThrow();
  CHECK(readAll(reader) == exchanges);
  CHECK(reader.truncatedBytes() == 200000);
}

TEST_CASE("no flipped bit goes unnoticed") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  writeAll(path, smallExchanges(2), {.blockBytes = 1});
  std::string bytes = slurp(path);
  auto flippedPath = folder / "flipped.cap";
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = char(flipped[bit / 8] ^ (1 << (bit % 8)));
    spit(flippedPath, flipped);
    REQUIRE_FALSE(failureOf(flippedPath).empty());
  }
}

TEST_CASE("a damaged frame is an error with its place, or is skipped and counted") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(8, 60);
  writeAll(path, exchanges, {.blockBytes = 4096});
  auto walk = CaptureReader::open(path).orThrow();
  uint64_t start = 0;
  size_t before = 0;
  for (int i = 0; i < 3; ++i) {
    if (i == 2) start = walk.position();
    if (i < 2) before += walk.nextEncoded()->size();
  }
  size_t lost = walk.nextEncoded()->size();
  uint64_t frameBytes = walk.position() - start;
  std::string bytes = slurp(path);
  std::vector<net::Exchange> remaining = exchanges;
  remaining.erase(remaining.begin() + ptrdiff_t(before),
                  remaining.begin() + ptrdiff_t(before + lost));

  uint64_t knownLost = 0;
  SECTION("in its payload") {
    bytes[start + kFrameHeaderBytes + 5] ^= 1;
    knownLost = lost;
  }
  SECTION("in its header") {
    bytes[start + 9] ^= 1;
  }
  SECTION("in its marker") {
    bytes[start] ^= 1;
  }
  spit(path, bytes);

  std::string message = failureOf(path);
  CHECK(message.find("frame 3 at byte " + std::to_string(start)) != std::string::npos);
  auto reader = CaptureReader::open(path, {.onDamage = OnDamage::kSkip}).orThrow();
  CHECK(readAll(reader) == remaining);
  CHECK(reader.skipped() == Skipped{1, frameBytes, knownLost});
  CHECK(reader.truncatedBytes() == 0);
}

TEST_CASE("a damaged header does not cost the exchanges when damage is skipped") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(10, 10);
  writeAll(path, exchanges);
  std::string bytes = slurp(path);
  bytes[kMagic.size() + kFrameHeaderBytes + 12] ^= 1;
  spit(path, bytes);
  CHECK(failureOf(path).find("frame 0 at byte 8 is damaged") != std::string::npos);
  auto reader = CaptureReader::open(path, {.onDamage = OnDamage::kSkip}).orThrow();
  CHECK(readAll(reader) == exchanges);
  CHECK(reader.skipped().places == 1);
}

TEST_CASE("appending goes on behind the last complete frame") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto exchanges = randomExchanges(9, 40);
  std::vector<net::Exchange> first(exchanges.begin(), exchanges.begin() + 25);
  writeAll(path, first);
  uint64_t tail = 0;
  SECTION("of a whole file") {}
  SECTION("of a file that was cut off: the rest of a frame is removed") {
    auto extra = folder / "extra.cap";
    writeAll(extra, first);
    auto writer = CaptureWriter::append(extra, kHeader);
    writer->write(exchanges[30]);
    writer->close();
    std::string bytes = slurp(extra);
    tail = bytes.size() - std::filesystem::file_size(path) - 1;
    REQUIRE(tail > 30);
    spit(path, std::string_view(bytes).substr(0, bytes.size() - 1));
  }
  auto writer = CaptureWriter::append(path, CaptureHeader{.creator = "somebody else"});
  CHECK(writer->droppedBytes() == tail);
  CHECK(writer->lastId() == 25);
  for (size_t i = 25; i < exchanges.size(); ++i) writer->write(exchanges[i]);
  writer->close();
  auto reader = CaptureReader::open(path).orThrow();
  CHECK(reader.header() == kHeader);
  CHECK(readAll(reader) == exchanges);
  CHECK(reader.truncatedBytes() == 0);
}

TEST_CASE("appending makes a file where there is none, and refuses what is no capture") {
  TemporaryFolder folder;
  auto writer = CaptureWriter::append(folder / "new.cap", kHeader);
  writer->write(typicalExchange(1));
  writer->close();
  CHECK(readAll(folder / "new.cap").size() == 1);

  spit(folder / "notes.txt", "do not lose this");
  CHECK_THROWS_AS(CaptureWriter::append(folder / "notes.txt", kHeader), UserError);
  CHECK(slurp(folder / "notes.txt") == "do not lose this");
}

TEST_CASE("a file is readable while it is being written") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto writer = CaptureWriter::create(path, kHeader);
  auto reader = CaptureReader::open(path).orThrow();
  CHECK_FALSE(reader.next().has_value());
  for (uint64_t id = 1; id <= 3; ++id) {
    writer->write(typicalExchange(id));
    CHECK_FALSE(reader.next().has_value());
    writer->flush();
    auto exchange = reader.next();
    REQUIRE(exchange.has_value());
    CHECK(*exchange == typicalExchange(id));
  }
  SECTION("half a frame is waited for") {
    writer->write(typicalExchange(4));
    writer->close();
    std::string bytes = slurp(path);
    auto growing = folder / "growing.cap";
    spit(growing, std::string_view(bytes).substr(0, bytes.size() - 10));
    auto second = CaptureReader::open(growing).orThrow();
    CHECK(readAll(second).size() == 3);
    CHECK(second.truncatedBytes() > 0);
    spit(growing, bytes);
    CHECK(second.next().value() == typicalExchange(4));
    CHECK(second.truncatedBytes() == 0);
  }
}

TEST_CASE("an atomic capture appears whole, or not at all") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  spit(path, "the one before");
  SECTION("closed") {
    auto writer = CaptureWriter::create(path, kHeader, {.atomicity = Atomicity::kRenameOnClose});
    writer->write(typicalExchange(1));
    CHECK(slurp(path) == "the one before");
    writer->close();
    CHECK(readAll(path).size() == 1);
  }
  SECTION("given up") {
    CaptureWriter::create(path, kHeader, {.atomicity = Atomicity::kRenameOnClose})
        ->write(typicalExchange(1));
    CHECK(slurp(path) == "the one before");
  }
  CHECK_FALSE(std::filesystem::exists(temporaryPath(path)));
}

TEST_CASE("two writers do not share a file") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  auto writer = CaptureWriter::create(path, kHeader);
  writer->write(typicalExchange(1));
  CHECK_THROWS_AS(CaptureWriter::create(path, kHeader), UserError);
  CHECK_THROWS_AS(CaptureWriter::append(path, kHeader), UserError);
  writer->close();
  CHECK(readAll(path).size() == 1);
}

TEST_CASE("a large exchange passes between small ones") {
  TemporaryFolder folder;
  auto path = folder / "a.cap";
  std::vector<net::Exchange> exchanges{typicalExchange(1), typicalExchange(2), typicalExchange(3)};
  exchanges[1].outcome.response.body = std::string(20 << 20, 'x');
  writeAll(path, exchanges);
  CHECK(readAll(path) == exchanges);
}

TEST_CASE("a full disk is an error") {
  if (!std::filesystem::exists("/dev/full")) return;
  try {
    CaptureWriter::create("/dev/full", kHeader);
    FAIL("nothing was thrown");
  } catch (const UserError& error) {
    CHECK(error.code == ExitCode::kRunFailed);
    CHECK(error.diagnostic.message.find("No space left") != std::string::npos);
  }
}

TEST_CASE("files that cannot be used say why") {
  TemporaryFolder folder;
  CHECK(failureOf(folder / "absent.cap").find("No such file") != std::string::npos);
  spit(folder / "empty.cap", "");
  CHECK(failureOf(folder / "empty.cap").find("empty") != std::string::npos);
  spit(folder / "text.cap", "{\"log\": {}}");
  CHECK(failureOf(folder / "text.cap").find("not a capture") != std::string::npos);
  CHECK(failureOf(std::filesystem::path(folder / ".")).find("directory") != std::string::npos);
  // A transfer that "translates" line ends.
  writeAll(folder / "a.cap", {typicalExchange(1)});
  std::string bytes = slurp(folder / "a.cap");
  bytes.erase(6, 1);
  spit(folder / "dos.cap", bytes);
  CHECK(failureOf(folder / "dos.cap").find("not a capture") != std::string::npos);
  auto newer = kHeader;
  newer.version = 2;
  CaptureWriter::create(folder / "newer.cap", newer)->close();
  CHECK(failureOf(folder / "newer.cap").find("version 2") != std::string::npos);
}

TEST_CASE("seeds are a fixed mixture of ids") {
  // Captures that were recorded before keep their meaning.
  CHECK(seedFor(1) == 12966619160104079557u);
  CHECK(seedFor(1) != seedFor(2));
}
