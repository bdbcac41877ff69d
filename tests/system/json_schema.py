"""Every report of `syncctl --json` beside syncctl/syncctl.schema.json: a stand-in daemon answers
with made-up values, and whatever is printed must be what the schema says, no field more, none
less; a report or a field of the schema that was never seen is a failure too."""
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from syncctl_vs_chronyc import REPORTS, SYNCCTL, StandIn, made_up   # noqa: E402

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "syncctl", "syncctl.schema.json")
KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_kind(value, kind):
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])


def faults(value, schema, where="$"):
    """What is wrong with a value; the part of JSON Schema that the file uses, and no other word."""
    unknown = set(schema) - {"$schema", "title", "description", "oneOf", "type", "properties", "required",
                             "additionalProperties", "items", "const", "enum", "pattern"}
    if unknown:
        return [f"{where}: this test does not know {unknown}"]
    if "oneOf" in schema:
        tries = [faults(value, one, where) for one in schema["oneOf"]]
        good = sum(not each for each in tries)
        return [] if good == 1 else [f"{where}: {good} forms match"] + min(tries, key=len)
    found = []
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        return [f"{where}: {value!r} is no {kinds}"]
    if "const" in schema and value != schema["const"]:
        found.append(f"{where}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{where}: {value!r} is not like {schema['pattern']}")
    if isinstance(value, dict):
        found += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, part in value.items():
            if name in schema.get("properties", {}):
                found += faults(part, schema["properties"][name], f"{where}.{name}")
            elif not schema.get("additionalProperties", True):
                found.append(f"{where}: {name} is not in the schema")
    if isinstance(value, list):
        for number, part in enumerate(value):
            found += faults(part, schema["items"], f"{where}[{number}]")
    return found


def fields_of(form):
    body = form["properties"].get("rows", form["properties"].get("values", form))
    return set(body.get("items", body)["properties"])


def read_schema():
    with open(SCHEMA, encoding="utf-8") as file:
        return json.load(file)


def main():
    schema = read_schema()
    never = {form["properties"]["report"]["const"]: fields_of(form) for form in schema["oneOf"]
             if "report" in form["properties"]}
    for report in ("reload", "clock"):   # scenarios_reload.py and scenarios_start.py have daemons for them
        del never[report]
    wrong, made = [], 0
    with tempfile.TemporaryDirectory(prefix="schema") as folder:
        path = os.path.join(folder, "control.sock")
        daemon = StandIn(path, made_up(0))
        commands = REPORTS + [("settime", ["2026-11-25 12:00:00"]), ("keygen", ["7", "SHA256", "256"]), ("online", []),
                              ("serverstats", ["-v"]), ("refusals", []), ("refusals", ["-a"]),
                              ("accheck", ["192.0.2.1"]), ("allow", ["192.0.2.0/33"])]
        for seed in range(12):
            daemon.answer = new_daemon(made_up(seed)) if seed % 2 else made_up(seed)
            names = [row.split(",")[2] for row in ask(path, "-c", "sources", "-a").stdout.splitlines()]
            for command, words in commands + [("why", [name]) for name in names]:
                made += 1
                wrong += judge(schema, never, f"{command} (seed {seed})", ask(path, "--json", command, *words))
    wrong += [f"never seen: {report}: {', '.join(sorted(fields))}" for report, fields in never.items() if fields]
    print(f"{made} responses, {len(wrong)} faults")
    print("\n".join(wrong[:40]))
    return 1 if wrong else 0


def ask(path, *words):
    return subprocess.run([SYNCCTL, "-h", path, *words], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)


def new_daemon(old):
    """The same daemon, with the longer answers of chrony's newest."""
    def answer(command, body, request):
        kind, status, reply = old(command, body, request)
        if command == 57 and kind == 16:
            return 26, status, reply[:112] + bytes([0, 0, 0, 9] * 8)
        if command == 54 and kind == 24:
            return 25, status, bytes(range(168))
        if command == 0x4d02:   # ours
            return 0x4d02, 0, bytes(range(128))
        if command == 0x4d03:   # ours
            return 0x4d03, 0, bytes(range(192))
        return kind, status, reply
    return answer


def judge(schema, never, what, done):
    wrong = []
    decoder, text = json.JSONDecoder(), done.stdout.strip()
    while text:
        document, end = decoder.raw_decode(text)
        text = text[end:].lstrip()
        wrong += [f"{what}: {fault}" for fault in faults(document, schema)]
        if document.get("report") in never:
            for row in document.get("rows", [document.get("values", {})]):
                never[document["report"]] -= set(row)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
