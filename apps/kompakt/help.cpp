#include "help.hpp"

namespace kompakt::cli {

std::string_view help_text() noexcept {
  return R"(Usage: kompakt [OPTIONS] [FILE...]          compress each FILE to FILE.warp, keeping FILE
       kompakt -d [OPTIONS] [FILE...]       decompress, by content and not by name
       kompakt compress   [OPTIONS] [IN [OUT]]
       kompakt decompress [OPTIONS] [IN [OUT]]
       kompakt archive [OPTIONS] OUT PATH...                  .warp .zip .tar .tar.gz .tar.zst ...
       kompakt extract [-C DIR] [OPTIONS] ARCHIVE [MEMBER...]
       kompakt test|list|info [OPTIONS] [FILE...]             list: members of archives
       kompakt cat [--range OFF+LEN | --lines A-B] [FILE [MEMBER...]]
       kompakt index [--lines] [--spacing SIZE] FILE...       write FILE.kidx
       kompakt convert [OPTIONS] IN [OUT]                     to another format
       kompakt -r [-d|-t] [OPTIONS] PATH...                   every file below folders
Without FILE, or with -, stdin goes to stdout. A file called like a verb is ./list.

What to do:
  -z, --compress  -d, --decompress  -t, --test  -l, --list
  -c, --stdout            write to stdout
  -o, --output FILE       write to FILE
  -F, --format FORMAT     warp gzip zlib zstd lz4 xz bzip2 brotli snappy; otherwise the output's
                          suffix tells (warp where it does not), and the first bytes when reading;
                          archive: warp zip tar tar.gz tar.zst ...
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

Archives and folders:
  -r, --recursive         every file below folders, beside its source; with -o DIR a tree of its own
      --archive           with -r: one archive instead (-o names it)
  -C, --directory DIR     archive: paths are relative to DIR; extract: write below DIR
      --include GLOB, --exclude GLOB         files or members; *, ? and [] within names, ** across
      --exclude-from FILE                    globs, one a line
      --files-from FILE, --files-from0 FILE  names, one a line, or with a NUL behind each (--null)
      --reproducible      the same archive whoever packs the files
      --zip-method NAME   deflate store zstd bzip2 xz
  -L, --dereference       pack what symlinks lead to
      --one-file-system   do not enter other file systems
      --no-xattrs         neither attributes nor access lists
      --overwrite, -f     extract: replace files; --skip-existing leaves them
      --strip-components N                   extract: without the first N folders of names
      --same-owner, --no-same-owner          extract: owners as stored (the default as root)
      --allow-devices     extract: make devices and pipes too
      --allow-setuid      extract: keep set-id and sticky bits
      --max-ratio N       extract: stop where N times the archive's size has come out
      --max-entries N     stop after N members
      --sync              extract: make everything durable before the end

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
      --index             with -d, -t, -l, list, cat: write FILE.kidx as well
      --spacing SIZE      content between seek points (4M)

What to say:
  -v, --verbose           a line per file or member; -vv a line per block; with list more columns
      --null              list: names only, each with a NUL behind it
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
