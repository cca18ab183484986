#include "sim/web/faces.h"

#include "sim/js/async_context.h"
#include "sim/web/http.h"
#include "sim/web/namespaces.h"
#include "sim/web/rpc.h"

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
      &kRpcFace,
      &kStructuredCloneFace,
      &kTimersFace,
      &kUrlFace,
      &kWebSocketFace,
  }};
}

}  // namespace flamesim::web
