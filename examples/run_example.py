#!/usr/bin/env python3
"""Runs one example with real files in a temporary folder and checks what it prints and leaves there.

usage: run_example.py cpp.NAME PROGRAM    of examples/cpp (memory, compress_file, ...)
       run_example.py python FOLDER       every script of examples/python; FOLDER holds the package kompakt
       run_example.py cli FOLDER          examples/cli; FOLDER holds the tool
       run_example.py cmake BUILD         examples/cmake against what the build folder installs
"""
import bz2
import gzip
import io
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = 77


def source_text():
    """Real text of a megabyte or so: our own sources, in a fixed order."""
    files = sorted([*ROOT.glob("src/**/*.cpp"), *ROOT.glob("include/**/*.hpp")])
    return b"".join(path.read_bytes() for path in files)


def run(*command, code=0, **options):
    """Stdout of a command that has to end with `code`."""
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False, **options)
    assert done.returncode == code, f"{command}: {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout.decode()


def make_folder(path):
    """A folder with text, a folder in it, and bytes that nobody can compress."""
    (path / "below").mkdir(parents=True)
    shutil.copy(ROOT / "LICENSE", path / "LICENSE")
    shutil.copy(ROOT / "docs/cli.md", path / "below/cli.md")
    (path / "below/noise").write_bytes(random.Random(1).randbytes(100_000))
    return path


def check_cpp_memory(program, folder, text):
    (folder / "FILE").write_bytes(text)
    printed = run(program, folder / "FILE")
    assert printed.startswith(f"{len(text)} bytes, ") and printed.endswith(" as .gz, same\n"), printed


def check_cpp_compress_file(program, folder, text):
    (folder / "FILE").write_bytes(text)
    run(program, folder / "FILE")
    run(program, folder / "FILE")  # the outputs are replaced
    assert (folder / "FILE.restored").read_bytes() == text
    assert (folder / "FILE.zst").stat().st_size < len(text) // 3
    if shutil.which("zstd"):
        run("zstd", "-q", "-t", folder / "FILE.zst")
    run(program, folder / "missing", code=1)


