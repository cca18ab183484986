#include "sim/web/legacy_decoder.h"

#include "sim/web/legacy_index.h"

namespace flamesim::web {

namespace {

using Step = LegacyDecoder::Step;

constexpr uint8_t kEscape = 0x1b;
constexpr char32_t kHalfwidthKatakana = 0xff61;

bool in(uint8_t byte, uint8_t low, uint8_t high) {
  return byte >= low && byte <= high;
}

uint8_t at(std::string_view bytes, size_t i) {
  return uint8_t(bytes[i]);
}

// Of two bytes (three where a prefix went before) that stand for nothing, an ASCII byte at the end
// is left to be read again.
Step wrongPair(uint8_t trail, size_t length) {
  return {.consumed = trail < 0x80 ? length - 1 : length};
}

char32_t lookUp(std::span<const char32_t> index, size_t pointer) {
  return pointer < index.size() ? index[pointer] : 0;
}

class SingleByteDecoder final : public LegacyDecoder {
 public:
  explicit SingleByteDecoder(const SingleBytes& table) : table(table) {}
  Step next(std::string_view bytes) override {
    uint8_t byte = at(bytes, 0);
    if (byte < 0x80) return {.consumed = 1, .first = byte};
    char16_t c = table[byte - 0x80];
    return {.consumed = 1, .first = c == 0 ? kError : c};
  }

 private:
  const SingleBytes table;
};

class UserDefinedDecoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t byte = at(bytes, 0);
    return {.consumed = 1, .first = byte < 0x80 ? byte : 0xf780 + (byte - 0x80u)};
  }
};

class Big5Decoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t lead = at(bytes, 0);
    if (lead < 0x80) return {.consumed = 1, .first = lead};
    if (!in(lead, 0x81, 0xfe)) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t trail = at(bytes, 1);
    if (!in(trail, 0x40, 0x7e) && !in(trail, 0xa1, 0xfe)) return wrongPair(trail, 2);
    size_t pointer = (lead - 0x81u) * 157 + trail - (trail < 0x7f ? 0x40u : 0x62u);
    switch (pointer) {
      case 1133:
        return {.consumed = 2, .first = 0xca, .second = 0x304};
      case 1135:
        return {.consumed = 2, .first = 0xca, .second = 0x30c};
      case 1164:
        return {.consumed = 2, .first = 0xea, .second = 0x304};
      case 1166:
        return {.consumed = 2, .first = 0xea, .second = 0x30c};
    }
    char32_t c = lookUp(index, pointer);
    return c == 0 ? wrongPair(trail, 2) : Step{.consumed = 2, .first = c};
  }

 private:
  const std::span<const char32_t> index = big5Index();
};

class EucKrDecoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t lead = at(bytes, 0);
    if (lead < 0x80) return {.consumed = 1, .first = lead};
    if (!in(lead, 0x81, 0xfe)) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t trail = at(bytes, 1);
    if (!in(trail, 0x41, 0xfe)) return wrongPair(trail, 2);
    char32_t c = lookUp(index, (lead - 0x81u) * 190 + (trail - 0x41u));
    return c == 0 ? wrongPair(trail, 2) : Step{.consumed = 2, .first = c};
  }

 private:
  const std::span<const char32_t> index = eucKrIndex();
};

class EucJpDecoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t lead = at(bytes, 0);
    if (lead < 0x80) return {.consumed = 1, .first = lead};
    if (lead != 0x8e && lead != 0x8f && !in(lead, 0xa1, 0xfe)) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t second = at(bytes, 1);
    if (!in(second, 0xa1, 0xfe)) return wrongPair(second, 2);
    if (lead == 0x8e) {
      if (second > 0xdf) return {.consumed = 2};
      return {.consumed = 2, .first = kHalfwidthKatakana + (second - 0xa1u)};
    }
    if (lead != 0x8f) return pair(jis0208, lead, second, 2);
    if (bytes.size() < 3) return {};
    return pair(jis0212, second, at(bytes, 2), 3);
  }

 private:
  static Step pair(std::span<const char32_t> index, uint8_t lead, uint8_t trail, size_t length) {
    if (!in(trail, 0xa1, 0xfe)) return wrongPair(trail, length);
    char32_t c = lookUp(index, (lead - 0xa1u) * 94 + (trail - 0xa1u));
    return c == 0 ? wrongPair(trail, length) : Step{.consumed = length, .first = c};
  }

  const std::span<const char32_t> jis0208 = jis0208Index();
  const std::span<const char32_t> jis0212 = jis0212Index();
};

class ShiftJisDecoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t lead = at(bytes, 0);
    if (lead <= 0x80) return {.consumed = 1, .first = lead};
    if (in(lead, 0xa1, 0xdf)) {
      return {.consumed = 1, .first = kHalfwidthKatakana + (lead - 0xa1u)};
    }
    if (!in(lead, 0x81, 0x9f) && !in(lead, 0xe0, 0xfc)) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t trail = at(bytes, 1);
    if (!in(trail, 0x40, 0x7e) && !in(trail, 0x80, 0xfc)) return wrongPair(trail, 2);
    size_t pointer =
        (lead - (lead < 0xa0 ? 0x81u : 0xc1u)) * 188 + trail - (trail < 0x7f ? 0x40u : 0x41u);
    constexpr size_t kPrivateUse = 8836;
    constexpr size_t kPrivateUseEnd = 10716;
    if (pointer >= kPrivateUse && pointer < kPrivateUseEnd) {
      return {.consumed = 2, .first = char32_t(0xe000 + (pointer - kPrivateUse))};
    }
    char32_t c = lookUp(index, pointer);
    return c == 0 ? wrongPair(trail, 2) : Step{.consumed = 2, .first = c};
  }

 private:
  const std::span<const char32_t> index = jis0208Index();
};

// GBK's decoder is the same.
class Gb18030Decoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t first = at(bytes, 0);
    if (first < 0x80) return {.consumed = 1, .first = first};
    if (first == 0x80) return {.consumed = 1, .first = 0x20ac};
    if (first == 0xff) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t second = at(bytes, 1);
    if (!in(second, 0x30, 0x39)) return pair(first, second);
    if (bytes.size() < 3) return {};
    uint8_t third = at(bytes, 2);
    if (!in(third, 0x81, 0xfe)) return {.consumed = 1};
    if (bytes.size() < 4) return {};
    uint8_t fourth = at(bytes, 3);
    if (!in(fourth, 0x30, 0x39)) return {.consumed = 1};
    size_t pointer =
        ((first - 0x81u) * 10 + (second - 0x30u)) * 1260 + (third - 0x81u) * 10 + (fourth - 0x30u);
    return {.consumed = 4, .first = codePoint(pointer)};
  }

 private:
  Step pair(uint8_t lead, uint8_t trail) {
    if (!in(trail, 0x40, 0x7e) && !in(trail, 0x80, 0xfe)) return wrongPair(trail, 2);
    char32_t c = lookUp(index, (lead - 0x81u) * 190 + trail - (trail < 0x7f ? 0x40u : 0x41u));
    return c == 0 ? wrongPair(trail, 2) : Step{.consumed = 2, .first = c};
  }

  char32_t codePoint(size_t pointer) {
    constexpr size_t kSupplementary = 189000;
    constexpr size_t kEnd = kSupplementary + 0x100000;
    if (pointer >= kSupplementary) {
      return pointer < kEnd ? char32_t(0x10000 + (pointer - kSupplementary)) : kError;
    }
    char32_t c = lookUp(fourByte, pointer);
    return c == 0 ? kError : c;
  }

  const std::span<const char32_t> index = gb18030Index();
  const std::span<const char32_t> fourByte = gb18030FourByteIndex();
};

