"""Claims about hardware reference clocks: the real refclockd behind its filter, fed by Debian's
gpsd, by segments and datagrams of our own, and by devices that a preloaded library stands in
for; ntpd-net and syncctl as users see them. Clocks stay untouched."""
import os
import re
import socket
import stat
import time

from peers import CLOCK_USER, Chrony, Meridian, program, start_upstream, wait_selected
from receivers import Feeder, GpsFake, Receiver, Segment, preload, sock_message, start_gpsd
from references import has, offset_of, rows_of, shows, start_refclockd
from world import check, eventually

UPSTREAM = "192.168.43.201"


def _same_columns(suite, *words):
    """The real chronyc prints the same, but for digits that moved in between."""
    def shape(text):
        return [re.sub(r"\s*[-+]?\s*\d[\d.]*(?:[num]?s|[mhdy])?", lambda found: "#" * len(found.group()), line)
                for line in text.splitlines()]
    ours, theirs = suite.ask(*words), suite.chronyc(*words)
    check(shape(ours) == shape(theirs), f"{words}:\n{ours}\n{theirs}")


def gpsd_over_shm_and_sock(lan):
    """Debian's gpsd: its messages over SHM, its pulse over SOCK and SHM; the pulse is selected."""
    def feed(host):
        return start_gpsd(host, Receiver("/run/ttyGPS"))
    _gpsd_is_selected(lan, feed)


def gpsfake_over_shm_and_sock(lan):
    """The same with gpsd's own fake receiver, gpsfake, which starts its gpsd itself."""
    _gpsd_is_selected(lan, lambda host: GpsFake(host).process)


def _gpsd_is_selected(lan, feed):
    host = lan.lan_host("client", 102)
    suite = Meridian(host, """
refclock SHM 0 refid GPS offset 0.120 delay 0.1 poll 2 noselect
refclock SHM 1 refid PPS poll 2 dpoll -1
refclock SOCK /run/chrony.ttyGPS.sock refid SOCK poll 2 prefer
""").start()
    start_refclockd(suite)   # before gpsd, which looks for the socket when it opens its receiver
    gpsd = feed(host)
    has(suite, "SOCK", "*", 60)
    for name in ("GPS", "PPS", "SOCK"):
        shows(suite, name, 0, 0.06, 60)   # a busy machine hears its pulse late; a wrong second is 1
        row = rows_of(suite)[name]
        check(row[0] == "#" and row[3] == "0" and row[4] == "2", f"a reference of stratum 0, poll 2: {row}")
    has(suite, "SOCK", "*", 20)
    check(rows_of(suite)["GPS"][1] != "*", "`noselect` holds")
    lines = suite.ask("sources").splitlines()
    check(any(re.match(r"#\* SOCK {20,} 0   2 ", line) for line in lines), f"the selected line: {lines}")
    tracking = suite.ask("tracking")
    check(re.search(r"^Reference ID    : 534F434B \(SOCK\)$", tracking, re.M), tracking)
    check(re.search(r"^Stratum         : 1$", tracking, re.M), tracking)
    eventually(lambda: all(int(row[1]) >= 4 for row in rows_of(suite, "sourcestats").values()), 30,
               "sourcestats counts samples of each")
    for words in (["sources"], ["sourcestats"], ["selectdata"]):
        _same_columns(suite, *words)
    check(gpsd.is_alive(), f"gpsd lives: {gpsd.log()}")


