// RSA: keys from and as their numbers (RFC 7518, section 6.3), generation, OAEP.
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <cstring>

#include "sim/web/crypto_functions.h"
#include "sim/web/io_context.h"

namespace flamesim::web::crypto {

namespace {

constexpr const char* kPartNames[] = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
constexpr size_t kPublicParts = 2;

using ParameterBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

PKeyContext oaepContext(const KeyMaterial& key, bool encrypt, const std::string& hash, View label) {
  PKeyContext context(EVP_PKEY_CTX_new_from_pkey(cryptoLibrary(), key.key.get(), nullptr));
  auto start = encrypt ? EVP_PKEY_encrypt_init : EVP_PKEY_decrypt_init;
  const EVP_MD* type = digestOf(hash);
  require(context != nullptr && start(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), type) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), type) == 1,
          "OperationError", "RSA-OAEP failed to initialize.");
  auto bytes = bytesIn(label);
  if (bytes.empty()) return context;
  void* copy = OPENSSL_memdup(bytes.data(), bytes.size());
  bool taken = copy != nullptr &&
               EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), copy, int(bytes.size())) == 1;
  if (!taken) OPENSSL_free(copy);
  require(taken, "OperationError", "Failed to set RSA-OAEP label.");
  return context;
}

js::BufferBytes oaep(EVP_PKEY_CTX* context, decltype(EVP_PKEY_encrypt) run, View data) {
  auto bytes = bytesIn(data);
  size_t size = 0;
  require(run(context, nullptr, &size, bytes.data(), bytes.size()) == 1, "OperationError",
          "Failed to compute length of RSA-OAEP result.");
  std::string out(size, '\0');
  require(run(context, pointer(out), &size, bytes.data(), bytes.size()) == 1, "OperationError",
          "RSA-OAEP failed encrypt/decrypt.");
  out.resize(size);
  return {std::move(out)};
}

}  // namespace

KeyResult generateRsa(js::Lock& js, uint32_t bits, View exponent) {
  ErrorScope errors;
  auto bytes = bytesIn(exponent);
  auto e = bigNumber({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  PKeyContext context(EVP_PKEY_CTX_new_from_name(cryptoLibrary(), "RSA", nullptr));
  require(EVP_PKEY_keygen_init(context.get()) == 1 &&
              EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), int(bits)) == 1 &&
              EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) == 1,
          "OperationError", "Error setting up RSA keygen.");
  DrawFrom draws(IoContext::current(js).random());
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_generate(context.get(), &key) == 1, "OperationError",
          "Error generating RSA key.");
  return std::make_unique<KeyMaterial>(PKey(key));
}

KeyResult rsaFromParts(js::Lock&, std::vector<Part> parts) {
  ErrorScope errors;
  constexpr const char* kInvalid = "Invalid RSA key in JSON Web Key.";
  ParameterBuilder builder(OSSL_PARAM_BLD_new());
  std::vector<BigNumber> numbers;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i]) continue;
    numbers.push_back(bigNumber(parts[i]->data));
    require(OSSL_PARAM_BLD_push_BN(builder.get(), kPartNames[i], numbers.back().get()) == 1,
            "DataError", kInvalid);
  }
  Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  PKeyContext context(EVP_PKEY_CTX_new_from_name(cryptoLibrary(), "RSA", nullptr));
  bool isPrivate = parts[kPublicParts].has_value();
  EVP_PKEY* key = nullptr;
  require(
      EVP_PKEY_fromdata_init(context.get()) == 1 &&
          EVP_PKEY_fromdata(context.get(), &key, isPrivate ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                            parameters.get()) == 1,
      "DataError", kInvalid);
  return std::make_unique<KeyMaterial>(PKey(key));
}

std::vector<js::ByteString> rsaParts(js::Lock&, KeyMaterial& key, bool isPrivate) {
  ErrorScope errors;
  std::vector<js::ByteString> parts;
  size_t count = isPrivate ? std::size(kPartNames) : kPublicParts;
  for (size_t i = 0; i < count; ++i) {
    BIGNUM* number = nullptr;
    // A private key that came without its primes has none.
    if (EVP_PKEY_get_bn_param(key.key.get(), kPartNames[i], &number) != 1) break;
    parts.push_back({bytesOf(BigNumber(number).get())});
  }
  return parts;
}

js::BufferBytes oaepEncrypt(js::Lock& js, KeyMaterial& key, std::string hash, View label,
                            View data) {
  ErrorScope errors;
  auto context = oaepContext(key, true, hash, label);
  DrawFrom draws(IoContext::current(js).random());
  return oaep(context.get(), EVP_PKEY_encrypt, data);
}

js::BufferBytes oaepDecrypt(js::Lock&, KeyMaterial& key, std::string hash, View label, View data) {
  ErrorScope errors;
  return oaep(oaepContext(key, false, hash, label).get(), EVP_PKEY_decrypt, data);
}

}  // namespace flamesim::web::crypto
