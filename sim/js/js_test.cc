// The V8 floor with a runtime of a few lines: what every floor above relies on.
#include <catch2/catch.hpp>

#include <functional>
#include <memory>

#include "sim/js/async_context.h"
#include "sim/js/face.h"
#include "sim/js/modules.h"
#include "sim/js/snapshot.h"
#include "sim/js/source_map.h"
#include "sim/js/testing.h"
#include "sim/js/watchdog.h"

namespace flamesim::js {

using testing::engine;
using testing::run;

namespace {

double add(double a, double b) {
  return a + b;
}

class Counter final : public NativeObject {
 public:
  static const ClassFace kFace;
  explicit Counter(int32_t start) : value(start) { ++alive; }
  ~Counter() noexcept(false) override { --alive; }
  int32_t next(std::optional<int32_t> step) { return value += step.value_or(1); }
  static inline int alive = 0;

 private:
  int32_t value;
};
const FunctionEntry kCounterMethods[] = {method<&Counter::next>("next")};
const ClassFace Counter::kFace{"Counter", kCounterMethods};

std::unique_ptr<Counter> newCounter(int32_t start) {
  return std::make_unique<Counter>(start);
}
void fail(std::string type) {
  throw Throw(type, "as asked");
}
int32_t peek(Counter& counter) {
  return counter.next(0);
}

// What a script does when it calls native.callOut().
std::function<void()> calledOut;
void callOut() {
  calledOut();
}

const FunctionEntry kFunctions[] = {function<add>("add"), function<newCounter>("newCounter"),
                                    function<fail>("fail"), function<peek>("peek"),
                                    function<callOut>("callOut")};
const NamespaceFace kTestFace{"test", kFunctions};

constexpr const char* kRuntime = R"js(
var __runtime = {
  install(natives) { globalThis.native = natives.test; globalThis.frame = natives.asyncContext; },
  builtins: { "node:greeting": { hello: "hello", default: 7 } },
};
)js";

Faces faces() {
  return {{&kAsyncContextFace, &kTestFace}};
}

bundle::Module module(std::string name, std::string content,
                      bundle::ModuleType type = bundle::ModuleType::kEsModule) {
  return {.name = std::move(name), .type = type, .content = std::move(content)};
}

// Runs a bundle whose first module is the main one; returns its `result` export as text.
std::string resultOf(std::vector<bundle::Module> modules, IsolateOptions options = {}) {
  auto bundle = std::make_shared<bundle::Bundle>();
  bundle->mainModule = modules[0].name;
  bundle->compatibilityFlags = {"nodejs_compat"};
  bundle->modules = std::move(modules);
  Isolate isolate(engine(), faces(), options);
  Modules registry(isolate, bundle);
  return isolate.enter(nullptr, [&](Lock& js) {
    registry.evaluate(js);
    js.isolate->PerformMicrotaskCheckpoint();
    return js.text(js.get(registry.mainNamespace(js).As<v8::Object>(), "result"));
  });
}

constexpr const char* kCpuLimit = "Worker exceeded CPU time limit.";

IsolateOptions limitedTo(int millis, Watchdog& watchdog) {
  return {.watchdog = &watchdog, .cpuLimit = std::chrono::milliseconds(millis)};
}

class TestExecution final : public Execution {
 public:
  using Execution::Execution;
  double nowMillis() const override { return 0; }
};

ErrorReport errorOf(std::vector<bundle::Module> modules, IsolateOptions options = {}) {
  try {
    resultOf(std::move(modules), options);
  } catch (const Uncaught& error) {
    return error.report;
  } catch (const Terminated& error) {
    return {.name = "Terminated", .message = error.reason};
  }
  return {};
}

}  // namespace

// V8 starts once in a process.
const Engine& testing::engine() {
  static Engine* const made = new Engine({});
  static const std::string blob = buildSnapshot(kRuntime, "runtime.js");
  made->useSnapshot(blob);
  return *made;
}

std::string testing::run(Isolate& isolate, Execution* execution, const char* script) {
  return isolate.enter(execution, [&](Lock& js) {
    auto compiled = check(v8::Script::Compile(js.context, js.str(script)));
    return js.text(check(compiled->Run(js.context)));
  });
}

