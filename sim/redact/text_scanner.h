// Finds in a text, in one pass, what is a secret by its own look: e-mail addresses, IP addresses,
// card numbers, tokens, values that stand behind the name of a secret. No regular expressions: a
// recorder has every body scanned.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace flamesim::redact {

enum class Kind : uint8_t {
  kCredentials,  // Authorization, user and password of a URL, private keys
  kCookie,
  kToken,
  kEmail,
  kAddress,
  kCard,
  kRule,  // what a rule of the user's names
};

struct Span {
  size_t begin = 0;
  size_t end = 0;
  Kind kind = Kind::kToken;
  bool percentEncoded = false;
};

// What four numbers with dots between them are.
enum class DottedNumbers : uint8_t {
  kByContext,  // an address, but a version behind a product's name and '/', or the word "version"
  kAddresses,
  kVersions,
};

// The spans, in order, without overlap. Hosts of URLs stay, and so do addresses that say nothing
// of anybody (staysAsAddress) and pseudonyms.
void scanText(std::string_view text, DottedNumbers dotted, std::vector<Span>& spans);

}  // namespace flamesim::redact
