#include "sim/web/legacy_index.h"

#include <unicode/ucnv.h>
#include <unicode/utf16.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/web/encoding_labels.h"

namespace flamesim::web {

namespace {

class Converter {
 public:
  explicit Converter(const std::string& name) {
    UErrorCode status = U_ZERO_ERROR;
    converter.reset(ucnv_open(name.c_str(), &status));
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                        &status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no converter " + name);
  }

  // 0 for what is not one code point.
  char32_t operator()(std::string_view bytes) const {
    char16_t text[4];
    UErrorCode status = U_ZERO_ERROR;
    ucnv_reset(converter.get());
    int32_t length = ucnv_toUChars(converter.get(), text, int32_t(std::size(text)), bytes.data(),
                                   int32_t(bytes.size()), &status);
    if (U_FAILURE(status) || length < 1 || length > 2) return 0;
    if (length == 2) return U16_IS_LEAD(text[0]) ? U16_GET_SUPPLEMENTARY(text[0], text[1]) : 0;
    return text[0];
  }

 private:
  struct Close {
    void operator()(UConverter* c) const { ucnv_close(c); }
  };
  std::unique_ptr<UConverter, Close> converter;
};

std::string bytesOf(std::initializer_list<size_t> values) {
  std::string bytes;
  for (size_t value : values) bytes += char(value);
  return bytes;
}

enum class PrivateUse { kKept, kDropped };

// `bytesAt(pointer)` writes the pointer in the converter's encoding. ICU maps to private use what
// vendors have added; of the standard's indexes only that of GB 18030 does.
template <typename BytesAt>
std::vector<char32_t> indexOf(const char* name, size_t size, BytesAt bytesAt,
                              PrivateUse privateUse = PrivateUse::kDropped) {
  Converter convert(name);
  std::vector<char32_t> index(size);
  for (size_t pointer = 0; pointer < size; ++pointer) {
    char32_t c = convert(bytesAt(pointer));
    if (privateUse == PrivateUse::kDropped && c >= 0xe000 && c < 0xf900) c = 0;
    index[pointer] = c;
  }
  return index;
}

// Pointers one after another that stand for code points one after another.
struct Run {
  uint16_t pointer;
  char16_t first;
  uint16_t count;
};

// Big5-HKSCS of 2004, where ICU has the edition of 2008 or one way only.
constexpr Run kBig5[] = {
    {1008, 0x9f97, 1},  {1016, 0x9f96, 1},  {1099, 0x31c0, 5},  {1105, 0x31c5, 1},
    {1108, 0x31c6, 2},  {1112, 0x31c8, 1},  {1114, 0x31c9, 4},  {1119, 0x31cd, 2},
    {1170, 0x23da, 2},  {1730, 0x9fa6, 1},  {1772, 0x9fa7, 1},  {1779, 0x9fa8, 1},
    {1812, 0x9fa9, 1},  {1814, 0x9faa, 1},  {1816, 0x9fab, 1},  {1821, 0x9fac, 1},
    {1844, 0x9fad, 2},  {1847, 0x9faf, 1},  {1866, 0x9fb2, 1},  {1892, 0x9fb3, 1},
    {2082, 0x7bb8, 1},  {2088, 0x7c06, 1},  {2103, 0x7cce, 1},  {2114, 0x7dd2, 1},
    {2123, 0x7e1d, 1},  {2148, 0x8005, 1},  {2151, 0x8028, 1},  {2221, 0x83c1, 1},
    {2239, 0x84a8, 1},  {2244, 0x840f, 1},  {2303, 0x89a6, 1},  {2304, 0x89a9, 1},
    {2354, 0x8d77, 1},  {2400, 0x90fd, 1},  {2413, 0x92b9, 1},  {2477, 0x975c, 1},
    {2498, 0x97ff, 1},  {2605, 0x9f16, 1},  {2673, 0x8503, 1},  {2746, 0x5159, 1},
    {2747, 0x515b, 1},  {2748, 0x515d, 2},  {2771, 0x936e, 1},  {2780, 0x7479, 1},
    {2990, 0x6d67, 1},  {3087, 0x799b, 1},  {3259, 0x9097, 1},  {3301, 0x975d, 1},
    {3436, 0x701e, 1},  {3451, 0x5b28, 1},  {4136, 0x7201, 1},  {4138, 0x77d7, 1},
    {4141, 0x7e87, 1},  {4182, 0x99d6, 1},  {4206, 0x91d4, 1},  {4220, 0x60de, 1},
    {4230, 0x6fb6, 1},  {4241, 0x8f36, 1},  {4258, 0x4fbb, 1},  {4273, 0x71df, 1},
    {4279, 0x9104, 1},  {4282, 0x9df0, 1},  {4294, 0x83cf, 1},  {4329, 0x5c10, 1},
    {4330, 0x79e3, 1},  {4349, 0x5a67, 1},  {4419, 0x8f0b, 1},  {4422, 0x7b51, 1},
    {4494, 0x62d0, 1},  {4624, 0x6062, 1},  {4694, 0x75f9, 1},  {4708, 0x6c4a, 1},
    {4742, 0x9b2e, 1},  {4748, 0x9f17, 1},  {4815, 0x50ed, 1},  {4828, 0x5f0c, 1},
    {4902, 0x880f, 1},  {4922, 0x62ce, 1},  {4982, 0x7468, 1},  {4992, 0x7162, 1},
    {4997, 0x7250, 1},  {5432, 0x2400, 32}, {5464, 0x2421, 1},  {10942, 0x5ef4, 1},
    {10946, 0x65e0, 1}, {10948, 0x7676, 1}, {10950, 0x96b6, 1}, {10957, 0x3003, 1},
    {10958, 0x4edd, 1}, {11204, 0x31cf, 1}, {11210, 0x9fb0, 1}, {11212, 0x9fb1, 1},
    {19028, 0x5029, 1}, {19035, 0x507d, 1}, {19088, 0x5305, 1}, {19096, 0x5344, 1},
    {19112, 0x537f, 1}, {19162, 0x5605, 1}, {19240, 0x5a77, 1}, {19299, 0x5e75, 1},
    {19305, 0x5ed0, 1}, {19326, 0x5f58, 1}, {19355, 0x60a4, 1}, {19398, 0x6490, 1},
    {19439, 0x6674, 1}, {19454, 0x675e, 1}, {19553, 0x6c9c, 1}, {19554, 0x6e1d, 1},
    {19557, 0x6e2f, 1}, {19611, 0x716e, 1}, {19643, 0x732a, 1}, {19672, 0x745c, 1},
    {19697, 0x74e9, 1}, {19748, 0x7809, 1},
};

// Characters for vertical writing that GB 18030 of 2022 moved out of private use.
constexpr Run kGb18030[] = {
    {6555, 0x3000, 1},  {7182, 0xfe10, 1},  {7183, 0xfe12, 1},  {7184, 0xfe11, 1},
    {7185, 0xfe13, 4},  {7201, 0xfe17, 2},  {7208, 0xfe19, 1},  {23775, 0x9fb4, 1},
    {23783, 0x9fb5, 1}, {23788, 0x9fb6, 2}, {23795, 0x9fb8, 1}, {23812, 0x9fb9, 1},
    {23829, 0x9fba, 1}, {23845, 0x9fbb, 1},
};

struct Single {
  std::string_view encoding;
  uint8_t byte;
  char16_t codePoint;
};
constexpr Single kSingles[] = {
    {"macintosh", 0xf0, 0xf8ff}, {"koi8-u", 0xae, 0x045e},       {"koi8-u", 0xbe, 0x040e},
    {"windows-1253", 0xaa, 0},   {"windows-1255", 0xca, 0x05ba},
};

// Where ISO 8859-16, which ICU lacks, differs from ISO 8859-1.
struct Changed {
  uint8_t byte;
  char16_t codePoint;
};
constexpr Changed kIso8859Part16[] = {
    {0xa1, 0x0104}, {0xa2, 0x0105}, {0xa3, 0x0141}, {0xa4, 0x20ac}, {0xa5, 0x201e}, {0xa6, 0x0160},
    {0xa8, 0x0161}, {0xaa, 0x0218}, {0xac, 0x0179}, {0xae, 0x017a}, {0xaf, 0x017b}, {0xb2, 0x010c},
    {0xb3, 0x0142}, {0xb4, 0x017d}, {0xb5, 0x201d}, {0xb8, 0x017e}, {0xb9, 0x010d}, {0xba, 0x0219},
    {0xbc, 0x0152}, {0xbd, 0x0153}, {0xbe, 0x0178}, {0xbf, 0x017c}, {0xc3, 0x0102}, {0xc5, 0x0106},
    {0xd0, 0x0110}, {0xd1, 0x0143}, {0xd5, 0x0150}, {0xd7, 0x015a}, {0xd8, 0x0170}, {0xdd, 0x0118},
    {0xde, 0x021a}, {0xe3, 0x0103}, {0xe5, 0x0107}, {0xf0, 0x0111}, {0xf1, 0x0144}, {0xf5, 0x0151},
    {0xf7, 0x015b}, {0xf8, 0x0171}, {0xfd, 0x0119}, {0xfe, 0x021b},
};

void mend(std::vector<char32_t>& index, std::span<const Run> runs) {
  for (const Run& run : runs) {
    for (size_t i = 0; i < run.count; ++i) index[run.pointer + i] = run.first + i;
  }
}

}  // namespace

std::span<const char32_t> big5Index() {
  static const auto kIndex = [] {
    auto index = indexOf("ibm-1375_P100-2008", 126 * 157, [](size_t pointer) {
      size_t trail = pointer % 157;
      return bytesOf({pointer / 157 + 0x81, trail + (trail < 63 ? 0x40 : 0x62)});
    });
    mend(index, kBig5);
    return index;
  }();
  return kIndex;
}

std::span<const char32_t> eucKrIndex() {
  static const auto kIndex = indexOf("windows-949-2000", 126 * 190, [](size_t pointer) {
    return bytesOf({pointer / 190 + 0x81, pointer % 190 + 0x41});
  });
  return kIndex;
}

std::span<const char32_t> gb18030Index() {
  static const auto kIndex = [] {
    auto bytesAt = [](size_t pointer) {
      size_t trail = pointer % 190;
      return bytesOf({pointer / 190 + 0x81, trail + (trail < 63 ? 0x40 : 0x41)});
    };
    auto index = indexOf("gb18030", 126 * 190, bytesAt, PrivateUse::kKept);
    mend(index, kGb18030);
    return index;
  }();
  return kIndex;
}

std::span<const char32_t> gb18030FourByteIndex() {
  constexpr size_t kSize = 39420;
  static const auto kIndex = indexOf(
      "gb18030", kSize,
      [](size_t pointer) {
        return bytesOf({pointer / 12600 + 0x81, pointer / 1260 % 10 + 0x30,
                        pointer / 10 % 126 + 0x81, pointer % 10 + 0x30});
      },
      PrivateUse::kKept);
  return kIndex;
}

// Shift_JIS has all of the index: EUC-JP and ISO-2022-JP cannot write its last rows.
std::span<const char32_t> jis0208Index() {
  static const auto kIndex = indexOf("ibm-943_P15A-2003", 60 * 188, [](size_t pointer) {
    size_t lead = pointer / 188;
    size_t trail = pointer % 188;
    return bytesOf({lead + (lead < 31 ? 0x81 : 0xc1), trail + (trail < 63 ? 0x40 : 0x41)});
  });
  return kIndex;
}

std::span<const char32_t> jis0212Index() {
  constexpr size_t kRows = 0xf3 - 0xa1;  // ICU's rows beyond are of a vendor
  static const auto kIndex = indexOf("euc-jp-2007", kRows * 94, [](size_t pointer) {
    return bytesOf({0x8f, pointer / 94 + 0xa1, pointer % 94 + 0xa1});
  });
  return kIndex;
}

SingleBytes singleBytes(std::string_view encoding) {
  bool part16 = encoding == "iso-8859-16";
  Converter convert(icuConverterOf(part16 ? "iso-8859-1" : encoding));
  SingleBytes table{};
  for (size_t i = 0; i < table.size(); ++i) {
    char32_t c = convert(bytesOf({i + 0x80}));
    table[i] = c >= 0xe000 && c < 0xf900 ? 0 : char16_t(c);
  }
  for (auto& single : kSingles) {
    if (single.encoding == encoding) table[single.byte - 0x80] = single.codePoint;
  }
  if (part16) {
    for (auto& changed : kIso8859Part16) table[changed.byte - 0x80] = changed.codePoint;
  }
  return table;
}

}  // namespace flamesim::web