TEST_CASE("Native functions and classes convert by type") {
  CHECK(resultOf({module("m.js", "export const result = native.add(1.5, '2');")}) == "3.5");
  CHECK(resultOf({module("m.js",
                         "const c = native.newCounter(5); c.next();"
                         "export const result = c.next(10) + native.peek(c);")}) == "32");
  CHECK(errorOf({module("m.js", "native.peek({});")}).text() ==
        "TypeError: The argument is not a Counter.");
  CHECK(errorOf({module("m.js", "native.fail('RangeError');")}).text() == "RangeError: as asked");
  CHECK(errorOf({module("m.js", "native.newCounter(1).next.call({});")}).name == "TypeError");
}

TEST_CASE("Native objects go with their isolate") {
  resultOf({module("m.js", "globalThis.kept = native.newCounter(1); export const result = 1;")});
  CHECK(Counter::alive == 0);
}

TEST_CASE("Modules: imports and cycles") {
  CHECK(resultOf({module("main.js",
                         "import { b } from './lib/b.js'; export const a = 1;"
                         "export const result = b();"),
                  module("lib/b.js",
                         "import { a } from '../main.js'; export const b = () => 'b' + "
                         "typeof a;")}) == "bnumber");
}

TEST_CASE("Modules: dynamic import and top-level await") {
  CHECK(resultOf({module("main.js",
                         "const { value } = await import('./late.js');"
                         "export const result = value + await Promise.resolve(1);"),
                  module("late.js", "export const value = 41;")}) == "42");
  CHECK(errorOf({module("main.js", "await new Promise(() => {});")})
            .message.find("Top-level await in module is unsettled") == 0);
}

TEST_CASE("Modules: an imported module that cannot be had") {
  auto syntax = errorOf({module("main.js", "import './bad.js';"), module("bad.js", "const = 1;")});
  CHECK(syntax.name == "SyntaxError");
  CHECK(syntax.file == "bad.js");
  auto json = errorOf({module("main.js", "import j from './bad.json';"),
                       module("bad.json", "{", bundle::ModuleType::kJson)});
  CHECK(json.name == "SyntaxError");
  CHECK(errorOf({module("main.js", "import 'nowhere';")}).message ==
        "No such module \"nowhere\".\n  imported from \"main.js\"");
}

TEST_CASE("Modules: text, data, JSON, CommonJS, built in") {
  using enum bundle::ModuleType;
  CHECK(resultOf({module("m.js",
                         "import t from './a.txt'; import d from './a.bin';"
                         "import j from './a.json'; import c from './a.cjs';"
                         "import g, { hello } from 'node:greeting';"
                         "export const result = [t, d.byteLength, j.x, c.twice(4), hello, "
                         "g].join();"),
                  module("a.txt", "text", kText), module("a.bin", "12345", kData),
                  module("a.json", R"({"x": 3})", kJson),
                  module("a.cjs",
                         "const { by } = require('./b.cjs');"
                         "module.exports.twice = (n) => n * by;",
                         kCommonJs),
                  module("b.cjs", "exports.by = 2;", kCommonJs)}) == "text,5,3,8,hello,7");
}

TEST_CASE("Modules: WebAssembly") {
  // (module (func (export "f") (result i32) i32.const 42))
  std::string wasm("\0asm\1\0\0\0\1\5\1\x60\0\1\x7f\3\2\1\0\7\5\1\1f\0\0\n\6\1\4\0\x41\x2a\x0b",
                   34);
  CHECK(resultOf({module("m.js",
                         "import w from './a.wasm';"
                         "export const result = new WebAssembly.Instance(w).exports.f();"),
                  module("a.wasm", wasm, bundle::ModuleType::kWasm)}) == "42");
  CHECK(errorOf({module("m.js", "import w from './a.wasm';"),
                 module("a.wasm", "no wasm", bundle::ModuleType::kWasm)})
            .message == "\"a.wasm\" is not a valid WebAssembly module.");
}

TEST_CASE("Errors name file, line, column and the line itself") {
  auto syntax = errorOf({module("m.js", "const a = 1;\nconst = 2;\n")});
  CHECK(syntax.name == "SyntaxError");
  CHECK(syntax.file == "m.js");
  CHECK(syntax.line == 2);
  CHECK(syntax.column == 7);
  CHECK(syntax.sourceLine == "const = 2;");
  auto missing = errorOf({module("m.js", "import './nowhere.js';")});
  CHECK(missing.message.find("No such module \"nowhere.js\"") == 0);
}

TEST_CASE("Stack traces are mapped through source maps") {
  auto generated = module("out.js", "\nthrow new Error('x');\n");
  // Line 2, column 1 of out.js is line 3, column 1 of src.ts.
  generated.sourceMap = R"({"version": 3, "sources": ["src.ts"], "mappings": ";AAEA",
                            "sourcesContent": ["// one\n// two\nthrow new Error('x') as never;\n"]})";
  auto report = errorOf({generated});
  CHECK(report.file == "src.ts");
  CHECK(report.line == 3);
  CHECK(report.sourceLine == "throw new Error('x') as never;");
  CHECK(report.stack.find("src.ts:3:") != std::string::npos);
}

