#!/usr/bin/env bash
# Formatting, the direction of includes, and clang-tidy on what it is cheap for.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files '*.cc' '*.h' | grep -v '^tests/catch_main')
echo "lint: clang-format on ${#sources[@]} files"
clang-format --dry-run --Werror "${sources[@]}"

echo "lint: direction of includes"
scripts/check_includes.py
