// What names say of their values. docs/redaction.md has the lists for users.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flamesim::redact {

// Where a name stands: `key`, `code` and the like are secrets in a query, and everyday words in
// JSON.
enum class NamePlace : uint8_t { kParameter, kMember };

// Whether the value of a parameter or member is a secret. Case, '-', '_' and '.' do not matter;
// the last word of a name of several may say it: "user_access_token", "clientSecret".
bool isSecretName(std::string_view name, NamePlace place);

// Whether a value in that place is one: a `code` is one only where it is long and has a digit.
bool isSecretValue(std::string_view name, std::string_view value);

enum class HeaderKind : uint8_t {
  kText,         // scanned as any text
  kCredentials,  // Authorization: the scheme stays
  kCookie,
  kSetCookie,
  kSecret,     // the whole value
  kAddresses,  // everything that can be an address is one
  kUrl,
  kVersions,  // dotted numbers are versions: User-Agent, Server
  kOpaque,    // left alone: lengths, dates, validators
};
HeaderKind headerKind(std::string_view name);

}  // namespace flamesim::redact
