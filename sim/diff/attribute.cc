#include "sim/diff/attribute.h"

namespace flamesim::diff {

std::string attribute(const net::Outcome& candidate, std::string_view field) {
  if (!candidate.setBy.empty() && !field.starts_with("effect:")) {
    std::string_view part = field;
    if (part.starts_with("body")) part = "body";
    if (part.starts_with("header:")) part = part.substr(0, part.find('['));
    auto at = candidate.setBy.find(std::string(part));
    if (at != candidate.setBy.end()) return at->second;
  }
  return candidate.answeredBy;
}

}  // namespace flamesim::diff
