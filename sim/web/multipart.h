// multipart/form-data (RFC 7578) as production reads and writes it: entries of a form as bytes. It
// escapes '"' and line feeds of names with '%' and does not undo that; a backslash in a quoted name
// escapes what stands behind it. Plain values; knows no JavaScript.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flamesim::web {

struct FormPart {
  std::string name;                     // UTF-8
  std::string content;                  // bytes
  std::optional<std::string> filename;  // nothing: the entry is text
  std::string type;                     // media type of a file; may be empty
  bool operator==(const FormPart&) const = default;
};

// The value of the `boundary` parameter of a Content-Type header; nothing when it has none.
std::optional<std::string> multipartBoundary(std::string_view contentType);

// What `body` holds, or nothing and production's message in `error` when it is malformed.
std::optional<std::vector<FormPart>> parseMultipart(std::string_view body,
                                                    std::string_view boundary, std::string& error);

// `boundary` must not occur in any content. Names must not end in a backslash.
std::string formatMultipart(const std::vector<FormPart>& parts, std::string_view boundary);

}  // namespace flamesim::web
