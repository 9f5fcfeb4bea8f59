#!/usr/bin/env python3
"""Archives of a folder beside other archivers, whole process, in turn, on RAM-backed files.

usage: archives.py --kompakt PATH [--runs N] [--threads T] [--dir DIR] [--kinds LIST] [--tiny N] [TREE]

TREE is a folder, or a tar that is unpacked into DIR first; without one, DIR/linux.tar where it is there, else
/usr/include. Ratios are peer / kompakt: above 1 kompakt is faster, lighter or smaller. Memory of a pipeline is that of its
largest process. Peers that are not installed are left out, saying so.
"""
import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from measuring import installed, median, megabytes, ratio, run_shell


@dataclass
class Archiver:
    """Commands: {o} archive, {p} the folder that holds the tree, {n} the tree's name, {d} where to unpack, {t} threads,
    {m} one member's path in the archive."""
    name: str
    pack: str
    unpack: str
    list: str
    one: str


def tar_through(name, pack, unpack):
    return Archiver(name, f"tar -C {{p}} -cf - {{n}} | {pack}", f"{unpack} | tar -C {{d}} -xf -", f"{unpack} | tar -tf -",
                    f"{unpack} | tar -C {{d}} -xf - {{m}}")


TAR_ZSTD = tar_through("tar, zstd -3", "zstd -q -3 -T{t} -f -o {o}", "zstd -q -dc {o}")
BSDTAR = "bsdtar -C {d} -xf {o}"
# kind: (kompakt's options, [peers]).
KINDS = {
    "tar.zst": ("-3", [TAR_ZSTD, Archiver(
        "bsdtar --zstd", "bsdtar -C {p} --zstd --options zstd:compression-level=3,zstd:threads={t} -cf {o} {n}",
        BSDTAR, "bsdtar -tf {o}", BSDTAR + " {m}")]),
    "tar.gz": ("-6", [tar_through("tar, pigz -6", "pigz -6 -p{t} -c > {o}", "pigz -dc {o}")]),
    "zip": ("", [
        # It refuses symlinks that lead through "..", its own too, and says so with 2.
        Archiver("7zz -mx=5", "cd {p}; 7zz a -tzip -mx=5 -mmt{t} -snl -bso0 -bsp0 {o} {n}",
                 "7zz x -mmt{t} -bso0 -bsp0 -bse0 -o{d} {o} || [ $? -eq 2 ]", "7zz l {o}",
                 "7zz x -bso0 -bsp0 -o{d} {o} {m}"),
        Archiver("zip -6, unzip", "cd {p}; zip -q -6 -r -y {o} {n}", "unzip -q {o} -d {d}", "unzip -l {o}",
                 "unzip -q {o} {m} -d {d}"),
        Archiver("bsdtar --format zip", "bsdtar -C {p} --format zip -cf {o} {n}", BSDTAR, "bsdtar -tf {o}",
                 BSDTAR + " {m}")]),
    "warp": ("", [TAR_ZSTD]),
}
SLOW = {"zip -6, unzip", "bsdtar --format zip", "7zz -mx=5"}  # one run says enough on large trees
TINY_KINDS = ["tar.zst", "zip", "warp"]


def kompakt(options, flags):
    tool = f"{options.kompakt} %s -q -T{{t}}"
    return Archiver("kompakt", f"cd {{p}}; {tool % 'archive'} -f {flags} {{o}} {{n}}",
                    f"{tool % 'extract'} {{o}} -C {{d}}", f"{tool % 'list'} {{o}}",
                    f"{tool % 'extract'} {{o}} -C {{d}} {{m}}")


def programs(archiver):
    return archiver.pack.replace("cd {p}; ", "") + " | " + archiver.unpack.split(" || ")[0]


