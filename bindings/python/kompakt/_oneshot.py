"""Buffers to bytes and back, and objects that remember a format and a level."""

from __future__ import annotations

import time
from typing import Any, BinaryIO, Callable

from . import _kompakt
from ._options import DEFAULT_LEVEL, FORMATS, format_name, settled_level
from ._stats import Stats

Progress = Callable[[int, "int | None"], Any]


def compress(data: Any, level: int | None = DEFAULT_LEVEL, format: str = "gzip", **options: Any) -> bytes:
    """Compresses a bytes-like object into one stream.

    level is on the scale of the format's stock tool; None stands for that tool's default. options, each of which a format
    refuses that has no place for it:

    threads      that code at the same time; 0, the default: all that the process may use. The bytes do not depend on it.
    max_memory   bytes that buffers and codecs may hold
    block_size   bytes of content that are coded by themselves
    seekable     True: many members or frames with an index, for random access
    checksum     True or False; of .warp also none, xxh64, xxh3, blake3, blake2b; of xz also none, crc32, crc64, sha256
    codec        of .warp: "zstd:level=19,long=27", ...
    extreme      of xz: True for -e
    window_log   of zstd and brotli: how far back matches may lie, as a power of two
    dictionary   of zstd and lz4: bytes
    name, mtime  of gzip: what the header says of the original file
    progress     is called with (bytes done, bytes in all) now and then; what it raises ends the call

    Other Python threads run meanwhile. TypeError and BufferError for what is no C-contiguous buffer, InvalidArgumentError (a
    ValueError) for a level, format or option that there is not.
    """
    name = format_name(format)
    return _kompakt.compress(data, format=name, level=settled_level(level, name), **options)


def decompress(data: Any, format: str | None = None, max_output: int | None = None, **options: Any) -> bytes:
    """Decompresses all of a bytes-like object, streams laid end to end included.

    format is told by the first bytes unless given; brotli has to be given. At most max_output bytes come out; where that is
    None, half of the memory that the process may use: LimitError beyond it. Give a number for data of others. Nothing is
    allocated only because the data says how large it becomes. options: threads, max_memory, dictionary, progress, and
    verify_digests (of .warp: recompute the digests of blocks too).

    CorruptError, TruncatedError, UnsupportedError (of no known format, too), LimitError.
    """
    name = None if format is None else format_name(format)
    return _kompakt.decompress(data, format=name, max_output=max_output, **options)


def compress_into(data: Any, out: Any, level: int | None = DEFAULT_LEVEL, format: str = "gzip", **options: Any) -> int:
    """compress() into a writable buffer; returns the bytes used. LimitError where it is too small."""
    name = format_name(format)
    return _kompakt.compress_into(data, out, format=name, level=settled_level(level, name), **options)


def decompress_into(data: Any, out: Any, format: str | None = None, **options: Any) -> int:
    """decompress() into a writable buffer; returns the bytes used. LimitError where it is too small."""
    name = None if format is None else format_name(format)
    return _kompakt.decompress_into(data, out, format=name, **options)


def auto_decompress(data: Any, max_output: int | None = None, **options: Any) -> bytes:
    """decompress() of whatever format the first bytes tell."""
    return decompress(data, max_output=max_output, **options)


def detect_format(data: Any) -> str | None:
    """The name of the format that the first bytes (16 are enough) can only belong to; None where there is none."""
    return _kompakt.detect_format(data)


def content_size(data: Any, format: str | None = None) -> int | None:
    """The size of what `data` holds, where it says so without being decoded. A claim, not a promise."""
    return _kompakt.content_size(data, format=None if format is None else format_name(format))


class Compressor:
    """One format, and a level and options for it."""

    def __init__(self, format: str = "gzip", level: int | None = None, **options: Any) -> None:
        self._format = format_name(format)
        self._options = dict(options)
        # Refused now rather than at the first use.
        _kompakt.check_compress_options(self._format, level=level, **options)
        self.level = level

    @property
    def format(self) -> str:
        return self._format

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._format!r}, level={self.level!r})"

    def _level(self, level: int | None) -> int | None:
        return self.level if level is None else level

    def compress(self, data: Any, level: int | None = None, **options: Any) -> bytes:
        """As kompakt.compress(); the level is that of the object unless given."""
        return _kompakt.compress(data, format=self._format, level=self._level(level), **{**self._options, **options})

    def decompress(self, data: Any, max_output: int | None = None, **options: Any) -> bytes:
        """As kompakt.decompress() of data of this format."""
        return _kompakt.decompress(data, format=self._format, max_output=max_output, **self._decoding(options))

    def compress_stream(self, source: BinaryIO, target: BinaryIO, level: int | None = None,
                        **options: Any) -> tuple[int, int]:
        """Reads `source` (read(size)) to its end and writes to `target` (write(bytes)), in bounded memory.

        Returns the bytes read and the bytes written. Neither object is closed.
        """
        return _kompakt.compress_stream(source, target, format=self._format, level=self._level(level),
                                        **{**self._options, **options})

    def decompress_stream(self, source: BinaryIO, target: BinaryIO, max_output: int | None = None,
                          **options: Any) -> tuple[int, int]:
        """The way back. Without max_output there is no limit to what is written."""
        return _kompakt.decompress_stream(source, target, format=self._format, max_output=max_output,
                                          **self._decoding(options))

    def _decoding(self, options: dict[str, Any]) -> dict[str, Any]:
        """The object's options as far as they mean something for decompression."""
        shared = {key: self._options[key] for key in ("threads", "max_memory", "dictionary") if key in self._options}
        return {**shared, **options}

    @staticmethod
    def detect_format(data: Any) -> str | None:
        """As kompakt.detect_format()."""
        return _kompakt.detect_format(data)


class ZstdCompressor(Compressor):
    """Compressor("zstd", level)."""

    def __init__(self, level: int | None = 3, **options: Any) -> None:
        super().__init__("zstd", level, **options)

    def __repr__(self) -> str:
        return f"ZstdCompressor(level={self.level!r})"


def get_compressor(format: str, level: int | None = None, **options: Any) -> Compressor:
    """A Compressor for the format; level None: its default."""
    if format_name(format) == "zstd":
        return ZstdCompressor(3 if level is None else level, **options)
    return Compressor(format, level, **options)


def compare_formats(data: Any, formats: list[str] | None = None, level: int | None = None,
                    threads: int = 0) -> dict[str, Stats]:
    """What each format makes of `data`, smallest first: name -> Stats of the compression, with decompress_seconds besides.

    level None: each format's default. Every result is decompressed and compared with `data`.
    """
    names = list(FORMATS) if formats is None else [format_name(format) for format in formats]
    view = memoryview(data).cast("B")
    found: list[tuple[int, str, Stats]] = []
    for name in names:
        begin = time.perf_counter()
        packed = _kompakt.compress(view, format=name, level=level, threads=threads)
        middle = time.perf_counter()
        back = _kompakt.decompress(packed, format=name, threads=threads, max_output=len(view))
        end = time.perf_counter()
        if back != view:
            raise AssertionError(f"{name}: what comes back is not what went in")
        stats = Stats.of(len(view), len(packed), middle - begin, 1)
        stats["decompress_seconds"] = end - middle
        found.append((len(packed), name, stats))
    return {name: stats for _, name, stats in sorted(found, key=lambda row: row[:2])}
