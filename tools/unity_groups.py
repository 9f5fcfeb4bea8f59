#!/usr/bin/env python3
"""Says which source files can be compiled together: unity_groups.py SIZE FILE...

A name that one file keeps to itself (in an anonymous namespace, static, constexpr) must not meet the same name kept by another
file of its group, or declared by a header that another file takes in. Names are found by the layout that clang-format keeps:
what is declared at namespace scope begins in the first column. Files with using-directives go with those that have the same; one
that defines a macro for a header stays alone.

Prints one group a line, files separated by semicolons, at most SIZE in a group. The same files give the same groups."""
import functools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE_FOLDERS = [ROOT / name for name in ("include", "src", "apps", "apps/kompakt", "tests", ".")]
NOT_NAMES = {"if", "for", "while", "return", "namespace", "template", "else", "switch", "operator", "static_assert", "const"}

INCLUDE = re.compile(r'#include "([^"]+)"')
MACRO = re.compile(r"#define\s+(\w+)")
TEST = re.compile(r"(?:TEST|TEST_F|TEST_P|INSTANTIATE_\w+)\((\w+),\s*(\w+)")
INTERNAL = re.compile(r"(?:inline )?(?:static|constexpr|const|using \w+ =)")
DECLARATIONS = [
    re.compile(r"(?:class|struct|enum class|enum|union)\s+(?:\w+_API\s+)?(\w+)"),
    re.compile(r"using\s+(\w+)\s*="),
    re.compile(r"(?<!::)\b([A-Za-z_]\w*)\s*\("),  # a function, but no member of a class
    re.compile(r"([A-Za-z_]\w*)\s*[={\[;]"),
]


def stripped(line):
    """Without attributes, template arguments and specifiers."""
    text = re.sub(r"\[\[[^\]]*\]\]|__attribute__\(\(.*?\)\)\)?", " ", line)
    while (shorter := re.sub(r"<[^<>]*>", " ", text)) != text:
        text = shorter
    return re.sub(r"^(?:\s*(?:template|inline|static|constexpr|constinit|const|extern|noexcept|explicit)\b)*\s*", "", text)


def enumerators(lines, at):
    """Names that the unscoped enumeration beginning at lines[at], if there is one, puts into its namespace."""
    if not re.match(r"enum (?!class)", lines[at]):
        return set()
    body = "\n".join(lines[at:]).split("}")[0]
    return set(re.findall(r"[{,]\s*(?://.*\n\s*)*(\w+)", re.sub(r"//.*", "", body)))


def declared(line):
    """The name that a line at namespace scope declares, if it declares one."""
    text = stripped(line)
    for pattern in DECLARATIONS:
        match = pattern.match(text) if pattern.pattern.startswith(("(?:class", "using")) else pattern.search(text)
        if match:
            return None if match[1] in NOT_NAMES else match[1]
    return None


@functools.cache
def lines_of(path):
    return path.read_text(encoding="utf-8").split("\n")


def begins_declaration(line):
    return line[:1].isalpha() or line.startswith("[[")


def local_names(path):
    """Names that the file keeps to itself; None for a file that must stay alone."""
    names = set()
    anonymous = False
    lines = lines_of(path)
    macro_at = next((at for at, line in enumerate(lines) if MACRO.match(line)), len(lines))
    if any(line.startswith("#include") for line in lines[macro_at:]):
        return None
    for at, line in enumerate(lines):
        if re.fullmatch(r"namespace \{", line):
            anonymous = True
        elif re.fullmatch(r"\}  // namespace", line):
            anonymous = False
        elif match := MACRO.match(line):
            names.add(match[1])
        elif match := TEST.match(line):
            names.add("::".join(match.groups()))
        elif begins_declaration(line) and (anonymous or INTERNAL.match(line)):
            names.add(declared(line))
            names |= enumerators(lines, at)
    return names - {None}


def directives(path):
    return tuple(line for line in lines_of(path) if line.startswith("using namespace"))


def included(path):
    """Headers of this project that a file includes itself."""
    for line in lines_of(path):
        if match := INCLUDE.match(line):
            for folder in [path.parent, *INCLUDE_FOLDERS]:
                if (folder / match[1]).is_file():
                    yield (folder / match[1]).resolve()
                    break


@functools.cache
def header_names(path):
    """Names that a header declares, and the headers that it includes."""
    own = {declared(line) for line in lines_of(path) if begins_declaration(line)} - {None}
    return frozenset(own.union(*(header_names(header) for header in included(path))))


def groups_of(size, paths):
    groups = []  # files, their directives, names that they keep to themselves, names of their headers
    alone = []
    for path in sorted(paths):
        names = local_names(path)
        if names is None:
            alone.append([path])
            continue
        seen = frozenset().union(*(header_names(header) for header in included(path)))
        for members, common, taken, met in groups:
            apart = names & taken or names & met or taken & seen
            if len(members) < size and common == directives(path) and not apart:
                members.append(path)
                taken |= names
                met |= seen
                break
        else:
            groups.append(([path], directives(path), set(names), set(seen)))
    return [members for members, *_ in groups] + alone


if __name__ == "__main__":
    for group in groups_of(int(sys.argv[1]), [pathlib.Path(name).resolve() for name in sys.argv[2:]]):
        print(";".join(str(path) for path in group))
