// The indexes of https://encoding.spec.whatwg.org/#indexes: which code point a pointer stands for.
// Their content is ICU's, mended where it differs from the standard.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace flamesim::web {

// By pointer; 0 where an index has nothing. Made when first asked for, by any thread.
std::span<const char32_t> big5Index();
std::span<const char32_t> eucKrIndex();
std::span<const char32_t> gb18030Index();
std::span<const char32_t> gb18030FourByteIndex();  // of the Basic Multilingual Plane
std::span<const char32_t> jis0208Index();
std::span<const char32_t> jis0212Index();

// What the bytes from 0x80 mean in an encoding of single bytes; 0 where they mean nothing.
using SingleBytes = std::array<char16_t, 128>;
SingleBytes singleBytes(std::string_view encoding);

}  // namespace flamesim::web
