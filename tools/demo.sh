#!/bin/bash
# Compresses and restores real input at several levels and prints a table. usage: demo.sh KOMPAKT
set -euo pipefail
kompakt=$(realpath "$1"); here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kompakt-demo.XXXX"); trap 'rm -rf "$work"' EXIT
corpus=$here/../../shared/tools/corpus.sh
if [[ -x $corpus ]]; then
  "$corpus" "$work" >/dev/null; input=$work/silesia7.tar
else
  # Real files that every machine has after the bootstrap: the C and C++ headers.
  tar --sort=name -cf "$work/include.tar" -C /usr include; input=$work/include.tar
fi
size=$(stat -c %s "$input")
printf 'input: %s, %d bytes, %d threads\n\n' "$(basename "$input")" "$size" "$(nproc)"
printf '%-18s %12s %7s %8s %10s %10s %8s %s\n' tool bytes ratio saved "c MB/s" "d MB/s" "peak MB" restored
row() { # name compress-command decompress-command ({i} {o} {r})
  local c=${2//\{i\}/$input}; c=${c//\{o\}/$work/o}; local d=${3//\{o\}/$work/o}; d=${d//\{r\}/$work/r}
  rm -f "$work/o" "$work/r"
  local packing unpacking
  packing=$( { /usr/bin/time -f '%e %M' bash -c "exec $c"; } 2>&1 | tail -1)
  unpacking=$( { /usr/bin/time -f '%e %M' bash -c "exec $d"; } 2>&1 | tail -1)
  local verdict=yes; cmp -s "$input" "$work/r" || verdict=NO
  awk -v n="$1" -v s="$(stat -c %s "$work/o")" -v i="$size" -v c="$packing" -v d="$unpacking" -v ok="$verdict" 'BEGIN {
    split(c, C, " "); split(d, D, " "); m = C[2] > D[2] ? C[2] : D[2]
    printf "%-18s %12d %7s %7.1f%% %10.0f %10.0f %8.0f %s\n", n, s, sprintf("x%.2f", i / s), 100 * (1 - s / i),
           i / 1e6 / (C[1] + 0.001), i / 1e6 / (D[1] + 0.001), m / 1024, ok }'
  [[ $verdict == yes ]]
}
for level in 1 2 3 4 5 6 7; do
  row "kompakt -$level" "$kompakt compress -q -$level {i} {o}" "$kompakt decompress -q {o} {r}"
done
row "lz4 -1" "lz4 -q -1 -f {i} {o}" "lz4 -q -d -f {o} {r}"
row "zstd -3 -T$(nproc)" "zstd -q -3 -T0 -f {i} -o {o}" "zstd -q -d -f {o} -o {r}"
row "pigz -6" "pigz -6 -c {i} > {o}" "pigz -d -c {o} > {r}"
