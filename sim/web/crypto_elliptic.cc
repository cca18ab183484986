// Keys on the NIST curves (RFC 7518, section 6.2) and on Curve25519 (RFC 8037): from and as their
// coordinates, generation, key agreement.
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

#include "sim/web/crypto_functions.h"
#include "sim/web/io_context.h"

namespace flamesim::web::crypto {

namespace {

using Group = Owned<EC_GROUP, EC_GROUP_free>;
using Point = Owned<EC_POINT, EC_POINT_free>;
using ParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

Group groupOf(const std::string& curve) {
  Group group(
      EC_GROUP_new_by_curve_name_ex(cryptoLibrary(), nullptr, EC_curve_nist2nid(curve.c_str())));
  require(group != nullptr, "OperationError", "Error importing EC key.");
  return group;
}

std::string pointBytes(const EC_GROUP* group, const EC_POINT* point) {
  auto form = POINT_CONVERSION_UNCOMPRESSED;
  std::string bytes(EC_POINT_point2oct(group, point, form, nullptr, 0, nullptr), '\0');
  EC_POINT_point2oct(group, point, form, pointer(bytes), bytes.size(), nullptr);
  return bytes;
}

// The key of a point, and of a number where it is private; null where they are not a key.
PKey keyOf(const std::string& curve, const std::string& point, const BIGNUM* secret) {
  ParameterBuilder builder(OSSL_PARAM_BLD_new());
  auto* b = builder.get();
  OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, curve.data(), curve.size());
  OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
  if (secret != nullptr) OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, secret);
  Parameters parameters(OSSL_PARAM_BLD_to_param(b));
  PKeyContext maker(EVP_PKEY_CTX_new_from_name(cryptoLibrary(), "EC", nullptr));
  int selection = secret == nullptr ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(maker.get()) != 1 ||
      EVP_PKEY_fromdata(maker.get(), &key, selection, parameters.get()) != 1) {
    return nullptr;
  }
  PKey made(key);
  PKeyContext checker(EVP_PKEY_CTX_new_from_pkey(cryptoLibrary(), key, nullptr));
  bool fine = EVP_PKEY_public_check(checker.get()) == 1 &&
              (secret == nullptr || EVP_PKEY_pairwise_check(checker.get()) == 1);
  return fine ? std::move(made) : nullptr;
}

const char* opensslName(const std::string& kind) {
  return kind == "X25519" ? "X25519" : "ED25519";
}

std::string rawBytes(const EVP_PKEY* key, decltype(EVP_PKEY_get_raw_public_key) read) {
  std::string bytes(32, '\0');
  size_t size = bytes.size();
  require(read(key, pointer(bytes), &size) == 1 && size == bytes.size(), "OperationError",
          "Failed to retrieve public key.");
  return bytes;
}

std::string encodedPoint(const EVP_PKEY* key) {
  unsigned char bytes[160];
  size_t size = 0;
  require(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes),
                                          &size) == 1 &&
              size > 0,
          "OperationError", "No public elliptic curve key data in this key.");
  return {reinterpret_cast<char*>(bytes), size};
}

std::string groupNameOf(const EVP_PKEY* key) {
  char name[80];
  size_t length = 0;
  require(EVP_PKEY_get_group_name(key, name, sizeof(name), &length) == 1, "OperationError",
          "No elliptic curve group in this key.");
  return {name, length};
}

// A key that came as DER may have its point compressed.
std::string uncompressedPoint(const EVP_PKEY* key) {
  Group group(EC_GROUP_new_by_curve_name_ex(cryptoLibrary(), nullptr,
                                            OBJ_sn2nid(groupNameOf(key).c_str())));
  auto encoded = encodedPoint(key);
  Point point(EC_POINT_new(group.get()));
  require(
      EC_POINT_oct2point(group.get(), point.get(), pointer(encoded), encoded.size(), nullptr) == 1,
      "OperationError", "No public elliptic curve key data in this key.");
  return pointBytes(group.get(), point.get());
}

}  // namespace

KeyResult generateElliptic(js::Lock& js, std::string kind) {
  ErrorScope errors;
  DrawFrom draws(IoContext::current(js).random());
  bool isCurve = kind.starts_with("P-");
  PKey key(isCurve ? EVP_PKEY_Q_keygen(cryptoLibrary(), nullptr, "EC", kind.c_str())
                   : EVP_PKEY_Q_keygen(cryptoLibrary(), nullptr, opensslName(kind)));
  require(key != nullptr, "OperationError", "Error generating elliptic curve key.");
  return std::make_unique<KeyMaterial>(std::move(key));
}

