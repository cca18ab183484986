#include "sim/net/idna.h"

#include <unicode/uidna.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "sim/net/url_encode.h"

namespace flamesim::net {

namespace {

// ICU always reports these; the standard turns the checks behind them off.
constexpr uint32_t kIgnoredErrors = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                    UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                    UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

// ICU's converter is immutable once opened and may be shared by threads; it lives as long as the
// process.
const UIDNA* converter() {
  static const UIDNA* const kConverter = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UIDNA* opened =
        uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                            UIDNA_NONTRANSITIONAL_TO_UNICODE,
                        &status);
    if (U_FAILURE(status)) {
      throw std::runtime_error(std::string("ICU cannot open its UTS #46 data: ") +
                               u_errorName(status));
    }
    return opened;
  }();
  return kConverter;
}

}  // namespace

bool hasPunycodeLabel(std::string_view domain) {
  for (size_t label = 0; domain.size() - label >= 4;) {
    if (toAsciiLower(domain[label]) == 'x' && toAsciiLower(domain[label + 1]) == 'n' &&
        domain[label + 2] == '-' && domain[label + 3] == '-') {
      return true;
    }
    const size_t dot = domain.find('.', label);
    if (dot == std::string_view::npos) return false;
    label = dot + 1;
  }
  return false;
}

std::optional<std::string> domainToAscii(std::string_view domain) {
  if (domain.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max() / 8)) return {};
  const auto length = static_cast<int32_t>(domain.size());
  std::string out(domain.size() + 32, '\0');
  for (;;) {
    UErrorCode status = U_ZERO_ERROR;
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const int32_t needed = uidna_nameToASCII_UTF8(converter(), domain.data(), length, out.data(),
                                                  static_cast<int32_t>(out.size()), &info, &status);
    if (status == U_BUFFER_OVERFLOW_ERROR) {
      out.resize(static_cast<size_t>(needed));
      continue;
    }
    if (U_FAILURE(status) || (info.errors & ~kIgnoredErrors) != 0 || needed == 0) return {};
    out.resize(static_cast<size_t>(needed));
    return out;
  }
}

}  // namespace flamesim::net
