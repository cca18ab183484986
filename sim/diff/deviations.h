// The ledger of differences that are decided: deviations.jsonc, kept in git (docs/deviations.md).
// A run does not fail for a difference that an entry covers, and fails for an entry whose
// difference is gone. A value; threads may share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/bundle/bundle.h"
#include "sim/diff/aggregator.h"
#include "sim/diff/difference.h"
#include "sim/diff/scope.h"
#include "sim/net/exchange.h"

namespace flamesim::diff {

enum class Decision : uint8_t {
  kMend,           // the chain is to be changed
  kAccept,         // the chain may differ
  kAcceptAndWarn,  // it may, and customers are told
  kBaseline,       // nobody decided: an earlier run had it
};
std::string_view decisionName(
    Decision decision);  // "mend", "accept", "accept-and-warn", "baseline"
// Nothing where `name` is no decision that people can take.
std::optional<Decision> decisionNamed(std::string_view name);
std::vector<std::string> decisionNames();  // those that people can take

struct Deviation {
  std::string field;                    // field pattern, see fieldCovers
  std::optional<DifferenceKind> kind;   // nothing: any
  std::string worker;                   // empty: any
  std::optional<std::string> expected;  // globs on abstracted values (abstract.h); nothing: any
  std::optional<std::string> got;
  RequestScope scope;
  Decision decision = Decision::kMend;
  std::string reason;
  std::string owner;              // empty: nobody
  std::string date;               // when it was decided, "2027-01-31"; empty: not known
  std::optional<uint64_t> hosts;  // how many hosts it touched then
  bundle::Origin origin;

  std::string where() const;  // "deviations.jsonc:4"; a baseline's file for what is of one
};

class Deviations {
 public:
  Deviations() = default;
  // Throws UserError, with every fault of the file.
  static Deviations parse(std::string_view text, const std::string& file);
  static Deviations load(const std::filesystem::path& file);

  // Entries for what an earlier run had, behind those of the ledger. `file`: for messages.
  void addBaseline(const std::vector<Cluster>& clusters, const std::string& file);

  const std::vector<Deviation>& list() const { return deviations; }  // in the order of the file

  // Marks the differences that an entry covers, the first that does. Where all of behaviour are
  // covered the verdict becomes kKnown. More differences than are kept cannot all be known.
  void judge(const net::Exchange& reference, Comparison& comparison) const;

 private:
  std::optional<uint32_t> find(const Difference& difference, const RequestFacts& request) const;

  std::vector<Deviation> deviations;
};

// An entry that covers the cluster and nothing else of its field.
Deviation deviationOf(const Cluster& cluster);

// The text of a ledger with further entries at its top; the rest stays as it is, comments too. An
// empty text becomes a whole file. Throws UserError where the text is no ledger.
std::string withDeviations(const std::string& text, const std::string& file,
                           const std::vector<Deviation>& added);

}  // namespace flamesim::diff
