"""fsspec, numcodecs, shutil, pandas and the like, with the real libraries where they are installed."""

import gzip
import importlib.util
import io
import os
import pathlib
import pickle
import shutil
import tarfile
import tempfile
import threading
import unittest
import zipfile

import kompakt

TEXT = "".join(f"{n};line number {n};{n * n % 977}\n" for n in range(5000))
CONTENT = TEXT.encode()


def have(name):
    return unittest.skipUnless(importlib.util.find_spec(name), f"{name} is not installed")


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kompakt_integrations_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def tree(self):
        """A folder "tree" with files at two depths."""
        tree = self.folder / "tree"
        (tree / "deep" / "er").mkdir(parents=True)
        (tree / "top.txt").write_bytes(CONTENT)
        (tree / "deep" / "er" / "below.bin").write_bytes(bytes(range(256)) * 300)
        (tree / "empty").write_bytes(b"")
        return tree

    def assert_same_tree(self, left, right):
        found = [{path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
                 for root in (left, right)]
        self.assertEqual(*found)
        self.assertEqual(len(found[0]), 3)


@have("fsspec")
class Fsspec(InFolder):
    def setUp(self):
        super().setUp()
        import fsspec
        import kompakt.fsspec
        self.fsspec = fsspec

    def test_every_format_is_a_compression_both_ways(self):
        for info in kompakt.formats():
            with self.subTest(info.name):
                path = str(self.folder / f"file{info.suffix}")
                with self.fsspec.open(path, "wb", compression=f"kompakt-{info.name}") as file:
                    file.write(CONTENT)
                self.assertEqual(kompakt.decompress(pathlib.Path(path).read_bytes(), format=info.name), CONTENT)
                with self.fsspec.open(path, "rt", compression=f"kompakt-{info.name}") as file:
                    self.assertEqual(file.read(), TEXT)

    def test_warp_is_inferred_from_its_suffix(self):
        path = str(self.folder / "file.warp")
        with self.fsspec.open(path, "wb", compression="infer") as file:
            file.write(CONTENT)
        self.assertEqual(kompakt.detect_format(pathlib.Path(path).read_bytes()), "warp")
        with self.fsspec.open(path, compression="infer") as file:
            self.assertEqual(file.read(), CONTENT)

    def test_what_fsspec_has_stays_unless_replacing_is_asked_for(self):
        from fsspec.compression import compr
        self.assertNotIn("kompakt", getattr(compr["bz2"], "__module__", ""))
        before = dict(compr), dict(self.fsspec.utils.compressions)
        try:
            kompakt.fsspec.register(replace=True)
            path = str(self.folder / "file.gz")
            with self.fsspec.open(path, "wb", compression="infer") as file:
                file.write(CONTENT)
            self.assertIn("kompakt", compr["gzip"].__module__)
            self.assertEqual(gzip.decompress(pathlib.Path(path).read_bytes()), CONTENT)
        finally:
            for table, rows in zip((compr, self.fsspec.utils.compressions), before):
                table.clear()
                table.update(rows)

    def test_archives_are_file_systems(self):
        tree = self.tree()
        for kind in ("zip", "tar", "tar.gz", "tar.zst", "tar.br", "warp"):
            with self.subTest(kind):
                path = str(self.folder / f"archive.{kind}")
                kompakt.ArchiveManager().create_archive([(tree, "tree")], path, format=kind)
                files = self.fsspec.filesystem("kompakt", fo=path)
                self.assertEqual([name.rstrip("/") for name in files.ls("", detail=False)], ["tree"])
                self.assertEqual(sorted(files.find("")), ["tree/deep/er/below.bin", "tree/empty", "tree/top.txt"])
                self.assertEqual(files.cat_file("tree/top.txt"), CONTENT)
                self.assertEqual(files.cat_file("tree/top.txt", 10, 20), CONTENT[10:20])
                self.assertEqual(files.info("tree/deep")["type"], "directory")
                self.assertEqual(files.size("tree/top.txt"), len(CONTENT))
                with files.open("tree/top.txt", "rb") as member:
                    member.seek(100)
                    self.assertEqual(member.read(50), CONTENT[100:150])
                with self.assertRaises(FileNotFoundError):
                    files.cat_file("tree/none")
                with self.assertRaises(IsADirectoryError):
                    files.open("tree/deep")
                with self.assertRaises(ValueError):
                    files.open("tree/top.txt", "wb")
                files.close()

    def test_members_of_archives_have_chained_addresses(self):
        path = self.folder / "archive.tar.zst"
        kompakt.ArchiveManager().create_archive([(self.tree(), "tree")], path, format="tar.zst")
        with self.fsspec.open(f"kompakt://tree/top.txt::file://{path}") as file:
            self.assertEqual(file.read(), CONTENT)

    def test_a_cap_on_content_holds(self):
        path = str(self.folder / "archive.zip")
        kompakt.ArchiveManager().create_archive([(self.tree(), "tree")], path)
        files = self.fsspec.filesystem("kompakt", fo=path, max_output=1000)
        self.addCleanup(files.close)
        with self.assertRaises(kompakt.LimitError):
            files.cat_file("tree/top.txt")

    def test_several_threads_read_one_archive(self):
        path = str(self.folder / "archive.warp")
        kompakt.ArchiveManager().create_archive([(self.tree(), "tree")], path, format="warp")
        files = self.fsspec.filesystem("kompakt", fo=path)
        self.addCleanup(files.close)
        found = []
        threads = [threading.Thread(target=lambda: found.append(files.cat_file("tree/top.txt"))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [CONTENT] * 8)


@have("numcodecs")
class Numcodecs(unittest.TestCase):
    def setUp(self):
        import numcodecs
        import numpy
        import kompakt.numcodecs
        self.numcodecs, self.numpy = numcodecs, numpy
        self.Kompakt = kompakt.numcodecs.Kompakt

    def test_arrays_of_every_kind_come_back(self):
        numpy = self.numpy
        arrays = [numpy.arange(10000, dtype="i4"), numpy.linspace(0, 1, 10000).reshape(100, 100),
                  numpy.asfortranarray(numpy.arange(600).reshape(20, 30)), numpy.array([True, False] * 100),
                  numpy.arange(100).astype("M8[s]"), numpy.array([], dtype="f8"), numpy.array(["a", "bcd"], dtype="U3")]
        for info in kompakt.formats():
            codec = self.Kompakt(info.name)
            for array in arrays:
                with self.subTest(info.name, dtype=array.dtype):
                    packed = codec.encode(array)
                    back = numpy.frombuffer(codec.decode(packed), dtype=array.dtype)
                    numpy.testing.assert_array_equal(back.reshape(array.shape, order="F" if array.flags.f_contiguous else "C"),
                                                     array)
                    out = numpy.empty_like(array)
                    self.assertIs(codec.decode(packed, out=out), out)
                    numpy.testing.assert_array_equal(out, array)

    def test_configuration_makes_the_same_codec(self):
        codec = self.Kompakt("xz", 2, threads=3)
        self.assertEqual(codec.get_config(), {"id": "kompakt", "format": "xz", "level": 2})
        self.assertEqual(self.numcodecs.get_codec(codec.get_config()), codec)
        self.assertEqual(pickle.loads(pickle.dumps(codec)), codec)
        self.assertEqual(repr(codec), "Kompakt(format='xz', level=2)")

    def test_an_out_of_another_size_is_refused(self):
        codec = self.Kompakt()
        packed = codec.encode(b"x" * 1000)
        with self.assertRaisesRegex(ValueError, "holds 1000 bytes, out 1001"):
            codec.decode(packed, out=bytearray(1001))
        with self.assertRaises(kompakt.LimitError):
            codec.decode(packed, out=bytearray(999))

    def test_what_is_no_array_is_refused(self):
        numpy = self.numpy
        with self.assertRaises(TypeError):
            self.Kompakt().encode(numpy.array([object()]))
        with self.assertRaises(ValueError):
            self.Kompakt().encode(numpy.arange(100).reshape(10, 10)[::2, ::2])
        with self.assertRaisesRegex(ValueError, "unknown format 'none'.*zstd"):
            self.Kompakt("none")
        with self.assertRaisesRegex(ValueError, "level"):
            self.Kompakt("gzip", 99)

    @have("zarr")
    def test_zarr_stores_arrays_with_it(self):
        import zarr
        content = self.numpy.arange(100_000).reshape(100, 1000)
        array = zarr.array(content, chunks=(10, 1000), compressor=self.Kompakt("zstd", 3))
        self.numpy.testing.assert_array_equal(array[:], content)
        self.assertLess(array.nbytes_stored, content.nbytes)


class Shutil(InFolder):
    def setUp(self):
        super().setUp()
        packers, unpackers = dict(shutil._ARCHIVE_FORMATS), dict(shutil._UNPACK_FORMATS)

        def restore():
            for table, rows in ((shutil._ARCHIVE_FORMATS, packers), (shutil._UNPACK_FORMATS, unpackers)):
                table.clear()
                table.update(rows)

        self.addCleanup(restore)

    def test_archives_are_made_and_unpacked_by_name_and_suffix(self):
        tree = self.tree()
        names = kompakt.register_archive_formats(replace=True)
        self.assertEqual(names[:2], ["warp", "zstdtar"])
        for name in names:
            with self.subTest(name):
                made = shutil.make_archive(str(self.folder / f"made_{name}"), name, root_dir=tree)
                self.assertTrue(os.path.isfile(made))
                back = self.folder / f"back_{name}"
                shutil.unpack_archive(made, back)
                self.assert_same_tree(tree, back)

    def test_base_dir_is_the_prefix_of_every_name(self):
        self.tree()
        kompakt.register_archive_formats()
        made = shutil.make_archive(str(self.folder / "out" / "made"), "zstdtar", root_dir=self.folder, base_dir="tree/deep")
        self.assertEqual(made, str(self.folder / "out" / "made.tar.zst"))
        self.assertIn("tree/deep/er/below.bin", kompakt.ArchiveManager().list_archive(made))

    def test_what_the_standard_library_made_is_read_and_the_reverse(self):
        tree = self.tree()
        stock = [shutil.make_archive(str(self.folder / f"stock_{name}"), name, root_dir=tree) for name in
                 ("zip", "gztar", "xztar")]
        kompakt.register_archive_formats(replace=True)
        for made in stock:
            back = pathlib.Path(made + ".back")
            shutil.unpack_archive(made, back)
            self.assert_same_tree(tree, back)
        with zipfile.ZipFile(shutil.make_archive(str(self.folder / "ours"), "zip", root_dir=tree)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.read("top.txt"), CONTENT)

    def test_the_archive_does_not_hold_itself(self):
        tree = self.tree()
        kompakt.register_archive_formats()
        for _ in range(2):
            made = shutil.make_archive(str(tree / "made"), "zstdtar", root_dir=tree)
            self.assertNotIn("made.tar.zst", kompakt.ArchiveManager().list_archive(made))

    def test_nothing_lands_outside_the_folder(self):
        evil = self.folder / "evil.tar.zst"
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as tar:
            for name in ("../outside", "inside"):
                info = tarfile.TarInfo(name)
                info.size = 4
                tar.addfile(info, io.BytesIO(b"text"))
        evil.write_bytes(kompakt.compress(raw.getvalue(), format="zstd"))
        kompakt.register_archive_formats()
        with self.assertRaises(kompakt.CompressionError):
            shutil.unpack_archive(evil, self.folder / "target")
        self.assertFalse((self.folder / "outside").exists())
        self.assertEqual((self.folder / "target" / "inside").read_bytes(), b"text")

    def test_nothing_is_registered_unasked(self):
        self.assertNotIn("warp", dict(shutil.get_archive_formats()))


class FileObjects(InFolder):
    """What other libraries do with a file object."""

    @have("pandas")
    def test_pandas_reads_and_writes_tables(self):
        import pandas
        table = pandas.DataFrame({"a": range(1000), "b": [f"text {n}" for n in range(1000)]})
        path = self.folder / "table.csv.zst"
        with kompakt.open(path, "wt") as file:
            table.to_csv(file, index=False)
        with kompakt.open(path) as file:
            pandas.testing.assert_frame_equal(pandas.read_csv(file), table)

    def test_tarfile_and_zipfile_work_through_them(self):
        path = self.folder / "made.tar.lz4"
        with kompakt.open(path, "wb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
            tar.add(self.tree(), "tree")
        with kompakt.open(path) as file, tarfile.open(fileobj=file) as tar:
            self.assertEqual(tar.extractfile("tree/top.txt").read(), CONTENT)
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr("top.txt", CONTENT)
        with kompakt.open(io.BytesIO(kompakt.compress(inner.getvalue(), format="warp"))) as file:
            with zipfile.ZipFile(file) as archive:
                self.assertEqual(archive.read("top.txt"), CONTENT)

    def test_copyfileobj_pickle_and_lines(self):
        path = self.folder / "lines.gz"
        with kompakt.open(path, "wb") as file:
            shutil.copyfileobj(io.BytesIO(CONTENT), file)
        with gzip.open(path) as stock, kompakt.open(path) as ours:
            self.assertEqual(list(ours), list(stock))
        with kompakt.open(path, "wb") as file:
            pickle.dump({"key": [1, 2, 3]}, file)
        with kompakt.open(path) as file:
            self.assertEqual(pickle.load(file), {"key": [1, 2, 3]})


if __name__ == "__main__":
    unittest.main()
