// What `make lint` has eslint look for. A name that is no variable of the file is an error: code in
// the startup snapshot may only use what the engine gives, as a worker can replace every other global.
import js from "@eslint/js";

const globals = (text) => Object.fromEntries(text.split(" ").map((name) => [name, "readonly"]));

export default [
  { ignores: ["build*/", "out/", ".deps/"] },
  js.configs.recommended,
  {
    rules: {
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    // Tests use every global that there is, and arrays with holes.
    files: ["sim/**/*_test.js", "sim/web/testing.js"],
    rules: { "no-undef": "off", "no-sparse-arrays": "off" },
  },
  {
    // esbuild's: modules that are evaluated late, and stand-ins for CommonJS packages.
    files: ["sim/node/**"],
    languageOptions: { globals: globals("module require") },
  },
  {
    // The script of the HTML report: a browser's.
    files: ["sim/report/*.js"],
    languageOptions: { globals: globals("URLSearchParams addEventListener document location") },
  },
  {
    files: ["examples/*/workers/**", "examples/*/*/src/**", "examples/*/tests/**"],
    languageOptions: {
      globals: globals("fetch Request Response TextDecoder URL console scheduler"),
    },
  },
  {
    files: ["examples/apps/**"],
    languageOptions: {
      globals: globals("Request Response TextEncoder URL WebAssembly fetch setTimeout"),
    },
  },
  {
    files: ["examples/*/origin/**", "examples/*/traffic/**"],
    languageOptions: {
      globals: globals("Buffer URLSearchParams clearTimeout console fetch process setTimeout"),
    },
  },
];