def drivers_and_their_options(lan):
    """PPS, PHC and RTC by devices that a library stands in for: every option of the drivers."""
    ahead = 250e-6   # the references, of our clock: we show -ahead
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"""
refclock SOCK {host.folder}/base.sock:perm=0620 refid BASE poll 1 prefer
refclock PPS /dev/fake-pps refid PPSA poll 2 dpoll -1 noselect
refclock PPS /dev/fake-pps:clear refid PPSC poll 2 dpoll -1 offset 0.2 noselect
refclock PHC /dev/fake-ptp refid PHCX poll 2 noselect
refclock PHC /dev/fake-ptp:nocrossts refid PHCN poll 2 noselect
refclock PHC /dev/fake-ptp:extpps:pin=2:channel=1 refid PHCP poll 2 noselect
refclock PHC /dev/fake-ptp:extpps:pin=2:channel=1:clear refid PHCC poll 2 offset 0.2 noselect
refclock PHC /dev/fake-ptp:extpps:pin=3:channel=0 refid PHCW poll 2 noselect
refclock RTC /dev/fake-rtc:utc refid RTC0 poll 2 noselect
refclock SHM 5:perm=0660 refid SHM5 poll 2 noselect
""").start()
    start_refclockd(suite, {**preload("fake_devices"), "FAKE_AHEAD_NS": str(round(ahead * 1e9)),
                             "FAKE_WIRED_PIN": "2"})
    feeder = Feeder(f"{host.folder}/base.sock", lambda now: sock_message(ahead, now))
    has(suite, "BASE", "*", 30)
    for name in ("BASE", "PPSA", "PPSC", "PHCX", "PHCP", "PHCC"):
        shows(suite, name, -ahead, 100e-6)
    shows(suite, "PHCN", -ahead - 2e-3, 100e-6)   # `nocrossts` took the other way
    shows(suite, "RTC0", -ahead, 20e-3)           # as late as we are woken
    check(offset_of(suite, "PHCW") is None, "a pin without a pulse is never heard")
    check(stat.S_IMODE(os.stat(f"{host.folder}/base.sock").st_mode) == 0o620, "SOCK's permission")
    with open("/proc/sysvipc/shm", encoding="ascii") as table:
        segments = {int(line.split()[0]) & 0xffffffff: line.split() for line in table.readlines()[1:]}
    check(segments[0x4e545035][2] == "660", f"SHM's permission: {segments}")
    feeder.stop()


def a_reference_survives_a_restart(lan):
    """dumpdir and -r: the time of a reference clock is known before it spoke again, by its refid; another
    line's refid does not inherit it."""
    host = lan.lan_host("client", 102)
    folder = os.path.join(host.folder, "dumps")

    def lines(refid):
        return f"refclock SOCK {host.folder}/base.sock refid {refid} poll 0\ndumpdir {folder}\ncmdport 0\n"
    suite = Meridian(host, lines("BASE"), "first").start(clock=False)
    refclockd = start_refclockd(suite)
    feeder = Feeder(f"{host.folder}/base.sock", lambda now: sock_message(0, now))
    has(suite, "BASE", "*", 30)
    eventually(lambda: int(rows_of(suite, "sourcestats")["BASE"][1]) >= 8, 20, "eight samples")
    feeder.stop()
    suite.net.stop()
    refclockd.stop()
    with open(f"{folder}/measurements", encoding="ascii") as file:
        check("\nsource refid:42415345 " in file.read(), "the dump names the refid as chronyd's files do")
    suite = Meridian(host, lines("BASE"), "again", options=["-r"]).start(clock=False)
    eventually(lambda: "(BASE)" in suite.ask("tracking", code=None), 5, "it knows the time without refclockd")
    check(int(rows_of(suite, "sourcestats")["BASE"][1]) >= 8, suite.ask("sourcestats"))
    suite.net.stop()
    suite = Meridian(host, lines("ELSE"), "other", options=["-r"]).start(clock=False)
    eventually(lambda: "Measurements of the last run" in suite.log(), 5, "the dump was read")
    check(int(rows_of(suite, "sourcestats")["ELSE"][1]) == 0, suite.ask("sourcestats"))
    suite.net.stop()


def minsamples_are_kept(lan):
    """minsamples: so many of the newest measurements are in the dump, of a server, of a reference clock, and
    by the directive; 64 without."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)

    def kept(name, lines, *expected):
        folder = os.path.join(host.folder, f"dumps-{name}")
        suite = Meridian(host, f"{lines}\ndumpdir {folder}\n", name).start(clock=False)
        refclockd = start_refclockd(suite) if "refclock" in lines else None

        def counts():
            suite.ask("dump", code=None)
            if not os.path.exists(f"{folder}/measurements"):
                return ()
            with open(f"{folder}/measurements", encoding="ascii") as file:
                return tuple(len(part.splitlines()) - 1 for part in file.read().split("\nsource ")[1:])
        eventually(lambda: counts() == expected, 60, f"{name}: {expected} are kept", 0.5)
        time.sleep(2)   # 16 more
        check(counts() == expected, f"{name}: and no more: {counts()}")
        suite.net.stop()
        if refclockd:
            refclockd.stop()
    fast = "minpoll -3 maxpoll -3"
    feeders = [Feeder(f"{host.folder}/{name}.sock", lambda now: sock_message(0, now), every=0.06) for name in "ab"]
    kept("options", f"""server {UPSTREAM} {fast} minsamples 90
