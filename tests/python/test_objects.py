"""Compressor objects: with a format, in parallel, fed piece by piece."""

import bz2
import gzip
import io
import lzma
import threading
import unittest

import kompakt
from support import FORMATS, TestCase, mixed

DATA = mixed(400_000)
STATS = {"input_bytes", "output_bytes", "duration_seconds", "chunk_count", "ratio", "throughput_mbps", "savings_percent"}


class Compressors(TestCase):
    def test_a_compressor_of_every_format(self):
        for name in FORMATS:
            with self.subTest(format=name):
                compressor = kompakt.get_compressor(name)
                self.assertIsInstance(compressor, kompakt.Compressor)
                self.assertEqual(compressor.format, name)
                self.assertEqual(compressor.decompress(compressor.compress(DATA)), DATA)

    def test_zstd_has_one_of_its_own(self):
        self.assertIsInstance(kompakt.get_compressor("zstd"), kompakt.ZstdCompressor)
        self.assertEqual(kompakt.ZstdCompressor().level, 3)
        self.assertEqual(kompakt.ZstdCompressor(level=19).compress(DATA), kompakt.compress(DATA, 19, "zstd"))
        self.assertEqual(repr(kompakt.ZstdCompressor(5)), "ZstdCompressor(level=5)")

    def test_suffixes_are_names_too(self):
        self.assertEqual(kompakt.Compressor("gz").format, "gzip")

    def test_streams(self):
        for name in FORMATS:
            with self.subTest(format=name):
                compressor, packed, back = kompakt.Compressor(name), io.BytesIO(), io.BytesIO()
                self.assertEqual(compressor.compress_stream(io.BytesIO(DATA), packed, 2 if name != "snappy" else None),
                                 (len(DATA), len(packed.getvalue())))
                packed.seek(0)
                self.assertEqual(compressor.decompress_stream(packed, back), (len(packed.getvalue()), len(DATA)))
                self.assertEqual(back.getvalue(), DATA)
                self.assertFalse(packed.closed)

    def test_failures_of_the_objects_given_come_out_as_they_are(self):
        class Broken(io.RawIOBase):
            def read(self, size=-1):
                raise KeyError("broken reader")

            def write(self, data):
                raise KeyError("broken writer")

        compressor = kompakt.Compressor("gzip")
        self.assertFails(KeyError, "broken reader", compressor.compress_stream, Broken(), io.BytesIO())
        self.assertFails(KeyError, "broken writer", compressor.compress_stream, io.BytesIO(DATA), Broken())
        self.assertFails(TypeError, "a binary file object with read.. is needed to read from, not 'int'",
                         compressor.compress_stream, 3, io.BytesIO())
        self.assertFails(TypeError, "a binary file object with write.. is needed to write to, not 'str'",
                         compressor.decompress_stream, io.BytesIO(), "x")
        self.assertFails(TypeError, "a bytes-like object is required, not 'str'", compressor.compress_stream,
                         io.StringIO("text"), io.BytesIO())
        with open(self.write("f", b""), "rb") as read_only:
            self.assertFails(io.UnsupportedOperation, "write", compressor.compress_stream, io.BytesIO(DATA), read_only)
        closed = io.BytesIO()
        closed.close()
        self.assertFails(ValueError, "closed file", compressor.compress_stream, io.BytesIO(DATA), closed)
        self.assertFails(ValueError, "closed file", compressor.decompress_stream, closed, io.BytesIO())
        self.assertFails(kompakt.LimitError, "", compressor.decompress_stream, io.BytesIO(gzip.compress(DATA)), io.BytesIO(),
                         max_output=1000)

    def test_detection(self):
        self.assertEqual(kompakt.Compressor("gzip").detect_format(lzma.compress(b"x")), "xz")

    def test_formats_are_compared(self):
        found = kompakt.compare_formats(DATA)
        self.assertEqual(set(found), set(FORMATS))
        sizes = [stats.output_bytes for stats in found.values()]
        self.assertEqual(sizes, sorted(sizes))
        for stats in found.values():
            self.assertEqual(set(stats), STATS | {"decompress_seconds"})


