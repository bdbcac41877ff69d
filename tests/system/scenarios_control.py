"""Claims about control: the monitoring protocol octet by octet beside a real chronyd, who may ask
what through which door, and what exporters send."""
import contextlib
import ctypes
import os
import re
import struct
import time

from peers import NET_USER, Chrony, Meridian, peer, program, start_upstream, wait_selected
from protocol import COMMANDS, UDP, UNIX, Door, float_of, request
from world import check, eventually

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man", "sync-control.7")
UPSTREAM = "192.168.43.201"
OURS, THEIRS, OTHER = "192.168.43.102", "192.168.43.103", "192.168.43.110"
SAME = f"server {UPSTREAM} iburst\nallow 192.168.43.0/24\nlocal stratum 10\n"


@contextlib.contextmanager
def _inside(host):
    """This thread in the host's network namespace: sockets made here stay there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as home, open(f"/run/netns/{host.name}", "rb") as there:
        check(libc.setns(there.fileno(), 0) == 0, f"cannot enter {host.name}")
        try:
            yield
        finally:
            check(libc.setns(home.fileno(), 0) == 0, "cannot come back")


def _doors(host, suite):
    with _inside(host):
        udp = Door(("127.0.0.1", 323))
    return {UNIX: Door(suite.socket), UDP: udp}


def _both(lan, extra=""):
    """The suite and a real chronyd with the same words, both following the same upstream."""
    start_upstream(lan.lan_host("upstream", 201))
    ours = Meridian(lan.lan_host("ours", 102), SAME + extra).start()
    theirs = Chrony(lan.lan_host("theirs", 103), SAME + extra).start()
    wait_selected(ours, UPSTREAM)
    wait_selected(theirs, UPSTREAM)
    return ours, theirs


# command -> (our status, chronyd's status on the Unix socket) where they differ, and why. chronyd
# runs with -x, which says yes to a change that it then does not make.
DIFFERENT = {
    "makestep policy": (1, 0),   # clockd's: syncctl asks it past ntpd-net
    "dfreq": (1, 0),             # the same
    "doffset": (1, 0),           # the same
}
# Without the directive chronyd takes these too, and does nothing; we say that it is not there.
WITHOUT_MANUAL = {"manual", "manual list", "manual delete"}


def every_request_of_the_protocol(lan):
    """Each request on each door: our status, reply type and length are a real chronyd's."""
    ours, theirs = _both(lan)
    pairs = zip(_doors(ours.host, ours).items(), _doors(theirs.host, theirs).items())
    wrong = []
    for (door, one), (_, other) in pairs:
        for name, (number, length, kind, body) in COMMANDS.items():
            if name == "shutdown":
                continue
            answers = [each.ask(request(number, body, length, sequence=7)) for each in (one, other)]
            if None in answers:
                wrong.append(f"{door} {name}: no answer from {'us' if answers[0] is None else 'chronyd'}")
                continue
            our, their = answers
            if name in WITHOUT_MANUAL and our.status == 6:
                continue
            expected = DIFFERENT.get(name, (their.status, their.status)) if door == UNIX else (
                their.status, their.status)
            if our.status != their.status and (our.status, their.status) != expected:
                wrong.append(f"{door} {name}: status {our.status}, chronyd's {their.status}")
            elif our.status == their.status and (our.type, len(our.octets)) != (their.type, len(their.octets)):
                wrong.append(f"{door} {name}: type {our.type} in {len(our.octets)} octets, "
                             f"chronyd's {their.type} in {len(their.octets)}")
            if our.status == 0 and our.type != kind:
                wrong.append(f"{door} {name}: reply type {our.type}, not {kind}")
            if (our.version, our.kind, our.reserved, our.command, our.sequence) != (6, 2, 0, number, 7):
                wrong.append(f"{door} {name}: the reply's head is not the request's")
    _odd_requests(ours, theirs, wrong)
    check(not wrong, "\n".join(wrong))


