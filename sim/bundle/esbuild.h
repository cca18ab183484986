// Bundles a worker with esbuild as wrangler does: TypeScript, JSX and npm imports into one module
// (format esm, target es2022), what `rules` call text, data or Wasm into modules of their own that
// the bundle imports by name.
#pragma once

#include "sim/bundle/module_graph.h"

namespace flamesim::bundle {

struct EsbuildOutput {
  ModuleGraph graph;  // the main module carries its source map; the map's sources are
                      // relative to the folder of the main module
  std::vector<Diagnostic> warnings;
};

// Blocks while esbuild runs. Throws UserError with every error of esbuild's, each with its line.
EsbuildOutput bundleWithEsbuild(const WranglerConfig& config);

// The esbuild that a project uses: the nearest node_modules/ upwards from `folder`, else PATH.
std::optional<std::filesystem::path> findEsbuild(const std::filesystem::path& folder);

// What esbuild printed, as diagnostics; file names are relative to `workingFolder`.
std::vector<Diagnostic> parseEsbuildLog(std::string_view log,
                                        const std::filesystem::path& workingFolder);

}  // namespace flamesim::bundle
