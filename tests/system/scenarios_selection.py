"""Claims about which sources are used, and what is said of it, beside a real chronyd where there is one."""
import os
import re
import signal
import time

from peers import Chrony, Meridian, peer, program, start_upstream, wait_selected
from receivers import Feeder, sock_message
from references import start_refclockd
from world import Failed, check, eventually

SIGNED, PLAIN = "192.168.43.201", "192.168.43.202"
MIXED = f"server {SIGNED} iburst key 1 prefer\nserver {PLAIN} iburst\nserver alone.invalid key 1\n" \
        "refclock SOCK /run/nobody.sock refid GPS trust\n"


def _signed_and_plain(lan):
    """A server that knows a key and one that does not; the key file for the others."""
    signed = lan.lan_host("signed", 201)
    keys = signed.write("keys", signed.output([program("syncctl"), "keygen", "1", "SHA256", "160"]))
    os.chmod(keys, 0o644)
    Chrony(signed, f"local stratum 1\nallow\ncmdport 0\nkeyfile {keys}").start()
    start_upstream(lan.lan_host("plain", 202))
    return keys


def _mixture(suite, *words):
    """Name, authentication, configured and effective options of each row, as the real chronyc tells them."""
    tool = peer("chrony", "usr/bin/chronyc")
    if words:
        suite.host.output([tool, "-n", "-h", suite.socket, *words])
    rows = suite.host.output([tool, "-n", "-h", suite.socket, "selectdata", "-a"], code=None).splitlines()[2:]
    return sorted(tuple(row.split()[1:5]) for row in rows)


def authselectmode_beside_a_chronyd(lan):
    """What authselectmode makes of the sources is in the effective options only, as chronyd has it."""
    keys, chosen = _signed_and_plain(lan), {}
    ours, theirs = lan.lan_host("ours", 102), lan.lan_host("theirs", 103)
    commands = ["", f"delete {PLAIN}", f"add server {PLAIN} noselect", f"delete {PLAIN}", f"add server {PLAIN}", f"delete {SIGNED}"]
    for mode in ("mix", "prefer", "require", "ignore"):
        lines = f"{MIXED}keyfile {keys}\nauthselectmode {mode}\n"
        pair = [Meridian(ours, lines, mode).start(), Chrony(theirs, lines, mode).start()]
        for suite in pair:
            eventually(lambda s=suite: len(_mixture(s)) == 4, 10, f"{mode}: {suite.kind} tells four rows")
        wait_selected(pair[0], SIGNED)
        chosen[mode] = _mixture(pair[0])
        for words in commands:
            said = [_mixture(suite, *words.split()) for suite in pair]
            check(said[0] == said[1], f"{mode}, {words}:\n  us      {said[0]}\n  chronyd {said[1]}")
        for suite in pair:
            suite.net.stop()
        pair[0].clockd.stop()
    check(chosen["mix"] != chosen["ignore"] != chosen["require"] == chosen["prefer"], f"the modes show: {chosen}")


def selectopts_takes_effect_at_once(lan):
    """What may be selected again is followed now and not at its next sample, which may be 17 minutes away."""
    for number in (201, 202):
        start_upstream(lan.lan_host(f"server{number}", number))
    rarely = "iburst minpoll 10 maxpoll 10"
    suite = Meridian(lan.lan_host("client", 102), f"server {SIGNED} {rarely} noselect\nserver {PLAIN} {rarely} noselect\n").start()
    eventually(lambda: os.path.exists(suite.socket) and [int(n) >= 4 for n in _samples(suite)] == [True, True], 30, "their samples")
    suite.ask("offline")   # from here on there is none
    before = _samples(suite)
    check("Not synchronised" in suite.ask("tracking"), "nobody is followed")
    for one, other in ((SIGNED, PLAIN), (PLAIN, SIGNED)):
        suite.ask("selectopts", one, "-noselect")
        suite.ask("selectopts", other, "+noselect")
        wait_selected(suite, one, 5)
        check(f"({one})" in suite.ask("tracking"), suite.ask("tracking"))
        check(suite.ask("why", one).startswith(f"{one} is followed: "), suite.ask("why", one))
    check(_samples(suite) == before, f"no sample came meanwhile: {before}, {_samples(suite)}")


