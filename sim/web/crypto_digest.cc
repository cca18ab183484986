// Digests at once and in pieces, and the cyclic redundancy checks that DigestStream knows besides.
#include <array>
#include <variant>

#include "sim/web/crypto_digest.h"
#include "sim/web/crypto_functions.h"

namespace flamesim::web::crypto {

namespace {

// Table of a reflected CRC, one byte at a time.
template <typename Word>
constexpr std::array<Word, 256> tableOf(Word polynomial) {
  std::array<Word, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) {
    auto word = Word(i);
    for (int bit = 0; bit < 8; ++bit) word = (word >> 1) ^ (word & 1 ? polynomial : 0);
    table[i] = word;
  }
  return table;
}
constexpr auto kCrc32 = tableOf<uint32_t>(0xedb88320);
constexpr auto kCrc32c = tableOf<uint32_t>(0x82f63b78);
constexpr auto kCrc64Nvme = tableOf<uint64_t>(0x9a6c9329ac4bc9b5);

template <typename Word>
std::string bigEndian(Word word) {
  std::string bytes;
  for (int shift = int(sizeof(Word)) * 8 - 8; shift >= 0; shift -= 8) bytes += char(word >> shift);
  return bytes;
}

}  // namespace

template <typename Word>
void Checksum<Word>::update(std::span<const uint8_t> bytes) {
  for (uint8_t byte : bytes) state = (state >> 8) ^ (*table)[uint8_t(state) ^ byte];
}

template <typename Word>
std::string Checksum<Word>::finish() const {
  return bigEndian(Word(~state));
}

RunningDigest::RunningDigest(std::string_view name) : state(start(name)) {}

RunningDigest::State RunningDigest::start(std::string_view name) {
  if (name == "crc32") return Checksum<uint32_t>{&kCrc32};
  if (name == "crc32c") return Checksum<uint32_t>{&kCrc32c};
  if (name == "crc64nvme") return Checksum<uint64_t>{&kCrc64Nvme};
  ErrorScope errors;
  DigestContext context(EVP_MD_CTX_new());
  require(EVP_DigestInit_ex(context.get(), digestOf(name), nullptr) == 1, "OperationError",
          "The digest could not be started.");
  return context;
}

void RunningDigest::update(js::Lock&, View data) {
  auto bytes = bytesIn(data);
  if (auto* checksum = std::get_if<Checksum<uint32_t>>(&state)) return checksum->update(bytes);
  if (auto* checksum = std::get_if<Checksum<uint64_t>>(&state)) return checksum->update(bytes);
  ErrorScope errors;
  require(EVP_DigestUpdate(std::get<DigestContext>(state).get(), bytes.data(), bytes.size()) == 1,
          "OperationError", "The digest failed.");
}

js::BufferBytes RunningDigest::finish(js::Lock&) {
  if (auto* checksum = std::get_if<Checksum<uint32_t>>(&state)) return {checksum->finish()};
  if (auto* checksum = std::get_if<Checksum<uint64_t>>(&state)) return {checksum->finish()};
  ErrorScope errors;
  auto* context = std::get<DigestContext>(state).get();
  std::string out(size_t(EVP_MD_CTX_get_size(context)), '\0');
  require(EVP_DigestFinal_ex(context, pointer(out), nullptr) == 1, "OperationError",
          "The digest failed.");
  return {std::move(out)};
}

const js::FunctionEntry kDigestMethods[] = {
    js::method<&RunningDigest::update>("update"),
    js::method<&RunningDigest::finish>("finish"),
};
const js::ClassFace RunningDigest::kFace{"RunningDigest", kDigestMethods};

std::unique_ptr<RunningDigest> startDigest(js::Lock&, std::string name) {
  return std::make_unique<RunningDigest>(name);
}

js::BufferBytes digest(js::Lock&, std::string hash, View data) {
  ErrorScope errors;
  auto bytes = bytesIn(data);
  const EVP_MD* type = digestOf(hash);
  std::string out(size_t(EVP_MD_get_size(type)), '\0');
  require(EVP_Digest(bytes.data(), bytes.size(), pointer(out), nullptr, type, nullptr) == 1,
          "OperationError", "The digest failed.");
  return {std::move(out)};
}

}  // namespace flamesim::web::crypto
