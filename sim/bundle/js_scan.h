// What a JavaScript module imports, found by a scan of its tokens (ECMA-262 section 12) instead of
// a parse: it knows strings, templates, comments, regular expressions and brackets. Where a file
// holds what the scan cannot be sure of (JSX, import attributes, escapes in a specifier, brackets
// that do not match) it says so, and the caller has esbuild parse the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::bundle {

enum class ImportKind : uint8_t {
  kDefaultOnly,  // import x from "..."
  kOther,        // names, namespaces, side effects, re-exports
  kDynamic,      // import("...")
};

struct JsImport {
  std::string specifier;
  ImportKind kind = ImportKind::kOther;
  size_t offset = 0;  // of the specifier's opening quote
};

struct JsScan {
  std::vector<JsImport> imports;  // in the order of the file
  bool exports = false;           // it has an export declaration
  bool mentionsRequire = false;   // "require" stands there as a name
  bool mentionsExports = false;   // "module" or "exports" does
};

// Nothing where the scan is not sure.
std::optional<JsScan> scanJavaScript(std::string_view source);

}  // namespace flamesim::bundle
