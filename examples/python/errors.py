"""errors.py FILE: what goes wrong is told by the exception's type."""
import sys

import kompakt

with open(sys.argv[1], "rb") as file:
    packed = kompakt.compress(file.read(), format="zstd", level=3)

damaged = bytearray(packed)
damaged[len(damaged) // 2] ^= 0x40
for data, limit in ((damaged, None), (packed[:-8], None), (b"no format", None), (packed, 10)):
    try:
        kompakt.decompress(data, max_output=limit)
    except kompakt.LimitError:
        print("more than max_output bytes")
    except (kompakt.CorruptError, kompakt.TruncatedError) as error:
        print("damaged:", error.code)
    except kompakt.UnsupportedError as error:
        print("not for this build:", error.message)
    # kompakt.CompressionError is what all of them derive from.

try:
    kompakt.compress(b"data", format="zip")
except kompakt.InvalidArgumentError as error:  # a ValueError
    print(error)
