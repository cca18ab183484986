#include "sim/web/crypto_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/x509.h>

#include "sim/web/crypto_functions.h"
#include "sim/web/io_context.h"

namespace flamesim::web::crypto {

namespace {

// Clears what the last byte has beyond the key's length; the first bits of a byte count.
void clearUnusedBits(std::string& bytes, uint32_t bits) {
  if (bits % 8 != 0) bytes.back() = char(uint8_t(bytes.back()) & (0xff00 >> (bits % 8)));
}

// What d2i functions of OpenSSL return as a key and leave of the bytes.
std::vector<v8::Local<v8::Value>> parsed(js::Lock& js, PKey key, size_t left) {
  using KeyConversion = js::Convert<KeyResult>;
  auto material = key == nullptr ? nullptr : std::make_unique<KeyMaterial>(std::move(key));
  return {KeyConversion::to(js, std::move(material)), v8::Number::New(js.isolate, double(left))};
}

template <auto write>
js::BufferBytes derOf(const EVP_PKEY* key, const char* failure) {
  ErrorScope errors;
  int size = write(key, nullptr);
  require(size > 0, "OperationError", failure);
  std::string der(size_t(size), '\0');
  auto* out = pointer(der);
  require(write(key, &out) == size, "OperationError", failure);
  return {std::move(der)};
}

int writePrivateKeyInfo(const EVP_PKEY* key, unsigned char** out) {
  Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(key));
  return info == nullptr ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info.get(), out);
}

std::string curveOf(const EVP_PKEY* key) {
  char group[80];
  size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof(group), &length) != 1) return "";
  const char* name = OSSL_EC_curve_nid2name(OBJ_sn2nid(group));
  if (name == nullptr) return "";
  const char* nist = EC_curve_nid2nist(OBJ_sn2nid(group));
  return nist == nullptr ? name : nist;
}

}  // namespace

const js::ClassFace KeyMaterial::kFace{"KeyMaterial", {}};

KeyMaterial::~KeyMaterial() noexcept(false) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

double byteLength(js::Lock&, View bytes) {
  return double(bytesIn(bytes).size());
}

js::BufferBytes copy(js::Lock&, View bytes) {
  auto view = bytesIn(bytes);
  return {std::string(view.begin(), view.end())};
}

KeyResult secretKey(js::Lock&, View bytes, uint32_t bits) {
  auto view = bytesIn(bytes);
  std::string secret(view.begin(), view.end());
  clearUnusedBits(secret, bits);
  return std::make_unique<KeyMaterial>(std::move(secret));
}

KeyResult randomSecret(js::Lock& js, uint32_t bits) {
  std::string secret((size_t(bits) + 7) / 8, '\0');
  IoContext::current(js).random().fill({pointer(secret), secret.size()});
  clearUnusedBits(secret, bits);
  return std::make_unique<KeyMaterial>(std::move(secret));
}

js::BufferBytes secretBytes(js::Lock&, KeyMaterial& key) {
  return {key.secret};
}

std::vector<v8::Local<v8::Value>> parsePublicKey(js::Lock& js, View der) {
  ErrorScope errors;
  auto bytes = bytesIn(der);
  const unsigned char* at = bytes.data();
  PKey key(d2i_PUBKEY_ex(nullptr, &at, long(bytes.size()), cryptoLibrary(), nullptr));
  return parsed(js, std::move(key), bytes.size() - size_t(at - bytes.data()));
}

std::vector<v8::Local<v8::Value>> parsePrivateKey(js::Lock& js, View der) {
  ErrorScope errors;
  auto bytes = bytesIn(der);
  const unsigned char* at = bytes.data();
  Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, long(bytes.size())));
  PKey key(info == nullptr ? nullptr : EVP_PKCS82PKEY_ex(info.get(), cryptoLibrary(), nullptr));
  return parsed(js, std::move(key), bytes.size() - size_t(at - bytes.data()));
}

KeyResult publicHalf(js::Lock&, KeyMaterial& key) {
  ErrorScope errors;
  auto der = derOf<i2d_PUBKEY>(key.key.get(), "Public key export failed.");
  const unsigned char* at = pointer(der.data);
  PKey half(d2i_PUBKEY_ex(nullptr, &at, long(der.data.size()), cryptoLibrary(), nullptr));
  require(half != nullptr, "OperationError", "Public key export failed.");
  return std::make_unique<KeyMaterial>(std::move(half));
}

js::BufferBytes publicDer(js::Lock&, KeyMaterial& key) {
  return derOf<i2d_PUBKEY>(key.key.get(), "Public key export failed.");
}

js::BufferBytes privateDer(js::Lock&, KeyMaterial& key) {
  return derOf<writePrivateKeyInfo>(key.key.get(), "Private key export failed.");
}

std::string kindOf(js::Lock&, KeyMaterial& key) {
  ErrorScope errors;
  auto* pkey = key.key.get();
  if (EVP_PKEY_is_a(pkey, "RSA")) return "RSA";
  if (EVP_PKEY_is_a(pkey, "ED25519")) return "Ed25519";
  if (EVP_PKEY_is_a(pkey, "X25519")) return "X25519";
  return EVP_PKEY_is_a(pkey, "EC") ? curveOf(pkey) : "";
}

}  // namespace flamesim::web::crypto
