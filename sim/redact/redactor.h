// Secrets out of what is kept: everything in an exchange that says who somebody is or lets one act
// in their name becomes a keyed pseudonym (pseudonyms.h). docs/redaction.md says what is looked
// for, and where.
//
//   Redactor redactor({.key = "...", .rules = RedactionRules::load("redact.jsonc")});
//   redactor.redact(exchange);
//
// Redacting what is redacted changes nothing.
#pragma once

#include <string>

#include "sim/net/exchange.h"
#include "sim/redact/pseudonyms.h"
#include "sim/redact/replacer.h"
#include "sim/redact/rules.h"

namespace flamesim::redact {

enum class Redaction : uint8_t { kOn, kOff };

struct RedactionSettings {
  // The same key gives the same pseudonyms; empty: one from the operating system, kept nowhere.
  std::string key = {};
  RedactionRules rules = {};
};

class Redactor {
 public:
  explicit Redactor(RedactionSettings settings);

  // One thread at a time. `observer` gets what is replaced. A body in a content coding that cannot
  // be undone is not kept, and marked (sim/capture/body_note.h).
  void redact(net::Exchange& exchange, const Observer& observer = {}) const;

  // For the header of a capture: which redaction ran.
  std::string note() const;

  Pseudonyms pseudonyms;

 private:
  RedactionRules rules;
  bool randomKey;
};

}  // namespace flamesim::redact