def _odd_requests(ours, theirs, wrong):
    """What no client sends: each is dropped or refused as chronyd does it."""
    odd = {
        "one octet short": request(33, b"", 103),
        "27 octets": request(33, b"", 27),
        "860 octets": request(33, b"", 860),
        "861 octets and more": request(33, b"", 900),
        "a reply": request(33, b"", 104, kind=2),
        "version 5": request(33, b"", 104, version=5),
        "version 7": request(33, b"", 104, version=7),
        "version 4": request(33, b"", 104, version=4),
        "a dead number": request(12, b"", 104),
        "a number of the future": request(75, b"", 104),
        "a far number": request(40000, b"", 104),
        "ours, and too short": request(0x4d01, b"", 104),
        "index beyond the end": request(15, struct.pack(">I", 99), 76),
        "selectdata beyond the end": request(69, struct.pack(">I", 99), 76),
        "a name without its end": request(64, struct.pack(">I", 1) + b"x" * 256 + bytes(92), 372),
        "burst of nothing": request(3, bytes(40) + struct.pack(">ii", 0, 0), 68),
        "bits beyond IPv4": request(17, bytes([10]) + bytes(15) + b"\0\1\0\0" + struct.pack(">i", 33), 44),
        "manual with a strange word": request(13, struct.pack(">i", 7), 28),
    }
    for name, octets in odd.items():
        answers = []
        for suite in (ours, theirs):
            door = Door(suite.socket)
            answers.append(door.ask(octets, 0.6))
            door.close()
        seen = [None if each is None else (each.status, each.type, len(each.octets)) for each in answers]
        if name == "ours, and too short":
            check(seen == [(19, 1, 28), (3, 1, 28)], f"{name}: {seen}")
        elif seen[0] != seen[1] and not (name.startswith("manual") and seen[0] == (6, 1, 28)):
            wrong.append(f"{name}: {seen[0]}, chronyd {seen[1]}")


# What chronyc is told, and what it may say differently of us: nothing but numbers that move.
WORDS = """tracking|waitsync 1|waitsync 1 0.000000001 0.000001|sources|sources -a|sourcestats|sourcestats -a|selectdata|selectdata -a|authdata|
authdata -a|ntpdata|activity|serverstats|clients|clients -k|rtcdata|smoothing|manual list|
sourcename 192.168.43.201|sourcename 192.0.2.99|accheck 192.168.43.9|accheck 192.0.2.1|cmdaccheck 127.0.0.1|
cmdaccheck 192.0.2.1|allow 192.0.2.0/24|accheck 192.0.2.1|deny 192.0.2.0/24|accheck 192.0.2.1|allow all 192.0.2.0/24|
deny all 192.0.2.0/24|accheck 192.0.2.1|cmdallow 192.0.2.0/24|cmdaccheck 192.0.2.1|cmddeny 192.0.2.0/24|
cmdaccheck 192.0.2.1|allow 10.0.0.0/33|offline 192.168.43.201|activity|online 192.168.43.201|activity|
offline 192.0.2.99|online|burst 2/4 192.168.43.201|minpoll 192.168.43.201 5|maxpoll 192.168.43.201 9|
maxdelay 192.168.43.201 1|maxdelayratio 192.168.43.201 3|maxdelaydevratio 192.168.43.201 8|
minstratum 192.168.43.201 1|polltarget 192.168.43.201 10|minpoll 192.0.2.99 5|local off|local stratum 11|local|
add server 192.168.43.202 offline|add server 192.168.43.202|activity|sources|delete 192.168.43.202|
delete 192.168.43.202|refresh|reselect|onoffline|rekey|cyclelogs|dump|reload sources|reset sources|
trimrtc|writertc|manual delete 3|settime 2026-11-25 12:00:00|smoothtime reset|makestep|frobnicate""".replace("\n", "").split("|")
# Without the directive we say so, chronyd says nothing happened.
OURS_OF_MANUAL = (1, "505 Facility not enabled in daemon\n", "")
# Rows that are not there yet: names, a clock that nobody feeds, one that is offline.
ABSENT = "server 192.168.43.209 offline\nserver alone.invalid\npool nowhere.invalid maxsources 16\n" \
         "refclock SOCK /run/nobody.sock refid GPS\n"


