// Patterns that users write: globs, field patterns, and regular expressions
// (ICU's syntax). None can overrun the stack or run without end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace flamesim {

// `*` stands for any run of characters, everything else for itself.
bool globMatches(std::string_view pattern, std::string_view text);

// As globMatches, and `[*]` stands for one index: "body:$.items[*].id".
bool fieldMatches(std::string_view pattern, std::string_view field);

// A compiled regular expression. Immutable and cheap to copy; threads may share it.
class Regex {
 public:
  // The error's column is the position in the pattern, where it is known; its file is empty.
  static Result<Regex> compile(std::string_view pattern);

  // Nothing when the text is not UTF-8 or the match was given up for taking too many steps: the
  // caller then has no answer and must not excuse anything.
  std::optional<bool> matchesWhole(std::string_view text) const;
  // Whether it matches anywhere. A text that is not UTF-8 is read as one character a byte. `steps`:
  // of ICU's engine, after which the match is given up (nothing).
  std::optional<bool> isFoundIn(std::string_view text, int32_t steps) const;
  // Each match replaced; $1 is the first group. Nothing as above.
  std::optional<std::string> replaceAll(std::string_view text, std::string_view replacement) const;

  // Bytes of a text, from `begin` to `end`.
  struct Range {
    size_t begin;
    size_t end;
  };
  // Each match that is not empty, in order; of a pattern with groups, its first group. A text that
  // is not UTF-8 is read as one character a byte. Nothing: the match was given up.
  std::optional<std::vector<Range>> findAll(std::string_view text) const;

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled;
};

}  // namespace flamesim
