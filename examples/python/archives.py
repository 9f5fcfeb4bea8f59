"""archives.py FOLDER OUT: packs, lists, reads one member, extracts."""
import sys

import kompakt

folder, out = sys.argv[1], sys.argv[2]
manager = kompakt.ArchiveManager()
manager.create_archive(folder, "files.zip", format="zip")

with kompakt.Archive("files.zip") as archive:
    for entry in archive:
        print(f"{entry.size:10} {entry.path}")
    first = next(entry for entry in archive if entry.is_file)
    print(archive.read(first)[:20])

# From strangers: bound what may come out. Names that would land outside of `out` are refused in any case.
manager.extract_archive("files.zip", out, max_output=1_000_000_000, max_ratio=200)
