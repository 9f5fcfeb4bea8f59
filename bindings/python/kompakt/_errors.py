"""The exceptions of this package: one for each kind of failure that the library tells apart."""

from __future__ import annotations

import errno
import os


class CompressionError(Exception):
    """What every failure of this package derives from.

    code is the stable name of its kind ("corrupt", "truncated", ...), message the text without a position. file, block and
    offset (in bytes) say where, and are None where that is not known.
    """

    code = "internal"
    message: str
    file: str | None
    block: int | None
    offset: int | None

    def __init__(self, text: str = "", *, message: str | None = None, file: str | None = None,
                 block: int | None = None, offset: int | None = None) -> None:
        super().__init__(text)
        self.message = text if message is None else message
        self.file = file
        self.block = block
        self.offset = offset

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class InvalidArgumentError(CompressionError, ValueError):
    """A level, format, option or name that means nothing; the text names what there is."""

    code = "invalid-argument"


class IoError(CompressionError, OSError):
    """The system refused to read or write. Also a FileNotFoundError, PermissionError, ... where it is one."""

    code = "io"


class AlreadyExistsError(IoError, FileExistsError):
    """The output is there already, and overwrite=True was not given."""

    code = "already-exists"


class CorruptError(CompressionError):
    """The data contradicts itself: a checksum, a structure, an impossible number."""

    code = "corrupt"


class TruncatedError(CompressionError, EOFError):
    """The data is right as far as it goes, and ends too early."""

    code = "truncated"


class UnsupportedError(CompressionError):
    """Of no known format, or in need of something that this build lacks."""

    code = "unsupported"


class LimitError(CompressionError):
    """More output, memory or the like than the caller (or the default) allows."""

    code = "limit-exceeded"


class MissingResourceError(CompressionError):
    """A dictionary that the data needs was not given."""

    code = "missing"


class CancelledError(CompressionError):
    """The operation was stopped."""

    code = "cancelled"


class InternalError(CompressionError, RuntimeError):
    """A bug in the library."""

    code = "internal"


class MissingFileError(IoError, FileNotFoundError):
    """No such file or directory."""


class FilePermissionError(IoError, PermissionError):
    """The system does not permit it."""


class FileIsDirectoryError(IoError, IsADirectoryError):
    """A directory where a file is meant."""


class FileNotDirectoryError(IoError, NotADirectoryError):
    """A file where a directory is meant."""


_SYSTEM = {
    errno.ENOENT: MissingFileError,
    errno.EACCES: FilePermissionError,
    errno.EPERM: FilePermissionError,
    errno.EROFS: IoError,
    errno.EISDIR: FileIsDirectoryError,
    errno.ENOTDIR: FileNotDirectoryError,
    errno.ENOSPC: IoError,
    errno.EDQUOT: IoError,
    errno.EFBIG: IoError,
    errno.EMFILE: IoError,
    errno.ELOOP: IoError,
    errno.ENAMETOOLONG: IoError,
    errno.EPIPE: IoError,
    errno.EIO: IoError,
}


def _io_error(message: str) -> tuple[type[IoError], int | None]:
    """The class and error number for what the library says the system said."""
    for number, kind in _SYSTEM.items():
        if message.endswith(os.strerror(number)):
            return kind, number
    if message.endswith("is a directory"):
        return FileIsDirectoryError, errno.EISDIR
    return IoError, None


def from_status(code: str, text: str, message: str, file: str | None, block: int | None,
                offset: int | None) -> CompressionError:
    """The exception for a failure of the library. Called by the extension module."""
    kind: type[CompressionError]
    number: int | None = None
    # The library speaks of the program's option there.
    text, message = (part.replace("--force", "overwrite=True") for part in (text, message))
    if code == "io":
        kind, number = _io_error(message)
    elif code == "already-exists":
        kind, number = AlreadyExistsError, errno.EEXIST
    else:
        kind = _KINDS.get(code, InternalError)
    error = kind(text, message=message, file=file, block=block, offset=offset)
    if isinstance(error, OSError):
        error.errno, error.strerror, error.filename = number, message, file  # type: ignore[assignment]
    return error


_KINDS: dict[str, type[CompressionError]] = {
    kind.code: kind
    for kind in (InvalidArgumentError, IoError, AlreadyExistsError, CorruptError, TruncatedError, UnsupportedError,
                 LimitError, MissingResourceError, CancelledError, InternalError)
}
