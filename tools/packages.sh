#!/bin/bash
# packages.sh BUILD [JOBS]: builds the Debian packages in BUILD, and tries them in a clean Debian: installs them there, builds
# and runs a program against each way of linking, runs the tool and imports the Python package. The clean Debian is made with
# mmdebstrap, which fetches it; SKIP_ROOT=1 builds the packages only.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
jobs=${2:-$(nproc)}
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_SYSCONFDIR=/etc \
  -DKOMPAKT_SHARED=ON -DKOMPAKT_UNITY=ON -DKOMPAKT_TESTS=OFF -DKOMPAKT_DEBIAN_LAYOUT=ON
cmake --build "$build" -j "$jobs"
rm -f "$build"/*.deb
(cd "$build" && cpack -G DEB)
ls -l "$build"/*.deb
for package in "$build"/*.deb; do
  echo "== $(basename "$package")"
  dpkg-deb --field "$package" Package Version Depends
done
if command -v lintian >/dev/null; then
  # Without a source package of Debian's there is no bug to close; the rest is worth reading.
  lintian --allow-root --suppress-tags initial-upload-closes-no-bugs "$build"/*.deb || true
fi
[[ -z ${SKIP_ROOT:-} ]] || exit 0
command -v mmdebstrap >/dev/null || { echo "packages: install mmdebstrap for the clean root" >&2; exit 1; }

trial=$(mktemp -d)
trap 'rm -rf "$trial"' EXIT
mkdir "$trial/kompakt"
cp "$build"/*.deb "$trial/kompakt"
cp -r tests/packaging "$trial/kompakt/packaging"
cp README.md "$trial/kompakt/sample"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# What a program's author has; everything else must come by the packages' dependencies.
mmdebstrap --variant=apt --format=null --include=g++,cmake,make,pkg-config,binutils,man-db,bash-completion \
  --customize-hook="copy-in '$trial/kompakt' /root" \
  --customize-hook='chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root bash /root/kompakt/packaging/in_clean_root.sh' \
  "$release" /dev/null
echo "packages: installed and used in a clean root"
