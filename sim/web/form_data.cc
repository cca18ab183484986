// The native half of form_data.js.
#include "sim/js/face.h"
#include "sim/net/url_search_params.h"
#include "sim/web/io_context.h"
#include "sim/web/multipart.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

// -> [[name, text | Uint8Array, filename | null, type], ...]
v8::Local<v8::Value> parse(js::Lock& js, std::string contentType, v8::Local<v8::Value> bytes) {
  auto boundary = multipartBoundary(contentType);
  if (!boundary) {
    throw js::Throw("TypeError",
                    "No boundary string in Content-Type header. The multipart/form-data MIME type "
                    "requires a boundary parameter, e.g. 'Content-Type: multipart/form-data; "
                    "boundary=\"abcd\"'. See RFC 7578, section 4.");
  }
  auto view = js::viewOf(bytes);
  if (!view) throw js::Throw("TypeError", "The body must be bytes.");
  std::string error;
  auto parts =
      parseMultipart({reinterpret_cast<const char*>(view->data()), view->size()}, *boundary, error);
  if (!parts) throw js::Throw("TypeError", error);
  std::vector<v8::Local<v8::Value>> entries;
  for (auto& part : *parts) {
    v8::Local<v8::Value> content = part.filename
                                       ? js::Convert<js::Bytes>::to(js, {std::move(part.content)})
                                       : js.str(part.content).As<v8::Value>();
    v8::Local<v8::Value> filename = v8::Null(js.isolate);
    if (part.filename) filename = js.str(*part.filename);
    v8::Local<v8::Value> entry[] = {js.str(part.name), content, filename, js.str(part.type)};
    entries.push_back(v8::Array::New(js.isolate, entry, std::size(entry)));
  }
  return v8::Array::New(js.isolate, entries.data(), entries.size());
}

v8::Local<v8::Value> parseUrlencoded(js::Lock& js, v8::Local<v8::Value> bytes) {
  auto view = js::viewOf(bytes);
  if (!view) throw js::Throw("TypeError", "The body must be bytes.");
  auto params =
      net::UrlSearchParams::parse({reinterpret_cast<const char*>(view->data()), view->size()});
  std::vector<v8::Local<v8::Value>> flat;
  for (auto& [name, value] : params.all()) {
    flat.push_back(js.str(name));
    flat.push_back(js.str(value));
  }
  return v8::Array::New(js.isolate, flat.data(), flat.size());
}

// A boundary that no part contains, from the request's random source; a fixed series outside of
// one.
std::string newBoundary(js::Lock& js, const std::vector<FormPart>& parts) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  auto* execution = js.owner.current();
  Random fixed(0);
  Random& random = execution == nullptr ? fixed : static_cast<IoContext*>(execution)->random();
  for (;;) {
    std::string boundary;
    for (int half = 0; half < 2; ++half) {
      for (uint64_t i = 0, word = random.next(); i < 16; ++i, word >>= 4) {
        boundary += kDigits[word & 15];
      }
    }
    bool occurs = false;
    for (auto& part : parts) occurs |= part.content.find(boundary) != std::string::npos;
    if (!occurs) return boundary;
  }
}

// [[name, text] | [name, Uint8Array, filename, type], ...] -> [Uint8Array, boundary]
v8::Local<v8::Value> format(js::Lock& js, v8::Local<v8::Array> entries) {
  std::vector<FormPart> parts;
  for (uint32_t i = 0; i < entries->Length(); ++i) {
    auto entry = js::check(entries->Get(js.context, i)).As<v8::Array>();
    auto item = [&](uint32_t at) { return js::check(entry->Get(js.context, at)); };
    FormPart part{.name = js.text(item(0))};
    if (entry->Length() > 2) {
      part.content = js::bytesOf(js, item(1)).data;
      part.filename = js.text(item(2));
      part.type = js.text(item(3));
    } else {
      part.content = js.text(item(1));
    }
    parts.push_back(std::move(part));
  }
  std::string boundary = newBoundary(js, parts);
  v8::Local<v8::Value> result[] = {
      js::Convert<js::Bytes>::to(js, {formatMultipart(parts, boundary)}), js.str(boundary)};
  return v8::Array::New(js.isolate, result, 2);
}

const js::FunctionEntry kFormDataFunctions[] = {
    js::function<parse>("parseMultipart"),
    js::function<parseUrlencoded>("parseUrlencoded"),
    js::function<format>("formatMultipart"),
};

}  // namespace

const js::NamespaceFace kFormDataFace{"formData", kFormDataFunctions};

}  // namespace flamesim::web