def _shape(text):
    """Numbers with their units are gone, and so is what is no difference between two daemons. Of what never
    gave a sample selectdata says M and no age; chronyd 4.3 says s, and that it had one just now."""
    text = re.sub(r"(?m)^[Ms]( .* N \S{5} \S{5} ) +[-0]( +1\.0 +\+0ns +\+0ns )", r"M\1 -\2", text)
    text = re.sub(r"(?m)^[Ms](,.*),(?:4294967295|0)(,1\.0,0\.0{9},0\.0{9},)", r"M\1,-\2", text)
    text = re.sub(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4}", "DATE", text)
    text = re.sub(r"\b(fast|slow)\b", "FAST", text)
    text = re.sub(r"^(Reference ID    : |Local address   : ).*", r"\1", text, flags=re.M)
    return re.sub(r"[-+]?\d[\d.]*(?:[num]?s|[mhdy])?\b", "#", re.sub(r"[\s\[\]]+", " ", text))


def chronyc_command_by_command(lan):
    """The real chronyc, told every command, says of us what it says of a real chronyd."""
    ours, theirs = _both(lan, ABSENT)
    for suite in (ours, theirs):   # the burst at the start is over
        eventually(lambda s=suite: s.ask("-c", "activity") == "1,1,0,0,17\n", 30, f"the burst ends: {suite.ask('activity')}")
    chronyc, wrong = peer("chrony", "usr/bin/chronyc"), []
    for words in WORDS:
        for options in (["-n"], ["-c"]):
            if options == ["-c"] and not _is_report(words):
                continue
            # Each has bursts of its own pace: a report may take some seconds to come to agree.
            for _ in range(15 if _is_report(words) else 1):
                said = _say_to(chronyc, ours, theirs, options, words)
                shapes = [(code, _shape(out), err) for code, out, err in said]
                if shapes[0] == shapes[1] or (words.startswith("manual") and said[0] == OURS_OF_MANUAL):
                    break
                time.sleep(1)
            else:
                wrong.append(f"`{' '.join(options)} {words}`:\n  us      {said[0]}\n  chronyd {said[1]}")
    check(not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong))


def _say_to(chronyc, ours, theirs, options, words):
    said = []
    for suite in (ours, theirs):
        done = suite.host.command([chronyc, *options, "-h", suite.socket, *words.split()], check=False)
        said.append((done.returncode, done.stdout, done.stderr))
    return said


def _is_report(words):
    return words.split()[0] in ("tracking", "sources", "sourcestats", "selectdata", "authdata", "ntpdata",
                                "activity", "serverstats", "rtcdata", "smoothing")


