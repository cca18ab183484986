#include "sim/bundle/multipart.h"

#include <algorithm>

namespace flamesim::bundle {

namespace {

struct Stop {
  size_t offset;
  std::string message;
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Browsers and undici write these three bytes of a name as percent escapes, and no others
// (WHATWG HTML, "multipart/form-data encoding algorithm").
std::string unescaped(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    auto three = name.substr(i, 3);
    char c = three == "%22" ? '"' : three == "%0D" ? '\r' : three == "%0A" ? '\n' : '\0';
    if (c != '\0') i += 2;
    out += c != '\0' ? c : name[i];
  }
  return out;
}

class MultipartParser {
 public:
  explicit MultipartParser(std::string_view bytes) : bytes(bytes) {}

  std::vector<Part> parse() {
    readBoundary();
    std::vector<Part> parts;
    while (!atEnd) parts.push_back(readPart());
    return parts;
  }

 private:
  const std::string_view bytes;
  std::string_view newline = "\r\n";
  std::string delimiter;  // newline, "--", boundary
  size_t position = 0;    // after a delimiter line
  size_t delimiterOffset = 0;
  bool atEnd = false;

  void readBoundary() {
    size_t end = bytes.find('\n');
    if (!bytes.starts_with("--") || end == std::string_view::npos) {
      throw Stop{0, "an upload begins with a line of \"--\" and its boundary"};
    }
    auto line = bytes.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    } else {
      newline = "\n";
    }
    auto boundary = line.substr(2);
    if (boundary.empty() || boundary.size() > 200) {
      throw Stop{
          0, "the boundary on the first line has " + std::to_string(boundary.size()) + " bytes"};
    }
    delimiter = std::string(newline) + "--" + std::string(boundary);
    position = end + 1;
  }

  Part readPart() {
    Part part;
    part.offset = delimiterOffset;
    readHeaders(part);
    part.bodyOffset = position;
    // An empty body's delimiter may begin with the newline that ends the headers.
    size_t from = position >= newline.size() ? position - newline.size() : position;
    size_t end = bytes.find(delimiter, from);
    if (end == std::string_view::npos) {
      throw Stop{bytes.size(), "the upload is cut off within the part \"" + part.name + "\""};
    }
    part.body = end < position ? std::string_view{} : bytes.substr(position, end - position);
    delimiterOffset = end + newline.size();
    position = end + delimiter.size();
    if (bytes.substr(position, 2) == "--") {
      atEnd = true;
    } else if (bytes.substr(position, newline.size()) == newline) {
      position += newline.size();
    } else if (position == bytes.size()) {
      throw Stop{position, "the upload is cut off after the part \"" + part.name + "\""};
    } else {
      throw Stop{position, "expected a line end after the boundary"};
    }
    return part;
  }

  void readHeaders(Part& part) {
    bool named = false;
    for (;;) {
      size_t end = bytes.find(newline, position);
      if (end == std::string_view::npos) {
        throw Stop{bytes.size(), "the upload is cut off within the headers of a part"};
      }
      auto line = bytes.substr(position, end - position);
      size_t start = position;
      position = end + newline.size();
      if (line.empty()) break;
      size_t colon = line.find(':');
      if (colon == std::string_view::npos) throw Stop{start, "a header of a part lacks its \":\""};
      auto name = lowered(trimmed(line.substr(0, colon)));
      auto value = trimmed(line.substr(colon + 1));
      if (name == "content-disposition") {
        named = readDisposition(value, start, part);
      } else if (name == "content-type") {
        part.contentType = lowered(trimmed(value.substr(0, value.find(';'))));
      } else if (name == "content-transfer-encoding" && lowered(value) != "binary" &&
                 lowered(value) != "8bit" && lowered(value) != "7bit") {
        throw Stop{start, "the transfer encoding of a part is not binary"};
      }
    }
    if (!named) throw Stop{part.offset, "a part has no name"};
  }

  // form-data; name="a"; filename="b". Whether there is a name.
  bool readDisposition(std::string_view value, size_t offset, Part& part) {
    bool named = false;
    size_t semicolon = value.find(';');
    if (lowered(trimmed(value.substr(0, semicolon))) != "form-data") {
      throw Stop{offset, "the disposition of a part is not form-data"};
    }
    auto rest = semicolon == std::string_view::npos ? "" : value.substr(semicolon + 1);
    while (!(rest = trimmed(rest)).empty()) {
      size_t equals = rest.find('=');
      if (equals == std::string_view::npos) throw Stop{offset, "a parameter lacks its \"=\""};
      auto name = lowered(trimmed(rest.substr(0, equals)));
      rest = trimmed(rest.substr(equals + 1));
      std::string_view text;
      if (rest.starts_with('"')) {
        size_t close = rest.find('"', 1);
        if (close == std::string_view::npos) throw Stop{offset, "a parameter lacks its last quote"};
        text = rest.substr(1, close - 1);
        rest = rest.substr(close + 1);
      } else {
        text = trimmed(rest.substr(0, rest.find(';')));
      }
      rest = rest.find(';') == std::string_view::npos ? "" : rest.substr(rest.find(';') + 1);
      if (name == "name") {
        part.name = unescaped(text);
        named = true;
      } else if (name == "filename") {
        part.fileName = unescaped(text);
      }
    }
    return named;
  }
};

}  // namespace

Result<std::vector<Part>> parseMultipart(const std::string& file, std::string_view bytes) {
  try {
    return MultipartParser(bytes).parse();
  } catch (const Stop& stop) {
    return Diagnostic{.message = stop.message + " (byte " + std::to_string(stop.offset) + " of " +
                                 std::to_string(bytes.size()) + ")",
                      .file = file,
                      .help = "write it anew: wrangler deploy --dry-run --outfile FILE"};
  }
}

}  // namespace flamesim::bundle
