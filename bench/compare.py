#!/usr/bin/env python3
"""Whole-process comparison with other compressors, side by side.

usage: compare.py --kompakt PATH [--runs N] [--threads T] [--dir DIR] [--rows levels|peers] INPUT...

Every row runs kompakt and the peer in turn (A B A B ...) after one warm-up, on files in DIR (default
/dev/shm, RAM-backed), and prints a Markdown table: sizes, and the medians' ratios of wall time, CPU
time and peak memory. A ratio above 1 is in kompakt's favour. Restored files are compared byte by byte.
"""
import argparse
import os
import shutil
import sys

from measuring import Tool, measure, median


SLOW_LEVEL = 7  # from this level on one run says enough


def peers(threads):
    t = threads
    zstd_d = "zstd -q -d -f {o} -o {r}"
    return [
        (1, Tool("lz4 -1", "lz4 -q -1 -f {i} {o}", "lz4 -q -d -f {o} {r}")),
        (2, Tool(f"zstd -1 -T{t}", f"zstd -q -1 -T{t} -f {{i}} -o {{o}}", zstd_d)),
        (3, Tool(f"zstd -3 -T{t}", f"zstd -q -3 -T{t} -f {{i}} -o {{o}}", zstd_d)),
        (3, Tool(f"pzstd -3 -p{t}", f"pzstd -q -3 -p {t} -f {{i}} -o {{o}}", f"pzstd -q -d -p {t} -f {{o}} -o {{r}}")),
        (3, Tool(f"pigz -6 -p{t}", f"pigz -6 -p{t} -c {{i}}", "pigz -d -c {o}")),
        (6, Tool(f"zstd -9 -T{t}", f"zstd -q -9 -T{t} -f {{i}} -o {{o}}", zstd_d)),
        (9, Tool(f"xz -6 -T{t}", f"xz -6 -T{t} -c {{i}}", f"xz -d -T{t} -c {{o}}")),
    ]


def kompakt(path, level, threads):
    return Tool(f"kompakt -{level}", f"{path} compress -q -f -{level} -T{threads} {{i}} {{o}}",
                f"{path} decompress -q -f -T{threads} {{o}} {{r}}")


def peer_table(options, source):
    size = os.path.getsize(source)
    print(f"\n{os.path.basename(source)}, {size:,} bytes, {options.threads} threads, medians of {options.runs} paired "
          "runs. Ratios are peer / kompakt: above 1 kompakt is faster, lighter or smaller.\n")
    print("| kompakt | peer | size | peer size | size ratio | compress | decompress | compress CPU | decompress CPU "
          "| peak MB c/d | peer MB c/d |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for level, peer in peers(options.threads):
        if options.levels and level not in options.levels:
            continue
        if shutil.which(peer.compress.split()[0]) is None:
            print(f"| -{level} | {peer.name}: not installed | | | | | | | | | |")
            continue
        ours = kompakt(options.kompakt, level, options.threads)
        sizes, packing, unpacking = measure([ours, peer], source, options.dir,
                                            options.runs if level < SLOW_LEVEL else 1)
        ratio = [median(packing[1], "wall") / median(packing[0], "wall"),
                 median(unpacking[1], "wall") / median(unpacking[0], "wall"),
                 median(packing[1], "cpu") / median(packing[0], "cpu"),
                 median(unpacking[1], "cpu") / median(unpacking[0], "cpu")]
        memory = [f"{median(packing[k], 'rss') / 1024:.0f}/{median(unpacking[k], 'rss') / 1024:.0f}" for k in (0, 1)]
        print(f"| -{level} | {peer.name} | {sizes[0]:,} | {sizes[1]:,} | {sizes[1] / sizes[0]:.3f} | "
              + " | ".join(f"{r:.2f}x" for r in ratio) + f" | {memory[0]} | {memory[1]} |", flush=True)


def level_table(options, source):
    size = os.path.getsize(source)
    print(f"\n{os.path.basename(source)}, {size:,} bytes, {options.threads} threads, medians of {options.runs} runs; "
          "times relative to level 3.\n")
    print("| level | size | ratio | compress time | decompress time | peak MB c/d |")
    print("|---|---|---|---|---|---|")
    rows = []
    for level in range(10):
        sizes, packing, unpacking = measure([kompakt(options.kompakt, level, options.threads)], source, options.dir,
                                            options.runs if level < SLOW_LEVEL else 1)
        rows.append((level, sizes[0], packing[0], unpacking[0]))
    base = rows[3]
    for level, packed, packing, unpacking in rows:
        print(f"| {level} | {packed:,} | x{size / packed:.2f} | {median(packing, 'wall') / median(base[2], 'wall'):.2f} | "
              f"{median(unpacking, 'wall') / median(base[3], 'wall'):.2f} | "
              f"{median(packing, 'rss') / 1024:.0f}/{median(unpacking, 'rss') / 1024:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--kompakt", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--levels", type=lambda text: [int(n) for n in text.split(",")],
                        help="only the rows of these levels")
    parser.add_argument("--rows", choices=["peers", "levels"], default="peers")
    options = parser.parse_args()
    for source in options.inputs:
        (peer_table if options.rows == "peers" else level_table)(options, source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
