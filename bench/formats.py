#!/usr/bin/env python3
"""The stream formats beside their own tools, whole process, in turn, on RAM-backed files.

usage: formats.py --kompakt PATH [--runs N] [--threads T] [--dir DIR] [--formats LIST] INPUT...

For every format one table of writers (size, speed both ways on one's own output) and one of readers (files that
peers wrote). Ratios are peer / kompakt: above 1 kompakt is faster, lighter or smaller. Peers that are not
installed are left out, saying so.
"""
import argparse
import filecmp
import os
import sys

from measuring import Tool, installed, measure, megabytes, ratio, run

ZSTD_D = "zstd -q -d -f {o} -o {r}"

# format: (kompakt's options, peer's name, compress, decompress). {t} is the number of threads.
WRITERS = {
    "gzip": [
        ("-1", "igzip -1", "igzip -1 -c {i}", "igzip -d -c {o}"),
        ("-1", "pigz -1", "pigz -1 -p{t} -c {i}", "pigz -d -c {o}"),
        ("-6", "pigz -6", "pigz -6 -p{t} -c {i}", "pigz -d -c {o}"),
        ("-6", "libdeflate-gzip -6", "libdeflate-gzip -6 -c {i}", "libdeflate-gzip -d -c {o}"),
        ("-6 --seekable", "bgzip", "bgzip -@{t} -c {i}", "bgzip -@{t} -d -c {o}"),
        ("-9", "pigz -9", "pigz -9 -p{t} -c {i}", "pigz -d -c {o}"),
    ],
    "zstd": [
        ("-1", "zstd -1", "zstd -q -1 -T{t} -f {i} -o {o}", ZSTD_D),
        ("-3", "zstd -3", "zstd -q -3 -T{t} -f {i} -o {o}", ZSTD_D),
        ("-3", "pzstd -3", "pzstd -q -3 -p {t} -f {i} -o {o}", "pzstd -q -d -p {t} -f {o} -o {r}"),
        ("-3 --seekable", "zstd -3", "zstd -q -3 -T{t} -f {i} -o {o}", ZSTD_D),
        ("-9", "zstd -9", "zstd -q -9 -T{t} -f {i} -o {o}", ZSTD_D),
    ],
    "lz4": [
        ("-1", "lz4 -1", "lz4 -q -1 -f {i} {o}", "lz4 -q -d -f {o} {r}"),
        ("-9", "lz4 -9", "lz4 -q -9 -f {i} {o}", "lz4 -q -d -f {o} {r}"),
    ],
    "bzip2": [("-9", "lbzip2 -9", "lbzip2 -9 -n{t} -c {i}", "lbzip2 -d -n{t} -c {o}")],
    "xz": [
        ("-6", "xz -6", "xz -6 -T{t} -c {i}", "xz -d -T{t} -c {o}"),
        ("-6", "pixz -6", "pixz -6 -t -p {t} -i {i} -o {o}", "pixz -d -p {t} -i {o} -o {r}"),
        ("-6", "plzip -6", "plzip -6 -n{t} -c {i}", "plzip -d -n{t} -c {o}"),
    ],
    "brotli": [("-5", "brotli -5", "brotli -q 5 -c {i}", "brotli -d -c {o}")],
}

# format: (what wrote the file, its command, [(reader, its command)]).
READERS = {
    "gzip": [
        ("pigz -6", "pigz -6 -p{t} -c {i}", ["gzip -d -c {o}", "pigz -d -c {o}", "igzip -d -c {o}",
                                            "rapidgzip -P {t} -d -f -o {r} {o}"]),
        ("gzip -6", "gzip -6 -c {i}", ["igzip -d -c {o}", "rapidgzip -P {t} -d -f -o {r} {o}"]),
        ("igzip -1", "igzip -1 -c {i}", ["igzip -d -c {o}"]),
        ("bgzip", "bgzip -@{t} -c {i}", ["bgzip -@{t} -d -c {o}"]),
    ],
    "zstd": [
        ("zstd -3", "zstd -q -3 -T{t} -f {i} -o {o}", [ZSTD_D]),
        ("zstd -9 --long=27", "zstd -q -9 --long=27 -T{t} -f {i} -o {o}", [ZSTD_D]),
        ("pzstd -3", "pzstd -q -3 -p {t} -f {i} -o {o}", ["pzstd -q -d -p {t} -f {o} -o {r}"]),
    ],
    "lz4": [
        ("lz4 -1", "lz4 -q -1 -f {i} {o}", ["lz4 -q -d -f {o} {r}"]),
        ("lz4 -9 -BD", "lz4 -q -9 -BD -f {i} {o}", ["lz4 -q -d -f {o} {r}"]),
    ],
    "bzip2": [("bzip2 -9", "bzip2 -9 -c {i}", ["bzip2 -d -c {o}", "lbzip2 -d -n{t} -c {o}"])],
    "xz": [
        ("xz -6 -T", "xz -6 -T{t} -c {i}", ["xz -d -T{t} -c {o}"]),
        ("xz -6, one block", "xz -6 -T1 -c {i}", ["xz -d -c {o}"]),
    ],
    "brotli": [("brotli -5", "brotli -q 5 -c {i}", ["brotli -d -c {o}"])],
}