class Parallel(TestCase):
    def check(self, stats, inputs, outputs, chunks):
        self.assertEqual(set(stats), STATS)
        self.assertEqual((stats["input_bytes"], stats["output_bytes"], stats["chunk_count"]), (inputs, outputs, chunks))
        content, packed = max(inputs, outputs), min(inputs, outputs)
        self.assertAlmostEqual(stats["ratio"], content / packed)
        self.assertAlmostEqual(stats["savings_percent"], 100 * (1 - packed / content))
        self.assertGreater(stats["duration_seconds"], 0)
        self.assertAlmostEqual(stats.throughput_mbps, content / 1e6 / stats.duration_seconds)

    def test_one_stream(self):
        parallel = kompakt.ParallelCompressor(workers=4, format="gzip")
        self.assertIsNone(parallel.last_stats)
        packed = parallel.compress(DATA)
        self.assertEqual(gzip.decompress(packed), DATA)
        self.check(parallel.last_stats, len(DATA), len(packed), 1)
        self.assertEqual(parallel.decompress(packed), DATA)
        self.check(parallel.last_stats, len(packed), len(DATA), 1)

    def test_batches_keep_their_order(self):
        items = [mixed(i * 37, seed=i) for i in range(200)]
        for name in ("gzip", "zstd", "warp"):
            seen = []
            parallel = kompakt.ParallelCompressor(3, name, on_progress=lambda done, total: seen.append((done, total)))
            packed = parallel.compress_batch(items)
            self.assertEqual([kompakt.decompress(one) for one in packed], items)
            self.check(parallel.last_stats, sum(map(len, items)), sum(map(len, packed)), 200)
            self.assertEqual(seen, [(i + 1, 200) for i in range(200)])
            self.assertEqual(parallel.decompress_batch(packed), items)
        self.assertEqual(parallel.compress_batch([]), [])
        self.assertEqual(parallel.decompress_batch(iter(())), [])

    def test_splitting_and_merging(self):
        parallel = kompakt.ParallelCompressor(2, "zstd")
        chunks = parallel.split_and_compress(DATA, chunk_size=150_000)
        self.assertEqual([kompakt.decompress(one) for one in chunks], [DATA[:150_000], DATA[150_000:300_000], DATA[300_000:]])
        self.assertEqual(parallel.last_stats.chunk_count, 3)
        self.assertEqual(parallel.decompress_and_merge(chunks), DATA)
        self.check(parallel.last_stats, sum(map(len, chunks)), len(DATA), 3)
        self.assertEqual(parallel.decompress_and_merge(parallel.split_and_compress(b"")), b"")
        self.assertEqual(parallel.decompress_and_merge([]), b"")

    def test_a_limit_holds_for_all_chunks_together(self):
        parallel = kompakt.ParallelCompressor(2, "zstd")
        chunks = parallel.split_and_compress(DATA, 100_000)
        self.assertEqual(parallel.decompress_and_merge(chunks, max_output=len(DATA)), DATA)
        self.assertFails(kompakt.LimitError, "", parallel.decompress_and_merge, chunks, max_output=len(DATA) - 1)
        self.assertEqual(len(parallel.decompress_batch(chunks, max_output=100_000)), 4)
        self.assertFails(kompakt.LimitError, "", parallel.decompress_batch, chunks, max_output=99_999)

    def test_failures_name_the_item(self):
        parallel = kompakt.ParallelCompressor(2)
        packed = parallel.compress_batch([b"a", b"b", b"c"])
        packed[1] = packed[1][:-3]
        error = self.assertFails(kompakt.TruncatedError, "item 1: ", parallel.decompress_batch, packed)
        self.assertEqual(error.file, "item 1")

        def refuse(done, total):
            raise KeyError("enough")

        self.assertFails(KeyError, "enough", parallel.compress_batch, [b"x"] * 50, on_progress=refuse)

    def test_wrong_arguments(self):
        self.assertFails(TypeError, "workers must be an int, not 'str'", kompakt.ParallelCompressor, "4")
        self.assertFails(kompakt.InvalidArgumentError, "workers must be 0 to 4096, not -1", kompakt.ParallelCompressor, -1)
        self.assertFails(TypeError, "unknown option 'speed'", kompakt.ParallelCompressor, 2, speed=1)
        parallel = kompakt.ParallelCompressor(0)
        self.assertGreaterEqual(parallel.workers, 1)
        for call in (parallel.compress_batch, parallel.decompress_batch, parallel.decompress_and_merge):
            self.assertFails(TypeError, "a list of bytes-like objects is required, not 'bytes'", call, b"abc")
            self.assertFails(TypeError, "a bytes-like object is required, not 'str'", call, ["abc"])
            self.assertFails(TypeError, "not iterable", call, 5)
        self.assertFails(kompakt.InvalidArgumentError, "chunk_size must be at least 1, not 0", parallel.split_and_compress, b"", 0)
        self.assertFails(TypeError, "chunk_size must be an int, not 'float'", parallel.split_and_compress, b"", 1.5)
        self.assertFails(TypeError, "progress must be callable", parallel.compress, b"x", on_progress=3)


