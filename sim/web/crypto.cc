// The native half of crypto.js: the request's random source, and what crypto_functions.h has.
#include "sim/js/face.h"
#include "sim/web/crypto_digest.h"
#include "sim/web/crypto_functions.h"
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

const js::FunctionEntry kCryptoFunctions[] = {
    js::function<fillRandom>("fillRandom"),
    js::function<randomUuid>("randomUUID"),
    js::function<random>("random"),
    js::function<crypto::digest>("digest"),
    js::function<crypto::startDigest>("startDigest"),

    js::function<crypto::byteLength>("byteLength"),
    js::function<crypto::copy>("copy"),
    js::function<crypto::secretKey>("secretKey"),
    js::function<crypto::randomSecret>("randomSecret"),
    js::function<crypto::secretBytes>("secretBytes"),
    js::function<crypto::parsePublicKey>("parsePublicKey"),
    js::function<crypto::parsePrivateKey>("parsePrivateKey"),
    js::function<crypto::publicHalf>("publicHalf"),
    js::function<crypto::publicDer>("publicDer"),
    js::function<crypto::privateDer>("privateDer"),
    js::function<crypto::kindOf>("kindOf"),

    js::function<crypto::generateRsa>("generateRsa"),
    js::function<crypto::rsaFromParts>("rsaFromParts"),
    js::function<crypto::rsaParts>("rsaParts"),
    js::function<crypto::oaepEncrypt>("oaepEncrypt"),
    js::function<crypto::oaepDecrypt>("oaepDecrypt"),

    js::function<crypto::generateElliptic>("generateElliptic"),
    js::function<crypto::curveKey>("curveKey"),
    js::function<crypto::curvePoint>("curvePoint"),
    js::function<crypto::edwardsKey>("edwardsKey"),
    js::function<crypto::curveParts>("curveParts"),
    js::function<crypto::edwardsParts>("edwardsParts"),
    js::function<crypto::rawPublic>("rawPublic"),
    js::function<crypto::agree>("agree"),

    js::function<crypto::hmac>("hmac"),
    js::function<crypto::hmacVerify>("hmacVerify"),
    js::function<crypto::sign>("sign"),
    js::function<crypto::verify>("verify"),
    js::function<crypto::timingSafeEqual>("timingSafeEqual"),

    js::function<crypto::cbcEncrypt>("cbcEncrypt"),
    js::function<crypto::cbcDecrypt>("cbcDecrypt"),
    js::function<crypto::ctr>("ctr"),
    js::function<crypto::gcmEncrypt>("gcmEncrypt"),
    js::function<crypto::gcmDecrypt>("gcmDecrypt"),
    js::function<crypto::kwWrap>("kwWrap"),
    js::function<crypto::kwUnwrap>("kwUnwrap"),

    js::function<crypto::hkdf>("hkdf"),
    js::function<crypto::pbkdf2>("pbkdf2"),
};

}  // namespace

const js::NamespaceFace kCryptoFace{"crypto", kCryptoFunctions};

}  // namespace flamesim::web
