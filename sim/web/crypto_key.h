// The material of a CryptoKey: the bytes of a secret, or a public or private key of OpenSSL.
// Scripts cannot reach it: crypto_key.js holds it in a private field.
#pragma once

#include <string>

#include "sim/js/face.h"
#include "sim/web/crypto_library.h"

namespace flamesim::web::crypto {

class KeyMaterial final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  explicit KeyMaterial(std::string secret) : secret(std::move(secret)) {}
  explicit KeyMaterial(PKey key) : key(std::move(key)) {}
  ~KeyMaterial() noexcept(false) override;

  std::string secret;
  const PKey key;  // null where it is a secret

 protected:
  bool inert() const override { return true; }
};

using KeyResult = std::unique_ptr<KeyMaterial>;

}  // namespace flamesim::web::crypto
