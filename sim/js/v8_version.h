// The one place for what differs between the V8 versions that flamesim builds with: 10.2 (Debian
// 12's libnode108) and 11.3 (Debian 13's libnode115).
#pragma once

#include <v8.h>

#define FLAMESIM_V8_AT_LEAST(major, minor) \
  (V8_MAJOR_VERSION > (major) || (V8_MAJOR_VERSION == (major) && V8_MINOR_VERSION >= (minor)))

namespace flamesim::js {

inline v8::Local<v8::Value> continuationData(v8::Local<v8::Context> context) {
  return context->GetContinuationPreservedEmbedderData();
}
inline void setContinuationData(v8::Local<v8::Context> context, v8::Local<v8::Value> data) {
  context->SetContinuationPreservedEmbedderData(data);
}

}  // namespace flamesim::js
