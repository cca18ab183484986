// What a user adds to the built-in kinds of secrets, and takes from them: a JSONC file
// (docs/redaction.md, docs/redaction.schema.json). A value; threads may share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"
#include "sim/base/pattern.h"
#include "sim/bundle/bundle.h"
#include "sim/redact/text_scanner.h"

namespace flamesim::redact {

enum class RuleAction : uint8_t { kPseudonym, kRemove, kKeep };
enum class RuleTarget : uint8_t { kHeader, kCookie, kJson, kParameter, kRegex };

struct RedactionRule {
  RuleTarget target = RuleTarget::kHeader;
  std::string pattern;  // glob on a name (of a header in lower case), path, or expression
  std::optional<Regex> regex;
  RuleAction action = RuleAction::kPseudonym;
  std::string host = "*";  // globs on the URL of the request that the value belongs to
  std::string path = "*";
  std::string reason;
  bundle::Origin origin;
};

class RedactionRules {
 public:
  RedactionRules() = default;
  static Result<RedactionRules> parse(std::string text, const std::string& file);
  // Throws UserError.
  static RedactionRules load(const std::filesystem::path& file);

  const std::vector<RedactionRule>& list() const { return rules; }  // in the order of the file
  // Whether the built-in kind is redacted; "keep" of the file switches some off.
  bool redacts(Kind kind) const { return (kept >> unsigned(kind) & 1U) == 0; }
  const std::string& source() const { return file; }  // empty: no file

 private:
  std::vector<RedactionRule> rules;
  uint32_t kept = 0;
  std::string file;
};

std::string_view kindName(Kind kind);  // "email", ...

}  // namespace flamesim::redact
