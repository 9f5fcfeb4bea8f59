"""Compressed files that read and write like plain ones."""

from __future__ import annotations

import builtins
import io
import os
from typing import Any, Union

from . import _kompakt
from ._errors import InvalidArgumentError
from ._options import FORMATS, Path, format_name

_BUFFER = 256 << 10
_MODES = ("r", "rb", "rt", "w", "wb", "wt", "x", "xb", "xt", "a", "ab", "at")


def open(file: Union[Path, Any], mode: str = "rb", format: str | None = None, level: int | None = None, *,
         encoding: str | None = None, errors: str | None = None, newline: str | None = None, **options: Any) -> Any:
    """Opens a compressed file: a path, or a binary file object, which stays open when this is closed.

    mode: r, w (replaces a file when the new one is complete), x (refuses one that exists), a (adds a stream behind what is
    there); with b (the default) a KompaktFile, with t an io.TextIOWrapper around one. format: told by the first bytes for
    reading; for writing by the path's suffix, gzip where that says nothing. options as for compress() or decompress().
    """
    if not isinstance(mode, str):
        raise TypeError(f"mode must be a str, not '{type(mode).__name__}'")
    if mode not in _MODES:
        raise InvalidArgumentError(f"unknown mode '{mode}' (there are {', '.join(_MODES)})")
    text = "t" in mode
    if not text:
        for name, value in (("encoding", encoding), ("errors", errors), ("newline", newline)):
            if value is not None:
                raise InvalidArgumentError(f"{name} is for text mode only")
    binary = KompaktFile(file, mode[0] + "b", format, level, **options)
    if not text:
        return binary
    try:
        return _TextFile(binary, encoding, errors, newline)  # type: ignore[arg-type]
    except BaseException:
        binary.discard()
        raise


