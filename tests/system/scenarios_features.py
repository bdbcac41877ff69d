"""What chrony users configure beyond a plain server line: interleaved mode, log files, Network
Time Security; each against the real chronyd where it has the feature."""
import os
import re
import signal
import time

from peers import Chrony, Meridian, certificate_for, program, start_upstream, wait_selected
from scenarios import SERVER, UPSTREAM, _is_replaced, _roles
from world import check, eventually


def _field(text, label):
    found = re.search(rf"^{re.escape(label)}\s*: (.*)$", text, re.M)
    return found.group(1) if found else None


def _interleaves(suite):
    return _field(suite.ask("ntpdata"), "Interleaved") == "Yes"


def interleaved_mode(lan):
    """xleave as client of a real chronyd and of our own server: measured, and reported so."""
    start_upstream(lan.lan_host("upstream", 201))
    server = Meridian(lan.lan_host("server", 101),
                      f"server {UPSTREAM} iburst minpoll 0 maxpoll 0 xleave\nallow\n").start()
    wait_selected(server, UPSTREAM)
    eventually(lambda: _interleaves(server), 20, "chronyd's answers are interleaved")
    good = int(_field(server.ask("ntpdata"), "Total good RX"))
    eventually(lambda: int(_field(server.ask("ntpdata"), "Total good RX")) >= good + 3, 20,
               "interleaved answers become samples")
    check(_field(server.ask("ntpdata"), "NTP tests") == "111 111 1111", server.ask("ntpdata"))
    client = Meridian(lan.lan_host("client", 102), f"server {SERVER} iburst minpoll 0 maxpoll 0 xleave\n").start()
    wait_selected(client, SERVER)
    eventually(lambda: _interleaves(client), 20, "our own server's answers are interleaved")
    offset = float(client.ask("-c", "tracking").split(",")[4])
    check(abs(offset) < 0.01, f"the clock of the same machine is not {offset} s off")
    check(int(_field(server.ask("serverstats"), "Interleaved NTP packets")) > 0, server.ask("serverstats"))
    plain = Chrony(lan.lan_host("plain", 103), f"server {SERVER} iburst minpoll 0 maxpoll 0 xleave").start()
    wait_selected(plain, SERVER)
    eventually(lambda: _interleaves(plain), 20, "a real chronyd interleaves with our server")


