"""Ctrl-C, in processes of their own: over at once, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
import unittest

from support import TestCase, mixed

PROGRAM = """
import os, signal, sys, threading, time
import kompakt
data = open(sys.argv[1], "rb").read()
ready = threading.Event()
def interrupt():
    ready.wait()
    time.sleep(0.4)  # into the work; how far does not matter
    global sent
    sent = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
call = lambda: %s
try:
    ready.set()
    call()
except KeyboardInterrupt:
    print("interrupted after", round(time.monotonic() - sent, 3))
    sys.stdout.flush()
else:
    print("finished")
assert kompakt.decompress(kompakt.compress(b"still works" * 100)) == b"still works" * 100
"""

# Minutes of work each, with blocks of many seconds.
CALLS = {
    "compress": "kompakt.compress(data, 9, 'xz')",
    "brotli": "kompakt.compress(data, 11, 'brotli', threads=1)",
    "zstd": "kompakt.compress(data, 22, 'zstd')",
    "decompress": "[kompakt.decompress(packed) for packed in [kompakt.compress(data, 1, 'bzip2')] for _ in range(10000)]",
    "compress_file": "kompakt.compress_file(sys.argv[1], sys.argv[2], 'xz', 9)",
    # Of smaller blocks, lest all of it should find room in the buffers.
    "open": "kompakt.open(sys.argv[2], 'wb', 'xz', 9, block_size=8 << 20).write(data * 20)",
    "batch": "kompakt.ParallelCompressor(2, 'xz', 9).split_and_compress(data, len(data) // 3)",
    "stream": "kompakt.Compressor('brotli').compress_stream(open(sys.argv[1], 'rb'), open(sys.argv[2] + '.part', 'wb'), 11)",
    "folder": "kompakt.compress_folder(os.path.dirname(sys.argv[1]), sys.argv[2], format='xz', level=9)",
    "archive": "kompakt.ArchiveManager().create_archive([sys.argv[1]], sys.argv[2], 'tar.xz', level=9)",
    "warp": "__import__('kompakt.warp').warp.CompressionManager(brotli_quality=11).compress_file(*sys.argv[1:3], level='max')",
}


class Interrupt(TestCase):
    def test_calls_end_at_once_and_leave_nothing_behind(self):
        data = mixed(4_000_000) * 6
        source = self.write("in/data", data)
        for name, call in CALLS.items():
            with self.subTest(call=name):
                target = self.path("out-" + name)
                done = subprocess.run([sys.executable, "-c", PROGRAM % call, source, target], capture_output=True, text=True,
                                      timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, "")
                found = re.match(r"interrupted after ([0-9.]+)\n", done.stdout)
                self.assertTrue(found, done.stdout)
                self.assertLess(float(found.group(1)), float(os.environ.get("KOMPAKT_INTERRUPT_LIMIT", "0.2")))
                left = [file for file in self.tree() if not file.startswith("in") and not file.endswith(".part")]
                # A folder's own folders are made first; files in it are not.
                self.assertEqual([file for file in left if os.path.isfile(self.path(file))], [])

    def test_an_interrupt_handler_of_the_programs_own_is_called_and_the_work_goes_on(self):
        program = """
import signal, sys, threading, time, kompakt, os
seen = []
signal.signal(signal.SIGALRM, lambda *args: seen.append(time.monotonic()))
signal.setitimer(signal.ITIMER_REAL, 0.05)
data = open(sys.argv[1], "rb").read()
packed = kompakt.compress(data, 6, "xz")
end = time.monotonic()
assert seen and seen[0] < end - 0.05, (seen, end)
assert kompakt.decompress(packed) == data
"""
        source = self.write("data", mixed(3_000_000))
        done = subprocess.run([sys.executable, "-c", program, source], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