class KompaktFile(io.BufferedIOBase):
    """A compressed file in binary mode.

    Reading decodes ahead on threads of its own and seeks, where the format or an index beside the file allows it without
    decoding what lies before. Writing: the file appears at close(), complete, or not at all; leaving a with block by an
    exception discards it. May be used from several threads, whose calls take turns.
    """

    def __init__(self, file: Union[Path, Any], mode: str = "rb", format: str | None = None, level: int | None = None,
                 **options: Any) -> None:
        self._reader: _kompakt.StreamReader | None = None
        self._writer: _kompakt.StreamWriter | None = None
        self._buffer: io.BufferedReader | None = None
        self._appended: Any = None
        if mode not in ("rb", "wb", "xb", "ab"):
            raise InvalidArgumentError(f"unknown mode '{mode}' (there are rb, wb, xb, ab)")
        by_object = hasattr(file, "read" if mode == "rb" else "write")
        if not by_object and not isinstance(file, (str, bytes, os.PathLike)):
            kind = "read" if mode == "rb" else "write"
            raise TypeError(f"a path or a binary file object with {kind}() is needed, not '{type(file).__name__}'")
        self._name = getattr(file, "name", "") if by_object else file
        self.mode = mode
        if mode == "rb":
            if level is not None:
                raise InvalidArgumentError("level is for writing only")
            name = None if format is None else format_name(format)
            self._reader = _kompakt.StreamReader(file, format=name, **options)
            self._buffer = io.BufferedReader(_RawReader(self._reader), _BUFFER)
            return
        name = _format_for(file if not by_object else self._name) if format is None else format_name(format)
        if mode == "ab" and not by_object:
            file = self._appended = builtins.open(file, "ab")
        elif not by_object:
            options["overwrite"] = mode == "wb"
        try:
            self._writer = _kompakt.StreamWriter(file, format=name, level=level, **options)
        except BaseException:
            if self._appended is not None:
                self._appended.close()
            raise

    @property
    def name(self) -> Any:
        return self._name

    @property
    def closed(self) -> bool:
        return getattr(self, "_reader", None) is None and getattr(self, "_writer", None) is None

    @property
    def format(self) -> str:
        """The format's name. Reading only."""
        return self._need_reader().format

    def _check(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _need_buffer(self) -> io.BufferedReader:
        self._check()
        if self._buffer is None:
            raise io.UnsupportedOperation("not readable")
        return self._buffer

    def _need_reader(self) -> Any:
        self._need_buffer()
        return self._reader

    def readable(self) -> bool:
        self._check()
        return self._reader is not None

    def writable(self) -> bool:
        self._check()
        return self._writer is not None

    def seekable(self) -> bool:
        """Reading: True. Of a source that cannot seek going backwards raises UnsupportedError."""
        self._check()
        return self._reader is not None

    def fileno(self) -> int:
        self._check()
        raise io.UnsupportedOperation("fileno: the descriptor's bytes are compressed")

    def read(self, size: int | None = -1) -> bytes:
        """size bytes, fewer only at the end; all that is left for None or a negative size."""
        return self._need_buffer().read(size)

    def read1(self, size: int = -1) -> bytes:
        """What is there, at least one byte unless at the end."""
        return self._need_buffer().read1(_BUFFER if size < 0 else size)

    def readinto(self, buffer: Any) -> int:
        return self._need_buffer().readinto(buffer)

    def readinto1(self, buffer: Any) -> int:
        return self._need_buffer().readinto1(buffer)

    def peek(self, size: int = 0) -> bytes:
        """Some of what comes next, at least one byte unless at the end, without moving."""
        return self._need_buffer().peek(size)

    def readline(self, size: int | None = -1) -> bytes:
        return self._need_buffer().readline(size)

    def read_at(self, offset: int, size: int) -> bytes:
        """size bytes of the content from offset on, fewer at the end. Does not move the position."""
        return self._need_reader().read_at(offset, size)

    def content_size(self) -> int:
        """Bytes of content; decodes everything where that is the only way to know."""
        return self._need_reader().content_size()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves, at most to the end of the content."""
        return self._need_buffer().seek(offset, whence)

    def tell(self) -> int:
        self._check()
        return self._writer.tell() if self._writer is not None else self._need_buffer().tell()

    def write(self, data: Any) -> int:
        self._check()
        if self._writer is None:
            raise io.UnsupportedOperation("not writable")
        return self._writer.write(data)

    def truncate(self, size: int | None = None) -> int:
        self._check()
        raise io.UnsupportedOperation("truncate")

    def detach(self) -> Any:
        self._check()
        raise io.UnsupportedOperation("detach")

    def flush(self) -> None:
        """Gives everything to the encoder. It becomes readable at close()."""
        self._check()
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Writing: completes the file. May be called again."""
        reader, writer, appended = self._reader, self._writer, self._appended
        self._reader = self._writer = self._buffer = self._appended = None
        try:
            if reader is not None:
                reader.close()
            if writer is not None:
                writer.close()
        finally:
            if appended is not None:
                appended.close()

    def discard(self) -> None:
        """Closes without completing: of a path that was being written nothing is left, or what was there before."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.discard()
        self.close()

    def __enter__(self) -> "KompaktFile":
        self._check()
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        # An object that nobody closed was not finished by anybody.
        if getattr(self, "_writer", None) is not None or getattr(self, "_reader", None) is not None:
            self.discard()

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.mode
        return f"<kompakt.KompaktFile {self._name!r} {state}>"


class _TextFile(io.TextIOWrapper):
    """Text over a KompaktFile, with its rule for what was not finished."""

    def discard(self) -> None:
        """As KompaktFile.discard()."""
        self.buffer.discard()  # type: ignore[attr-defined]

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        try:
            self.discard()
        except (AttributeError, ValueError):
            pass  # was never opened, or its buffer was detached


class _RawReader(io.RawIOBase):
    """What the BufferedReader stands on."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._reader.readinto(buffer)

    def readall(self) -> bytes:
        return self._reader.readall()

    def tell(self) -> int:
        return self._reader.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._reader.tell()
        elif whence == io.SEEK_END:
            offset += self._reader.content_size()
        elif whence != io.SEEK_SET:
            raise InvalidArgumentError(f"whence must be 0, 1 or 2, not {whence}")
        return self._reader.seek(max(offset, 0) if whence else offset)


def _format_for(name: Any) -> str:
    """The format that a path's suffix asks for; gzip where it asks for none."""
    if isinstance(name, (str, bytes, os.PathLike)):
        lower = os.fsdecode(name).lower()
        for info in FORMATS.values():
            if lower.endswith(info.suffix) or (info.tar_suffix and lower.endswith(info.tar_suffix)):
                return info.name
    return "gzip"
