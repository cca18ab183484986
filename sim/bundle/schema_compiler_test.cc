#include "sim/bundle/schema_compiler.h"

#include <capnp/any.h>
#include <capnp/schema-loader.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "sim/bundle/test_support.h"

namespace flamesim::bundle {

namespace {

using Lines = std::vector<std::string>;

class Request {
 public:
  explicit Request(const std::string& bytes)
      : words(kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word))) {
    memcpy(words.begin(), bytes.data(), words.asBytes().size());
    reader.emplace(words);
  }
  capnp::schema::CodeGeneratorRequest::Reader root() {
    return reader->getRoot<capnp::schema::CodeGeneratorRequest>();
  }

 private:
  kj::Array<capnp::word> words;
  std::optional<capnp::FlatArrayMessageReader> reader;
};

constexpr const char* kMain = R"(@0xbf5147cbbecf40c1;
using Other = import "sub/other.capnp";
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("x");
const kLimit :UInt32 = 5;
enum Colour { red @0; green @1; }
struct Box(T) { value @0 :T; next @1 :Box(T); }
struct Tree {
  children @0 :List(Tree);
  group1 :group { a @1 :Int64 = 7; union { b @2 :Void; c @3 :Other.Leaf; } }
  boxed @4 :Box(Other.OnlyBound);
  colours @5 :List(List(Colour));
  struct Nested { any @0 :AnyPointer; }
}
interface Base { ping @0 (); }
interface Service extends(Base, Other.Far) {
  walk @0 (tree :Tree, visitor :Visitor) -> (count :UInt64);
  put @1 Tree -> stream;
  interface Visitor { visit @0 (node :Tree.Nested); }
}
)";
constexpr const char* kOther = R"(@0xbf5147cbbecf40c2;
struct Leaf { name @0 :Text = "leaf"; }
struct OnlyBound { x @0 :Float64; }
struct Unused { x @0 :Text; }
interface Far { far @0 () -> (leaf :Leaf); }
)";

}  // namespace

TEST_CASE("the result has the nodes that the capnp tool writes, equal in content") {
  TestProject project;
  auto main = project.write("main.capnp", kMain);
  project.write("sub/other.capnp", kOther);
  std::vector<Diagnostic> errors;
  auto ours = compileSchemas(project.path(), {main}, errors);
  CHECK(briefs(errors, project) == Lines{});
  auto tool = findOnPath("capnp");
  REQUIRE(tool);
  auto output = runProgram(
      *tool, {"compile", "-o-", "--src-prefix=" + project.path().string(), main.string()},
      project.path());
  REQUIRE(output.exitCode == 0);

  Request mine(ours), theirs(output.out);
  std::map<uint64_t, capnp::schema::Node::Reader> nodes;
  for (auto node : mine.root().getNodes()) CHECK(nodes.emplace(node.getId(), node).second);
  size_t compared = 0;
  for (auto node : theirs.root().getNodes()) {
    INFO(node.getDisplayName().cStr());
    auto found = nodes.find(node.getId());
    if (found == nodes.end()) {
      // Only parents of what is imported, annotations and what nothing uses.
      CHECK((node.isFile() || node.isAnnotation()));
      continue;
    }
    CHECK((capnp::AnyStruct::Reader(node) == capnp::AnyStruct::Reader(found->second)));
    ++compared;
  }
  CHECK(compared == nodes.size());
  CHECK(compared >= 20);
  REQUIRE(mine.root().getRequestedFiles().size() == 1);
  auto file = mine.root().getRequestedFiles()[0];
  CHECK(file.getFilename() == theirs.root().getRequestedFiles()[0].getFilename());
  CHECK(file.getId() == 0xbf5147cbbecf40c1);
}

TEST_CASE("a schema loader takes the result, generics and all") {
  TestProject project;
  auto main = project.write("main.capnp", kMain);
  project.write("sub/other.capnp", kOther);
  std::vector<Diagnostic> errors;
  Request request(compileSchemas(project.path(), {main}, errors));
  capnp::SchemaLoader loader;
  uint64_t treeId = 0;
  for (auto node : request.root().getNodes()) {
    loader.load(node);
    if (node.getDisplayName() == "main.capnp:Tree") treeId = node.getId();
  }
  auto tree = loader.get(treeId).asStruct();
  auto boxed = tree.getFieldByName("boxed").getType().asStruct();
  auto bound = boxed.getFieldByName("value").getType().asStruct();
  CHECK(bound.getProto().getDisplayName() == "sub/other.capnp:OnlyBound");
  CHECK(bound.getFields().size() == 1);
}

TEST_CASE("several files, and files that stand beside the base") {
  TestProject project;
  auto first = project.write("base/first.capnp", "@0xbf5147cbbecf40c3;\nstruct A {}\n");
  auto second = project.write(
      "second.capnp",
      "@0xbf5147cbbecf40c4;\nusing F = import \"base/first.capnp\";\nstruct B { a @0 :F.A; }\n");
  std::vector<Diagnostic> errors;
  Request request(compileSchemas(project.at("base"), {first, second}, errors));
  CHECK(errors.empty());
  CHECK(request.root().getRequestedFiles().size() == 2);
  CHECK(request.root().getRequestedFiles()[0].getFilename() == "first.capnp");
  CHECK(request.root().getNodes().size() == 4);
}

TEST_CASE("every error of every file has its place") {
  TestProject project;
  auto main = project.write("main.capnp",
                            "@0xbf5147cbbecf40c5;\n"
                            "using Other = import \"other.capnp\";\n"
                            "using Gone = import \"gone.capnp\";\n"
                            "struct A {\n"
                            "  a @0 :Text = \"é\"; c @2 :Gap;\n"
                            "  b @1 :Nope;\n"
                            "}\n"
                            "struct B { o @0 :Other.O; g @1 :Gone.G; }\n");
  project.write("other.capnp", "@0xbf5147cbbecf40c6;\nstruct O { x @0 :Wrong; }\n");
  std::vector<Diagnostic> errors;
  CHECK(compileSchemas(project.path(), {main}, errors).empty());
  auto lines = briefs(errors, project);
  auto has = [&](std::string_view start) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](auto& line) { return line.starts_with(start); });
  };
  INFO(Catch::Detail::stringify(lines));
  CHECK(has("main.capnp:5:27: Not defined: Gap"));  // columns count characters
  CHECK(has("main.capnp:6:9: Not defined: Nope"));
  CHECK(has("main.capnp:3:21: Import failed: gone.capnp"));
  CHECK(has("other.capnp:2:18: Not defined: Wrong"));

  errors.clear();
  auto noId = project.write("no_id.capnp", "struct A {}\n");
  CHECK(compileSchemas(project.path(), {noId}, errors).empty());
  REQUIRE(errors.size() == 1);
  CHECK(brief(errors[0], project).starts_with("no_id.capnp:1:1: File does not declare an ID."));
}

}  // namespace flamesim::bundle