class Bench:
    def __init__(self, options, tree):
        self.options = options
        self.parent, self.name = os.path.split(os.path.abspath(tree))
        self.tree = tree
        files = sorted(os.path.relpath(os.path.join(folder, file), self.parent)
                       for folder, _, names in os.walk(tree) for file in names
                       if not os.path.islink(os.path.join(folder, file)))
        self.count = len(files)
        self.content = sum(os.path.getsize(os.path.join(self.parent, file)) for file in files)
        self.member = files[len(files) // 2]

    def archive(self, k, kind):
        return f"{self.options.dir}/bench{k}.{kind}"

    def command(self, text, k, kind):
        return text.format(o=self.archive(k, kind), p=self.parent, n=self.name, d=self.target(k), t=self.options.threads,
                           m=shlex.quote(self.member))

    def target(self, k):
        return f"{self.options.dir}/bench{k}.tree"

    def clear(self, k):
        subprocess.run(["rm", "-rf", self.target(k)], check=True)
        os.mkdir(self.target(k))

    def in_turn(self, tools, what, kind, count):
        """Runs of each tool, taken in turn after a warm-up where there is more than one."""
        taken = [[] for _ in tools]
        for turn in range(0 if count > 1 else 1, count + 1):
            for k, tool in enumerate(tools):
                if what == "pack" and os.path.exists(self.archive(k, kind)):
                    os.remove(self.archive(k, kind))
                if what in ("unpack", "one"):
                    self.clear(k)
                result = run_shell(self.command(getattr(tool, what), k, kind))
                if turn > 0:
                    taken[k].append(result)
        return taken

    def check(self, k):
        """That a tree came back whole."""
        subprocess.run(["diff", "-rq", "--no-dereference", self.tree, f"{self.target(k)}/{self.name}"], check=True)

    def measure(self, tools, kind, count):
        packing = self.in_turn(tools, "pack", kind, count)
        sizes = [os.path.getsize(self.archive(k, kind)) for k in range(len(tools))]
        listing = self.in_turn(tools, "list", kind, count)
        one = self.in_turn(tools, "one", kind, count)
        for k in range(len(tools)):
            if not os.path.isfile(f"{self.target(k)}/{self.member}"):
                raise RuntimeError(f"{tools[k].name} did not take out {self.member}")
        unpacking = self.in_turn(tools, "unpack", kind, count)
        self.check(0)
        for k in range(len(tools)):
            shutil.rmtree(self.target(k))
            os.remove(self.archive(k, kind))
        return sizes, packing, unpacking, listing, one


def tree_table(options, bench):
    print(f"\n{bench.name}: {bench.count:,} files, {bench.content:,} bytes, {options.threads} threads, medians of "
          f"{options.runs} paired runs. Ratios are peer / kompakt: above 1 kompakt is faster, lighter or smaller.\n")
    print("| kompakt | peer | size | peer size | size ratio | pack | unpack | pack CPU | unpack CPU | list | one file "
          "| pack, unpack, list, one file in s | peak MB p/u | peer MB p/u |\n" + "|---" * 14 + "|")
    for kind in options.kinds:
        flags, peers = KINDS[kind]
        for peer in peers:
            label = f"| .{kind} {flags}".rstrip() + f" | {peer.name}"
            if not installed(programs(peer)):
                print(label + ": not installed" + " |" * 13)
                continue
            count = 1 if peer.name in SLOW and bench.content > 200e6 else options.runs
            sizes, packing, unpacking, listing, one = bench.measure([kompakt(options, flags), peer], kind, count)
            seconds = ", ".join(f"{median(runs[0], 'wall'):.2f}" for runs in (packing, unpacking, listing, one))
            print(f"{label} | {sizes[0]:,} | {sizes[1]:,} | {sizes[1] / sizes[0]:.4f} | {ratio(packing, 'wall')} | "
                  f"{ratio(unpacking, 'wall')} | {ratio(packing, 'cpu')} | {ratio(unpacking, 'cpu')} | "
                  f"{ratio(listing, 'wall')} | {ratio(one, 'wall')} | {seconds} | "
                  f"{megabytes(packing[0])}/{megabytes(unpacking[0])} | "
                  f"{megabytes(packing[1])}/{megabytes(unpacking[1])} |", flush=True)


def make_tiny(folder, count):
    os.makedirs(folder)
    for i in range(count):
        with open(f"{folder}/file{i}.txt", "w", encoding="ascii") as file:
            file.write(f"file number {i}\n")


def tiny_table(options):
    """How time and memory grow with the number of files: a factor of 2 is linear."""
    print(f"\n{options.tiny:,} and {2 * options.tiny:,} tiny files in one folder\n")
    print("| kompakt | pack | twice as many | factor | unpack | twice as many | factor | list | twice as many | factor "
          "| peak MB p/u | twice as many |\n" + "|---" * 12 + "|")
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        benches = []
        for count in (options.tiny, 2 * options.tiny):
            make_tiny(f"{folder}/tiny{count}", count)
            benches.append(Bench(options, f"{folder}/tiny{count}"))
        for kind in [each for each in TINY_KINDS if each in options.kinds]:
            tool = kompakt(options, "")
            rows = [bench.measure([tool], kind, options.runs) for bench in benches]
            cells = []
            for step in (1, 2, 3):
                times = [median(row[step][0], "wall") for row in rows]
                cells += [f"{times[0]:.2f} s", f"{times[1]:.2f} s", f"{times[1] / times[0]:.2f}"]
            cells += [f"{megabytes(row[1][0])}/{megabytes(row[2][0])}" for row in rows]
            print(f"| .{kind} | " + " | ".join(cells) + " |", flush=True)


def find_tree(options, folder):
    """The folder to pack; a tar is unpacked below `folder`."""
    source = options.tree or f"{options.dir}/linux.tar"
    if os.path.isdir(source):
        return source
    if not os.path.exists(source):
        return "/usr/include"
    subprocess.run(["tar", "-C", folder, "-xf", source], check=True)
    names = os.listdir(folder)
    return f"{folder}/{names[0]}" if len(names) == 1 else folder


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", nargs="?")
    parser.add_argument("--kompakt", required=True, type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--dir", default="/dev/shm", type=os.path.abspath)
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(KINDS))
    parser.add_argument("--tiny", type=int, default=100_000, help="0: without the table of tiny files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        tree_table(options, Bench(options, find_tree(options, folder)))
    if options.tiny:
        tiny_table(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