class Iso2022JpDecoder final : public LegacyDecoder {
 public:
  Step next(std::string_view bytes) override {
    uint8_t byte = at(bytes, 0);
    if (byte == kEscape) return escape(bytes);
    if (set == Set::kJis0208) return pair(bytes);
    afterEscape = false;
    if (byte >= 0x80 || byte == 0x0e || byte == 0x0f) return {.consumed = 1};
    if (set == Set::kKatakana) {
      if (!in(byte, 0x21, 0x5f)) return {.consumed = 1};
      return {.consumed = 1, .first = kHalfwidthKatakana + (byte - 0x21u)};
    }
    if (set == Set::kRoman && byte == 0x5c) return {.consumed = 1, .first = 0xa5};
    if (set == Set::kRoman && byte == 0x7e) return {.consumed = 1, .first = 0x203e};
    return {.consumed = 1, .first = byte};
  }

  // Of an escape sequence that the end cuts off, the second byte is read as a character.
  size_t cutOff(std::string_view bytes) override {
    if (at(bytes, 0) == kEscape) afterEscape = false;
    return at(bytes, 0) == kEscape ? 1 : bytes.size();
  }

  void reset() override {
    set = Set::kAscii;
    afterEscape = false;
  }

 private:
  enum class Set { kAscii, kRoman, kKatakana, kJis0208 };

  Step escape(std::string_view bytes) {
    if (bytes.size() < 2) return {};
    uint8_t second = at(bytes, 1);
    if (second == '$' || second == '(') {
      if (bytes.size() < 3) return {};
      uint8_t third = at(bytes, 2);
      bool known = true;
      if (second == '(' && third == 'B') {
        set = Set::kAscii;
      } else if (second == '(' && third == 'J') {
        set = Set::kRoman;
      } else if (second == '(' && third == 'I') {
        set = Set::kKatakana;
      } else if (second == '$' && (third == '@' || third == 'B')) {
        set = Set::kJis0208;
      } else {
        known = false;
      }
      if (known) {
        // One escape sequence right after another is an error: text could hide between them.
        bool wrong = afterEscape;
        afterEscape = true;
        return {.consumed = 3, .silent = !wrong};
      }
    }
    afterEscape = false;
    return {.consumed = 1};
  }

  Step pair(std::string_view bytes) {
    uint8_t lead = at(bytes, 0);
    afterEscape = false;
    if (!in(lead, 0x21, 0x7e)) return {.consumed = 1};
    if (bytes.size() < 2) return {};
    uint8_t trail = at(bytes, 1);
    if (trail == kEscape) return {.consumed = 1};
    if (!in(trail, 0x21, 0x7e)) return {.consumed = 2};
    char32_t c = lookUp(index, (lead - 0x21u) * 94 + (trail - 0x21u));
    return {.consumed = 2, .first = c == 0 ? kError : c};
  }

  Set set = Set::kAscii;
  bool afterEscape = false;  // the sequence before has shown no character yet
  const std::span<const char32_t> index = jis0208Index();
};

}  // namespace

std::unique_ptr<LegacyDecoder> makeLegacyDecoder(std::string_view encoding) {
  if (encoding == "x-user-defined") return std::make_unique<UserDefinedDecoder>();
  if (encoding == "big5") return std::make_unique<Big5Decoder>();
  if (encoding == "euc-kr") return std::make_unique<EucKrDecoder>();
  if (encoding == "euc-jp") return std::make_unique<EucJpDecoder>();
  if (encoding == "shift_jis") return std::make_unique<ShiftJisDecoder>();
  if (encoding == "gbk" || encoding == "gb18030") return std::make_unique<Gb18030Decoder>();
  if (encoding == "iso-2022-jp") return std::make_unique<Iso2022JpDecoder>();
  return std::make_unique<SingleByteDecoder>(singleBytes(encoding));
}

}  // namespace flamesim::web
