// JavaScript errors in C++ and C++ errors in JavaScript. They meet at one boundary: the glue of
// face.h and promise.h, which turns what C++ throws into what JavaScript catches.
#pragma once

#include <kj/exception.h>
#include <v8.h>

#include <exception>
#include <string>

namespace flamesim::js {

// Thrown by native functions for an error of the given JavaScript type:
//   throw Throw("TypeError", "Invalid URL");
// `type`: a constructor on the global object, or the name of a DOMException ("DataCloneError").
class Throw final : public std::exception {
 public:
  Throw(std::string type, std::string message)
      : type(std::move(type)), message(std::move(message)) {}
  const char* what() const noexcept override { return message.c_str(); }
  const std::string type;
  const std::string message;
};

// A JavaScript exception is already pending in the isolate: unwinds C++ back to the boundary.
class Pending final : public std::exception {};

// A rejection of the given JavaScript type for promises of KJ; errorValue() knows it again.
kj::Exception rejection(std::string_view type, std::string_view message);

// The JavaScript value for a C++ error, in the current context.
v8::Local<v8::Value> errorValue(v8::Isolate* isolate, std::string_view type,
                                std::string_view message);
v8::Local<v8::Value> errorValue(v8::Isolate* isolate, const kj::Exception& exception);

// What a JavaScript error says, as plain values.
struct ErrorReport {
  std::string name;        // "TypeError"
  std::string message;     // "x is not a function"
  std::string stack;       // as in JavaScript, positions mapped through source maps; may be empty
  std::string file;        // of the topmost known position
  uint32_t line = 0;       // from 1; 0: unknown
  uint32_t column = 0;     // from 1; 0: unknown
  std::string sourceLine;  // text of the line; empty: unknown
  std::string text() const { return name.empty() ? message : name + ": " + message; }
};

}  // namespace flamesim::js
