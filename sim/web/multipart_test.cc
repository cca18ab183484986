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
  CHECK(parsed("preamble--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n"
               "--b\r\ncontent-disposition:form-data\t;\tfilename=\"f.txt\"; name=\"f\"\r\n"
               "Content-Type: a/b; c=d\r\nX: y\r\n\r\nx\r\n--b--\r\n"
               "epilogue") ==
        std::vector<FormPart>{
            {.name = "a", .content = "one\r\ntwo"},
            {.name = "f", .content = "x", .filename = "f.txt", .type = "a/b; c=d"},
        });
}

TEST_CASE("lines may end in LF alone", "[web]") {
  for (std::string end : {"\r\n", "\n"}) {
    for (std::string empty : {"\r\n", "\n"}) {
      CHECK(parsed("--b" + end + "Content-Disposition: form-data; name=\"a\"" + end + empty + "x" +
                   end + "--b" + end + "Content-Disposition: form-data; name=\"e\"" + end + empty +
                   end + "--b--") ==
            std::vector<FormPart>{{.name = "a", .content = "x"}, {.name = "e", .content = ""}});
    }
  }
}

TEST_CASE("backslashes in quoted names escape, percent signs do not", "[web]") {
  auto part = [](std::string_view parameters) {
    return parsed("--b\r\nContent-Disposition: form-data; " + std::string(parameters) +
                  "\r\n\r\nx\r\n--b--")
        .front();
  };
  CHECK(part(R"(name="qux"; filename="qux%0A%22\\.txt")").filename == R"(qux%0A%22\.txt)");
  CHECK(part(R"(name="a\"b"; filename="\n\;")") ==
        FormPart{.name = "a\"b", .content = "x", .filename = "n;"});
  CHECK(part("name=\"é☃\"").name == "é☃");
  CHECK(part("name=\"a\"; name=\"b\"").name == "b");
  // What is no parameter ends them.
  CHECK(part("name=\"a\"; x=y; filename=\"f\"").filename == std::nullopt);
  CHECK(part("name=\"a\"; filename=\"\"").filename == std::nullopt);
}

TEST_CASE("malformed multipart bodies say what is wrong", "[web]") {
  CHECK(errorOf("") == "No initial boundary string (or you have a truncated message).");
  CHECK(errorOf("--asdf--") == "No initial boundary string (or you have a truncated message).");
  CHECK(errorOf("--b") == "No initial boundary string (or you have a truncated message).");
  CHECK(errorOf("--bad\r\n") == "Boundary string was not succeeded by CRLF, LF, or '--'.");
  CHECK(errorOf("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n") ==
        "No multipart message header termination found.");
  CHECK(errorOf("--b\r\nnonsense\r\n\r\nx\r\n--b--") == "FormData part had invalid headers.");
  CHECK(errorOf("--b\r\nbad name: x\r\n\r\nx\r\n--b--") == "FormData part had invalid headers.");
  CHECK(errorOf("--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--") ==
        "No valid Content-Disposition header found in FormData part.");
  CHECK(errorOf("--b\r\nContent-Disposition: ;\r\n\r\nx\r\n--b--") ==
        "Invalid Content-Disposition header found in FormData part.");
  CHECK(errorOf("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--b--") ==
        "Content-Disposition header for FormData part must have the value \"form-data\", possibly "
        "followed by parameters. Got: \"attachment\"");
  for (auto* parameters : {"", "; name=a", "; name=\"\"", "; name=\"never ends", "; Name=\"a\"",
                           "; name=\"a\\\"", "; name", "; =\"a\""}) {
    INFO(parameters);
    CHECK(errorOf("--b\r\nContent-Disposition: form-data" + std::string(parameters) +
                  "\r\n\r\nx\r\n--b--") ==
          "Content-Disposition header in FormData part is missing a name.");
  }
  CHECK(errorOf("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx") ==
        "No subsequent boundary string after multipart message.");
}

TEST_CASE("a form is written as production writes it", "[web]") {
  std::vector<FormPart> parts = {
      {.name = "a\"b\n", .content = "one\ntwo"},
      {.name = "f", .content = std::string("\0\xff\n", 3), .filename = "n\\o.bin", .type = "x/y"},
      {.name = "é", .content = "", .filename = "e"},
  };
  std::string body = formatMultipart(parts, "b");
  CHECK(body ==
        "--b\r\nContent-Disposition: form-data; name=\"a%22b%0A\"\r\n\r\none\ntwo\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\\\\o.bin\"\r\n"
        "Content-Type: x/y\r\n\r\n" +
            parts[1].content +
            "\r\n--b\r\nContent-Disposition: form-data; name=\"é\"; filename=\"e\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n\r\n--b--");
  // What is escaped with '%' stays so.
  parts[0].name = "a%22b%0A";
  parts[2].type = "application/octet-stream";
  CHECK(parsed(body) == parts);
}

}  // namespace flamesim::web
