// A digest of bytes that come in pieces (crypto.DigestStream).
#pragma once

#include <array>
#include <variant>

#include "sim/js/face.h"
#include "sim/web/crypto_library.h"

namespace flamesim::web::crypto {

// A reflected CRC that begins and ends inverted; written big endian.
template <typename Word>
struct Checksum {
  const std::array<Word, 256>* table;
  Word state = Word(~Word(0));

  void update(std::span<const uint8_t> bytes);
  std::string finish() const;
};

class RunningDigest final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  // "SHA-256", "crc32". Throws NotSupportedError.
  explicit RunningDigest(std::string_view name);
  void update(js::Lock& js, v8::Local<v8::Value> data);
  // Once, at the end.
  js::BufferBytes finish(js::Lock& js);

 protected:
  bool inert() const override { return true; }

 private:
  using State = std::variant<DigestContext, Checksum<uint32_t>, Checksum<uint64_t>>;
  static State start(std::string_view name);
  State state;
};

}  // namespace flamesim::web::crypto
