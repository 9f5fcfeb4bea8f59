"""What an operation did, in numbers."""

from __future__ import annotations

from typing import Any


class Stats(dict):  # type: ignore[type-arg]
    """A dict whose keys are attributes too.

    input_bytes, output_bytes  of the operation
    duration_seconds           wall time
    chunk_count                buffers or streams that were coded by themselves
    ratio                      content for each compressed byte (3.2: less than a third is left); 0.0 for no bytes at all
    throughput_mbps            content in 10^6 bytes for each second
    savings_percent            of the content's size, that compression takes away
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @classmethod
    def of(cls, input_bytes: int, output_bytes: int, seconds: float, chunks: int, *, packed: bool = True) -> "Stats":
        """packed: the output is the compressed side."""
        content, compressed = (input_bytes, output_bytes) if packed else (output_bytes, input_bytes)
        return cls(
            input_bytes=input_bytes,
            output_bytes=output_bytes,
            duration_seconds=seconds,
            chunk_count=chunks,
            ratio=content / compressed if compressed else 0.0,
            throughput_mbps=content / 1e6 / seconds if seconds > 0 else 0.0,
            savings_percent=100.0 * (1 - compressed / content) if content else 0.0,
        )
