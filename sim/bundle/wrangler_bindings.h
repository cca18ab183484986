// The sections of wrangler's configuration that declare bindings, as the entries of an upload's
// metadata.
#pragma once

#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

// The object that holds `key` for the chosen environment: env.NAME, or the top level where the key
// is inherited from it.
class WranglerScope {
 public:
  // `environment`: nullptr for the top level.
  WranglerScope(const ConfigNode& top, const ConfigNode* environment)
      : top(top), environment(environment) {}
  const ConfigNode& of(std::string_view key) const;
  const ConfigNode& top;
  const ConfigNode* environment;
};

// Appends to config.bindings and config.blobs. Two bindings of one name are an error.
void readBindings(ConfigReader& reader, const WranglerScope& scope, WranglerConfig& config);

// A binding as the upload has it ({"name", "type", ...}), from unsafe.bindings or from an upload's
// metadata; nothing, after an error, where it lacks its name or type.
std::optional<Binding> readRawBinding(ConfigReader& reader, const ConfigNode& node,
                                      const std::string& where);

// "tail_consumers" of a wrangler configuration or of an upload's metadata.
std::vector<TailConsumer> readTailConsumers(ConfigReader& reader, const ConfigNode& object);

// An error for each binding whose name another one has.
void checkBindingNames(ConfigReader& reader, const std::vector<Binding>& bindings);

}  // namespace flamesim::bundle
