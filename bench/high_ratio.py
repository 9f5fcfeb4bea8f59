#!/usr/bin/env python3
"""Levels 10-14 beside other strong compressors: size, CPU seconds and peak memory both ways, each file alone, one thread.

usage: high_ratio.py --results FILE.json --corpus DIR [--kompakt PATH] [--peer-dir DIR] [--only NAME,...] [--files NAME,...]
                     [--jobs 2] [--again] [--split]
       high_ratio.py --results FILE.json [--markdown FILE] [--plot FILE.svg]       (no --corpus: shows what is there)

DIR holds dickens mr nci ooffice osdb reymont xml and linux.tar, of which the first 200,000,000 bytes are taken. Every result
is kept in FILE.json as it comes, so a run that was interrupted goes on, and parts can be measured on different days. What
is there is not measured again unless the input has changed, kompakt was built anew, or --again says so. Several runs may
write one file at a time. Peers that are not installed, nor in --peer-dir, are left out, saying so.
CPU seconds are user and system time of the whole process: they say what work costs also where other work runs beside it,
though caches and memory are then shared; each entry says how many measurements ran at once and what the load was. The
table of --split is of wall seconds and needs a machine that is idle.
"""
import argparse
import concurrent.futures
import contextlib
import datetime
import fcntl
import filecmp
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass

import pareto
from measuring import installed, run_shell

SEVEN = ["dickens", "mr", "nci", "ooffice", "osdb", "reymont", "xml"]
LARGE, LARGE_BYTES = "linux200", 200_000_000
LEVELS = range(10, 15)
SPLIT_BLOCKS = ["", "--block-size=64M", "--block-size=256M"]


@dataclass
class Tool:
    """Commands: {i} input, {o} compressed, {r} restored. `large`: also measured on linux.tar unless told otherwise."""
    name: str
    compress: str
    decompress: str
    large: bool = False
    version: str = ""  # command that prints it


def kanzi(level, large=False):
    return Tool(f"kanzi -l {level}", f"kanzi -c -i {{i}} -o {{o}} -l {level} -b 64m -j 1 -f -v 0",
                "kanzi -d -i {o} -o {r} -j 1 -f -v 0", large, "kanzi -h")


def zpaq(level, large=False):
    return Tool(f"zpaq -m{level}", f"zpaq a {{o}}.zpaq {{i}} -m{level} -t1 && mv {{o}}.zpaq {{o}}",
                "ln {o} {o}.zpaq && zpaq x {o}.zpaq {i} -to {r} -t1 -f", large, "zpaq")


PEERS = [
    Tool("bsc -e2", "bsc e {i} {o} -b64 -e2 -t -T", "bsc d {o} {r} -t -T", True, "bsc"),
    Tool("bzip3 -b 64", "bzip3 -e -b 64 -c {i} > {o}", "bzip3 -d -c {o} > {r}", True, "bzip3 -V"),
    kanzi(7), kanzi(8, True), kanzi(9, True), zpaq(4, True), zpaq(5),
    Tool("7zz PPMd o=16", "7zz a -t7z -m0=PPMd:o=16:mem=1g -mmt1 -bso0 -bsp0 {o}.7z {i} && mv {o}.7z {o}",
         "7zz e -mmt1 -so {o} > {r}", False, "7zz"),
    Tool("xz -9e", "xz -9e -T1 -c {i} > {o}", "xz -d -T1 -c {o} > {r}", True, "xz --version"),
    Tool("brotli -q 11 -w 24", "brotli -q 11 -w 24 -c {i} > {o}", "brotli -d -c {o} > {r}", False, "brotli --version"),
    Tool("zstd --ultra -22", "zstd -q --ultra -22 -T1 -c {i} > {o}", "zstd -q -d -c {o} > {r}", False, "zstd --version"),
]


def kompakt_levels(path):
    return [Tool(f"kompakt -{level}", f"{path} -{level} -T1 -q -c {{i}} > {{o}}", f"{path} -d -T1 -q -c {{o}} > {{r}}", True)
            for level in LEVELS]


