"""What the public functions share: defaults, paths, checks of arguments."""

from __future__ import annotations

import os
import pathlib
from typing import Any, NamedTuple, TypeVar, Union

from . import _kompakt
from ._errors import InvalidArgumentError

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
P = TypeVar("P")


class FormatInfo(NamedTuple):
    """What is fixed about a format. Levels are on the scale of the format's stock tool."""

    name: str
    suffix: str
    tar_suffix: str
    min_level: int
    max_level: int
    default_level: int


FORMATS: dict[str, FormatInfo] = {row[0]: FormatInfo(*row) for row in _kompakt.formats()}


class _DefaultLevel(int):
    """An int that can be told from the same number given by a caller."""


#: The level where none is given: 6, or the format's own default where the format has no level 6 (snappy).
DEFAULT_LEVEL = _DefaultLevel(6)


def format_name(format: str) -> str:
    """The format's proper name ("gz" is gzip). TypeError, or InvalidArgumentError that names what there is."""
    if not isinstance(format, str):
        raise TypeError(f"format must be a str, not '{type(format).__name__}'")
    name = _kompakt.find_format(format)
    if name is None:
        raise InvalidArgumentError(f"unknown format '{format}' (there are {', '.join(FORMATS)})")
    return name


def settled_level(level: int | None, format: str) -> int | None:
    """What to pass on as the level of `format`, a proper name; None for the format's default."""
    if isinstance(level, _DefaultLevel):
        info = FORMATS[format]
        return 6 if info.min_level <= 6 <= info.max_level else None
    return level


def path_like(result: str, given: Any) -> Any:
    """`result` as what the caller spoke in: str, bytes or a pathlib path."""
    if isinstance(given, bytes):
        return os.fsencode(result)
    return type(given)(result) if isinstance(given, pathlib.PurePath) else result


def check_workers(workers: int, name: str = "workers") -> int:
    """A count of threads, 1 to 4096; None or 0 for all that the process may use."""
    if workers is None or (workers == 0 and not isinstance(workers, bool)):
        return _kompakt.usable_threads()
    if not isinstance(workers, int) or isinstance(workers, bool):
        raise TypeError(f"{name} must be an int, not '{type(workers).__name__}'")
    if not 0 < workers <= 4096:
        raise InvalidArgumentError(f"{name} must be 0 to 4096, not {workers}")
    return workers
