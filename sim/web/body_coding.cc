#include "sim/web/body_coding.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>

#include <cstring>
#include <optional>

#include "sim/js/error.h"

namespace flamesim::web {

namespace {

constexpr size_t kStep = 64 << 10;

constexpr char kGzipFailed[] = "Gzip decompression failed.";

struct CodingFailed {
  const char* message;
};

// One direction of one coding. Throws CodingFailed.
class Codec {
 public:
  virtual ~Codec() noexcept(false) = default;
  // Appends what comes of `in` to `out`; `last`: nothing follows.
  virtual void put(std::string_view in, bool last, std::string& out) = 0;
};

class Zlib : public Codec {
 public:
  Zlib() = default;
  Zlib(const Zlib&) = delete;

 protected:
  // Calls `step` until it has nothing more to do for what is in `in`. Returns its last status.
  template <typename Step>
  int run(std::string_view& in, std::string& out, Step step) {
    for (;;) {
      auto size = std::min<size_t>(in.size(), 1 << 30);  // zlib counts in 32 bits
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
      stream.avail_in = uInt(size);
      size_t before = out.size();
      out.resize(before + kStep);
      stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
      stream.avail_out = uInt(kStep);
      int status = step();
      out.resize(before + kStep - stream.avail_out);
      in.remove_prefix(size - stream.avail_in);
      if (status != Z_OK || (in.empty() && stream.avail_out > 0)) return status;
    }
  }

  z_stream stream{};
};

constexpr int kGzipBits = 16 + 15;

class GzipDecoder final : public Zlib {
 public:
  GzipDecoder() {
    if (inflateInit2(&stream, kGzipBits) != Z_OK) throw CodingFailed{kGzipFailed};
  }
  ~GzipDecoder() noexcept(false) override { inflateEnd(&stream); }

  void put(std::string_view in, bool last, std::string& out) override {
    while (!in.empty()) {
      // Members may follow each other (RFC 1952 section 2.2).
      if (ended && inflateReset(&stream) != Z_OK) throw CodingFailed{kGzipFailed};
      ended = false;
      int status = run(in, out, [this] { return inflate(&stream, Z_NO_FLUSH); });
      if (status == Z_STREAM_END) {
        ended = true;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        throw CodingFailed{kGzipFailed};
      }
    }
    if (last && !ended) throw CodingFailed{"Gzip compressed stream ended prematurely."};
  }

 private:
  bool ended = false;
};

class GzipEncoder final : public Zlib {
 public:
  GzipEncoder() {
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipBits, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw CodingFailed{"Gzip compression failed."};
    }
  }
  ~GzipEncoder() noexcept(false) override { deflateEnd(&stream); }

  void put(std::string_view in, bool last, std::string& out) override {
    run(in, out, [this, last] { return deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH); });
  }
};

class BrotliDecoder final : public Codec {
 public:
  BrotliDecoder() : state(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
  ~BrotliDecoder() noexcept(false) override { BrotliDecoderDestroyInstance(state); }
  BrotliDecoder(const BrotliDecoder&) = delete;

  void put(std::string_view in, bool last, std::string& out) override {
    auto next = reinterpret_cast<const uint8_t*>(in.data());
    size_t left = in.size();
    while (!ended) {
      size_t before = out.size();
      out.resize(before + kStep);
      auto* place = reinterpret_cast<uint8_t*>(out.data() + before);
      size_t room = kStep;
      auto status = BrotliDecoderDecompressStream(state, &left, &next, &room, &place, nullptr);
      out.resize(before + kStep - room);
      if (status == BROTLI_DECODER_RESULT_ERROR) throw CodingFailed{"Brotli decompression failed."};
      ended = status == BROTLI_DECODER_RESULT_SUCCESS;
      if (status == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) break;
    }
    if (left > 0 || (last && !ended)) {
      throw CodingFailed{"Brotli compressed stream ended prematurely."};
    }
  }

 private:
  BrotliDecoderState* const state;
  bool ended = false;
};

class BrotliEncoder final : public Codec {
 public:
  BrotliEncoder() : state(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 5);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, 19);
  }
  ~BrotliEncoder() noexcept(false) override { BrotliEncoderDestroyInstance(state); }
  BrotliEncoder(const BrotliEncoder&) = delete;

  void put(std::string_view in, bool last, std::string& out) override {
    auto next = reinterpret_cast<const uint8_t*>(in.data());
    size_t left = in.size();
    auto operation = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS;
    do {
      size_t before = out.size();
      out.resize(before + kStep);
      auto* place = reinterpret_cast<uint8_t*>(out.data() + before);
      size_t room = kStep;
      if (!BrotliEncoderCompressStream(state, operation, &left, &next, &room, &place, nullptr)) {
        throw CodingFailed{"Brotli compression failed."};
      }
      out.resize(before + kStep - room);
    } while (left > 0 || BrotliEncoderHasMoreOutput(state));
  }

 private:
  BrotliEncoderState* const state;
};

