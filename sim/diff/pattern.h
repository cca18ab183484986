// The three kinds of pattern in a rules file: globs for hosts and paths, field patterns, and
// regular expressions (ICU's syntax). None can overrun the stack or run without end.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/base/error.h"

namespace flamesim::diff {

// `*` stands for any run of characters, everything else for itself.
bool globMatches(std::string_view pattern, std::string_view text);

// As globMatches, and `[*]` stands for one index: "body:$.items[*].id".
bool fieldMatches(std::string_view pattern, std::string_view field);

// True when `pattern` matches `field` or something that `field` is a part of: "body" covers
// "body:$.a", "header:set-cookie" covers "header:set-cookie[1]", "effect:log" covers every log
// effect. "body:$.a" does not cover "body:$.ab".
bool fieldCovers(std::string_view pattern, std::string_view field);

// A compiled regular expression. Immutable and cheap to copy; threads may share it.
class Regex {
 public:
  // The error's column is the position in the pattern, where it is known; its file is empty.
  static Result<Regex> compile(std::string_view pattern);

  // Nothing when the text is not UTF-8 or the match was given up for taking too many steps: the
  // caller then has no answer and must not excuse anything.
  std::optional<bool> matchesWhole(std::string_view text) const;
  // Each match replaced; $1 is the first group. Nothing as above.
  std::optional<std::string> replaceAll(std::string_view text, std::string_view replacement) const;

 private:
  struct Compiled;
  explicit Regex(std::shared_ptr<const Compiled> compiled) : compiled(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled;
};

}  // namespace flamesim::diff
