// Every native namespace of the Web APIs, by name; native.js lists the same names.
#pragma once

#include "sim/js/native.h"

namespace flamesim::web {

js::Faces webFaces();

}  // namespace flamesim::web
