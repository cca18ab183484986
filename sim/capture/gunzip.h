// Files that were compressed with gzip (RFC 1952) as they were written, member behind member, and
// that may break off where their writer was killed.
#pragma once

#include <string>
#include <string_view>

#include "sim/base/error.h"

namespace flamesim::capture {

struct Gunzipped {
  std::string bytes;
  bool cutOff = false;  // the last member has no end
};

bool isGzip(std::string_view bytes);
// Fails on what is damaged.
Result<Gunzipped> gunzip(std::string_view bytes);

}  // namespace flamesim::capture