KeyResult curveKey(js::Lock&, std::string curve, js::ByteString x, js::ByteString y, Part d) {
  ErrorScope errors;
  auto group = groupOf(curve);
  Point point(EC_POINT_new(group.get()));
  if (EC_POINT_set_affine_coordinates(group.get(), point.get(), bigNumber(x.data).get(),
                                      bigNumber(y.data).get(), nullptr) != 1) {
    throw js::Throw(
        "OperationError",
        "Invalid EC key; public key coordinates \"x\" and \"y\" are invalid" + errorText());
  }
  BigNumber secret = d ? bigNumber(d->data) : nullptr;
  auto key = keyOf(curve, pointBytes(group.get(), point.get()), secret.get());
  require(key != nullptr, "DataError", "Invalid EC key in JSON Web Key.");
  return std::make_unique<KeyMaterial>(std::move(key));
}

KeyResult curvePoint(js::Lock&, std::string curve, View bytes) {
  ErrorScope errors;
  auto group = groupOf(curve);
  Point point(EC_POINT_new(group.get()));
  auto view = bytesIn(bytes);
  if (EC_POINT_oct2point(group.get(), point.get(), view.data(), view.size(), nullptr) != 1) {
    throw js::Throw("DataError",
                    "Failed to import raw EC key data" + (view.empty() ? "." : errorText()));
  }
  require(EC_POINT_is_at_infinity(group.get(), point.get()) == 0, "DataError",
          "Invalid raw EC key provided.");
  auto key = keyOf(curve, pointBytes(group.get(), point.get()), nullptr);
  require(key != nullptr, "DataError", "Invalid raw EC key provided.");
  return std::make_unique<KeyMaterial>(std::move(key));
}

KeyResult edwardsKey(js::Lock&, std::string kind, js::ByteString bytes, bool isPrivate) {
  ErrorScope errors;
  auto make = isPrivate ? EVP_PKEY_new_raw_private_key_ex : EVP_PKEY_new_raw_public_key_ex;
  PKey key(
      make(cryptoLibrary(), opensslName(kind), nullptr, pointer(bytes.data), bytes.data.size()));
  require(key != nullptr, "DataError", "Failed to construct a key of these bytes.");
  return std::make_unique<KeyMaterial>(std::move(key));
}

std::vector<js::ByteString> curveParts(js::Lock&, KeyMaterial& key, bool isPrivate) {
  ErrorScope errors;
  auto point = uncompressedPoint(key.key.get());
  size_t size = (point.size() - 1) / 2;
  std::vector<js::ByteString> parts{{point.substr(1, size)}, {point.substr(1 + size)}};
  if (!isPrivate) return parts;
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key.key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1,
          "OperationError", "Error getting private key material for JSON Web Key export.");
  parts.push_back({bytesOf(BigNumber(number).get(), size)});
  return parts;
}

std::vector<js::ByteString> edwardsParts(js::Lock&, KeyMaterial& key, bool isPrivate) {
  ErrorScope errors;
  std::vector<js::ByteString> parts{{rawBytes(key.key.get(), EVP_PKEY_get_raw_public_key)}};
  if (isPrivate) parts.push_back({rawBytes(key.key.get(), EVP_PKEY_get_raw_private_key)});
  return parts;
}

js::BufferBytes rawPublic(js::Lock&, KeyMaterial& key) {
  ErrorScope errors;
  if (EVP_PKEY_is_a(key.key.get(), "EC")) return {uncompressedPoint(key.key.get())};
  return {rawBytes(key.key.get(), EVP_PKEY_get_raw_public_key)};
}

js::BufferBytes agree(js::Lock&, KeyMaterial& key, KeyMaterial& peer) {
  ErrorScope errors;
  const char* failure = EVP_PKEY_is_a(key.key.get(), "EC")
                            ? "Failed to generate shared ECDH secret."
                            : "Failed to derive EDDH key: public key routines INVALID_PEER_KEY.";
  PKeyContext context(EVP_PKEY_CTX_new_from_pkey(cryptoLibrary(), key.key.get(), nullptr));
  size_t size = 0;
  require(EVP_PKEY_derive_init(context.get()) == 1 &&
              EVP_PKEY_derive_set_peer(context.get(), peer.key.get()) == 1 &&
              EVP_PKEY_derive(context.get(), nullptr, &size) == 1,
          "OperationError", failure);
  std::string secret(size, '\0');
  require(EVP_PKEY_derive(context.get(), pointer(secret), &size) == 1, "OperationError", failure);
  secret.resize(size);
  return {std::move(secret)};
}

}  // namespace flamesim::web::crypto
