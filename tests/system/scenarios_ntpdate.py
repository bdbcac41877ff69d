"""Claims about ntpdate, the program: what it prints and how it ends for each way of asking. No clock can
be moved in this world: where a test would move one, that it was refused is seen."""
import json
import os
import re
import socket

from peers import Chrony, Meridian, program, start_upstream, wait_selected
from world import check, eventually

FIRST, SECOND, SILENT = "192.168.43.201", "192.168.43.202", "192.168.43.99"
STAMP = r"^[ \d]\d [A-Z][a-z]{2} \d\d:\d\d:\d\d ntpdate\[\d+\]: "
RESULT = r"(step|adjust) time server ({}) offset [+-]\d+\.\d{{6}} sec$"
DNS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dns_server.py")


def _run(host, *words, before=()):
    done = host.command([*before, program("ntpdate"), *words], check=False)
    return done.returncode, done.stdout, done.stderr


def _says(host, code, pattern, *words, stream=1):
    seen = _run(host, *words)
    check(seen[0] == code and re.search(pattern, seen[stream], re.M),
          f"ntpdate {' '.join(words)}: not {code} with {pattern!r}, but {seen}")
    return seen


def ntpdate_asks_in_every_way(lan):
    """ntpdate: -d, several servers, -q, --json, -a with -k, -4, and the words and codes when nothing answers."""
    asker, first, second = lan.lan_host("asker", 102), lan.lan_host("first", 201), lan.lan_host("second", 202)
    keys = first.write("keys", "1 SHA256 HEX:00112233445566778899\n2 MD5 ASCII:other\n")
    Chrony(first, f"local stratum 3\nallow\ncmdport 0\nkeyfile {keys}").start()
    Chrony(second, "local stratum 5\nallow\ncmdport 0").start()
    eventually(lambda: _run(asker, "-q", "-p", "1", FIRST)[0] == 0 == _run(asker, "-q", "-p", "1", SECOND)[0],
               20, "both servers answer")

    out = _says(asker, 0, STAMP + RESULT.format(re.escape(FIRST)), "-d", "-p", "2", FIRST)[1]
    for line in (r"^transmit\(192\.168\.43\.201\)$", r"^receive\(192\.168\.43\.201\)$", r"^server 192\.168\.43\.201, port 123$",
                 r"^stratum 3, precision -\d+, leap 00, trust 000$", r"^refid \S+, delay 0\.\d{5}, dispersion \d\.\d{5}$",
                 r"^transmitted 2, in filter 2$", r"^transmit timestamp: +[0-9a-f]{8}\.[0-9a-f]{8}  [A-Z][a-z]{2}, [A-Z]",
                 r"^filter delay: +\d+\.\d{5}", r"^filter offset: *[+-]?\d+\.\d{6}", r"^offset [+-]\d+\.\d{6}$"):
        check(re.search(line, out, re.M), f"-d: no {line} in\n{out}")
    out = _says(asker, 1, r"^192\.168\.43\.99: Server dropped: no data$", "-d", "-p", "1", "-t", "0.4", SILENT)[1]
    check("transmit(192.168.43.99)" in out and "receive(" not in out, out)

    # Several: a line for each in the order of the command; the one of least stratum is taken.
    lines = _run(asker, "-q", "-p", "1", "-t", "0.4", SECOND, SILENT, FIRST)[1].splitlines()
    shapes = [r"^server 192\.168\.43\.202, stratum 5, offset [+-]0\.00\d{4}, delay 0\.\d{5}$",
              r"^server 192\.168\.43\.99, stratum 0, offset 0\.000000, delay 0\.00000$",
              r"^server 192\.168\.43\.201, stratum 3, offset [+-]0\.00\d{4}, delay 0\.\d{5}$",
              STAMP + RESULT.format(re.escape(FIRST))]
    check(len(lines) == 4 and all(map(re.search, shapes, lines)), f"three servers: {lines}")
    _says(asker, 1, STAMP + "no server suitable for synchronization found$", "-q", "-p", "1", "-t", "0.4", SILENT, stream=2)

    objects = [json.loads(line) for line in
               _run(asker, "-q", "--json", "-p", "1", "-t", "0.4", SECOND, SILENT, FIRST)[1].splitlines()]
    check([(each["server"], each["answers"], each.get("stratum"), each.get("dropped")) for each in objects[:-1]] ==
          [(SECOND, 1, 5, None), (SILENT, 0, None, "no data"), (FIRST, 1, 3, None)], f"--json: {objects}")
    result = objects[-1]
    check((result["action"], result["server"], result["adjusted"], result["reason"]) == ("adjust", FIRST, False, "only asked")
          and abs(result["offset"]) < 0.01, f"--json: {result}")

    # Keys: the answer of one that does not know the key does not count.
    ours = asker.write("keys", "1 SHA256 HEX:00112233445566778899\n2 MD5 ASCII:wrong\n")
    _says(asker, 0, RESULT.format(re.escape(FIRST)), "-q", "-p", "1", "-a", "1", "-k", ours, FIRST)
    for number, server in (("2", FIRST), ("1", SECOND)):
        _says(asker, 1, "no server suitable", "-q", "-p", "1", "-t", "0.4", "-a", number, "-k", ours, server, stream=2)
    _says(asker, 1, STAMP + "authentication key 3 unknown$", "-q", "-a", "3", "-k", ours, FIRST, stream=2)
    _says(asker, 1, STAMP + "no key file </none>, exiting$", "-q", "-a", "1", "-k", "/none", FIRST, stream=2)

    _says(asker, 0, RESULT.format(re.escape(FIRST)), "-q", "-4", "-p", "1", FIRST)
    _says(asker, 1, STAMP + "no servers can be used, exiting$", "-q", "-6", "-p", "1", FIRST, stream=2)
    for words in (("-q", "-p", "9", FIRST), ("-Z", FIRST), ("-q",)):
        _says(asker, 2, "^usage: ntpdate ", *words, stream=2)


