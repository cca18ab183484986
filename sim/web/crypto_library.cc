#include "sim/web/crypto_library.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <map>

namespace flamesim::web::crypto {

namespace {

thread_local Random* drawnFrom = nullptr;

// A random generator for OpenSSL (provider-rand(7OSSL)): it has no state of its own, so that every
// thread's instance of it draws from what is in force on that thread.
constexpr const char* kGeneratorName = "FLAMESIM-DRAWS";

void* newGenerator(void*, void*, const OSSL_DISPATCH*) {
  static char state;
  return &state;
}
void freeGenerator(void*) {}
int instantiate(void*, unsigned int, int, const unsigned char*, size_t, const OSSL_PARAM[]) {
  return 1;
}
int uninstantiate(void*) {
  return 1;
}
int generate(void*, unsigned char* out, size_t size, unsigned int, int, const unsigned char*,
             size_t) {
  if (drawnFrom == nullptr) return RAND_bytes(out, int(size)) == 1;
  drawnFrom->fill({out, size});
  return 1;
}
int enableLocking(void*) {
  return 1;
}
int lock(void*) {
  return 1;
}
void unlock(void*) {}

const OSSL_PARAM* gettableParameters(void*, void*) {
  static const OSSL_PARAM kParameters[] = {OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, nullptr),
                                           OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, nullptr),
                                           OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, nullptr),
                                           OSSL_PARAM_END};
  return kParameters;
}

int getParameters(void*, OSSL_PARAM parameters[]) {
  auto* state = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_STATE);
  if (state != nullptr && !OSSL_PARAM_set_int(state, EVP_RAND_STATE_READY)) return 0;
  auto* strength = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_STRENGTH);
  if (strength != nullptr && !OSSL_PARAM_set_uint(strength, 256)) return 0;
  auto* most = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_MAX_REQUEST);
  return most == nullptr || OSSL_PARAM_set_size_t(most, size_t(1) << 16);
}

using Untyped = void (*)();
const OSSL_DISPATCH kGenerator[] = {
    {OSSL_FUNC_RAND_NEWCTX, Untyped(newGenerator)},
    {OSSL_FUNC_RAND_FREECTX, Untyped(freeGenerator)},
    {OSSL_FUNC_RAND_INSTANTIATE, Untyped(instantiate)},
    {OSSL_FUNC_RAND_UNINSTANTIATE, Untyped(uninstantiate)},
    {OSSL_FUNC_RAND_GENERATE, Untyped(generate)},
    {OSSL_FUNC_RAND_ENABLE_LOCKING, Untyped(enableLocking)},
    {OSSL_FUNC_RAND_LOCK, Untyped(lock)},
    {OSSL_FUNC_RAND_UNLOCK, Untyped(unlock)},
    {OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, Untyped(gettableParameters)},
    {OSSL_FUNC_RAND_GET_CTX_PARAMS, Untyped(getParameters)},
    {0, nullptr}};
const OSSL_ALGORITHM kGenerators[] = {{kGeneratorName, "provider=flamesim", kGenerator, nullptr},
                                      {nullptr, nullptr, nullptr, nullptr}};

const OSSL_ALGORITHM* algorithmsOf(void*, int operation, int* mayNotCache) {
  *mayNotCache = 0;
  return operation == OSSL_OP_RAND ? kGenerators : nullptr;
}

int startProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                  void** context) {
  static const OSSL_DISPATCH kProvider[] = {
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, Untyped(algorithmsOf)}, {0, nullptr}};
  *out = kProvider;
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

OSSL_LIB_CTX* makeLibrary() {
  ErrorScope errors;
  auto* library = OSSL_LIB_CTX_new();
  require(library != nullptr && OSSL_PROVIDER_add_builtin(library, "flamesim", startProvider) &&
              OSSL_PROVIDER_load(library, "flamesim") != nullptr &&
              OSSL_PROVIDER_load(library, "default") != nullptr &&
              RAND_set_DRBG_type(library, kGeneratorName, nullptr, nullptr, nullptr),
          "Error", "OpenSSL could not be started.");
  return library;
}

using Digest = Owned<EVP_MD, EVP_MD_free>;

std::map<std::string, Digest, std::less<>> fetchDigests() {
  std::map<std::string, Digest, std::less<>> digests;
  for (const char* name : {"SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5"}) {
    Digest digest(EVP_MD_fetch(cryptoLibrary(), name, nullptr));
    if (digest != nullptr) digests.emplace(name, std::move(digest));
  }
  return digests;
}

}  // namespace

OSSL_LIB_CTX* cryptoLibrary() {
  static OSSL_LIB_CTX* const library = makeLibrary();
  return library;
}

DrawFrom::DrawFrom(Random& source) : draws(source.next()) {
  drawnFrom = &draws;
}

DrawFrom::~DrawFrom() {
  drawnFrom = nullptr;
}

ErrorScope::ErrorScope() {
  ERR_clear_error();
}

ErrorScope::~ErrorScope() {
  ERR_clear_error();
}

std::string errorText() {
  auto error = ERR_peek_last_error();
  int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) == ERR_LIB_EC) {
    if (reason == EC_R_INVALID_ENCODING) return ": Invalid point encoding..";
    if (reason == EC_R_INVALID_COMPRESSED_POINT) return ": Invalid compressed point..";
    if (reason == EC_R_POINT_IS_NOT_ON_CURVE) return ": Point is not on curve..";
    if (reason == EC_R_UNKNOWN_GROUP) return ": Unsupported elliptic curve group..";
  }
  return ".";
}

const EVP_MD* digestOf(std::string_view name) {
  static const auto digests = fetchDigests();
  auto found = digests.find(name);
  require(found != digests.end(), "NotSupportedError",
          "Unrecognized or unimplemented digest algorithm requested.");
  return found->second.get();
}

std::span<const uint8_t> bytesIn(v8::Local<v8::Value> value) {
  auto view = js::viewOf(value);
  require(view.has_value(), "TypeError", "The argument is not an ArrayBuffer or a view of one.");
  static constexpr uint8_t kNothing = 0;
  if (view->empty()) return {&kNothing, 0};
  return *view;
}

BigNumber bigNumber(std::string_view bytes) {
  BigNumber number(BN_bin2bn(pointer(bytes), int(bytes.size()), nullptr));
  require(number != nullptr, "OperationError", "A number could not be made.");
  return number;
}

std::string bytesOf(const BIGNUM* number) {
  return bytesOf(number, size_t(BN_num_bytes(number)));
}

std::string bytesOf(const BIGNUM* number, size_t size) {
  std::string bytes(size, '\0');
  require(BN_bn2binpad(number, pointer(bytes), int(size)) == int(size), "OperationError",
          "A number is too large for its field.");
  return bytes;
}

}  // namespace flamesim::web::crypto
