"""memory.py FILE: bytes in memory, both ways, and what each format makes of them."""
import sys

import kompakt

with open(sys.argv[1], "rb") as file:
    data = file.read()

# [call]
packed = kompakt.compress(data, level=6, format="gzip")  # any buffer: bytes, memoryview, mmap, numpy
content = kompakt.decompress(packed, max_output=100_000_000)  # the first bytes tell the format
assert content == data

zstd = kompakt.get_compressor("zstd", threads=2)
assert zstd.decompress(zstd.compress(data)) == data
# [call]

for name, stats in kompakt.compare_formats(data, ["gzip", "zstd", "xz"]).items():
    print(f"{name}: {stats.output_bytes} bytes")
