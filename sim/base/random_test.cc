#include "sim/base/random.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>
#include <vector>

using namespace flamesim;

TEST_CASE("a seed gives the numbers of xoshiro256**, seeded by SplitMix64") {
  // Worked out from the two algorithms' definitions, apart from this code.
  Random zero(0);
  CHECK(zero.next() == 0x99ec5f36cb75f2b4);
  CHECK(zero.next() == 0xbf6e1f784956452a);
  CHECK(zero.next() == 0x1a5f849d4933e6e0);
  CHECK(Random(1).next() != Random(2).next());
}

TEST_CASE("bytes are those of the numbers, whatever their count") {
  std::vector<uint8_t> expected(24);
  Random source(7);
  for (size_t i = 0; i < 3; ++i) {
    uint64_t word = source.next();
    std::memcpy(expected.data() + 8 * i, &word, 8);
  }
  for (size_t size : {0, 1, 8, 9, 24}) {
    std::vector<uint8_t> bytes(size, 0xee);
    Random(7).fill(bytes);
    CHECK(std::equal(bytes.begin(), bytes.end(), expected.begin()));
  }
}

TEST_CASE("a double lies in [0, 1) and has 53 bits") {
  Random source(3);
  Random same(3);
  double smallest = 1;
  double largest = 0;
  for (int i = 0; i < 10'000; ++i) {
    double value = source.nextDouble();
    CHECK(value == double(same.next() >> 11) / 9007199254740992.0);
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  CHECK(smallest >= 0);
  CHECK(smallest < 0.01);
  CHECK(largest < 1);
  CHECK(largest > 0.99);
}

TEST_CASE("seeds of the system differ") {
  std::set<uint64_t> seeds;
  for (int i = 0; i < 100; ++i) seeds.insert(systemSeed());
  CHECK(seeds.size() == 100);
}
