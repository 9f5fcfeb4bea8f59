"""From buffer to bytes and back."""

import array
import bz2
import gzip
import inspect
import io
import lzma
import mmap
import os
import threading
import unittest
import zlib

import kompakt
from support import FORMATS, TestCase, digest, mixed

DATA = mixed(300_000)


class OneShot(TestCase):
    def test_the_signature_is_the_documented_one(self):
        found = inspect.signature(kompakt.compress).parameters
        self.assertEqual((found["level"].default, found["format"].default), (6, "gzip"))
        self.assertEqual(list(found)[:3], ["data", "level", "format"])

    def test_every_format_gives_back_what_went_in(self):
        for name in FORMATS:
            for size in (0, 1, 100, 70_000, 300_000):
                with self.subTest(format=name, size=size):
                    packed = kompakt.compress(DATA[:size], format=name)
                    self.assertIs(type(packed), bytes)
                    self.assertEqual(kompakt.decompress(packed, format=name), DATA[:size])
                    if name != "brotli":
                        self.assertEqual(kompakt.decompress(packed), DATA[:size])

    def test_the_standard_library_reads_what_is_written(self):
        self.assertEqual(gzip.decompress(kompakt.compress(DATA)), DATA)
        self.assertEqual(zlib.decompress(kompakt.compress(DATA, format="zlib")), DATA)
        self.assertEqual(bz2.decompress(kompakt.compress(DATA, format="bzip2")), DATA)
        self.assertEqual(lzma.decompress(kompakt.compress(DATA, format="xz")), DATA)

    def test_what_the_standard_library_writes_is_read(self):
        for packed in (gzip.compress(DATA), zlib.compress(DATA), bz2.compress(DATA), lzma.compress(DATA),
                       gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:])):
            self.assertEqual(kompakt.decompress(packed), DATA)
            self.assertEqual(kompakt.auto_decompress(packed), DATA)

    def test_level_6_stands_for_the_default_where_a_format_has_no_levels(self):
        self.assertEqual(kompakt.compress(DATA, format="snappy"), kompakt.compress(DATA, None, "snappy"))
        self.assertEqual(kompakt.compress(DATA), kompakt.compress(DATA, 6, "gzip"))

    def test_the_bytes_do_not_depend_on_threads(self):
        for name in FORMATS:
            with self.subTest(format=name):
                data = mixed(3_000_000) if name in ("gzip", "zstd", "lz4") else DATA
                self.assertEqual(*(digest(kompakt.compress(data, format=name, level=None if name != "brotli" else 4,
                                                           threads=threads)) for threads in (1, 3)))

    def test_options_reach_the_format(self):
        seekable = kompakt.compress(DATA, format="zstd", seekable=True, block_size=65536)
        self.assertGreater(len(seekable), len(kompakt.compress(DATA, format="zstd")))
        self.assertEqual(kompakt.decompress(seekable), DATA)
        self.assertEqual(gzip.decompress(kompakt.compress(DATA, name="a.txt", mtime=7)), DATA)
        self.assertIn(b"a.txt\0", kompakt.compress(DATA, name="a.txt", mtime=7)[:20])
        dictionary = DATA[:20_000]
        packed = kompakt.compress(DATA[5000:9000], format="zstd", dictionary=dictionary)
        self.assertLess(len(packed), 200)
        self.assertEqual(kompakt.decompress(packed, dictionary=dictionary), DATA[5000:9000])
        coded = kompakt.compress(DATA, format="warp", codec="xz:level=1", checksum="xxh64")
        self.assertEqual(kompakt.decompress(coded, verify_digests=True), DATA)

    def test_into_a_buffer_of_the_callers(self):
        out = bytearray(len(DATA) + 1000)
        used = kompakt.compress_into(DATA, out)
        self.assertEqual(gzip.decompress(out[:used]), DATA)
        back = bytearray(len(DATA) + 10)
        self.assertEqual(kompakt.decompress_into(memoryview(out)[:used], memoryview(back)[10:]), len(DATA))
        self.assertEqual(back[10:], DATA)
        self.assertFails(kompakt.LimitError, "", kompakt.decompress_into, out[:used], bytearray(100))
        self.assertFails(kompakt.LimitError, "", kompakt.compress_into, DATA, bytearray(100))
        self.assertFails(BufferError, "not writable", kompakt.decompress_into, out[:used], bytes(len(DATA)))

    def test_detection(self):
        for name in FORMATS:
            expected = None if name == "brotli" else name
            self.assertEqual(kompakt.detect_format(kompakt.compress(DATA[:100], format=name)), expected)
        self.assertIsNone(kompakt.detect_format(b""))
        self.assertIsNone(kompakt.detect_format(b"plain text"))
        self.assertEqual(kompakt.content_size(kompakt.compress(DATA, format="zstd")), len(DATA))

    def test_progress_counts_bytes_and_what_it_raises_comes_out(self):
        seen = []
        data = mixed(4_000_000)
        kompakt.compress(data, progress=lambda done, total: seen.append((done, total)))
        self.assertEqual(seen[-1], (len(data), len(data)))
        self.assertEqual(seen, sorted(seen))

        def refuse(done, total):
            raise RuntimeError("no more of this")

        self.assertFails(RuntimeError, "no more of this", kompakt.compress, data, progress=refuse)
        self.assertFails(TypeError, "progress must be callable or None, not 'int'", kompakt.compress, data, progress=3)


