#include "help.hpp"

namespace kompakt::cli {

std::string_view help_text() noexcept {
  return R"(Usage: kompakt [OPTIONS] [FILE...]          compress each FILE to FILE.warp, keeping FILE
       kompakt -d [OPTIONS] [FILE...]       decompress, by content and not by name
       kompakt compress   [OPTIONS] [IN [OUT]]
       kompakt decompress [OPTIONS] [IN [OUT]]
       kompakt test|list|info [OPTIONS] [FILE...]
       kompakt cat [--range OFF+LEN | --lines A-B] [FILE]
       kompakt index [--lines] [--spacing SIZE] FILE...       write FILE.kidx
       kompakt convert [OPTIONS] IN [OUT]                     to another format
Without FILE, or with -, stdin goes to stdout. A file called like a verb is ./list.

What to do:
  -z, --compress  -d, --decompress  -t, --test  -l, --list
  -c, --stdout            write to stdout
  -o, --output FILE       write to FILE
  -F, --format FORMAT     warp gzip zlib zstd lz4 xz bzip2 brotli snappy; otherwise the output's
                          suffix tells (warp where it does not), and the first bytes when reading
      --from FORMAT       for convert: what IN is (only brotli needs it)
  -S, --suffix .SUF       add .SUF instead of the format's suffix
  -k, --keep              keep the source (the default)
      --rm                remove the source once the output is checked and durable
  -f, --force             replace outputs, read special files, write to terminals

How strong:
  -0 to -22, --level N    on the format's own scale; .warp: 0 stores, 3 is the default, 9 the
                          strongest in this build
      --level NAME        auto fastest throughput balanced ratio max
      --fast[=N]  --best  the format's fastest (zstd, lz4: N beyond) and strongest usual level
      --ultra             zstd: allows levels 20 to 22
  -e, --extreme           xz: slower and smaller
      --long[=N]          zstd: matches over 2^N bytes (27); brotli: its window
  -D, --dictionary FILE   zstd, lz4; both ways
      --block-size SIZE, --chunk-size SIZE   content per part that is coded by itself
      --seekable          gzip, zstd: many members or frames with an index
      --check NAME, --no-check               xz: none crc32 crc64 sha256; others: on or off
  -n, --no-name           store no name and time (.warp: no mode, owner, attributes either)
  -N, --name              gunzip: use the stored name and time

For .warp only:
      --codec SPEC        instead of the level's codec: zstd:level=19,long=27
      --checksum NAME     none xxh64 xxh3 blake3 (the default) blake2b
      --warp-version N    3 (the default) or 2, for readers that know nothing newer
      --keep-going        decompress around damage, filling lost ranges with zeros

How much:
  -T, --threads N         0 (the default): what affinity and cgroup allow
  -M, --memory SIZE|N%    memory ceiling
      --max-output SIZE   stop before more than SIZE comes out

How carefully:
      --verify            decode the output and compare before it gets its name
      --no-sync           do not wait for the disk

Where:
      --range OFF+LEN     for cat; OFF+ goes to the end
      --lines A-B         for cat; A- goes to the end, A is one line
      --index             with -d, -t, -l, cat: write FILE.kidx as well
      --spacing SIZE      content between seek points (4M)

What to say:
  -v, --verbose           a line per file; -vv a line per block; with list more columns
  -q, --quiet             no warnings; -qq no errors either
      --progress, --no-progress
      --json              results and errors as JSON lines
  -h, --help  -V, --version

Sizes: K M G T KiB ... are binary, kB MB GB decimal. KOMPAKT_OPT holds default options.
Exit codes: 0 ok, 1 error, 2 warning, 3 corrupt, 4 limit, 5 unsupported, 6 resource missing,
7 some inputs failed. Called gzip, zstd, xz, lz4, bzip2, brotli and so on, it behaves like them.
)";
}

std::string_view warp_compress_help_text() noexcept {
  return R"(Usage: warp-compress compress|decompress [OPTIONS] IN [OUT]

Writes version 2 of .warp, reads every version.
      --level NAME          auto (the default), fastest, throughput, max
      --algo NAME           zstd, lz4, snappy or brotli instead of the level's
      --threads N           0 (the default): what affinity and cgroup allow, 32 at most
      --chunk-size SIZE     128K to 1G; 4M unless the level says otherwise
      --zstd-level N        3        --zstd-threads N    accepted, without effect
      --brotli-quality N    5
      --checksum NAME       none (the default), xxh64, blake3, blake2b
  -f, --force               replace OUT
  -v, --verbose             size, ratio and speed of every chunk
  -h, --help  -V, --version
)";
}

}  // namespace kompakt::cli
