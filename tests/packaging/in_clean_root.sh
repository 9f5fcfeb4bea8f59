#!/bin/bash
# Runs as root inside a Debian that is thrown away, beside the packages and the folder of this script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export DEBIAN_FRONTEND=noninteractive
cd "$here/.."
# By the packages' own dependencies, and dpkg's own idea of whether they are met.
apt-get install -y --no-install-recommends ./*.deb >/dev/null
dpkg --audit
dpkg --status libkompakt0 kompakt libkompakt-dev | grep -E '^(Package|Status|Version)'
ldconfig -p | grep libkompakt

echo "== programs"
bash "$here/check_consumers.sh" /usr /tmp/consumers

echo "== the tool"
kompakt --version
kompakt -F zstd sample
kompakt -dc sample.zst | cmp - sample
PATH=/usr/libexec/kompakt/applets:$PATH tar -czf sample.tgz sample
tar -tzf sample.tgz
man -w kompakt warp-compress
bash "$here/check_completions.sh" /usr

if [[ -n $(echo python3-kompakt*.deb) && -e $(echo python3-kompakt*.deb) ]]; then
  echo "== Python"
  cd /
  python3 - <<'END'
import kompakt

data = b"to be or not to be, that is the question. " * 1000
for name in ("gzip", "zstd", "xz"):
    packed = kompakt.compress(data, format=name)
    assert len(packed) < len(data) // 10
    assert kompakt.decompress(packed) == data
try:
    kompakt.decompress(packed[:-20])
except kompakt.CompressionError as error:
    print("told:", error)
else:
    raise SystemExit("a truncated stream was taken for a whole one")
print("Python", kompakt.__file__)
END
fi
echo "== removal"
dpkg --purge $(dpkg-query -W -f '${Package} ${Maintainer}\n' '*kompakt*' | awk '/Kompakt/ { print $1 }') >/dev/null
! find /usr -name '*kompakt*' -not -path '*/var/*' | grep . || { echo "left behind" >&2; exit 1; }
