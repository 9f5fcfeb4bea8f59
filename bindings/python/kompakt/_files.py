"""Files to files, folders to folders."""

from __future__ import annotations

import os
from typing import Any, Callable

from . import _kompakt
from ._options import DEFAULT_LEVEL, Path, format_name, path_like, settled_level


class FolderReport(dict):  # type: ignore[type-arg]
    """What a folder operation did; keys are attributes too.

    coded, copied, skipped, failed  files
    folders                         made below the output
    bytes_in, bytes_out, threads
    warnings                        what could not be read or is of a kind that is left out: a list of str
    first_failure                   the exception of the first file that failed, or None
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def compress_file(path: Path, output: Path | None = None, format: str = "gzip", level: int | None = DEFAULT_LEVEL,
                  **options: Any) -> Any:
    """Compresses a file and returns the path of the new one, as str, bytes or Path as `path` is.

    output None: beside the file, with the format's suffix ("data.json" -> "data.json.gz"). The new file appears whole or not
    at all. options, besides those of compress():

    overwrite       replace a file that exists (default False: AlreadyExistsError, which is a FileExistsError)
    remove_source   remove the file once what was written has been decoded and compared
    verify          decode and compare also where nothing is removed
    keep_metadata   mode, owner, times, extended attributes (default True)
    store_metadata  name and time inside .gz and .warp (default True)
    sync            make it durable before returning (default True)
    """
    name = format_name(format)
    report = _kompakt.compress_file(path, _output(output), format=name, level=settled_level(level, name), **options)
    return path_like(report["output"], path)


def decompress_file(path: Path, output: Path | None = None, format: str | None = None, max_output: int | None = None,
                    **options: Any) -> Any:
    """The way back. output None: the name without its suffix ("data.json.gz" -> "data.json", ".tgz" -> ".tar").

    The format is told by the first bytes, of brotli by the suffix. InvalidArgumentError where the name has no suffix of a
    format and no output is given. options as for compress_file() and decompress().
    """
    name = None if format is None else format_name(format)
    report = _kompakt.decompress_file(path, _output(output), format=name, max_output=max_output, **options)
    return path_like(report["output"], path)


def _output(output: Path | None) -> Path | None:
    """An empty path names nothing, least of all a default."""
    if output is not None and not os.fspath(output):
        raise FileNotFoundError(2, os.strerror(2), output)
    return output


def compress_folder(input: Path, output: Path, chunk_size: int | None = None, num_workers: int = 0, *,
                    format: str = "warp", level: int | None = None, archive: bool = False, overwrite: bool = False,
                    on_file: Callable[[dict[str, Any]], Any] | None = None, **options: Any) -> FolderReport:
    """Compresses every file of a folder into a mirror of it below `output`, or with archive=True into one archive.

    chunk_size   bytes of content that are coded by themselves; None: 1 MiB for .warp, and what stock tools do elsewhere
    num_workers  threads; 0: all that the process may use
    on_file      is called with the facts of each file when it is done

    options: checksum (of .warp), include and exclude (lists of globs), sync, max_memory. A file that fails costs itself only;
    the exception of the first of them is raised when the others are done, with the report as its attribute `report`.
    """
    facts = _kompakt.compress_folder(input, output, chunk_size=chunk_size, num_workers=num_workers,
                                     format=format_name(format), level=level, archive=archive, overwrite=overwrite,
                                     on_file=on_file, **options)
    return _report(facts)


def decompress_folder(input: Path, output: Path, chunk_size: int | None = None, num_workers: int = 0, *,
                      archive: bool = False, overwrite: bool = False, skip_plain: bool = False,
                      on_file: Callable[[dict[str, Any]], Any] | None = None, **options: Any) -> FolderReport:
    """The way back. Files that are not compressed are copied, or left out with skip_plain.

    chunk_size says nothing here: the files say how they were cut. options: include, exclude, sync, max_output (for each
    file), max_memory.
    """
    facts = _kompakt.decompress_folder(input, output, chunk_size=chunk_size, num_workers=num_workers, archive=archive,
                                       overwrite=overwrite, skip_plain=skip_plain, on_file=on_file, **options)
    return _report(facts)


def _report(facts: dict[str, Any]) -> FolderReport:
    report = FolderReport(facts)
    failure = report["first_failure"]
    if failure is not None:
        failure.report = report
        raise failure
    return report
