// The native namespaces of the Web APIs; each is defined beside the JavaScript that uses it.
#pragma once

#include "sim/js/native.h"

namespace flamesim::web {

extern const js::NamespaceFace kArrayBufferFace;
extern const js::NamespaceFace kCacheFace;
extern const js::NamespaceFace kCompressionFace;
extern const js::NamespaceFace kConsoleFace;
extern const js::NamespaceFace kCryptoFace;
extern const js::NamespaceFace kEncodingFace;
extern const js::NamespaceFace kFormDataFace;
extern const js::NamespaceFace kHashFace;
extern const js::NamespaceFace kLazyFace;
extern const js::NamespaceFace kStructuredCloneFace;
extern const js::NamespaceFace kTimersFace;
extern const js::NamespaceFace kUrlFace;
extern const js::NamespaceFace kWebSocketFace;

}  // namespace flamesim::web
