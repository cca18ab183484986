#include "sim/web/utf8.h"

#include <catch2/catch.hpp>
#include <string>

namespace flamesim::web {

TEST_CASE("ASCII at every offset of a word", "[web]") {
  for (size_t length = 0; length < 20; ++length) {
    std::string text(length, 'a');
    CHECK(isAscii(text));
    for (size_t i = 0; i < length; ++i) {
      std::string with = text;
      with[i] = '\x80';
      CHECK_FALSE(isAscii(with));
    }
  }
}

TEST_CASE("valid UTF-8", "[web]") {
  CHECK(isValidUtf8(""));
  CHECK(isValidUtf8("aé€😀\xf4\x8f\xbf\xbf\xee\x80\x80\xed\x9f\xbf"));
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe2"}) {
    CHECK_FALSE(isValidUtf8(bad));
  }
}

TEST_CASE("a tail that more bytes could complete", "[web]") {
  CHECK(incompleteUtf8Tail("") == 0);
  CHECK(incompleteUtf8Tail("abc") == 0);
  CHECK(incompleteUtf8Tail("€") == 0);
  CHECK(incompleteUtf8Tail("a\xe2") == 1);
  CHECK(incompleteUtf8Tail("a\xe2\x82") == 2);
  CHECK(incompleteUtf8Tail("\xf0\x9f\x98") == 3);
  // No bytes can make these valid.
  CHECK(incompleteUtf8Tail("\x80\x80") == 0);
  CHECK(incompleteUtf8Tail("\xed\xa0") == 0);
  CHECK(incompleteUtf8Tail("\xf0\x80") == 0);
  CHECK(incompleteUtf8Tail("\xff") == 0);
}

}  // namespace flamesim::web
