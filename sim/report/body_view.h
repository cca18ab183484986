// Two bodies as a reader wants to see them: decoded, JSON laid out over lines, what is no text as
// bytes in hex, and of large ones the part in which they differ.
#pragma once

#include <string>
#include <vector>

#include "sim/report/examples.h"

namespace flamesim::report {

inline constexpr size_t kShownBodyBytes = 64 << 10;  // of each side
inline constexpr size_t kShownHexBytes = 512;

struct BodyView {
  std::string text;                // in lines
  std::vector<std::string> notes;  // what was done to it, and what is not shown
  size_t firstLine = 1;            // the number of the first line of `text`
};

struct BodyViews {
  BodyView expected;
  BodyView got;
  bool same = false;  // the bodies, without their content codings
};

// The bodies of both responses; one that is not there is nullptr.
BodyViews viewBodies(const KeptExchange* expected, const KeptExchange* got);
// Of a request, which is the same on both sides.
BodyView viewRequestBody(const KeptExchange& kept);

// JSON with a line for each member: the order of keys and the spelling of numbers stay. `text` must
// be JSON. Ends early, within the text, when there are `limit` bytes.
std::string layOutJson(std::string_view text, size_t limit);

// "00000010  48 65 6c 6c 6f ...  Hello...", sixteen bytes a line.
std::string hexLines(std::string_view bytes);

}  // namespace flamesim::report
