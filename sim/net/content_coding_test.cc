#include "sim/net/content_coding.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>

namespace flamesim::net {

namespace {

constexpr uint64_t kNoLimit = 1 << 30;

std::string deflateAs(const std::string& text, int windowBits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string encode(const std::string& coding, const std::string& text) {
  if (coding == "gzip") return deflateAs(text, 31);
  if (coding == "deflate") return deflateAs(text, 15);
  if (coding == "bare deflate") return deflateAs(text, -15);
  if (coding == "br") {
    size_t size = BrotliEncoderMaxCompressedSize(text.size()) + 1024;
    std::string out(size, '\0');
    REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(),
                                  reinterpret_cast<const uint8_t*>(text.data()), &size,
                                  reinterpret_cast<uint8_t*>(out.data())));
    out.resize(size);
    return out;
  }
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string nameOf(const std::string& coding) {
  return coding == "bare deflate" ? "deflate" : coding;
}

}  // namespace

TEST_CASE("content codings: what was coded comes back") {
  auto coding = GENERATE(as<std::string>(), "gzip", "deflate", "bare deflate", "br", "zstd");
  auto size = GENERATE(0, 1, 1000, 65536, 65537, 3'000'000);
  std::string text;
  for (int64_t i = 0; text.size() < size_t(size); ++i) text += std::to_string(i * 7919) + " ";
  text.resize(size);
  auto coded = encode(coding, text);
  INFO(coding << " " << size);
  auto result = decodeContent(nameOf(coding), coded, kNoLimit);
  if (!result.ok()) FAIL(result.error().message);
  CHECK((result.value() == text));
  CHECK(decodeContent(nameOf(coding), coded, size).ok());
  if (size > 0) {
    auto limited = decodeContent(nameOf(coding), coded, size - 1);
    REQUIRE_FALSE(limited.ok());
    CHECK_THAT(limited.error().message, Catch::Contains("larger than"));
    auto cut = decodeContent(nameOf(coding), coded.substr(0, coded.size() - 1), kNoLimit);
    REQUIRE_FALSE(cut.ok());
    CHECK_THAT(cut.error().message, Catch::Contains("cut off"));
  }
}

TEST_CASE("content codings: lists are undone from the end, names in any case") {
  auto coded = encode("br", encode("gzip", "hello"));
  CHECK(decodeContent(" GZip , BR", coded, kNoLimit).value() == "hello");
  CHECK(decodeContent("x-gzip", encode("gzip", "hello"), kNoLimit).value() == "hello");
  CHECK(decodeContent("", "hello", kNoLimit).value() == "hello");
  CHECK(decodeContent("identity, ,", "hello", kNoLimit).value() == "hello");
  CHECK_FALSE(decodeContent("identity", "hello", 4).ok());
  CHECK_FALSE(decodeContent("gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip,gzip", "", kNoLimit).ok());
}

TEST_CASE("content codings: gzip has members") {
  auto coded = encode("gzip", "hello ") + encode("gzip", "world");
  CHECK(decodeContent("gzip", coded, kNoLimit).value() == "hello world");
}

TEST_CASE("content codings: errors name the coding and the reason") {
  auto message = [](std::string_view coding, std::string_view bytes) {
    auto result = decodeContent(coding, bytes, kNoLimit);
    return result.ok() ? "no error" : result.error().message;
  };
  CHECK(message("compress", "x") == "unknown content coding \"compress\"");
  CHECK(message("gzip", "not gzip at all") == "content coding gzip: incorrect header check");
  CHECK_THAT(message("gzip", encode("gzip", "a") + "junk"), Catch::Contains("other bytes"));
  CHECK_THAT(message("br", encode("br", "a") + "junk"), Catch::Contains("content coding br"));
  CHECK_THAT(message("zstd", "not zstd"), Catch::Contains("content coding zstd"));
  CHECK(message("gzip", "") == "content coding gzip: the data is cut off");
}

TEST_CASE("content codings: a bomb stops at the limit") {
  auto bomb = encode("gzip", std::string(100'000'000, 'a'));
  auto result = decodeContent("gzip", bomb, 1'000'000);
  REQUIRE_FALSE(result.ok());
}

}  // namespace flamesim::net