def _rows(path):
    """(heading, [rows]) of a log file; None while there is no row."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    rows = [line for line in lines if line[:1].isdigit()]
    heading = [line for line in lines if line.startswith("   Date")]
    return (heading[0], rows) if heading and len(rows) >= 2 else None


def _columns(row):
    """Where each field ends; the address, which is at the left of its column, where it begins."""
    fields = [(match.start(), match.end()) for match in re.finditer(r"\S+", row)]
    return [fields[2][0] if number == 2 else end for number, (_, end) in enumerate(fields)]


def log_files(lan):
    """measurements, statistics and tracking have the columns of a real chronyd's; cyclelogs reopens."""
    start_upstream(lan.lan_host("upstream", 201))
    suites, folders = [], []
    for number, kind in ((102, Meridian), (103, Chrony)):
        host = lan.lan_host(kind.__name__.lower(), number)
        folder = os.path.join(host.folder, "logs")
        if kind is Chrony:
            os.makedirs(folder)
        names = "measurements statistics tracking" + (" selection" if kind is Meridian else "")
        suites.append(kind(host, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\nlog {names}\nlogdir {folder}\n").start())
        folders.append(folder)
    for name in ("measurements", "statistics", "tracking"):
        ours, theirs = (eventually(lambda f=folder: _rows(f"{f}/{name}.log"), 30, f"rows in {folder}/{name}.log")
                        for folder in folders)
        check(ours[0] == theirs[0], f"headings of {name}:\n{ours[0]}\n{theirs[0]}")
        one, other = ours[1][-1], theirs[1][-1]
        check(_columns(one) == _columns(other), f"columns of {name}:\n{one}\n{other}")
    selection = eventually(lambda: _rows(f"{folders[0]}/selection.log"), 10, "rows of selection")
    check(any(f" {UPSTREAM} " in row and " * " in row for row in selection[1]), f"the selected source: {selection}")
    path = f"{folders[0]}/tracking.log"
    os.rename(path, path + ".1")
    check(suites[0].ask("cyclelogs").strip() == "200 OK", "cyclelogs")
    eventually(lambda: _rows(path), 20, "a fresh tracking.log with a heading and rows")


def raw_measurements(lan):
    """rawmeasurements: answers of a server that is not synchronised are logged, too, as by a real chronyd."""
    Chrony(lan.lan_host("upstream", 201), "allow\ncmdport 0", name="upstream").start()   # it follows nobody
    folders = {}
    for number, (kind, name) in enumerate((kind, name) for kind in (Meridian, Chrony)
                                          for name in ("measurements", "rawmeasurements")):
        host = lan.lan_host(f"{kind.kind}{number}", 102 + number)
        folder = folders[kind, name] = os.path.join(host.folder, "logs")
        if kind is Chrony:
            os.makedirs(folder)
        kind(host, f"server {UPSTREAM} minpoll 0 maxpoll 0\nlog {name}\nlogdir {folder}\n").start()
    ours, theirs = (eventually(lambda k=kind: _rows(f"{folders[k, 'rawmeasurements']}/measurements.log"), 30,
                               f"{kind.kind} logs what an unsynchronised server says") for kind in (Meridian, Chrony))
    check(ours[0] == theirs[0] and _columns(ours[1][0]) == _columns(theirs[1][0]), f"columns:\n{ours}\n{theirs}")
    check(ours[1][0].split()[3] == "?" == theirs[1][0].split()[3], f"its leap: {ours[1][0]}\n{theirs[1][0]}")
    for kind in (Meridian, Chrony):
        path = f"{folders[kind, 'measurements']}/measurements.log"
        check(not os.path.exists(path) or not _rows(path), f"without `raw` {kind.kind} logs none")


def _auth(suite):
    """The row of authdata: name, mode, key id, type, length, last, attempts, naks, cookies, their length."""
    lines = suite.ask("-c", "authdata").splitlines()
    return lines[0].split(",") if lines else []


def nts_from_a_real_chronyd(lan):
    """Our client gets keys and authenticated time from a real chronyd; never without trust in it."""
    host = lan.lan_host("upstream", 201)
    certificate, key = certificate_for(host, UPSTREAM)
    server = Chrony(host, f"local stratum 1\nallow\nntsservercert {certificate}\nntsserverkey {key}\n"
                          f"ntsdumpdir {host.folder}").start()
    lines = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0 nts\nntstrustedcerts {certificate}\n"
    client = Meridian(lan.lan_host("client", 102), lines).start()
    wait_selected(client, UPSTREAM)
    peer = Chrony(lan.lan_host("peer", 103), lines).start()
    wait_selected(peer, UPSTREAM)
    ours, theirs = _auth(client), _auth(peer)
    check(ours[:5] == theirs[:5] and ours[-1] == theirs[-1], f"authdata: ours {ours}, chronyd's {theirs}")
    check(ours[1] == "NTS" and ours[3:5] == ["15", "256"], f"authdata: {ours}")
    eventually(lambda: _auth(client)[8] == "8", 10, "cookies are replenished to eight")
    check(_field(client.ask("ntpdata"), "Authenticated") == "Yes", client.ask("ntpdata"))
    check(client.ask("-c", "selectdata").split(",")[2] == "Y", client.ask("-c", "selectdata"))
    stranger = Meridian(lan.lan_host("stranger", 104), f"server {UPSTREAM} iburst nts\n").start()
    eventually(lambda: "No NTS keys from" in stranger.log(), 20, "an untrusted certificate is refused and said")
    check(_field(stranger.ask("ntpdata"), "Total TX") == "0", "no packet without keys")
    # A server that lost its keys disowns our cookies: keys are made anew, without us.
    server.net.stop()
    os.remove(os.path.join(host.folder, "ntskeys"))
    server.start()
    eventually(lambda: _auth(client)[2] == "2" and _auth(client)[7] == "0", 40,
               "a second key establishment after the server's NAK")


def nts_for_a_real_chronyd(lan):
    """Our NTS server serves a real chronyd and our own client, interleaved too, and keeps its keys."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("server", 101)
    certificate, key = certificate_for(host, SERVER)
    server = Meridian(host, f"server {UPSTREAM} iburst\nallow 192.168.43.0/24\nntsservercert {certificate}\n"
                            f"ntsserverkey {key}\nntsdumpdir {host.folder}/nts\n").start()
    wait_selected(server, UPSTREAM)
    lines = f"server {SERVER} iburst minpoll 0 maxpoll 0 nts xleave\nntstrustedcerts {certificate}\n"
    peer = Chrony(lan.lan_host("peer", 103), lines).start()
    client = Meridian(lan.lan_host("client", 102), lines).start()
    for suite in (peer, client):
        wait_selected(suite, SERVER)
        check(_auth(suite)[1] == "NTS" and _auth(suite)[2] == "1", f"authdata: {_auth(suite)}")
        eventually(lambda s=suite: _interleaves(s), 20, "NTS and interleaved mode go together")
        eventually(lambda s=suite: _auth(s)[8] == "8", 10, f"eight cookies: {_auth(suite)}")
    check(int(_field(server.ask("serverstats"), "Authenticated NTP packets")) > 0, server.ask("serverstats"))
    outsider = Meridian(lan.far_host("outsider", 7), lines).start()
    eventually(lambda: "No NTS keys from" in outsider.log(), 20, "who may not ask for time gets no keys")
    for role in ("nts", "server"):
        pids = _roles(server)[role]
        os.kill(pids[0], signal.SIGKILL)
        eventually(lambda r=role, p=pids: _is_replaced(_roles(server).get(r, []), p), 10,
                   f"the {role} role is back")
    # The keys outlive the server: cookies from before are taken after.
    check(oct(os.stat(f"{host.folder}/nts/ntskeys").st_mode & 0o777) == "0o600", "ntskeys is private")
    server.net.stop()
    server.start_net()
    wait_selected(server, UPSTREAM)
    time.sleep(3)
    for suite in (peer, client):
        wait_selected(suite, SERVER)
        check(_auth(suite)[2] == "1", f"no new keys were needed: {_auth(suite)}")


def _leap_list(path, leaps, expires):
    """A leap-seconds.list with these entries (Unix time, TAI - UTC); replaced as packages do it."""
    epoch = 2208988800
    entries = "".join(f"{when + epoch} {tai}\n" for when, tai in leaps)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(f"#$ {epoch + 1700000000}\n#@ {epoch + expires}\n{entries}")
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


ASK_LEAP = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
s.sendto(b'\\x23' + bytes(47), (sys.argv[1], 123)); print(s.recv(100)[0] >> 6)
"""


def _leap_zone(host, *leaps):
    """right/UTC as tzdata makes it, with leap seconds inserted before these moments (Unix time)."""
    said = [time.strftime("Leap\t%Y\t%b\t%d\t23:59:60\t+\tS", time.gmtime(when - 1)) for when in leaps]
    zones = os.path.join(host.folder, "zones")
    host.command(["zic", "-b", "fat", "-d", f"{zones}/right", "-L", host.write("leapseconds", "\n".join(said) + "\n"),
                  host.write("zone", "Zone\tUTC\t0\t-\tUTC\n")])
    return zones


def _leap_of_tonight():
    """The next midnight; after this one, if it is so near that it would come while a scenario runs."""
    left = 86400 - time.time() % 86400
    if left < 100:
        time.sleep(left + 1)
    return int(time.time()) // 86400 * 86400 + 86400


def leap_seconds_of_a_zone(lan):
    """leapsectz: the leap second of a zone's file is announced to clients and by clockd, and given up when it goes."""
    host = lan.lan_host("client", 102)
    midnight = _leap_of_tonight()
    start_upstream(lan.lan_host("upstream", 201))
    lan.command(["mount", "--bind", _leap_zone(host, 1483228800, midnight), "/usr/share/zoneinfo"])
    suite = Meridian(host, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\nallow\nleapsectz right/UTC\n").start()
    wait_selected(suite, UPSTREAM)
    eventually(lambda: _field(suite.ask("tracking"), "Leap status") == "Insert second", 20, "the leap of tonight is announced")
    said = host.output([program("syncctl"), "--rundir", suite.rundir, "clock"])
    check(_field(said, "Leap status") == "Insert second", f"clockd announces it as well: {said}")
    asker = lan.lan_host("asker", 103)

    def indicator():
        return asker.output(["/usr/bin/python3", "-c", ASK_LEAP, host.address]).strip()
    eventually(lambda: indicator() == "1", 10, f"clients are told: {indicator()}")
    _leap_zone(host, 1483228800)
    suite.ask("reload")
    eventually(lambda: _field(suite.ask("tracking"), "Leap status") == "Normal", 20, "and taken back with the zone's next edition")
    eventually(lambda: indicator() == "0", 10, f"clients are told that as well: {indicator()}")


def leap_seconds_are_read_again(lan):
    """leapseclist: another file is taken up without a restart by both who need it; an expired one said."""
    host = lan.lan_host("client", 102)
    path = os.path.join(host.folder, "leap-seconds.list")
    midnight = _leap_of_tonight()
    _leap_list(path, [(1483228800, 37)], midnight + 86400 * 90)
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(host, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\nallow\nleapseclist {path}\n").start()
    wait_selected(suite, UPSTREAM)
    check("Normal" in suite.ask("tracking"), suite.ask("tracking"))

    def helpers():   # of this clockd: the one that waits, then the one that reads, its child
        rows = [line.split() for line in host.command(["ps", "-C", "clockd-leaps", "-o", "pid=,ppid=,stat="],
                                                      check=False).stdout.splitlines()]
        living = {pid: parent for pid, parent, state in rows if state[0] != "Z"}
        return next(([living[pid], pid] for pid in living if living[pid] in living), None)

    def look_again():
        host.command(["kill", "-HUP", helper[1]])
        suite.ask("reload")
    helper = eventually(helpers, 10, "clockd's reader of the list runs")
    _leap_list(path, [(1483228800, 37), (midnight, 38)], midnight + 86400 * 90)
    look_again()
    eventually(lambda: "another one is announced" in suite.clockd.log(), 10, "clockd heard of it")
    eventually(lambda: "the file has changed and was read again" in suite.net.log(), 10, "ntpd-net did")
    eventually(lambda: re.search(r"^Leap status +: Insert second$", suite.ask("tracking"), re.M), 30,
               "the leap of tonight is announced")
    ask = [program("syncctl"), "--rundir", suite.rundir, "clock"]
    eventually(lambda: _field(host.output(ask), "Leap status") == "Insert second", 20, "clockd announces it as well")
    _leap_list(path, [(1483228800, 37)], int(time.time()) - 86400)
    look_again()
    eventually(lambda: "the list has expired" in suite.clockd.log(), 10, "clockd says that it has expired")
    eventually(lambda: "the list has expired" in suite.net.log(), 10, "ntpd-net says so")
    eventually(lambda: "none is announced" in suite.clockd.log(), 10, "and the leap is taken back")

    def is_mended():
        now = helpers()
        return now if now and now[1] != helper[1] else None

    def told():
        return re.findall(r"was read again: (.*) is announced", suite.clockd.log())
    # Whichever of the two is killed, somebody reads on, and knows what was told.
    for victim, change in ((1, "another one"), (0, "none"), (1, "another one")):
        host.command(["kill", "-KILL", helper[victim]])
        helper = eventually(is_mended, 10, f"a new pair after {helper} lost its {victim}")
        _leap_list(path, [(1483228800, 37), (midnight, 38)][:1 if change == "none" else 2], midnight + 86400 * 90)
        look_again()
        eventually(lambda: told()[-1] == change, 10, f"{change} after {victim} was killed: {suite.clockd.log()}")
    check(suite.clockd.log().count("was killed") == 2, suite.clockd.log())
    # A complaint is made once, and again when it was well in between.
    _leap_list(path, [(1483228800, 37)], int(time.time()) - 86400)
    for _ in range(2):
        look_again()
        eventually(lambda: suite.net.log().count("the list has expired") == 2, 10, f"said again: {suite.net.log()}")
    suite.clockd.stop()
    # Nobody here buries them: a zombie has ended.
    eventually(lambda: helpers() is None, 10, "they end with clockd")