def exporters_are_answered(lan):
    """chrony_exporter's and telegraf's conversations: their lengths, both doors, every field there."""
    ours, _ = _both(lan)
    doors = _doors(ours.host, ours)
    for door, socket in doors.items():
        count = socket.ask(request(14, b"", 416))
        check(count.status == 0 and len(count.octets) == 32, f"{door}: n_sources in 416 octets")
        sources = struct.unpack(">I", count.body[:4])[0]
        check(sources == 1, f"{door}: {sources} sources")
        data = socket.ask(request(15, struct.pack(">I", 0), 416))
        address, poll, stratum, state, mode, flags, reach = _source(data.body)
        check((address, stratum, state, mode, flags) == (UPSTREAM, 1, 0, 0, 0), f"{door}: {address} {stratum} {state}")
        check(3 <= poll <= 10 and reach != 0, f"{door}: poll {poll}, reach {reach}")
        name = socket.ask(request(65, data.body[:20], 424))
        check(name.status == 0 and name.body.split(b"\0")[0].decode() == UPSTREAM, f"{door}: the source's name")
        tracking = socket.ask(request(33, b"", 416))
        check(tracking.status == 0 and len(tracking.octets) == 104, f"{door}: tracking")
        stratum, leap = struct.unpack(">HH", tracking.body[24:28])
        check((stratum, leap) == (2, 0), f"{door}: stratum {stratum}, leap {leap}")
        check(abs(float_of(tracking.body[40:44])) < 0.1, f"{door}: the correction is {float_of(tracking.body[40:44])}")
        stats = socket.ask(request(34, struct.pack(">I", 0), 416))
        check(stats.status == 0 and struct.unpack(">I", stats.body[24:28])[0] >= 1, f"{door}: sourcestats")
        activity = socket.ask(request(44, b"", 416))
        check(sum(struct.unpack(">5I", activity.body[:20])) == 1, f"{door}: activity")
        server = socket.ask(request(54, b"", 416))
        expected = (0, 25, 196) if door == UNIX else (2, 1, 28)   # as chronyd: not open by default
        check((server.status, server.type, len(server.octets)) == expected, f"{door}: serverstats {server.status}")
    ntp = doors[UNIX].ask(request(57, data.body[:20], 424))
    check((ntp.status, ntp.type, len(ntp.octets)) == (0, 26, 172), f"ntpdata: {ntp.status} {ntp.type}")
    clients = doors[UNIX].ask(request(68, struct.pack(">4I", 0, 8, 0, 0), 520))
    check(clients.status == 0 and len(clients.octets) == 520, "clients")
    _telegraf(ours)


def _source(body):
    address = ".".join(str(octet) for octet in body[:4])
    return (address, *struct.unpack(">hHHHHH", body[20:32]))


def _telegraf(ours):
    """Its older form cuts `chronyc -n tracking` at the colons and wants these names and numbers."""
    lines = dict(line.split(" : ", 1) if " : " in line else line.split(": ", 1)
                 for line in ours.chronyc("tracking").splitlines())
    fields = {name.strip(): value.split()[0] for name, value in lines.items()}
    for name in ("System time", "Last offset", "RMS offset", "Frequency", "Residual freq", "Skew", "Root delay",
                 "Root dispersion", "Update interval"):
        check(re.fullmatch(r"[-+]?\d+\.\d+", fields[name]), f"{name}: {fields.get(name)}")
    check(fields["Stratum"] == "2" and lines["Leap status     "[:15].strip().ljust(15)] == "Normal"
          if "Leap status    " in lines else fields["Leap status"] == "Normal", f"telegraf's fields: {fields}")


def who_may_ask_what(lan):
    """cmdallow, cmddeny, cmdport, bindcmdaddress, bindcmddevice, opencommands, cmdratelimit."""
    start_upstream(lan.lan_host("upstream", 201))
    host, other = lan.lan_host("ours", 102), lan.lan_host("other", 110)
    base = f"server {UPSTREAM} iburst\n"

    def run(lines, name):
        suite = Meridian(host, base + lines, name).start(clock=False)
        eventually(lambda: os.path.exists(suite.socket), 10, f"{name}: the control socket")
        return suite

    def knock(where, number=33, length=104, source=other):
        with _inside(source):
            door = Door(where)
        answer = door.ask(request(number, b"", length), 0.7)
        door.close()
        return None if answer is None else answer.status

    suite = run("bindcmdaddress 0.0.0.0\ncmdallow 192.168.43.0/24\ncmddeny 192.168.43.110\n", "denied")
    check(knock((OURS, 323)) is None, "cmddeny of one host: silence")
    check(knock(("127.0.0.1", 323), source=host) == 0, "loopback is always let in")
    suite.ask("cmdallow", "192.168.43.110")
    check(knock((OURS, 323)) == 0, "cmdallow at run time")
    check(knock((OURS, 323), 54, 72) == 2, "serverstats over UDP: not authorised")
    check(knock((OURS, 323), 43, 28) == 2, "makestep over UDP: not authorised")
    suite.net.stop()
    suite = run("cmdport 11323\nopencommands serverstats\n", "opened")
    check(knock(("127.0.0.1", 323), source=host) is None, "nobody at 323 with another cmdport")
    check(knock(("127.0.0.1", 11323), 54, 72, host) == 0, "opencommands opens serverstats")
    check(knock(("127.0.0.1", 11323), 33, 104, host) == 2, "and its list replaces the default one")
    check(knock((OURS, 11323)) is None, "without bindcmdaddress only loopback is bound")
    suite.net.stop()
    suite = run("bindcmdaddress 0.0.0.0\nbindcmddevice lo\ncmdallow\n", "device")
    check(knock((OURS, 323)) is None, "bindcmddevice lo: nothing comes through eth0")
    check(knock(("127.0.0.1", 323), source=host) == 0, "bindcmddevice lo: loopback is answered")
    suite.net.stop()
    suite = run("cmdport 0\n", "noudp")
    check(knock(("127.0.0.1", 323), source=host) is None, "cmdport 0: no UDP")
    check("Reference ID" in suite.ask("tracking"), "the Unix socket answers")
    suite.net.stop()
    _command_rate_limit(run, other, host)


