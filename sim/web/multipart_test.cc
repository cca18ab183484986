#include "sim/web/multipart.h"

#include <catch2/catch.hpp>

namespace flamesim::web {

namespace {
std::vector<FormPart> parsed(std::string_view body, std::string_view boundary = "b") {
  std::string error;
  auto parts = parseMultipart(body, boundary, error);
  INFO(error);
  REQUIRE(parts);
  return *parts;
}
std::string errorOf(std::string_view body, std::string_view boundary = "b") {
  std::string error;
  CHECK_FALSE(parseMultipart(body, boundary, error));
  return error;
}
}  // namespace

TEST_CASE("the boundary of a Content-Type", "[web]") {
  CHECK(multipartBoundary("multipart/form-data; boundary=abc") == "abc");
  CHECK(multipartBoundary("multipart/form-data;charset=utf-8 ; Boundary=\"a;b\\\"c\"; x=y") ==
        "a;b\"c");
  CHECK(multipartBoundary("multipart/form-data; boundary= x ") == "x");
  CHECK_FALSE(multipartBoundary("multipart/form-data"));
  CHECK_FALSE(multipartBoundary("multipart/form-data; boundary="));
  CHECK_FALSE(multipartBoundary("multipart/form-data; boundary"));
  CHECK_FALSE(multipartBoundary("multipart/form-data; boundary=\""));
}

TEST_CASE("parts of a form are read", "[web]") {
  CHECK(parsed("--b--").empty());
  CHECK(parsed("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n"
               "--b\r\ncontent-disposition: FORM-DATA; filename=\"C:\\dir\\f.txt\"; name=f\r\n"
               "Content-Type: a/b; c=d\r\nX: y\r\n\r\nx\r\n--b--\r\n"
               "epilogue") ==
        std::vector<FormPart>{
            {.name = "a", .content = "one\r\ntwo"},
            {.name = "f", .content = "x", .filename = "C:\\dir\\f.txt", .type = "a/b; c=d"},
        });
}

TEST_CASE("odd but valid multipart bodies", "[web]") {
  CHECK(parsed("preamble\r\n--b  \r\nContent-Disposition: form-data; name=\"\"\r\n\r\n\r\n--b--") ==
        std::vector<FormPart>{{.name = "", .content = ""}});
  // The content ends right behind the empty line.
  CHECK(parsed("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--") ==
        std::vector<FormPart>{{.name = "a", .content = ""}});
  CHECK(parsed("--b\nContent-Disposition: form-data; name=a\n\nx\n--b--\n") ==
        std::vector<FormPart>{{.name = "a", .content = "x"}});
  CHECK(parsed("--b\r\nContent-Disposition: form-data; name=\"q%22%0D%0A%41\"\r\n\r\nx\r\n--b--")
            .front()
            .name == "q\"\r\n%41");
  CHECK(parsed("--b\r\nContent-Disposition: form-data; name=a; filename=\"\"\r\n\r\nx\r\n--b--")
            .front() ==
        FormPart{.name = "a", .content = "x", .filename = "", .type = "text/plain"});
}

// A name that ends in a backslash swallowed the rest of its header, and two backslashes became one.
TEST_CASE("backslashes and quotes in names read back as they were written", "[web]") {
  for (std::string name : {"\\", "a\\", "\\\\", "a\\\\", "\"", "\\\"", "\"\\", "a\\\"b", "a\\;b",
                           "a; b=c", "C:\\dir\\f.txt", "a\r\nb", "%41", "a\\\r\n", " ", ""}) {
    std::vector<FormPart> parts = {
        {.name = name, .content = "x"},
        {.name = name, .content = "y", .filename = name, .type = "a/b"},
    };
    std::string body = formatMultipart(parts, "b");
    INFO(body);
    CHECK(parsed(body) == parts);
  }
}

TEST_CASE("names as clients write them", "[web]") {
  auto nameOf = [](std::string_view parameters) {
    return parsed("--b\r\nContent-Disposition: form-data; " + std::string(parameters) +
                  "\r\n\r\nx\r\n--b--")
        .front();
  };
  // Browsers and curl.
  CHECK(nameOf(R"(name="a%22b\\c\"; filename="d\")") ==
        FormPart{.name = "a\"b\\\\c\\", .content = "x", .filename = "d\\", .type = "text/plain"});
  // Firefox up to 90, curl up to 7.80.
  CHECK(nameOf(R"(name="a\"b"; filename="\"q\"")") ==
        FormPart{.name = "a\"b", .content = "x", .filename = "\"q\"", .type = "text/plain"});
  CHECK(nameOf(R"(name="a\" ; x=y)").name == "a\\");
  CHECK(nameOf(R"(name="never ends)").name == "never ends");
}

TEST_CASE("malformed multipart bodies say what is wrong", "[web]") {
  CHECK(errorOf("") == "the boundary does not occur");
  CHECK(errorOf("--bad\r\n") == "a boundary line does not end");
  CHECK(errorOf("--b") == "a boundary line does not end");
  CHECK(errorOf("--b\r\nContent-Disposition: form-data; name=a\r\n") ==
        "a part ends inside its headers");
  CHECK(errorOf("--b\r\nnonsense\r\n\r\nx\r\n--b--") == "a part has a header line without a colon");
  CHECK(errorOf("--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--") ==
        "a part has no name in its Content-Disposition");
  CHECK(errorOf("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--") ==
        "a part's Content-Disposition is not form-data");
  CHECK(errorOf("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx") ==
        "the last boundary is missing");
}

TEST_CASE("what is written reads back", "[web]") {
  std::vector<FormPart> parts = {
      {.name = "a\"b", .content = "one\ntwo"},
      {.name = "f", .content = std::string("\0\xff\n", 3), .filename = "n\"\n.bin", .type = "x/y"},
      {.name = "é", .content = "", .filename = "e"},
  };
  std::string body = formatMultipart(parts, "b");
  CHECK(
      body.starts_with("--b\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\none\r\ntwo\r\n"
                       "--b\r\nContent-Disposition: form-data; name=\"f\"; "
                       "filename=\"n%22%0A.bin\"\r\nContent-Type: x/y\r\n\r\n"));
  parts[0].content = "one\r\ntwo";
  parts[2].type = "application/octet-stream";
  CHECK(parsed(body) == parts);
}

}  // namespace flamesim::web
