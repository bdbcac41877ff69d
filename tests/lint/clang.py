#!/usr/bin/env python3
"""Does the second compiler take every file that the first one took? Runs clang over the
compile commands of a build folder, without making objects, warnings as errors.
Usage: clang.py BUILD [JOBS]
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys


# What only gcc knows, or what only matters when an object is made.
DROPPED = ("-o", "-c", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3", "-fno-fast-math", "-fpch-preprocess", "-Winvalid-pch")


def find_clang():
    """The newest clang++ from 16 on: the older cannot read libstdc++'s <expected>."""
    for version in range(25, 15, -1):
        if path := shutil.which(f"clang++-{version}"):
            return path
    return None


def command_for(clang, entry):
    words = shlex.split(entry["command"])
    compiler = next(i for i, word in enumerate(words) if word.endswith(("/c++", "/g++", "/clang++")))
    kept, skip = [], False
    for word in words[compiler + 1:]:
        if skip:
            skip = False
        elif word in ("-o", "-include"):  # an object; the precompiled headers
            skip = True
        elif word not in DROPPED:
            kept.append(word)
    return [clang, "-fsyntax-only", *kept]


def judge(job):
    command, folder, file = job
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return file, done.returncode, done.stdout + done.stderr


def main():
    build = pathlib.Path(sys.argv[1])
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count()
    clang = find_clang()
    if clang is None:
        print("SKIPPED: no clang from 16 on here")
        return 77
    entries = json.loads((build / "compile_commands.json").read_text())
    work = [(command_for(clang, e), e["directory"], e["file"]) for e in entries if e["file"].endswith(".cc")]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for file, code, said in pool.map(judge, work):
            if code != 0:
                bad += 1
                print(f"{file}\n{said}")
    print(f"{pathlib.Path(clang).name}: {len(work)} files, {bad} refused")
    return 1 if bad or not work else 0


if __name__ == "__main__":
    sys.exit(main())
