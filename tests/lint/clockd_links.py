#!/usr/bin/env python3
"""The wall between clockd's two programs, by their symbols: the starter, which parses, calls
nothing that moves a clock; the steerer, which moves it, needs no library but libc and libstdc++
(libm and libgcc_s are parts of them) and calls nothing that opens a path, resolves a name or
starts a program. Usage: clockd_links.py STARTER STEERER
"""
import re
import subprocess
import sys

CLOCK_CALLS = {"clock_adjtime", "adjtimex", "ntp_adjtime", "adjtime", "settimeofday", "clock_settime"}
OPENING_CALLS = {"open", "open64", "openat", "openat64", "fopen", "fopen64", "opendir", "execve", "execvp", "fexecve",
                 "fork", "vfork", "posix_spawn", "system", "popen", "socket", "bind", "connect", "getaddrinfo",
                 "getpwnam", "getpwuid", "getenv", "secure_getenv", "dlopen"}
LIBRARIES = {"libc.so.6", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def calls_of(program):
    out = subprocess.run(["nm", "-D", "--undefined-only", program], capture_output=True, text=True, check=True).stdout
    return {match.split("@")[0] for match in re.findall(r" [UwW] (\S+)", out)}


def libraries_of(program):
    out = subprocess.run(["readelf", "-dW", program], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", out))


def main():
    starter, steerer = sys.argv[1:]
    problems = [f"the starter calls {name}" for name in sorted(calls_of(starter) & CLOCK_CALLS)]
    problems += [f"the steerer calls {name}" for name in sorted(calls_of(steerer) & OPENING_CALLS)]
    problems += [f"the steerer needs {name}" for name in sorted(libraries_of(steerer) - LIBRARIES)]
    if "clock_adjtime" not in calls_of(steerer):
        problems.append("the steerer does not call clock_adjtime: is this the right program?")
    for problem in problems:
        print(problem)
    print(f"the steerer needs {', '.join(sorted(libraries_of(steerer)))}; {len(problems)} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
