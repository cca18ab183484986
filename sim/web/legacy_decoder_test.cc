#include "sim/web/legacy_decoder.h"

#include <catch2/catch.hpp>

#include <string>

namespace flamesim::web {

namespace {

constexpr char32_t kError = LegacyDecoder::kError;

// What all bytes become, the end included.
std::u32string decode(LegacyDecoder& decoder, std::string_view bytes) {
  std::u32string text;
  while (!bytes.empty()) {
    auto step = decoder.next(bytes);
    if (step.consumed == 0) step.consumed = decoder.cutOff(bytes);
    bytes.remove_prefix(step.consumed);
    if (step.silent) continue;
    text += step.first;
    if (step.second != 0) text += step.second;
  }
  return text;
}

std::u32string decode(std::string_view encoding, std::string_view bytes) {
  return decode(*makeLegacyDecoder(encoding), bytes);
}

}  // namespace

TEST_CASE("a step waits for the rest of a character", "[web]") {
  auto decoder = makeLegacyDecoder("gb18030");
  std::string_view bytes = "\x90\x30\x81\x30";
  for (size_t length = 1; length < bytes.size(); ++length) {
    CHECK(decoder->next(bytes.substr(0, length)).consumed == 0);
  }
  auto step = decoder->next(bytes);
  CHECK(step.consumed == 4);
  CHECK(step.first == 0x10000);
}

TEST_CASE("a wrong sequence leaves an ASCII byte behind it", "[web]") {
  CHECK(decode("big5", "\x81\x40") == std::u32string{kError, 0x40});
  CHECK(decode("euc-jp", "\x8f\xa1\x20") == std::u32string{kError, 0x20});
  CHECK(decode("shift_jis", "\x81\xff\x41") == std::u32string{kError, 0x41});
  CHECK(decode("gb18030", "\x81\x30\x81\x41") == std::u32string{kError, 0x30, 0x4e04});
}

TEST_CASE("characters of two code points, and of the supplementary planes", "[web]") {
  CHECK(decode("big5", "\x88\x62") == std::u32string{0xca, 0x304});
  CHECK(decode("big5", "\x87\x51") == std::u32string{0x23617});
}

TEST_CASE("ISO-2022-JP remembers its set until it is reset", "[web]") {
  auto decoder = makeLegacyDecoder("iso-2022-jp");
  CHECK(decode(*decoder, "\x1b$BF|") == U"日");
  CHECK(decode(*decoder, "K\\") == U"本");
  decoder->reset();
  CHECK(decode(*decoder, "K\\") == U"K\\");
}

}  // namespace flamesim::web