class Incremental(TestCase):
    def test_pieces_become_one_stream(self):
        for name in FORMATS:
            for piece in (7_000, 100_001):
                with self.subTest(format=name, piece=piece):
                    coder = kompakt.IncrementalCompressor(name, None if name != "brotli" else 5)
                    packed = b"".join(coder.compress(DATA[at:at + piece]) for at in range(0, len(DATA), piece))
                    packed += coder.flush()
                    self.assertTrue(coder.finished)
                    self.assertEqual(kompakt.decompress(packed, name), DATA)
                    decoder = kompakt.IncrementalDecompressor(name)
                    back = b"".join(decoder.decompress(packed[at:at + piece]) for at in range(0, len(packed), piece))
                    # Nothing in snappy's framing marks the end of a stream.
                    back += decoder.finish() if name == "snappy" else b""
                    self.assertEqual(back, DATA)
                    self.assertTrue(decoder.eof)
                    self.assertFalse(decoder.needs_input)

    def test_it_behaves_as_the_standard_librarys_objects(self):
        for packed, ours, theirs in ((bz2.compress(DATA) + b"behind", kompakt.IncrementalDecompressor("bzip2"),
                                      bz2.BZ2Decompressor()),
                                     (lzma.compress(DATA) + b"behind", kompakt.IncrementalDecompressor("xz"),
                                      lzma.LZMADecompressor())):
            for decoder in (ours, theirs):
                self.assertTrue(decoder.needs_input)
                out = decoder.decompress(packed, max_length=1000)
                self.assertEqual(len(out), 1000)
                while not decoder.eof:
                    self.assertFalse(decoder.needs_input)
                    more = decoder.decompress(b"", max_length=50_000)
                    self.assertLessEqual(len(more), 50_000)
                    out += more
                self.assertEqual(out, DATA)
                self.assertEqual(decoder.unused_data, b"behind")
                self.assertRaises(EOFError, decoder.decompress, b"")

    def test_what_was_flushed_can_be_decoded(self):
        for name in ("gzip", "zlib", "zstd", "lz4", "brotli", "xz"):
            with self.subTest(format=name):
                coder, decoder = kompakt.IncrementalCompressor(name, 1), kompakt.IncrementalDecompressor(name)
                for at in range(0, 50_000, 10_000):
                    packed = coder.compress(DATA[at:at + 10_000]) + coder.flush(finish=False)
                    self.assertEqual(decoder.decompress(packed), DATA[at:at + 10_000])
                decoder.decompress(coder.flush())
                self.assertTrue(decoder.eof)
        coder = kompakt.IncrementalCompressor("snappy")
        packed = coder.compress(DATA)
        self.assertFails(kompakt.UnsupportedError, "", coder.flush, False)
        self.assertEqual(kompakt.decompress(packed + coder.flush()), DATA)

    def test_wrong_use(self):
        coder = kompakt.IncrementalCompressor()
        coder.flush()
        self.assertFails(kompakt.InvalidArgumentError, "the stream was finished before", coder.compress, b"x")
        decoder = kompakt.IncrementalDecompressor("gzip")
        decoder.decompress(gzip.compress(DATA)[:-4])
        self.assertFails((kompakt.TruncatedError, EOFError), "", decoder.finish)
        decoder = kompakt.IncrementalDecompressor("gzip")
        packed = bytearray(gzip.compress(DATA))
        packed[-6] ^= 1
        self.assertFails(kompakt.CorruptError, "", decoder.decompress, packed)
        self.assertFails(kompakt.InvalidArgumentError, "an earlier call failed", decoder.decompress, b"x")
        self.assertFails(TypeError, "max_length must be an int, not 'str'", kompakt.IncrementalDecompressor().decompress, b"",
                         "5")
        decoder = kompakt.IncrementalDecompressor(max_output=1000)
        self.assertFails(kompakt.LimitError, "", decoder.decompress, gzip.compress(DATA))
        self.assertFails(TypeError, "unknown option 'speed'", kompakt.IncrementalCompressor, speed=3)

    def test_calls_from_many_threads_take_turns(self):
        coder = kompakt.IncrementalCompressor("zstd", 1)
        parts, lock = [], threading.Lock()

        def feed():
            for _ in range(50):
                with lock:  # keeps the order of the pieces, not the coder's state
                    parts.append(coder.compress(b"0123456789" * 1000))

        threads = [threading.Thread(target=feed) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(kompakt.decompress(b"".join(parts) + coder.flush()), b"0123456789" * 1000 * 200)


if __name__ == "__main__":
    unittest.main()
