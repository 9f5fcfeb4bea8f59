"""Builds the wheel and the sdist of the Python package: what pip calls, by the hooks of PEP 517.

CMake compiles the extension module. Nothing is fetched, and nothing is needed besides Python, CMake, a compiler and the
libraries of packages.txt.

KOMPAKT_BUILD_DIR   a CMake build folder of this tree, whose target kompakt_python is brought up to date and used. Unset: a
                    folder for wheels, build/wheel-TAG, is configured below the root and kept, so that the next build is short.
KOMPAKT_CMAKE_ARGS  further arguments for configuring that folder, split as a shell does
SOURCE_DATE_EPOCH   the time of the files inside, seconds since 1970; 1980-01-01 where it is unset. The same module gives the
                    same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings" / "python" / "kompakt"
MODULE_SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")

#: What is packaged of the package's folder.
PACKAGE_FILES = ("*.py", "*.pyi", "py.typed")
#: What the sdist holds of the tree: all that compiling the module takes.
SDIST_FILES = ("CMakeLists.txt", "LICENSE", "pyproject.toml", "packages.txt", "cmake", "include", "src", "bindings")
#: The parts of the tree that the module needs nothing of.
WITHOUT = ("TESTS", "TOOLS", "INSTALL", "BENCH", "FUZZ", "SHARED")


# The hooks.

def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    return []


def get_requires_for_build_sdist(config_settings: object = None) -> list[str]:
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    folder = f"{_stem()}.dist-info"
    for name, content in _dist_info():
        path = pathlib.Path(metadata_directory, folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def build_wheel(wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None) -> str:
    module = _built_module()
    files = [(f"kompakt/{file.name}", file.read_bytes()) for file in _package_files()]
    files.append((f"kompakt/_kompakt{MODULE_SUFFIX}", module.read_bytes()))
    files += [(f"{_stem()}.dist-info/{name}", content) for name, content in _dist_info()]
    name = f"{_stem()}-{_tag()}.whl"
    _write_wheel(pathlib.Path(wheel_directory, name), files)
    return name


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    name = f"{_stem()}.tar.gz"
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file in _sdist_files():
            _add_to_sdist(tar, file.relative_to(ROOT).as_posix(), file.read_bytes(), bool(file.stat().st_mode & 0o100))
        _add_to_sdist(tar, "PKG-INFO", _metadata(), False)
    packed = gzip.compress(content.getvalue(), 9, mtime=_epoch())
    pathlib.Path(sdist_directory, name).write_bytes(packed)
    return name


# What is built.

def _built_module() -> pathlib.Path:
    given = os.environ.get("KOMPAKT_BUILD_DIR")
    folder = pathlib.Path(given).resolve() if given else ROOT / "build" / f"wheel-{_tag()}"
    if not given:
        _configure(folder)
    elif not (folder / "CMakeCache.txt").is_file():
        raise SystemExit(f"KOMPAKT_BUILD_DIR: '{folder}' is not a CMake build folder")
    _run("cmake", "--build", str(folder), "--target", "kompakt_python", "--parallel", str(len(os.sched_getaffinity(0))))
    module = folder / "python" / "kompakt" / f"_kompakt{MODULE_SUFFIX}"
    if not module.is_file():
        raise SystemExit(f"'{folder}' has no module for this interpreter ({MODULE_SUFFIX}): it was configured for another one")
    return module


def _configure(folder: pathlib.Path) -> None:
    command = ["cmake", "-S", str(ROOT), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Release", "-DKOMPAKT_PYTHON=ON",
               f"-DPython_EXECUTABLE={sys.executable}", "-DCMAKE_MODULE_LINKER_FLAGS=-s"]
    command += [f"-DKOMPAKT_{part}=OFF" for part in WITHOUT]
    if not (folder / "CMakeCache.txt").exists() and shutil.which("ninja"):
        command += ["-G", "Ninja"]
    _run(*command, *shlex.split(os.environ.get("KOMPAKT_CMAKE_ARGS", "")))


def _run(*command: str) -> None:
    """Its output goes where pip shows it."""
    if subprocess.run(command, check=False).returncode != 0:
        raise SystemExit(f"failed: {shlex.join(command)}")


def _package_files() -> list[pathlib.Path]:
    return sorted(file for pattern in PACKAGE_FILES for file in PACKAGE.glob(pattern))


def _sdist_files() -> list[pathlib.Path]:
    files: list[pathlib.Path] = []
    for name in SDIST_FILES:
        path = ROOT / name
        below = [path] if path.is_file() else path.rglob("*")
        files += [file for file in below if file.is_file() and "__pycache__" not in file.parts]
    return sorted(files)


# What is written of it.

def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _version() -> str:
    """That of the CMake project, the one place where it stands."""
    found = re.search(r"^project\(kompakt VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.M)
    if found is None:
        raise SystemExit("CMakeLists.txt names no version")
    return found[1]


def _stem() -> str:
    return f"kompakt-{_version()}"


def _tag() -> str:
    """Of this interpreter and machine: the module is bound to both, and to shared libraries of the distribution."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    abi = "cp" + MODULE_SUFFIX.split("-")[1] if MODULE_SUFFIX.startswith(".cpython-") else python
    platform = re.sub(r"[-. ]", "_", sysconfig.get_platform())
    return f"{python}-{abi}-{platform}"


def _metadata() -> bytes:
    project = _project()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {_version()}",
             f"Summary: {project['description']}", f"Keywords: {','.join(project['keywords'])}", "License: MIT",
             f"License-File: {project['license']['file']}", f"Requires-Python: {project['requires-python']}"]
    lines += [f"Classifier: {classifier}" for classifier in project["classifiers"]]
    lines += ["Description-Content-Type: text/markdown", "", (ROOT / project["readme"]).read_text(encoding="utf-8")]
    return "\n".join(lines).encode()


def _entry_points() -> bytes:
    lines: list[str] = []
    for group, points in _project()["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items()), ""]
    return "\n".join(lines).encode()


def _dist_info() -> list[tuple[str, bytes]]:
    wheel = f"Wheel-Version: 1.0\nGenerator: kompakt_build\nRoot-Is-Purelib: false\nTag: {_tag()}\n"
    return [("METADATA", _metadata()), ("WHEEL", wheel.encode()), ("entry_points.txt", _entry_points()),
            ("LICENSE", (ROOT / "LICENSE").read_bytes())]


def _epoch() -> int:
    """No earlier than zip can tell."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800)


def _write_wheel(path: pathlib.Path, files: list[tuple[str, bytes]]) -> None:
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in files:
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(content)}\n")
            _add_to_wheel(wheel, name, content)
        name = f"{_stem()}.dist-info/RECORD"
        _add_to_wheel(wheel, name, "".join([*record, f"{name},,\n"]).encode())


def _add_to_wheel(wheel: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, time.gmtime(_epoch())[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
    wheel.writestr(info, content)


def _add_to_sdist(tar: tarfile.TarFile, name: str, content: bytes, executable: bool) -> None:
    info = tarfile.TarInfo(f"{_stem()}/{name}")
    info.size, info.mtime, info.mode = len(content), _epoch(), 0o755 if executable else 0o644
    tar.addfile(info, io.BytesIO(content))
