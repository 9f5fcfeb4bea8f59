"""Lossless compression: many formats, all cores, random access.

One call:       compress, decompress, compress_file, decompress_file, compress_folder, decompress_folder
Objects:        Compressor, ZstdCompressor, get_compressor, ParallelCompressor, ArchiveManager, Archive
Files:          open, KompaktFile, IncrementalCompressor, IncrementalDecompressor
Looking:        detect_format, content_size, compare_formats, formats
Elsewhere:      register_archive_formats (shutil), kompakt.fsspec, kompakt.numcodecs, kompakt.warp
Errors:         CompressionError and what derives from it
"""

from __future__ import annotations

from . import _kompakt
from ._archive import Archive, ArchiveEntry, ArchiveManager, ArchiveReport
from ._errors import (AlreadyExistsError, CancelledError, CompressionError, CorruptError, FileIsDirectoryError,
                      FileNotDirectoryError, FilePermissionError, InternalError, InvalidArgumentError, IoError, LimitError,
                      MissingFileError, MissingResourceError, TruncatedError, UnsupportedError)
from ._file import KompaktFile, open
from ._files import FolderReport, compress_file, compress_folder, decompress_file, decompress_folder
from ._incremental import IncrementalCompressor, IncrementalDecompressor
from ._oneshot import (Compressor, ZstdCompressor, auto_decompress, compare_formats, compress, compress_into, content_size,
                       decompress, decompress_into, detect_format, get_compressor)
from ._options import FORMATS as _FORMATS, FormatInfo
from ._parallel import ParallelCompressor
from ._shutil import register_archive_formats
from ._stats import Stats

__version__: str = _kompakt.version()


def formats() -> list[FormatInfo]:
    """Every format: name, suffix, range of levels, default level."""
    return list(_FORMATS.values())


__all__ = [
    "AlreadyExistsError", "Archive", "ArchiveEntry", "ArchiveManager", "ArchiveReport", "CancelledError", "CompressionError",
    "Compressor", "CorruptError", "FileIsDirectoryError", "FileNotDirectoryError", "FilePermissionError", "FolderReport",
    "FormatInfo", "IncrementalCompressor", "IncrementalDecompressor", "InternalError", "InvalidArgumentError", "IoError", "KompaktFile", "LimitError", "MissingFileError",
    "MissingResourceError", "ParallelCompressor", "Stats", "TruncatedError", "UnsupportedError", "ZstdCompressor",
    "auto_decompress", "compare_formats", "compress", "compress_file", "compress_folder", "compress_into", "content_size",
    "decompress", "decompress_file", "decompress_folder", "decompress_into", "detect_format", "formats", "get_compressor",
    "open", "register_archive_formats",
]
