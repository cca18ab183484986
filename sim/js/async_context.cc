#include "sim/js/async_context.h"

#include "sim/js/face.h"
#include "sim/js/v8_version.h"

namespace flamesim::js {

static v8::Local<v8::Value> get(Lock& js) {
  return continuationData(js.context);
}

static void set(Lock& js, v8::Local<v8::Value> frame) {
  setContinuationData(js.context, frame);
}

static const FunctionEntry kFunctions[] = {function<get>("get"), function<set>("set")};
const NamespaceFace kAsyncContextFace{"asyncContext", kFunctions};

}  // namespace flamesim::js
