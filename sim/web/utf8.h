// UTF-8 as the WHATWG Encoding standard decodes it: what is valid, and where a piece of a stream
// breaks off inside a character.
#pragma once

#include <cstddef>
#include <string_view>

namespace flamesim::web {

bool isAscii(std::string_view bytes);
bool isValidUtf8(std::string_view bytes);
// How many bytes at the end (0 to 3) begin a character that more bytes could complete.
size_t incompleteUtf8Tail(std::string_view bytes);

}  // namespace flamesim::web