class Buffers(TestCase):
    def roundtrip(self, data, expected):
        packed = kompakt.compress(data, format="zstd")
        self.assertEqual(kompakt.decompress(packed), expected)

    def test_everything_with_a_contiguous_buffer_is_taken(self):
        self.roundtrip(bytearray(DATA), DATA)
        self.roundtrip(memoryview(DATA)[1000:200_000], DATA[1000:200_000])
        numbers = array.array("d", range(1000))
        self.roundtrip(numbers, numbers.tobytes())
        self.roundtrip(memoryview(numbers), numbers.tobytes())
        path = self.write("f", DATA)
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            self.roundtrip(mapped, DATA)
            mapped_packed = self.write("p", kompakt.compress(DATA))
        with open(mapped_packed, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            self.assertEqual(kompakt.decompress(mapped), DATA)
        for empty in (b"", bytearray(), memoryview(b""), array.array("d")):
            self.roundtrip(empty, b"")

    def test_numpy_arrays(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        cube = numpy.arange(60_000, dtype="f4").reshape(30, 40, 50)
        self.roundtrip(cube, cube.tobytes())
        self.roundtrip(cube[3:7], cube[3:7].tobytes())
        self.assertFails((ValueError,), "contiguous", kompakt.compress, cube[:, ::2])
        back = numpy.empty_like(cube)
        self.assertEqual(kompakt.decompress_into(kompakt.compress(cube), back), cube.nbytes)
        self.assertTrue((back == cube).all())

    def test_what_is_no_buffer_is_a_type_error(self):
        for function in (kompakt.compress, kompakt.decompress, kompakt.auto_decompress, kompakt.detect_format,
                         kompakt.content_size, kompakt.compare_formats, kompakt.Compressor("gzip").compress,
                         kompakt.Compressor("gzip").decompress, kompakt.IncrementalCompressor().compress,
                         kompakt.IncrementalDecompressor().decompress, kompakt.ParallelCompressor().compress,
                         kompakt.ParallelCompressor().decompress, kompakt.ParallelCompressor().split_and_compress):
            for wrong, name in (("text", "str"), (5, "int"), (None, "NoneType")):
                with self.subTest(function=function, wrong=wrong):
                    self.assertFails(TypeError, f"a bytes-like object is required, not '{name}'", function, wrong)
        self.assertFails(BufferError, "contiguous", kompakt.compress, memoryview(DATA)[::2])

    def test_exports_are_released_also_after_failures(self):
        data = bytearray(DATA)
        kompakt.compress(data)
        data.append(1)
        self.assertRaises(kompakt.UnsupportedError, kompakt.decompress, data)
        data.append(1)
        out = bytearray(10)
        self.assertRaises(kompakt.LimitError, kompakt.compress_into, DATA, out)
        out.append(1)
        self.assertRaises(TypeError, kompakt.compress, data, threads="x")
        data.append(1)

    def test_a_buffer_cannot_be_resized_while_it_is_compressed(self):
        data = bytearray(mixed(6_000_000))
        seen = []

        def grow(done, total):
            try:
                data.append(1)
            except BufferError:
                seen.append(done)

        kompakt.compress(data, progress=grow)
        self.assertTrue(seen)

    def test_three_gigabytes(self):
        size = 3 << 30
        with open("/proc/meminfo") as file:
            free = {line.split(":")[0]: int(line.split()[1]) << 10 for line in file}
        if free["MemAvailable"] < size + (2 << 30):
            self.skipTest("less than 5 GB of memory are free")
        with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ) as zeros:
            packed = kompakt.compress(zeros, format="warp", level=1, checksum=False)
        self.assertEqual(kompakt.content_size(packed), size)
        self.assertFails(kompakt.LimitError, "", kompakt.decompress, packed, max_output=1 << 20)
        with kompakt.open(io.BytesIO(packed)) as file:
            self.assertEqual(file.seek(0, 2), size)
            self.assertEqual(file.read_at(size - 5, 100), bytes(5))
        back = kompakt.decompress(packed)
        self.assertEqual((len(back), back[::1 << 20].count(0)), (size, size >> 20))


class Limits(TestCase):
    def test_output_is_capped(self):
        for name in FORMATS:
            with self.subTest(format=name):
                packed = kompakt.compress(bytes(1_000_000), format=name)
                self.assertEqual(len(kompakt.decompress(packed, name, max_output=1_000_000)), 1_000_000)
                error = self.assertFails(kompakt.LimitError, "", kompakt.decompress, packed, name, max_output=999_999)
                self.assertEqual(error.code, "limit-exceeded")

    def test_there_is_a_cap_by_default(self):
        self.assertGreater(kompakt._kompakt.default_max_output(), 1 << 28)
        self.assertLessEqual(kompakt._kompakt.default_max_output(), kompakt._kompakt.usable_memory() // 2 + 1)


class Threads(TestCase):
    def test_sixteen_threads_make_progress_together_and_finish_correctly(self):
        data = mixed(3_000_000)
        expected = kompakt.compress(data, 1)
        # Nobody gets past the first news of progress before everybody has had some.
        all_under_way = threading.Barrier(16)
        results, lock = [], threading.Lock()

        def run():
            met = []

            def progress(done, total):
                if not met:
                    met.append(done)
                    all_under_way.wait(timeout=60)

            packed = kompakt.compress(data, 1, progress=progress)
            ok = bool(met) and packed == expected and kompakt.decompress(packed) == data
            with lock:
                results.append(ok)

        threads = [threading.Thread(target=run) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [True] * 16)

    def test_other_threads_run_meanwhile(self):
        data = mixed(2_000_000)
        counts, stop = [], threading.Event()

        def count():
            n = 0
            while not stop.is_set():
                n += 1
            counts.append(n)

        thread = threading.Thread(target=count)
        thread.start()
        kompakt.compress(data, 9, "xz", threads=1)
        stop.set()
        thread.join()
        self.assertGreater(counts[0], 1000)


class WrongArguments(TestCase):
    """Type and text of what is raised."""

    def test_formats(self):
        calls = [lambda f: kompakt.compress(b"x", format=f), lambda f: kompakt.compress_into(b"x", bytearray(99), format=f),
                 lambda f: kompakt.decompress_into(b"x", bytearray(99), format=f if f is not None else 3),
                 kompakt.get_compressor, kompakt.Compressor, lambda f: kompakt.ParallelCompressor(format=f),
                 lambda f: kompakt.IncrementalCompressor(format=f),
                 lambda f: kompakt.compress_file(__file__, self.path("o"), format=f),
                 lambda f: kompakt.compress_folder(self.folder, self.path("o"), format=f),
                 lambda f: kompakt.compare_formats(b"x", [f]), lambda f: kompakt.open(self.path("o"), "wb", f or 3)]
        for call in calls:
            self.assertFails((kompakt.InvalidArgumentError, ValueError, kompakt.CompressionError),
                             "unknown format 'rot13' .there are warp, gzip, zlib, zstd, lz4, xz, bzip2, brotli, snappy.",
                             call, "rot13")
            self.assertFails(TypeError, "format must be a str, not '(int|NoneType)'", call, 3)
        for call in (kompakt.decompress, kompakt.decompress_file, kompakt.content_size):
            self.assertFails(kompakt.InvalidArgumentError, "unknown format 'rot13' .there are warp", call, b"x", format="rot13")
            self.assertFails(TypeError, "format must be a str, not 'int'", call, b"x", format=3)

    def test_levels(self):
        def file(level, format):
            return kompakt.compress_file(__file__, self.path("o"), format, level)

        for call in (lambda level, format: kompakt.compress(b"x", level, format),
                     lambda level, format: kompakt.compress_into(b"x", bytearray(99), level, format),
                     lambda level, format: kompakt.get_compressor(format, level),
                     lambda level, format: kompakt.Compressor(format).compress(b"x", level),
                     lambda level, format: kompakt.ParallelCompressor(2, format, level),
                     lambda level, format: kompakt.ParallelCompressor(2, format).compress_batch([b"x"], level),
                     lambda level, format: kompakt.IncrementalCompressor(format, level),
                     lambda level, format: kompakt.compress_folder(self.folder, self.path("o"), format=format, level=level),
                     lambda level, format: kompakt.open(self.path("o"), "wb", format, level), file):
            for level, format, text in ((77, "xz", "xz: level must be 0 to 9, not 77"),
                                        (-1, "brotli", "brotli: level must be 0 to 11, not -1"),
                                        (1 << 80, "zstd", "zstd: level must be -131072 to 22, not 1208925819614629174706176")):
                self.assertFails((kompakt.InvalidArgumentError, ValueError), text, call, level, format)
            for level, name in (("high", "str"), (6.0, "float"), (True, "bool")):
                self.assertFails(TypeError, f"level must be an int, not '{name}'", call, level, "xz")
        self.assertFails(kompakt.InvalidArgumentError, "snappy: level must be 0 to 0, not 6", kompakt.compress, b"x", int("6"),
                         "snappy")
        self.assertFalse(os.path.exists(self.path("o")))

    def test_options(self):
        self.assertFails(TypeError, "unknown option 'speed' .there are level, threads, max_memory,", kompakt.compress, b"x",
                         speed=3)
        self.assertFails(TypeError, "unknown option 'speed' .there are threads, max_memory, max_output,", kompakt.decompress,
                         b"x", speed=3)
        self.assertFails(TypeError, "threads must be an int, not 'str'", kompakt.compress, b"x", threads="2")
        self.assertFails(kompakt.InvalidArgumentError, "threads must be 0 to 4096, not -1", kompakt.compress, b"x", threads=-1)
        self.assertFails(kompakt.InvalidArgumentError, "max_output must be 0 to", kompakt.decompress, b"x", max_output=-1)
        self.assertFails(TypeError, "max_output must be an int, not 'float'", kompakt.decompress, b"x", max_output=1.5)
        self.assertFails(TypeError, "seekable must be a bool, not 'int'", kompakt.compress, b"x", seekable=1)
        self.assertFails(TypeError, "codec must be a str, not 'int'", kompakt.compress, b"x", format="warp", codec=3)
        self.assertFails(kompakt.InvalidArgumentError, "nosuch", kompakt.compress, b"x", format="warp", codec="nosuch")
        self.assertFails(kompakt.InvalidArgumentError, "unknown checksum 'md5' .there are none, xxh64", kompakt.compress, b"x",
                         format="warp", checksum="md5")
        # A wish that the format has no place for is refused, not ignored.
        self.assertFails(kompakt.InvalidArgumentError, "gzip", kompakt.compress, b"x", extreme=True)


class Damage(TestCase):
    def functions(self, format):
        parallel = kompakt.ParallelCompressor(2, format)
        return [lambda data: kompakt.decompress(data, format), kompakt.Compressor(format).decompress, parallel.decompress,
                lambda data: parallel.decompress_batch([data]), lambda data: parallel.decompress_and_merge([data]),
                lambda data: kompakt.decompress_into(data, bytearray(400_000), format),
                lambda data: kompakt.decompress_file(self.write("d", data), self.path("e"), format),
                lambda data: kompakt.open(self.write("d", data), format=format).read()]

    def test_truncated_data(self):
        for name in FORMATS:
            packed = kompakt.compress(DATA, format=name)
            for function in self.functions(name):
                with self.subTest(format=name):
                    error = self.assertFails((kompakt.TruncatedError, EOFError, kompakt.CompressionError), "", function,
                                             packed[:len(packed) * 2 // 3])
                    self.assertEqual(error.code, "truncated")
                    self.assertTrue(str(error))
                    self.assertFalse(os.path.exists(self.path("e")))

    def test_corrupt_data(self):
        for name in FORMATS:
            packed = bytearray(kompakt.compress(DATA, format=name))
            # Brotli has no checksum: damage shows where it breaks the structure.
            half = len(packed) // 2
            packed[half:] = b"\xff" * half if name == "brotli" else bytes([packed[half] ^ 1]) + packed[half + 1:]
            for function in self.functions(name):
                with self.subTest(format=name):
                    error = self.assertFails((kompakt.CompressionError,), "", function, bytes(packed))
                    self.assertIn(error.code, ("corrupt", "truncated"))
                    self.assertNotIsInstance(error, OSError)
                    self.assertFalse(os.path.exists(self.path("e")))

    def test_data_of_no_format(self):
        for data in (b"this is no compressed data at all", bytes(range(200, 256)) * 4):
            error = self.assertFails(kompakt.UnsupportedError, "not a format that this build reads", kompakt.decompress, data)
            self.assertEqual((error.code, error.block), ("unsupported", None))
        self.assertFails(kompakt.TruncatedError, "the input is empty", kompakt.decompress, b"")

    def test_positions_are_attributes(self):
        packed = bytearray(kompakt.compress(DATA, format="warp", block_size=65536))
        packed[len(packed) // 2] ^= 1
        error = self.assertFails(kompakt.CorruptError, "block 2", kompakt.decompress, bytes(packed))
        self.assertEqual(error.block, 2)
        self.assertNotIn("block", error.message)


if __name__ == "__main__":
    unittest.main()
