#!/bin/bash
# clang-tidy over folders of sources. usage: tidy.sh BUILD_DIR JOBS FOLDER...
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 jobs=$2; shift 2
find "$@" -name '*.cpp' | sort |
  xargs -P "$jobs" -n 4 clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
    --extra-arg=-Wno-unknown-warning-option 2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -' >&2)
echo "tidy: clean"
