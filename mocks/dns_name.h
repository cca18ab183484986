// Domain names and addresses as text. A name in normal form is in lower case and has no final dot;
// the root is not a name here. Faults are the rest of a sentence: 'the name "x" ' + fault.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flamesim::mocks {

// Lower case, without the final dot.
std::string normalizeName(std::string_view name);

// What is wrong with a normalized name (RFC 1035 section 2.3.4: 63 characters a label, 253 in all),
// or empty. Underscores and the like are left alone: such names are in use.
std::string nameFault(std::string_view name);

// What follows the first dot; empty for a name of one label.
std::string_view parentOf(std::string_view name);
// Whether `name` is `zone` or below it; both in normal form.
bool isWithin(std::string_view name, std::string_view zone);

// An IPv4 or IPv6 address in binary form, 4 or 16 bytes; an IPv6 one may stand in brackets. An
// IPv4-mapped IPv6 address is the IPv4 address.
std::optional<std::string> parseAddress(std::string_view text);
// The other way round: of 4 or 16 bytes.
std::string addressText(std::string_view bytes);

}  // namespace flamesim::mocks
