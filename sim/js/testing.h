// What tests of this floor share: V8 without the Web APIs.
#pragma once

#include "sim/js/isolate.h"

namespace flamesim::js::testing {

// V8 of this test process, with a runtime of a few lines.
const Engine& engine();

// The script's value as text.
std::string run(Isolate& isolate, Execution* execution, const char* script);

}  // namespace flamesim::js::testing
