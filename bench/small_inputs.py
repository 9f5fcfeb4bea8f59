#!/usr/bin/env python3
"""Small files, 1 to 64 KiB, each compressed alone: text, JSON, source code and logs of the packages of this machine.

usage: small_inputs.py [--kompakt PATH] [--levels 12,13,14] [--files N] [--packages] [--markdown FILE] [--dir DIR]

Up to N files of each kind (default 60), a few of any package, chosen by the digest of their paths, so that the same
machine gives the same choice. Nothing of them is in the priming data, which is the project's own text. Of logs there are
few, so pieces are cut out of what lies in /var/log and of what dmesg says, at the ends of lines.
kompakt is counted twice: the encoded block alone, and the whole .warp file with its names, checksums and digests. The
dictionaries of zstd are made of the same priming data: one trained on pieces of it, and all of it as it is. The peers write
no checksum where they can be told so.
"""
import argparse
import concurrent.futures
import gzip
import hashlib
import os
import pathlib
import random
import shlex
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from measuring import installed

PRIMING = pathlib.Path(__file__).resolve().parent.parent / "src/codec/cm/priming"
SMALLEST, LARGEST = 1024, 65536
CLASSES = (("1-4 KiB", 4096), ("4-16 KiB", 16384), ("16-64 KiB", LARGEST + 1))
PER_PACKAGE = {"text": 2, "JSON": 5, "source": 2}  # few packages have JSON, those many
SOURCES = (".c", ".cpp", ".css", ".go", ".h", ".hpp", ".java", ".js", ".mjs", ".pl", ".pm", ".py", ".rb", ".rs", ".sh", ".sql", ".ts")
LOGS = ("/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/apt/history.log", "/var/log/apt/term.log", "/var/log/syslog",
        "/var/log/kern.log", "/var/log/auth.log", "/var/log/daemon.log", "/var/log/messages")
PIECE = 2048  # of the priming data, as a sample for the training of a dictionary


@dataclass
class Sample:
    kind: str
    package: str
    path: str      # of the copy
    size: int


def kind_of(path):
    name = os.path.basename(path)
    if path.endswith(".json"):
        return "JSON"
    if path.endswith(SOURCES):
        return "source"
    if path.startswith("/usr/share/doc/") and (
            path.endswith((".txt", ".md", ".rst")) or name.removesuffix(".gz").startswith(("README", "NEWS", "TODO", "changelog", "FAQ"))):
        return "text"
    return None


def installed_files():
    """(package, path) by the lists of dpkg."""
    for listing in sorted(pathlib.Path("/var/lib/dpkg/info").glob("*.list")):
        for path in listing.read_text(errors="replace").splitlines():
            if kind_of(path):
                yield listing.stem.split(":")[0], path


def content_of(path):
    """The bytes, unpacked where documentation is kept by gzip; None for what is not an ordinary small file of text."""
    try:
        if os.path.islink(path) or not os.path.isfile(path):
            return None
        content = pathlib.Path(path).read_bytes() if os.path.getsize(path) <= LARGEST else b""
        content = gzip.decompress(content) if path.endswith(".gz") and content else content
    except OSError:
        return None
    return content if SMALLEST <= len(content) <= LARGEST and b"\0" not in content else None


def log_pieces():
    kernel = subprocess.run(["dmesg"], capture_output=True, check=False).stdout
    npm = sorted(pathlib.Path.home().glob(".npm/_logs/*.log"))
    texts = [(os.path.basename(name), pathlib.Path(name).read_bytes()) for name in [*LOGS, *npm] if os.access(name, os.R_OK)]
    for name, text in [*texts, ("dmesg", kernel)]:
        choice = random.Random(name)
        for size in (3000, 12000, 40000):
            for _ in range(2):
                start = text.find(b"\n", choice.randrange(max(len(text) - size, 1))) + 1
                piece = text[start:text.rfind(b"\n", start, start + size) + 1]
                if len(piece) >= SMALLEST:
                    yield name, piece


def collect(options, folder):
    ranked = sorted(set(installed_files()), key=lambda each: hashlib.sha256(each[1].encode()).digest())
    counts, of_package, seen, samples = {}, {}, set(), []

    def keep(kind, package, content):
        digest = hashlib.sha256(content).hexdigest()
        if digest in seen:
            return
        seen.add(digest)
        path = f"{folder}/{digest[:16]}"
        pathlib.Path(path).write_bytes(content)
        samples.append(Sample(kind, package, path, len(content)))
        counts[kind] = counts.get(kind, 0) + 1

    for package, path in ranked:
        kind = kind_of(path)
        if counts.get(kind, 0) >= options.files or of_package.get((kind, package), 0) >= PER_PACKAGE[kind]:
            continue
        if content := content_of(path):
            of_package[(kind, package)] = of_package.get((kind, package), 0) + 1
            keep(kind, package, content)
    for name, piece in log_pieces():
        keep("logs", name, piece)
    return samples


