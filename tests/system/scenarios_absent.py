"""Claims about sources that are not there, or not yet: names without an address, lines without their
key, what is offline or silent; and about reference clocks by their refid. In reports, in what
`syncctl why` says of each, and in commands, beside a real chronyd where it has the same words."""
import os
import re
import struct

from openmetrics import is_openmetrics
from peers import Chrony, Meridian, start_upstream, wait_selected
from protocol import Door, float_octets, request
from receivers import Feeder, sock_message
from references import has, shows, start_refclockd
from world import Failed, check, eventually

UPSTREAM, KEYLESS, HELD, SILENT, FAR = ("192.168.43.201", "192.168.43.202", "192.168.43.203", "192.168.43.204",
                                        "203.0.113.9")
NAMES = "server alone.invalid\npool nowhere.invalid maxsources 8\n"


def names_without_an_address(lan):
    """Each address that a name owes has a number of its own: in reports, in metrics, to be deleted by; as chronyd."""
    ours = Meridian(lan.lan_host("ours", 102), NAMES).start(clock=False)
    theirs = Chrony(lan.lan_host("theirs", 103), NAMES).start()
    for suite in (ours, theirs):
        eventually(lambda s=suite: os.path.exists(s.socket) and len(_names(s)) >= 9, 10, "their rows")
        names = _names(suite)
        check(len(set(names)) == len(names), f"{suite.kind}: {names}")
        for report in ("sourcestats", "selectdata"):
            check([line.split(",")[report == "selectdata"] for line in suite.ask("-c", report, "-a").splitlines()] == names,
                  f"{suite.kind}: {report} has other names than {names}")
        check(suite.ask("sourcename", names[0]) + suite.ask("sourcename", names[5]) == "alone.invalid\nnowhere.invalid\n",
              f"{suite.kind}: the name behind a number")
        check(suite.ask("-c", "activity") == f"0,0,0,0,{len(names)}\n", f"{suite.kind}: {suite.ask('activity')}")
        suite.ask("delete", names[5])
        check(_names(suite) == names[:5] + names[6:], f"{suite.kind}: one is gone, not the pool: {_names(suite)}")
        suite.ask("delete", names[0])
        check(_names(suite) == names[1:5] + names[6:], f"{suite.kind}: the line is gone: {_names(suite)}")
        check("503 No such source" in suite.ask("delete", names[0], code=1), f"{suite.kind}: not twice")
    check(_names(ours)[0] == "ID#0000000002", f"numbered from one on: {_names(ours)}")
    is_openmetrics(ours.ask("metrics"))


def _names(suite):
    return [line.split(",")[2] for line in suite.ask("-c", "sources", "-a").splitlines()]


