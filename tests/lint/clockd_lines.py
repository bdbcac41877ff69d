#!/usr/bin/env python3
"""How much of our own code is linked into clockd: source lines that are neither blank nor
comment, of the functions and tables that survived --gc-sections, by the program's own debug
information. Prints one line a file and the sum; fails above the bar. Also prints the wider
count: every line of every source and header that the program was compiled from.
Usage: clockd_lines.py PROGRAM SOURCE_ROOT [BAR]
"""
import collections
import pathlib
import re
import subprocess
import sys


def code_lines(path):
    """Line numbers that hold code."""
    found = set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("//"):
            found.add(number)
    return found


def text_range(program):
    """First and last address of code; functions that were dropped keep rows near zero."""
    out = subprocess.run(["readelf", "-SW", program], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\] \.text\s+PROGBITS\s+([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+)", out)
    return range(int(match[1], 16), int(match[1], 16) + int(match[2], 16))


def touched_lines(program):
    """(file name, line) of every row of the line table that has an address in the program."""
    out = subprocess.run(["readelf", "--debug-dump=decodedline", "-W", program], capture_output=True, text=True, check=True).stdout
    rows, text = collections.defaultdict(set), text_range(program)
    for line in out.splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(0x[0-9a-f]+)", line)
        if match and int(match[3], 16) in text:
            rows[match[1]].add(int(match[2]))
    return rows


def bodies(path):
    """The line spans of top-level bodies: a head at column 0 up to the closing brace at column 0,
    or inside a class at deeper columns; tables alike."""
    spans, start = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if start is None and line and not line[0].isspace() and not line.startswith(("//", "#", "}", "namespace")):
            start = number
        if start is not None and (line.startswith("}") or (number == start and line.rstrip().endswith((";", "}")))):
            spans.append((start, number))
            start = None
    return spans


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    bar = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    rows = touched_lines(program)
    total = wide = 0
    ours = [p for folder in ("common", "clockd") for p in sorted((root / folder).rglob("*")) if p.suffix in (".cc", ".h")]
    names = collections.Counter(p.name for p in ours)
    for path in ours:
        touched = rows.get(path.name, set())
        if not touched:
            continue
        if names[path.name] > 1 and path.parent.name != "clockd" and not touched & code_lines(path):
            continue
        code = code_lines(path)
        linked = set()
        for first, last in bodies(path):
            span = set(range(first, last + 1)) & code
            if touched & span:
                linked |= span
        total += len(linked)
        wide += len(code)
        print(f"{len(linked):5} of {len(code):4}  {path.relative_to(root)}")
    print(f"{total:5} of {wide:4}  lines of our own code are linked into {pathlib.Path(program).name} (bar {bar})")
    return 0 if total <= bar else 1


if __name__ == "__main__":
    sys.exit(main())
