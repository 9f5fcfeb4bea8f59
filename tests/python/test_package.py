"""The package as such: names, exceptions, python -m kompakt."""

import ast
import os
import pickle
import re
import subprocess
import sys
import unittest

import kompakt
from support import TestCase, mixed

DATA = mixed(50_000)


class Package(TestCase):
    def test_every_public_name_is_there_and_says_what_it_is(self):
        for name in kompakt.__all__:
            self.assertTrue(getattr(kompakt, name).__doc__, name)
        self.assertRegex(kompakt.__version__, r"^\d+\.\d+\.\d+$")

    def test_the_stubs_name_what_the_extension_module_has(self):
        folder = os.path.dirname(os.path.realpath(kompakt.__file__))
        self.assertTrue(os.path.exists(os.path.join(folder, "py.typed")))
        with open(os.path.join(folder, "_kompakt.pyi")) as file:
            tree = ast.parse(file.read())
        described = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        existing = {name for name in dir(kompakt._kompakt) if not name.startswith("_")}
        self.assertEqual(set(described), existing)
        for name, node in described.items():
            if isinstance(node, ast.ClassDef):
                methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)} - {"__init__"}
                self.assertEqual(methods, {method for method in vars(getattr(kompakt._kompakt, name))
                                           if not method.startswith("_")}, name)

    def test_exceptions_have_one_base_and_the_builtin_one_beside_it(self):
        for kind, builtin in ((kompakt.InvalidArgumentError, ValueError), (kompakt.IoError, OSError),
                              (kompakt.AlreadyExistsError, FileExistsError), (kompakt.MissingFileError, FileNotFoundError),
                              (kompakt.TruncatedError, EOFError), (kompakt.InternalError, RuntimeError)):
            self.assertTrue(issubclass(kind, kompakt.CompressionError) and issubclass(kind, builtin))
        codes = {getattr(kompakt, name).code for name in kompakt.__all__ if name.endswith("Error")}
        self.assertEqual(codes, {"internal", "invalid-argument", "io", "already-exists", "corrupt", "truncated", "unsupported",
                                 "limit-exceeded", "missing", "cancelled"})

    def test_exceptions_can_be_pickled(self):
        for call in (lambda: kompakt.decompress(kompakt.compress(DATA)[:-1]), lambda: kompakt.compress_file("/nothing/here")):
            error = self.assertFails(kompakt.CompressionError, "", call)
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((type(again), str(again), again.code, again.offset, again.file),
                             (type(error), str(error), error.code, error.offset, error.file))

    def test_a_missing_dictionary_is_told_as_that(self):
        packed = kompakt.compress(DATA, format="lz4", dictionary=DATA[:1000])
        self.assertIn(self.assertFails(kompakt.CompressionError, "", kompakt.decompress, packed).code, ("missing", "corrupt"))

    def test_importing_is_cheap(self):
        program = "import sys; before = set(sys.modules); import kompakt; print(sorted(set(sys.modules) - before))"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for heavy in ("numpy", "fsspec", "asyncio", "concurrent", "typing_extensions"):
            self.assertNotIn(f"'{heavy}", done.stdout)


class Main(TestCase):
    def run_main(self, *arguments, code=0):
        done = subprocess.run([sys.executable, "-m", "kompakt", *arguments], capture_output=True, text=True, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout, done.stderr

    def test_files(self):
        self.write("f.txt", DATA)
        self.assertEqual(self.run_main("compress", "-F", "zstd", "-l", "9", "f.txt")[0], "f.txt.zst\n")
        self.assertEqual(self.run_main("detect", "f.txt.zst", "f.txt")[0], "f.txt.zst: zstd\nf.txt: unknown\n")
        self.assertIn("f.txt: exists", self.run_main("decompress", "f.txt.zst", code=1)[1])
        self.assertEqual(self.run_main("decompress", "-o", "b", "f.txt.zst")[0], "b\n")
        self.assertEqual(self.read("b"), DATA)
        self.assertTrue(re.match(r"kompakt \d", self.run_main("--version")[0]))

    def test_archives(self):
        self.write("in/a", DATA)
        self.run_main("create", "x.tar.xz", "in")
        self.assertIn(f"{len(DATA):>14} in/a\n", self.run_main("list", "x.tar.xz")[0])
        self.run_main("test", "x.tar.xz")
        self.run_main("extract", "x.tar.xz", "-d", "out")
        self.assertEqual(self.read("out/in/a"), DATA)

    def test_failures_have_the_programs_exit_codes(self):
        self.write("cut.gz", kompakt.compress(DATA)[:-20])
        self.assertIn("kompakt: cut.gz: ", self.run_main("decompress", "cut.gz", code=3)[1])
        self.write("plain.gz", b"plain text here" * 9)
        self.run_main("decompress", "plain.gz", code=5)
        self.assertIn("No such file", self.run_main("compress", "nothing", code=1)[1])
        self.assertIn("unknown format 'rot13'", self.run_main("compress", "-F", "rot13", "cut.gz", code=1)[1])
        self.run_main("nosuchverb", code=2)


if __name__ == "__main__":
    unittest.main()
