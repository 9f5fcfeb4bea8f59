"""Files, folders, archives, and the names of warpcompress.core."""

import glob
import gzip
import io
import os
import pathlib
import stat
import subprocess
import tarfile
import unittest
import zipfile

import kompakt
import kompakt.warp
from support import FORMATS, SHARED, TestCase, mixed

DATA = mixed(300_000)


class Files(TestCase):
    def test_the_path_comes_back(self):
        source = self.write("data.json", DATA)
        packed = kompakt.compress_file(source, format="gzip", level=6)
        self.assertEqual(packed, source + ".gz")
        with gzip.open(packed) as file:
            self.assertEqual(file.read(), DATA)
        os.remove(source)
        self.assertEqual(kompakt.decompress_file(packed), source)
        self.assertEqual(self.read("data.json"), DATA)

    def test_every_format(self):
        source = self.write("f", DATA)
        for info in kompakt.formats():
            with self.subTest(format=info.name):
                packed = kompakt.compress_file(source, format=info.name)
                self.assertEqual(packed, source + info.suffix)
                back = kompakt.decompress_file(packed, self.path("back" + info.name))
                self.assertEqual(self.read("back" + info.name), DATA)
                self.assertEqual(back, self.path("back" + info.name))

    def test_paths_may_be_str_bytes_or_path_objects(self):
        source = self.write("f", DATA)
        packed = kompakt.compress_file(pathlib.Path(source))
        self.assertIsInstance(packed, pathlib.Path)
        self.assertEqual(packed.name, "f.gz")
        self.assertEqual(kompakt.decompress_file(os.fsencode(packed), self.path("b")), os.fsencode(self.path("b")))
        odd = self.path("o\udcff d\u00e9")
        self.assertEqual(kompakt.compress_file(source, odd), odd)
        self.assertTrue(os.path.exists(odd))

    def test_mode_and_time_are_kept(self):
        source = self.write("f", DATA)
        os.chmod(source, 0o640)
        os.utime(source, ns=(1_600_000_000_123_456_789,) * 2)
        packed = kompakt.compress_file(source, format="zstd")
        found = os.stat(packed)
        self.assertEqual((stat.S_IMODE(found.st_mode), found.st_mtime_ns), (0o640, 1_600_000_000_123_456_789))

    def test_what_exists_stays_unless_asked(self):
        source, packed = self.write("f", DATA), self.write("f.gz", b"precious")
        error = self.assertFails((kompakt.AlreadyExistsError, FileExistsError, kompakt.CompressionError),
                                 "f.gz: exists and is not overwritten without overwrite=True",
                                 kompakt.compress_file, source)
        self.assertEqual(error.code, "already-exists")
        self.assertEqual(self.read("f.gz"), b"precious")
        kompakt.compress_file(source, overwrite=True)
        self.assertFails(FileExistsError, "", kompakt.decompress_file, packed)
        self.assertEqual(kompakt.decompress_file(packed, overwrite=True, remove_source=True), source)
        self.assertFalse(os.path.exists(packed))

    def test_wrong_paths(self):
        for call in (kompakt.compress_file, kompakt.decompress_file):
            error = self.assertFails((FileNotFoundError, kompakt.CompressionError, kompakt.IoError), "No such file or directory",
                                     call, self.path("nothing.gz"))
            self.assertEqual((error.code, error.errno, error.filename), ("io", 2, self.path("nothing.gz")))
            self.assertFails((IsADirectoryError, kompakt.CompressionError), "directory", call, self.folder, self.path("o"))
            for wrong in (5, None, 1.5, ["x"]):
                self.assertFails(TypeError, "expected str, bytes or os.PathLike object, not", call, wrong)
            self.assertFails(ValueError, "null byte", call, "a\0b")
            self.assertFails(FileNotFoundError, "", call, self.write("x", DATA), "")
            self.assertFails((NotADirectoryError, kompakt.CompressionError), "Not a directory", call,
                             self.write("x", DATA) + "/y", self.path("o"))
        self.assertFails(FileNotFoundError, "No such file", kompakt.compress_file, self.write("x", DATA), self.path("no", "o"))
        self.assertFails(kompakt.InvalidArgumentError, "", kompakt.decompress_file, self.write("noname", gzip.compress(DATA)))
        self.assertFails(TypeError, "unknown option 'speed'", kompakt.compress_file, self.path("x"), speed=1)
        self.assertFails(TypeError, "overwrite must be a bool, not 'int'", kompakt.compress_file, self.path("x"), overwrite=1)

    @unittest.skipIf(os.geteuid() == 0 and not os.path.isdir("/proc/self"), "no read-only target to be had")
    def test_a_target_that_cannot_be_written(self):
        source = self.write("f", DATA)
        target = "/proc/self/nothing"
        error = self.assertFails((kompakt.IoError, OSError), "", kompakt.compress_file, source, target)
        self.assertEqual(error.code, "io")
        self.assertFails((kompakt.IoError, OSError), "", kompakt.open, target, "wb", "gzip")

    def test_nothing_remains_of_a_failure(self):
        packed = self.write("f.zst", kompakt.compress(DATA, format="zstd")[:-100])
        self.assertFails(kompakt.TruncatedError, "f.zst", kompakt.decompress_file, packed)
        self.assertFails(RuntimeError, "stop", kompakt.compress_file, self.write("g", mixed(3_000_000)),
                         progress=lambda done, total: (_ for _ in ()).throw(RuntimeError("stop")))
        self.assertEqual(sorted(os.listdir(self.folder)), ["f.zst", "g"])


