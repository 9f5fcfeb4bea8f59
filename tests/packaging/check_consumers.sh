#!/bin/bash
# check_consumers.sh PREFIX WORK: builds programs against the Kompakt that is installed below PREFIX, by CMake, by pkg-config
# (shared and static) and by hand, and runs them. WORK is a folder for what it makes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
prefix=$1
work=$2
mkdir -p "$work"
lib=$(dirname "$(find "$prefix" -name libkompakt.a -print -quit)")
[[ $lib != . ]] || { echo "no libkompakt.a below $prefix" >&2; exit 1; }
shared=$([[ -e $lib/libkompakt.so ]] && echo yes || echo no)
with_c=$([[ -e $prefix/include/kompakt/kompakt.h ]] && echo ON || echo OFF)
CC=${CC:-cc}
CXX=${CXX:-c++}
flags=(-O1 -Wall -Wextra -Werror)

run() {
  echo "+ $1"
  LD_LIBRARY_PATH=$lib "$1"
}
needs() { readelf -d "$1" | grep -q 'NEEDED.*libkompakt\.so'; }

echo "== CMake"
cmake -S "$here/consumer" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" -DWITH_C=$with_c >"$work/cmake.log" ||
  { cat "$work/cmake.log"; exit 1; }
cmake --build "$work/cmake" -j 2 >"$work/cmake.log" || { cat "$work/cmake.log"; exit 1; }
for program in "$work"/cmake/cpp_* "$work"/cmake/c_*; do
  [[ ! -x $program ]] || run "$program"
done
if [[ $shared == yes ]]; then
  needs "$work/cmake/cpp_kompakt" || { echo "Kompakt::kompakt is not the shared library" >&2; exit 1; }
fi
! needs "$work/cmake/cpp_kompakt_static" || { echo "Kompakt::kompakt_static is shared" >&2; exit 1; }

echo "== CMake, which kind is chosen"
choice() { # EXPECTED OPTIONS...: the kind that the canonical target leads to, in a project in C alone
  local expected=$1
  shift
  cat >"$work/choice.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(choice LANGUAGES C)
find_package(Kompakt REQUIRED CONFIG COMPONENTS ${KIND})
get_target_property(leads_to Kompakt::kompakt INTERFACE_LINK_LIBRARIES)
message(STATUS "leads to ${leads_to}.")
END
  mkdir -p "$work/choice"
  mv "$work/choice.txt" "$work/choice/CMakeLists.txt"
  rm -rf "$work/choice/build"
  cmake -S "$work/choice" -B "$work/choice/build" -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$work/choice.log" 2>&1 || true
  grep -q "$expected" "$work/choice.log" || { cat "$work/choice.log"; echo "$*: expected '$expected'" >&2; exit 1; }
}
if [[ $shared == yes ]]; then
  choice 'leads to Kompakt::kompakt_static\.' -DBUILD_SHARED_LIBS=OFF
  choice 'leads to Kompakt::kompakt_shared\.' -DBUILD_SHARED_LIBS=OFF -DKIND=shared
  choice 'leads to Kompakt::kompakt_static\.' -DKIND=static
fi
choice "no library of the kind 'solid' here" -DKIND=solid

echo "== pkg-config"
if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH=$lib/pkgconfig
  pkg-config --exists --print-errors kompakt
  # shellcheck disable=SC2046 # words on purpose
  "$CXX" -std=c++20 "${flags[@]}" -c "$here/consumer/main.cpp" -o "$work/main.o" $(pkg-config --cflags kompakt)
  if [[ $shared == yes ]]; then
    # shellcheck disable=SC2046
    "$CXX" "$work/main.o" -o "$work/pc_cpp" $(pkg-config --libs kompakt)
    run "$work/pc_cpp"
    needs "$work/pc_cpp"
  fi
  # shellcheck disable=SC2046
  "$CXX" "$work/main.o" -o "$work/pc_static" -L"$lib" -l:libkompakt.a \
    $(pkg-config --static --libs kompakt | sed 's/-lkompakt\b//')
  run "$work/pc_static"
  ! needs "$work/pc_static" || { echo "the static program needs the shared library" >&2; exit 1; }
fi

echo "== by hand"
if [[ $with_c == ON ]]; then
  if [[ $shared == yes ]]; then
    "$CC" -std=c99 -pedantic "${flags[@]}" -I"$prefix/include" "$here/consumer/main.c" -L"$lib" -lkompakt -o "$work/plain_c"
    run "$work/plain_c"
  fi
  "$CC" -std=c99 -pedantic "${flags[@]}" -I"$prefix/include" "$here/consumer/main.c" "$lib/libkompakt.a" \
    $(PKG_CONFIG_PATH=$lib/pkgconfig pkg-config --static --libs-only-l kompakt | sed 's/-lkompakt//') -o "$work/plain_c_static"
  run "$work/plain_c_static"
fi
echo "consumers: all ran"
