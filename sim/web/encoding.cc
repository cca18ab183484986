// The native half of encoding.js.
#include <openssl/evp.h>

#include <array>
#include <cstring>

#include "sim/js/face.h"
#include "sim/web/encoding_labels.h"
#include "sim/web/legacy_decoder.h"
#include "sim/web/namespaces.h"
#include "sim/web/utf8.h"

namespace flamesim::web {

namespace {

std::string_view viewBytes(v8::Local<v8::Value> value) {
  auto view = js::viewOf(value);
  if (!view) throw js::Throw("TypeError", "The argument is not an ArrayBuffer or a view of one.");
  return {reinterpret_cast<const char*>(view->data()), view->size()};
}

[[noreturn]] void failDecoding() {
  throw js::Throw("TypeError", "Failed to decode input.");
}

v8::Local<v8::String> utf16String(js::Lock& js, std::u16string_view text) {
  v8::Local<v8::String> result;
  if (!v8::String::NewFromTwoByte(js.isolate, reinterpret_cast<const uint16_t*>(text.data()),
                                  v8::NewStringType::kNormal, int(text.size()))
           .ToLocal(&result)) {
    throw js::Throw("RangeError", "Invalid string length");
  }
  return result;
}

v8::Local<v8::Value> encode(js::Lock& js, v8::Local<v8::String> text) {
  int length = text->Length();
  // One byte a character is a good guess: the buffer is right for ASCII, the common case.
  if (text->IsOneByte()) {
    auto buffer = js::uninitializedArrayBuffer(js, size_t(length));
    auto* data = static_cast<uint8_t*>(buffer->GetBackingStore()->Data());
    text->WriteOneByte(js.isolate, data, 0, length, v8::String::NO_NULL_TERMINATION);
    if (isAscii({reinterpret_cast<char*>(data), size_t(length)})) {
      return v8::Uint8Array::New(buffer, 0, size_t(length));
    }
  }
  size_t size = size_t(text->Utf8Length(js.isolate));
  auto buffer = js::uninitializedArrayBuffer(js, size);
  text->WriteUtf8(js.isolate, static_cast<char*>(buffer->GetBackingStore()->Data()), int(size),
                  nullptr, v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  return v8::Uint8Array::New(buffer, 0, size);
}

v8::Local<v8::Value> encodeInto(js::Lock& js, v8::Local<v8::String> text,
                                v8::Local<v8::Value> destination) {
  auto out = js::viewOf(destination);
  if (!out) throw js::Throw("TypeError", "The destination is not a Uint8Array.");
  int read = 0;
  int written =
      text->WriteUtf8(js.isolate, reinterpret_cast<char*>(out->data()), int(out->size()), &read,
                      v8::String::NO_NULL_TERMINATION | v8::String::REPLACE_INVALID_UTF8);
  v8::Local<v8::Value> counts[] = {v8::Integer::New(js.isolate, read),
                                   v8::Integer::New(js.isolate, written)};
  return v8::Array::New(js.isolate, counts, 2);
}

bool isUint8Array(v8::Local<v8::Value> value) {
  return value->IsUint8Array();
}

bool isBufferSource(v8::Local<v8::Value> value) {
  return value->IsArrayBufferView() || value->IsArrayBuffer() || value->IsSharedArrayBuffer();
}

v8::Local<v8::String> decodeUtf8(js::Lock& js, v8::Local<v8::Value> source, bool fatal,
                                 bool ignoreBom) {
  std::string_view bytes = viewBytes(source);
  if (!ignoreBom && bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (fatal && !isValidUtf8(bytes)) failDecoding();
  return js.str(bytes);
}

// Bytes that come in pieces. decode() throws for invalid input when `fatal`, and starts anew.
class Decoder final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  Decoder(std::string encoding, bool fatal, bool ignoreBom)
      : encoding(std::move(encoding)), fatal(fatal), ignoreBom(ignoreBom) {
    if (!this->encoding.starts_with("utf-")) legacy = makeLegacyDecoder(this->encoding);
  }

  v8::Local<v8::String> decode(js::Lock& js, v8::Local<v8::Value> source, bool more) {
    std::string input = std::move(rest);
    rest.clear();
    if (!source->IsUndefined()) input += viewBytes(source);
    try {
      if (encoding == "utf-8") return utf8(js, input, more);
      std::u16string text = legacy != nullptr ? legacyText(input, more) : utf16(input, more);
      std::u16string_view shown = text;
      if (!bomSeen && !shown.empty() && encoding.starts_with("utf-16")) {
        if (!ignoreBom && shown[0] == 0xfeff) shown.remove_prefix(1);
        bomSeen = true;
      }
      if (!more) bomSeen = false;
      return utf16String(js, shown);
    } catch (...) {
      rest.clear();
      bomSeen = false;
      if (legacy != nullptr) legacy->reset();
      throw;
    }
  }

 private:
  v8::Local<v8::String> utf8(js::Lock& js, std::string& input, bool more) {
    if (more) {
      size_t tail = incompleteUtf8Tail(input);
      rest = input.substr(input.size() - tail);
      input.resize(input.size() - tail);
    }
    std::string_view bytes = input;
    if (!bomSeen && !bytes.empty()) {
      if (!ignoreBom && bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
      bomSeen = true;
    }
    if (!more) bomSeen = false;
    if (fatal && !isValidUtf8(bytes)) failDecoding();
    return js.str(bytes);
  }

  std::u16string utf16(std::string& input, bool more) {
    bool big = encoding == "utf-16be";
    std::u16string text;
    text.reserve(input.size() / 2 + 1);
    size_t i = 0;
    auto unit = [&](size_t at) {
      auto a = uint8_t(input[at]);
      auto b = uint8_t(input[at + 1]);
      return char16_t(big ? a << 8 | b : b << 8 | a);
    };
    auto invalid = [&] {
      if (fatal) failDecoding();
      text += u'\ufffd';
    };
    while (i + 1 < input.size()) {
      char16_t c = unit(i);
      if (c >= 0xd800 && c <= 0xdbff) {
        if (i + 3 >= input.size()) {
          if (more) break;
          // The end cuts a pair in two: one error, the odd byte behind it included.
          invalid();
          return text;
        }
        char16_t low = unit(i + 2);
        if (low >= 0xdc00 && low <= 0xdfff) {
          text += c;
          text += low;
          i += 4;
          continue;
        }
        invalid();
      } else if (c >= 0xdc00 && c <= 0xdfff) {
        invalid();
      } else {
        text += c;
      }
      i += 2;
    }
    if (more) {
      rest = input.substr(i);
    } else if (i < input.size()) {
      invalid();
    }
    return text;
  }

  std::u16string legacyText(std::string_view input, bool more) {
    std::u16string text;
    text.reserve(input.size());
    while (!input.empty()) {
      auto step = legacy->next(input);
      if (step.consumed == 0) {
        if (more) break;
        step.consumed = legacy->cutOff(input);
      }
      input.remove_prefix(step.consumed);
      if (step.silent) continue;
      if (step.first == LegacyDecoder::kError) {
        if (fatal) failDecoding();
        text += u'\ufffd';
        continue;
      }
      append(text, step.first);
      if (step.second != 0) append(text, step.second);
    }
    rest = input;
    if (!more) legacy->reset();
    return text;
  }

  static void append(std::u16string& text, char32_t c) {
    if (c < 0x10000) {
      text += char16_t(c);
    } else {
      text += char16_t(0xd800 + ((c - 0x10000) >> 10));
      text += char16_t(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }

  const std::string encoding;
  const bool fatal;
  const bool ignoreBom;
  std::string rest;      // bytes of an unfinished character
  bool bomSeen = false;  // the start of the stream is past
  std::unique_ptr<LegacyDecoder> legacy;
};
const js::FunctionEntry kDecoderMethods[] = {js::method<&Decoder::decode>("decode")};
const js::ClassFace Decoder::kFace{"Decoder", kDecoderMethods};

std::unique_ptr<Decoder> createDecoder(std::string encoding, bool fatal, bool ignoreBom) {
  return std::make_unique<Decoder>(std::move(encoding), fatal, ignoreBom);
}

std::optional<std::string> nameOf(std::string label) {
  auto name = encodingOfLabel(label);
  if (!name) return std::nullopt;
  return std::string(*name);
}

js::ByteString btoa(js::ByteString bytes) {
  std::string text(4 * ((bytes.data.size() + 2) / 3) + 1, '\0');
  int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                               reinterpret_cast<const unsigned char*>(bytes.data.data()),
                               int(bytes.data.size()));
  text.resize(size_t(length));
  return {std::move(text)};
}

// The forgiving decoder; nothing for what is not base64.
std::optional<js::ByteString> atob(js::ByteString text) {
  static constexpr auto kValues = [] {
    std::array<int8_t, 256> values{};
    values.fill(-1);
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < kAlphabet.size(); ++i) values[uint8_t(kAlphabet[i])] = int8_t(i);
    return values;
  }();
  std::string& data = text.data;
  std::erase_if(
      data, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; });
  if (data.size() % 4 == 0) {
    for (int i = 0; i < 2 && data.ends_with('='); ++i) data.pop_back();
  }
  if (data.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(data.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (char c : data) {
    int8_t value = kValues[uint8_t(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | uint32_t(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += char(bits >> count & 0xff);
    }
  }
  return js::ByteString{std::move(bytes)};
}

const js::FunctionEntry kEncodingFunctions[] = {
    js::function<encode>("encode"),
    js::function<encodeInto>("encodeInto"),
    js::function<isUint8Array>("isUint8Array"),
    js::function<isBufferSource>("isBufferSource"),
    js::function<decodeUtf8>("decodeUtf8"),
    js::function<createDecoder>("createDecoder"),
    js::function<nameOf>("nameOf"),
    js::function<btoa>("btoa"),
    js::function<atob>("atob"),
};

}  // namespace

const js::NamespaceFace kEncodingFace{"encoding", kEncodingFunctions};

}  // namespace flamesim::web
