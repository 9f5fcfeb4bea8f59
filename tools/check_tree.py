#!/usr/bin/env python3
"""Checks of the tree that no compiler makes: every codec and format folder has its spec and is tested, every
relative link in the documentation leads somewhere, and no file grew past what a reader can hold."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAX_LINES = 700


def codec_errors():
    suite = (ROOT / "tests/codec_suite/codecs_under_test.hpp").read_text()
    registry = (ROOT / "src/codec/registry.cpp").read_text()
    for folder in sorted(p for p in (ROOT / "src/codec").iterdir() if p.is_dir()):
        if not (folder / "spec.md").exists():
            yield f"src/codec/{folder.name}: no spec.md"
        if f'"{folder.name}"' not in suite:
            yield f"src/codec/{folder.name}: no entry in tests/codec_suite/codecs_under_test.hpp"
        if f"&{folder.name}_codec" not in registry:
            yield f"src/codec/{folder.name}: no row in src/codec/registry.cpp"


def format_errors():
    registry = (ROOT / "src/format/registry.cpp").read_text()
    fuzz = (ROOT / "tools/fuzz.sh").read_text()
    for folder in sorted(p for p in (ROOT / "src/format").iterdir() if p.is_dir() and p.name != "common"):
        if not (folder / "spec.md").exists():
            yield f"src/format/{folder.name}: no spec.md"
        if f"{folder.name}_format" not in registry:
            yield f"src/format/{folder.name}: no row in src/format/registry.cpp"
        if not re.search(rf"for format in .*\b{folder.name}\b", fuzz):
            yield f"src/format/{folder.name}: not fuzzed by tools/fuzz.sh"


def link_errors():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/*.md")]:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target and not (page.parent / target).exists():
                yield f"{page.relative_to(ROOT)}: broken link {target}"


def size_errors():
    for folder in ("include", "src", "apps", "bindings", "tests", "bench"):
        for path in (ROOT / folder).rglob("*.?pp"):
            lines = path.read_text().count("\n")
            if lines > MAX_LINES:
                yield f"{path.relative_to(ROOT)}: {lines} lines; split it"


def main() -> int:
    errors = [*codec_errors(), *format_errors(), *link_errors(), *size_errors()]
    for error in errors:
        print(error)
    print(f"tree: {len(errors)} errors" if errors else "tree: clean")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
