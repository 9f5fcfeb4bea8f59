"""A codec for numcodecs, and through it for zarr.

From an installed wheel numcodecs finds it by itself ({"id": "kompakt", ...}); otherwise importing this module registers it.
"""

from __future__ import annotations

from typing import Any

import numpy
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray
from numcodecs.registry import register_codec

from . import _kompakt
from ._options import format_name

__all__ = ["Kompakt"]


class Kompakt(Codec):  # type: ignore[misc]
    """Chunks as streams of one format.

    format, level  as of kompakt.compress(); level None is the format's default. These two are what the configuration keeps.
    threads        that code a chunk; 0: all for chunks that are worth it. Not kept: the bytes do not depend on it.
    max_output     bytes that a chunk may decode to where decode() is given no `out`; None: half of the usable memory.
    """

    codec_id = "kompakt"

    def __init__(self, format: str = "zstd", level: int | None = None, *, threads: int = 0,
                 max_output: int | None = None) -> None:
        self.format = format_name(format)
        _kompakt.check_compress_options(self.format, level=level, threads=threads)
        self.level = level
        self.threads = threads
        self.max_output = max_output

    def encode(self, buf: Any) -> bytes:
        """Any contiguous buffer (C or Fortran order, dates too) to bytes."""
        return _kompakt.compress(ensure_contiguous_ndarray(buf), format=self.format, level=self.level,
                                 threads=self.threads)

    def decode(self, buf: Any, out: Any = None) -> Any:
        """bytes, or `out` filled with exactly what the chunk holds; ValueError where that is of another size."""
        data = ensure_contiguous_ndarray(buf)
        if out is None:
            return _kompakt.decompress(data, format=self.format, threads=self.threads, max_output=self.max_output)
        target = ensure_contiguous_ndarray(out).view(numpy.uint8)
        used = _kompakt.decompress_into(data, target, format=self.format, threads=self.threads)
        if used != target.nbytes:
            raise ValueError(f"the chunk holds {used} bytes, out {target.nbytes}")
        return out

    def get_config(self) -> dict[str, Any]:
        return {"id": self.codec_id, "format": self.format, "level": self.level}

    def __repr__(self) -> str:
        return f"Kompakt(format={self.format!r}, level={self.level!r})"


register_codec(Kompakt)
