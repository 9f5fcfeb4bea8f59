#!/usr/bin/python3
"""The Python package beside the tool, the standard library, python-zstandard, python-lz4 and brotli, in one run.

usage: python.py --package DIR --kompakt PATH [--runs N] [--threads T] [--dir DIR] [--only PART,...] INPUT

--package  what goes on sys.path: build/release/python, or the folder that a wheel was installed to
--dir      for what the tool writes; best on RAM
--only     tool, stdlib, peers, small

Calls are timed inside one process, in pairs: ours, the peer's, ours, ...; medians are told. CPU seconds are those of all
threads and are the ones to look at on a busy machine. Ratios are peer / kompakt: above 1 kompakt is faster. Beside the tool,
whose whole process is timed, from a file on RAM to a file on RAM, stand the Python call from bytes to bytes and, as
"process", a Python process that is started for compress_file() or decompress_file() of the same file.
Levels: the lowest of ours whose output is no larger than the peer's, by 0.1 % at most: that is what checksums that the peer
leaves out and other places to cut come to.
"""
import argparse
import importlib
import os
import resource
import statistics
import subprocess
import sys
import time

PROCESS = """
import sys
sys.path.insert(0, {package!r})
import kompakt
kompakt.{call}
"""

MODULES = {"zlib": "zlib", "gzip": "gzip", "bz2": "bz2", "lzma": "lzma", "zstandard": "zstandard", "lz4.frame": "lz4.frame",
           "brotli": "brotli"}
STDLIB = [("zlib", 1), ("zlib", 6), ("zlib", 9), ("gzip", 6), ("bz2", 9), ("lzma", 1), ("lzma", 6)]
PEERS = [("zstandard", 1), ("zstandard", 3), ("zstandard", 9), ("lz4.frame", 0), ("lz4.frame", 9), ("brotli", 1), ("brotli", 5)]
TOOL = [("gzip", 6), ("zstd", 3), ("lz4", 1), ("xz", 1), ("bzip2", 9), ("warp", 3)]
FORMATS = {"zlib": "zlib", "gzip": "gzip", "bz2": "bzip2", "lzma": "xz", "zstandard": "zstd", "lz4.frame": "lz4",
           "brotli": "brotli"}


class Peer:
    """Another library's calls at one level."""

    def __init__(self, name, level, threads):
        self.name, self.level = name, level
        module = importlib.import_module(MODULES[name])
        if name == "zstandard":
            self.compress = module.ZstdCompressor(level=level, threads=threads).compress
            self.decompress = module.ZstdDecompressor().decompress
        elif name == "lz4.frame":
            self.compress = lambda data: module.compress(data, compression_level=level)
            self.decompress = module.decompress
        else:
            keyword = {"gzip": "compresslevel", "bz2": "compresslevel", "lzma": "preset", "brotli": "quality"}.get(name, "level")
            self.compress = lambda data: module.compress(data, **{keyword: level})
            self.decompress = module.decompress


def timed(call):
    """Wall and CPU seconds (all threads, and children that ended), and what came of it."""
    before = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    begin = time.perf_counter()
    result = call()
    wall = time.perf_counter() - begin
    after = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(before, after))
    return wall, cpu, result


def in_turn(runs, *calls):
    """(wall, CPU) of each, as medians."""
    times = [[] for _ in calls]
    for _ in range(runs):
        for mine, call in zip(times, calls):
            wall, cpu, result = timed(call)
            del result
            mine.append((wall, cpu))
    return [tuple(statistics.median(column) for column in zip(*mine)) for mine in times]


def row(*cells):
    print("".join(f"{cell:<27}" if i == 0 else f"{cell:>12}" for i, cell in enumerate(cells)), flush=True)


def level_for(kompakt, data, form, size, threads):
    """The lowest level whose output is no larger than `size` (0.1 % for equal), with that output; None where none is."""
    info = next(info for info in kompakt.formats() if info.name == form)
    for level in range(max(info.min_level, 1), info.max_level + 1):
        packed = kompakt.compress(data, level, form, threads=threads)
        if len(packed) <= size * 1.001:
            return level, packed
    return None