class Results:
    """The file of results: {"entries": {"TOOL|FILE": {...}}, "split": {...}}. Safe to write from several processes."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def load(self):
        if not self.path.exists():
            return {"entries": {}, "split": {}}
        return json.loads(self.path.read_text())

    @contextlib.contextmanager
    def changed(self):
        with open(f"{self.path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            data = self.load()
            yield data
            partial = f"{self.path}.partial"
            pathlib.Path(partial).write_text(json.dumps(data, indent=1, sort_keys=True) + "\n")
            os.replace(partial, self.path)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def checksum(path):
    value = 0
    with open(path, "rb") as file:
        while piece := file.read(1 << 22):
            value = zlib.crc32(piece, value)
    return f"{value:08x}"


def build_of(tool):
    """What tells one build of a tool from another: its version line, or for kompakt a digest of the program."""
    program = shlex.split(tool.compress)[0]
    if not tool.version:
        return hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()[:12]
    text = subprocess.run(shlex.split(tool.version), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    lines = (text.stdout + text.stderr).splitlines()
    found = [match.group() for line in lines if (match := re.search(r"\d+(\.\d+)+", line))]
    return found[0] if found else "?"


def measure(tool, source, folder):
    """One way, back, and the bytes compared."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        fields = {"i": shlex.quote(source), "o": f"{scratch}/packed", "r": f"{scratch}/restored"}
        forth = run_shell(f"{{ {tool.compress.format(**fields)}; }} 2>/dev/null")
        size = os.path.getsize(f"{scratch}/packed")
        back = run_shell(f"{{ {tool.decompress.format(**fields)}; }} 2>/dev/null")
        if not filecmp.cmp(source, f"{scratch}/restored", shallow=False):
            raise RuntimeError(f"{tool.name}: {source} comes back different")
        return {"size": size, "enc_cpu": round(forth.cpu, 3), "dec_cpu": round(back.cpu, 3), "enc_wall": round(forth.wall, 3),
                "dec_wall": round(back.wall, 3), "enc_rss": forth.rss * 1024, "dec_rss": back.rss * 1024}


def wanted(options):
    """(tool, file) of everything to be measured, fastest tools first."""
    tools = (kompakt_levels(options.kompakt) if options.kompakt else []) + PEERS
    for tool in tools:
        if options.only and not any(tool.name.startswith(name) for name in options.only):
            continue
        if not installed(tool.compress.split("&&")[0].split(">")[0]):
            print(f"{tool.name}: not installed, left out", flush=True)
            continue
        for name in options.files or SEVEN + ([LARGE] if tool.large else []):
            yield tool, name


def measure_all(options, results):
    inputs = find_inputs(options)
    sums = {}
    builds = {}

    def one(tool, name):
        source = inputs[name]
        entry = {"raw": os.path.getsize(source), "crc": sums[name], "build": builds[tool.name]}
        kept = results.load()["entries"].get(f"{tool.name}|{name}")
        stale = kept is None or kept["crc"] != entry["crc"] or (not tool.version and kept["build"] != entry["build"])
        if not stale and not options.again:
            return
        entry |= measure(tool, source, options.dir) | {"when": now(), "jobs": options.jobs, "load": os.getloadavg()[0]}
        with results.changed() as data:
            data["entries"][f"{tool.name}|{name}"] = entry
        print(f"{tool.name} {name}: {entry['size']:,} {entry['enc_cpu']:.2f} {entry['dec_cpu']:.2f} CPU s", flush=True)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = []
        for tool, name in wanted(options):
            if name not in inputs:
                print(f"{name}: not in {options.corpus}, left out", flush=True)
                continue
            sums[name] = sums.get(name) or checksum(inputs[name])
            builds[tool.name] = builds.get(tool.name) or build_of(tool)
            waiting.append(pool.submit(one, tool, name))
        for each in waiting:
            each.result()