class Folders(TestCase):
    def make(self):
        self.write("in/a.txt", DATA)
        self.write("in/sub/b.bin", DATA[:5000])
        self.write("in/sub/empty", b"")
        os.makedirs(self.path("in", "hollow"))
        return self.tree("in")

    def test_there_and_back(self):
        expected = self.make()
        report = kompakt.compress_folder(self.path("in"), self.path("out"), 1 << 20, 2)
        self.assertEqual((report.coded, report["failed"], report.warnings), (3, 0, []))
        self.assertEqual(sorted(self.tree("out")), ["a.txt.warp", "hollow", "sub", "sub/b.bin.warp", "sub/empty.warp"])
        files = []
        kompakt.decompress_folder(pathlib.Path(self.path("out")), self.path("back"), 1 << 20, 2, on_file=files.append)
        self.assertEqual(self.tree("back"), expected)
        self.assertEqual(sorted(os.path.basename(file["output"]) for file in files), ["a.txt", "b.bin", "empty"])

    def test_as_one_archive_and_in_other_formats(self):
        expected = self.make()
        kompakt.compress_folder(self.path("in"), self.path("all.tar.zst"), archive=True)
        kompakt.decompress_folder(self.path("all.tar.zst"), self.path("back"), archive=True)
        self.assertEqual(self.tree("back"), expected)
        kompakt.compress_folder(self.path("in"), self.path("gz"), format="gzip", level=1, include=["*.txt"])
        self.assertEqual(gzip.decompress(self.read("gz/a.txt.gz")), DATA)
        self.assertNotIn("sub/b.bin.gz", self.tree("gz"))

    def test_a_damaged_file_costs_itself_only(self):
        expected = self.make()
        kompakt.compress_folder(self.path("in"), self.path("out"))
        packed = bytearray(self.read("out/a.txt.warp"))
        packed[len(packed) // 2] ^= 1
        self.write("out/a.txt.warp", packed)
        error = self.assertFails(kompakt.CorruptError, "a.txt.warp", kompakt.decompress_folder, self.path("out"),
                                 self.path("back"))
        self.assertEqual(error.report.failed, 1)
        del expected["a.txt"]
        self.assertEqual(self.tree("back"), expected)

    def test_wrong_arguments(self):
        for call in (kompakt.compress_folder, kompakt.decompress_folder):
            self.assertFails((FileNotFoundError, kompakt.CompressionError), "No such file", call, self.path("no"), self.path("o"))
            self.assertFails(TypeError, "expected str, bytes or os.PathLike object, not int", call, 5, self.path("o"))
            self.assertFails(TypeError, "num_workers must be an int, not 'str'", call, self.folder, self.path("o"), None, "2")
            self.assertFails(kompakt.InvalidArgumentError, "num_workers must be 0 to 4096, not -2", call, self.folder,
                             self.path("o"), None, -2)
            self.assertFails(TypeError, "chunk_size must be an int, not 'str'", call, self.folder, self.path("o"), "1M")
            self.assertFails(TypeError, "include must be a list of str, not 'str'", call, self.folder, self.path("o"), include="*")
            self.assertFails(TypeError, "unknown option 'speed'", call, self.folder, self.path("o"), speed=1)
        self.assertFalse(os.path.exists(self.path("o")))


class Archives(TestCase):
    def make(self):
        self.write("in/a.txt", DATA)
        self.write("in/sub/b.bin", DATA[:5000])
        return self.tree("in")

    def test_zip_is_the_default_and_stock_readers_read_it(self):
        self.make()
        manager = kompakt.ArchiveManager()
        files = [self.path("in", "a.txt"), pathlib.Path(self.path("in", "sub"))]
        self.assertEqual(manager.create_archive(files, self.path("x.zip")), self.path("x.zip"))
        with zipfile.ZipFile(self.path("x.zip")) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read("a.txt"), DATA)
            self.assertEqual(archive.read("sub/b.bin"), DATA[:5000])
        listed = manager.list_archive(self.path("x.zip"))
        self.assertIn("sub/b.bin", listed)
        entry = listed[listed.index("a.txt")]
        self.assertEqual((entry.size, entry.type, entry.is_file, entry.name), (len(DATA), "file", True, "a.txt"))
        self.assertAlmostEqual(entry.modified, os.stat(self.path("in", "a.txt")).st_mtime, delta=2)
        report = manager.extract_archive(self.path("x.zip"), self.path("out"))
        self.assertEqual(self.tree("out"), self.tree("in"))
        self.assertEqual((report.files, report["refused"]), (2, []))

    def test_every_kind(self):
        expected = self.make()
        manager = kompakt.ArchiveManager()
        for kind in manager.FORMATS:
            with self.subTest(format=kind):
                archive = manager.create_archive([(self.path("in"), "top")], self.path("x." + kind), format=kind)
                manager.extract_archive(archive, self.path("out-" + kind))
                self.assertEqual(self.tree("out-" + kind, "top"), expected)
                self.assertGreater(manager.test_archive(archive).entries, 1)
                with kompakt.Archive(archive) as reader:
                    self.assertEqual(reader.read("top/a.txt"), DATA)
                    target = io.BytesIO()
                    reader.read_to("top/sub/b.bin", target)
                    self.assertEqual(target.getvalue(), DATA[:5000])
                self.assertTrue(reader.closed)
        with tarfile.open(self.path("x.tar.xz")) as archive:
            self.assertEqual(archive.extractfile("top/a.txt").read(), DATA)
        self.assertEqual(manager.create_archive(self.path("in"), self.path("y.tar.gz"), format=None), self.path("y.tar.gz"))

    def test_file_objects_are_read_too(self):
        self.make()
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            archive.add(self.path("in"), "top")
        packed.seek(0)
        with kompakt.Archive(packed) as reader:
            self.assertEqual(reader.format, "tar.gz")
            self.assertEqual(reader.read("top/a.txt"), DATA)
            self.assertIn("top/sub/b.bin", reader.names())
        self.assertFalse(packed.closed)

    def test_names(self):
        self.make()
        manager = kompakt.ArchiveManager()
        manager.create_archive([self.path("in", "sub", "b.bin")], self.path("b.zip"), base=self.folder)
        self.assertEqual(manager.list_archive(self.path("b.zip")), ["in/sub/b.bin"])
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            manager.create_archive(["in/sub/b.bin", "in/a.txt"], "r.zip")
            self.assertEqual(sorted(manager.list_archive("r.zip")), ["in/a.txt", "in/sub/b.bin"])
        finally:
            os.chdir(before)
        self.assertFails(kompakt.InvalidArgumentError, "does not lie below base", manager.create_archive, [self.path("in")],
                         self.path("c.zip"), base=self.path("in", "sub"))

    def test_hostile_archives_do_no_harm(self):
        with zipfile.ZipFile(self.path("evil.zip"), "w") as archive:
            archive.writestr("good.txt", "good")
            archive.writestr("../escaped.txt", "evil")
            archive.writestr("/absolute.txt", "evil")
        manager = kompakt.ArchiveManager()
        error = self.assertFails(kompakt.CompressionError, r"\.\./escaped.txt|absolute", manager.extract_archive,
                                 self.path("evil.zip"), self.path("out"))
        self.assertEqual(len(error.report.refused), 2)
        self.assertEqual(self.tree("out"), {"good.txt": b"good"})
        self.assertFalse(os.path.exists(self.path("escaped.txt")))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        with tarfile.open(self.path("evil.tar"), "w") as archive:
            archive.addfile(link)
            info = tarfile.TarInfo("link/passwd2")
            info.size = 4
            archive.addfile(info, io.BytesIO(b"evil"))
        self.assertFails(kompakt.CompressionError, "link", manager.extract_archive, self.path("evil.tar"), self.path("out2"))
        self.assertFalse(os.path.exists("/etc/passwd2"))

    def test_limits(self):
        with zipfile.ZipFile(self.path("bomb.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", bytes(5_000_000))
        self.assertFails(kompakt.LimitError, "", kompakt.ArchiveManager().extract_archive, self.path("bomb.zip"),
                         self.path("out"), max_output=1_000_000)

    def test_what_exists_stays_unless_asked(self):
        self.make()
        manager = kompakt.ArchiveManager()
        archive = manager.create_archive([self.path("in", "a.txt")], self.path("x.zip"))
        self.assertFails((kompakt.AlreadyExistsError, FileExistsError), "x.zip", manager.create_archive,
                         [self.path("in", "a.txt")], archive)
        self.write("out/a.txt", b"precious")
        self.assertFails((kompakt.AlreadyExistsError, FileExistsError), "a.txt", manager.extract_archive, archive,
                         self.path("out"))
        self.assertEqual(self.read("out/a.txt"), b"precious")
        manager.extract_archive(archive, self.path("out"), overwrite=True)
        self.assertEqual(self.read("out/a.txt"), DATA)

    def test_wrong_arguments(self):
        self.make()
        manager = kompakt.ArchiveManager()
        self.assertFails(kompakt.InvalidArgumentError, "unknown archive format 'arj' .there are zip, tar,",
                         manager.create_archive, [self.path("in")], self.path("x"), "arj")
        self.assertFails(TypeError, "format must be a str, not 'int'", manager.create_archive, [self.path("in")],
                         self.path("x"), 3)
        self.assertFails(kompakt.InvalidArgumentError, "says nothing of the archive's format", manager.create_archive,
                         [self.path("in")], self.path("x"), None)
        self.assertFails(FileNotFoundError, "No such file", manager.create_archive, [self.path("nothing")], self.path("x"))
        self.assertFails(TypeError, "int", manager.create_archive, [5], self.path("x"))
        self.assertFails(TypeError, "level must be an int, not 'str'", manager.create_archive, [self.path("in")], self.path("x"),
                         level="9")
        self.assertFails(kompakt.InvalidArgumentError, "level", manager.create_archive, [self.path("in")], self.path("x"),
                         level=99)
        self.assertFails(TypeError, "unknown option 'speed'", manager.create_archive, [self.path("in")], self.path("x"), speed=1)
        self.assertFalse(os.path.exists(self.path("x")))
        archive = manager.create_archive([self.path("in")], self.path("x.zip"))
        for call in (manager.list_archive, manager.test_archive, kompakt.Archive,
                     lambda path: manager.extract_archive(path, self.path("o"))):
            self.assertFails((FileNotFoundError, kompakt.CompressionError), "No such file", call, self.path("nothing.zip"))
            self.assertFails(TypeError, "expected str, bytes or os.PathLike object, not int", call, 5)
            self.assertFails(kompakt.UnsupportedError, "", call, self.write("plain", b"no archive of any kind" * 50))
        self.assertFails(TypeError, "members must be a list of str, not 'str'", manager.extract_archive, archive, self.path("o"),
                         "a.txt")
        self.assertFails(kompakt.InvalidArgumentError, "not in the archive: nothing", manager.extract_archive, archive,
                         self.path("o"), ["nothing"])
        with kompakt.Archive(archive) as reader:
            self.assertFails(kompakt.InvalidArgumentError, "nothing", reader.read, "nothing")
        self.assertFails(ValueError, "the archive is closed", reader.read, "in/a.txt")

    def test_damage(self):
        self.make()
        manager = kompakt.ArchiveManager()
        archive = manager.create_archive([self.path("in")], self.path("x.tar.gz"), "tar.gz")
        self.write("cut.tar.gz", self.read("x.tar.gz")[:-2000])
        for call in (manager.list_archive, manager.test_archive, lambda path: manager.extract_archive(path, self.path("o"))):
            error = self.assertFails(kompakt.TruncatedError, "", call, self.path("cut.tar.gz"))
            self.assertEqual(error.code, "truncated")
        packed = bytearray(self.read(os.path.basename(manager.create_archive([self.path("in")], self.path("y.zip")))))
        packed[2000] ^= 1
        self.write("bad.zip", packed)
        self.assertFails(kompakt.CorruptError, "a.txt", manager.test_archive, self.path("bad.zip"))
        self.assertTrue(archive)


class WarpCompress(TestCase):
    """The names of warpcompress.core."""

    def test_a_program_written_for_it_runs_with_its_import_changed(self):
        script = self.write("program.py", b"""
import sys
from kompakt.warp import CompressionManager, HASH_BLAKE3
cm = CompressionManager(verbose=True, checksum_algo=HASH_BLAKE3)
cm.compress_file(sys.argv[1], sys.argv[2], level="throughput")
cm.decompress_file(sys.argv[2], sys.argv[3])
""")
        source = self.write("input.bin", DATA)
        done = subprocess.run(["/usr/bin/python3", script, source, self.path("out.warp"), self.path("back.bin")], check=True,
                              capture_output=True, text=True)
        self.assertEqual(self.read("back.bin"), DATA)
        self.assertIn("chunk 0: ", done.stderr)
        # The magic of version 2 as that program's own reader expects it.
        self.assertEqual(self.read("out.warp")[:5], b"PRAW\x02")

    def test_levels_and_checksums(self):
        source = self.write("f", DATA)
        self.assertEqual((kompakt.warp.HASH_NONE, kompakt.warp.HASH_BLAKE3, kompakt.warp.HASH_XXH64, kompakt.warp.HASH_BLAKE2B),
                         (0, 1, 2, 3))
        for algorithm in range(4):
            manager = kompakt.warp.CompressionManager(checksum_algo=algorithm, threads=2, chunk_size=131072, zstd_level=5,
                                                      zstd_threads=2, brotli_quality=2)
            for level in ("auto", "fastest", "throughput", "max"):
                manager.compress_file(source, self.path("o"), level=level)
                self.assertEqual(self.read("o")[-(4 + 3 + 32):][:4] == b"WFT1", algorithm in (1, 3))
                manager.decompress_file(self.path("o"), self.path("b"))
                self.assertEqual(self.read("b"), DATA)
        manager.compress_file(self.write("e", b""), self.path("eo"))
        manager.decompress_file(self.path("eo"), self.path("eb"))
        self.assertEqual(self.read("eb"), b"")

    def test_files_of_every_version_are_read(self):
        files = glob.glob(os.path.join(SHARED, "interop", "warp", "*-none.warp"))
        files += glob.glob(os.path.join(SHARED, "interop", "warp", "*-xxh64.warp"))
        if not files:
            self.skipTest("the shared files are not there")
        with open(os.path.join(SHARED, "interop", "warp", "mixed.bin"), "rb") as file:
            expected = file.read()
        for path in files:
            kompakt.warp.CompressionManager().decompress_file(path, self.path("b"))
            self.assertEqual(self.read("b"), expected, path)

    def test_wrong_arguments(self):
        Manager = kompakt.warp.CompressionManager
        self.assertFails((kompakt.InvalidArgumentError, ValueError), "unknown checksum_algo 9 .there are 0 none, 1 blake3,",
                         Manager, checksum_algo=9)
        self.assertFails(TypeError, "checksum_algo must be one of the HASH_ numbers", Manager, checksum_algo=1.5)
        self.assertFails(kompakt.InvalidArgumentError, "chunk_size must be 131072 to 1073741824, not 5", Manager, chunk_size=5)
        self.assertFails(kompakt.InvalidArgumentError, "zstd_level must be 1 to 22, not 99", Manager, zstd_level=99)
        self.assertFails(kompakt.InvalidArgumentError, "brotli_quality must be 0 to 11, not 12", Manager, brotli_quality=12)
        self.assertFails(TypeError, "threads must be an int, not 'str'", Manager, threads="4")
        source, manager = self.write("f", DATA), Manager()
        self.assertFails((kompakt.InvalidArgumentError, ValueError),
                         "unknown level 'best' .there are auto, fastest, throughput, max.", manager.compress_file, source,
                         self.path("o"), level="best")
        self.assertFails(TypeError, "level must be a str, not 'int'", manager.compress_file, source, self.path("o"), level=3)
        for call in (manager.compress_file, manager.decompress_file):
            self.assertFails((FileNotFoundError, kompakt.CompressionError), "No such file", call, self.path("no"), self.path("o"))
            self.assertFails(TypeError, "expected str, bytes or os.PathLike object, not int", call, 5, self.path("o"))
        manager.compress_file(source, self.path("o"))
        packed = self.read("o")
        self.assertFails(kompakt.TruncatedError, "", manager.decompress_file, self.write("cut", packed[:-50]), self.path("b"))
        self.assertFails(kompakt.CompressionError, "", manager.decompress_file, self.write("plain", b"text" * 99), self.path("b"))
        self.assertFalse(os.path.exists(self.path("b")))


if __name__ == "__main__":
    unittest.main()
