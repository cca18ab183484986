// The native half of crypto.js: the request's random source, and OpenSSL.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "sim/js/face.h"
#include "sim/web/io_context.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

std::span<uint8_t> bytesOf(v8::Local<v8::Value> value) {
  auto view = js::viewOf(value);
  if (!view) throw js::Throw("TypeError", "The argument is not an ArrayBuffer or a view of one.");
  return *view;
}

void fillRandom(js::Lock& js, v8::Local<v8::Value> view) {
  IoContext::current(js).random().fill(bytesOf(view));
}

// RFC 9562, version 4.
std::string randomUuid(js::Lock& js) {
  uint8_t bytes[16];
  IoContext::current(js).random().fill(bytes);
  bytes[6] = uint8_t((bytes[6] & 0x0f) | 0x40);
  bytes[8] = uint8_t((bytes[8] & 0x3f) | 0x80);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < sizeof(bytes); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

// Math.random() of the request; negative in global scope, which has no random source.
double random(js::Lock& js) {
  auto* execution = js.owner.current();
  return execution == nullptr ? -1 : static_cast<IoContext*>(execution)->random().nextDouble();
}

const EVP_MD* digestOf(std::string_view name) {
  if (name == "SHA-256") return EVP_sha256();
  if (name == "SHA-1") return EVP_sha1();
  if (name == "SHA-384") return EVP_sha384();
  if (name == "SHA-512") return EVP_sha512();
  if (name == "MD5") return EVP_md5();
  throw js::Throw("NotSupportedError", "Unknown digest " + std::string(name) + ".");
}

js::BufferBytes digest(js::Lock& js, std::string name, v8::Local<v8::Value> data) {
  auto bytes = bytesOf(data);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &length, digestOf(name), nullptr) != 1) {
    throw js::Throw("OperationError", "The digest " + name + " failed.");
  }
  return {std::string(reinterpret_cast<char*>(out), length)};
}

js::BufferBytes hmac(js::Lock& js, std::string hash, v8::Local<v8::Value> key,
                     v8::Local<v8::Value> data) {
  auto keyBytes = bytesOf(key);
  auto bytes = bytesOf(data);
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(digestOf(hash), keyBytes.data(), int(keyBytes.size()), bytes.data(), bytes.size(), out,
           &length) == nullptr) {
    throw js::Throw("OperationError", "HMAC failed.");
  }
  return {std::string(reinterpret_cast<char*>(out), length)};
}

bool timingSafeEqual(v8::Local<v8::Value> a, v8::Local<v8::Value> b) {
  auto left = bytesOf(a);
  auto right = bytesOf(b);
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

const js::FunctionEntry kFunctions[] = {
    js::function<fillRandom>("fillRandom"),
    js::function<randomUuid>("randomUUID"),
    js::function<random>("random"),
    js::function<digest>("digest"),
    js::function<hmac>("hmac"),
    js::function<timingSafeEqual>("timingSafeEqual"),
};

}  // namespace

const js::NamespaceFace kCryptoFace{"crypto", kFunctions};

}  // namespace flamesim::web
