#include "sim/js/snapshot.h"

#include <v8.h>

#include <stdexcept>

namespace flamesim::js {

std::string buildSnapshot(std::string_view script, std::string_view fileName) {
  v8::SnapshotCreator creator;
  v8::Isolate* isolate = creator.GetIsolate();
  {
    v8::HandleScope handles(isolate);
    auto context = v8::Context::New(isolate);
    v8::Context::Scope scope(context);
    v8::TryCatch caught(isolate);
    auto text = [&](std::string_view s) {
      return v8::String::NewFromUtf8(isolate, s.data(), v8::NewStringType::kNormal, int(s.size()))
          .ToLocalChecked();
    };
    // It is there before the script declares it: what `var` makes could not be removed.
    auto key = text("__runtime");
    context->Global()->Set(context, key, v8::Undefined(isolate)).Check();
    v8::ScriptOrigin origin(isolate, text(fileName));
    v8::Local<v8::Script> compiled;
    v8::Local<v8::Value> result;
    if (!v8::Script::Compile(context, text(script), &origin).ToLocal(&compiled) ||
        !compiled->Run(context).ToLocal(&result)) {
      v8::String::Utf8Value what(isolate, caught.Exception());
      int line =
          caught.Message().IsEmpty() ? 0 : caught.Message()->GetLineNumber(context).FromMaybe(0);
      throw std::runtime_error(std::string(fileName) + ":" + std::to_string(line) + ": " +
                               (*what == nullptr ? "the script failed" : *what));
    }
    v8::Local<v8::Value> exports;
    if (!context->Global()->Get(context, key).ToLocal(&exports) || !exports->IsObject()) {
      throw std::runtime_error("the runtime script left no object in __runtime");
    }
    if (!context->Global()->Delete(context, key).FromMaybe(false)) {
      throw std::runtime_error("__runtime cannot be taken from the global scope");
    }
    creator.SetDefaultContext(context);
    creator.AddData(context, exports.As<v8::Object>());
  }
  v8::StartupData data = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  if (data.data == nullptr) throw std::runtime_error("V8 made no snapshot");
  std::string blob(data.data, size_t(data.raw_size));
  delete[] data.data;
  return blob;
}

}  // namespace flamesim::js
