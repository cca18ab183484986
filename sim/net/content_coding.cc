#include "sim/net/content_coding.h"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "sim/net/message.h"
#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

constexpr size_t kStep = 64 << 10;
constexpr size_t kMostCodings = 8;  // a longer list is an attack, not a message

Diagnostic failure(std::string_view coding, std::string_view what) {
  return Diagnostic{.message = "content coding " + std::string(coding) + ": " + std::string(what)};
}
Diagnostic overLimit(std::string_view coding, uint64_t limit) {
  return failure(coding, "the content is larger than " + std::to_string(limit) + " bytes");
}

constexpr std::string_view kCutOff = "the data is cut off";
constexpr std::string_view kTrailing = "other bytes follow the data";

// Grows as a decoder writes into it, to one byte more than the limit at most.
class Output {
 public:
  explicit Output(uint64_t limit) : limit(limit) {}
  bool overLimit() const { return used > limit; }
  char* space() {
    if (used == text.size()) {
      uint64_t most = std::max(limit, limit + 1);
      text.resize(std::min<uint64_t>(most, text.size() + std::max(kStep, text.size())));
    }
    return text.data() + used;
  }
  size_t spaceSize() const { return text.size() - used; }
  void advance(size_t n) { used += n; }
  std::string take() {
    text.resize(used);
    return std::move(text);
  }

 private:
  const uint64_t limit;
  std::string text;
  size_t used = 0;
};

// `windowBits` as of inflateInit2: 16 + 15 gzip, 15 zlib, -15 bare deflate.
Result<std::string> inflateAll(std::string_view coding, std::string_view bytes, int windowBits,
                               uint64_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, windowBits) != Z_OK) return failure(coding, "zlib cannot start");
  std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  Output output(limit);
  std::string_view rest = bytes;
  while (true) {
    // zlib counts in 32 bits.
    auto in = std::min<size_t>(rest.size(), 1 << 30);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest.data()));
    stream.avail_in = uInt(in);
    stream.next_out = reinterpret_cast<Bytef*>(output.space());
    auto out = std::min<size_t>(output.spaceSize(), 1 << 30);
    stream.avail_out = uInt(out);
    int status = inflate(&stream, Z_NO_FLUSH);
    output.advance(out - stream.avail_out);
    rest.remove_prefix(in - stream.avail_in);
    if (output.overLimit()) return overLimit(coding, limit);
    if (status == Z_STREAM_END) {
      if (rest.empty()) return output.take();
      // A gzip file may have several members (RFC 1952 section 2.2).
      if (windowBits <= 15 || !rest.starts_with("\x1f\x8b")) return failure(coding, kTrailing);
      if (inflateReset(&stream) != Z_OK) return failure(coding, "zlib cannot start");
      continue;
    }
    if (status == Z_BUF_ERROR && rest.empty()) return failure(coding, kCutOff);
    if (status == Z_NEED_DICT) return failure(coding, "the data needs a dictionary");
    if (status != Z_OK && status != Z_BUF_ERROR) {
      return failure(coding, stream.msg != nullptr ? stream.msg : "the data is broken");
    }
  }
}

Result<std::string> decodeDeflate(std::string_view bytes, uint64_t limit) {
  // A zlib header: method 8, and a multiple of 31 as a big-endian number (RFC 1950 section 2.2).
  auto at = [bytes](size_t i) { return unsigned(static_cast<unsigned char>(bytes[i])); };
  bool wrapped = bytes.size() >= 2 && (at(0) & 15) == 8 && (at(0) * 256 + at(1)) % 31 == 0;
  auto result = inflateAll("deflate", bytes, wrapped ? 15 : -15, limit);
  if (result.ok() || !wrapped) return result;
  // Bare deflate can look like a zlib header by chance; the first error says more if it is none.
  auto bare = inflateAll("deflate", bytes, -15, limit);
  return bare.ok() ? std::move(bare) : std::move(result);
}

Result<std::string> decodeBrotli(std::string_view bytes, uint64_t limit) {
  std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  if (!state) return failure("br", "brotli cannot start");
  Output output(limit);
  auto next = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  while (true) {
    auto out = reinterpret_cast<uint8_t*>(output.space());
    size_t room = output.spaceSize();
    size_t before = room;
    auto status = BrotliDecoderDecompressStream(state.get(), &left, &next, &room, &out, nullptr);
    output.advance(before - room);
    if (output.overLimit()) return overLimit("br", limit);
    switch (status) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        if (left > 0) return failure("br", kTrailing);
        return output.take();
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return failure("br", kCutOff);
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        break;
      case BROTLI_DECODER_RESULT_ERROR:
        return failure("br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state.get())));
    }
  }
}

Result<std::string> decodeZstd(std::string_view bytes, uint64_t limit) {
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                  ZSTD_freeDStream);
  if (!stream) return failure("zstd", "zstd cannot start");
  // RFC 8878 section 3.1.1.1.2 with the bound of RFC 9659: windows of at most 8 MB.
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 23);
  Output output(limit);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (true) {
    ZSTD_outBuffer out{output.space(), output.spaceSize(), 0};
    size_t status = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(status)) return failure("zstd", ZSTD_getErrorName(status));
    output.advance(out.pos);
    if (output.overLimit()) return overLimit("zstd", limit);
    if (in.pos < in.size) continue;
    if (status == 0) return output.take();
    if (out.pos < out.size) return failure("zstd", kCutOff);
  }
}

Result<std::string> decodeOne(std::string_view coding, std::string_view bytes, uint64_t limit) {
  if (coding == "gzip" || coding == "x-gzip") return inflateAll(coding, bytes, 16 + 15, limit);
  if (coding == "deflate") return decodeDeflate(bytes, limit);
  if (coding == "br") return decodeBrotli(bytes, limit);
  if (coding == "zstd") return decodeZstd(bytes, limit);
  return Diagnostic{.message = "unknown content coding \"" + std::string(coding) + "\"",
                    .help = "known are gzip, deflate, br, zstd and identity"};
}

}  // namespace

Result<std::string> decodeContent(std::string_view contentEncoding, std::string_view bytes,
                                  uint64_t limit) {
  std::vector<std::string> codings;
  for (auto list = contentEncoding; !list.empty();) {
    auto comma = std::min(list.find(','), list.size());
    auto coding = toLowerAscii(trimWhitespace(list.substr(0, comma)));
    if (!coding.empty() && coding != "identity") codings.push_back(std::move(coding));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  if (codings.size() > kMostCodings) {
    return Diagnostic{.message = "more than " + std::to_string(kMostCodings) + " content codings"};
  }
  if (codings.empty()) {
    if (bytes.size() > limit) return overLimit("identity", limit);
    return std::string(bytes);
  }
  std::string content;
  for (size_t i = codings.size(); i-- > 0;) {
    bool first = i + 1 == codings.size();
    auto result = decodeOne(codings[i], first ? bytes : std::string_view(content), limit);
    if (!result.ok()) return result;
    content = std::move(result.value());
  }
  return content;
}

}  // namespace flamesim::net
