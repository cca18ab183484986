// What stands in place of a secret: a keyed function of it, so that equal values stay equal in
// every place and nothing else can be told without the key.
//
//   redacted-0123456789abcdef                   anything: 64 bits of HMAC-SHA256 (RFC 2104)
//   redacted-0123456789abcdef@redacted.example  an e-mail address
//   7304 1188 0042 7713                         a card number: same length, passes Luhn, no
//   issuer's 243.17.5.200, 4fd0:12:...                   an address, by Crypto-PAn: J. Xu, J. Fan,
//   M. Ammar,
//     S. Moon, "Prefix-Preserving IP Address Anonymization", ICNP 2002. Addresses that agree in
//     their first n bits have pseudonyms that do. IPv4 ones lie in 240.0.0.0/4 (reserved), which
//     costs the first four bits, IPv6 ones in 4000::/3 (not assigned).
//
// No pseudonym looks like a secret: redacting twice changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st;

namespace flamesim::redact {

class Pseudonyms {
 public:
  // `key`: any bytes; the same key gives the same pseudonyms. One thread at a time may use it and
  // its copies, which share a cipher.
  explicit Pseudonyms(std::string key);

  // An empty text and a pseudonym stay.
  std::string token(std::string_view secret) const;
  std::string email(std::string_view address) const;
  // `text`: digits with separators between them, which stay where they are.
  std::string card(std::string_view text) const;
  // `text`: an IPv4 or IPv6 address. It stays where staysAsAddress(), or where it is none.
  std::string address(std::string_view text) const;

  // A number in [0, 1) for `value`, of which `purpose` and the key alone decide.
  double fraction(std::string_view purpose, std::string_view value) const;

 private:
  using Digest = std::array<uint8_t, 32>;
  struct FreeCipher {
    void operator()(evp_cipher_ctx_st* cipher) const;
  };
  Digest digest(std::string_view purpose, std::string_view value) const;
  std::string hex(std::string_view purpose, std::string_view value) const;
  void permute(uint8_t* address, size_t bytes) const;

  std::string key;
  std::array<uint8_t, 16> pad{};  // of Crypto-PAn
  std::shared_ptr<evp_cipher_ctx_st> cipher;
};

// 32 bytes from the operating system.
std::string randomKey();

inline constexpr std::string_view kPseudonymPrefix = "redacted-";
inline constexpr size_t kPseudonymSize = 25;  // with 16 hexadecimal digits
inline constexpr std::string_view kPseudonymDomain = "redacted.example";

// The whole of `text` is what token() gives.
bool isPseudonym(std::string_view text);

// Of an IPv4 or IPv6 address: loopback, unspecified, link-local, multicast, documentation (RFC
// 5737, RFC 3849), broadcast, and pseudonyms. These say nothing of anybody.
bool staysAsAddress(std::string_view text);
bool isAddress(std::string_view text);

}  // namespace flamesim::redact
