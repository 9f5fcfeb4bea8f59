"""Coders that are fed piece by piece."""

from __future__ import annotations

from typing import Any

from . import _kompakt
from ._options import DEFAULT_LEVEL, format_name, settled_level


class IncrementalCompressor:
    """Compresses one stream from pieces, on one core. As of the standard library's compressor objects:

        c = IncrementalCompressor("zstd", 3)
        out = c.compress(piece) + ... + c.flush()

    options as for compress(). Calls from several threads take turns.
    """

    def __init__(self, format: str = "gzip", level: int | None = DEFAULT_LEVEL, **options: Any) -> None:
        name = format_name(format)
        self._coder = _kompakt.IncrementalCompressor(format=name, level=settled_level(level, name), **options)

    def compress(self, data: Any) -> bytes:
        """Takes a bytes-like object; returns what is ready of the output, which may be nothing."""
        return self._coder.compress(data)

    def flush(self, finish: bool = True) -> bytes:
        """Ends the stream and returns the rest of it. finish=False: makes what was given so far decodable, and goes on.

        UnsupportedError for finish=False where the format or the options have no such thing (snappy, bzip2, .warp; blocks of
        a chosen size); the stream goes on after that.
        """
        return self._coder.flush(finish)

    @property
    def finished(self) -> bool:
        return self._coder.finished


class IncrementalDecompressor:
    """Decompresses one stream from pieces, and stops behind it. As of the standard library's decompressor objects.

    format None: told by the first bytes. options: max_output (over the object's life), max_memory, dictionary. Calls from
    several threads take turns.
    """

    def __init__(self, format: str | None = None, **options: Any) -> None:
        name = None if format is None else format_name(format)
        self._coder = _kompakt.IncrementalDecompressor(format=name, **options)

    def decompress(self, data: Any, max_length: int = -1) -> bytes:
        """Takes a bytes-like object; returns at most max_length bytes of content, where that is not negative.

        Input that was not needed for them is kept: while needs_input is False, go on with b"". EOFError behind the end.
        """
        return self._coder.decompress(data, max_length)

    def finish(self) -> bytes:
        """Says that there is no more input; returns the rest. TruncatedError where the stream is not complete.

        Needed for streams that do not say where they end: snappy, .warp before version 3, lz4 with a dictionary.
        """
        return self._coder.finish()

    @property
    def eof(self) -> bool:
        """True when the end of the stream was reached."""
        return self._coder.eof

    @property
    def needs_input(self) -> bool:
        """False where decompress(b"") may give more."""
        return self._coder.needs_input

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the stream."""
        return self._coder.unused_data
