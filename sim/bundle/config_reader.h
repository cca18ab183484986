// Typed access to a configuration tree. Faults are gathered, each with its position, so that one
// run names them all; finish() throws them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/bundle/bundle.h"
#include "sim/bundle/config_tree.h"

namespace flamesim::bundle {

// Reads and parses a configuration file: TOML where the name ends in .toml, else JSON with
// comments. The root must be an object. Throws UserError.
ConfigDocument readConfigDocument(const std::filesystem::path& file);

class ConfigReader {
 public:
  // The document must outlive the reader.
  explicit ConfigReader(const ConfigDocument& document) : document(document) {
    warnings = document.warnings;
  }

  const ConfigDocument& document;
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;

  void error(size_t offset, std::string message, std::string help = "");
  void warn(size_t offset, std::string message, std::string help = "");
  Origin originAt(size_t offset) const;

  // The member `key` of an object; nullptr when it is absent, or, after an error, when it is not of
  // `kind`. `where` names the object in messages, such as "services[0]"; empty at the top.
  const ConfigNode* member(const ConfigNode& object, std::string_view key, NodeKind kind,
                           std::string_view where = "");
  std::optional<std::string> string(const ConfigNode& object, std::string_view key,
                                    std::string_view where = "");
  // As string(), but absence and the empty string are errors.
  std::optional<std::string> requiredString(const ConfigNode& object, std::string_view key,
                                            std::string_view where);
  std::optional<bool> boolean(const ConfigNode& object, std::string_view key,
                              std::string_view where = "");
  std::optional<uint64_t> integer(const ConfigNode& object, std::string_view key, uint64_t least,
                                  uint64_t most, std::string_view where = "");
  // The items of an array of strings; those of another type are errors and left out.
  std::vector<const ConfigNode*> strings(const ConfigNode& object, std::string_view key,
                                         std::string_view where = "");
  // Whether `node` is of `kind`, with an error where it is not.
  bool expect(const ConfigNode& node, NodeKind kind, std::string_view what);

  // A warning for each key of `object` that is not among `known`, with the nearest of them.
  void warnOfUnknownKeys(const ConfigNode& object, const std::vector<std::string>& known,
                         std::string_view where = "");

  // Throws UserError with every error, if there is one.
  void finish() const;
  // The same where what is only passed over elsewhere is an error, too: an unknown key.
  void finishStrictly();
};

}  // namespace flamesim::bundle
