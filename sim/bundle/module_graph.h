// The modules of a worker written in plain JavaScript, read without a bundler: the files that the
// main module reaches by static and literal dynamic imports, each under its name relative to the
// folder of the main module. It saves a start of esbuild (10 to 30 ms a worker) and holds only
// where the outcome is the same: every import is relative, names an existing file beneath that
// folder and needs no translation. Otherwise esbuild.h does the work.
#pragma once

#include <optional>

#include "sim/bundle/wrangler.h"

namespace flamesim::bundle {

struct ModuleGraph {
  std::string mainModule;
  bool serviceWorker = false;   // the main module neither imports nor exports anything
  std::vector<Module> modules;  // the main module first, then in the order of the imports
};

// Nothing where esbuild is needed. Faults in files (one is missing, a syntax error) count as such:
// esbuild says what is wrong and where.
std::optional<ModuleGraph> loadModuleGraph(const WranglerConfig& config);

// Whether an import is left to the runtime: "node:...", "cloudflare:...", "workerd:...", and
// schema modules ("*.capnp"), which come out of the bundled schema.
bool isRuntimeModule(std::string_view specifier);

// no_bundle: the main module as it is, and every file beneath `baseDir` that a rule takes.
// Throws UserError.
ModuleGraph loadUnbundled(const WranglerConfig& config);

}  // namespace flamesim::bundle
