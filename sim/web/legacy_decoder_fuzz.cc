// Fuzz target: the first byte chooses an encoding, the rest is text in it. Text that comes in
// pieces is the text that comes at once.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "sim/web/legacy_decoder.h"

using namespace flamesim::web;

namespace {

constexpr std::string_view kEncodings[] = {
    "big5", "euc-jp", "euc-kr", "gb18030", "iso-2022-jp", "shift_jis", "windows-1255",
};

// Takes from `bytes` what is whole, and at the end all.
void take(LegacyDecoder& decoder, std::string& bytes, bool last, std::u32string& text) {
  while (!bytes.empty()) {
    auto step = decoder.next(bytes);
    if (step.consumed == 0) {
      if (!last) return;
      step.consumed = decoder.cutOff(bytes);
    }
    if (step.consumed == 0 || step.consumed > bytes.size()) std::abort();
    bytes.erase(0, step.consumed);
    if (step.silent) continue;
    if (step.first > LegacyDecoder::kError || step.second >= LegacyDecoder::kError) std::abort();
    text += step.first;
    text += step.second;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  auto encoding = kEncodings[data[0] % std::size(kEncodings)];
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto whole = makeLegacyDecoder(encoding);
  std::u32string once;
  std::string all = bytes;
  take(*whole, all, true, once);

  auto pieces = makeLegacyDecoder(encoding);
  std::u32string text;
  std::string rest;
  for (char byte : bytes) {
    rest += byte;
    take(*pieces, rest, false, text);
  }
  take(*pieces, rest, true, text);
  if (text != once) std::abort();
  return 0;
}
