// Replaces secrets in the texts of one exchange. It knows the shapes of texts (URLs, headers, JSON,
// forms), the user's rules, and what it has found: a token that stood in a header is replaced
// wherever else it stands.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/net/message.h"
#include "sim/redact/pseudonyms.h"
#include "sim/redact/rules.h"
#include "sim/redact/text_scanner.h"

namespace flamesim::redact {

// Gets each secret before it is replaced, and where it stood: "request header cookie".
using Observer = std::function<void(Kind kind, std::string_view field, std::string_view secret)>;

class Replacer {
 public:
  // All must outlive it. `observer`: nullptr, none.
  Replacer(const Pseudonyms& pseudonyms, const RedactionRules& rules, const Observer* observer)
      : pseudonyms(pseudonyms), rules(rules), observer(observer) {}

  // The URL of the request that the following texts belong to: it decides which rules hold.
  void setRequest(std::string_view url);
  // Where the following texts stand.
  std::string field;

  // Each of these says whether it has changed the text.
  bool text(std::string& text, DottedNumbers dotted = DottedNumbers::kByContext);
  bool json(std::string& text);
  bool form(std::string& text);  // also a query, without '?'
  bool multipart(std::string& text, std::string_view boundary);
  bool url(std::string& text);
  // What looks like JSON as JSON, else as text.
  bool jsonOrText(std::string& text);
  bool headers(net::HeaderList& headers);
  bool address(std::string& text);  // the whole text is one

  // Replaces what was found so far, by its name, in a text of any kind.
  bool known(std::string& text);
  bool known(net::HeaderList& headers);
  bool hasKnown() const { return !knownSecrets.empty(); }

 private:
  friend class JsonReplacer;
  struct Edit {
    size_t begin;
    size_t end;
    std::string text;
  };

  bool holds(const RedactionRule& rule, RuleTarget target) const;
  // The first rule of the kind that holds for a name; nullptr: none.
  const RedactionRule* ruleFor(RuleTarget target, std::string_view name) const;
  // What the rule makes of a whole value; nothing: it stays.
  std::optional<std::string> byRule(const RedactionRule& rule, std::string_view value);
  // Nothing where this kind is not redacted.
  std::optional<std::string> replacement(Kind kind, std::string_view secret);
  // Which expressions of the user's: all, or those that keep something.
  enum class RulesRun : uint8_t { kAll, kKeeps };
  bool textOnce(std::string& text, DottedNumbers dotted, RulesRun run);
  void ruleEdits(std::string& text, RulesRun run, std::vector<Edit>& edits);
  void remember(std::string_view secret, const std::string& pseudonym);
  bool pairs(std::string& text, char separator);
  std::optional<std::string> parameter(std::string_view name, std::string_view value);
  bool path(std::string& text);
  std::optional<std::string> header(const net::Header& header);
  std::string cookies(std::string_view value, bool set);
  std::string cookie(std::string_view pair);
  std::string credentials(std::string_view value);
  bool part(std::string& text, std::string_view head);

  static bool apply(std::string& text, std::vector<Edit>& edits);

  const Pseudonyms& pseudonyms;
  const RedactionRules& rules;
  const Observer* observer;
  std::string host;
  std::string requestPath;
  std::vector<Span> spans;  // kept for its memory
  std::vector<std::pair<std::string, std::string>> knownSecrets;
};

// What a body is, by its Content-Type and by its look.
enum class BodyShape : uint8_t { kBinary, kText, kJson, kForm, kMultipart };
BodyShape bodyShape(std::string_view contentType, std::string_view body);
// Whether the type alone says that nothing can be read in it: images, video, fonts.
bool isBinaryType(std::string_view contentType);
std::string_view boundaryOf(std::string_view contentType);

}  // namespace flamesim::redact
