#!/usr/bin/env python3
"""What docs/guides quote is what examples/ holds, which is compiled and run as tests.

A block of code is preceded by where it comes from, a whole file or what lies between two lines that name a region in a
comment, "// [NAME]" or "# [NAME]":

    <!-- examples/cpp/memory.cpp -->           <!-- examples/cpp/memory.cpp [call] -->

Blocks of code in C, C++, Python and CMake without that are an error: nothing would tell that they work. Those of the shell
may stand alone. usage: check_examples.py [--write], which puts the files' text into the guides.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GUIDES = ROOT / "docs/guides"
MARK = re.compile(r"^<!-- (examples/\S+)(?: \[([\w-]+)\])? -->$")
REGION = re.compile(r"^\s*(?://|#|/\*) \[([\w-]+)\](?: \*/)?$")
MUST_BE_MARKED = {"c", "cpp", "c++", "python", "py", "cmake"}
# pkg-config, CMake and the like are tried by tests/packaging.
ELSEWHERE = {"install.md"}


def quoted(path, region):
    """The lines of a file, or of a region of it, without the lines that mark regions."""
    lines, inside, found = [], region is None, region is None
    for line in path.read_text().splitlines():
        mark = REGION.match(line)
        if mark and mark.group(1) == region:
            inside, found = not inside, True
        elif inside and not mark:
            lines.append(line)
    if not found:
        raise LookupError(f"no region [{region}] in {path.relative_to(ROOT)}")
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    lines = [line[indent:] for line in lines]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def checked(page):
    """The guide's lines as they should be, and what is wrong with those it has."""
    lines, good, errors, at = page.read_text().splitlines(), [], [], 0
    mark = None
    while at < len(lines):
        line = lines[at]
        if not line.startswith("```"):
            mark = MARK.match(line) or (mark if not line else None)
            good.append(line)
            at += 1
            continue
        end = at + 1
        while end < len(lines) and lines[end] != "```":
            end += 1
        where, language, block = f"{page.relative_to(ROOT)}:{at + 1}", line[3:], lines[at + 1 : end]
        if mark:
            try:
                wanted = quoted(ROOT / mark.group(1), mark.group(2))
                if wanted != block:
                    errors.append(f"{where}: differs from {mark.group(1)}; tools/check_examples.py --write")
                block = wanted
            except (OSError, LookupError) as error:
                errors.append(f"{where}: {error}")
        elif language in MUST_BE_MARKED and page.name not in ELSEWHERE:
            errors.append(f"{where}: does not say which file of examples/ it comes from")
        good += [line, *block, "```"]
        at, mark = end + 1, None
    return good, errors


def main() -> int:
    errors = []
    for page in sorted(GUIDES.glob("*.md")):
        good, wrong = checked(page)
        if "--write" in sys.argv[1:]:
            page.write_text("\n".join(good) + "\n")
            wrong = checked(page)[1]
        errors += wrong
    for error in errors:
        print(error)
    print(f"examples: {len(errors)} errors" if errors else "examples: what the guides quote is what is tested")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