def check_cpp_streams(program, folder, text):
    packed = gzip.compress(text, 1)
    (folder / "log.gz").write_bytes(packed)
    run(program, folder / "log.gz", folder / "errors.xz")
    wanted = b"".join(line for line in io.BytesIO(text) if b"error" in line)
    assert lzma.decompress((folder / "errors.xz").read_bytes()) == wanted
    (folder / "cut.gz").write_bytes(packed[: len(packed) // 2])
    run(program, folder / "cut.gz", folder / "none.xz", code=1)
    assert not (folder / "none.xz").exists()


def check_cpp_random_access(program, folder, text):
    (folder / "FILE.bz2").write_bytes(bz2.compress(text, 1))
    offset = len(text) - 5000
    assert run(program, folder / "FILE.bz2", offset, 1000).encode() == text[offset : offset + 1000]
    assert run(program, folder / "FILE.bz2", len(text) - 7, 1000).encode() == text[-7:]


def check_cpp_archive(program, folder, _):
    tree = make_folder(folder / "tree")
    printed = run(program, folder / "out.tar.gz", tree)
    assert "files/below/noise" in printed and printed.endswith("Packed by an example.\n"), printed
    with tarfile.open(folder / "out.tar.gz") as tar:
        assert tar.extractfile("files/below/cli.md").read() == (tree / "below/cli.md").read_bytes()
    for name in ("out.zip", "out.warp"):
        assert run(program, folder / name, tree).endswith("Packed by an example.\n")


def check_cpp_cancel(program, folder, text):
    (folder / "FILE").write_bytes(text * 20)
    out = folder / "FILE.warp"
    run(program, folder / "FILE", out, 1_000_000, code=130)
    assert not out.exists() and sorted(os.listdir(folder)) == ["FILE"]
    run(program, folder / "FILE", out)
    assert out.stat().st_size > 0


def check_cpp_executor(program, folder, text):
    for name in ("a", "b"):
        (folder / name).write_bytes(text * 8)
    lines = run(program, folder / "a", folder / "b").splitlines()
    assert len(lines) == 2 and lines[0].split(": ")[1] == lines[1].split(": ")[1], lines


def hostile_tar(path):
    """A member that climbs out, one through a symlink, and an honest one."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in (("../outside", b"no"), ("honest", b"yes")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)


def check_cpp_untrusted(program, folder, text):
    hostile_tar(folder / "hostile.tar.gz")
    printed = run(program, folder / "hostile.tar.gz", folder / "out", code=1)
    assert "refused: ../outside: parent directory" in printed, printed
    assert (folder / "out/honest").read_bytes() == b"yes"
    assert not (folder / "outside").exists() and not (folder / "out/link").exists()
    with tarfile.open(folder / "bomb.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("bomb")
        member.size = 300 << 20
        with open("/dev/zero", "rb") as zeros:
            tar.addfile(member, zeros)
    assert "too large: " in run(program, folder / "bomb.tar.gz", folder / "bombed", code=1)
    assert not (folder / "bombed/bomb").exists()
    run(program, folder / "missing", folder / "out", code=2)


def check_cpp_throwing(program, folder, text):
    packed = lzma.compress(text[:200_000])
    (folder / "FILE.xz").write_bytes(packed)
    assert run(program, folder / "FILE.xz") == "200000 bytes\n"
    (folder / "cut.xz").write_bytes(packed[:-30])
    run(program, folder / "cut.xz", code=1)


def check_python(package, folder, text):
    if not any(pathlib.Path(package, "kompakt").glob("_kompakt*.so")):
        print("the Python module was not built: skipped")
        sys.exit(SKIPPED)
    (folder / "FILE").write_bytes(text)
    tree = make_folder(folder / "tree")
    scripts = ROOT / "examples/python"

    def script(name, *args):
        return run(sys.executable, scripts / name, *args, cwd=folder, env={**os.environ, "PYTHONPATH": package})

    names = [line.split(":")[0] for line in script("memory.py", "FILE").splitlines()]
    assert names[0] == "xz" and sorted(names[1:]) == ["gzip", "zstd"], names
    printed = script("files.py", "FILE", "tree").splitlines()
    assert printed == ["FILE.gz", "nothing is overwritten unless overwrite=True", "3 files compressed"], printed
    assert (folder / "restored").read_bytes() == text
    (folder / "LOG.gz").write_bytes(gzip.compress(text, 1))
    assert script("streams.py", "LOG.gz", "errors.xz").encode() == text[-80:]
    wanted = b"".join(line for line in io.BytesIO(text) if b"error" in line)
    assert lzma.decompress((folder / "errors.xz").read_bytes()) == wanted
    printed = script("archives.py", "tree", "out")
    assert "tree/below/noise" in printed, printed
    assert (folder / "out/tree/LICENSE").read_bytes() == (tree / "LICENSE").read_bytes()
    printed = script("errors.py", "FILE").splitlines()
    assert [line.split(":")[0] for line in printed[:2]] == ["damaged", "damaged"], printed
    assert printed[2].startswith("not for this build: ") and printed[3] == "more than max_output bytes", printed
    assert "gzip" in printed[4], printed


def check_cli(tools, folder, text):
    for name in ("FILE", "LOG"):
        (folder / name).write_bytes(text)
    make_folder(folder / "DIR")
    path = f"{tools}:{os.environ['PATH']}"
    environment = {name: value for name, value in os.environ.items() if name != "KOMPAKT_OPT"}
    printed = run("bash", ROOT / "examples/cli/quickstart.sh", cwd=folder, env={**environment, "PATH": path})
    assert text[1024 : 1024 + 80].decode() in printed
    assert b"\n".join(text.split(b"\n")[99:102]).decode() in printed
    assert "DIR/below/noise" in printed


def check_cmake(build, folder, text):
    """The project of the C++ quick start, built against an installed tree that has been moved."""
    for component in ("development", "library"):
        run("cmake", "--install", build, "--prefix", folder / "stage", "--component", component)
    (folder / "stage").rename(folder / "moved")
    project = folder / "project"
    project.mkdir()
    shutil.copy(ROOT / "examples/cmake/CMakeLists.txt", project)
    shutil.copy(ROOT / "examples/cpp/memory.cpp", project / "main.cpp")
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={folder / 'moved'}")
    run("cmake", "--build", project / "build")
    check_cpp_memory(project / "build/hello", folder, text)


def main():
    name, program = sys.argv[1], sys.argv[2]
    check = globals()[f"check_{name.replace('.', '_')}"]
    with tempfile.TemporaryDirectory(prefix="kompakt-example-") as folder:
        check(program, pathlib.Path(folder), source_text())


if __name__ == "__main__":
    main()
