"""shutil.make_archive() and shutil.unpack_archive() by this package."""

from __future__ import annotations

import os
import shutil
from typing import Any

from ._archive import ArchiveManager

#: shutil's names: the archive format, suffixes.
_KINDS: dict[str, tuple[str, list[str]]] = {
    "warp": ("warp", [".warp"]),
    "zstdtar": ("tar.zst", [".tar.zst", ".tzst"]),
    "lz4tar": ("tar.lz4", [".tar.lz4", ".tlz4"]),
    "brtar": ("tar.br", [".tar.br"]),
    "zip": ("zip", [".zip"]),
    "tar": ("tar", [".tar"]),
    "gztar": ("tar.gz", [".tar.gz", ".tgz"]),
    "bztar": ("tar.bz2", [".tar.bz2", ".tbz2"]),
    "xztar": ("tar.xz", [".tar.xz", ".txz"]),
}
#: The standard library's own.
_STOCK = ("zip", "tar", "gztar", "bztar", "xztar")


def register_archive_formats(replace: bool = False) -> list[str]:
    """Teaches shutil.make_archive() and unpack_archive() "warp", "zstdtar" (.tar.zst), "lz4tar" and "brtar".

    With `replace` also "zip", "tar", "gztar", "bztar" and "xztar" are done here, on all cores, and unpacked by the rules of
    ArchiveManager.extract_archive(): nothing lands outside the folder. As shutil does, unpacking replaces files that exist.
    Returns the names. What was registered under them is replaced, so calling it twice is harmless.
    """
    names = [name for name in _KINDS if replace or name not in _STOCK]
    for name in names:
        kind, suffixes = _KINDS[name]
        _forget(name)
        shutil.register_archive_format(name, _packer(kind), description=f"{kind}, by kompakt")
        shutil.register_unpack_format(name, suffixes, _unpack, description=f"{kind}, by kompakt")
    return names


def _forget(name: str) -> None:
    if name in dict(shutil.get_archive_formats()):
        shutil.unregister_archive_format(name)
    if name in {row[0] for row in shutil.get_unpack_formats()}:
        shutil.unregister_unpack_format(name)


def _packer(kind: str) -> Any:
    def pack(base_name: str, base_dir: str, owner: str | None = None, group: str | None = None, dry_run: bool = False,
             logger: Any = None, root_dir: str | None = None) -> str:
        if owner is not None or group is not None:
            raise ValueError("owner and group cannot be set: files keep those they have")
        output = f"{base_name}.{kind}"
        if logger is not None:
            logger.info("creating %s", output)
        if not dry_run:
            os.makedirs(os.path.dirname(os.path.abspath(output)), exist_ok=True)
            _pack(output, kind, root_dir or os.curdir, base_dir)
        return output

    pack.supports_root_dir = True  # type: ignore[attr-defined]
    return pack


def _pack(output: str, kind: str, root: str, base_dir: str) -> None:
    if os.path.normpath(base_dir) == os.curdir:
        own = os.path.realpath(output)  # of an earlier run, in the folder that is packed
        names = [name for name in sorted(os.listdir(root)) if os.path.realpath(os.path.join(root, name)) != own]
    else:
        names = [base_dir]
    members = [(os.path.join(root, name), os.path.normpath(name)) for name in names]
    ArchiveManager().create_archive(members, output, format=kind, overwrite=True)


def _unpack(filename: str, extract_dir: str) -> None:
    ArchiveManager().extract_archive(filename, extract_dir, overwrite=True)