def _samples(suite):
    return [row.split(",")[1] for row in suite.ask("-c", "sourcestats", code=None).splitlines()]


FAKE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fake_server.py")
CLIENT = "192.168.43.102"
# Last number of its address -> what a server says.
TOLD = {11: (), 12: (), 13: (), 21: ("dispersion=5",), 22: ("jitter=2",), 23: (), 24: ("offset=1",), 25: ("leap=3",),
        26: (f"refid={CLIENT}",), 27: ("stratum=9",), 28: ("stratum=16",), 29: (), 31: ("offset=1",), 32: ("offset=1",)}


def _at(number):
    return f"192.168.43.{number}"


def _fake_servers(lan):
    """Each at an address of its own."""
    host = lan.lan_host("servers", 201)
    for number in TOLD:
        host.command(["ip", "address", "add", f"{_at(number)}/24", "dev", "eth0"])
    return {number: host.start(f"fake{number}", ["/usr/bin/python3", "-B", FAKE, _at(number), *words])
            for number, words in TOLD.items()}


def _lines(*sources):
    return "".join(f"server {_at(number)} iburst minpoll 0 maxpoll 0 {words}\n" for number, words in sources)


def why_agrees_with_the_letters(lan):
    """`why` beside the letters of `sources` and `selectdata`, for each state that servers can bring about."""
    servers, host = _fake_servers(lan), lan.lan_host("client", 102)
    wrong = []

    def shows(suite, number, letters, sentence, seconds=30):
        """The sources' letter, selectdata's, and the sentence, all in one moment."""
        seen = []

        def holds():
            rows = {report: {cells[name]: cells for cells in (row.split(",") for row in suite.ask("-c", report, "-a", code=None).splitlines())}
                    for report, name in (("sources", 2), ("selectdata", 1))}
            if _at(number) not in rows["selectdata"]:
                return False
            seen.append((rows["sources"][_at(number)][1] + rows["selectdata"][_at(number)][0], suite.ask("why", _at(number)).strip()))
            return re.fullmatch(letters, seen[-1][0]) and re.fullmatch(f"{re.escape(_at(number))} {sentence}", seen[-1][1])
        try:
            eventually(holds, seconds, "")
        except Failed:
            wrong.append(f"{number}, {TOLD[number]}: wanted {letters} {sentence!r}, got {seen[-1:]}")
    suite = Meridian(host, _lines(*[(number, "") for number in TOLD if number < 29 and number != 22]) + "allow\nmaxstratum 8\n").start(clock=False)
    others = {name: Meridian(host, _lines(*sources) + words + "port 0\ncmdport 0\n", name).start(clock=False) for name, sources, words in (
        ("preferred", ((11, "prefer"), (12, "")), ""), ("trusting", ((11, ""), (31, "trust"), (32, "trust")), ""),
        ("few", ((11, ""),), "minsources 2\n"), ("jittery", ((22, ""),), "maxjitter 1e-5\n"),
        ("split", ((11, ""), (31, "")), ""), ("left_out", ((11, ""), (29, "key 1")), "authselectmode require\n"))}
    shows(suite, 11, r"\*\*|\+\+", r"is (followed|combined): .*")
    servers[23].stop()
    for number in (11, 12, 13):
        shows(suite, number, r"\*\*|\+\+", r"is (followed|combined): .*")
    for number, letters, sentence in SAID:
        shows(suite, number, letters, sentence)
    for name, number, letters, sentence in SAID_OF_OTHERS:
        shows(others[name], number, letters, sentence)
    check(not wrong, "\n".join(wrong))