def find_inputs(options):
    inputs = {name: f"{options.corpus}/{name}" for name in SEVEN if os.path.exists(f"{options.corpus}/{name}")}
    tar, cut = f"{options.corpus}/linux.tar", f"{options.dir}/{LARGE}"
    if os.path.exists(tar):
        if not os.path.exists(cut) or os.path.getsize(cut) != LARGE_BYTES:
            with open(tar, "rb") as whole, open(f"{cut}.{os.getpid()}", "wb") as part:
                shutil.copyfileobj(Limited(whole, LARGE_BYTES), part, 1 << 20)
            os.replace(f"{cut}.{os.getpid()}", cut)
        inputs[LARGE] = cut
    return inputs


class Limited:
    """The first bytes of a file, as a file."""

    def __init__(self, file, left):
        self.file, self.left = file, left

    def read(self, size):
        piece = self.file.read(min(size, self.left))
        self.left -= len(piece)
        return piece


def split_all(options, results):
    """One and two threads, and larger blocks, on linux.tar: speed gained and size lost by cutting into blocks."""
    source = find_inputs(options).get(LARGE)
    if source is None or not options.kompakt:
        raise SystemExit("--split needs --kompakt and linux.tar")
    build = hashlib.sha256(pathlib.Path(options.kompakt).read_bytes()).hexdigest()[:12]
    for level in LEVELS:
        if options.only and f"kompakt -{level}" not in options.only:
            continue
        for block in SPLIT_BLOCKS:
            for threads in (1, 2):
                key = f"{level}|{block}|{threads}"
                kept = results.load()["split"].get(key)
                if kept and kept["build"] == build and not options.again:
                    continue
                common = f"{options.kompakt} -T{threads} -q -c"
                tool = Tool(key, f"{common} -{level} {block} {{i}} > {{o}}", f"{common} -d {{o}} > {{r}}")
                entry = measure(tool, source, options.dir) | {"when": now(), "build": build, "jobs": 1, "load": os.getloadavg()[0]}
                with results.changed() as data:
                    data["split"][key] = entry
                print(key, entry["size"], entry["enc_wall"], entry["dec_wall"], flush=True)


def speed(raw, seconds):
    return f"{seconds:.1f} ({raw / 1e6 / max(seconds, 0.001):.2f})"


def names_of(entries):
    known = [f"kompakt -{level}" for level in LEVELS] + [peer.name for peer in PEERS]
    present = {key.split("|")[0] for key in entries}
    return [name for name in known if name in present]


def sums_of(entries, name, files):
    """Totals over `files`, or None where one is missing."""
    rows = [entries.get(f"{name}|{file}") for file in files]
    if None in rows:
        return None
    total = {field: sum(row[field] for row in rows) for field in ("raw", "size", "enc_cpu", "dec_cpu")}
    return total | {field: max(row[field] for row in rows) for field in ("enc_rss", "dec_rss")}


def markdown(data):
    entries = data["entries"]
    lines = ["Each file alone, one thread. Sizes in bytes; CPU seconds of the whole process and, in brackets, MB of content a second; "
             "peak MB of memory.", ""]
    tail = "total | ratio | enc CPU s (MB/s) | dec CPU s (MB/s) | peak MB enc/dec |"
    lines += ["| | " + " | ".join(SEVEN) + f" | {tail}", "|---" * (len(SEVEN) + 6) + "|"]
    for name in names_of(entries):
        sizes = [f"{entry['size']:,}" if (entry := entries.get(f"{name}|{file}")) else "" for file in SEVEN]
        lines.append(f"| {name} | " + " | ".join(sizes) + total_cells(sums_of(entries, name, SEVEN)))
    lines += ["", f"The first {LARGE_BYTES:,} bytes of linux.tar:", "", f"| | {tail}", "|---" * 6 + "|"]
    lines += [f"| {name}" + total_cells(total) for name in names_of(entries) if (total := sums_of(entries, name, [LARGE]))]
    if data["split"]:
        lines += ["", *split_table(data["split"])]
    lines += ["", "Measured: " + "; ".join(origin(entries, name) for name in names_of(entries)) + "."]
    busy = max((one["load"] for one in data["split"].values()), default=0)
    if busy > 2.5:
        lines.append(f"The table of blocks and threads is not to be trusted: the machine had other work (load {busy:.1f}).")
    if any(entry["jobs"] > 1 for entry in entries.values()):
        lines.append("Where two measurements ran at once, CPU seconds are somewhat higher than alone.")
    return "\n".join(lines) + "\n"