std::unique_ptr<Codec> decoderOf(BodyCoding coding) {
  switch (coding) {
    case BodyCoding::kGzip:
      return std::make_unique<GzipDecoder>();
    case BodyCoding::kBrotli:
      return std::make_unique<BrotliDecoder>();
    default:
      return nullptr;
  }
}

std::unique_ptr<Codec> encoderOf(BodyCoding coding) {
  switch (coding) {
    case BodyCoding::kGzip:
      return std::make_unique<GzipEncoder>();
    case BodyCoding::kBrotli:
      return std::make_unique<BrotliEncoder>();
    default:
      return nullptr;
  }
}

// From one coding to another, over the content itself.
class Recoder {
 public:
  Recoder(BodyCoding from, BodyCoding to) : decoder(decoderOf(from)), encoder(encoderOf(to)) {}

  void put(std::string_view in, bool last, std::string& out) {
    if (decoder == nullptr) return encoder->put(in, last, out);
    if (encoder == nullptr) return decoder->put(in, last, out);
    std::string content;
    decoder->put(in, last, content);
    encoder->put(content, last, out);
  }

 private:
  std::unique_ptr<Codec> decoder;
  std::unique_ptr<Codec> encoder;
};

class RecodedStream final : public kj::AsyncInputStream {
 public:
  RecodedStream(kj::Own<kj::AsyncInputStream> inner, BodyCoding from, BodyCoding to)
      : inner(kj::mv(inner)), recoder(from, to), input(kStep, '\0') {}

  kj::Promise<size_t> tryRead(void* buffer, size_t minBytes, size_t maxBytes) override {
    return readSome(static_cast<char*>(buffer), minBytes, maxBytes, 0);
  }

 private:
  kj::Promise<size_t> readSome(char* buffer, size_t minBytes, size_t maxBytes, size_t have) {
    size_t n = std::min(maxBytes - have, output.size() - at);
    std::memcpy(buffer + have, output.data() + at, n);
    at += n;
    have += n;
    if (have >= minBytes || ended) return have;
    return inner->tryRead(input.data(), 1, input.size())
        .then([this, buffer, minBytes, maxBytes, have](size_t size) -> kj::Promise<size_t> {
          output.clear();
          at = 0;
          ended = size == 0;
          try {
            recoder.put({input.data(), size}, ended, output);
          } catch (const CodingFailed& failed) {
            ended = true;
            return js::rejection("TypeError", failed.message);
          }
          return readSome(buffer, minBytes, maxBytes, have);
        });
  }

  kj::Own<kj::AsyncInputStream> inner;
  Recoder recoder;
  std::string input;
  std::string output;
  size_t at = 0;
  bool ended = false;
};

}  // namespace

BodyCoding bodyCodingOf(const net::HeaderList& headers) {
  auto* value = headers.first("content-encoding");
  if (value == nullptr) return BodyCoding::kIdentity;
  if (*value == "gzip") return BodyCoding::kGzip;
  if (*value == "br") return BodyCoding::kBrotli;
  return BodyCoding::kIdentity;
}

net::Body recode(net::Body body, BodyCoding from, BodyCoding to) {
  if (from == to || body.isNull()) return body;
  if (auto bytes = body.sharedBytes()) {
    try {
      std::string out;
      Recoder(from, to).put(*bytes, true, out);
      return net::Body::fromBytes(std::move(out));
    } catch (const CodingFailed&) {
      // Read as a stream it fails there.
    }
  }
  return net::Body::fromStream(kj::heap<RecodedStream>(body.takeStream(), from, to));
}

}  // namespace flamesim::web