def _others_are_asked(lan, line, prepare):
    """Two servers that are asked every 16 s beside the source of this line; `prepare(suite)` gives what makes it jump."""
    host, interval = lan.lan_host("servers", 201), 16
    for number in (12, 13):
        host.command(["ip", "address", "add", f"{_at(number)}/24", "dev", "eth0"])
    servers = [host.start(f"fake{number}", ["/usr/bin/python3", "-B", FAKE, _at(number)]) for number in (12, 13)]
    rare = "iburst minpoll 4 maxpoll 4\n"
    jump = prepare(Meridian(lan.lan_host("client", 102), f"{line}\nserver {_at(12)} {rare}server {_at(13)} {rare}").start())

    def asked(server):
        return [float(line) for line in server.log().splitlines()]

    def waits(server):
        times = asked(server)
        return [later - one for one, later in zip(times, times[1:])]
    eventually(lambda: all(waits(server)[-1:] and waits(server)[-1] >= interval - 0.5 for server in servers), 150, "the start is over")
    eventually(lambda: all(2 < time.monotonic() - asked(server)[-1] < 12 for server in servers), 60, "between two requests")
    jumped, before = time.monotonic(), [len(asked(server)) for server in servers]
    jump()
    for server, count in zip(servers, before):
        turn = asked(server)[count - 1] + interval
        eventually(lambda s=server, end=turn: asked(s)[-1] >= end - 1, 2 * interval, "its turn")
        told = [f"{at - jumped:.1f}" for at in asked(server)[count:]]
        check(asked(server)[count] - jumped < 3, f"{server.name} is asked at once: {told} s after the jump")
        check(asked(server)[-1] < turn + 0.15 * interval, f"{server.name} is asked in its turn, {turn - jumped:.1f} s after the jump: {told}")


def news_of_a_server_has_the_others_asked(lan):
    """One of three servers jumps: the others are asked at once, and again when it is their turn."""
    host = lan.lan_host("jumper", 11)
    server = host.start("fake11", ["/usr/bin/python3", "-B", FAKE, _at(11), "jump=0.02"])
    _others_are_asked(lan, f"server {_at(11)} iburst minpoll 0 maxpoll 0",
                      lambda suite: lambda: server.popen.send_signal(signal.SIGUSR1))


def news_of_a_reference_has_the_servers_asked(lan):
    """A reference clock jumps: the servers beside it are asked at once, and again when it is their turn."""
    ahead = [0.0]

    def prepare(suite):
        path = f"{suite.host.folder}/clock.sock"
        start_refclockd(suite)
        Feeder(path, lambda now: sock_message(ahead[0], now))
        return lambda: ahead.__setitem__(0, 0.02)
    _others_are_asked(lan, f"refclock SOCK {lan.folder}/client/clock.sock refid ATOM poll 0", prepare)


SAID = (
    (21, r"\?d", r"is not used: its root distance 5\d{3}ms is over the limit \(maxdistance\); .*"),
    (23, r"\?S", r"is not used: its last sample is \d+ s old, 0 of its last 8 polls had a synchronised answer; .*"),
    (24, r"xx", r"is outvoted: its interval \[\+\d+ms, \+\d+ms\] misses where the majority meets; 192\.168\.43\.1[123] is followed with .*"),
    (25, r"\?s", r"is not used: no sample yet, 0 of its last 8 polls had a synchronised answer; it says that it is not synchronised itself\."),
    (26, r"\?M", r"is not used: no sample yet, [1-8] of its last 8 polls had a synchronised answer; it follows us \(test D of `ntpdata`\)\."),
    (27, r"\?r", r"is not used: its stratum 9 is outside of what is allowed \(minstratum, maxstratum\); .*"),
    (28, r"\?s", r"is not used: no sample yet, 0 of its last 8 polls had .*; it says that it is not synchronised itself\."),
)
SAID_OF_OTHERS = (
    ("preferred", 12, r"-P", r"is not used: another source is preferred; 192\.168\.43\.11 is followed with .*"),
    ("trusting", 11, r"\?T", r"is not used: its interval .* leaves that of the trusted sources; 192\.168\.43\.3[12] is followed .*"),
    ("jittery", 22, r"~~", r"is not used: its samples vary by \d+ms and its time is uncertain by \d+[um]s, over the limit \(maxjitter\); .*"),
    ("few", 11, r"-W", r"waits: 1 source\(s\) agree, too few \(minsources\) or without a required one \(require, authselectmode\); .*"),
    ("split", 31, r"xx", r"is outvoted: .*; no source is followed; .*"),
    ("left_out", 11, r"\?N", r"is not used: authselectmode leaves out what is not authenticated; .*"),
)
