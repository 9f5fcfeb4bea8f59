#!/bin/bash
# Prints the benchmark tables. usage: run.sh BIN_DIR   (BIG=1: on linux.tar too; RUNS=n)
# Inputs come from ../shared/corpus where it is; otherwise a tar of the system's headers is used.
set -euo pipefail
bin=$(realpath "$1"); here=$(cd "$(dirname "$0")" && pwd); runs=${RUNS:-7}
data=${BENCH_DATA:-/dev/shm/kompakt-bench}; mkdir -p "$data"
corpus=$here/../../shared/tools/corpus.sh
inputs=()
if [[ -x $corpus ]]; then
  "$corpus" "$data" ${BIG:+--big} >/dev/null
  inputs+=("$data/silesia7.tar"); [[ -n ${BIG:-} ]] && inputs+=("$data/linux.tar")
else
  tar --sort=name -cf "$data/include.tar" -C /usr include 2>/dev/null
  inputs+=("$data/include.tar")
fi
python3 "$here/compare.py" --kompakt "$bin/kompakt" --runs "$runs" "${inputs[@]}"
python3 "$here/compare.py" --kompakt "$bin/kompakt" --runs 3 --rows levels "${inputs[0]}"
python3 "$here/formats.py" --kompakt "$bin/kompakt" --runs "$runs" "${inputs[@]}"
python3 "$here/archives.py" --kompakt "$bin/kompakt" --runs "$(( runs < 3 ? runs : 3 ))" --dir "$data" $([[ -n ${BIG:-} ]] || echo /usr/include)
if [[ -x $bin/bench_pipeline ]]; then
  echo; echo "pipeline: ours and oneTBB's, ${inputs[-1]##*/}, level 3, seconds (wall, CPU), in turn:"
  for _ in $(seq "$runs"); do
    for engine in own tbb; do
      /usr/bin/time -f "$engine %e %U+%S %M KiB" "$bin/bench_pipeline" $engine "$(nproc)" 3 "${inputs[-1]}" "$data/pipeline.out" 2>&1
    done
  done
  rm -f "$data/pipeline.out"
fi