refclock SOCK {host.folder}/a.sock refid MORE poll -3 dpoll -4 minsamples 80
refclock SOCK {host.folder}/b.sock refid LESS poll -3 dpoll -4""", 90, 80, 64)
    kept("directive", f"server {UPSTREAM} {fast}\nminsamples 100", 100)
    for feeder in feeders:
        feeder.stop()


def both_edges_and_width(lan):
    """A card that stamps both edges of a pulse: with `width` the rising ones alone count."""
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"""
refclock SOCK {host.folder}/base.sock refid BASE poll 1 prefer
refclock PHC /dev/fake-ptp:extpps:pin=2 refid BOTH poll 2 width 0.2 noselect
refclock PHC /dev/fake-ptp:extpps:pin=2 refid NONE poll 2 noselect
""").start()
    start_refclockd(suite, {**preload("fake_devices"), "FAKE_WIRED_PIN": "2", "FAKE_BOTH_EDGES": "1"})
    feeder = Feeder(f"{host.folder}/base.sock", lambda now: sock_message(0, now))
    has(suite, "BASE", "*", 30)
    shows(suite, "BOTH", 0, 100e-6)
    error = float(rows_of(suite)["BOTH"][9])
    check(error < 1e-3, f"the falling edge is not in it: {error} s")
    # The median of a few looks may lie on one kind of edge for a sample or two.
    eventually(lambda: abs(offset_of(suite, "NONE") or 0) > 1e-3 or float(rows_of(suite)["NONE"][9]) > 1e-3, 40,
               "without `width` both edges mix")
    feeder.stop()


def refclock_options(lan):
    """poll, stratum, delay, precision, offset, prefer, noselect, trust, require, maxdispersion, pps
    and lock of a `refclock` line: each changes what the reports say."""
    host = lan.lan_host("client", 102)
    paths = {name: f"{host.folder}/{name}.sock" for name in "abcdefg"}
    suite = Meridian(host, f"""
