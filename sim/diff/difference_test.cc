#include "sim/diff/difference.h"

#include <catch2/catch.hpp>

using namespace flamesim::diff;

TEST_CASE("Values are made printable: no byte of a capture can steer a terminal") {
  CHECK(printable("héllo") == "héllo");
  CHECK(printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(printable("\x1b[31m") == "\\x1b[31m");
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");
  CHECK(printable(std::string_view("\0\xff", 2)) == "\\x00\\xff");
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate is not UTF-8
}

TEST_CASE("Long values are cut in the middle and never within a character") {
  std::string cut = printable(std::string(100, 'a') + std::string(100, 'b'), 40);
  CHECK(cut == std::string(30, 'a') + " [160 bytes] " + std::string(10, 'b'));
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  CHECK(isText(printable(accents, 41)));
}

TEST_CASE("The first difference of text is shown as its line") {
  auto first = firstDifference("one\ntwo three\nfour", "one\ntwo THREE\nfour");
  CHECK(first.offset == 8);
  CHECK(first.line == 2);
  CHECK(first.expected == "two three");
  CHECK(first.got == "two THREE");
  CHECK(first.describe() == "first difference at byte 8, line 2");
}

TEST_CASE("The first difference at the end of a text says so") {
  auto first = firstDifference("abc", "abcdef");
  CHECK(first.offset == 3);
  CHECK(first.expected == "abc(end)");
  CHECK(first.got == "abcdef");
  CHECK(firstDifference("a\n", "a\nb").expected == "(end)");
}

TEST_CASE("A long line is shown around its first difference") {
  std::string common(200, 'x');
  auto first = firstDifference(common + "1" + common, common + "2" + common);
  CHECK(first.expected == "..." + std::string(40, 'x') + "1" + std::string(79, 'x') + "...");
  CHECK(first.got == "..." + std::string(40, 'x') + "2" + std::string(79, 'x') + "...");
}

TEST_CASE("A difference within a character is shown as whole characters") {
  auto first = firstDifference("caf\xc3\xa9", "caf\xc3\xa8");
  CHECK(first.offset == 4);
  CHECK(first.expected == "café");
  CHECK(first.got == "cafè");
}

TEST_CASE("The first difference of bytes is shown in hex") {
  std::string a("\x89PNG\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\0", 22);
  std::string b = a;
  b[8] = '\x7f';
  auto first = firstDifference(a, b);
  CHECK(first.line == 0);
  CHECK(first.expected == "... 00 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d ...");
  CHECK(first.got == "... 00 00 00 01 7f 03 04 05 06 07 08 09 0a 0b 0c 0d ...");
  CHECK(first.describe() == "first difference at byte 8");
}
