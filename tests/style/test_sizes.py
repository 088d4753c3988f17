#!/usr/bin/env python3
"""Functions of at most 60 lines, files under 1,000, lines of at most 100 columns."""
import re
from statistics import median

from sources import files, finish, read, verdict

MAX_FUNCTION, MAX_FILE, MAX_COLUMNS = 60, 1000, 100
KEYWORDS = ("if", "for", "while", "switch", "return", "else", "do")
NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")


def functions(text):
    """(name, first line, lines) of each function: a '{' in column 0 after a line with '('."""
    lines = text.split("\n")
    name = start = None
    for number, line in enumerate(lines, 1):
        if start is None and line[:1].isalpha() and "(" in line:
            match = NAME.search(line)
            name = match.group(1) if match and match.group(1) not in KEYWORDS else None
        if line == "{" and name:
            start = number
        elif line.startswith("}") and start is not None:
            yield name, start, number - start + 1
            name = start = None


def self_test():
    text = "int f(int a,\n      int b)\n{\n" + "    a++;\n" * 70 + "}\n"
    found = list(functions(text))
    return [] if found == [("f", 3, 72)] else [f"a planted function of 72 lines: {found}"]


def main():
    long_functions, long_files, wide, lengths = [], [], [], []
    for path in files(".c", ".h", ".l", ".y", ".def"):
        text = read(path)
        count = text.count("\n")
        if count > MAX_FILE:
            long_files.append(f"{path}: {count} lines")
        wide += [f"{path}:{n}: {len(line)} columns"
                 for n, line in enumerate(text.split("\n"), 1) if len(line) > MAX_COLUMNS]
        for name, start, length in functions(text):
            lengths.append(length)
            if length > MAX_FUNCTION:
                long_functions.append(f"{path}:{start}: {name} has {length} lines")
    middle = median(lengths) if lengths else 0
    finish(
        verdict("a planted long function is found", self_test()),
        verdict(f"{len(lengths)} functions of at most {MAX_FUNCTION} lines", long_functions),
        verdict(f"the median function has {middle:g} lines (at most 15)",
                [f"{middle:g}"] if middle > 15 else []),
        verdict(f"files of at most {MAX_FILE} lines", long_files),
        verdict(f"lines of at most {MAX_COLUMNS} columns", wide),
    )


main()
