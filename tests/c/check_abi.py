#!/usr/bin/env python3
"""check_abi.py ROOT [LIBRARY]: what the C headers declare, what src/c_api/symbols.txt lists, what tests/c calls and what the shared
library exports are the same functions, and every struct of the headers has an initialiser that is compiled."""
import pathlib
import re
import subprocess
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    headers = "\n".join(path.read_text() for path in sorted((root / "include/kompakt").glob("c_*.h")))
    declared = set(re.findall(r"^KOMPAKT_API[^;(]*?\b(kompakt_\w+)\(", headers, re.M))
    listed = (root / "src/c_api/symbols.txt").read_text().split()
    tests = "\n".join(path.read_text() for path in (root / "tests/c").glob("*.c"))
    called = set(re.findall(r"\b(kompakt_\w+)\s*\(", tests))
    errors = [f"declared, but not in src/c_api/symbols.txt: {name}" for name in sorted(declared - set(listed))]
    errors += [f"in src/c_api/symbols.txt, but not declared: {name}" for name in sorted(set(listed) - declared)]
    errors += [f"no test in tests/c calls {name}()" for name in sorted(declared - called)]
    if listed != sorted(set(listed)):
        errors.append("src/c_api/symbols.txt is not sorted, or names something twice")
    if len(declared) < 100:
        errors.append(f"only {len(declared)} functions found in the headers: the pattern here is wrong")

    sized = set(re.findall(r"typedef struct (kompakt_\w+) \{\s*size_t struct_size;", headers))
    compiled = (root / "tests/c/header/every_struct.h").read_text()
    pinned = (root / "src/c_api/abi.cpp").read_text()
    for name in sorted(sized):
        if f"sizeof({name})" in headers and f"const {name} " not in compiled:
            errors.append(f"tests/c/header/every_struct.h does not compile the initialiser of {name}")
        if f"sizeof({name})" not in pinned:
            errors.append(f"src/c_api/abi.cpp does not pin the layout of {name}")

    if len(sys.argv) > 2:
        table = subprocess.run(["nm", "-D", "--defined-only", sys.argv[2]], check=True, capture_output=True, text=True).stdout
        exported = {}
        for line in table.splitlines():
            kind, name = line.split()[-2:]
            name, _, version = name.partition("@@")
            if not name.startswith("_Z") and kind != "A":
                exported[name] = version
        errors += [f"not exported: {name}" for name in sorted(declared - set(exported))]
        errors += [f"exported, but not declared: {name}" for name in sorted(set(exported) - declared)]
        errors += [f"exported with version '{version}': {name}" for name, version in sorted(exported.items())
                   if name in declared and version != "KOMPAKT_0"]
    for error in errors:
        print(error)
    print(f"C API: {len(errors)} errors" if errors else f"C API: {len(declared)} functions, {len(sized)} structs")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
