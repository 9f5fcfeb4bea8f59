#!/usr/bin/env python3
"""Fails when a folder includes one that is not above it in the layer list of ARCHITECTURE.md."""
import pathlib
import re
import sys

# From the bottom of the house to its roof; a folder may include folders of earlier rows only.
LAYERS = [
    ["core"],
    ["simd", "checksum", "bits"],
    ["io", "entropy", "match"],
    ["mixing", "neural"],
    ["transform"],
    ["chunk"],
    ["codec"],
    ["format", "container"],
    ["archive"],
    ["pipeline"],
    ["c_api"],
]
RANK = {folder: rank for rank, row in enumerate(LAYERS) for folder in row}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.M)
ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    errors = []
    for path in sorted((ROOT / "src").rglob("*.?pp")):
        folder = path.relative_to(ROOT / "src").parts[0]
        if folder not in RANK:
            errors.append(f"{path}: folder {folder} has no layer")
            continue
        text = path.read_text()
        for target in INCLUDE.findall(text):
            top = target.split("/")[0]
            if top in RANK and top != folder and RANK[top] >= RANK[folder]:
                errors.append(f"{path.relative_to(ROOT)}: {folder} must not include {target}")
        if folder != "pipeline" and re.search(r"#include <(thread|condition_variable|future)>", text):
            if path.name != "resources.cpp":
                errors.append(f"{path.relative_to(ROOT)}: threads belong to pipeline/")
        if folder == "codec" and re.search(r'#include "(io|container|format|archive|pipeline)/', text):
            errors.append(f"{path.relative_to(ROOT)}: a codec knows nothing of files or containers")
    for path in sorted((ROOT / "include").rglob("*.hpp")):
        for target in INCLUDE.findall(path.read_text()):
            if "/" in target and not target.startswith("kompakt/"):
                errors.append(f"{path.relative_to(ROOT)}: public headers include only std and public headers")
    for error in errors:
        print(error)
    print(f"layers: {len(errors)} errors" if errors else "layers: clean")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
