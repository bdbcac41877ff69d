"""Runs one scenario in a world of its own: `run.py NAME`, `run.py` lists them. A scenario is a
public function of scenarios.py or of a scenarios_*.py beside it. Ends with 0 (held), 1 (did not
hold, with every log's end), 77 (this machine cannot, and why)."""
import glob
import importlib
import inspect
import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, FOLDER)
import world       # noqa: E402


def known_scenarios():
    known = {}
    for path in sorted(glob.glob(os.path.join(FOLDER, "scenarios*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        known.update({name: function for name, function in inspect.getmembers(module, inspect.isfunction)
                      if function.__module__ == module.__name__ and not name.startswith("_")})
    return known


def main():
    known = known_scenarios()
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        for name, function in known.items():
            print(f"{name}: {(function.__doc__ or '').splitlines()[0]}")
        return 0 if len(sys.argv) == 1 else 2
    world.enter()
    try:
        with world.World() as lan:
            known[sys.argv[1]](lan)
    except world.Skip as reason:
        print(f"SKIPPED: {reason}")
        return world.SKIPPED
    except world.Failed as error:
        print(f"FAILED: {error}")
        return 1
    print(f"held: {known[sys.argv[1]].__doc__.splitlines()[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
