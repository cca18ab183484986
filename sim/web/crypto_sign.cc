// HMAC (RFC 2104) and the signatures of RSA (RFC 8017), ECDSA (FIPS 186) and EdDSA (RFC 8032).
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "sim/web/crypto_functions.h"
#include "sim/web/io_context.h"

namespace flamesim::web::crypto {

namespace {

using Mac = Owned<EVP_MAC, EVP_MAC_free>;
using MacContext = Owned<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

std::string hmacOf(const KeyMaterial& key, std::string& hash, View data) {
  static const Mac mac(EVP_MAC_fetch(cryptoLibrary(), "HMAC", nullptr));
  auto bytes = bytesIn(data);
  std::string out(size_t(EVP_MD_get_size(digestOf(hash))), '\0');
  MacContext context(EVP_MAC_CTX_new(mac.get()));
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash.data(), hash.size()),
      OSSL_PARAM_construct_end()};
  size_t size = 0;
  require(EVP_MAC_init(context.get(), pointer(key.secret), key.secret.size(), parameters) == 1 &&
              EVP_MAC_update(context.get(), bytes.data(), bytes.size()) == 1 &&
              EVP_MAC_final(context.get(), pointer(out), &size, out.size()) == 1 &&
              size == out.size(),
          "OperationError", "HMAC computation failed.");
  return out;
}

// WebCrypto has an ECDSA signature as two numbers of the curve's size, OpenSSL as DER.
size_t fieldSize(const EVP_PKEY* key) {
  return size_t(EVP_PKEY_get_bits(key) + 7) / 8;
}

std::string fromDer(const EVP_PKEY* key, const std::string& der) {
  const unsigned char* at = pointer(der);
  Signature signature(d2i_ECDSA_SIG(nullptr, &at, long(der.size())));
  require(signature != nullptr, "OperationError", "The signature could not be read.");
  size_t size = fieldSize(key);
  return bytesOf(ECDSA_SIG_get0_r(signature.get()), size) +
         bytesOf(ECDSA_SIG_get0_s(signature.get()), size);
}

// Empty where it cannot be a signature.
std::string toDer(const EVP_PKEY* key, std::string_view pair) {
  size_t size = fieldSize(key);
  if (pair.size() != 2 * size) return "";
  Signature signature(ECDSA_SIG_new());
  ECDSA_SIG_set0(signature.get(), bigNumber(pair.substr(0, size)).release(),
                 bigNumber(pair.substr(size)).release());
  std::string der(size_t(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  auto* out = pointer(der);
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

// PSS salts and ECDSA nonces are seen in a signature; what else OpenSSL draws is not.
bool drawsVisibly(std::string_view scheme) {
  return scheme == "RSA-PSS" || scheme == "ECDSA";
}

void requireRoom(const EVP_PKEY* key, std::string_view scheme, const std::string& hash, int salt) {
  if (!scheme.starts_with("RSA")) return;
  int size = EVP_PKEY_get_size(key);
  int digestSize = EVP_MD_get_size(digestOf(hash));
  if (scheme == "RSASSA-PKCS1-v1_5") {
    // 32 bytes are enough for the padding and the name of any digest.
    if (digestSize + 32 <= size) return;
    throw js::Throw("OperationError",
                    "key too small for signing with given digest, need at least " +
                        std::to_string(8 * (digestSize + 32)) + "bits.");
  }
  require(digestSize + 2 <= size, "OperationError", "key too small for signing with given digest");
  require(salt <= size - digestSize - 2, "OperationError",
          "key too small for signing with given digest and salt length");
}

void setPadding(EVP_PKEY_CTX* context, std::string_view scheme, int salt) {
  if (scheme != "RSA-PSS") return;
  require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt) == 1,
          "OperationError", "The salt length cannot be used.");
}

const char* nameOrNone(const std::string& hash) {
  return hash.empty() ? nullptr : hash.c_str();
}

}  // namespace

js::BufferBytes hmac(js::Lock&, KeyMaterial& key, std::string hash, View data) {
  ErrorScope errors;
  return {hmacOf(key, hash, data)};
}

bool hmacVerify(js::Lock&, KeyMaterial& key, std::string hash, View signature, View data) {
  ErrorScope errors;
  auto expected = hmacOf(key, hash, data);
  auto given = bytesIn(signature);
  return given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

js::BufferBytes sign(js::Lock& js, KeyMaterial& key, std::string scheme, std::string hash,
                     int32_t saltLength, View data) {
  ErrorScope errors;
  auto* pkey = key.key.get();
  requireRoom(pkey, scheme, hash, saltLength);
  std::optional<DrawFrom> draws;
  if (drawsVisibly(scheme)) draws.emplace(IoContext::current(js).random());
  auto bytes = bytesIn(data);
  DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestSignInit_ex(context.get(), &parameters, nameOrNone(hash), cryptoLibrary(),
                                nullptr, pkey, nullptr) == 1,
          "OperationError", "Failed to initialize signing digest.");
  setPadding(parameters, scheme, saltLength);
  size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) == 1,
          "OperationError", "Failed to sign.");
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), pointer(signature), &size, bytes.data(), bytes.size()) == 1,
          "OperationError", "Failed to sign.");
  signature.resize(size);
  return {scheme == "ECDSA" ? fromDer(pkey, signature) : std::move(signature)};
}

bool verify(js::Lock&, KeyMaterial& key, std::string scheme, std::string hash, int32_t saltLength,
            View signature, View data) {
  ErrorScope errors;
  auto* pkey = key.key.get();
  auto given = bytesIn(signature);
  std::string_view chars(reinterpret_cast<const char*>(given.data()), given.size());
  std::string expected = scheme == "ECDSA" ? toDer(pkey, chars) : std::string(chars);
  auto bytes = bytesIn(data);
  DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestVerifyInit_ex(context.get(), &parameters, nameOrNone(hash), cryptoLibrary(),
                                  nullptr, pkey, nullptr) == 1,
          "OperationError", "Failed to initialize verification digest.");
  setPadding(parameters, scheme, saltLength);
  return EVP_DigestVerify(context.get(), pointer(expected), expected.size(), bytes.data(),
                          bytes.size()) == 1;
}

bool timingSafeEqual(js::Lock&, View a, View b) {
  auto left = bytesIn(a);
  auto right = bytesIn(b);
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace flamesim::web::crypto
