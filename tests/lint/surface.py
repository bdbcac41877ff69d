"""Holds surface.tsv against the tree: every directive, option and command that the code knows has a
row and no other has; every row names a test that exists (a ctest test, and in unit tests and claims
its case); and what the code says is not offered, the table says too. `surface.py ROOT`."""
import os
import re
import sys

KINDS = {"grammar", "directive", "source option", "refclock option", "command", "daemon option", "syncctl option"}


def read(root, *path):
    with open(os.path.join(root, *path), encoding="utf-8") as file:
        return file.read()


def rows_of(root):
    for number, line in enumerate(read(root, "tests", "surface.tsv").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        cells = line.split("\t")
        if len(cells) != 6 or not all(cells) or cells[0] not in KINDS or cells[2] not in "MSN-":
            yield number, None
        else:
            yield number, cells


def table_words(text, name):
    body = re.search(name + r" = std::to_array<.*?>\(\{(.*?)\n\}\);", text, re.S).group(1)
    return set(re.findall(r'^ +\{"([a-z0-9_]+)"', body, re.M))


def known_names(root):
    """kind -> the names that the code knows."""
    sources = read(root, "common", "conf", "source_lines.cc")
    options = read(root, "ntpd-net", "options.cc")
    asked = read(root, "syncctl", "options.cc")
    flags = r'add_(?:flag|option)\(\s*"([^"]+)"'
    names = {
        "directive": set(re.findall(r'"(\w+)"', read(root, "common", "conf", "words.h").split("to_array")[1])),
        "source option": table_words(sources, "source_words") | {"ipv4", "ipv6", "extfield"},
        "refclock option": table_words(sources, "refclock_words"),
        "command": set(re.findall(r'CommandEntry\{"(\w+)"', read(root, "syncctl", "commands.cc"))),
        "daemon option": {each.split(",")[0] for each in re.findall(flags, options) if each.startswith("-")},
        "syncctl option": {each.split(",")[0].replace("-j", "--json") for each in re.findall(flags, asked)},
    }
    names["daemon option"] |= {"-v", "--help", "SIGTERM", "SIGHUP"}
    names["syncctl option"] |= {"-v", "--help"}
    return names


# Words that no observation can contradict.
EMPTY = r"as said|see \S+\(\d\)|taken|observed|obeyed|it starts with it|used"

# Ours, described in the manuals; chrony has nothing like them.
OWN_OPTIONS = {"--check", "--rundir", "--statedir", "--trace", "-j"}


def observers(root):
    """ctest test -> its cases (None: it has none)."""
    found = {}
    unit = os.path.join(root, "tests", "unit")
    for room in os.listdir(unit):
        found[f"unit_{room}"] = set()
        for name in os.listdir(os.path.join(unit, room)):
            if name.endswith("_test.cc"):
                found[f"unit_{room}"] |= cases_in(read(unit, room, name))
    sim = os.path.join(root, "tests", "sim")
    found["sim_claims"] = set().union(*(cases_in(read(sim, name)) for name in os.listdir(sim) if name.endswith(".cc")))
    system = os.path.join(root, "tests", "system")
    listed = re.sub(r"#.*", "", read(system, "CMakeLists.txt"))
    scenarios = set().union(*(set(re.findall(r"^def ([a-z]\w*)\(lan\)", read(system, name), re.M))
                              for name in os.listdir(system) if name.startswith("scenarios")))
    words = set(re.findall(r"\w+", listed))
    found.update({f"system_{name}": None for name in scenarios & words})
    found.update({f"system_syncctl_vs_chronyc_{world}": None for world in ("made_up", "recorded")})
    found["system_json_schema"] = None
    found.update({f"guest_{name[:-3]}": None for name in os.listdir(os.path.join(root, "tests", "guest", "cases"))
                  if name.endswith(".sh")})
    for script, family in (("server-interop", "server"), ("fastpath", "fastpath")):
        found.update({f"{family}_{name}": None for name in
                      re.findall(r"^def ([a-z]\w*)\(world\)", read(root, "tests", "bench", "server", script), re.M)})
    return found


def cases_in(text):
    return {f"{suite}.{case}" for suite, case in re.findall(r"^TEST(?:_F|_P)?\((\w+),\s+(\w+)\)", text, re.M)}


def without_effect(root):
    """Directives that the code itself calls not offered or without effect."""
    body = read(root, "common", "conf", "directives.h")
    rows = re.findall(r'^    \{"(\w+)", Owner::(\w+),', body, re.M)
    return {name for name, owner in rows if owner == "nobody" and name != "dumponexit"}


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    known, tests, faults, seen = known_names(root), observers(root), [], {}
    idle = without_effect(root)
    for number, cells in rows_of(root):
        where = f"tests/surface.tsv:{number}"
        if cells is None:
            faults.append(f"{where}: not six full cells of a known kind and class")
            continue
        kind, name, _, effect, observed, by = cells
        if name in seen.setdefault(kind, set()):
            faults.append(f"{where}: {kind} {name} has a row already")
        seen[kind].add(name)
        for cell in (effect, observed):
            if re.fullmatch(EMPTY, cell):
                faults.append(f"{where}: {name}: `{cell}` says nothing")
        test, _, case = by.partition(" ")
        if test not in tests:
            faults.append(f"{where}: {name}: there is no test {test}")
        elif tests[test] is not None and case not in tests[test]:
            faults.append(f"{where}: {name}: {test} has no case {case}")
        says_idle = re.search(r"not offered|no effect|no longer supported", observed) is not None
        if kind == "directive" and says_idle != (name in idle):
            faults.append(f"{where}: {name}: the code says it {'has no effect' if name in idle else 'is obeyed'}")
    for kind, names in known.items():
        faults += [f"{kind} {name} has no row" for name in sorted(names - seen.get(kind, set()) - OWN_OPTIONS)]
        faults += [f"{kind} {name} has a row, and the code does not know it"
                   for name in sorted(seen.get(kind, set()) - names)]
    print("\n".join(faults) or f"{sum(map(len, seen.values()))} rows, each with an observation that exists")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
