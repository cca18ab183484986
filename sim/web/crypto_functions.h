// native.crypto.*: what WebCrypto asks of OpenSSL, one declaration a function; crypto.cc lists them
// for JavaScript. Parameters were checked in JavaScript (crypto_*.js) as far as they are the
// worker's: lengths, usages and names are right when a function here is called.
#pragma once

#include <optional>
#include <vector>

#include "sim/web/crypto_key.h"

namespace flamesim::web::crypto {

using View = v8::Local<v8::Value>;  // an ArrayBuffer or a view of one
using Part = std::optional<js::ByteString>;

// crypto_digest.cc. `hash` here and below: "SHA-256".
js::BufferBytes digest(js::Lock& js, std::string hash, View data);
// For crypto.DigestStream; also "crc32", "crc32c" and "crc64nvme".
class RunningDigest;
std::unique_ptr<RunningDigest> startDigest(js::Lock& js, std::string name);

// crypto_key.cc
double byteLength(js::Lock& js, View bytes);
js::BufferBytes copy(js::Lock& js, View bytes);
KeyResult secretKey(js::Lock& js, View bytes, uint32_t bits);
KeyResult randomSecret(js::Lock& js, uint32_t bits);
js::BufferBytes secretBytes(js::Lock& js, KeyMaterial& key);
// null where the bytes are no key; `trailing` bytes behind it are the second element of the pair
// that JavaScript gets.
std::vector<v8::Local<v8::Value>> parsePublicKey(js::Lock& js, View der);
std::vector<v8::Local<v8::Value>> parsePrivateKey(js::Lock& js, View der);
KeyResult publicHalf(js::Lock& js, KeyMaterial& key);
js::BufferBytes publicDer(js::Lock& js, KeyMaterial& key);
js::BufferBytes privateDer(js::Lock& js, KeyMaterial& key);
// "RSA", "P-256", "P-384", "P-521", "Ed25519", "X25519"; else "".
std::string kindOf(js::Lock& js, KeyMaterial& key);

// crypto_rsa.cc. Parts: n e d p q dp dq qi, big endian; the last five all or none.
KeyResult generateRsa(js::Lock& js, uint32_t bits, View exponent);
KeyResult rsaFromParts(js::Lock& js, std::vector<Part> parts);
std::vector<js::ByteString> rsaParts(js::Lock& js, KeyMaterial& key, bool isPrivate);
js::BufferBytes oaepEncrypt(js::Lock& js, KeyMaterial& key, std::string hash, View label,
                            View data);
js::BufferBytes oaepDecrypt(js::Lock& js, KeyMaterial& key, std::string hash, View label,
                            View data);

// crypto_elliptic.cc. `kind`: as kindOf() has it.
KeyResult generateElliptic(js::Lock& js, std::string kind);
KeyResult curveKey(js::Lock& js, std::string curve, js::ByteString x, js::ByteString y, Part d);
KeyResult curvePoint(js::Lock& js, std::string curve, View point);
KeyResult edwardsKey(js::Lock& js, std::string kind, js::ByteString bytes, bool isPrivate);
std::vector<js::ByteString> curveParts(js::Lock& js, KeyMaterial& key, bool isPrivate);    // x y d
std::vector<js::ByteString> edwardsParts(js::Lock& js, KeyMaterial& key, bool isPrivate);  // x d
js::BufferBytes rawPublic(js::Lock& js, KeyMaterial& key);
// The secret that two keys of one kind share.
js::BufferBytes agree(js::Lock& js, KeyMaterial& key, KeyMaterial& peer);

// crypto_sign.cc
js::BufferBytes hmac(js::Lock& js, KeyMaterial& key, std::string hash, View data);
bool hmacVerify(js::Lock& js, KeyMaterial& key, std::string hash, View signature, View data);
// `scheme`: "RSASSA-PKCS1-v1_5", "RSA-PSS", "ECDSA", "EdDSA".
js::BufferBytes sign(js::Lock& js, KeyMaterial& key, std::string scheme, std::string hash,
                     int32_t saltLength, View data);
bool verify(js::Lock& js, KeyMaterial& key, std::string scheme, std::string hash,
            int32_t saltLength, View signature, View data);
bool timingSafeEqual(js::Lock& js, View a, View b);

// crypto_aes.cc. null: the decryption failed.
using Decrypted = std::optional<js::BufferBytes>;
js::BufferBytes cbcEncrypt(js::Lock& js, KeyMaterial& key, View iv, View data);
Decrypted cbcDecrypt(js::Lock& js, KeyMaterial& key, View iv, View data);
js::BufferBytes ctr(js::Lock& js, KeyMaterial& key, View counter, uint32_t counterBits, View data);
js::BufferBytes gcmEncrypt(js::Lock& js, KeyMaterial& key, View iv, View additional,
                           uint32_t tagBits, View data);
Decrypted gcmDecrypt(js::Lock& js, KeyMaterial& key, View iv, View additional, uint32_t tagBits,
                     View data);
Decrypted kwWrap(js::Lock& js, KeyMaterial& key, View data);
Decrypted kwUnwrap(js::Lock& js, KeyMaterial& key, View data);

// crypto_derivation.cc
js::BufferBytes hkdf(js::Lock& js, KeyMaterial& key, std::string hash, View salt, View info,
                     uint32_t bits);
js::BufferBytes pbkdf2(js::Lock& js, KeyMaterial& key, std::string hash, View salt,
                       uint32_t iterations, uint32_t bits);

}  // namespace flamesim::web::crypto
