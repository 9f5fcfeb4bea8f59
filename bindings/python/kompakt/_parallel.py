"""Work spread over threads: one large buffer, or many buffers at once."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Iterable

from . import _kompakt
from ._errors import InvalidArgumentError
from ._options import check_workers, format_name
from ._stats import Stats

_MIB = 1 << 20


class ParallelCompressor:
    """Codes on up to `workers` threads. May be used from several threads at once.

    on_progress(done, total), where set (here, as an attribute, or for one call), is called from one thread at a time while
    work goes on: bytes of the input for compress and decompress, items for the others. What it raises ends the call.
    last_stats, a Stats dict, tells of the last call that was finished; None before.
    """

    def __init__(self, workers: int = 4, format: str = "gzip", level: int | None = None, *,
                 on_progress: Callable[[int, int], Any] | None = None, **options: Any) -> None:
        self.workers = check_workers(workers)
        self._format = format_name(format)
        _kompakt.check_compress_options(self._format, level=level, **options)
        self.level = level
        self._options = dict(options)
        self.on_progress = on_progress
        self._lock = threading.Lock()
        self._last_stats: Stats | None = None

    @property
    def format(self) -> str:
        return self._format

    @property
    def last_stats(self) -> Stats | None:
        with self._lock:
            return None if self._last_stats is None else Stats(self._last_stats)

    def __repr__(self) -> str:
        return f"ParallelCompressor(workers={self.workers}, format={self._format!r}, level={self.level!r})"

    def __enter__(self) -> "ParallelCompressor":
        return self

    def __exit__(self, *exc_info: object) -> None:
        """There is nothing to close: threads live as long as a call."""

    def _keep(self, stats: Stats) -> None:
        with self._lock:
            self._last_stats = stats

    def _hook(self, on_progress: Callable[[int, int], Any] | None) -> Callable[[int, int], Any] | None:
        return self.on_progress if on_progress is None else on_progress

    def _encoding(self, level: int | None) -> dict[str, Any]:
        return {"format": self._format, "level": self.level if level is None else level, **self._options}

    def _decoding(self, max_output: int | None) -> dict[str, Any]:
        shared = {key: self._options[key] for key in ("max_memory", "dictionary") if key in self._options}
        return {"format": self._format, "max_output": max_output, **shared}

    def compress(self, data: Any, level: int | None = None, *,
                 on_progress: Callable[[int, int], Any] | None = None) -> bytes:
        """One stream, coded by all workers together."""
        size = memoryview(data).nbytes
        begin = time.perf_counter()
        packed = _kompakt.compress(data, threads=self.workers, progress=self._hook(on_progress),
                                   **self._encoding(level))
        self._keep(Stats.of(size, len(packed), time.perf_counter() - begin, 1))
        return packed

    def decompress(self, data: Any, max_output: int | None = None, *,
                   on_progress: Callable[[int, int], Any] | None = None) -> bytes:
        """The way back, of this format, by as many workers as the stream lets work at once."""
        size = memoryview(data).nbytes
        begin = time.perf_counter()
        content = _kompakt.decompress(data, threads=self.workers, progress=self._hook(on_progress),
                                      **self._decoding(max_output))
        self._keep(Stats.of(size, len(content), time.perf_counter() - begin, 1, packed=False))
        return content

    def compress_batch(self, items: Iterable[Any], level: int | None = None, *,
                       on_progress: Callable[[int, int], Any] | None = None) -> list[bytes]:
        """Each item becomes a stream of its own; results are in the items' order."""
        given = _items(items)
        begin = time.perf_counter()
        packed = _kompakt.compress_batch(given, workers=self.workers, progress=self._hook(on_progress),
                                         **self._encoding(level))
        self._keep(Stats.of(_bytes_in(given), _bytes_in(packed), time.perf_counter() - begin, len(packed)))
        return packed

    def decompress_batch(self, items: Iterable[Any], max_output: int | None = None, *,
                         on_progress: Callable[[int, int], Any] | None = None) -> list[bytes]:
        """The way back. max_output is for each item. The first item that fails is named as the error's file."""
        given = _items(items)
        begin = time.perf_counter()
        content = _kompakt.decompress_batch(given, workers=self.workers, progress=self._hook(on_progress),
                                            **self._decoding(max_output))
        self._keep(Stats.of(_bytes_in(given), _bytes_in(content), time.perf_counter() - begin, len(content),
                            packed=False))
        return content

    def split_and_compress(self, data: Any, chunk_size: int = _MIB, level: int | None = None, *,
                           on_progress: Callable[[int, int], Any] | None = None) -> list[bytes]:
        """Cuts `data` into pieces of chunk_size bytes, each compressed into a stream of its own.

        Empty data becomes one stream, of nothing.
        """
        if not isinstance(chunk_size, int) or isinstance(chunk_size, bool):
            raise TypeError(f"chunk_size must be an int, not '{type(chunk_size).__name__}'")
        if chunk_size < 1:
            raise InvalidArgumentError(f"chunk_size must be at least 1, not {chunk_size}")
        view = memoryview(data).cast("B")
        pieces = [view[at:at + chunk_size] for at in range(0, max(len(view), 1), chunk_size)]
        return self.compress_batch(pieces, level, on_progress=on_progress)

    def decompress_and_merge(self, chunks: Iterable[Any], max_output: int | None = None, *,
                             on_progress: Callable[[int, int], Any] | None = None) -> bytes:
        """Decompresses the chunks side by side and joins what they hold. max_output is for all together."""
        given = _items(chunks)
        begin = time.perf_counter()
        content = _kompakt.decompress_merged(given, workers=self.workers, progress=self._hook(on_progress),
                                             **self._decoding(max_output))
        self._keep(Stats.of(_bytes_in(given), len(content), time.perf_counter() - begin, len(given), packed=False))
        return content


def _items(items: Iterable[Any]) -> list[Any]:
    """TypeError for one buffer, which would be iterated over as numbers."""
    if isinstance(items, (str, bytes, bytearray, memoryview)):
        raise TypeError(f"a list of bytes-like objects is required, not '{type(items).__name__}'")
    return list(items)


def _bytes_in(items: list[Any]) -> int:
    return sum(memoryview(item).nbytes for item in items)
