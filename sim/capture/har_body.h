// Bodies of a HAR file: what `postData` and `content` say the bytes were.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace flamesim::capture {

// application/x-www-form-urlencoded (URL standard, section 5.2).
std::string formUrlEncode(std::string_view text);

struct HarBody {
  enum class State : uint8_t { kNone, kBytes, kMissing, kUnreadable };
  State state = State::kNone;  // kMissing: there was one, the file lacks it
  std::string bytes;
};

// Of a request: postData.text (base64 where postData.encoding says so), else made from
// postData.params: url-encoded, or multipart with the boundary of the content type.
HarBody requestBody(const nlohmann::json& request, std::string_view contentType);

// Of response.content.
HarBody responseBody(const nlohmann::json& response);

// `bytes` are content-coded as `contentEncoding` says; told by the magic numbers of gzip and zstd.
bool isStillCoded(std::string_view bytes, std::string_view contentEncoding);

// `object[key]` when that is a string, else "".
std::string_view textField(const nlohmann::json& object, const char* key);
// `object[key]` when that is a number, else `otherwise`.
double numberField(const nlohmann::json& object, const char* key, double otherwise);

}  // namespace flamesim::capture
