"""Claims about which sources are used, and what is said of it, beside a real chronyd where there is one."""
import os

from peers import Chrony, Meridian, peer, program, start_upstream, wait_selected
from world import check, eventually

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