def _command_rate_limit(run, other, host):
    """A flood from outside is thinned, one from this machine never."""
    suite = run("bindcmdaddress 0.0.0.0\ncmdallow\ncmdratelimit interval 2 burst 4 leak 4\n", "limited")
    answered = {}
    for source, where in ((other, OURS), (host, "127.0.0.1")):
        with _inside(source):
            door = Door((where, 323))
        answered[where] = sum(door.ask(request(33, b"", 104), 0.1) is not None for _ in range(40))
        door.close()
    check(answered["127.0.0.1"] == 40, f"loopback is never limited: {answered}")
    check(4 <= answered[OURS] < 25, f"40 requests of another host, answered: {answered[OURS]}")
    suite.net.stop()


def syncctl_against_a_real_chronyd(lan):
    """Every report: syncctl and the real chronyc print the same of a real chronyd."""
    _, theirs = _both(lan, "manual\nsmoothtime 400 0.01\n")
    chronyc, wrong, made = peer("chrony", "usr/bin/chronyc"), [], 0
    reports = [words for words in WORDS if _is_report(words)] + ["clients", "manual list",
                                                                 "sourcename 192.168.43.201", "waitsync 1"]
    for words in reports:
        for options in (["-n"], ["-c"], ["-n", "-N"], ["-c", "-N"]):
            made += 1
            for attempt in range(6):   # a sample in between moves a digit: then ask again
                said = []
                for tool in (program("syncctl"), chronyc):
                    done = theirs.host.command([tool, *options, "-h", theirs.socket, *words.split()], check=False)
                    said.append((done.returncode, done.stdout, done.stderr))
                shapes = [(code, re.sub(r"\d", "#", re.sub(r"[ +-]+", " ", out)), err) for code, out, err in said]
                if (said[0] == said[1] or (attempt >= 2 and shapes[0] == shapes[1] and _moves(words))
                        or (words.startswith("sourcestats") and _still_offsets(said[0]) == _still_offsets(said[1]))):
                    break
            else:
                wrong.append(f"`{' '.join(options)} {words}`:\n  syncctl {said[0]}\n  chronyc {said[1]}")
    print(f"{made} comparisons")
    check(not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong))


def _still_offsets(answer):
    """sourcestats without its offsets, which run at the source's rate from one question to the next."""
    code, out, err = answer
    out = re.sub(r" *[+-]\d+(?:\.\d+)?[num]?s( +\S+\n)", r" OFFSET\1", out)   # the last column but one
    return code, re.sub(r"(?m)^((?:[^,\n]*,){6})[^,\n]*,", r"\1OFFSET,", out), err


def _moves(words):
    """Reports whose numbers move between two questions even without a sample."""
    return words.split()[0] in ("tracking", "serverstats", "smoothing", "ntpdata", "clients", "waitsync")


