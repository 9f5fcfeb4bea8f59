#!/usr/bin/env python3
"""Line coverage of the library and the tool from a coverage build. usage: coverage.py BUILD_DIR"""
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = tuple(str(ROOT / folder) + "/" for folder in ("src", "include", "apps"))


def main() -> int:
    hits = collections.defaultdict(lambda: collections.defaultdict(int))
    for data in pathlib.Path(sys.argv[1]).resolve().rglob("*.gcda"):
        report = subprocess.run(["gcov", "--json-format", "--stdout", str(data)], capture_output=True, check=True)
        for unit in report.stdout.splitlines():
            for source in json.loads(unit)["files"]:
                path = str((ROOT / source["file"]).resolve())
                if path.startswith(OURS):
                    for line in source["lines"]:
                        hits[path][line["line_number"]] += line["count"]
    total = covered = 0
    for path in sorted(hits):
        lines, seen = len(hits[path]), sum(1 for count in hits[path].values() if count)
        total, covered = total + lines, covered + seen
        print(f"{100 * seen / lines:6.1f}%  {seen:5d}/{lines:<5d} {pathlib.Path(path).relative_to(ROOT)}")
    print(f"{100 * covered / max(total, 1):6.1f}%  {covered}/{total} lines")
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main())
