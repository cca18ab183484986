// AES in the modes of NIST SP 800-38A (CBC, CTR) and 800-38D (GCM), and key wrap (RFC 3394).
#include <algorithm>
#include <climits>
#include <map>

#include "sim/web/crypto_functions.h"

namespace flamesim::web::crypto {

namespace {

using Cipher = Owned<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

enum class Direction { kDecrypt = 0, kEncrypt = 1 };

constexpr size_t kBlock = 16;
constexpr size_t kWrapBlock = 8;

std::map<std::string, Cipher> fetchCiphers() {
  std::map<std::string, Cipher> ciphers;
  for (const char* bits : {"128", "192", "256"}) {
    for (const char* mode : {"CBC", "CTR", "GCM", "WRAP"}) {
      auto name = std::string("AES-") + bits + "-" + mode;
      ciphers.emplace(name, EVP_CIPHER_fetch(cryptoLibrary(), name.c_str(), nullptr));
    }
  }
  return ciphers;
}

const EVP_CIPHER* cipherOf(const KeyMaterial& key, const char* mode) {
  static const auto ciphers = fetchCiphers();
  return ciphers.at("AES-" + std::to_string(key.secret.size() * 8) + "-" + mode).get();
}

void requireStarted(bool started) {
  require(started, "OperationError", "The cipher could not be started.");
}

CipherContext start(const KeyMaterial& key, const char* mode, Direction direction,
                    const uint8_t* iv) {
  CipherContext context(EVP_CIPHER_CTX_new());
  requireStarted(EVP_CipherInit_ex2(context.get(), cipherOf(key, mode), pointer(key.secret), iv,
                                    int(direction), nullptr) == 1);
  return context;
}

int lengthOf(std::span<const uint8_t> bytes) {
  require(bytes.size() <= INT_MAX - 2 * kBlock, "OperationError", "Input is too large to encrypt.");
  return int(bytes.size());
}

// All of the input through the cipher; nothing where its end does not fit.
std::optional<std::string> run(EVP_CIPHER_CTX* context, std::span<const uint8_t> input) {
  std::string out(input.size() + kBlock, '\0');
  int size = 0;
  int rest = 0;
  if (EVP_CipherUpdate(context, pointer(out), &size, input.data(), lengthOf(input)) != 1 ||
      EVP_CipherFinal_ex(context, pointer(out) + size, &rest) != 1) {
    return std::nullopt;
  }
  out.resize(size_t(size) + size_t(rest));
  return out;
}

std::string requireRun(EVP_CIPHER_CTX* context, std::span<const uint8_t> input) {
  auto out = run(context, input);
  require(out.has_value(), "OperationError", "The cipher failed.");
  return std::move(*out);
}

Decrypted decrypted(std::optional<std::string> out) {
  if (!out) return std::nullopt;
  return js::BufferBytes{std::move(*out)};
}

CipherContext startGcm(const KeyMaterial& key, Direction direction, std::span<const uint8_t> iv,
                       std::span<const uint8_t> additional) {
  CipherContext context(EVP_CIPHER_CTX_new());
  requireStarted(
      EVP_CipherInit_ex2(context.get(), cipherOf(key, "GCM"), nullptr, nullptr, int(direction),
                         nullptr) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_IVLEN, lengthOf(iv), nullptr) == 1 &&
      EVP_CipherInit_ex2(context.get(), nullptr, pointer(key.secret), iv.data(), int(direction),
                         nullptr) == 1);
  int size = 0;
  if (!additional.empty()) {
    requireStarted(EVP_CipherUpdate(context.get(), nullptr, &size, additional.data(),
                                    lengthOf(additional)) == 1);
  }
  return context;
}

using Counter = unsigned __int128;

Counter readCounter(std::span<const uint8_t> bytes) {
  Counter value = 0;
  for (uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

std::string writeCounter(Counter value) {
  std::string bytes(kBlock, '\0');
  for (size_t i = kBlock; i-- > 0; value >>= 8) bytes[i] = char(value);
  return bytes;
}

}  // namespace

js::BufferBytes cbcEncrypt(js::Lock&, KeyMaterial& key, View iv, View data) {
  ErrorScope errors;
  auto context = start(key, "CBC", Direction::kEncrypt, bytesIn(iv).data());
  return {requireRun(context.get(), bytesIn(data))};
}

Decrypted cbcDecrypt(js::Lock&, KeyMaterial& key, View iv, View data) {
  ErrorScope errors;
  auto context = start(key, "CBC", Direction::kDecrypt, bytesIn(iv).data());
  return decrypted(run(context.get(), bytesIn(data)));
}

js::BufferBytes ctr(js::Lock&, KeyMaterial& key, View counter, uint32_t counterBits, View data) {
  ErrorScope errors;
  auto initial = readCounter(bytesIn(counter));
  auto input = bytesIn(data);
  Counter blocks = (input.size() + kBlock - 1) / kBlock;
  // The counter is the last bits of the block alone: where it wraps, the bits before it stay.
  Counter mask = counterBits == 128 ? ~Counter(0) : (Counter(1) << counterBits) - 1;
  require(blocks == 0 || blocks - 1 <= mask, "OperationError", "Counter block values will repeat.");
  Counter beforeWrap = mask - (initial & mask);
  size_t first =
      beforeWrap >= blocks ? input.size() : std::min(size_t(beforeWrap + 1) * kBlock, input.size());
  auto context = start(key, "CTR", Direction::kEncrypt, bytesIn(counter).data());
  std::string out = requireRun(context.get(), input.first(first));
  if (first < input.size()) {
    auto wrapped = writeCounter(initial & ~mask);
    context = start(key, "CTR", Direction::kEncrypt, pointer(wrapped));
    out += requireRun(context.get(), input.subspan(first));
  }
  return {std::move(out)};
}

js::BufferBytes gcmEncrypt(js::Lock&, KeyMaterial& key, View iv, View additional, uint32_t tagBits,
                           View data) {
  ErrorScope errors;
  auto context = startGcm(key, Direction::kEncrypt, bytesIn(iv), bytesIn(additional));
  std::string out = requireRun(context.get(), bytesIn(data));
  std::string tag(tagBits / 8, '\0');
  require(
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, int(tag.size()), tag.data()) == 1,
      "OperationError", "The cipher failed.");
  out += tag;
  return {std::move(out)};
}

Decrypted gcmDecrypt(js::Lock&, KeyMaterial& key, View iv, View additional, uint32_t tagBits,
                     View data) {
  ErrorScope errors;
  auto input = bytesIn(data);
  auto text = input.first(input.size() - tagBits / 8);
  std::string tag(input.begin() + ptrdiff_t(text.size()), input.end());
  auto context = startGcm(key, Direction::kDecrypt, bytesIn(iv), bytesIn(additional));
  requireStarted(
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, int(tag.size()), tag.data()) == 1);
  return decrypted(run(context.get(), text));
}

namespace {

Decrypted keyWrap(const KeyMaterial& key, Direction direction, View data) {
  ErrorScope errors;
  CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  // Without an initial value it is the one of RFC 3394, section 2.2.3.1.
  requireStarted(EVP_CipherInit_ex2(context.get(), cipherOf(key, "WRAP"), pointer(key.secret),
                                    nullptr, int(direction), nullptr) == 1);
  auto input = bytesIn(data);
  std::string out(input.size() + kWrapBlock, '\0');
  int size = 0;
  if (EVP_CipherUpdate(context.get(), pointer(out), &size, input.data(), lengthOf(input)) != 1) {
    return std::nullopt;
  }
  out.resize(size_t(size));
  return js::BufferBytes{std::move(out)};
}

}  // namespace

Decrypted kwWrap(js::Lock&, KeyMaterial& key, View data) {
  return keyWrap(key, Direction::kEncrypt, data);
}

Decrypted kwUnwrap(js::Lock&, KeyMaterial& key, View data) {
  return keyWrap(key, Direction::kDecrypt, data);
}

}  // namespace flamesim::web::crypto
