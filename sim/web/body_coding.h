// What production does about Content-Encoding by itself: JavaScript reads the content of a response
// that came encoded, and what it makes is encoded as its headers say. A body that no JavaScript
// touches keeps its bytes.
#pragma once

#include "sim/net/message.h"

namespace flamesim::web {

enum class BodyCoding : uint8_t { kIdentity, kGzip, kBrotli };

// What the headers of a response say of its body. Other codings than these are the worker's
// concern.
BodyCoding bodyCodingOf(const net::HeaderList& headers);

// The same content in another coding. One that cannot be decoded rejects where it is read.
net::Body recode(net::Body body, BodyCoding from, BodyCoding to);

}  // namespace flamesim::web
