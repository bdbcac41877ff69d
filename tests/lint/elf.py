"""Every program that is installed is built hardened: `elf.py PROGRAM...` reads each with readelf
and fails, by name, on one that lacks a property. Runs nothing."""
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], capture_output=True, text=True, check=True).stdout


def lacks(path):
    header, segments = readelf("-h", path), readelf("-l", path)
    dynamic, symbols = readelf("-d", path), readelf("--dyn-syms", path)
    stack = next((line for line in segments.splitlines() if "GNU_STACK" in line), "")
    properties = {
        "position independent (PIE)": "Type:                              DYN" in header,
        "read-only relocations (RELRO)": "GNU_RELRO" in segments,
        "immediate binding (NOW)": "BIND_NOW" in dynamic or "NOW" in dynamic.split("FLAGS_1")[-1].splitlines()[0],
        "no executable stack": " RW " in stack and "RWE" not in stack,
        "stack protector": "__stack_chk_fail" in symbols,
        "fortified calls": "_chk@" in symbols,
        "no run path": "RUNPATH" not in dynamic and "RPATH" not in dynamic,
    }
    return [name for name, held in properties.items() if not held]


def main():
    if len(sys.argv) < 2:
        print("usage: elf.py PROGRAM...", file=sys.stderr)
        return 2
    failed = False
    for path in sys.argv[1:]:
        missing = lacks(path)
        failed |= bool(missing)
        print(f"{path.split('/')[-1]}: {'lacks ' + ', '.join(missing) if missing else 'hardened'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
