#include "help_table.hpp"

#include <algorithm>

#include "option_table.hpp"

namespace kompakt::cli {
namespace {

constexpr std::array kUsage = {
    UsageText{"", "[OPTIONS] [FILE...]", "compress each FILE to FILE.warp, keeping it", ""},
    UsageText{"", "-d [OPTIONS] [FILE...]", "decompress, by content and not by name", ""},
    UsageText{"compress", "[OPTIONS] [IN [OUT]]", "",
              "Compress one file. The suffix of OUT tells the format."},
    UsageText{"decompress", "[OPTIONS] [IN [OUT]]", "",
              "Decompress one file. The first bytes tell the format."},
    UsageText{"archive", "[OPTIONS] OUT PATH...", ".warp .zip .tar .tar.gz .tar.zst ...",
              "Pack files and folders into one file, whose name tells the format."},
    UsageText{"extract", "[-C DIR] [OPTIONS] ARCHIVE [MEMBER...]", "",
              "Write the members of an archive, or those that are named, below the current folder "
              "or DIR. Nothing is written outside of it or through a link."},
    UsageText{"test", "[OPTIONS] [FILE...]", "", "Decode everything, check it and write nothing."},
    UsageText{"list", "[OPTIONS] [FILE...]", "members of archives; of streams a row each",
              "List the members of archives, and sizes and ratio of streams."},
    UsageText{"info", "[OPTIONS] [FILE...]", "", "Print all that a file says of itself."},
    UsageText{"cat", "[--range OFF+LEN | --lines A-B] [FILE [MEMBER...]]", "",
              "Write content, or a stretch of it, to stdout. With an index, and from .warp files, "
              "only the parts are decoded that hold the stretch."},
    UsageText{"index", "[--lines] [--spacing SIZE] FILE...", "write FILE.kidx",
              "Write an index for random access, and for tars the table of members."},
    UsageText{"convert", "[OPTIONS] IN [OUT]", "to another format",
              "Decode and encode side by side; the content never lies in a file."},
    UsageText{"", "-r [-d|-t] [OPTIONS] PATH...", "every file below folders", ""},
};

constexpr std::array kActions = {
    OptionText{.names = {"compress"}, .text = "compress, which is done without it too"},
    OptionText{.names = {"decompress", "uncompress"}, .text = "decompress"},
    OptionText{.names = {"test"}, .text = "decode and check, write nothing"},
    OptionText{.names = {"list"}, .text = "sizes and ratio, a row for each stream"},
    OptionText{.names = {"stdout", "to-stdout"}, .text = "write to stdout"},
    OptionText{.names = {"output"},
               .argument = "FILE",
               .text = "write to FILE",
               .more = "A device or pipe that exists is written as it is.",
               .completes = Completes::kFile},
    OptionText{.names = {"format"},
               .argument = "FORMAT",
               .text = "warp gzip zlib zstd lz4 xz bzip2 brotli snappy; otherwise the output's "
                       "suffix tells (warp where it does not), and the first bytes when reading; "
                       "archive: warp zip tar tar.gz tar.zst ...",
               .completes = Completes::kAnyFormat},
    OptionText{.names = {"from"},
               .argument = "FORMAT",
               .text = "for convert: what IN is (only brotli needs it)",
               .completes = Completes::kFormat},
    OptionText{
        .names = {"suffix"}, .argument = ".SUF", .text = "add .SUF instead of the format's suffix"},
    OptionText{.names = {"keep"}, .text = "keep the source (the default)"},
    OptionText{.names = {"rm"},
               .text = "remove the source once the output is checked and durable",
               .more = "The output is decoded and compared with the source first."},
    OptionText{.names = {"force"},
               .text = "replace outputs, read special files, write to terminals",
               .more = "Also compress what has a known suffix already, and with --rm remove one of "
                       "several hard links."},
};

constexpr std::array kStrength = {
    OptionText{.names = {"level"},
               .argument = "N|NAME",
               .text = "on the format's own scale; .warp: 0 stores, 3 is the default, 9 the "
                       "strongest in this build; or auto fastest throughput balanced ratio max",
               .more = "A level outside of the format's range is an error that names the range.",
               .completes = Completes::kLevel,
               .words = "auto fastest throughput balanced ratio max",
               .digits = "-0 to -22"},
    OptionText{.names = {"fast"},
               .argument = "[=N]",
               .text = "the format's fastest level (zstd, lz4: N beyond)"},
    OptionText{.names = {"best"}, .text = "the format's strongest usual level"},
    OptionText{.names = {"ultra"}, .text = "zstd: allows levels 20 to 22"},
    OptionText{.names = {"extreme"}, .text = "xz: slower and smaller"},
    OptionText{.names = {"long"},
               .argument = "[=N]",
               .text = "zstd: matches over 2^N bytes (27); brotli: its window",
               .more = "Decompressing needs no such option: the memory ceiling alone decides which "
                       "windows are read."},
    OptionText{.names = {"dictionary"},
               .argument = "FILE",
               .text = "zstd, lz4; both ways",
               .completes = Completes::kFile},
    OptionText{.names = {"block-size", "chunk-size"},
               .argument = "SIZE",
               .text = "content per part that is coded by itself"},
    OptionText{.names = {"solid"},
               .text = ".warp: one block for all content, up to 1 GiB",
               .more = "Smaller, on one thread and in as much memory as the block asks for. Where "
                       "the size of the content is not known before, and in archives, blocks have "
                       "256 MiB."},
    OptionText{.names = {"seekable"}, .text = "gzip, zstd: many members or frames with an index"},
    OptionText{.names = {"check"},
               .argument = "NAME",
               .text = "xz: none crc32 crc64 sha256; others: on or off",
               .completes = Completes::kWords,
               .words = "none crc32 crc64 sha256 xxh32 xxh64 xxh3 blake3 blake2b"},
    OptionText{.names = {"no-check"}, .text = "the same as --check none"},
    OptionText{.names = {"no-name"},
               .text = "store no name and time (.warp: no mode, owner, attributes either)"},
    OptionText{.names = {"name"}, .text = "gunzip: use the stored name and time"},
};

constexpr std::array kWarpOnly = {
    OptionText{.names = {"codec"},
               .argument = "SPEC",
               .text = "instead of the level's codec: zstd:level=19,long=27",
               .completes = Completes::kCodec},
    OptionText{.names = {"checksum"},
               .argument = "NAME",
               .text = "none xxh64 xxh3 blake3 (the default) blake2b",
               .completes = Completes::kWords,
               .words = "none xxh64 xxh3 blake3 blake2b"},
    OptionText{.names = {"warp-version"},
               .argument = "N",
               .text = "3 (the default) or 2, for readers that know nothing newer",
               .completes = Completes::kWords,
               .words = "2 3"},
    OptionText{.names = {"keep-going"},
               .text = "decompress around damage, filling lost ranges with zeros"},
};

constexpr std::array kArchives = {
    OptionText{
        .names = {"recursive"},
        .text = "every file below folders, beside its source; with -o DIR a tree of its own"},
    OptionText{.names = {"archive"}, .text = "with -r: one archive instead (-o names it)"},
    OptionText{.names = {"directory"},
               .argument = "DIR",
               .text = "archive: paths are relative to DIR; extract: write below DIR",
               .completes = Completes::kFolder},
    OptionText{.names = {"include", "exclude"},
               .argument = "GLOB",
               .text = "files or members; *, ? and [] within names, ** across",
               .more =
                   "As often as wanted. A glob without a slash is matched against base names at "
                   "any depth. Exclusion wins, and an excluded folder is not entered."},
    OptionText{.names = {"exclude-from"},
               .argument = "FILE",
               .text = "globs, one a line",
               .completes = Completes::kFile},
    OptionText{.names = {"files-from", "files-from0"},
               .argument = "FILE",
               .text = "names, one a line, or with a NUL behind each (--null)",
               .completes = Completes::kFile},
    OptionText{.names = {"reproducible"}, .text = "the same archive whoever packs the files"},
    OptionText{.names = {"zip-method"},
               .argument = "NAME",
               .text = "deflate store zstd bzip2 xz",
               .completes = Completes::kWords,
               .words = "deflate store zstd bzip2 xz"},
    OptionText{.names = {"dereference"}, .text = "pack what symlinks lead to"},
    OptionText{.names = {"one-file-system"}, .text = "do not enter other file systems"},
    OptionText{.names = {"xattrs", "no-xattrs"},
               .text = "attributes and access lists (the default), or neither"},
    OptionText{.names = {"overwrite"}, .text = "extract: replace files, as -f does"},
    OptionText{.names = {"skip-existing"}, .text = "extract: leave files that exist"},
    OptionText{.names = {"strip-components"},
               .argument = "N",
               .text = "extract: without the first N folders of names"},
    OptionText{.names = {"same-owner", "no-same-owner"},
               .text = "extract: owners as stored (the default as root)"},
    OptionText{.names = {"allow-devices"}, .text = "extract: make devices and pipes too"},
    OptionText{.names = {"allow-setuid"}, .text = "extract: keep set-id and sticky bits"},
    OptionText{.names = {"max-ratio"},
               .argument = "N",
               .text = "extract: stop where N times the archive's size has come out"},
    OptionText{.names = {"max-entries"}, .argument = "N", .text = "stop after N members"},
};

constexpr std::array kLimits = {
    OptionText{.names = {"threads"},
               .argument = "N",
               .text = "0 (the default): what affinity and cgroup allow",
               .more = "What is written does not depend on it."},
    OptionText{.names = {"memory"},
               .argument = "SIZE|N%",
               .text = "memory ceiling",
               .more =
                   "The default is three quarters of the memory, or of the cgroup's limit where "
                   "that is smaller."},
    OptionText{.names = {"max-output"},
               .argument = "SIZE",
               .text = "stop before more than SIZE comes out"},
};

constexpr std::array kCare = {
    OptionText{.names = {"verify"},
               .text = "decode the output and compare before it gets its name"},
    OptionText{.names = {"sync", "no-sync"},
               .text = "wait for the disk, or do not; extract waits, at its end, with --sync only"},
};

constexpr std::array kPlace = {
    OptionText{.names = {"range"}, .argument = "OFF+LEN", .text = "for cat; OFF+ goes to the end"},
    OptionText{.names = {"lines"},
               .argument = "A-B",
               .text = "for cat; A- goes to the end, A is one line",
               .more = "With index it takes no argument: lines are counted for the index."},
    OptionText{.names = {"index"}, .text = "with -d, -t, -l, list, cat: write FILE.kidx as well"},
    OptionText{
        .names = {"spacing"}, .argument = "SIZE", .text = "content between seek points (4M)"},
};

constexpr std::array kMessages = {
    OptionText{.names = {"verbose"},
               .text = "a line per file or member; -vv a line per block; with list more columns"},
    OptionText{.names = {"null"}, .text = "list: names only, each with a NUL behind it"},
    OptionText{.names = {"quiet"}, .text = "no warnings; -qq no errors either"},
    OptionText{.names = {"progress", "no-progress"},
               .text = "a line of progress (the default on a terminal), or none"},
    OptionText{.names = {"json"}, .text = "results and errors as JSON lines"},
    OptionText{.names = {"help"}, .text = "print this"},
    OptionText{.names = {"version"}, .text = "print the version"},
};

constexpr std::array kGroups = {
    OptionGroup{"What to do", kActions},
    OptionGroup{"How strong", kStrength},
    OptionGroup{"For .warp only", kWarpOnly},
    OptionGroup{"Archives and folders", kArchives},
    OptionGroup{"How much", kLimits},
    OptionGroup{"How carefully", kCare},
    OptionGroup{"Where", kPlace},
    OptionGroup{"What to say", kMessages},
};

constexpr std::array kWarpCompressUsage = {
    UsageText{"compress", "[OPTIONS] IN [OUT]", "", "Write version 2 of .warp."},
    UsageText{"decompress", "[OPTIONS] IN [OUT]", "", "Read any version of .warp."},
};

constexpr std::array kWarpCompressTexts = {
    OptionText{.names = {"level"},
               .argument = "NAME",
               .text = "auto (the default), fastest, throughput, max",
               .completes = Completes::kWords,
               .words = "auto fastest throughput max"},
    OptionText{.names = {"algo"},
               .argument = "NAME",
               .text = "zstd, lz4, snappy or brotli instead of the level's",
               .completes = Completes::kWords,
               .words = "zstd lz4 snappy brotli"},
    OptionText{.names = {"threads"},
               .argument = "N",
               .text = "0 (the default): what affinity and cgroup allow, 32 at most"},
    OptionText{.names = {"chunk-size"},
               .argument = "SIZE",
               .text = "128K to 1G; 4M unless the level says otherwise"},
    OptionText{.names = {"zstd-level"}, .argument = "N", .text = "3 is the default"},
    OptionText{.names = {"zstd-threads"},
               .argument = "N",
               .text = "accepted, without effect: chunks are coded in parallel already"},
    OptionText{.names = {"brotli-quality"}, .argument = "N", .text = "5 is the default"},
    OptionText{.names = {"checksum"},
               .argument = "NAME",
               .text = "none (the default), xxh64, blake3, blake2b",
               .completes = Completes::kWords,
               .words = "none xxh64 blake3 blake2b"},
    OptionText{.names = {"force"}, .text = "replace OUT"},
    OptionText{.names = {"verbose"}, .text = "size, ratio and speed of every chunk"},
    OptionText{.names = {"help"}, .text = "print this"},
    OptionText{.names = {"version"}, .text = "print the version"},
};

constexpr std::array kWarpCompressGroups = {OptionGroup{"Options", kWarpCompressTexts}};

constexpr std::array kExits = {
    ExitText{0, "ok", "Everything was done."},
    ExitText{1, "error", "Reading, writing, permission or usage."},
    ExitText{2, "warning", "Done or skipped, with a warning."},
    ExitText{3, "corrupt", "Data is corrupt or truncated, or a verification failed."},
    ExitText{4, "limit", "A limit of memory or output size was reached."},
    ExitText{5, "unsupported", "A format or feature that this build lacks."},
    ExitText{6, "resource missing", "A key, dictionary, model or reference is missing."},
    ExitText{7, "some inputs failed", "Of several inputs some failed and others did not."},
};

}  // namespace

const CommandText& kompakt_command() noexcept {
  static constexpr CommandText kCommand{
      .name = "kompakt", .usage = kUsage, .groups = kGroups, .rows = kOptions, .last_level = 22};
  return kCommand;
}

const CommandText& warp_compress_command() noexcept {
  static constexpr CommandText kCommand{.name = "warp-compress",
                                        .usage = kWarpCompressUsage,
                                        .groups = kWarpCompressGroups,
                                        .rows = kWarpCompressOptions};
  return kCommand;
}

std::span<const ExitText> exit_texts() noexcept { return kExits; }

const OptionRow* find_row(std::span<const OptionRow> rows, std::string_view name) noexcept {
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [name](const OptionRow& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

std::string spelled(const CommandText& command, const OptionText& option) {
  std::string out(option.digits);
  for (const std::string_view name : option.names) {
    if (name.empty()) {
      continue;
    }
    const OptionRow* row = find_row(command.rows, name);
    if (!out.empty()) {
      out += ", ";
    }
    if (row != nullptr && row->letter != '\0') {
      out += {'-', row->letter, ',', ' '};
    }
    out += "--";
    out += name;
    if (!option.argument.empty()) {
      out += option.argument.starts_with('[') ? "" : " ";
      out += option.argument;
    }
  }
  return out;
}

}  // namespace kompakt::cli
