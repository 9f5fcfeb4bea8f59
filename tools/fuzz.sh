#!/bin/bash
# A short run of every fuzz target, every codec. usage: fuzz.sh BIN_DIR SECONDS
set -euo pipefail
bin=$1 seconds=$2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
run() { # name command...
  local name=$1; shift
  mkdir -p "$work/$name"
  if "$@" "$work/$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -artifact_prefix="$work/" \
      >"$work/$name.log" 2>&1; then
    echo "fuzz: $name: $(grep -oE 'Done [0-9]+ runs' "$work/$name.log" || echo done)"
  else
    tail -40 "$work/$name.log"; echo "fuzz: $name FAILED"; return 1
  fi
}
pids=()
start() { # runs at most one target a processor
  while (( $(jobs -rp | wc -l) >= $(nproc) )); do wait -n || true; done
  run "$@" & pids+=($!)
}
for codec in store zero zstd lz4 snappy brotli deflate xz bzip2 bwt cm; do
  start "codec_$codec" "$bin/fuzz_codec" --codec="$codec"
done
for format in gzip zlib zstd lz4 xz bzip2 brotli snappy; do
  start "format_$format" "$bin/fuzz_format" --format="$format"
done
for target in "$bin"/fuzz_*; do
  [[ -x $target && ! $(basename "$target") =~ ^fuzz_(codec|format)$ ]] && start "$(basename "$target")" "$target"
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
exit $failed
