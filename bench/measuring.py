"""Whole processes run beside each other: what the comparisons in this folder share."""
import filecmp
import os
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Tool:
    name: str
    compress: str      # {i} input, {o} output
    decompress: str    # {o} compressed, {r} restored


@dataclass
class Run:
    wall: float
    cpu: float
    rss: int           # KiB


def run(command, stdout_path):
    """Runs one command, which may write to stdout instead of naming its output."""
    args = shlex.split(command)
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        out = os.open(stdout_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) if " -c " in command else \
            os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1)
        try:
            os.execvp(args[0], args)
        except OSError:
            os._exit(127)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    if status != 0:
        raise RuntimeError(f"failed: {command}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def median(runs, field):
    return statistics.median(getattr(r, field) for r in runs)


def measure(tools, source, folder, count):
    """For each tool the runs of both directions, taken in turn, and the compressed size. A single run
    has no warm-up: only slow commands are run once, and they do not need one."""
    files = [(f"{folder}/bench{k}.packed", f"{folder}/bench{k}.restored") for k in range(len(tools))]
    sizes, packing, unpacking = [0] * len(tools), [[] for _ in tools], [[] for _ in tools]
    for direction, runs in (("compress", packing), ("decompress", unpacking)):
        for turn in range(0 if count > 1 else 1, count + 1):
            for k, tool in enumerate(tools):
                packed, restored = files[k]
                target = packed if direction == "compress" else restored
                if os.path.exists(target):
                    os.remove(target)
                command = getattr(tool, direction).format(i=source, o=packed, r=restored)
                result = run(command, target)
                if turn > 0:
                    runs[k].append(result)
                sizes[k] = os.path.getsize(packed)
    for packed, restored in files:
        if not filecmp.cmp(source, restored, shallow=False):
            raise RuntimeError(f"{restored} differs from {source}")
        os.remove(packed)
        os.remove(restored)
    return sizes, packing, unpacking


def run_shell(command):
    """Runs a pipeline. Memory is that of the largest process in it, CPU time that of all."""
    # time(1) starts small; a process that Python starts counts Python's memory as its own.
    with tempfile.NamedTemporaryFile("r") as peak:
        begin = time.perf_counter()
        process = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, "bash", "-o", "pipefail", "-c", command],
                                   stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError(f"failed: {command}")
        return Run(wall, usage.ru_utime + usage.ru_stime, int(peak.read()))


def installed(command):
    """Whether every program of a command or a pipeline is there."""
    return all(shutil.which(part.split()[0]) for part in command.split("|"))


def ratio(runs, field):
    """Of the medians, peer to kompakt."""
    return f"{median(runs[1], field) / median(runs[0], field):.2f}x"


def megabytes(runs):
    return f"{median(runs, 'rss') / 1024:.0f}"
