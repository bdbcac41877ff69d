"""Whether a text is OpenMetrics as a collector takes it. Asks nobody; the text is given."""
import re

from world import check


def is_openmetrics(text):
    """Families whole and in one piece, types known, samples of their family, each once, the end."""
    lines = text.split("\n")
    check(lines[-1] == "" and lines[-2] == "# EOF", f"the end: {lines[-3:]}")
    family, kind, seen, series = None, None, set(), set()
    for line in lines[:-2]:
        if line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            check(family not in seen and kind in ("gauge", "counter"), f"{line}: again, or of no known type")
            seen.add(family)
        elif line.startswith("# HELP "):
            check(line.split(" ")[2] == family, line)
        else:
            found = re.fullmatch(r'([a-z_]+)(?:\{([a-z]+="[^"]*",?)+\})? (-?[0-9.e+-]+|NaN)', line)
            check(found and found.group(1) == family + ("_total" if kind == "counter" else ""), line)
            name = line.rsplit(" ", 1)[0]
            check(name not in series, f"{name} stands twice")
            series.add(name)