TEST_CASE("The continuation's data follows promises") {
  CHECK(resultOf({module(
            "m.js",
            "frame.set('outer');"
            "const later = Promise.resolve().then(() => frame.get());"
            "frame.set('inner');"
            "const second = (async () => { await null; await null; return frame.get(); })();"
            "frame.set(undefined);"
            "export const result = [await later, await second].join();")}) == "outer,inner");
}

TEST_CASE("An endless loop ends, and the isolate can be used on") {
  Watchdog watchdog;
  Isolate isolate(engine(), faces(), limitedTo(50, watchdog));
  CHECK_THROWS_WITH(run(isolate, nullptr, "for (;;) {}"), kCpuLimit);
  CHECK_THROWS_WITH(run(isolate, nullptr, "(async () => { for (;;) await null; })()"), kCpuLimit);
  CHECK(run(isolate, nullptr, "1 + 1") == "2");
}

TEST_CASE("CPU time adds up over the entries of an execution, of that one alone") {
  Watchdog watchdog;
  Isolate isolate(engine(), faces(), limitedTo(100, watchdog));
  TestExecution burning(isolate), other(isolate);
  auto burn = [&] {
    // Each entry stays far below the limit; all of them would take a minute.
    for (int i = 0; i < 30'000; ++i) {
      run(isolate, &burning, "for (let i = 0; i < 1e6; ++i); 0");
      run(isolate, &other, "0");
    }
  };
  CHECK_THROWS_WITH(burn(), kCpuLimit);
  CHECK(burning.aborted() == kCpuLimit);
  CHECK(other.aborted().empty());
  CHECK(run(isolate, &other, "1 + 1") == "2");
}

TEST_CASE("What another execution waits for comes, though a limit ended the entry it stood in") {
  kj::EventLoop loop;
  kj::WaitScope scope(loop);
  Watchdog watchdog;
  Isolate isolate(engine(), faces(), limitedTo(50, watchdog));
  TestExecution endless(isolate), waiting(isolate);
  auto loopForever = [&] {
    isolate.enter(&endless, [&](Lock& js) {
      auto resolver = check(v8::Promise::Resolver::New(js.context));
      js.set(js.context->Global(), "answer", resolver->GetPromise());
      run(isolate, &waiting, "var got; answer.then((value) => { got = value; })");
      isolate.resolveLater(waiting, resolver, js.str("it"));
      run(isolate, &endless, "for (;;) {}");
    });
  };
  CHECK_THROWS_WITH(loopForever(), kCpuLimit);
  CHECK(waiting.hasPendingTasks());
  scope.poll();
  CHECK(run(isolate, &waiting, "got") == "it");
  CHECK_FALSE(waiting.hasPendingTasks());
  CHECK(endless.aborted() == kCpuLimit);
  CHECK(waiting.aborted().empty());
}

TEST_CASE("Who calls out is not charged for what runs there") {
  Watchdog watchdog;
  Isolate outside(engine(), faces(), limitedTo(50, watchdog));
  Isolate inside(engine(), faces(), limitedTo(50, watchdog));
  TestExecution caller(outside);
  calledOut = [&] {
    // Of another isolate, and of the same one again.
    for (Isolate* isolate : {&inside, &outside, &inside, &outside}) {
      TestExecution called(*isolate);
      CHECK_THROWS_WITH(run(*isolate, &called, "for (;;) {}"), kCpuLimit);
    }
  };
  CHECK(run(outside, &caller, "native.callOut(); 1 + 1") == "2");
  CHECK(caller.aborted().empty());
  CHECK_THROWS_WITH(run(outside, &caller, "for (;;) {}"), kCpuLimit);
}

TEST_CASE("The heap limit ends the worker and not the process") {
  IsolateOptions options{.heapLimit = 32 << 20};
  auto report = errorOf(
      {module("m.js", "const all = []; for (;;) all.push(new Array(1000).fill(1.5));")}, options);
  CHECK(report.text() == "Terminated: Worker exceeded memory limit.");
  CHECK(errorOf({module("m.js", "const all = []; for (;;) all.push(new ArrayBuffer(1 << 20));")},
                {.bufferLimit = 8 << 20})
            .name == "RangeError");
}

}  // namespace flamesim::js
