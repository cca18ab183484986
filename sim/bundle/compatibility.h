// What a worker's compatibility date and flags ask of the runtime.
#pragma once

#include "sim/bundle/bundle.h"

namespace flamesim::bundle {

// Production's nodejs_compat (there by itself from 2026-08-04 on), nodejs_compat_v2 (which the
// first implies from 2024-09-23 on) and nodejs_als. A bundle without a date is as of today.
struct NodeCompatibility {
  bool modules = false;       // "node:*" can be imported
  bool asyncHooks = false;    // "node:async_hooks" can be
  bool bareNames = false;     // "buffer" is "node:buffer"; Buffer, process, global are globals
  bool populatesEnv = false;  // process.env has the bindings that are text or JSON
};

NodeCompatibility nodeCompatibility(const Bundle& bundle);

}  // namespace flamesim::bundle
