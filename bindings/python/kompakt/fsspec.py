"""What fsspec needs to read and write these formats, and to see archives as file systems.

Importing this module registers

- every format as a compression "kompakt-NAME" (fsspec.open(..., compression="kompakt-zstd")), and those that fsspec does not
  know by itself also under their own name and suffix, so that compression="infer" finds them. register(replace=True) puts
  the others in the place of what fsspec has for gzip, bz2, xz and so on.
- ArchiveFileSystem as the protocol "kompakt": fsspec.open("kompakt://a/b.txt::file:///x.tar.zst").
"""

from __future__ import annotations

import tempfile
from typing import Any, BinaryIO, Callable, Union

import fsspec
import fsspec.utils
from fsspec.archive import AbstractArchiveFileSystem
from fsspec.compression import compr, register_compression

from . import open as _open
from ._archive import Archive, ArchiveEntry
from ._options import FORMATS

__all__ = ["ArchiveFileSystem", "register"]

#: What fsspec calls formats that have another name here.
_FSSPEC_NAMES = {"bzip2": ("bz2",), "xz": ("xz", "lzma")}
#: Content of members up to this size is held in memory while it is read, of larger ones in a temporary file.
_SPOOL_SIZE = 64 << 20


def _opener(format: str) -> Callable[..., Any]:
    def open_compressed(infile: BinaryIO, mode: str = "rb", **options: Any) -> Any:
        mode = mode.replace("t", "")
        return _open(infile, mode if "b" in mode else mode + "b", format=format, **options)

    open_compressed.__name__ = f"open_{format}"
    return open_compressed


def register(replace: bool = False) -> None:
    """Registers the compressions; with `replace` also under names and suffixes that fsspec serves by other libraries."""
    for info in FORMATS.values():
        opener = _opener(info.name)
        register_compression(f"kompakt-{info.name}", opener, [], force=True)
        suffix = info.suffix.lstrip(".")
        for name in _FSSPEC_NAMES.get(info.name, (info.name,)):
            if replace or name not in compr:
                free = replace or suffix not in fsspec.utils.compressions
                register_compression(name, opener, [suffix] if free else [], force=True)


class ArchiveFileSystem(AbstractArchiveFileSystem):  # type: ignore[misc]
    """An archive, read only: zip, tar in any stream format, .warp, and what libarchive reads.

    fo: a path or URL, or a binary file object that can seek. target_protocol, target_options: for a URL, as in fsspec's own
    archive file systems. max_output, max_entries, max_memory, threads: as of kompakt.Archive; give the first two for archives
    of others. Members of other types than files and folders are listed with their type and cannot be opened. Safe for use
    from several threads.
    """

    root_marker = ""
    protocol = "kompakt"
    cachable = False

    def __init__(self, fo: Union[str, BinaryIO] = "", mode: str = "r", target_protocol: str | None = None,
                 target_options: dict[str, Any] | None = None, *, max_output: int | None = None,
                 max_entries: int | None = None, max_memory: int | None = None, threads: int | None = None,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if mode != "r":
            raise ValueError(f"mode must be 'r', not '{mode}': archives are read only")
        self._opened = None
        if isinstance(fo, str):
            self._opened = fsspec.open(fo, mode="rb", protocol=target_protocol, **(target_options or {}))
            fo = self._opened.__enter__()
        self.fo = fo
        self.dir_cache: dict[str, dict[str, Any]] | None = None
        try:
            self.archive = Archive(fo, max_output=max_output, max_entries=max_entries, max_memory=max_memory,
                                   threads=threads)
        except BaseException:
            self._close_file()
            raise

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return super()._strip_protocol(path).lstrip("/")

    def close(self) -> None:
        """Ends the archive; a file object that was given stays open."""
        self.archive.close()
        self._close_file()

    def _close_file(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def _get_dirs(self) -> None:
        if self.dir_cache is not None:
            return
        entries = {_plain(entry): entry for entry in self.archive.entries()}
        entries.pop("", None)
        found = {folder: _folder(folder) for folder in self._all_dirnames(list(entries))}
        found.update({name: _info(name, entry) for name, entry in entries.items()})
        self.dir_cache = found

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> BinaryIO:
        """A seekable file object over the whole content of the member."""
        if mode != "rb":
            raise ValueError(f"mode must be 'rb', not '{mode}': archives are read only")
        info = self._file_info(path)
        content = tempfile.SpooledTemporaryFile(max_size=_SPOOL_SIZE)
        try:
            self.archive.read_to(info["member"], content)  # type: ignore[arg-type]
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return content  # type: ignore[return-value]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        content = self.archive.read(self._file_info(path)["member"])
        return content if start is None and end is None else content[start:end]

    def _file_info(self, path: str) -> dict[str, Any]:
        info = self.info(path)
        if info["type"] == "directory":
            raise IsADirectoryError(path)
        if info["type"] not in ("file", "hardlink"):
            raise ValueError(f"'{path}' is a {info['type']}, not a file")
        return info

    def modified(self, path: str) -> Any:
        """As a datetime in UTC; None where the archive does not say."""
        import datetime

        seconds = self.info(path).get("mtime")
        return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _plain(path: str) -> str:
    """The member's path as this file system calls it: no leading "./" or "/", no "." inside."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _folder(name: str) -> dict[str, Any]:
    return {"name": name, "type": "directory", "size": 0}


def _info(name: str, entry: ArchiveEntry) -> dict[str, Any]:
    return {"name": name, "type": entry.type, "size": entry.size, "mode": entry.mode, "mtime": entry.modified,
            "destination": entry.link_target, "member": entry.path}


register()
fsspec.register_implementation("kompakt", ArchiveFileSystem, clobber=True)
