// The native half of compression.js: zlib and Brotli, a chunk at a time.
#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>

#include "sim/js/face.h"
#include "sim/web/namespaces.h"

namespace flamesim::web {

namespace {

// Output that nobody has read. Above it input waits, so that neither a writer who does not read nor
// a small input that expands to much takes more memory than this.
constexpr size_t kMaxOutput = 16 << 20;
constexpr size_t kCoderStep = 16 << 10;

// One direction of one format. `input` loses what was consumed.
class Coder {
 public:
  struct Step {
    size_t produced = 0;
    bool failed = false;
    bool ended = false;  // of the compressed data
  };
  virtual ~Coder() = default;
  virtual Step step(std::string_view& input, std::span<uint8_t> output, bool last) = 0;
};

class ZlibCoder final : public Coder {
 public:
  using Run = int (*)(z_stream*, int);
  using End = int (*)(z_stream*);
  ZlibCoder(bool compress, int windowBits)
      : run(compress ? &deflate : &inflate), end(compress ? &deflateEnd : &inflateEnd) {
    constexpr int kMemoryLevel = 8;
    int status = compress ? deflateInit2(&state, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits,
                                         kMemoryLevel, Z_DEFAULT_STRATEGY)
                          : inflateInit2(&state, windowBits);
    if (status != Z_OK) throw js::Throw("Error", "Failed to initialize compression context.");
  }
  ~ZlibCoder() override { end(&state); }

  Step step(std::string_view& input, std::span<uint8_t> output, bool last) override {
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    state.avail_in = uInt(input.size());
    state.next_out = output.data();
    state.avail_out = uInt(output.size());
    int status = run(&state, last ? Z_FINISH : Z_NO_FLUSH);
    input.remove_prefix(input.size() - state.avail_in);
    return {.produced = output.size() - state.avail_out,
            .failed = status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END,
            .ended = status == Z_STREAM_END};
  }

 private:
  z_stream state{};
  Run run;
  End end;
};

class BrotliCompressor final : public Coder {
 public:
  Step step(std::string_view& input, std::span<uint8_t> output, bool last) override {
    size_t left = input.size();
    auto* in = reinterpret_cast<const uint8_t*>(input.data());
    size_t room = output.size();
    uint8_t* out = output.data();
    bool done = BrotliEncoderCompressStream(
                    state.get(), last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS, &left,
                    &in, &room, &out, nullptr) == BROTLI_TRUE;
    input.remove_prefix(input.size() - left);
    return {.produced = output.size() - room,
            .failed = !done,
            .ended = BrotliEncoderIsFinished(state.get()) == BROTLI_TRUE};
  }

 private:
  struct Destroy {
    void operator()(BrotliEncoderState* s) const { BrotliEncoderDestroyInstance(s); }
  };
  std::unique_ptr<BrotliEncoderState, Destroy> state{
      BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)};
};

class BrotliDecompressor final : public Coder {
 public:
  Step step(std::string_view& input, std::span<uint8_t> output, bool) override {
    size_t left = input.size();
    auto* in = reinterpret_cast<const uint8_t*>(input.data());
    size_t room = output.size();
    uint8_t* out = output.data();
    auto result = BrotliDecoderDecompressStream(state.get(), &left, &in, &room, &out, nullptr);
    input.remove_prefix(input.size() - left);
    return {.produced = output.size() - room,
            .failed = result == BROTLI_DECODER_RESULT_ERROR,
            .ended = result == BROTLI_DECODER_RESULT_SUCCESS};
  }

 private:
  struct Destroy {
    void operator()(BrotliDecoderState* s) const { BrotliDecoderDestroyInstance(s); }
  };
  std::unique_ptr<BrotliDecoderState, Destroy> state{
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
};

std::unique_ptr<Coder> makeCoder(std::string_view format, bool compress) {
  constexpr int kWindowBits = 15;  // the largest; 16 more asks for gzip, a minus for no wrapper
  if (format == "deflate") return std::make_unique<ZlibCoder>(compress, kWindowBits);
  if (format == "deflate-raw") return std::make_unique<ZlibCoder>(compress, -kWindowBits);
  if (format == "gzip") return std::make_unique<ZlibCoder>(compress, kWindowBits + 16);
  if (format != "brotli") {
    throw js::Throw(
        "TypeError",
        "The compression format must be either 'deflate', 'deflate-raw', 'gzip' or 'brotli'.");
  }
  if (compress) return std::make_unique<BrotliCompressor>();
  return std::make_unique<BrotliDecompressor>();
}

// What the garbage collector is told that a coder holds beside its output.
int64_t heldBytes(std::string_view format, bool compress) {
  if (format == "brotli") return compress ? 8 << 20 : 1 << 20;
  return compress ? 256 << 10 : 48 << 10;
}

// Bytes in, bytes out. write() and end() say whether all input was taken in; where it was not,
// read() goes on with it. All three throw what the format says of wrong data.
class Codec final : public js::NativeObject {
 public:
  static const js::ClassFace kFace;
  Codec(v8::Isolate* isolate, std::string_view format, bool compress)
      : isolate(isolate),
        compress(compress),
        held(heldBytes(format, compress)),
        coder(makeCoder(format, compress)) {
    isolate->AdjustAmountOfExternalAllocatedMemory(held);
  }
  ~Codec() noexcept(false) override { isolate->AdjustAmountOfExternalAllocatedMemory(-held); }

