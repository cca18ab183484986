// Decoders of the legacy encodings, byte by byte as https://encoding.spec.whatwg.org/ has them.
#pragma once

#include <memory>
#include <string_view>

namespace flamesim::web {

class LegacyDecoder {
 public:
  static constexpr char32_t kError = 0x110000;

  struct Step {
    size_t consumed = 0;  // 0: the bytes begin a character that more bytes complete
    char32_t first = kError;
    char32_t second = 0;  // Big5 has letters with a combining mark; 0 for none
    bool silent = false;  // consumed what is no character and no error
  };

  virtual ~LegacyDecoder() = default;

  // What begins at the front of `bytes`, which are not empty.
  virtual Step next(std::string_view bytes) = 0;
  // How many of the bytes that no more complete make the last error.
  virtual size_t cutOff(std::string_view bytes) { return bytes.size(); }
  // Another text begins.
  virtual void reset() {}
};

// For an encoding that is neither UTF-8 nor UTF-16, by its name in lower case.
std::unique_ptr<LegacyDecoder> makeLegacyDecoder(std::string_view encoding);

}  // namespace flamesim::web
