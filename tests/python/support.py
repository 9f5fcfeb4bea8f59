"""What the tests of the Python package share."""

import hashlib
import os
import random
import shutil
import tempfile
import unittest

import kompakt

SHARED = os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared")
FORMATS = [info.name for info in kompakt.formats()]


def mixed(size, seed=1):
    """Text, numbers and noise; the same for the same arguments."""
    rng = random.Random(seed)
    words = [bytes(rng.choices(b"abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(400)]
    parts, total = [], 0
    while total < size:
        kind = rng.random()
        if kind < 0.8:
            part = b" ".join(rng.choices(words, k=2000))
        elif kind < 0.9:
            part = bytes(8000)
        else:
            part = rng.randbytes(8000)
        parts.append(part)
        total += len(part)
    return b"".join(parts)[:size]


def digest(data):
    return hashlib.sha256(data).hexdigest()


class TestCase(unittest.TestCase):
    """With a folder of its own, and assertions on the type and the text of exceptions."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="kompakt-python-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def tree(self, *names):
        """Relative path -> content of every file below a folder; None for folders."""
        root = self.path(*names)
        found = {}
        for folder, folders, files in os.walk(root):
            for name in folders:
                found[os.path.relpath(os.path.join(folder, name), root)] = None
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.relpath(os.path.join(folder, name), root)] = file.read()
        return found

    def assertFails(self, kinds, text, call, *args, **kwargs):
        """The call raises something that is of all `kinds` and has the regular expression `text` in its message."""
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        with self.assertRaisesRegex(kinds[0], text) as caught:
            call(*args, **kwargs)
        for kind in kinds:
            self.assertIsInstance(caught.exception, kind)
        return caught.exception
