"""open() and file objects."""

import bz2
import csv
import gzip
import io
import lzma
import os
import pathlib
import tarfile
import threading
import unittest

import kompakt
from support import FORMATS, TestCase, mixed

DATA = mixed(2_000_000)
TEXT = "".join(f"line {number} \u00e4\u00f6\u00fc\n" for number in range(20_000))


class Reading(TestCase):
    def packed(self, name="f.gz", format="gzip", data=DATA, **options):
        return self.write(name, kompakt.compress(data, format=format, **options))

    def test_every_format_by_path_and_by_object(self):
        for name in FORMATS:
            with self.subTest(format=name):
                path = self.packed("f", name)
                with kompakt.open(path, format=name) as file:
                    self.assertEqual(file.format, name)
                    self.assertEqual(file.read(), DATA)
                    self.assertEqual(file.read(), b"")
                with open(path, "rb") as inner:
                    with kompakt.open(inner, "rb", name) as file:
                        self.assertEqual(file.read(5), DATA[:5])
                        self.assertEqual(b"".join(iter(lambda: file.read(99_999), b"")), DATA[5:])
                    self.assertFalse(inner.closed)

    def test_it_behaves_as_the_standard_librarys_file(self):
        path = self.packed()

        def story(file):
            out = [file.read(10), file.tell(), file.readline(), file.peek(5)[:5], file.tell(), file.seek(1_000_000),
                   file.read1(7)[:7], file.seek(-100, 2), file.read(), file.tell(), file.read(1), file.seek(3),
                   file.readline(4), file.seek(10, 1), file.readlines(30_000)[:2], file.readable(), file.writable(),
                   file.seekable(), file.seek(1 << 40), file.read()]
            buffer = bytearray(1000)
            file.seek(77)
            out += [file.readinto(buffer), bytes(buffer), file.seek(0), next(file), file.closed]
            return out

        with gzip.open(path) as theirs, kompakt.open(path) as ours:
            self.assertEqual(story(ours), story(theirs))
            self.assertIsInstance(ours, io.BufferedIOBase)
        for file in (ours, theirs):
            self.assertTrue(file.closed)
            self.assertRaises(ValueError, file.read)

    def test_seeking_in_any_order(self):
        for name, options in (("warp", {"block_size": 65536}), ("gzip", {}), ("xz", {"block_size": 200_000}),
                              ("zstd", {"seekable": True, "block_size": 100_000}), ("lz4", {}), ("bzip2", {})):
            with kompakt.open(self.packed("f", name, **options)) as file:
                for offset in (1_500_000, 3, 700_001, 700_000, 1_999_990, 0):
                    with self.subTest(format=name, offset=offset):
                        self.assertEqual(file.seek(offset), offset)
                        self.assertEqual(file.read(1000), DATA[offset:offset + 1000])
                        self.assertEqual(file.tell(), min(offset + 1000, len(DATA)))
                self.assertEqual(file.read_at(123_456, 50), DATA[123_456:123_506])
                self.assertEqual(file.content_size(), len(DATA))

    def test_text(self):
        path = self.packed(data=TEXT.encode("utf-8"))
        with kompakt.open(path, "rt", encoding="utf-8") as file:
            self.assertIsInstance(file, io.TextIOWrapper)
            self.assertEqual(file.readline(), TEXT.splitlines(True)[0])
            self.assertEqual(len(list(file)), 19_999)
        with kompakt.open(self.path("w.zst"), "wt", encoding="latin-1", newline="\r\n") as file:
            csv.writer(file, lineterminator="\n").writerows([["a", 1], ["\u00e4", 2]])
        self.assertEqual(kompakt.decompress(self.read("w.zst"), "zstd"), "a,1\r\n\u00e4,2\r\n".encode("latin-1"))
        with kompakt.open(self.path("e.zst"), "wt", encoding="utf-8") as file:
            print("printed", file=file)
        self.assertEqual(kompakt.decompress(self.read("e.zst")), b"printed\n")
        self.assertTrue(file.closed)
        self.assertFails(LookupError, "unknown encoding", kompakt.open, path, "rt", encoding="nosuch")
        self.assertFails(kompakt.InvalidArgumentError, "encoding is for text mode only", kompakt.open, path, encoding="utf-8")

    def test_pipes_are_read_in_order(self):
        out, into = os.pipe()
        packed = kompakt.compress(DATA, format="zstd")

        def feed():
            with open(into, "wb") as file:
                file.write(packed)

        thread = threading.Thread(target=feed)
        thread.start()
        with open(out, "rb") as pipe, kompakt.open(pipe) as file:
            self.assertEqual(file.read(1000), DATA[:1000])
            self.assertEqual(file.read(), DATA[1000:])
            self.assertFails(kompakt.UnsupportedError, "", file.seek, 5)
        thread.join()

    def test_members_laid_end_to_end_are_one_file(self):
        for joined in (gzip.compress(DATA[:9]) + gzip.compress(DATA[9:]), bz2.compress(DATA[:9]) + bz2.compress(DATA[9:]),
                       lzma.compress(DATA[:9]) + lzma.compress(DATA[9:])):
            with kompakt.open(io.BytesIO(joined)) as file:
                self.assertEqual(file.read(), DATA)

    def test_other_libraries_read_from_it(self):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            info = tarfile.TarInfo("a")
            info.size = 1000
            archive.addfile(info, io.BytesIO(DATA[:1000]))
        with kompakt.open(self.packed("x.tar.zst", "zstd", packed.getvalue())) as file, tarfile.open(fileobj=file) as archive:
            self.assertEqual(archive.extractfile("a").read(), DATA[:1000])

    def test_damage_shows_where_it_is(self):
        packed = kompakt.compress(DATA)
        with kompakt.open(io.BytesIO(packed[:-500])) as file:
            self.assertFails((kompakt.TruncatedError, EOFError), "", file.read)
        bad = bytearray(packed)
        bad[-6] ^= 1
        with kompakt.open(io.BytesIO(bad)) as file:
            self.assertFails(kompakt.CorruptError, "", file.read)
        self.assertFails(kompakt.UnsupportedError, "not a format", kompakt.open, io.BytesIO(b"plain text, much of it"))
        self.assertFails(kompakt.LimitError, "", kompakt.open(io.BytesIO(packed), max_output=1000).read)

    def test_wrong_arguments(self):
        path = self.packed()
        self.assertFails(kompakt.InvalidArgumentError, "unknown mode 'rw' .there are r, rb, rt,", kompakt.open, path, "rw")
        self.assertFails(TypeError, "mode must be a str, not 'int'", kompakt.open, path, 3)
        self.assertFails(kompakt.InvalidArgumentError, "level is for writing only", kompakt.open, path, level=3)
        self.assertFails(TypeError, "a path or a binary file object with read.. is needed, not 'int'", kompakt.open, 5)
        self.assertFails(TypeError, "a path or a binary file object with write.. is needed, not 'NoneType'", kompakt.open, None,
                         "wb")
        self.assertFails((FileNotFoundError, kompakt.CompressionError), "No such file", kompakt.open, self.path("nothing"))
        self.assertFails((FileNotFoundError, kompakt.CompressionError), "No such file", kompakt.open, self.path("no", "f"), "wb")
        self.assertFails((IsADirectoryError, kompakt.CompressionError), "directory", kompakt.open, self.folder)
        self.assertFails(TypeError, "unknown option 'speed'", kompakt.open, path, speed=3)
        with kompakt.open(path) as file:
            for call, text in ((lambda: file.write(b"x"), "not writable"), (lambda: file.truncate(3), "truncate"),
                               (file.fileno, "fileno"), (file.detach, "detach")):
                self.assertFails((io.UnsupportedOperation, OSError, ValueError), text, call)
            self.assertFails(ValueError, "whence", file.seek, 0, 7)
            self.assertFails(ValueError, "", file.seek, -1)
            self.assertFails(TypeError, "", file.seek, "x")
            self.assertFails(TypeError, "", file.read, "x")
            self.assertFails(TypeError, "read-write", file.readinto, bytes(10))
        for call in (file.read, file.readline, file.peek, file.tell, file.readable, lambda: file.seek(0), file.fileno,
                     lambda: file.write(b""), lambda: file.readinto(bytearray(1)), file.flush, file.__enter__, lambda: next(file)):
            self.assertFails(ValueError, "closed file", call)
        file.close()


