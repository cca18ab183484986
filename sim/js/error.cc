#include "sim/js/error.h"

#include "sim/js/face.h"
#include "sim/js/isolate.h"

namespace flamesim::js {

namespace {
// Marks a rejection's type in the text of a kj::Exception: "\x01TypeError\x01message".
constexpr char kMark = '\x01';

v8::Local<v8::String> toString(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal, int(text.size()))
      .ToLocalChecked();
}
}  // namespace

kj::Exception rejection(std::string_view type, std::string_view message) {
  std::string text;
  text += kMark;
  text += type;
  text += kMark;
  text += message;
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(text.c_str()));
}

v8::Local<v8::Value> errorValue(v8::Isolate* isolate, std::string_view type,
                                std::string_view message) {
  auto text = toString(isolate, message);
  if (type == "Error") return v8::Exception::Error(text);
  if (type == "TypeError") return v8::Exception::TypeError(text);
  if (type == "RangeError") return v8::Exception::RangeError(text);
  if (type == "SyntaxError") return v8::Exception::SyntaxError(text);
  // Everything else is a DOMException of that name.
  auto context = isolate->GetCurrentContext();
  v8::Local<v8::Value> constructor;
  if (context->Global()->Get(context, toString(isolate, "DOMException")).ToLocal(&constructor) &&
      constructor->IsFunction()) {
    v8::Local<v8::Value> arguments[] = {text, toString(isolate, type)};
    v8::Local<v8::Object> error;
    if (constructor.As<v8::Function>()->NewInstance(context, 2, arguments).ToLocal(&error)) {
      return error;
    }
  }
  return v8::Exception::Error(text);
}

v8::Local<v8::Value> errorValue(v8::Isolate* isolate, const kj::Exception& exception) {
  std::string_view text(exception.getDescription().cStr(), exception.getDescription().size());
  size_t start = text.find(kMark);
  if (start != std::string_view::npos) {
    size_t end = text.find(kMark, start + 1);
    if (end != std::string_view::npos) {
      return errorValue(isolate, text.substr(start + 1, end - start - 1), text.substr(end + 1));
    }
  }
  return v8::Exception::Error(toString(isolate, text));
}

void throwToJs(v8::Isolate* isolate) {
  try {
    throw;
  } catch (const Pending&) {
    // V8 has the exception already.
  } catch (const Throw& error) {
    isolate->ThrowException(errorValue(isolate, error.type, error.message));
  } catch (const kj::Exception& error) {
    isolate->ThrowException(errorValue(isolate, error));
  } catch (const Uncaught& error) {
    isolate->ThrowException(errorValue(isolate, error.report.name, error.report.message));
  } catch (const Terminated&) {
    isolate->TerminateExecution();
  } catch (const std::exception& error) {
    isolate->ThrowException(errorValue(isolate, "Error", error.what()));
  }
}

}  // namespace flamesim::js
