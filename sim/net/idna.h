// Internationalized domain names as the URL standard reads them (WHATWG URL section 3.3 "domain to
// ASCII" with beStrict false; UTS #46): CheckHyphens, VerifyDnsLength and UseSTD3ASCIIRules are
// off, CheckBidi and CheckJoiners on, processing is nontransitional. Usable from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flamesim::net {

// The ASCII (Punycode) form of a domain in UTF-8, in lower case; nothing when it is not a valid
// domain or when nothing is left of it. Code points that hosts forbid are the caller's to find.
std::optional<std::string> domainToAscii(std::string_view domain);

// Whether an ASCII domain has a label that begins with "xn--", in any case. A domain of ASCII
// without one is its own ASCII form but for case.
bool hasPunycodeLabel(std::string_view domain);

}  // namespace flamesim::net
