// Bundles that are built already: the multipart file of `wrangler deploy --dry-run --outfile`,
// which is the body of an upload, and the folder of `--outdir`. docs/bundle.md tells both formats.
#pragma once

#include <filesystem>
#include <string>

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

// `name`: of the worker, which an upload does not carry. `file`: the name for messages.
Result<Bundle> parseUpload(const std::string& file, const std::string& name, std::string bytes);

// Modules and source maps of a folder; bindings, schema and the rest from the wrangler
// configuration in the folder above, when there is one. Throws UserError.
Bundle loadOutdir(const std::filesystem::path& folder, const std::string& environment);

// Whether a folder has what loadOutdir needs: JavaScript, but no wrangler configuration.
bool looksLikeOutdir(const std::filesystem::path& folder);

}  // namespace flamesim::bundle
