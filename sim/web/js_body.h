// Bodies and header values on their way between JavaScript and native messages.
#pragma once

#include "sim/js/face.h"
#include "sim/web/io_context.h"

namespace flamesim::web {

// A body whose bytes come from a JavaScript object with read(): Promise<bytes | null> and
// cancel(reason), and perhaps length: number. It keeps the current request alive until it is read
// or dropped.
net::Body bodyFromJs(js::Lock& js, v8::Local<v8::Object> source);

// The text of a header value: UTF-8 where the bytes are that, else one character for each byte.
v8::Local<v8::Value> headerText(js::Lock& js, const std::string& value);

}  // namespace flamesim::web
