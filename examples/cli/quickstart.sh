#!/bin/bash
# The commands of docs/guides/quickstart-cli.md, for a folder that holds FILE, LOG and a folder DIR.
set -euo pipefail

# [files]
kompakt FILE                    # FILE.warp beside it; FILE stays
kompakt test FILE.warp          # decodes everything, checks everything, writes nothing
kompakt -d FILE.warp -o COPY    # any .warp, .gz, .zst, .xz, ...: told by its first bytes
kompakt list FILE.warp
# [files]
cmp FILE COPY

# [formats]
kompakt -F gzip -6 LOG          # LOG.gz; also zstd, xz, lz4, bzip2, brotli, zlib, snappy
kompakt convert LOG.gz LOG.zst  # one pass, content proven equal
# [formats]
gzip -t LOG.gz

# [pipes]
tar c DIR | kompakt -F zstd > DIR.tar.zst
kompakt -d < DIR.tar.zst | tar t
# [pipes]

# [archives]
kompakt archive DIR.zip DIR     # by the name: .warp, .zip, .tar, .tar.gz, .tar.zst, ...
kompakt list DIR.zip
kompakt extract DIR.zip -C OUT  # below OUT and nowhere else; nothing is overwritten
# [archives]
diff -r DIR OUT/DIR

# [stretches]
kompakt cat FILE.warp --range 1K+80   # decodes only what holds the 80 bytes
kompakt index --lines LOG.gz          # LOG.gz.kidx, once
kompakt cat LOG.gz --lines 100-102    # from there on, without decoding what lies before
# [stretches]

# [folders]
kompakt -r -F zstd DIR -o MIRROR      # a compressed file for each file
kompakt -r -d MIRROR -o BACK
# [folders]
diff -r DIR BACK

# [careful]
kompakt -9 --rm LOG                           # LOG goes once LOG.warp was decoded, compared and is durable
kompakt extract DIR.zip -C OUT2 --max-output 1G --max-ratio 200 --max-entries 10000
# [careful]
test ! -e LOG