SLOW = {"xz", "bzip2", "brotli"}  # one run says enough on large inputs


def kompakt(options, name, flags):
    base = f"{options.kompakt} -q -f -T{options.threads} -F {name}"
    return Tool(f"{name} {flags}", f"{base} {flags} {{i}} -o {{o}}", f"{base} -d {{o}} -o {{r}}")


def runs_for(options, name, source):
    return 1 if name in SLOW and os.path.getsize(source) > 200e6 else options.runs


def writer_table(options, name, source):
    print(f"\n{name}: written and read back, {os.path.basename(source)}, {options.threads} threads\n")
    print("| kompakt | peer | size | peer size | size ratio | compress | decompress | compress CPU | decompress CPU "
          "| peak MB c/d | peer MB c/d |\n|---|---|---|---|---|---|---|---|---|---|---|")
    for flags, label, compress, decompress in WRITERS[name]:
        if not installed(compress):
            print(f"| {flags} | {label}: not installed | | | | | | | | | |")
            continue
        peer = Tool(label, compress.replace("{t}", str(options.threads)),
                    decompress.replace("{t}", str(options.threads)))
        sizes, packing, unpacking = measure([kompakt(options, name, flags), peer], source, options.dir,
                                            runs_for(options, name, source))
        print(f"| {flags} | {label} | {sizes[0]:,} | {sizes[1]:,} | {sizes[1] / sizes[0]:.4f} | "
              f"{ratio(packing, 'wall')} | {ratio(unpacking, 'wall')} | {ratio(packing, 'cpu')} | "
              f"{ratio(unpacking, 'cpu')} | {megabytes(packing[0])}/{megabytes(unpacking[0])} | "
              f"{megabytes(packing[1])}/{megabytes(unpacking[1])} |", flush=True)


def reader_table(options, name, source):
    print(f"\n{name}: files that others wrote, {os.path.basename(source)}, {options.threads} threads\n")
    print("| written by | read beside | decompress | CPU | peak MB | peer MB |\n|---|---|---|---|---|---|")
    packed, restored = f"{options.dir}/bench.foreign", f"{options.dir}/bench.restored"
    for label, command, readers in READERS[name]:
        if not installed(command):
            print(f"| {label}: not installed | | | | | |")
            continue
        run(command.replace("{t}", str(options.threads)).format(i=source, o=packed), packed)
        for reader in readers:
            if not installed(reader):
                print(f"| {label} | {reader.split()[0]}: not installed | | | | |")
                continue
            commands = [kompakt(options, name, "").decompress, reader.replace("{t}", str(options.threads))]
            taken = [[], []]
            for turn in range(runs_for(options, name, source) + 1):
                for k, each in enumerate(commands):
                    if os.path.exists(restored):
                        os.remove(restored)
                    result = run(each.format(o=packed, r=restored), restored)
                    if turn > 0:
                        taken[k].append(result)
                    elif not filecmp.cmp(source, restored, shallow=False):
                        raise RuntimeError(f"{each}: differs from {source}")
            print(f"| {label} | {reader.split()[0]} | {ratio(taken, 'wall')} | {ratio(taken, 'cpu')} | "
                  f"{megabytes(taken[0])} | {megabytes(taken[1])} |", flush=True)
    for path in (packed, restored):
        if os.path.exists(path):
            os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--kompakt", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--formats", type=lambda text: text.split(","), default=list(WRITERS))
    options = parser.parse_args()
    for source in options.inputs:
        for name in options.formats:
            writer_table(options, name, source)
            reader_table(options, name, source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
