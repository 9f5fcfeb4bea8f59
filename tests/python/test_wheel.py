"""What pip makes of this tree. KOMPAKT_BUILD_DIR names the build folder whose module goes into the wheel."""

import base64
import csv
import hashlib
import importlib.metadata
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("KOMPAKT_BUILD_DIR")

ROUND_TRIP = """
import sys
sys.path.insert(0, sys.argv[1])
import kompakt, kompakt.warp
assert kompakt.__file__.startswith(sys.argv[1]), kompakt.__file__
content = bytes(range(256)) * 1000
for info in kompakt.formats():
    packed = kompakt.compress(content, format=info.name)
    assert kompakt.decompress(packed, format=info.name) == content, info
    assert len(packed) < len(content), info
print(kompakt.__version__)
"""


def backend():
    spec = importlib.util.spec_from_file_location("kompakt_build", ROOT / "bindings/python/kompakt_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pip(*arguments):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_"))}
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


@unittest.skipUnless(BUILD, "KOMPAKT_BUILD_DIR is not set")
@unittest.skipUnless(importlib.util.find_spec("pip"), "pip is not installed")
class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="kompakt_wheel_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        pip("wheel", str(ROOT), "--no-build-isolation", "--no-deps", "--no-index", "-w", str(cls.folder))
        (cls.wheel,) = cls.folder.glob("*.whl")
        cls.site = cls.folder / "site"
        pip("install", "--no-deps", "--no-index", "--target", str(cls.site), str(cls.wheel))

    def test_round_trips_where_nothing_else_is_installed(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        done = subprocess.run([sys.executable, "-s", "-c", ROUND_TRIP, str(self.site)], cwd=self.folder, env=environment,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), self.wheel.name.split("-")[1])

    def test_holds_stubs_the_marker_and_the_licence(self):
        with zipfile.ZipFile(self.wheel) as wheel:
            names = set(wheel.namelist())
        for name in ("kompakt/py.typed", "kompakt/_kompakt.pyi", "kompakt/__init__.py"):
            self.assertIn(name, names)
        self.assertTrue(any(name.endswith(".dist-info/LICENSE") for name in names))

    def test_record_is_right_for_every_file(self):
        with zipfile.ZipFile(self.wheel) as wheel:
            (record,) = [name for name in wheel.namelist() if name.endswith(".dist-info/RECORD")]
            rows = {name: (digest, size) for name, digest, size in csv.reader(wheel.read(record).decode().splitlines())}
            self.assertEqual(set(rows), set(wheel.namelist()))
            for name, (digest, size) in rows.items():
                if name != record:
                    content = wheel.read(name)
                    found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                    self.assertEqual((f"sha256={found}", str(len(content))), (digest, size), name)

    def test_metadata_says_what_there_is(self):
        (distribution,) = importlib.metadata.distributions(path=[str(self.site)])
        self.assertEqual(distribution.metadata["Name"], "kompakt")
        self.assertIn(f"project(kompakt VERSION {distribution.version} ", (ROOT / "CMakeLists.txt").read_text())
        self.assertIn("kompakt.compress(", distribution.metadata.get_payload())
        points = {(point.group, point.name): point.value for point in distribution.entry_points}
        self.assertEqual(points["numcodecs.codecs", "kompakt"], "kompakt.numcodecs:Kompakt")
        for value in points.values():
            self.assertTrue((self.site / (value.split(":")[0].replace(".", "/") + ".py")).is_file(), value)

    @unittest.skipUnless(importlib.util.find_spec("numcodecs"), "numcodecs is not installed")
    def test_numcodecs_finds_the_codec_by_its_entry_point(self):
        script = "import numcodecs; c = numcodecs.get_codec({'id': 'kompakt', 'format': 'zstd'}); " \
                 "assert bytes(c.decode(c.encode(b'text' * 100))) == b'text' * 100"
        environment = {**os.environ, "PYTHONPATH": str(self.site)}
        done = subprocess.run([sys.executable, "-c", script], env=environment, cwd=self.folder, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_same_module_same_bytes(self):
        again = self.folder / "again"
        again.mkdir()
        self.assertEqual((again / backend().build_wheel(str(again))).read_bytes(), self.wheel.read_bytes())


class Sdist(unittest.TestCase):
    def test_holds_every_file_that_the_module_is_made_of(self):
        parts = ("src", "include", "cmake", "bindings/python", "CMakeLists.txt", "pyproject.toml", "LICENSE")
        listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", *parts], capture_output=True, text=True, check=False)
        if listed.returncode != 0:
            self.skipTest("no git checkout")
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(pathlib.Path(folder, backend().build_sdist(folder))) as tar:
                names = {name.split("/", 1)[1] for name in tar.getnames()}
        there = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
        self.assertEqual(there - names, set())
        self.assertIn("PKG-INFO", names)


if __name__ == "__main__":
    unittest.main()
