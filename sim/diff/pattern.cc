#include "sim/diff/pattern.h"

namespace flamesim::diff {

bool fieldCovers(std::string_view pattern, std::string_view field) {
  // A header's name may hold '.', so only an index ends it.
  std::string_view ends = field.starts_with("header:") ? "[" : " .[:";
  for (size_t end = field.size();;) {
    if (fieldMatches(pattern, field.substr(0, end))) return true;
    if (end == 0) return false;
    end = field.find_last_of(ends, end - 1);
    if (end == std::string_view::npos) return false;
  }
}

}  // namespace flamesim::diff
