// What a worker of an older compatibility date sees; the *_test.js run as of today.
#include <catch2/catch.hpp>

#include "sim/js/modules.h"
#include "sim/web/test_world.h"

namespace flamesim::web {

namespace {

class Worker {
 public:
  explicit Worker(std::string date, std::vector<std::string> flags = {}, std::string source = "") {
    auto bundle = std::make_shared<bundle::Bundle>();
    bundle->compatibilityDate = std::move(date);
    bundle->compatibilityFlags = std::move(flags);
    bundle->mainModule = "main.js";
    bundle->modules.push_back({.name = "main.js", .content = std::move(source)});
    modules.emplace(world.isolate, bundle);
    world.isolate.enter(nullptr,
                        [&](js::Lock& js) { modules->evaluate(js, v8::Object::New(js.isolate)); });
  }

  // What `expression` comes to, or the error that it throws.
  std::string operator()(const std::string& expression) {
    return world.eval("(async () => { try { return `${await (" + expression +
                      ")}` } catch (error) { return `${error}` } })()");
  }

 private:
  TestWorld world;
  std::optional<js::Modules> modules;
};

}  // namespace

TEST_CASE("globals and members appear with their date, or their flag", "[web]") {
  struct Row {
    const char* expression;
    const char* before;
    const char* after;
    const char* enable;
  };
  for (auto& row : {
           Row{"typeof navigator", "2022-03-20", "2022-03-21", "global_navigator"},
           Row{"typeof Headers.prototype.getSetCookie", "2023-02-28", "2023-03-01",
               "http_headers_getsetcookie"},
           Row{"typeof Object.getOwnPropertyDescriptor(Request.prototype, 'cache')", "2024-11-10",
               "2024-11-11", "cache_option_enabled"},
           Row{"typeof WeakRef", "2025-05-04", "2025-05-05", "enable_weak_ref"},
           Row{"typeof navigator.language", "2025-05-18", "2025-05-19",
               "enable_navigator_language"},
           Row{"typeof MessageChannel", "2025-08-14", "2025-08-15",
               "expose_global_message_channel"},
           Row{"typeof performance.mark", "2026-03-16", "2026-03-17",
               "enable_global_performance_classes"},
           Row{"typeof PerformanceMark", "2026-03-16", "2026-03-17",
               "enable_global_performance_classes"},
       }) {
    INFO(row.expression);
    CHECK(Worker(row.before)(row.expression) == "undefined");
    CHECK(Worker(row.after)(row.expression) != "undefined");
    CHECK(Worker(row.before, {row.enable})(row.expression) != "undefined");
    CHECK(Worker("")(row.expression) != "undefined");
  }
  CHECK(Worker("2025-01-01")("performance.now() > 0 && performance.timeOrigin === 0") == "true");
}

TEST_CASE("behaviour changes with the date", "[web]") {
  struct Row {
    const char* expression;
    const char* date;
    const char* before;
    const char* after;
  };
  const char* pair =
      "await (() => { const [a, b] = Object.values(new WebSocketPair()); a.accept(); b.accept();"
      " a.close(1001, 'bye'); return new Promise((resolve) => b.addEventListener('close', () => "
      "resolve(b.readyState))); })()";
  for (auto& row : {
           Row{"(() => { const p = new URLSearchParams('a=1&a=2'); p.delete('a', '1'); return p; "
               "})()",
               "2023-07-01", "", "a=2"},
           Row{"new Request('http://x/', { method: 'patch' }).method", "2024-10-14",
               "TypeError: Invalid HTTP method string: patch", "PATCH"},
           Row{"new Request('http://x/', { method: 'put' }).method", "2024-10-14", "PUT", "PUT"},
           Row{"new Request('http://x/', { cache: 'no-store' }).method", "2024-11-11",
               "Error: The 'cache' field on 'RequestInitializerDict' is not implemented.", "GET"},
           Row{"new Request('http://x/', { cache: 'no-cache' }).method", "2025-08-07",
               "Error: The 'cache' field on 'RequestInitializerDict' is not implemented.", "GET"},
           Row{"(() => { let self; const target = new EventTarget();"
               " target.addEventListener('x', function () { self = this; });"
               " target.dispatchEvent(new Event('x')); return self === target; })()",
               "2025-08-01", "false", "true"},
           Row{"new Response('\\ufeffa').text().then((text) => text.length)", "2026-01-13", "2",
               "1"},
           Row{"new Response(new Uint8Array([0xef, 0xbb, 0xbf])).text().then((text) => "
               "text.length)",
               "2026-01-13", "1", "0"},
           Row{"new Response([new Uint8Array([97]), new Uint8Array([98])]).text()", "2026-02-19",
               "97,98", "ab"},
           Row{"new WebSocketPair()[0].binaryType", "2026-03-17", "arraybuffer", "blob"},
           Row{"new WebSocketPair()[0].close(1000, 'x'.repeat(124))", "2026-03-03",
               "TypeError: You must call one of accept() or state.acceptWebSocket() on this "
               "WebSocket before sending messages.",
               "SyntaxError: WebSocket close reason must not be longer than 123 bytes when UTF-8 "
               "encoded."},
           Row{pair, "2026-04-07", "2", "3"},
           Row{"(() => { const target = new EventTarget();"
               " target.addEventListener('x', () => { throw new Error('of a listener'); });"
               " return target.dispatchEvent(new Event('x')); })()",
               "2026-09-15", "Error: of a listener", "true"},
       }) {
    INFO(row.expression);
    CHECK(Worker("2022-01-01")(row.expression) == row.before);
    CHECK(Worker(row.date)(row.expression) == row.after);
  }
}

TEST_CASE("timers are Node's from a date on, with nodejs_compat", "[web]") {
  const char* kind = "setTimeout(() => {}).constructor.name";
  CHECK(Worker("2026-02-09", {"nodejs_compat"})(kind) == "Number");
  CHECK(Worker("2026-02-10")(kind) == "Number");
  Worker worker("2026-02-10", {"nodejs_compat"});
  CHECK(worker(kind) == "Timeout");
  CHECK(worker("[setTimeout(() => {}).unref().hasRef(), clearTimeout(setTimeout(() => {})),"
               " +setTimeout(() => {}) > 0]") == "false,,true");
  CHECK(worker("new Promise((resolve) => { const timer = setInterval((value) => {"
               " clearInterval(timer); resolve(value); }, 1, 'ticked'); })") == "ticked");
  CHECK(worker("setTimeout(5)") ==
        "TypeError [ERR_INVALID_ARG_TYPE]: The \"callback\" argument must be of type function. "
        "Received type number (5)");
}

TEST_CASE("code is made from strings in global scope alone, from a date on", "[web]") {
  const char* source =
      "try { globalThis.made = new Function('return 7')(); } catch { globalThis.made = 'no'; }";
  CHECK(Worker("2025-05-31", {}, source)("globalThis.made") == "no");
  {
    Worker newer("2025-06-01", {}, source);
    CHECK(newer("globalThis.made") == "7");
    CHECK(newer("eval('1')") ==
          "EvalError: Code generation from strings disallowed for this context");
  }
  CHECK(Worker("2026-01-01", {"disallow_eval_during_startup"}, source)("globalThis.made") == "no");
}

TEST_CASE("an object that says how it becomes text is no iterable body", "[web]") {
  Worker worker("2026-02-19");
  CHECK(worker("new Response({ *[Symbol.iterator]() {}, toString: () => 'mine' }).text()") ==
        "mine");
  CHECK(worker("new Response({ async *[Symbol.asyncIterator]() { yield new Uint8Array([97]); },"
               " toString: () => 'mine' }).text()") == "a");
  CHECK(worker("new Response(new String('text')).text()") == "text");
  CHECK(worker("new Response(['text']).text()") ==
        "TypeError: This ReadableStream did not return bytes.");
  CHECK(worker("new Response([]).headers.get('content-type')") == "null");
}

}  // namespace flamesim::web
