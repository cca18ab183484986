// OpenSSL as WebCrypto uses it: owners of its objects, its errors as text, and a library context
// whose random numbers come from the running request, so that a replay repeats what was generated,
// signed and encrypted.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <span>
#include <string>

#include "sim/base/random.h"
#include "sim/js/convert.h"

namespace flamesim::web::crypto {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
template <typename T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

using PKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using PKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using BigNumber = Owned<BIGNUM, BN_clear_free>;

// Keys and algorithms live in this context. Made when it is first asked for; never freed.
OSSL_LIB_CTX* cryptoLibrary();

// While it lives, the context draws on this thread from a source that is seeded with one draw from
// `source`: how much OpenSSL takes may depend on what it did before, and must not be seen in what
// the request draws next. Without it the operating system is drawn from, which is right where
// random numbers are not visible in the result (blinding).
class DrawFrom {
 public:
  explicit DrawFrom(Random& source);
  DrawFrom(const DrawFrom&) = delete;
  ~DrawFrom();

 private:
  Random draws;
};

// Leaves no errors of OpenSSL behind: others on this thread ask for the queue, too (TLS).
class ErrorScope {
 public:
  ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ~ErrorScope();
};

// Throws a DOMException, or a JavaScript error, of that name unless `fine`.
inline void require(bool fine, const char* name, const char* message) {
  if (!fine) throw js::Throw(name, message);
}
// ": Point is not on curve." where the newest error of OpenSSL is one that users can act on, else
// ".".
std::string errorText();

// "SHA-256" -> the algorithm, fetched once. Throws NotSupportedError.
const EVP_MD* digestOf(std::string_view name);

// The bytes of an ArrayBuffer or a view of one; valid while JavaScript does not run. Never null,
// which OpenSSL does not take for empty.
std::span<const uint8_t> bytesIn(v8::Local<v8::Value> value);

inline const unsigned char* pointer(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* pointer(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

BigNumber bigNumber(std::string_view bytes);
std::string bytesOf(const BIGNUM* number);
// With zeros in front. `size`: enough for the number.
std::string bytesOf(const BIGNUM* number, size_t size);

}  // namespace flamesim::web::crypto
