"""Rules about the source tree that a reader can check by eye and this checks for everybody:
`tree.py RULE ROOT` with RULE one of those below. Reads files that git knows; changes nothing.
Ends with 0, or 1 with one line for each place that breaks the rule."""
import os
import re
import subprocess
import sys

SOURCE = (".cc", ".h", ".c")
COMMON = ("base", "time", "wire", "sync", "board", "os", "conf", "control", "fastpath")
# Which folder may include which: the table of the design, word for word.
ARROWS = {
    "common/base": (),
    "common/time": ("base",),
    "common/wire": ("base", "time"),
    "common/sync": ("base", "time", "wire"),
    "common/board": ("base", "time"),
    "common/os": ("base", "time"),
    "common/conf": ("base", "time"),
    "common/control": ("base", "time"),
    "common/fastpath": (),
    "ntpd-net": COMMON,
    "ntpdate": COMMON,
    "clockd": ("base", "time", "board", "os", "conf"),
    "rtcd": ("base", "time", "board", "os", "conf"),
    "ntpd-xdp": ("base", "time", "os", "fastpath"),
    "refclockd": ("base", "time", "board", "os", "conf"),
    "syncctl": ("base", "time", "board", "os", "control"),
}
# The system header that names the kernel's clock calls, and the one file that may include it.
CLOCK_HEADERS = {"sys/timex.h": ("common/os/kernel_clock.cc",)}
LONGEST_FILE, LONGEST_FUNCTION = 400, 70


def tracked(root):
    # Without a repository (a source archive) every file counts that is not built.
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0")
                if name and os.path.isfile(os.path.join(root, name))]
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(("build", "."))]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def sources(root, *folders):
    return [name for name in tracked(root) if name.endswith(SOURCE)
            and (not folders or name.startswith(folders))]


def room_of(name):
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "common" else parts[0]


def arrows(root):
    """Each folder includes only what the design's table lets it."""
    for name in sources(root):
        room = room_of(name)
        if room == "tests":
            continue
        if room not in ARROWS:
            yield f"{name}: folder {room} is not in the table of arrows"
            continue
        for number, line in enumerate(read(root, name).splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not match:
                continue
            target = room_of(match.group(1))
            allowed = {room, *(f"common/{word}" for word in ARROWS[room])}
            if "/" not in match.group(1):
                yield f"{name}:{number}: {match.group(1)}: write the path from the root"
            elif target not in allowed:
                yield f"{name}:{number}: {room} may not include {target}"


def clock_headers(root):
    """Headers that name the kernel's clock calls appear in the one file that owns them."""
    for name in sources(root, "common", "clockd", "rtcd", "refclockd", "ntpd-net", "syncctl", "ntpdate"):
        for header, owners in CLOCK_HEADERS.items():
            if f"#include <{header}>" in read(root, name) and name not in owners:
                yield f"{name}: <{header}> belongs to {', '.join(owners)}"


def heads(root):
    """Every source file opens with one to eight lines (an essay may follow) that say what it is for."""
    for name in tracked(root):
        text = read(root, name)
        lines = text.splitlines()
        if name.endswith(SOURCE) and not (lines and lines[0].startswith(("//", "/*"))):
            yield f"{name}:1: no head comment"
        elif name.endswith(".py") and '"""' not in "".join(lines[:2]):
            yield f"{name}:1: no head comment"
        elif lines and lines[0].startswith("#!") and not (len(lines) > 1 and
                                                         lines[1].startswith(("#", '"""', "//"))):
            yield f"{name}:2: no head comment"
        elif name.endswith(("CMakeLists.txt", ".cmake")) and not lines[0].startswith("#"):
            yield f"{name}:1: no head comment"


MACHINE = re.compile(r"/work/|(?<![\w}])/root/|(?<!\w)/home/[a-z]|/tmp/b-|snapshot\.debian|deb\.debian\.org/")


def machine_paths(root):
    """No path or host of the machine that it was written on stands in the tree."""
    for name in tracked(root):
        if name == "tests/lint/tree.py" or name.endswith((".xz", ".png", ".bin")):
            continue
        for number, line in enumerate(read(root, name).splitlines(), 1):
            found = MACHINE.search(line)
            if found and not re.search(r"/root/[a-z_]+\.ko|\broot/ ", line):
                yield f"{name}:{number}: {found.group(0)}"


def functions(text):
    """(first line, length) of each brace block that starts in column 0 and is not a type or namespace."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[A-Za-z_\[].*\)\s*(const)?\s*(noexcept)?\s*\{$", line):
            start = number
        elif start is None and re.match(r"^\s+.*\)\s*(const)?\s*(noexcept)?\s*\{$", line):
            above = lines[number - 2] if number > 1 else ""
            if re.match(r"^[A-Za-z_\[].*[,(]$", above):
                start = number - 1
        if start is not None and line == "}":
            yield start, number - start + 1
            start = None


def lengths(root):
    """Files of at most 400 lines, functions of at most 70."""
    for name in sources(root):
        text = read(root, name)
        count = len(text.splitlines())
        if count > LONGEST_FILE:
            yield f"{name}: {count} lines"
        for first, length in functions(text):
            if length > LONGEST_FUNCTION:
                yield f"{name}:{first}: a function of {length} lines"


def widths(root):
    """Code of at most 100 columns."""
    for name in sources(root):
        for number, line in enumerate(read(root, name).splitlines(), 1):
            if len(line) > 100 and "http" not in line:
                yield f"{name}:{number}: {len(line)} columns"


RULES = {rule.__name__: rule for rule in (arrows, clock_headers, heads, machine_paths, lengths, widths)}
WARNINGS = ("lengths", "widths")   # reported, not failed


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in RULES:
        print(f"usage: tree.py {'|'.join(RULES)} ROOT", file=sys.stderr)
        return 2
    if not any(name.endswith(".cc") for name in tracked(sys.argv[2])):
        print("no source files found: wrong ROOT?")
        return 1
    found = list(RULES[sys.argv[1]](sys.argv[2]))
    for line in found:
        print(line)
    print(f"{sys.argv[1]}: {len(found)} place(s) against: {RULES[sys.argv[1]].__doc__}")
    return 1 if found and sys.argv[1] not in WARNINGS else 0


if __name__ == "__main__":
    sys.exit(main())
