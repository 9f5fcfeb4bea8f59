"""What programs written for warpcompress.core ask for, under the same names.

    from kompakt.warp import CompressionManager, HASH_BLAKE3

Files are written as version 2 of .warp, which those programs' own readers know, and read in every version.
"""

from __future__ import annotations

import sys
from typing import Any

from . import _kompakt
from ._errors import CompressionError, InvalidArgumentError
from ._options import Path

#: Checksums over the content, as the trailer of the file numbers them.
HASH_NONE, HASH_BLAKE3, HASH_XXH64, HASH_BLAKE2B = 0, 1, 2, 3
HASH_NAMES = {HASH_NONE: "none", HASH_BLAKE3: "blake3", HASH_XXH64: "xxh64", HASH_BLAKE2B: "blake2b"}

#: What compress_file() takes for level.
LEVELS = ("auto", "fastest", "throughput", "max")

__all__ = ["CompressionError", "CompressionManager", "HASH_BLAKE2B", "HASH_BLAKE3", "HASH_NAMES", "HASH_NONE", "HASH_XXH64",
           "LEVELS"]


class CompressionManager:
    """Compresses files to .warp and back.

    verbose         tells of every chunk, and of the whole, on stderr
    checksum_algo   HASH_NONE, HASH_BLAKE3, HASH_XXH64 or HASH_BLAKE2B (or its name)
    threads         that work at the same time; None or 0: what the level and the machine give
    chunk_size      128 KiB to 1 GiB; None: the level's
    zstd_level      1 to 22
    zstd_threads    taken and without effect: chunks are coded in parallel
    brotli_quality  0 to 11
    """

    def __init__(self, verbose: bool = False, checksum_algo: int | str = HASH_NONE, threads: int | None = None,
                 chunk_size: int | None = None, zstd_level: int = 3, zstd_threads: int = 0,
                 brotli_quality: int = 5) -> None:
        self.verbose = bool(verbose)
        self.checksum_algo = _hash_number(checksum_algo)
        self.threads = _number("threads", threads, 0, 4096)
        self.chunk_size = _number("chunk_size", chunk_size, 1 << 17, 1 << 30)
        self.zstd_level = _number("zstd_level", zstd_level, 1, 22)
        self.zstd_threads = _number("zstd_threads", zstd_threads, 0, 4096)
        self.brotli_quality = _number("brotli_quality", brotli_quality, 0, 11)

    def compress_file(self, src: Path, dst: Path, level: str = "auto") -> None:
        """Compresses the file `src` to `dst`, which is replaced when the new one is complete.

        level: auto (zstd where it pays, else snappy), fastest (snappy), throughput (by size and cores), max (brotli).
        """
        if not isinstance(level, str):
            raise TypeError(f"level must be a str, not '{type(level).__name__}'")
        if level not in LEVELS:
            raise InvalidArgumentError(f"unknown level '{level}' (there are {', '.join(LEVELS)})")
        bytes_in, bytes_out = _kompakt.compress_warp2(
            src, dst, on_chunk=_tell_chunk if self.verbose else None, level=level,
            checksum=HASH_NAMES[self.checksum_algo], threads=self.threads, chunk_size=self.chunk_size,
            zstd_level=self.zstd_level, brotli_quality=self.brotli_quality)
        if self.verbose:
            _tell(f"{bytes_in} -> {bytes_out} bytes, x{bytes_in / max(bytes_out, 1):.2f}")

    def decompress_file(self, src: Path, dst: Path) -> None:
        """Decompresses the .warp file `src`, of any version, to `dst`, which is replaced when the new one is complete."""
        report = _kompakt.decompress_file(src, dst, format="warp", overwrite=True, keep_metadata=False,
                                          threads=self.threads)
        if self.verbose:
            _tell(f"{report['bytes_in']} -> {report['bytes_out']} bytes")


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _tell_chunk(number: int, raw: int, stored: int, method: str, seconds: float) -> None:
    speed = f", {raw / 1e6 / seconds:.1f} MB/s" if seconds > 0 else ""
    _tell(f"chunk {number}: {method} {raw} -> {stored} bytes{speed}")


def _hash_number(algorithm: Any) -> int:
    for number, name in HASH_NAMES.items():
        if algorithm == name or (algorithm == number and not isinstance(algorithm, bool)):
            return number
    if not isinstance(algorithm, (int, str)) or isinstance(algorithm, bool):
        raise TypeError(f"checksum_algo must be one of the HASH_ numbers or a name, not '{type(algorithm).__name__}'")
    choices = ", ".join(f"{number} {name}" for number, name in HASH_NAMES.items())
    raise InvalidArgumentError(f"unknown checksum_algo {algorithm!r} (there are {choices})")


def _number(name: str, value: Any, low: int, high: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not '{type(value).__name__}'")
    if not low <= value <= high:
        raise InvalidArgumentError(f"{name} must be {low} to {high}, not {value}")
    return value