def dictionaries(folder):
    """A dictionary trained on pieces of the priming data, and one that is all of it."""
    whole = b"".join(path.read_bytes() for path in sorted(PRIMING.glob("*.txt")))
    pathlib.Path(f"{folder}/whole.dict").write_bytes(whole)
    pieces = f"{folder}/pieces"
    os.makedirs(pieces)
    for at in range(0, len(whole), PIECE):
        pathlib.Path(f"{pieces}/{at}").write_bytes(whole[at:at + PIECE])
    subprocess.run(["zstd", "-q", "--train", "-r", pieces, "-o", f"{folder}/trained.dict"], check=True,
                   stderr=subprocess.DEVNULL)
    return f"{folder}/trained.dict", f"{folder}/whole.dict"


def peers(folder):
    """(name, command that reads a file {i} and writes to stdout)"""
    rows = [("brotli -q 11", "brotli -q 11 -w 24 -c {i}"), ("zstd -19", "zstd -q -19 --no-check -c {i}")]
    if installed("zstd"):
        trained, whole = dictionaries(folder)
        rows += [("zstd -19, trained dictionary", f"zstd -q -19 --no-check -D {trained} -c {{i}}"),
                 ("zstd -19, all priming data as dictionary", f"zstd -q -19 --no-check -D {whole} -c {{i}}")]
    rows.append(("xz -9e", "xz -9e --check=none -c {i}"))
    return [row for row in rows if installed(row[1])]


def output_of(command, path):
    return subprocess.run(shlex.split(command.format(i=path)), stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout


def payload_bytes(warp):
    """Of the blocks of a .warp version 3 (docs/format/warp3.md)."""
    if warp[5] == 1:  # the compact form
        metadata_at = 29 + warp[28] + (8, 8, 8, 32, 32)[warp[6]]
        return len(warp) - 4 - (metadata_at + 2 + struct.unpack_from("<H", warp, metadata_at)[0])
    at, total = 24, 0
    while at + 48 <= len(warp) and warp[at:at + 4] == b"\xf5KWR":
        kind, extension, payload = warp[at + 8], *struct.unpack_from("<HI", warp, at + 10)
        total += payload if kind == 1 else 0
        at += 48 + extension + payload
    return total


def kompakt_sizes(options, level, sample):
    packed = output_of(f"{options.kompakt} -{level} -T1 -q -c {{i}}", sample.path)
    back = subprocess.run([options.kompakt, "-d", "-q", "-c"], input=packed, capture_output=True, check=True).stdout
    if back != pathlib.Path(sample.path).read_bytes():
        raise RuntimeError(f"level {level}: {sample.path} comes back different")
    return payload_bytes(packed), len(packed)


def measure(options, samples, folder):
    """{name of the row: {path: size}}"""
    table = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for level in options.levels if options.kompakt else []:
            sizes = list(pool.map(lambda sample, level=level: kompakt_sizes(options, level, sample), samples))
            table[f"kompakt -{level}, block alone"] = {s.path: size[0] for s, size in zip(samples, sizes)}
            table[f"kompakt -{level}, whole .warp file"] = {s.path: size[1] for s, size in zip(samples, sizes)}
        for name, command in peers(folder):
            sizes = pool.map(lambda sample, command=command: len(output_of(command, sample.path)), samples)
            table[name] = {s.path: size for s, size in zip(samples, sizes)}
    return table


def groups(samples):
    for kind in ("text", "JSON", "source", "logs"):
        low = 0
        for name, high in CLASSES:
            yield f"{kind}, {name}", [s for s in samples if s.kind == kind and low <= s.size < high]
            low = high
        yield kind, [s for s in samples if s.kind == kind]
    yield "all", samples


def markdown(samples, table):
    chosen = [(name, members) for name, members in groups(samples) if members]
    lines = ["Small files, each compressed alone: total bytes, by kind and size.", "",
             "| | " + " | ".join(name for name, _ in chosen) + " |", "|---" * (len(chosen) + 1) + "|",
             "| files | " + " | ".join(str(len(members)) for _, members in chosen) + " |",
             "| content | " + " | ".join(f"{sum(s.size for s in members):,}" for _, members in chosen) + " |"]
    for name, sizes in table.items():
        lines.append(f"| {name} | " + " | ".join(f"{sum(sizes[s.path] for s in members):,}" for _, members in chosen) + " |")
    return "\n".join(lines) + "\n"


def package_list(samples):
    lines = []
    for kind in ("text", "JSON", "source", "logs"):
        names = sorted({s.package for s in samples if s.kind == kind})
        lines.append(f"{kind}: {', '.join(names)}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kompakt", type=os.path.abspath)
    parser.add_argument("--levels", type=lambda text: [int(each) for each in text.split(",")], default=[12, 13, 14])
    parser.add_argument("--files", type=int, default=60, help="of each kind, at most")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--packages", action="store_true", help="list the packages and logs that the files are of")
    parser.add_argument("--markdown", help="where the table goes; stdout without it")
    parser.add_argument("--keep", help="a folder that keeps the files, to look at")
    parser.add_argument("--dir", default="/dev/shm", type=os.path.abspath)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
        samples = collect(options, options.keep or folder)
        text = markdown(samples, measure(options, samples, folder))
        if options.packages:
            text += "\nThe files are of these packages and logs.\n\n" + package_list(samples)
    if options.markdown:
        pathlib.Path(options.markdown).write_text(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