refclock SOCK {paths['a']} refid AAAA poll 1
refclock SOCK {paths['b']} refid BBBB poll 3 stratum 4 delay 0.02 offset 0.003 noselect
refclock SOCK {paths['c']} refid CCCC poll 1 precision 0.001 trust
refclock SOCK {paths['d']} poll 1 prefer
refclock SOCK {paths['e']} refid EEEE poll 1 require
refclock SOCK {paths['f']} refid FFFF poll 1 pps lock AAAA noselect
refclock SOCK {paths['g']} refid GGGG poll 1 maxdispersion 0.0001 noselect
""").start()
    refclockd = start_refclockd(suite)
    noise = iter(range(10**9))
    feeders = [Feeder(paths[name], lambda now: sock_message(0, now)) for name in "abcde"]
    feeders.append(Feeder(paths["f"], lambda now: sock_message(7, now)))   # a pulse: 7 s mean nothing
    feeders.append(Feeder(paths["g"], lambda now: sock_message(next(noise) * 3 % 7 * 1e-3, now)))
    has(suite, "SOC3", "*", 40)   # the name of the fourth line without `refid`; `prefer`
    shows(suite, "BBBB", -0.003, 500e-6)
    rows = rows_of(suite)
    check(rows["BBBB"][3] == "4" and rows["BBBB"][4] == "3", f"stratum 4, poll 3: {rows['BBBB']}")
    check(float(rows["BBBB"][9]) >= 0.01, f"half of `delay` is in the error: {rows['BBBB']}")
    check(float(rows["CCCC"][9]) >= 0.001, f"`precision` is in the error: {rows['CCCC']}")
    check(float(rows["AAAA"][9]) < 0.001, f"without either it is small: {rows['AAAA']}")
    shows(suite, "FFFF", 0, 500e-6)
    letters = {row[1]: row[3] for row in (line.split() for line in suite.ask("selectdata").splitlines()[2:])}
    options = {"BBBB": "N", "CCCC": "T", "SOC3": "P", "EEEE": "R"}
    check(all(letter in letters[name] for name, letter in options.items()), f"selectdata's options: {letters}")
    for feeder in feeders:
        feeder.stop()
    refclockd.stop()
    # `maxdispersion`: what passes has one look or two, of which nobody can say how noisy they are.
    check(re.search(r"g\.sock: \d+ looks, [0-3] samples; refused [1-9]", refclockd.log()), refclockd.log())


def a_reference_beside_the_network(lan):
    """A reference wins over a server beside it; when it falls silent the server takes over."""
    upstream = start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    path = f"{host.folder}/clock.sock"
    suite = Meridian(host, f"server {UPSTREAM} iburst minpoll 1 maxpoll 2\n"
                           f"refclock SOCK {path} refid ATOM poll 1\n").start()
    wait_selected(suite, UPSTREAM)
    start_refclockd(suite)
    feeder = Feeder(path, lambda now: sock_message(0, now))
    has(suite, "ATOM", "*", 40)
    check(rows_of(suite)[UPSTREAM][1] in "+-", f"the server is a second opinion: {suite.ask('sources')}")
    tracking = suite.ask("-c", "tracking").split(",")
    check(tracking[0] == "41544F4D" and tracking[2] == "1", f"we are stratum 1 by ATOM: {tracking}")
    feeder.stop()
    has(suite, UPSTREAM, "*", 60)
    check(upstream.net.is_alive(), "the server was there all the time")


def nonsense_from_a_feeder(lan):
    """Datagrams of every other size and with NaN, a segment with rubbish: counted, never believed."""
    host = lan.lan_host("client", 102)
    path = f"{host.folder}/clock.sock"
    suite = Meridian(host, f"refclock SOCK {path} refid SOCK poll 1\nrefclock SHM 3 refid SHM3 poll 1\n").start()
    refclockd = start_refclockd(suite)
    segment = Segment(3)
    out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    good = sock_message(0)
    now = time.time_ns()
    for size in (*range(1, 40), *range(41, 90)):
        out.sendto((good * 3)[:size], path)
    for offset in (float("nan"), float("inf"), -1e300):
        out.sendto(sock_message(offset), path)
    for second in range(4):
        segment.write(now, now, leap=9 + second)
        time.sleep(1.1)
    check(offset_of(suite, "SOCK") is None and offset_of(suite, "SHM3") is None, suite.ask("sources"))
    feeder = Feeder(path, lambda at: sock_message(0, at))
    has(suite, "SOCK", "*", 30)
    feeder.stop()
    refclockd.stop()
    check(re.search(r"clock\.sock: \d+ looks, [1-9]\d* samples; refused \d+, malformed 91,", refclockd.log()),
          refclockd.log())
    check(re.search(r"refclock 3: 0 looks, 0 samples; refused 0, malformed [2-4],", refclockd.log()), refclockd.log())


def _log(path):
    """(headings, rows) of a log file; None before there are some, with a sample's among refclocks'."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    rows = [line for line in lines if line[:1].isdigit()]
    if len(rows) < 3 or path.endswith("refclocks.log") and not any(" - " in row for row in rows):
        return None
    return [line for line in lines if line.startswith("   Date")], rows