class Writing(TestCase):
    def test_every_format_by_suffix(self):
        for info in kompakt.formats():
            with self.subTest(format=info.name):
                path = self.path("f" + info.suffix)
                with kompakt.open(path, "wb") as file:
                    self.assertEqual(file.write(DATA[:3]), 3)
                    file.write(memoryview(DATA)[3:500_000])
                    for at in range(500_000, 600_000, 100):
                        file.write(DATA[at:at + 100])
                    self.assertEqual(file.tell(), 600_000)
                    self.assertFalse(os.path.exists(path))
                self.assertEqual(kompakt.decompress(self.read("f" + info.suffix), info.name), DATA[:600_000])
        with kompakt.open(pathlib.Path(self.path("nothing said")), "wb") as file:
            file.write(DATA)
        self.assertEqual(gzip.decompress(self.read("nothing said")), DATA)

    def test_an_exception_leaves_what_was_there(self):
        path = self.write("f.gz", b"precious")
        with self.assertRaises(KeyError), kompakt.open(path, "wb") as file:
            file.write(DATA)
            raise KeyError
        self.assertEqual(self.read("f.gz"), b"precious")
        self.assertEqual(os.listdir(self.folder), ["f.gz"])
        file = kompakt.open(path, "wb")
        file.write(DATA)
        del file
        self.assertEqual(self.read("f.gz"), b"precious")
        with self.assertRaises(KeyError), kompakt.open(path, "wt") as text:
            text.write("text")
            raise KeyError
        text = kompakt.open(path, "wt")
        text.write("text" * 10_000)
        del text
        self.assertEqual(self.read("f.gz"), b"precious")
        with kompakt.open(path, "wb") as file:
            file.write(b"new")
        self.assertEqual(gzip.decompress(self.read("f.gz")), b"new")

    def test_x_refuses_what_exists(self):
        path = self.write("f.gz", b"precious")
        with self.assertRaises((kompakt.AlreadyExistsError)) as caught:
            with kompakt.open(path, "xb") as file:
                file.write(b"x")
        self.assertIsInstance(caught.exception, FileExistsError)
        self.assertEqual(self.read("f.gz"), b"precious")
        with kompakt.open(self.path("g.gz"), "x") as file:
            file.write(b"x")
        self.assertEqual(gzip.decompress(self.read("g.gz")), b"x")

    def test_a_adds_behind(self):
        for suffix in (".gz", ".zst", ".xz", ".bz2", ".lz4", ".warp"):
            for piece in (b"one ", b"two ", b"three"):
                with kompakt.open(self.path("log" + suffix), "ab") as file:
                    file.write(piece)
            self.assertEqual(kompakt.decompress(self.read("log" + suffix)), b"one two three")

    def test_into_objects(self):
        target = io.BytesIO()
        with kompakt.open(target, "wb", "zstd", 5, threads=2) as file:
            file.write(DATA)
            file.flush()
        self.assertFalse(target.closed)
        self.assertEqual(kompakt.decompress(target.getvalue()), DATA)

        class Full(io.RawIOBase):
            def writable(self):
                return True

            def write(self, data):
                raise OSError(28, "No space left on device")

        def fill():
            with kompakt.open(Full(), "wb", "lz4") as file:
                for _ in range(50):
                    file.write(DATA)

        self.assertFails(OSError, "No space left", fill)
        with open(self.write("r", b""), "rb") as read_only:
            def write():
                with kompakt.open(read_only, "wb", "gzip") as file:
                    file.write(DATA)

            self.assertFails(io.UnsupportedOperation, "write", write)

    def test_wrong_arguments(self):
        path = self.path("f.gz")
        with kompakt.open(path, "wb") as file:
            self.assertFails(TypeError, "a bytes-like object is required, not 'str'", file.write, "text")
            for call in (file.read, file.readline, lambda: file.seek(0), file.peek):
                self.assertFails((io.UnsupportedOperation, OSError, ValueError), "not readable", call)
            self.assertFails(io.UnsupportedOperation, "truncate", file.truncate, 0)
            self.assertFalse(file.seekable())
        self.assertFails(ValueError, "closed file", file.write, b"x")
        self.assertFails(kompakt.InvalidArgumentError, "gzip: level must be", kompakt.open, path, "wb", level=99)

    def test_many_threads_write_whole_pieces(self):
        path = self.path("f.zst")
        pieces = [bytes([65 + i]) * 999 + b"\n" for i in range(8)]
        with kompakt.open(path, "wb", threads=2) as file:
            threads = [threading.Thread(target=lambda p=piece: [file.write(p) for _ in range(200)]) for piece in pieces]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        lines = kompakt.decompress(self.read("f.zst")).splitlines(True)
        self.assertEqual(sorted(set(lines)), pieces)
        self.assertEqual(len(lines), 1600)


if __name__ == "__main__":
    unittest.main()
