#include "sim/redact/pseudonyms.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "sim/base/random.h"
#include "sim/net/message.h"
#include "sim/redact/card_number.h"

namespace flamesim::redact {

namespace {

constexpr size_t kBlock = 16;

bool isHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

struct Address {
  size_t bytes = 0;  // 4, 16; 0: it is none
  std::array<uint8_t, 16> value{};
};

Address parseAddress(std::string_view text) {
  Address result;
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size()) return result;
  std::memcpy(copy.data(), text.data(), text.size());
  if (::inet_pton(AF_INET, copy.data(), result.value.data()) == 1) {
    result.bytes = 4;
  } else if (::inet_pton(AF_INET6, copy.data(), result.value.data()) == 1) {
    result.bytes = 16;
  }
  return result;
}

std::string format(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.bytes == 4 ? AF_INET : AF_INET6, address.value.data(), text.data(),
              text.size());
  return text.data();
}

bool isMapped(const Address& address) {  // ::ffff:a.b.c.d
  static constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return address.bytes == 16 && std::memcmp(address.value.data(), kMapped.data(), 12) == 0;
}

bool staysV4(const uint8_t* a) {
  static constexpr std::array<std::array<uint8_t, 3>, 3> kDocumentation{
      {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}};
  // 0/8 is "this network"; 224/4 multicast; 240/4 reserved, and where pseudonyms are.
  if (a[0] == 0 || a[0] == 127 || a[0] >= 224) return true;
  if (a[0] == 169 && a[1] == 254) return true;
  return std::any_of(kDocumentation.begin(), kDocumentation.end(),
                     [a](const auto& net) { return std::equal(net.begin(), net.end(), a); });
}

bool staysV6(const uint8_t* a) {
  bool zeros = std::all_of(a, a + 15, [](uint8_t byte) { return byte == 0; });
  if (zeros && a[15] <= 1) return true;  // :: and ::1
  if (a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80)) return true;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) return true;
  return (a[0] & 0xe0) == 0x40;  // 4000::/3
}

bool stays(const Address& address) {
  if (address.bytes == 4) return staysV4(address.value.data());
  if (isMapped(address)) return staysV4(address.value.data() + 12);
  return staysV6(address.value.data());
}

}  // namespace

std::string randomKey() {
  std::string key;
  for (int i = 0; i < 4; ++i) {
    uint64_t word = systemSeed();
    key.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return key;
}

void Pseudonyms::FreeCipher::operator()(evp_cipher_ctx_st* cipher) const {
  EVP_CIPHER_CTX_free(cipher);
}

Pseudonyms::Pseudonyms(std::string givenKey)
    : key(std::move(givenKey)), cipher(EVP_CIPHER_CTX_new(), FreeCipher()) {
  // 16 bytes for AES, 16 for what is encrypted to give the padding (the paper, section 3.3).
  auto secret = digest("address", "");
  if (!cipher ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_ecb(), nullptr, secret.data(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL gave no AES-128");
  }
  EVP_CIPHER_CTX_set_padding(cipher.get(), 0);
  int written = 0;
  EVP_EncryptUpdate(cipher.get(), pad.data(), &written, secret.data() + kBlock, kBlock);
}

Pseudonyms::Digest Pseudonyms::digest(std::string_view purpose, std::string_view value) const {
  // Of tokens the value alone: what anybody can compute who has the key.
  std::string both;
  if (!purpose.empty()) {
    both = std::string(purpose) + '\0' + std::string(value);
    value = both;
  }
  Digest result;
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), int(key.size()),
       reinterpret_cast<const unsigned char*>(value.data()), value.size(), result.data(), &size);
  return result;
}

std::string Pseudonyms::hex(std::string_view purpose, std::string_view value) const {
  static constexpr std::string_view kHex = "0123456789abcdef";
  auto bytes = digest(purpose, value);
  std::string out(kPseudonymPrefix);
  for (size_t i = 0; i < 8; ++i) {
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 15];
  }
  return out;
}

std::string Pseudonyms::token(std::string_view secret) const {
  if (secret.empty() || isPseudonym(secret)) return std::string(secret);
  return hex("", secret);
}

std::string Pseudonyms::email(std::string_view address) const {
  return hex("email", net::toLowerAscii(address)) + "@" + std::string(kPseudonymDomain);
}

std::string Pseudonyms::card(std::string_view text) const {
  std::string digits;
  for (char c : text) {
    if (c >= '0' && c <= '9') digits += c;
  }
  if (digits.empty()) return std::string(text);
  auto bytes = digest("card", digits);
  // 7 is no issuer of payment cards, and 16 such digits are still exact as a number of JavaScript.
  digits[0] = '7';
  for (size_t i = 1; i < digits.size(); ++i) digits[i] = char('0' + bytes[i % 32] % 10);
  digits.back() = '0';
  digits.back() = char('0' + (10 - luhnSum(digits) % 10) % 10);
  std::string out(text);
  size_t next = 0;
  for (char& c : out) {
    if (c >= '0' && c <= '9') c = digits[next++];
  }
  return out;
}

// Bit i of the result is bit i of the address, turned round by a pseudorandom function of the bits
// before it. All blocks are encrypted at once.
void Pseudonyms::permute(uint8_t* address, size_t bytes) const {
  std::array<uint8_t, 128 * kBlock> in;
  std::array<uint8_t, 128 * kBlock> out;
  for (size_t bit = 0; bit < bytes * 8; ++bit) {
    uint8_t* block = in.data() + bit * kBlock;
    std::memcpy(block, pad.data(), kBlock);
    size_t whole = bit / 8;
    auto mask = uint8_t(0xff00 >> (bit % 8));
    std::memcpy(block, address, whole);
    block[whole] = uint8_t((address[whole] & mask) | (pad[whole] & ~mask));
  }
  int written = 0;
  EVP_EncryptUpdate(cipher.get(), out.data(), &written, in.data(), int(bytes * 8 * kBlock));
  for (size_t bit = 0; bit < bytes * 8; ++bit) {
    if ((out[bit * kBlock] & 0x80) != 0) address[bit / 8] ^= uint8_t(0x80 >> (bit % 8));
  }
}

std::string Pseudonyms::address(std::string_view text) const {
  auto found = parseAddress(text);
  if (found.bytes == 0 || stays(found)) return std::string(text);
  if (isMapped(found)) {
    permute(found.value.data() + 12, 4);
    found.value[12] |= 0xf0;
  } else {
    permute(found.value.data(), found.bytes);
    found.value[0] =
        uint8_t(found.bytes == 4 ? found.value[0] | 0xf0 : (found.value[0] & 0x1f) | 0x40);
  }
  return format(found);
}

double Pseudonyms::fraction(std::string_view purpose, std::string_view value) const {
  auto bytes = digest(purpose, value);
  uint64_t number = 0;
  for (size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return double(number >> 11) * 0x1.0p-53;
}

bool isPseudonym(std::string_view text) {
  if (text.size() != kPseudonymSize || !text.starts_with(kPseudonymPrefix)) return false;
  text.remove_prefix(kPseudonymPrefix.size());
  return std::all_of(text.begin(), text.end(), isHexDigit);
}

bool staysAsAddress(std::string_view text) {
  auto found = parseAddress(text);
  return found.bytes != 0 && stays(found);
}

bool isAddress(std::string_view text) {
  return parseAddress(text).bytes != 0;
}

}  // namespace flamesim::redact
