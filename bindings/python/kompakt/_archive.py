"""Archives: pack, list, test, extract, read members."""

from __future__ import annotations

import os
import posixpath
from typing import Any, BinaryIO, Callable, Iterable, Iterator, Union

from . import _kompakt
from ._errors import CompressionError, InvalidArgumentError
from ._options import Path


class ArchiveEntry(str):
    """A member of an archive: its path, a str, with what the archive says of it as attributes.

    type ("file", "directory", "symlink", "hardlink", ...), size, stored_size, mode, modified (seconds since 1970 as a float),
    modified_ns, owner (uid, gid), user, group, link_target, method, crc32, comment. None or empty where that is not known.
    Nothing in it is safe to use as a path without the checks of extraction.
    """

    type: str
    size: int
    stored_size: int | None
    mode: int | None
    modified: float | None
    modified_ns: int | None
    owner: tuple[int, int] | None
    user: str
    group: str
    link_target: str
    method: str
    crc32: int | None
    comment: str

    @classmethod
    def _made(cls, path: str, facts: dict[str, Any]) -> "ArchiveEntry":
        entry = cls(path)
        time = facts.pop("modified")
        entry.__dict__.update(facts)
        entry.modified_ns = None if time is None else time[0] * 1_000_000_000 + time[1]
        entry.modified = None if time is None else time[0] + time[1] / 1e9
        return entry

    @property
    def path(self) -> str:
        return str(self)

    @property
    def name(self) -> str:
        return posixpath.basename(self)

    @property
    def is_file(self) -> bool:
        return self.type in ("file", "hardlink")

    @property
    def is_dir(self) -> bool:
        return self.type == "directory"


class ArchiveReport(dict):  # type: ignore[type-arg]
    """What an archive operation did; keys are attributes too.

    format, entries, files, content_bytes, bytes_in, bytes_out
    warnings   list of str
    unmatched  names and globs that no member matched
    refused    members that a rule of safe extraction kept out: (path, rule, exception)
    lost       members that damage made unreadable: (path, exception)
    damage     the first damage that was met, an exception, or None
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Archive:
    """An archive that is open for reading: zip, tar in any stream format, .warp, and what libarchive reads.

    file: a path, or a binary file object that can seek. options: threads, max_memory, max_output (bytes of content that may
    come out, a cap for data of others), max_entries. Calls from several threads take turns.
    """

    def __init__(self, file: Union[Path, BinaryIO], **options: Any) -> None:
        self._reader = _kompakt.ArchiveReader(file, **options)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[ArchiveEntry]:
        return iter(self.entries())

    def close(self) -> None:
        """Ends the reader; a file object that was given stays open."""
        self._reader.close()

    @property
    def closed(self) -> bool:
        return self._reader.closed

    @property
    def format(self) -> str:
        """ "zip", "tar.gz", "warp", "7-Zip", ..."""
        return self._reader.format

    def entries(self) -> list[ArchiveEntry]:
        """Every member in the archive's order. Raises where damage leaves nothing that can be listed."""
        found = [ArchiveEntry._made(path, facts) for path, facts in self._reader.entries()]
        if self._reader.damage is not None:
            error = self._reader.damage
            error.entries = found  # type: ignore[attr-defined]
            raise error
        return found

    def names(self) -> list[str]:
        return [entry.path for entry in self.entries()]

    def read(self, name: str) -> bytes:
        """The content of a file of the archive. InvalidArgumentError where there is none of that name."""
        return self._reader.read(name)

    def read_to(self, name: str, target: BinaryIO) -> None:
        """The same, written to a binary file object."""
        self._reader.read_to(name, target)

    def extract(self, output: Path = ".", members: Iterable[str] | None = None, **options: Any) -> ArchiveReport:
        """Writes members below the folder `output`, which is made where it is missing. See extract_archive()."""
        names = None if members is None else _name_list(members, "members")
        return _checked(ArchiveReport(self._reader.extract(output, members=names, **options)))

    def test(self) -> ArchiveReport:
        """Decodes everything and checks what can be checked; raises what it finds."""
        return _checked(ArchiveReport(self._reader.test()))


