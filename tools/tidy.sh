#!/bin/bash
# clang-tidy over the library and the tool. usage: tidy.sh BUILD_DIR JOBS
set -euo pipefail
cd "$(dirname "$0")/.."
find src apps -name '*.cpp' | sort |
  xargs -P "$2" -n 4 clang-tidy -p "$1" --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option 2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -' >&2)
echo "tidy: clean"
