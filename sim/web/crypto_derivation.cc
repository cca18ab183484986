// Key derivation: HKDF (RFC 5869) and PBKDF2 (RFC 8018).
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "sim/web/crypto_functions.h"

namespace flamesim::web::crypto {

namespace {

using Kdf = Owned<EVP_KDF, EVP_KDF_free>;
using KdfContext = Owned<EVP_KDF_CTX, EVP_KDF_CTX_free>;

OSSL_PARAM octets(const char* name, std::span<const uint8_t> bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<uint8_t*>(bytes.data()), bytes.size());
}

std::span<const uint8_t> secretOf(const KeyMaterial& key) {
  return {pointer(key.secret), key.secret.size()};
}

std::string derive(const EVP_KDF* kdf, const OSSL_PARAM parameters[], uint32_t bits,
                   const char* error, const char* failure) {
  std::string out(bits / 8, '\0');
  KdfContext context(EVP_KDF_CTX_new(const_cast<EVP_KDF*>(kdf)));
  require(EVP_KDF_derive(context.get(), pointer(out), out.size(), parameters) == 1, error, failure);
  return out;
}

}  // namespace

js::BufferBytes hkdf(js::Lock&, KeyMaterial& key, std::string hash, View salt, View info,
                     uint32_t bits) {
  static const Kdf kdf(EVP_KDF_fetch(cryptoLibrary(), "HKDF", nullptr));
  ErrorScope errors;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), hash.size()),
      octets(OSSL_KDF_PARAM_KEY, secretOf(key)), octets(OSSL_KDF_PARAM_SALT, bytesIn(salt)),
      octets(OSSL_KDF_PARAM_INFO, bytesIn(info)), OSSL_PARAM_construct_end()};
  return {derive(kdf.get(), parameters, bits, "OperationError", "HKDF deriveBits failed.")};
}

js::BufferBytes pbkdf2(js::Lock&, KeyMaterial& key, std::string hash, View salt,
                       uint32_t iterations, uint32_t bits) {
  static const Kdf kdf(EVP_KDF_fetch(cryptoLibrary(), "PBKDF2", nullptr));
  ErrorScope errors;
  // Short salts and few iterations are the worker's business.
  int lenient = 1;
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash.data(), hash.size()),
      octets(OSSL_KDF_PARAM_PASSWORD, secretOf(key)),
      octets(OSSL_KDF_PARAM_SALT, bytesIn(salt)),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &iterations),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &lenient),
      OSSL_PARAM_construct_end()};
  return {derive(kdf.get(), parameters, bits, "Error", "PBKDF2 deriveBits failed.")};
}

}  // namespace flamesim::web::crypto
