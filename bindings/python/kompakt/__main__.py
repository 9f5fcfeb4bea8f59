"""python -m kompakt: what the package does most, from the command line. The program `kompakt` does more."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Sequence

import kompakt

# As those of the program `kompakt`.
_EXIT_CODES = {"corrupt": 3, "truncated": 3, "limit-exceeded": 4, "unsupported": 5, "missing": 6}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kompakt", description=kompakt.__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"kompakt {kompakt.__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, help: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=help, description=help)

    names = ", ".join(info.name for info in kompakt.formats())
    packing = verb("compress", "compress files, each beside itself")
    packing.add_argument("files", nargs="+", metavar="FILE")
    packing.add_argument("-F", "--format", default="gzip", help=f"one of {names} (default gzip)")
    packing.add_argument("-l", "--level", type=int, default=None, help="on the scale of the format's stock tool")
    unpacking = verb("decompress", "decompress files, each beside itself")
    unpacking.add_argument("files", nargs="+", metavar="FILE")
    unpacking.add_argument("-F", "--format", default=None, help="told by the first bytes unless given")
    for coding in (packing, unpacking):
        coding.add_argument("-o", "--output", default=None, help="the output, of a single file")
        coding.add_argument("-f", "--force", action="store_true", help="replace files that exist")
        coding.add_argument("-T", "--threads", type=int, default=0, help="0, the default: all that there are")
    detecting = verb("detect", "tell the formats of files")
    detecting.add_argument("files", nargs="+", metavar="FILE")
    creating = verb("create", "pack files and folders into an archive, of the kind that its name asks for")
    creating.add_argument("archive")
    creating.add_argument("files", nargs="+", metavar="FILE")
    creating.add_argument("-f", "--force", action="store_true", help="replace an archive that exists")
    listing = verb("list", "list an archive")
    listing.add_argument("archive")
    testing = verb("test", "decode an archive and check it")
    testing.add_argument("archive")
    extracting = verb("extract", "extract an archive")
    extracting.add_argument("archive")
    extracting.add_argument("members", nargs="*", metavar="MEMBER")
    extracting.add_argument("-d", "--directory", default=".", help="where to")
    extracting.add_argument("-f", "--force", action="store_true", help="replace files that exist")
    return parser


def _code_files(arguments: Any) -> None:
    if arguments.output is not None and len(arguments.files) > 1:
        raise kompakt.InvalidArgumentError("--output is for a single file")
    for file in arguments.files:
        shared = {"overwrite": arguments.force, "threads": arguments.threads, "format": arguments.format}
        if arguments.verb == "compress":
            print(kompakt.compress_file(file, arguments.output, level=arguments.level, **shared))
        else:
            print(kompakt.decompress_file(file, arguments.output, **shared))


def _detect(arguments: Any) -> None:
    for path in arguments.files:
        with open(path, "rb") as file:
            print(f"{path}: {kompakt.detect_format(file.read(64)) or 'unknown'}")


def _run(arguments: Any) -> None:
    manager = kompakt.ArchiveManager()
    if arguments.verb in ("compress", "decompress"):
        _code_files(arguments)
    elif arguments.verb == "detect":
        _detect(arguments)
    elif arguments.verb == "create":
        manager.create_archive(arguments.files, arguments.archive, format=None, overwrite=arguments.force)
    elif arguments.verb == "list":
        for entry in manager.list_archive(arguments.archive):
            print(f"{entry.size:>14} {entry.path}")
    elif arguments.verb == "test":
        manager.test_archive(arguments.archive)
    else:
        manager.extract_archive(arguments.archive, arguments.directory, arguments.members or None,
                                overwrite=arguments.force)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    try:
        _run(_parser().parse_args(arguments))
    except (kompakt.CompressionError, OSError) as error:
        print(f"kompakt: {error}", file=sys.stderr)
        return _EXIT_CODES.get(getattr(error, "code", ""), 1)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
