#!/bin/bash
# Formats the C++ sources, or with --check says which are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find include src apps bindings tests bench examples -name '*.hpp' -o -name '*.cpp' | sort)
if [[ ${1:-} == --check ]]; then
  clang-format --dry-run --Werror "${files[@]}" && echo "format: ${#files[@]} files are clean"
else
  clang-format -i "${files[@]}"
fi
