"""How calls behave beside each other, and which of them have a thread beside them."""

import os
import threading
import unittest

import kompakt
from support import mixed

# Formats whose small inputs are coded without a thread that waits for signals.
QUICK = ["gzip", "zlib", "zstd", "lz4", "snappy", "brotli"]


def tasks():
    return len(os.listdir("/proc/self/task"))


class Sharing(unittest.TestCase):
    def test_calls_side_by_side_share_the_processors(self):
        data = mixed(2_500_000)
        expected = kompakt.compress(data, 6, "gzip")
        calls, usable = 16, kompakt._kompakt.usable_threads()
        # The i-th of the calls under way got at most an i-th of the processors.
        helpers = sum(max(1, usable // i) - 1 for i in range(1, calls + 1))
        results, ready = [], threading.Barrier(calls + 1)

        def work():
            ready.wait()
            results.append(kompakt.compress(data, 6, "gzip"))

        threads = [threading.Thread(target=work) for _ in range(calls)]
        for thread in threads:
            thread.start()
        before = tasks()
        ready.wait()
        most = 0
        while any(thread.is_alive() for thread in threads):
            most = max(most, tasks())
        self.assertLessEqual(most, before + helpers)
        self.assertEqual(len(results), calls)
        self.assertEqual(set(results), {expected})

    def test_the_bytes_do_not_depend_on_how_many_threads_a_call_got(self):
        data = mixed(3_000_000)
        self.assertEqual(kompakt.compress(data, 6, "gzip", threads=3), kompakt.compress(data, 6, "gzip"))


class Brief(unittest.TestCase):
    def test_what_was_thought_to_be_brief_comes_out_whole(self):
        for size in (1, 100_000, 4 << 20, (4 << 20) + 1, 30_000_000):
            content = bytes(size)
            for format in QUICK:
                with self.subTest(format, size=size):
                    packed = kompakt.compress(content, 1, format) if format != "snappy" else kompakt.compress(content,
                                                                                                            format=format)
                    self.assertEqual(kompakt.decompress(packed, format), content)

    def test_limits_hold_on_both_sides_of_what_is_brief(self):
        packed = kompakt.compress(bytes(30_000_000), format="zlib")
        for limit in (1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 29_999_999):
            with self.assertRaises(kompakt.LimitError):
                kompakt.decompress(packed, max_output=limit)
        self.assertEqual(len(kompakt.decompress(packed, max_output=30_000_000)), 30_000_000)

    def test_progress_goes_forwards_only(self):
        packed = kompakt.compress(bytes(30_000_000), format="zlib")
        seen = []
        kompakt.decompress(packed, progress=lambda done, total: seen.append(done))
        self.assertEqual(seen, sorted(seen))

    def test_damage_is_told_the_same_way(self):
        for format in ("gzip", "zlib", "zstd", "lz4"):
            packed = bytearray(kompakt.compress(mixed(100_000), format=format))
            packed[len(packed) // 2] ^= 0x55
            with self.subTest(format), self.assertRaises(kompakt.CorruptError):
                kompakt.decompress(packed, format)
            with self.subTest(format), self.assertRaises(kompakt.TruncatedError):
                kompakt.decompress(kompakt.compress(mixed(100_000), format=format)[:-10], format)


if __name__ == "__main__":
    unittest.main()