def against_libraries(kompakt, data, peers, options):
    row("peer", "level", "ours", "size", "compress", "of CPU", "decompress", "of CPU", "MB/s both")
    for name, level in peers:
        try:
            peer = Peer(name, level, options.threads)
        except ImportError:
            print(f"{name}: not installed, left out")
            continue
        form = FORMATS[name]
        theirs = peer.compress(data)
        found = level_for(kompakt, data, form, len(theirs), options.threads)
        if found is None:
            print(f"{name} {level}: no level of ours is as small")
            continue
        ours, packed = found
        runs = options.runs if name not in ("lzma", "bz2") else min(options.runs, 2)
        down = in_turn(runs, lambda: kompakt.compress(data, ours, form, threads=options.threads), lambda: peer.compress(data))
        up = in_turn(runs, lambda: kompakt.decompress(packed, form, threads=options.threads), lambda: peer.decompress(theirs))
        assert kompakt.decompress(packed, form) == data and kompakt.decompress(theirs, form) == data
        row(name, level, ours, f"{len(theirs) / len(packed):.3f}", *(f"{p / o:.2f}" for o, p in zip(*down)),
            *(f"{p / o:.2f}" for o, p in zip(*up)), f"{len(data) / 1e6 / down[0][0]:.0f} {len(data) / 1e6 / up[0][0]:.0f}")


def against_tool(kompakt, data, options):
    def process(call):
        script = PROCESS.format(package=os.path.abspath(options.package), call=call)
        return lambda: subprocess.run([sys.executable, "-c", script], check=True)

    packed_file, plain_file = (os.path.join(options.dir, f"bench_python.{os.getpid()}.{end}") for end in ("packed", "plain"))
    tool = [options.kompakt, "-q", "-f", f"-T{options.threads}"]
    shared = f"threads={options.threads}, overwrite=True"
    row("tool / call, / process", "level", "compress", "of CPU", "process", "of CPU", "decompress", "of CPU", "process", "of CPU")
    for form, level in TOOL:
        packed = kompakt.compress(data, level, form, threads=options.threads)
        down = in_turn(options.runs,
                       lambda: kompakt.compress(data, level, form, threads=options.threads),
                       lambda: subprocess.run([*tool, "-F", form, f"-{level}", options.input, "-o", packed_file], check=True),
                       process(f"compress_file({options.input!r}, {packed_file!r}, {form!r}, {level}, {shared})"))
        with open(packed_file, "wb") as file:
            file.write(packed)
        up = in_turn(options.runs,
                     lambda: kompakt.decompress(packed, form, threads=options.threads),
                     lambda: subprocess.run([*tool, "-d", "-F", form, packed_file, "-o", plain_file], check=True),
                     process(f"decompress_file({packed_file!r}, {plain_file!r}, {form!r}, {shared})"))
        cells = []
        for call, peer, whole in (down, up):
            cells += [f"{p / o:.2f}" for o, p in zip(call, peer)] + [f"{p / o:.2f}" for o, p in zip(whole, peer)]
        row(form, level, *cells)
    os.remove(packed_file)
    os.remove(plain_file)


def small_inputs(kompakt, data, options):
    row("peer, level, input", "us ours", "us peer", "compress", "us ours", "us peer", "decompress")
    for size in (100, 1 << 10, 100_000):
        piece = data[len(data) // 2:][:size]
        for name, level in [("zlib", 6), ("zstandard", 3), ("lz4.frame", 0), ("brotli", 1)]:
            try:
                peer = Peer(name, level, 0)
            except ImportError:
                continue
            form = FORMATS[name]
            ours = max(level, 1)
            packed, theirs = kompakt.compress(piece, ours, form), peer.compress(piece)
            cells = []
            for mine, other in ((lambda: kompakt.compress(piece, ours, form), lambda: peer.compress(piece)),
                                (lambda: kompakt.decompress(packed, form), lambda: peer.decompress(theirs))):
                count = 1000 if size <= 1 << 10 else 100
                (_, a), (_, b) = in_turn(options.runs, lambda: [mine() for _ in range(count)], lambda: [other() for _ in range(count)])
                cells += [f"{a / count * 1e6:.1f}", f"{b / count * 1e6:.1f}", f"{b / a:.2f}"]
            row(f"{name} {level}, {len(piece)} B", *cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True)
    parser.add_argument("--kompakt", required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--only", default="tool,stdlib,peers,small")
    parser.add_argument("input")
    options = parser.parse_args()
    # Beside a script of this name Python would look for its own modules here.
    sys.path[0] = options.package
    kompakt = importlib.import_module("kompakt")
    with open(options.input, "rb") as file:
        data = file.read()
    parts = options.only.split(",")
    print(f"{options.input}: {len(data)} bytes, {options.threads} threads, {options.runs} runs, medians")
    if "tool" in parts:
        against_tool(kompakt, data, options)
    if "stdlib" in parts:
        against_libraries(kompakt, data, STDLIB, options)
    if "peers" in parts:
        against_libraries(kompakt, data, PEERS, options)
    if "small" in parts:
        small_inputs(kompakt, data, options)


if __name__ == "__main__":
    main()
