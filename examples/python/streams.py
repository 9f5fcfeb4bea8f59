"""streams.py LOG.gz OUT.xz: compressed files like plain ones, and a stream that comes in pieces."""
import sys

import kompakt

# [open]
with kompakt.open(sys.argv[1], "rt", encoding="utf-8") as log, kompakt.open(sys.argv[2], "wt", encoding="utf-8") as out:
    for line in log:  # decodes ahead; a damaged file raises here
        if "error" in line:
            out.write(line)
# OUT appears now, complete; after an exception in the block it does not.

with kompakt.open(sys.argv[1]) as log:
    log.seek(-80, 2)  # with an index beside the file (`kompakt index`) at once
    tail = log.read()
# [open]

# [pieces]
compressor = kompakt.IncrementalCompressor("zstd", level=3)
pieces = [compressor.compress(b"some "), compressor.compress(b"content"), compressor.flush()]

decompressor = kompakt.IncrementalDecompressor(max_output=1_000_000)
content = b"".join(decompressor.decompress(piece) for piece in pieces)
assert decompressor.eof and content == b"some content"
# [pieces]
sys.stdout.write(tail.decode())
