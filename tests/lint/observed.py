"""Does every option have a test that observes it? `observed.py ROOT` checks tests/observed.txt:
each row names a test that exists, and each option of the directives below has its row."""
import os
import re
import sys

# What follows each directive, as the manual names it; local's are read from its own table.
DIRECTIVES = {
    "server": ["offline", "auto_offline", "burst"], "sourcedir": [""], "manual": [""],
    "initstepslew": ["THRESHOLD", "HOST"], "leapsectz": [""], "leapseclist": ["", "again"],
    "leapsecmode": ["system", "step", "slew", "ignore"],
    "smoothtime": ["MAX-FREQUENCY", "MAX-WANDER", "leaponly"], "fallbackdrift": ["MIN", "MAX"],
    "refclock": ["refid", "lock", "poll", "dpoll", "filter", "rate", "maxlockage", "width", "pps", "tai",
                 "local", "stratum", "offset", "delay", "precision", "maxdispersion", "maxsamples", "minsamples",
                 "maxunreach", "prefer", "noselect", "trust", "require", "perm"],
    "log": ["measurements", "rawmeasurements", "statistics", "tracking", "selection", "tempcomp",
            "refclocks", "rtc"], "logdir": [""], "logbanner": [""], "rtcfile": [""],
    "tempcomp": ["FILE", "INTERVAL", "T0", "K0", "K1", "K2", "POINTS"],
    "maxchange": ["OFFSET", "START", "IGNORE"], "makestep": ["THRESHOLD", "LIMIT"],
    "maxdrift": [""], "maxslewrate": [""], "maxclockerror": [""], "broadcast": ["INTERVAL", "ADDRESS", "PORT"], "corrtimeratio": [""],
    "hwtimestamp": ["INTERFACE", "minpoll", "maxpoll", "minsamples", "maxsamples", "precision", "txcomp",
                    "rxcomp", "nocrossts", "rxfilter"], "hwtstimeout": [""],
}


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()


def complaints(root):
    table = re.search(r"local_words = .*?\{\{?(.*?)\}\);", read(root, "common/conf/server_lines.cc"), re.S)
    wanted = {**DIRECTIVES, "local": re.findall(r'\{"(\w+)", at<&LocalSettings', table.group(1))}
    seen = set()
    for number, line in enumerate(read(root, "tests/observed.txt").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        row = re.fullmatch(r"([^:]+): (\S+) (\w+)", line)
        if not row:
            yield f"tests/observed.txt:{number}: a row is WORDS: FILE TEST"
            continue
        words, name, test = row.groups()
        seen.add(words)
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