class ArchiveManager:
    """Creates, lists and extracts archives."""

    #: What create_archive() writes.
    FORMATS = ("zip", "tar", "tar.gz", "tar.zst", "tar.xz", "tar.bz2", "tar.lz4", "tar.br", "warp")

    def create_archive(self, files: Union[Path, Iterable[Any]], output: Path, format: str | None = "zip", *,
                       base: Path | None = None, level: int | None = None, overwrite: bool = False,
                       progress: Callable[[int, int | None], Any] | None = None, **options: Any) -> Any:
        """Packs files and folders (with everything in them) and returns the path of the archive, as `output` is.

        files: a path, or a list of paths and of (path, name in the archive) pairs. A relative path is kept as the name, an
        absolute one lends its last component; with base all names are relative to that folder. format None: what the
        output's name says. The archive appears whole or not at all. options: threads, max_memory, zip_method, reproducible
        (the same bytes from the same files whoever packs them).
        """
        members = list(_members(files, base))
        kind = _kind_of(output) if format is None else format
        facts = _kompakt.create_archive(members, output, format=kind, level=level, overwrite=overwrite, progress=progress,
                                        **options)
        self.last_report = ArchiveReport(facts)
        return output

    def extract_archive(self, archive: Union[Path, BinaryIO], output: Path = ".", members: Iterable[str] | None = None, *,
                        overwrite: bool = False, max_output: int | None = None, **options: Any) -> ArchiveReport:
        """Extracts an archive of any kind below the folder `output`.

        Nothing lands outside that folder, whatever the archive says: absolute names, "..", links that lead outside, members
        below a link, devices and the like are refused, setuid bits dropped. Nothing that exists is replaced unless
        overwrite. What is refused or damaged costs itself only: the others come out, then the first such failure is raised,
        with the report as its attribute `report`.

        options: include, exclude (globs), skip_existing, strip_components, keep_owner, keep_times, keep_xattrs,
        allow_devices, allow_setuid, max_ratio, max_entries, sync, threads, max_memory.
        """
        opening = {key: options.pop(key) for key in ("threads", "max_memory", "max_entries") if key in options}
        with Archive(archive, max_output=max_output, **opening) as reader:
            return reader.extract(output, members, overwrite=overwrite, **options)

    def list_archive(self, archive: Union[Path, BinaryIO], **options: Any) -> list[ArchiveEntry]:
        """The members, each a str (its path) with size, type and more as attributes."""
        with Archive(archive, **options) as reader:
            return reader.entries()

    def test_archive(self, archive: Union[Path, BinaryIO], **options: Any) -> ArchiveReport:
        """Decodes everything and checks what can be checked; raises what it finds."""
        with Archive(archive, **options) as reader:
            return reader.test()

    def __enter__(self) -> "ArchiveManager":
        return self

    def __exit__(self, *exc_info: object) -> None:
        """There is nothing to close."""


def _kind_of(output: Path) -> str:
    name = os.path.basename(os.fsdecode(output)).lower()
    known = (*ArchiveManager.FORMATS, "tgz", "tzst", "txz", "tbz2", "tlz4")
    for kind in sorted(known, key=len, reverse=True):
        if name.endswith("." + kind):
            return kind
    raise InvalidArgumentError(f"'{name}' says nothing of the archive's format (there are {', '.join(ArchiveManager.FORMATS)})")


def _name_list(names: Iterable[str], what: str) -> list[str]:
    if isinstance(names, (str, bytes)):
        raise TypeError(f"{what} must be a list of str, not '{type(names).__name__}'")
    return list(names)


def _members(files: Any, base: Path | None) -> Iterator[tuple[str, str]]:
    """(path, name) for each of the files. A name must lead somewhere inside the archive."""
    if isinstance(files, (str, bytes, os.PathLike)):
        files = [files]
    for file in files:
        if isinstance(file, tuple):
            path, name = os.fsdecode(file[0]), os.fsdecode(file[1])
        else:
            path = os.fsdecode(file)
            name = _default_name(path, base)
        os.lstat(path)  # FileNotFoundError, with the path, before anything is written
        yield path, name


def _default_name(path: str, base: Path | None) -> str:
    if base is not None:
        name = os.path.relpath(path, os.fsdecode(base))
        if name == os.pardir or name.startswith(os.pardir + os.sep):
            raise InvalidArgumentError(f"'{path}' does not lie below base '{os.fsdecode(base)}'")
        return name
    plain = os.path.normpath(path)
    if os.path.isabs(path) or plain == os.curdir or plain.startswith(os.pardir):
        return os.path.basename(os.path.abspath(path))
    return plain


def _checked(report: ArchiveReport) -> ArchiveReport:
    failures: list[CompressionError] = [reason for _, _, reason in report["refused"]]
    failures += [reason for _, reason in report["lost"]]
    failures += [] if report["damage"] is None else [report["damage"]]
    if report["unmatched"]:
        failures.append(InvalidArgumentError(f"not in the archive: {', '.join(report['unmatched'])}"))
    for failure in failures:
        failure.report = report  # type: ignore[attr-defined]
        raise failure
    return report