  bool write(v8::Local<v8::Value> chunk) {
    auto bytes = js::viewOf(chunk);
    if (!bytes) throw js::Throw("TypeError", "The chunk is not bytes.");
    std::string_view input{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
    pump(input);
    rest.assign(input);
    return rest.empty();
  }

  bool end() {
    last = true;
    return pumpRest();
  }

  // At most that many bytes; nothing where there are none (yet, or any more: see `ended`).
  std::optional<v8::Local<v8::Value>> read(js::Lock& js, uint32_t maxBytes) {
    if (output.size() - at < maxBytes && !idle()) pumpRest();
    size_t size = std::min<size_t>(maxBytes, output.size() - at);
    if (size == 0) return std::nullopt;
    auto buffer = js::newArrayBuffer(js, std::string_view(output).substr(at, size));
    at += size;
    if (at == output.size()) {
      output.clear();
      at = 0;
    } else if (at >= output.size() / 2) {
      output.erase(0, at);
      at = 0;
    }
    return v8::Uint8Array::New(buffer, 0, size);
  }

  // Nothing is left to be taken in.
  bool idle() const { return rest.empty() && (!last || finished); }
  // Nothing will come out any more.
  bool ended() const { return last && finished && at == output.size(); }

 private:
  bool pumpRest() {
    std::string_view input = rest;
    bool done = pump(input);
    rest.erase(0, rest.size() - input.size());
    return done;
  }

  // Until the input is used up or the output is full; true where nothing is left to be done.
  bool pump(std::string_view& input) {
    for (;;) {
      if (finished) return true;
      if (dataEnded) {
        if (!input.empty()) {
          throw js::Throw("TypeError", "Trailing bytes after end of compressed data");
        }
        finished = last;
        return true;
      }
      if (output.size() - at >= kMaxOutput) return false;
      size_t had = output.size();
      size_t inputHad = input.size();
      output.resize(had + kCoderStep);
      auto step =
          coder->step(input, {reinterpret_cast<uint8_t*>(output.data()) + had, kCoderStep}, last);
      output.resize(had + step.produced);
      if (step.failed) {
        throw js::Throw("TypeError", compress ? "Compression failed." : "Decompression failed.");
      }
      dataEnded = step.ended;
      if (dataEnded || step.produced > 0 || input.size() < inputHad) continue;
      if (!last) return true;
      throw js::Throw("TypeError", "Called close() on a decompression stream with incomplete data");
    }
  }

  v8::Isolate* const isolate;
  const bool compress;
  const int64_t held;
  const std::unique_ptr<Coder> coder;
  std::string rest;  // input that waits for room in the output
  std::string output;
  size_t at = 0;  // of the output: what was read
  bool last = false;
  bool dataEnded = false;
  bool finished = false;
};
const js::FunctionEntry kCodecMethods[] = {
    js::method<&Codec::write>("write"), js::method<&Codec::end>("end"),
    js::method<&Codec::read>("read"),   js::method<&Codec::idle>("idle"),
    js::method<&Codec::ended>("ended"),
};
const js::ClassFace Codec::kFace{"Codec", kCodecMethods};

std::unique_ptr<Codec> createCodec(js::Lock& js, std::string format, bool compress) {
  js.owner.currentOrThrow();
  return std::make_unique<Codec>(js.isolate, format, compress);
}

const js::FunctionEntry kCompressionFunctions[] = {js::function<createCodec>("createCodec")};

}  // namespace

const js::NamespaceFace kCompressionFace{"compression", kCompressionFunctions};

}  // namespace flamesim::web
