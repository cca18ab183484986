#include "sim/net/content_encoder.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "sim/net/message.h"
#include "sim/net/syntax.h"

namespace flamesim::net {

namespace {

// Fast rather than small: a recorder does this while traffic passes.
constexpr int kZlibLevel = 3;
constexpr int kBrotliQuality = 4;
constexpr int kZstdLevel = 3;

// `windowBits` as of deflateInit2: 16 + 15 gzip, 15 zlib.
std::optional<std::string> deflateAll(const std::string& text, int windowBits) {
  z_stream stream{};
  constexpr int kMemory = 8;
  if (deflateInit2(&stream, kZlibLevel, Z_DEFLATED, windowBits, kMemory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return std::nullopt;
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = uInt(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return out;
}

std::optional<std::string> brotliAll(const std::string& text) {
  size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  if (BrotliEncoderCompress(kBrotliQuality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                            reinterpret_cast<const uint8_t*>(text.data()), &size,
                            reinterpret_cast<uint8_t*>(out.data())) != BROTLI_TRUE) {
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

std::optional<std::string> zstdAll(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kZstdLevel);
  if (ZSTD_isError(size) != 0) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

std::optional<std::string> encodeContent(std::string_view contentEncoding, std::string text) {
  while (!contentEncoding.empty()) {
    size_t comma = contentEncoding.find(',');
    std::string coding = toLowerAscii(trimWhitespace(contentEncoding.substr(0, comma)));
    contentEncoding = comma == std::string_view::npos ? "" : contentEncoding.substr(comma + 1);
    if (coding.empty() || coding == "identity") continue;
    std::optional<std::string> encoded;
    if (coding == "gzip" || coding == "x-gzip") encoded = deflateAll(text, 16 + 15);
    if (coding == "deflate") encoded = deflateAll(text, 15);
    if (coding == "br") encoded = brotliAll(text);
    if (coding == "zstd") encoded = zstdAll(text);
    if (!encoded) return std::nullopt;
    text = std::move(*encoded);
  }
  return text;
}

}  // namespace flamesim::net