def ntpdate_names_port_and_log(lan):
    """ntpdate: names that do not resolve, a taken port 123, messages to the system log, a step that is refused."""
    asker, server = lan.lan_host("asker", 102), lan.lan_host("server", 201)
    start_upstream(server)
    etc = lan.own_etc()
    with open(os.path.join(etc, "resolv.conf"), "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    with open(os.path.join(etc, "nsswitch.conf"), "w", encoding="ascii") as file:
        file.write("hosts: files dns\n")
    error = r"name server cannot be used: .* \(-3\)$"
    out, err = _says(asker, 1, "^Exiting, " + error, "-q", "known.example", FIRST, stream=2)[1:]
    check(re.search(STAMP + error, err, re.M) and out == "", f"no name server: {out}{err}")
    asker.start("names", ["/usr/bin/python3", DNS, "127.0.0.1", "known.example", FIRST])
    eventually(lambda: _run(asker, "-q", "-p", "1", "known.example")[0] == 0, 20, "the name is resolved")
    # One name that does not exist hinders nobody; nothing but such names ends it.
    out, err = _says(asker, 0, RESULT.format(re.escape(FIRST)), "-q", "-p", "1", "lost.example", "known.example")[1:]
    check(re.search(r"^Error resolving lost\.example: .* \(-\d\)$", err, re.M) and
          re.search(STAMP + r"Can't find host lost\.example: .* \(-\d\)$", err, re.M), f"lost.example: {err}")
    _says(asker, 1, STAMP + "no servers can be used, exiting$", "-q", "lost.example", stream=2)

    # The port that a daemon has: refused without -u, when no clockd runs that could be asked.
    norun = ("--rundir", os.path.join(asker.folder, "none"))
    taken = asker.start("taken", ["/usr/bin/python3", "-c", "import socket, time\n"
                                  "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 123))\n"
                                  "print('bound', flush=True); time.sleep(1000)"])
    eventually(lambda: "bound" in taken.log(), 10, "port 123 is taken")
    out, err = _says(asker, 1, STAMP + "the NTP socket is in use, exiting$", *norun, "-p", "1", FIRST, stream=2)[1:]
    check("time server" not in out, f"the port is taken: {out}")
    # With -u it asks and goes on to the clock, out of reach here: a step that is refused is no step.
    out, err = _says(asker, 1, STAMP + "step-systime: Operation not permitted$", *norun, "-u", "-b", "-p", "1", FIRST,
                     stream=2)[1:]
    check("step time server" not in out, f"a refused step: {out}")
    _says(asker, 1, STAMP + "Can't adjust the time of day: Operation not permitted$", *norun, "-u", "-B", "-p", "1", FIRST,
          stream=2)
    taken.stop()
    _says(asker, 1, STAMP + "step-systime: ", *norun, "-b", "-p", "1", FIRST, stream=2)

    # -s: to the system log, tag and priority with it, and nothing to the terminal; -d says it there, too.
    dev = os.path.join(asker.folder, "dev")
    os.mkdir(dev)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(os.path.join(dev, "log"))
    log.settimeout(10)
    with_log = ("unshare", "--mount", "sh", "-c", f'mount --bind {dev} /dev && exec "$@"', "sh")
    for words, level in ((("-s", "-q", "-p", "1", FIRST), 5), (("-s", "-q", "-p", "1", "-t", "0.4", SILENT), 3)):
        code, out, err = _run(asker, *words, before=with_log)
        message = log.recv(4096).decode()
        what = RESULT.format(re.escape(FIRST)) if level == 5 else "no server suitable for synchronization found$"
        check(re.search(rf"^<{3 * 8 + level}>ntpdate\[\d+\]: {what}", message), f"-s: {message!r}")
        check((code == 0) == (level == 5) and "ntpdate[" not in out + err, f"-s: {code} {out}{err}")
    out = _run(asker, "-s", "-d", "-p", "1", FIRST, before=with_log)[1]
    check(re.search(STAMP + RESULT.format(re.escape(FIRST)), out, re.M), f"-s -d: {out}")


def ntpdate_asks_a_running_clockd(lan):
    """ntpdate beside a suite that keeps the clock: nothing set, in words and in JSON; a step goes to clockd."""
    client = lan.lan_host("client", 102)
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(client, f"server {FIRST} iburst\nport 123\nallow\n").start()
    wait_selected(suite, FIRST)
    beside = ("--rundir", suite.rundir, "-p", "1")
    kept = "clockd keeps the clock and follows its sources: nothing set"
    eventually(lambda: kept in _run(client, *beside, FIRST)[1], 20, "clockd's word is enough")
    lines = _says(client, 0, STAMP + kept + "$", *beside, FIRST)[1].splitlines()
    check(len(lines) == 2 and re.search(RESULT.format(re.escape(FIRST)), lines[1]), f"beside clockd: {lines}")
    result = json.loads(_run(client, *beside, "--json", FIRST)[1].splitlines()[-1])
    check((result["adjusted"], result["reason"]) == (False, kept), f"--json beside clockd: {result}")
    # The same without that clockd goes to the kernel, which refuses: what was seen above was clockd's doing.
    _says(client, 1, "Can't adjust the time of day: Operation not permitted$", "--rundir", "/none", "-u", "-p", "1", FIRST,
          stream=2)
    # A step is asked of clockd, which refuses in dry run: nobody steps the clock behind its back.
    _says(client, 1, STAMP + "clockd: clockd runs with -x and changes nothing$", *beside, "-b", FIRST, stream=2)
    check(re.search(r"Command \d+ from root\n.*Dry run: step by ", suite.clockd.log()), f"no step asked: {suite.clockd.log()}")