def why_says_what_hinders(lan):
    """`syncctl why`: a true sentence for each way in which a source is not used, and what ends it."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"server {UPSTREAM} iburst minpoll 0 maxpoll 1 noselect\nserver {KEYLESS} key 9\nauthselectmode ignore\nserver {HELD} offline\n"
                           f"server {SILENT} iburst minpoll 0 maxpoll 0\npool nowhere.invalid maxsources 2\n"
                           f"refclock SOCK {host.folder}/gps.sock refid GPS\n").start()

    def why(name, sentence, seconds=10):
        pattern = re.compile(f"{re.escape(name)} {sentence}")
        said = []
        try:
            eventually(lambda: said.append(suite.ask("why", name)) or pattern.match(said[-1]), seconds, "")
        except Failed as error:
            raise Failed(f"{sentence!r}: {said[-1]}") from error
    eventually(lambda: os.path.exists(suite.socket), 10, "the control socket")
    why(KEYLESS, "is not used: it is not asked: its key is missing in the key file")
    check(suite.ask("-c", "authdata").splitlines()[1].startswith(f"{KEYLESS},SK,9,0,0,"), suite.ask("authdata"))
    why(HELD, rf"is not used: it is not asked: the operator took it offline .*`online {re.escape(HELD)}`")
    why("nowhere.invalid", "is not used: ID#0000000001 has no address yet: the name did not resolve")
    check(suite.ask("why", "ID#0000000002").startswith("nowhere.invalid is not used: ID#0000000002 "), "by its number")
    why("GPS", "is not used: no sample yet, 0 of its last 8 intervals had one; refclockd's log")
    why(SILENT, "is not used: no sample yet, 0 of its last 8 polls had a synchronised answer")
    why(UPSTREAM, "is not used: its configuration says noselect; by [4-9] samples", 30)
    suite.ask("online", HELD)
    why(HELD, "is not used: no sample yet, 0 of")
    suite.ask("offline", UPSTREAM)
    why(UPSTREAM, "is not used: its configuration says noselect; .*it is not asked: the operator took it offline")
    suite.ask("online", UPSTREAM)
    check("offline" not in suite.ask("why", UPSTREAM), suite.ask("why", UPSTREAM))
    suite.ask("selectopts", UPSTREAM, "-noselect")
    why(UPSTREAM, "is followed: ")
    _required(lan)
    host.command(["ip", "route", "del", "default"])
    suite.ask("add", "server", FAR)
    suite.ask("onoffline")
    why(FAR, "is not used: it is not asked: there is no route to it")
    start_refclockd(suite)
    feeder = Feeder(f"{host.folder}/gps.sock", lambda now: sock_message(0, now))
    why("GPS", r"(is|waits|agrees)(?!.*no sample)", 40)
    feeder.stop()


def _required(lan):
    """Beside a line with a key, what has none waits for it (authselectmode mix)."""
    suite = Meridian(lan.lan_host("mixed", 103), f"server {UPSTREAM} iburst\nserver {KEYLESS} key 9\n").start(clock=False)
    eventually(lambda: os.path.exists(suite.socket), 10, "the control socket")
    eventually(lambda: suite.ask("why", UPSTREAM).startswith(
        f"{UPSTREAM} waits: 1 source(s) agree, too few (minsources) or without a required one (require, authselectmode)"), 20,
        "it waits for the one with the key")


def reference_clocks_by_their_refid(lan):
    """selectopts and offset of a reference clock, by syncctl and by the packets of a newer chronyc."""
    host = lan.lan_host("client", 102)
    paths = {name: f"{host.folder}/{name}.sock" for name in ("GPS", "PPS")}
    suite = Meridian(host, f"refclock SOCK {paths['GPS']} refid GPS poll 0 offset 0.25\n"
                           f"refclock SOCK {paths['PPS']} refid PPS poll 0 prefer\n").start()
    start_refclockd(suite)
    feeders = [Feeder(paths["GPS"], lambda now: sock_message(-0.25, now)), Feeder(paths["PPS"], lambda now: sock_message(0, now))]
    has(suite, "PPS", "*", 30)
    shows(suite, "GPS", 0, 0.01)

    def options(name):
        return next(line for line in suite.ask("selectdata").splitlines() if f" {name} " in line).split()[3]
    check(options("GPS") == "-----" and options("PPS") == "-P---", suite.ask("selectdata"))
    check(suite.ask("selectopts", "GPS", "+prefer", "+trust") == "200 OK\n", "selectopts of a clock")
    check(suite.ask("selectopts", "PPS", "-prefer", "+noselect") == "200 OK\n", "and of another")
    check(options("GPS") == "-PT--" and options("PPS") == "N----", suite.ask("selectdata"))
    has(suite, "GPS", "*", 20)
    check(suite.ask("offset", "GPS", "0.35") == "200 OK\n", "offset of a clock")
    shows(suite, "GPS", -0.1, 0.02)   # its samples are a tenth later, and so our clock is behind them
    door = Door(suite.socket)
    refid = bytes(20) + b"GPS\0"
    answer = door.ask(request(73, refid + float_octets(0.25), 48))
    check((answer.status, answer.type, len(answer.octets)) == (0, 1, 28), f"the packet of `offset`: {answer.status}")
    shows(suite, "GPS", 0, 0.02)
    answer = door.ask(request(72, refid + struct.pack(">II", 6, 0x20), 52))   # +trust -prefer
    check((answer.status, answer.type, len(answer.octets)) == (0, 1, 28), f"the packet of `selectopts`: {answer.status}")
    check(options("GPS") == "--T--", suite.ask("selectdata"))
    for number, length, rest in ((72, 52, struct.pack(">II", 1, 0)), (73, 48, bytes(4))):
        for nobody in (bytes(20) + b"NONE", bytes(24), bytes([192, 0, 2, 99]).ljust(16, b"\0") + b"\0\1\0\0GPS\0"):
            check(door.ask(request(number, nobody + rest, length)).status == 4, f"{number} of {nobody}: no such source")
    door.close()
    for feeder in feeders:
        feeder.stop()
