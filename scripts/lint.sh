#!/usr/bin/env bash
# Formatting, the direction of includes, clang-tidy on every C++ file, eslint on every JavaScript file.
# clang-tidy remembers under build-files/lint/ what it found clean.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files '*.cc' '*.h' | grep -v '^tests/catch_main')
echo "lint: clang-format on ${#sources[@]} files"
clang-format --dry-run --Werror "${sources[@]}"

echo "lint: direction of includes"
scripts/check_includes.py

[ -x node_modules/.bin/eslint ] || npm ci --silent --ignore-scripts
mapfile -t scripts < <(git ls-files '*.js' '*.mjs')
echo "lint: eslint on ${#scripts[@]} files"
node_modules/.bin/eslint --max-warnings 0 "${scripts[@]}"

# Code that schemas become is included by ours.
cmake --build --preset files --target flamesim_schemas >/dev/null
scripts/clang_tidy.py
