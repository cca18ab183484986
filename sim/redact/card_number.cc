#include "sim/redact/card_number.h"

#include <array>

#include "sim/redact/characters.h"

namespace flamesim::redact {

namespace {

constexpr size_t kShortest = 13;
constexpr size_t kLongest = 19;

struct Issuer {
  int from;  // the first `digits` digits
  int to;
  size_t digits;
  size_t least;  // digits of the whole number
  size_t most;
};

constexpr std::array<Issuer, 19> kIssuers{{
    {4, 4, 1, 16, 19},        // Visa
    {4, 4, 1, 13, 13},        // Visa, old
    {51, 55, 2, 16, 16},      // Mastercard
    {2221, 2720, 4, 16, 16},  // Mastercard
    {34, 34, 2, 15, 15},      // American Express
    {37, 37, 2, 15, 15},      //
    {300, 305, 3, 14, 19},    // Diners Club
    {36, 36, 2, 14, 19},      //
    {38, 39, 2, 14, 19},      //
    {6011, 6011, 4, 16, 19},  // Discover
    {644, 649, 3, 16, 19},    //
    {65, 65, 2, 16, 19},      //
    {3528, 3589, 4, 16, 19},  // JCB
    {62, 62, 2, 16, 19},      // UnionPay
    {5018, 5038, 4, 13, 19},  // Maestro
    {5893, 5893, 4, 13, 19},  //
    {6304, 6304, 4, 13, 19},  //
    {6759, 6763, 4, 13, 19},  //
    {2200, 2204, 4, 16, 19},  // Mir
}};

bool hasIssuer(std::string_view digits) {
  int prefix = 0;
  std::array<int, 5> prefixes{};
  for (size_t i = 0; i < 4; ++i) {
    prefix = prefix * 10 + (digits[i] - '0');
    prefixes[i + 1] = prefix;
  }
  for (const auto& issuer : kIssuers) {
    int mine = prefixes[issuer.digits];
    if (mine < issuer.from || mine > issuer.to) continue;
    // Nobody but Maestro issues 17 or 18 digits.
    bool odd = (digits.size() == 17 || digits.size() == 18) && issuer.least != kShortest;
    if (!odd && digits.size() >= issuer.least && digits.size() <= issuer.most) return true;
  }
  return false;
}

}  // namespace

int luhnSum(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
    int value = (*digit - '0') * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum;
}

size_t cardNumberLength(std::string_view text, size_t begin) {
  if (text[begin] < '2' || text[begin] > '6') return 0;
  if (begin > 1 && text[begin - 1] == '.' && isDigit(text[begin - 2])) return 0;  // a fraction
  auto at = [text](size_t i) { return i < text.size() ? text[i] : '\0'; };
  std::array<char, kLongest> digits{};
  size_t count = 0;
  size_t found = 0;
  char separator = '\0';
  for (size_t i = begin; count < kLongest;) {
    while (isDigit(at(i)) && count < kLongest) digits[count++] = text[i++];
    if (count < 4 || isAlnum(at(i)) || at(i) == '_') break;
    bool fraction = at(i) == '.' && isDigit(at(i + 1));
    std::string_view number(digits.data(), count);
    if (!fraction && count >= kShortest && hasIssuer(number) && luhnSum(number) % 10 == 0) {
      found = i - begin;
    }
    if ((at(i) != ' ' && at(i) != '-') || !isDigit(at(i + 1))) break;
    if (separator != '\0' && at(i) != separator) break;
    separator = at(i++);
  }
  return found;
}

}  // namespace flamesim::redact