def where_control_is_answered(lan):
    """bindcmdaddress of a path, of none and of IPv6; and syncctl's -4, -6, -u and -t by what they do."""
    with open(os.path.join(lan.own_etc(), "hosts"), "w", encoding="ascii") as file:
        file.write("127.0.0.1 localhost four.example\nfd43::2 six.example\n")
    host, other = lan.lan_host("ours", 102), lan.lan_host("other", 110)
    for number, each in ((2, host), (3, other)):
        each.command(["ip", "-6", "address", "add", f"fd43::{number}/64", "dev", "eth0", "nodad"])
    syncctl = program("syncctl")

    def answers(*where, source=host, options=("-t", "200")):
        done = source.command([syncctl, "-n", *options, "-h", *where, "activity"], check=False)
        return done.returncode == 0 and "sources online" in done.stdout

    def run(lines, name, door):
        suite = Meridian(host, f"port 0\ncmdallow fd43::/64\n{lines}", name).start(clock=False)
        eventually(lambda: answers(door), 20, f"{name}: answered at {door}")
        return suite
    path = os.path.join(host.folder, "path", "run", "ntpd-net", "elsewhere.sock")
    suite = run(f"bindcmdaddress {path}\n", "path", path)
    check(not os.path.exists(suite.socket), "bindcmdaddress PATH: the usual socket is not there")
    suite.net.stop()
    suite = run("bindcmdaddress /\n", "none", "127.0.0.1")
    left = [name for _, _, names in os.walk(suite.rundir) for name in names if name.endswith("control.sock")]
    check(not left and answers("::1"), f"bindcmdaddress /: {left}")
    suite.net.stop()
    suite = run("bindcmdaddress ::1\n", "loopback", "::1")
    check(not answers("fd43::2", source=other), "bindcmdaddress ::1: not for other hosts")
    suite.net.stop()
    suite = run("bindcmdaddress ::\n", "everywhere", "::1")
    check(answers("fd43::2", source=other), "bindcmdaddress ::, by another host")
    with open(MANUAL, encoding="utf-8") as file:   # the example of sync-control(7), as one would paste it
        example = re.search(r"^\$ (python3 .*?^END\n)", file.read(), re.M | re.S).group(1).replace("\\e", "\\")
    suite.ask("add", "server", "192.0.2.1", "offline")
    check(host.output(["sh", "-c", example]) == "1\n", f"sync-control(7)'s example: {host.output(['sh', '-c', example])}")

    for name, option, is_answered in (("four.example", "-4", True), ("four.example", "-6", False),
                                      ("six.example", "-6", True), ("six.example", "-4", False)):
        check(answers(name, options=(option, "-t", "200")) == is_answered, f"{option} -h {name}")
    for user, wanted in ((str(NET_USER), {str(NET_USER)}), (None, {"0"})):
        asks = host.start(f"asks-{user}", [syncctl, *(["-u", user] if user else []), "-h", "127.0.0.1", "waitsync", "0"])
        eventually(lambda a=asks: "try: 1" in a.log(), 20, "the first answer")
        with open(f"/proc/{asks.pid}/status", encoding="ascii") as file:
            ids = re.search(r"^Uid:\t(.*)\nGid:\t(.*)$", file.read(), re.M)
        check({*ids.group(1).split(), *ids.group(2).split()} == wanted, f"-u {user}: {ids.group(0)}")
        asks.popen.kill()
    # Nobody answers: three tries, each twice as patient.
    silent = host.start("silent", ["/usr/bin/python3", "-c", "import socket, time\n"
                                   "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 9323))\n"
                                   "print('bound', flush=True); time.sleep(1000)"])
    eventually(lambda: "bound" in silent.log(), 10, "a port that is silent")
    took = []
    for patience in ("100", "400"):
        began = time.monotonic()
        check(not answers("127.0.0.1", options=("-p", "9323", "-t", patience)), "silence is no answer")
        took.append(time.monotonic() - began)
    check(0.7 <= took[0] < took[1] and took[1] >= 2.8, f"-t 100 and -t 400: {took} s")
