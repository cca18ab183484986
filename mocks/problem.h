// What is wrong with an input file of the mocks (zones, pairs, tables, schemas), said so that the
// reader can mend it. Loaders gather all problems of a file and throw them at once:
//
//   error: "acountId" is not a field of OwnershipResponse
//     --> rrdns.json:7:39 at $.lookupOwnership[2].then.response.acountId
//      |
//    7 |     {"then": {"response": {"acountId": 1}}}
//      |                            ^
//      = help: did you mean "accountId"?
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::mocks {

struct Problem {
  std::string path;     // where inside a JSON file: "$.zones[2].account"; empty: not in JSON
  std::string message;  // what was found and what was expected
  std::string help;     // how to mend it; empty: none
  uint32_t line = 0;    // from 1; 0: unknown
  uint32_t column = 0;  // from 1, in bytes; 0: unknown
  std::string sourceLine;
  std::string file;  // where it is another file than the one that was loaded; else empty
  bool operator==(const Problem&) const = default;
};

// An input that cannot be used. Thrown by loaders.
class InputError final : public std::exception {
 public:
  InputError(std::string file, std::vector<Problem> problems);
  // A problem with the file as a whole.
  InputError(std::string file, std::string message, std::string help = "");
  // All problems, several lines, each ended by '\n'.
  const char* what() const noexcept override { return text.c_str(); }

  const std::string file;
  const std::vector<Problem> problems;

 private:
  std::string text;
};

// The candidate nearest to `word` by edit distance, regardless of case; empty when none is near.
std::string nearestName(std::string_view word, const std::vector<std::string>& candidates);
// `did you mean "..."?`, or where nothing is near the list of what there is; empty for no
// candidates.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

// Sets line, column and sourceLine from a byte offset into `text`.
void setPosition(Problem& problem, std::string_view text, size_t offset);

}  // namespace flamesim::mocks
