// How random a text looks.
#pragma once

#include <string_view>

namespace flamesim::redact {

// Shannon's entropy of the text's bytes, in bits a byte.
double entropyOf(std::string_view text);

}  // namespace flamesim::redact
