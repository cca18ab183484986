// Payment card numbers: 13 to 19 digits with an issuer's first digits (ISO/IEC 7812) whose Luhn sum
// is right, as one run or in groups with one kind of separator, ' ' or '-', between them.
#pragma once

#include <cstddef>
#include <string_view>

namespace flamesim::redact {

// How many bytes of `text` from `begin` on, which is a digit behind no other, are a card number; 0:
// none.
size_t cardNumberLength(std::string_view text, size_t begin);

// The sum of ISO/IEC 7812-1, annex B; a number is right where it is a multiple of 10.
int luhnSum(std::string_view digits);

}  // namespace flamesim::redact
