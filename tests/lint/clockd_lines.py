#!/usr/bin/env python3
"""How much of our own code runs in the process that moves the clock: source lines, neither blank
nor comment, of the functions and tables that survived --gc-sections, by the program's own debug
information and symbols. A function counts whole, from its head to its brace, wherever it stands.
Prints one line a file and the sum; fails above the bar. The second figure is every line of code,
linked or not, of every source and header that anything was linked from.
Usage: clockd_lines.py PROGRAM SOURCE_ROOT BAR
"""
import collections
import pathlib
import re
import subprocess
import sys

FOLDERS = ("common/*", "clockd")   # clockd/starter is another program


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def touched_lines(program):
    """File name -> lines that have an address in the program; dropped functions keep rows near zero."""
    match = re.search(r"\] \.text\s+PROGBITS\s+(\w+) \w+ (\w+)", output_of("readelf", "-SW", program))
    text = range(int(match[1], 16), int(match[1], 16) + int(match[2], 16))
    rows = collections.defaultdict(set)
    for line in output_of("readelf", "--debug-dump=decodedline", "-W", program).splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(0x[0-9a-f]+)", line)
        if match and int(match[3], 16) in text:
            rows[match[1]].add(int(match[2]))
    return rows


def bare(text):
    """The text without comments, literals and preprocessor lines; line breaks stay."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"(?m)^\s*#([^\n]*\\\n)*[^\n]*", lambda m: "\n" * m[0].count("\n"), text)
    text = re.sub(r"(?<=[0-9a-f])'(?=[0-9a-f])", "", text)
    return re.sub(r"\"(\\.|[^\"\\])*\"|'(\\.|[^'\\])*'", '""', text)


def entities(text):
    """(first line, last line, head) of each braced thing that is neither a type nor a namespace."""
    depth, opened, head, first, number = 0, None, "", 1, 1
    for char in text:
        if opened is None and not head.strip():
            first, head = number, ""
        if char == "{":
            is_container = re.search(r"\b(namespace|class|struct|union|enum)\b[^()=]*$", head)
            if opened is None and not is_container:
                opened = (first, depth, head)
            depth += 1
        elif char == "}":
            depth -= 1
            if opened and depth == opened[1]:
                yield opened[0], number, opened[2]
                opened = None
        if char in "{};" and opened is None:
            head = ""
        else:
            head += char
        number += char == "\n"


def linked_lines(path, touched, symbols):
    text = path.read_text()
    code = {n for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("//")}
    linked = set()
    for first, last, head in entities(bare(text)):
        span = set(range(first, last + 1)) & code
        table = re.search(r"constexpr[^()]*\b(\w+)(\[\w*\])?\s*=?\s*$", head)
        if touched & span or (table and table[1] in symbols):
            linked |= span
    return len(linked), len(code)


def main():
    program, root, bar = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    rows = touched_lines(program)
    symbols = set(re.findall(r"\w+", output_of("nm", "-C", program)))
    total = wide = 0
    for folder in FOLDERS:
        for path in sorted(p for f in root.glob(folder) for p in f.iterdir() if p.suffix in (".cc", ".h")):
            linked, code = linked_lines(path, rows.get(path.name, set()), symbols)
            if linked == 0:
                continue
            total, wide = total + linked, wide + code
            print(f"{linked:5} of {code:4}  {path.relative_to(root)}")
    print(f"{total:5} of {wide:4}  lines of our own code are linked into {pathlib.Path(program).name} (bar {bar})")
    return 0 if 0 < total <= bar else 1


if __name__ == "__main__":
    sys.exit(main())
