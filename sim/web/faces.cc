#include "sim/web/faces.h"

#include "sim/js/async_context.h"
#include "sim/web/events.h"
#include "sim/web/http.h"
#include "sim/web/namespaces.h"
#include "sim/web/rpc.h"
#include "sim/web/trace.h"

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
      &kEventsFace,
      &kFormDataFace,
      &kHashFace,
      &kHttpFace,
      &kLazyFace,
      &kRpcFace,
      &kStructuredCloneFace,
      &kTimersFace,
      &kTraceFace,
      &kUrlFace,
      &kWebSocketFace,
  }};
}

}  // namespace flamesim::web
