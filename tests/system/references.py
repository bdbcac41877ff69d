"""A refclockd beside a suite, and what the suite's reports say of its clocks."""
import os

from peers import CLOCK_USER, NET_USER, program
from world import Failed, eventually

REFCLOCK_USER = CLOCK_USER + 1


def start_refclockd(suite, environment=None):
    process = suite.host.start(f"{suite.name}-refclockd", [
        program("refclockd"), "-d", "-f", suite.configuration, "-u", str(REFCLOCK_USER),
        "--reader", str(NET_USER)], environment)
    eventually(lambda: os.path.exists(os.path.join(suite.rundir, "refclockd", "refclockd.sock")), 10,
               "refclockd listens")
    return process


def rows_of(suite, report="sources"):
    """{name: fields} of a report in CSV."""
    fields = [line.split(",") for line in suite.ask("-c", report).splitlines()]
    return {row[2 if report == "sources" else 0]: row for row in fields}


def has(suite, name, state, seconds):
    return eventually(lambda: (row := rows_of(suite).get(name)) and row[1] == state and row, seconds,
                      f"{name} is `{state}` in {suite.ask('sources')}")


def offset_of(suite, name):
    """Our clock minus the reference at its last sample, in seconds; None before one."""
    row = rows_of(suite).get(name)
    return float(row[7]) if row and int(row[5], 8) > 0 else None


def shows(suite, name, expected, tolerance, seconds=25):
    def near():
        offset = offset_of(suite, name)
        return offset is not None and abs(offset - expected) <= tolerance
    try:
        eventually(near, seconds, "")
    except Failed as error:
        raise Failed(f"{name} shows {offset_of(suite, name)}, not {expected} within {tolerance}:\n"
                     f"{suite.ask('sources')}") from error
