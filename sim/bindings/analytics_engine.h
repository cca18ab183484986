// The binding of a data set of Workers Analytics Engine: env.X.writeDataPoint({indexes, blobs,
// doubles}) checks the point and sends it, fire and forget, under waitUntil. Limits and texts are
// those of production (cloudflare/workerd, src/workerd/api/analytics-engine*): one index of at most
// 96 bytes, 20 doubles, 20 blobs of 16000 bytes together, 25 points a request.
#pragma once

#include "sim/bindings/capability_port.h"

namespace flamesim::bindings {

// `port`: takes the messages (member analyticsEngine of LogMessage) and outlives the worker;
// nullptr: points go nowhere. They are effects either way.
v8::Local<v8::Value> makeAnalyticsEngine(js::Lock& js, std::string dataset, CapabilityPort* port);

}  // namespace flamesim::bindings
