// What went wrong, said so that the reader can mend it: what, where, how. Parsers of outside input
// return a Result; its error is a Diagnostic that prints in the style of a compiler:
//
//   error: unknown key "compatability_date"
//     --> examples/front-line/wrangler.jsonc:4:3
//      |
//    4 |   "compatability_date": "2025-01-01",
//      |   ^
//      = help: did you mean "compatibility_date"?
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace flamesim {

enum class Severity { kError, kWarning };

// Exit codes of the binary; the README's table.
enum class ExitCode : int {
  kSame = 0,        // all well; replay and diff: no difference
  kDifferent = 1,   // replay, diff: differences; test: failures
  kUsage = 2,       // command line, configuration or input cannot be used
  kRunFailed = 3,   // the run itself failed
  kNothingRun = 4,  // nothing was there to be run
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string message;
  std::string file;        // empty: none
  uint32_t line = 0;       // from 1; 0: unknown
  uint32_t column = 0;     // from 1, in characters; 0: unknown
  std::string sourceLine;  // the line's text; empty: not shown
  std::string help;        // how to mend it; empty: none

  // Several lines, each ended by '\n'.
  std::string render() const;
};

// Line and column of a byte offset, with the text of that line.
struct SourcePosition {
  uint32_t line;
  uint32_t column;
  std::string lineText;
};
SourcePosition positionOf(std::string_view text, size_t offset);
Diagnostic diagnosticAt(std::string_view file, std::string_view text, size_t offset,
                        std::string message, std::string help = "");

// The candidate nearest to `word` by edit distance, or "" when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// A fault that ends the command: thrown by loaders, caught by cli/ alone, which prints the
// diagnostic and exits with `code`.
class UserError final : public std::exception {
 public:
  explicit UserError(Diagnostic diagnostic, ExitCode code = ExitCode::kUsage)
      : diagnostic(std::move(diagnostic)), code(code), text(this->diagnostic.render()) {}
  explicit UserError(std::string message, ExitCode code = ExitCode::kUsage)
      : UserError(Diagnostic{.message = std::move(message)}, code) {}
  // Several faults found at once; the first is `diagnostic`. `all` must not be empty.
  static UserError ofAll(std::vector<Diagnostic> all, ExitCode code = ExitCode::kUsage);
  // Every fault as render() prints it.
  const char* what() const noexcept override { return text.c_str(); }

  const Diagnostic diagnostic;
  const ExitCode code;
  std::vector<Diagnostic> others;  // the faults after the first

 private:
  std::string text;
};

template <typename T>
class Result {
 public:
  Result(T value) : state(std::move(value)) {}
  Result(Diagnostic error) : state(std::move(error)) {}
  bool ok() const { return std::holds_alternative<T>(state); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state); }
  const T& value() const { return std::get<T>(state); }
  const Diagnostic& error() const { return std::get<Diagnostic>(state); }
  // The value, or throws UserError.
  T orThrow() && {
    if (!ok()) throw UserError(error());
    return std::move(std::get<T>(state));
  }

 private:
  std::variant<T, Diagnostic> state;
};

}  // namespace flamesim
