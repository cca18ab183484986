// The parts of a multipart/form-data body (RFC 7578, RFC 2046 section 5.1) whose boundary is not
// known beforehand: it is read off the first line, as a file written by
// `wrangler deploy --dry-run --outfile` needs it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/error.h"

namespace flamesim::bundle {

struct Part {
  std::string name;                     // of Content-Disposition
  std::optional<std::string> fileName;  // of Content-Disposition
  std::string contentType;              // lower case, without parameters; empty: none
  std::string_view body;                // in the parsed bytes
  size_t offset = 0;                    // of the part's delimiter line
  size_t bodyOffset = 0;
};

// `file`: the name for messages, which tell the byte where the body is cut off or malformed.
// The parts live as long as `bytes`.
Result<std::vector<Part>> parseMultipart(const std::string& file, std::string_view bytes);

}  // namespace flamesim::bundle