def total_cells(total):
    if total is None:
        return " | " * 5 + " |"
    return (f" | {total['size']:,} | {total['raw'] / total['size']:.2f} | {speed(total['raw'], total['enc_cpu'])} | "
            f"{speed(total['raw'], total['dec_cpu'])} | {total['enc_rss'] / 1e6:.0f}/{total['dec_rss'] / 1e6:.0f} |")


def origin(entries, name):
    rows = [entry for key, entry in entries.items() if key.split("|")[0] == name]
    days = sorted({entry["when"][:10] for entry in rows})
    builds = sorted({entry["build"] for entry in rows})
    together = ", two at once" if any(entry["jobs"] > 1 for entry in rows) else ""
    return f"{name} ({'/'.join(builds)}) {' and '.join(days)}{together}"


def split_table(split):
    lines = [f"What cutting into blocks costs, and what two threads gain, on the first {LARGE_BYTES:,} bytes of linux.tar "
             "(size against the same level with the largest block; wall seconds of one thread to those of two):", "",
             "| level | blocks | size | against largest | compress 1 to 2 | decompress 1 to 2 |", "|---" * 6 + "|"]
    for level in LEVELS:
        largest = split.get(f"{level}|{SPLIT_BLOCKS[-1]}|1")
        for block in SPLIT_BLOCKS:
            one, two = (split.get(f"{level}|{block}|{threads}") for threads in (1, 2))
            if not one or not two:
                continue
            loss = f"{(one['size'] / largest['size'] - 1) * 100:+.2f} %" if largest else ""
            lines.append(f"| {level} | {block.removeprefix('--block-size=') or 'as the level has them'} | {one['size']:,} | {loss} | "
                         f"x{one['enc_wall'] / two['enc_wall']:.2f} | x{one['dec_wall'] / two['dec_wall']:.2f} |")
            if one["size"] != two["size"]:
                lines.append(f"| | two threads give another size | {two['size']:,} | | | |")
    return lines


def draw(data, path):
    entries = data["entries"]
    points = [(name, sums) for name in names_of(entries) if (sums := sums_of(entries, name, SEVEN))]
    if not points:
        raise SystemExit("no tool has all seven files yet")
    charts = [pareto.Chart(title, [pareto.Point(name, sums["raw"] / 1e6 / max(sums[field], 0.001), sums["size"] / 1e6,
                                                name.startswith("kompakt")) for name, sums in points])
              for field, title in (("enc_cpu", "Compressing"), ("dec_cpu", "Decompressing"))]
    pathlib.Path(path).write_text(pareto.drawing(charts, "Seven Silesia files, each alone, one thread: total size in MB (upwards is "
                                                         "smaller), MB of content per CPU second (to the right is faster)"))


def main():
    def names(text):
        return text.split(",")

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", required=True)
    parser.add_argument("--corpus", type=os.path.abspath)
    parser.add_argument("--kompakt", type=os.path.abspath)
    parser.add_argument("--peer-dir", type=os.path.abspath, help="looked into before PATH")
    parser.add_argument("--only", type=names, help="names or beginnings of names: kompakt,bsc,kanzi -l 8")
    parser.add_argument("--files", type=names)
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--split", action="store_true", help="the table of blocks and threads instead")
    parser.add_argument("--dir", default="/dev/shm", type=os.path.abspath, help="for what is written meanwhile")
    parser.add_argument("--markdown", help="where the table goes; - is stdout")
    parser.add_argument("--plot", help="where the plot goes")
    options = parser.parse_args()
    if options.peer_dir:
        os.environ["PATH"] = f"{options.peer_dir}:{os.environ['PATH']}"
    results = Results(options.results)
    if options.corpus:
        (split_all if options.split else measure_all)(options, results)
    if options.plot:
        draw(results.load(), options.plot)
    if options.markdown == "-" or not (options.markdown or options.plot or options.corpus):
        sys.stdout.write(markdown(results.load()))
    elif options.markdown:
        pathlib.Path(options.markdown).write_text(markdown(results.load()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
