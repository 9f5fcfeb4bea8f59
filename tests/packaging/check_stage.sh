#!/bin/bash
# check_stage.sh BUILD WORK: installs the build into a folder, moves that elsewhere, and uses what is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$2
rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
prefix=$work/moved
fail() { echo "check_stage: $*" >&2; exit 1; }

echo "== no paths of the build, nor of the folder that it was installed into first"
! grep -rIl -e "$build" -e "$work/first" "$prefix" || fail "the files above name it"

shopt -s nullglob
for library in "$prefix"/lib*/libkompakt.so.? "$prefix"/lib*/*/libkompakt.so.?; do
  echo "== $(basename "$library")"
  dynamic=$(readelf -dW "$library")
  grep -q "SONAME.*\[$(basename "$library")\]" <<<"$dynamic" || fail "SONAME"
  ! grep -qE 'TEXTREL|RPATH|RUNPATH' <<<"$dynamic" || fail "relocations of text, or a run path"
  # Everything that is shown belongs to us and has a version: C calls the promised one, C++ that of this release.
  strange=$(nm -D --defined-only --with-symbol-versions "$library" |
            awk '$2 != "A" && $3 !~ /^kompakt_[a-z0-9_]+@@KOMPAKT_0$/ && $3 !~ /^_Z.*7kompakt.*@@KOMPAKT_CXX_[0-9.]+$/ { print $3 }')
  [[ -z $strange ]] || fail "shown besides our own: $strange"
  [[ -n $(nm -D --defined-only "$library" | grep -F _ZN7kompakt) ]] || fail "no C++ call is shown"
done

if [[ -x $prefix/bin/kompakt ]]; then
  echo "== the tool, its names, its pages"
  printf 'content of a file\n' >"$work/file"
  "$prefix/bin/kompakt" -F gzip "$work/file"
  "$prefix/bin/kompakt" cat "$work/file.gz" | cmp - "$work/file"
  "$prefix/libexec/kompakt/applets/gunzip" -c "$work/file.gz" | cmp - "$work/file"
  "$prefix/bin/warp-compress" --version >/dev/null
  for page in "$prefix"/share/man/man1/*.1; do
    if command -v groff >/dev/null; then
      said=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
      [[ -z $said ]] || fail "$page: $said"
    fi
    if command -v man >/dev/null; then
      said=$(MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
      [[ -z $said ]] || fail "$page: $said"
    fi
  done
  bash "$here/check_completions.sh" "$prefix"
fi
echo "== as a part of another build"
for shared in OFF ON; do
  cmake -S "$here/subproject" -B "$work/whole$shared" -DKOMPAKT_SOURCE="$(cd "$here/../.." && pwd)" -DBUILD_SHARED_LIBS=$shared \
    >"$work/whole.log" 2>&1 || { cat "$work/whole.log"; fail "it does not go with that"; }
  [[ ! -e $work/whole$shared/_deps/kompakt-build/cmake_install.cmake ]] ||
    ! grep -q 'libkompakt' "$work/whole$shared/_deps/kompakt-build/cmake_install.cmake" || fail "it installs itself"
done
bash "$here/check_consumers.sh" "$prefix" "$work/consumers"
rm -rf "$work"
