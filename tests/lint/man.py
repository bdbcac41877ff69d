"""The manual pages are sound and agree with the programs: `man.py lint ROOT` runs mandoc over
every page, and each begins its description with examples; `man.py options ROOT PROGRAM` compares the options of PROGRAM's page with `--help`.
Judges neither style nor truth of the words."""
import glob
import os
import re
import subprocess
import sys


def lint(root):
    pages = sorted(glob.glob(os.path.join(root, "man", "*.[1-9]")))
    if not pages:
        print("no manual pages found")
        return 1
    bad = 0
    for page in pages:
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
        if done.returncode != 0 or done.stdout.strip():
            bad += 1
            print(done.stdout.strip() or f"{page}: mandoc ended with {done.returncode}")
        with open(page, encoding="utf-8") as text:
            examples = re.search(r"^\.Sh DESCRIPTION\n\.Ss Examples\n(.*?)^\.S[sh] ", text.read(), re.M | re.S)
        if not examples or not re.search(r"^\.(Bd -literal|Dl )", examples.group(1), re.M):
            bad += 1
            print(f"{page}: its description does not begin with examples")
    print(f"{len(pages)} pages, {bad} with complaints")
    return 1 if bad else 0


def options_in(text):
    """The options that start a line or follow a comma there: -x, --long."""
    found = set()
    for line in text.splitlines():
        head = re.match(r"^\s*((?:-{1,2}[A-Za-z0-9?][\w-]*(?:[ =]\S+)?(?:\s*[,|]\s*|\s+)?)+)", line)
        if head:
            found.update(re.findall(r"(?<![\w-])(-[A-Za-z0-9?](?![\w-])|--[a-z][\w-]+)", head.group(1)))
    return found


def options(root, path):
    name = os.path.basename(path)
    pages = glob.glob(os.path.join(root, "man", f"{name}.[1-9]"))
    if len(pages) != 1:
        print(f"{name}: no manual page man/{name}.N")
        return 1
    page = subprocess.run(["mandoc", "-Tascii", "-Owidth=200", pages[0]], capture_output=True, text=True).stdout
    page = re.sub(".\b", "", page)
    # Only the pages' option lists: indented lines that begin with a dash.
    shown = subprocess.run([path, "--help"], capture_output=True, text=True)
    if shown.returncode != 0:
        print(f"{name} --help ended with {shown.returncode}")
        return 1
    help_options, page_options = options_in(shown.stdout), options_in(page)
    if not help_options:
        print(f"{name} --help names no option")
        return 1
    for option in sorted(help_options - page_options):
        print(f"{name}: --help has {option}, its manual page has not")
    for option in sorted(page_options - help_options):
        print(f"{name}: the manual page has {option}, --help has not")
    print(f"{name}: {len(help_options)} options in --help, {len(page_options)} in the page")
    return 0 if help_options == page_options else 1


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "lint":
        return lint(sys.argv[2])
    if len(sys.argv) == 4 and sys.argv[1] == "options":
        return options(sys.argv[2], sys.argv[3])
    print("usage: man.py lint ROOT | man.py options ROOT PROGRAM", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
