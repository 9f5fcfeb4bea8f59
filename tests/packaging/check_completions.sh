#!/bin/bash
# check_completions.sh PREFIX: what bash offers for some beginnings of command lines, and whether zsh and fish can read theirs.
set -euo pipefail
share=$1/share
# shellcheck source=/dev/null
source "$share/bash-completion/completions/kompakt"
# shellcheck source=/dev/null
source "$share/bash-completion/completions/warp-compress"

# offers FUNCTION "EXPECTED WORDS" WORDS...: the last word is the one at the cursor.
offers() {
  local function=$1 expected=$2
  shift 2
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  "$function" || true # its status is nobody's business
  if [[ "${COMPREPLY[*]}" != "$expected" ]]; then
    echo "completing '$*': '${COMPREPLY[*]}' instead of '$expected'" >&2
    exit 1
  fi
}
cd "$(mktemp -d)"
mkdir folder
touch file.txt
offers _kompakt 'compress' kompakt comp
offers _kompakt 'extract' kompakt ext
offers _kompakt '--format' kompakt --form
offers _kompakt 'gzip' kompakt --format g
offers _kompakt 'tar.zst' kompakt -F tar.zs
offers _kompakt 'xz' kompakt -d --from = x
offers _kompakt 'max' kompakt --level = m
offers _kompakt '-1 -10 -11 -12 -13 -14 -15 -16 -17 -18 -19' kompakt -1
offers _kompakt 'zstd' kompakt --codec zs
offers _kompakt 'blake3' kompakt --checksum blake3
offers _kompakt 'folder' kompakt extract -C ''
offers _kompakt 'file.txt' kompakt -D fi
offers _kompakt '' kompakt --threads ''
offers _kompakt 'file.txt' kompakt -d fi
offers _warp_compress 'compress' warp-compress c
offers _warp_compress 'throughput' warp-compress compress --level t
rm -r "$PWD"
if command -v zsh >/dev/null; then
  zsh -n "$share/zsh/site-functions/_kompakt" "$share/zsh/site-functions/_warp-compress"
fi
if command -v fish >/dev/null; then
  fish -n "$share/fish/vendor_completions.d/kompakt.fish" "$share/fish/vendor_completions.d/warp-compress.fish"
fi
echo "completions: as expected"
