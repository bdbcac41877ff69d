"""Does every option have a test that observes it? `observed.py ROOT` checks tests/observed.txt:
each row names a test that exists, and each option of the directives below has its row. Where the
code has a table of a line's options, that table says what they are, so that none is forgotten."""
import os
import re
import sys

# What follows each directive or command, as the manual names it.
DIRECTIVES = {
    "server": ["offline", "auto_offline", "burst"], "sourcedir": [""], "manual": [""],
    "initstepslew": ["THRESHOLD", "HOST"], "leapsectz": [""], "leapseclist": ["", "again"],
    "leapsecmode": ["system", "step", "slew", "ignore"],
    "smoothtime": ["MAX-FREQUENCY", "MAX-WANDER", "leaponly"], "fallbackdrift": ["MIN", "MAX"],
    "logdir": [""], "logbanner": [""], "hwtstimeout": [""], "hwtimestamp": ["INTERFACE"],
    "rtcfile": [""], "rtcdevice": [""], "rtconutc": [""], "rtcautotrim": [""], "hwclockfile": [""], "rtcsync": [""],
    "tempcomp": ["FILE", "INTERVAL", "T0", "K0", "K1", "K2", "POINTS"],
    "maxchange": ["OFFSET", "START", "IGNORE"], "makestep": ["THRESHOLD", "LIMIT"],
    "maxdrift": [""], "maxslewrate": [""], "maxclockerror": [""], "broadcast": ["INTERVAL", "ADDRESS", "PORT"],
    "corrtimeratio": [""],
    "syncctl": ["online", "offline", "onoffline", "burst", "settime", "manual on", "manual off", "manual list",
                "manual delete", "manual reset", "local", "smoothtime reset", "smoothtime activate", "trimrtc",
                "rtcdata", "writertc", "reload sources"],
    "rtcd": ["--once"],
}
# Line -> where the code has its options as a table.
TABLES = {"refclock": ("source_lines.cc", "refclock_words"), "hwtimestamp": ("rare_lines.cc", "hardware_words"),
          "local": ("server_lines.cc", "local_words"), "log": ("rare_lines.cc", "log_words")}
DRIVERS = ("shm", "sock", "pps", "phc", "rtc")


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()


def wanted_options(root):
    wanted = {directive: list(options) for directive, options in DIRECTIVES.items()}
    for line, (name, table) in TABLES.items():
        body = re.search(rf"{table} = .*?\(\{{(.*?)\}}\);", read(root, f"common/conf/{name}"), re.S).group(1)
        wanted.setdefault(line, []).extend(re.findall(r'^ *\{+"(\w+)"', body, re.M))
    for driver in DRIVERS:
        body = re.search(r"know_options\(settings, \{(.*?)\}\)", read(root, f"refclockd/{driver}.cc")).group(1)
        wanted[driver.upper()] = re.findall(r'"(\w+)=?"', body)
    return wanted


def complaints(root):
    wanted = wanted_options(root)
    seen = set()
    for number, line in enumerate(read(root, "tests/observed.txt").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = re.fullmatch(r"([^:]+): (\S+) (\w+)", line)
        if not row:
            yield f"tests/observed.txt:{number}: a row is WORDS: FILE TEST"
            continue
        words, name, test = row.groups()
        if words in seen:
            yield f"tests/observed.txt:{number}: `{words}` has a row already"
        seen.add(words)
        directive, _, option = words.partition(" ")
        if option not in wanted.get(directive, ()):
            yield f"tests/observed.txt:{number}: nothing has such an option: `{words}`"
        if not os.path.exists(os.path.join(root, name)):
            yield f"tests/observed.txt:{number}: there is no {name}"
        elif not re.search(rf"(, |^def |\b){test}\b", read(root, name), re.M):
            yield f"tests/observed.txt:{number}: {name} has no test {test}"
    for directive, options in wanted.items():
        for option in options:
            words = f"{directive} {option}".strip()
            if words not in seen:
                yield f"tests/observed.txt: no test observes `{words}`"


def main():
    found = list(complaints(sys.argv[1]))
    print("\n".join(found) or "every option is observed by a test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
