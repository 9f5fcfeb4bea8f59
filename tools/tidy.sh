#!/bin/bash
# clang-tidy over folders of sources. usage: tidy.sh BUILD_DIR JOBS [--changed] FOLDER...
# --changed: only sources that the last commit or the working tree changed; all where git does not tell.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1 jobs=$2; shift 2
changed=
if [[ $1 == --changed ]]; then
  shift
  git rev-parse -q --verify HEAD~1 >/dev/null 2>&1 && changed=1
fi
if [[ $changed ]]; then
  files=$(git diff --name-only --diff-filter=d HEAD~1 -- "${@/%//*.cpp}")
else
  files=$(find "$@" -name '*.cpp' | sort)
fi
[[ $files ]] || { echo "tidy: nothing changed"; exit 0; }
xargs -P "$jobs" -n 4 clang-tidy -p "$build" --quiet --warnings-as-errors='*' \
  --extra-arg=-Wno-unknown-warning-option <<<"$files" \
  2> >(grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -' >&2)
echo "tidy: clean"
