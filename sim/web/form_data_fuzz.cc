// Fuzz target: the first line is a Content-Type, the rest its body. What is read can be written,
// and comes back the same.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sim/web/multipart.h"

using namespace flamesim::web;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  size_t line = std::min(input.find('\n'), input.size());
  auto boundary = multipartBoundary(input.substr(0, line));
  if (!boundary) return 0;
  std::string error;
  auto parts = parseMultipart(input.substr(std::min(line + 1, size)), *boundary, error);
  if (!parts) {
    if (error.empty()) std::abort();
    return 0;
  }
  constexpr std::string_view kBoundary = "----fuzz-0123456789";
  for (auto& part : *parts) {
    // A boundary must not occur in a content, and a name must not end in a backslash.
    if (part.content.find(kBoundary) != std::string::npos) return 0;
    if (part.name.ends_with('\\') || part.filename.value_or("").ends_with('\\')) return 0;
  }
  // Writing escapes quotes for good, so that only what was written once has to come back the same.
  auto once = parseMultipart(formatMultipart(*parts, kBoundary), kBoundary, error);
  if (!once) std::abort();
  auto twice = parseMultipart(formatMultipart(*once, kBoundary), kBoundary, error);
  if (!twice || *twice != *once) std::abort();
  return 0;
}
