#include "sim/bundle/js_scan.h"

#include <catch2/catch.hpp>

namespace flamesim::bundle {

namespace {

// "./a.js ./b.js(dynamic) ./c.txt(default)", then " exports"; "unsure".
std::string scan(std::string_view source) {
  auto result = scanJavaScript(source);
  if (!result) return "unsure";
  std::string text;
  for (auto& import : result->imports) {
    text += (text.empty() ? "" : " ") + import.specifier;
    if (import.kind == ImportKind::kDynamic) text += "(dynamic)";
    if (import.kind == ImportKind::kDefaultOnly) text += "(default)";
    CHECK(source.substr(import.offset + 1).starts_with(import.specifier));
  }
  if (result->exports) text += text.empty() ? "exports" : " exports";
  return text;
}

}  // namespace

TEST_CASE("every form of import and export") {
  CHECK(scan("import './a.js'") == "./a.js");
  CHECK(scan("import a from './a.js'; import * as b from \"./b.js\"") == "./a.js(default) ./b.js");
  CHECK(scan("import{a as b,default as c}from'./a.js';") == "./a.js");
  CHECK(scan("import a, { b } from './a.js'") == "./a.js");
  CHECK(scan("import from from './a.js'") == "./a.js(default)");
  CHECK(scan("import a /* from './no.js' */\n from // './no.js'\n './a.js'") == "./a.js(default)");
  CHECK(scan("export * from './a.js'") == "./a.js exports");
  CHECK(scan("export * as n from './a.js'") == "./a.js exports");
  CHECK(scan("export { a, b as from } from './a.js'") == "./a.js exports");
  CHECK(scan("export { from }; const x = './no.js'") == "exports");
  CHECK(scan("export default { fetch() {} }") == "exports");
  CHECK(scan("export default import('./a.js')") == "./a.js(dynamic) exports");
  CHECK(scan("const m = await import('./a.js'); f(() => import(\"./b.js\"))") ==
        "./a.js(dynamic) ./b.js(dynamic)");
  CHECK(scan("console.log(import.meta.url)") == "");
  CHECK(scan("import(name); import('./a' + b); import(`./${c}.js`)") == "");
}

TEST_CASE("words that only look like imports") {
  CHECK(scan("const a = { import: './no.js', export: 1 }; a.import('./no.js'); a?.import('x')") ==
        "");
  CHECK(scan("class A { import() { return './no.js' } static export() {} }") == "");
  CHECK(scan("// import './no.js'\n/* import './no.js' */ 'import \"./no.js\"'") == "");
  CHECK(scan("`import './no.js' ${`nested ${import('./a.js')}`} import './no.js'`") ==
        "./a.js(dynamic)");
  CHECK(scan("#!/usr/bin/env node import './no.js'\nimport './a.js'") == "./a.js");
}

TEST_CASE("a slash is a division or begins a regular expression") {
  CHECK(scan("const a = b / c; import './a.js'; const d = e / f") == "./a.js");
  CHECK(scan("if (x) /['\"`]/.test(y); import './a.js'") == "./a.js");
  CHECK(scan("const r = /[/'\"]\\/`/g; import './a.js'") == "./a.js");
  CHECK(scan("f(/'/); return /\"/; x = [/`/]; import('./a.js')") == "./a.js(dynamic)");
  CHECK(scan("(a + b) / 2; c[0] / 2; 'x' / 2; 1 / 2; `t` / 2; import './a.js' // '") == "./a.js");
  CHECK(scan("function f() {}\n/'/.test(x); import './a.js'") == "./a.js");
  CHECK(scan("const o = {} / 2; const p = { a: 1 } / 3; import './a.js'") == "./a.js");
  CHECK(scan("const t = `${/'/.source}`; a++ / 2; import './a.js'") == "./a.js");
  CHECK(scan("x = y ? /a'/ : /b\"/; while (i--) /'/.exec(s); import './a.js'") == "./a.js");
  CHECK(scan("const half = this.return / 2, q = o.typeof / 3; import './a.js' // '") == "./a.js");
}

TEST_CASE("what the scan cannot be sure of is left to esbuild") {
  CHECK(scan("import a from './a.json' with { type: 'json' }") == "unsure");
  CHECK(scan("import a from './a.json' assert { type: 'json' }") == "unsure");
  CHECK(scan("import a from './\\x61.js'") == "unsure");
  CHECK(scan("import(`./a.js`)") == "unsure");
  CHECK(scan("const x = <div>it's</div>") == "unsure");
  CHECK(scan("f(") == "unsure");
  CHECK(scan("f)") == "unsure");
  CHECK(scan("(]") == "unsure");
  CHECK(scan("'abc") == "unsure");
  CHECK(scan("`abc ${") == "unsure");
  CHECK(scan("/* abc") == "unsure");
  CHECK(scan("x = /abc\n") == "unsure");
}

TEST_CASE("CommonJS is noticed") {
  CHECK(scanJavaScript("const a = require('./a.js')")->mentionsRequire);
  CHECK(scanJavaScript("module.exports = 1")->mentionsExports);
  CHECK_FALSE(scanJavaScript("a.require('x'); // require")->mentionsRequire);
}

TEST_CASE("any bytes give a result") {
  std::string text = "import a from './a.js'; const r = /x[/]y/g; `t${{a: `b`}}`; export { a }";
  for (size_t i = 0; i < text.size(); ++i) {
    scanJavaScript(text.substr(0, i));
    for (char c : {'\0', '\'', '`', '{', '}', '/', '\\', '\xff'}) {
      auto changed = text;
      changed[i] = c;
      scanJavaScript(changed);
    }
  }
}

}  // namespace flamesim::bundle
