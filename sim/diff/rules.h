// The rules under which differences are excused: a JSONC file (docs/rules.md). A value; threads may
// share it. Every rule says why it stands there, can have an owner, and can end on a day.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/bundle/bundle.h"
#include "sim/diff/day.h"
#include "sim/diff/pattern.h"
#include "sim/diff/scope.h"

namespace flamesim::diff {

enum class Action : uint8_t {
  kExact,      // any difference counts, also where the default would excuse it
  kIgnore,     // no difference counts
  kPresence,   // both must have it; the values are free
  kRegex,      // both values must match `pattern` as a whole
  kTolerance,  // both are numbers, or HTTP dates in seconds, at most `tolerance` apart
  kMap,        // both values are compared after each match of `pattern` became `value`
  kSort,       // the JSON array at the field is compared without regard to order
};
std::string_view actionName(Action action);

// Which effects are compared.
enum class EffectMode : uint8_t {
  kRecorded,  // kinds and destinations that the reference capture has
  kStrict,    // all of them
  kOff,       // none
};
std::string_view effectModeName(EffectMode mode);

struct Rule {
  std::string field;  // field pattern, see fieldCovers
  Action action = Action::kIgnore;
  RequestScope scope;
  std::optional<Regex> pattern;
  std::string patternText;
  std::string value;
  double tolerance = 0;
  std::string reason;
  std::string owner;     // empty: none
  std::string expires;   // "2027-01-01", the last day on which it holds; empty: never ends
  bool expired = false;  // an expired rule excuses nothing and fails the run
  bundle::Origin origin;

  std::string where() const;  // "rules.jsonc:4"
};

// Whether `pattern` can match a field of any difference: others are slips.
bool isFieldPattern(std::string_view pattern);
inline constexpr std::string_view kFieldHelp =
    "fields are outcome, status, header:NAME, body, body:$.PATH and effect:KIND DESTINATION ...";

// Whether the rule excuses anything in this request.
bool applies(const Rule& rule, const RequestFacts& request);

class Rules {
 public:
  Rules() = default;
  // `today` decides which rules have expired: runs are repeatable when the caller fixes it.
  static Result<Rules> parse(std::string_view text, const std::string& file,
                             std::chrono::year_month_day today);
  // Throws UserError.
  static Rules load(const std::filesystem::path& file, std::chrono::year_month_day today);

  const std::vector<Rule>& list() const { return rules; }  // in the order of the file
  EffectMode effects() const { return effectMode; }
  const std::vector<Diagnostic>& warnings() const { return notices; }

 private:
  std::vector<Rule> rules;
  EffectMode effectMode = EffectMode::kRecorded;
  std::vector<Diagnostic> notices;
};

}  // namespace flamesim::diff