def logs_of_references(lan):
    """refclocks.log and tempcomp.log have the columns of a real chronyd's: looks, samples, degrees."""
    def ends(row):   # of each field; the refid stands at the left of its column
        return [match.start() if number == 2 else match.end()
                for number, match in enumerate(re.finditer(r"\S+", row))]
    rows = {}
    for number, kind in ((102, Meridian), (103, Chrony)):
        host = lan.lan_host(kind.__name__.lower(), number)
        folder = os.path.join(host.folder, "logs")
        os.makedirs(folder)
        os.chmod(folder, 0o777)
        sensor = host.write("degrees", "21500\n")
        suite = kind(host, f"""
refclock SOCK {host.folder}/base.sock refid BASE poll 1 dpoll -1 precision 1e-6 offset 0.001
tempcomp {sensor} 1 20000 1 0.001 0
log refclocks tempcomp
logdir {folder}
""").start()
        if kind is Meridian:
            start_refclockd(suite)
        feeder = Feeder(f"{host.folder}/base.sock", lambda now: sock_message(250e-6, now))
        for name in ("refclocks", "tempcomp"):
            rows.setdefault(name, []).append(
                eventually(lambda at=f"{folder}/{name}.log": _log(at), 30, f"rows in {folder}/{name}.log"))
        feeder.stop()
    for name, (ours, theirs) in rows.items():
        check(ours[0][0] == theirs[0][0], f"headings of {name}:\n{ours[0]}\n{theirs[0]}")
        for is_sample in ((False, True) if name == "refclocks" else (False,)):
            mine, other = ([row for row in log[1] if (" - " in row) == is_sample] for log in (ours, theirs))
            check(mine and other, f"{name}: {ours}\n{theirs}")
            check(ends(mine[-1]) == ends(other[-1]), f"columns of {name}:\n{mine[-1]}\n{other[-1]}")
    check(rows["tempcomp"][0][1][-1].split()[2:] == rows["tempcomp"][1][1][-1].split()[2:] ==
          ["2.1500e+04", "2.5000e+00"], f"{rows['tempcomp']}")
    fields = [row.split() for row in rows["refclocks"][0][1]]
    looks = [(float(row[6]), float(row[7])) for row in fields if row[5] == "0"]
    check(all(abs(raw - 250e-6) < 50e-6 and abs(cooked - 1.25e-3) < 50e-6 for raw, cooked in looks), f"{fields}")
    check([row[3] for row in fields if row[5] == "0"][:1] == ["0"] and "1" in [row[3] for row in fields], f"{fields}")


def cyclelogs_of_references(lan):
    """cyclelogs, syncctl's or chronyc's, has refclockd and rtcd open their logs again behind their doors."""
    host = lan.lan_host("client", 102)
    folder = os.path.join(host.folder, "logs")
    os.makedirs(folder)
    os.chmod(folder, 0o777)   # refclockd and rtcd make files there as their users
    suite = Meridian(host, f"""
refclock SOCK {host.folder}/base.sock refid BASE poll 1 dpoll -1
rtcfile {host.folder}/rtc
rtcdevice /dev/fake-rtc
log refclocks rtc
logdir {folder}
""").start()
    refclockd = start_refclockd(suite)
    rtcd = host.start("rtcd", [program("rtcd"), "-x", "-d", "-f", suite.configuration, "-u", str(CLOCK_USER + 2)],
                      preload("fake_devices"))
    feeder = Feeder(f"{host.folder}/base.sock", lambda now: sock_message(0, now))
    files = [f"{folder}/refclocks.log", f"{folder}/rtc.log"]
    eventually(lambda: _log(files[0]) and os.path.exists(files[1]), 30, "both logs are there")
    os.rename(files[1], f"{files[1]}.first")

    def is_told():   # asked until ntpd-net has found both daemons
        check(suite.ask("cyclelogs").strip() == "200 OK", "cyclelogs")
        return os.path.exists(files[1])
    eventually(is_told, 20, "a fresh rtc.log")
    for number, ask in enumerate((suite.ask, suite.chronyc)):
        for path in files:
            os.rename(path, f"{path}.{number}")
        check(ask("cyclelogs").strip() == "200 OK", "cyclelogs")
        eventually(lambda: all(map(os.path.exists, files)), 10, f"fresh files in {folder}")
        headings, rows = eventually(lambda: _log(files[0]), 20, "rows in the fresh refclocks.log")
        check(len(headings) == 1 and rows, f"a heading comes first: {headings}")
        time.sleep(1)
        size = os.path.getsize(f"{files[0]}.{number}")
        time.sleep(2)
        check(os.path.getsize(f"{files[0]}.{number}") == size, "nothing is written into the old file any more")
    # A folder that is shut: the rows go on where they went, a line says so, and everybody lives.
    os.chmod(folder, 0o755)
    os.rename(files[0], f"{files[0]}.kept")
    suite.ask("cyclelogs")
    eventually(lambda: "cannot open" in refclockd.log(), 10, f"a line about it: {refclockd.log()}")
    size = os.path.getsize(f"{files[0]}.kept")
    eventually(lambda: os.path.getsize(f"{files[0]}.kept") > size, 10, "rows go on in the old file")
    check(refclockd.is_alive() and rtcd.is_alive(), refclockd.log() + rtcd.log())
    feeder.stop()
