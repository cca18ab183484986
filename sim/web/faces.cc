#include "sim/web/faces.h"

#include "sim/js/async_context.h"
#include "sim/web/http.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

js::Faces webFaces() {
  return {{
      &js::kAsyncContextFace,
      &kArrayBufferFace,
      &kCacheFace,
      &kCompressionFace,
      &kConsoleFace,
      &kCryptoFace,
      &kEncodingFace,
      &kFormDataFace,
      &kHashFace,
      &kHttpFace,
      &kLazyFace,
      &kStructuredCloneFace,
      &kTimersFace,
      &kUrlFace,
      &kWebSocketFace,
  }};
}

}  // namespace flamesim::web
