"""Claims about starting: other distributions' files unmodified, chronyd's options, configuration
lines as arguments, one-shot runs and what they end with, signals, the pid file."""
import glob
import json
import os
import re
import shutil
import signal
import socket
import time

import json_schema
from receivers import preload
from peers import CLOCK_USER, NET_USER, Meridian, program, selected, start_upstream, wait_selected
from world import check, eventually

UPSTREAM, CLIENT, NOBODY = "192.168.43.201", "192.168.43.102", "192.168.43.250"
STOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "conf", "stock")


def stock_configurations_start(lan):
    """The files of Debian, Ubuntu, Fedora, RHEL, SUSE, Arch, Amazon and the clouds start as they are."""
    host = lan.lan_host("client", 102)
    files = sorted(glob.glob(os.path.join(STOCK, "*.conf")))
    check(len(files) >= 11, f"only {len(files)} stock files")
    for path in files:
        name = os.path.basename(path)[:-5]
        copy = os.path.join(host.folder, os.path.basename(path))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o644)
        _starts(host, name, copy)


def _starts(host, name, path):
    folders = [os.path.join(host.folder, name, part) for part in ("run", "state")]
    for folder in folders:
        os.makedirs(folder)
    where = ["--rundir", folders[0], "--statedir", folders[1]]
    clockd = host.start(f"{name}-clockd", [program("clockd"), "-x", "-d", "-f", path, "-u", str(CLOCK_USER),
                                           "--feeder", str(NET_USER), *where])
    net = host.start(f"{name}-ntpd-net", [program("ntpd-net"), "-d", "-f", path, "-u", str(NET_USER), *where])
    socket = _control_socket(path) or os.path.join(folders[0], "ntpd-net", "control.sock")

    def activity():
        done = host.command([program("syncctl"), "-c", "-h", socket, "activity"], check=False)
        return [int(field) for field in done.stdout.strip().split(",")] if done.returncode == 0 else None
    counts = eventually(activity, 15, f"{name}: syncctl is answered")
    check(sum(counts) == _wanted(path), f"{name}: {counts} sources of {_wanted(path)}")
    eventually(lambda: "Connected to clockd" in net.log(), 10, f"{name}: the two programs meet")
    for process in (net, clockd):
        check(process.is_alive(), f"{name}: {process.name} lives")
        bad = [line for line in process.log().splitlines() if re.search(r"unknown|must be|needs [A-Z]", line)]
        check(not bad, f"{name}: a line was not understood: {bad}")
        process.stop()
        check(process.popen.returncode == 0, f"{name}: {process.name} ended with {process.popen.returncode}")


def _control_socket(path):
    with open(path, encoding="utf-8") as file:
        found = re.search(r"^bindcmdaddress\s+(/\S+)", file.read(), re.M)
    return found.group(1) if found else None


def _wanted(path):
    """Addresses that the file asks for; those with NTS may be refused, and are said so."""
    total = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words or words[0].lower() not in ("server", "pool", "peer") or ("nts" in words and not _has_nts()):
                continue
            most = int(words[words.index("maxsources") + 1]) if "maxsources" in words else 4
            total += most if words[0].lower() == "pool" else 1
    return total


def _has_nts():
    done = os.popen(f"{program('ntpd-net')} --check 'server nts.example nts' 2>&1").read()
    return "NTS is not offered" not in done


def _run(host, *words, seconds=40):
    begun = time.monotonic()
    done = host.command([program("ntpd-net"), "-u", str(NET_USER), *words], check=False, timeout=seconds)
    return done.returncode, done.stdout + done.stderr, time.monotonic() - begun


def one_shot_runs_end_as_scripts_expect(lan):
    """-Q, -q, -t: what is printed and what the exit code is, with and without an answer."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    eventually(lambda: _run(host, "-Q", f"server {UPSTREAM} iburst", "-t", "5")[0] == 0, 30, "the upstream serves")
    code, text, _ = _run(host, "-Q", f"server {UPSTREAM} iburst")
    check(code == 0 and re.search(r"System clock wrong by -?\d+\.\d{6} seconds \(ignored\)", text), f"-Q: {code} {text}")
    code, text, took = _run(host, "-Q", "-t", "3", f"server {NOBODY} iburst")
    check(code == 1 and "Timeout reached" in text and 2.5 < took < 15, f"-Q -t 3 at nobody: {code} {took:.1f} s {text}")
    rundir = f"{host.folder}/none"
    code, text, _ = _run(host, "-q", f"server {UPSTREAM} iburst", "--rundir", rundir)
    check(code == 1 and "nobody set the clock" in text, f"-q without clockd: {code} {text}")
    suite = Meridian(host, "# the clock's side\n")
    suite.start_clockd()
    eventually(lambda: os.path.exists(f"{suite.rundir}/clockd/clockd.sock"), 10, "clockd listens")
    code, text, _ = _run(host, "-q", f"server {UPSTREAM} iburst", "--rundir", suite.rundir)
    check(code == 0 and re.search(r"System clock wrong by -?\d+\.\d{6} seconds", text), f"-q: {code} {text}")
    code, text, took = _run(host, "-t", "9", "-d", f"server {UPSTREAM} iburst", "port 0", "cmdport 0",
                            "--rundir", suite.rundir, "--statedir", suite.statedir)
    check(code == 0 and "Timeout reached" in text and took >= 8.9, f"-t synchronised: {code} {took:.1f} s {text}")
    code, text, _ = _run(host, "-t", "2", "-d", f"server {NOBODY}", "port 0", "cmdport 0",
                         "--rundir", suite.rundir, "--statedir", suite.statedir)
    check(code == 1, f"-t not synchronised: {code} {text}")
    check(not os.path.exists(f"{suite.rundir}/ntpd-net/ntpd-net.pid"), "no pid file is left")


def daemon_options_work_as_chronyd_s(lan):
    """-p, -v, -h, -L, -l, -d -d, -4, -6, -n, -x, -s, -r, -R, -F, -m, -P, -U, and options that are wrong."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    part = host.write("part.conf", "server 192.0.2.1   iburst\n")
    whole = host.write("whole.conf", f"! a comment\n\ninclude {part}\nconfdir {host.folder}/none\nmakestep  1 3\n")
    code, text, _ = _run(host, "-p", "-f", whole)
    check((code, text) == (0, "server 192.0.2.1 iburst\nmakestep 1 3\n"), f"-p: {code} {text!r}")
    code, text, _ = _run(host, "-p", "server 192.0.2.1 ibrust")
    check(code == 2 and 'unknown option "ibrust", did you mean "iburst"?' in text, f"-p, wrong: {code} {text}")
    code, text, _ = _run(host, "-v")
    check(code == 0 and text.startswith("ntpd-net (meridian)"), f"-v: {text}")
    code, text, _ = _run(host, "--help")
    check(code == 0 and "--timeout" in text, f"--help: {text}")
    code, text, _ = _run(host, "--frobnicate")
    check(code == 2, f"an unknown option: {code} {text}")
    code, text, _ = _run(host, "-4", "-6", "-p")
    check(code == 2 and "exclude" in text, f"-4 -6: {code} {text}")
    base = [f"server {UPSTREAM} iburst", "port 0", "cmdport 0"]
    for number, options in enumerate((["-n", "-x", "-s", "-r", "-R", "-F", "1", "-U"], ["-n", "-m", "-P", "1", "-F", "2"],
                                      ["-d", "-F", "0", "-4"], ["-n", "-F", "-1"])):
        rundir, log = f"{host.folder}/run{number}", f"{host.folder}/log{number}"
        net = host.start(f"options{number}", [program("ntpd-net"), "-u", str(NET_USER), *options, "-l", log, "-L", "0",
                                              "--rundir", rundir, "--statedir", f"{rundir}/state", *base])
        ask = [program("syncctl"), "-c", "-h", f"{rundir}/ntpd-net/control.sock", "tracking"]
        eventually(lambda a=ask: host.command(a, check=False).stdout.strip().endswith(",Normal"), 20, f"{options}")
        with open(log, encoding="utf-8") as file:
            said = file.read()
        check("Selected source" in said, f"{options}: -l writes to the file")
        check(("clockd: " in said) == ("-x" not in options), f"{options}: with -x alone clockd is not looked for: {said}")
        wanted = (os.SCHED_FIFO, 1) if "-P" in options else (os.SCHED_OTHER, 0)
        with open(f"{rundir}/ntpd-net/ntpd-net.pid", encoding="ascii") as file:
            roles = _children(int(file.read()))
        seen = {(os.sched_getscheduler(pid), os.sched_getparam(pid).sched_priority) for pid in roles}
        check(seen == {wanted}, f"{options}: policy and priority of {len(roles)} roles: {seen}")
        net.stop()
        check(net.popen.returncode == 0, f"{options}: ended with {net.popen.returncode}")
    _ready_by_descriptor(host, base)
    _families(host, base)
    _severities(host, base)


def _ready_by_descriptor(host, base):
    """-N: one newline when it answers, as s6 and others want it; -m: the pages are locked."""
    rundir, script = f"{host.folder}/ready", "read -r line <&3; echo ready"
    net = host.start("ready", ["bash", "-c", f"exec 3< <({program('ntpd-net')} -u {NET_USER} -n -m -N 5 --rundir {rundir} "
                               f"--statedir {rundir}/state {' '.join(repr(line) for line in base)} 5>&1 >/dev/null); "
                               + script])
    eventually(lambda: "ready" in net.log(), 10, "-N writes a line when it is ready")
    check(os.path.exists(f"{rundir}/ntpd-net/control.sock"), "-N: the socket was there first")
    with open(f"{rundir}/ntpd-net/ntpd-net.pid", encoding="ascii") as file:
        supervisor = int(file.read())
    locked = [_locked(pid) for pid in _children(supervisor)]
    check(locked and all(size > 1000 for size in locked), f"-m: kB locked, a role each: {locked}")
    os.kill(supervisor, signal.SIGTERM)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(each) for each in file.read().split()]


def _locked(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmLck:\s+(\d+)", file.read()).group(1))


def _families(host, base):
    for option, family, lines in (("-6", "IPv4", base), ("-4", "IPv6", ["server ::1", *base[1:]])):
        rundir = f"{host.folder}/only{option}"
        net = host.start(f"only{option}", [program("ntpd-net"), "-u", str(NET_USER), "-d", option, "--rundir", rundir,
                                           "--statedir", f"{rundir}/state", *lines])
        ask = [program("syncctl"), "-c", "-h", f"{rundir}/ntpd-net/control.sock", "sources"]
        eventually(lambda r=rundir: os.path.exists(f"{r}/ntpd-net/control.sock"), 10, f"{option}: the control socket")
        time.sleep(3)
        rows = host.command(ask, check=False).stdout
        check("*" not in rows and "is not asked: its family" in net.log(), f"{option}: an {family} server is not asked: {rows}")
        net.stop()


def _severities(host, base):
    for level, has_info, has_warning in (("0", True, True), ("1", False, True), ("2", False, False)):
        rundir, log = f"{host.folder}/level{level}", f"{host.folder}/level{level}.log"
        net = host.start(f"level{level}", [program("ntpd-net"), "-u", str(NET_USER), "-n", "-L", level, "-l", log,
                                           "--rundir", rundir, "--statedir", f"{rundir}/state", "commandkey 1", *base])
        ask = [program("syncctl"), "-c", "-h", f"{rundir}/ntpd-net/control.sock", "tracking"]
        eventually(lambda a=ask: host.command(a, check=False).stdout.strip().endswith(",Normal"), 20, f"-L {level}")
        net.stop()
        with open(log, encoding="utf-8") as file:
            text = file.read() + net.log()
        check(("Selected source" in text) == has_info, f"-L {level}: information: {text}")
        check(("no longer supported" in text) == has_warning, f"-L {level}: warnings: {text}")


def _has_ended(pid):
    """Nobody in this world buries orphans: a dead one stays as a zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def signals_and_the_background(lan):
    """Without -n it is in the background when the command returns; TERM, INT and QUIT end it in peace."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"server {UPSTREAM} iburst\nport 0\ncmdport 0\n")
    pid_file = f"{suite.rundir}/ntpd-net/ntpd-net.pid"
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        code, text, took = _run(host, "-f", suite.configuration)
        check(code == 0 and took < 10, f"into the background: {code} {took:.1f} s {text}")
        check(os.path.exists(suite.socket), "its socket is there when the command returns")
        with open(pid_file, encoding="ascii") as file:
            pid = int(file.read())
        code, text, _ = _run(host, "-f", suite.configuration)
        check(not _has_ended(pid), f"a second one leaves the first alone: {code} {text}")
        eventually(lambda: selected(suite), 20, "it works there")
        os.kill(pid, number)
        eventually(lambda p=pid: _has_ended(p), 10, f"{number.name} ends it")
        check(not os.path.exists(pid_file) and not os.path.exists(suite.socket), f"{number.name}: nothing is left")
    wait_selected(suite.start_net() and suite, UPSTREAM)


def refusals_are_seen(lan):
    """`syncctl clock`: what clockd obeyed and refused, by name, as text and as JSON of the schema."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"server {UPSTREAM} iburst\n").start()
    wait_selected(suite, UPSTREAM)

    def clock():
        return json.loads(host.output([program("syncctl"), "--rundir", suite.rundir, "--json", "clock"]))

    eventually(lambda: clock()["values"]["obeyed"] > 0, 20, "estimates are obeyed")
    answer = clock()
    wrong = json_schema.faults(answer, json_schema.read_schema())
    check(answer["report"] == "clock" and not wrong, f"the schema says otherwise: {wrong}")
    before = answer["values"]
    check(before["state"] == "Synchronised" and before["dry_run"] is True, f"{before}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
        stranger.connect(f"{suite.rundir}/clockd/clockd.sock")
        stranger.send(b"nonsense")
        stranger.recv(64)
    eventually(lambda: clock()["values"]["hand_over"] == before["hand_over"] + 1, 10, "nonsense is counted")
    text = host.output([program("syncctl"), "--rundir", suite.rundir, "clock"])
    for line in ("State             : Synchronised", "Refused, budget   : 0", f"Refused, hand_over: {before['hand_over'] + 1}"):
        check(line in text, f"{line!r} is not in:\n{text}")


LIAR = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 123))
for i in range(1000):
    asked, who = s.recvfrom(2000)
    answer = bytes([0x24, 1, 6, 0xe9]) + bytes(4) + b"\\0\\0\\0\\1GPS\\0" + (asked[40:48] * 4)
    s.sendto(answer[:20], who)                                    # no answer at all
    s.sendto(answer[:24] + b"not asked" + answer[33:], who)       # somebody else's
"""

STRANGER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(bytes([0x1b]) + bytes(46), ("192.168.43.102", 123))
s.sendto(b"\\6\\1\\0\\0" + bytes(100), ("192.168.43.102", 323))
"""


def every_refusal_is_counted_by_name(lan):
    """A wrong answer, request, command, RTC, drift file and hand-over: each in `syncctl refusals`, and all still runs."""
    liar, stranger = lan.lan_host("liar", 201), lan.lan_host("stranger", 103)
    liar.start("liar", ["/usr/bin/python3", "-c", LIAR])
    host = lan.lan_host("client", 102)
    drift = host.write("drift", "fast, rather\n")
    suite = Meridian(host, f"server {UPSTREAM} iburst\nallow\nlocal\nbindcmdaddress 192.168.43.102\n"
                           f"driftfile {drift}\nrtcdevice /dev/fake-rtc\n").start()

    def start_rtcd(name, **fakes):
        return host.start(name, [program("rtcd"), "-x", "-d", "-f", suite.configuration, "-u", str(CLOCK_USER + 2)],
                          {**preload("fake_devices"), **fakes})

    def ask(*words):   # of its own machine
        return host.output([program("syncctl"), "--rundir", suite.rundir, *words])

    def counted():
        answer = json.loads(ask("--json", "refusals"))
        wrong = json_schema.faults(answer, json_schema.read_schema())
        check(answer["report"] == "refusals" and not wrong, f"the schema says otherwise: {wrong}")
        return {(row["program"], row["what"], row["reason"]): row["count"] for row in answer["rows"]}
    rtcd = start_rtcd("low", FAKE_LOW_BATTERY="1")
    stranger.command(["/usr/bin/python3", "-c", STRANGER])
    host.command([program("syncctl"), "-h", "192.168.43.102", "serverstats"], check=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as nobody:
        nobody.connect(f"{suite.rundir}/clockd/clockd.sock")
        nobody.send(b"nonsense")
        nobody.recv(64)
    expected = [("ntpd-net", "answer", "malformed"), ("ntpd-net", "answer", "bogus"),
                ("ntpd-net", "request", "short_datagram"), ("ntpd-net", "command", "denied"),
                ("ntpd-net", "driftfile", "no_numbers"), ("clockd", "estimate", "hand_over"),
                ("rtcd", "RTC", "low_battery")]
    for row in expected:
        eventually(lambda row=row: counted().get(row, 0) >= 1, 20, f"{row} is counted, of {counted()}")
    check(counted()[expected[-1]] == counted()[expected[4]] == 1, f"once each: {counted()}")
    rtcd.stop()
    rtcd = start_rtcd("old", FAKE_AHEAD_NS=str(-40 * 365 * 86400 * 10**9))
    eventually(lambda: counted().get(("rtcd", "RTC", "too_old")) == 1, 10, f"1986 is refused: {rtcd.log()}")
    check("refused, that is before 2025" in rtcd.log(), rtcd.log())
    check("Could not read valid frequency and skew from driftfile" in suite.net.log(), suite.net.log())
    text = ask("refusals")
    for line in ("Program   What       Reason                Count", "ntpd-net  driftfile  no_numbers                1",
                 "rtcd      RTC        too_old                   1"):
        check(line in text, f"{line!r} is not in:\n{text}")
    for process in (suite.net, suite.clockd, rtcd):
        check(process.is_alive(), f"{process.name} lives")


def measurements_survive_a_restart(lan):
    """dumpdir and -r: a restarted daemon knows the time before it has asked anybody; without -r, and
    after another boot of the clock, it does not. `dump` writes while it runs."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    folder = os.path.join(host.folder, "dumps")
    file = os.path.join(folder, "measurements")
    lines = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\ndumpdir {folder}\ncmdport 0\n"

    def samples(suite):
        rows = suite.ask("-c", "sourcestats", code=None).splitlines()
        return int(rows[0].split(",")[1]) if rows else 0

    def again(name, *options):
        host.connect()
        suite = Meridian(host, lines, name, options=options).start(clock=False)
        eventually(lambda: samples(suite) >= 12, 30, f"{name}: a dozen samples")
        suite.ask("dump")
        eventually(lambda: os.path.exists(file), 5, "dump writes the file")
        os.unlink(file)
        for pid in _children(suite.net.popen.pid):   # as systemd does it: every process, in any order
            os.kill(pid, signal.SIGTERM)
        suite.net.stop()
        check(os.path.exists(file), "the end writes the file")
        check(os.stat(file).st_uid == 62001 and os.stat(file).st_mode & 0o007 == 0, "it is ntpd-net's alone")
        host.disconnect()
    again("first")
    suite = Meridian(host, lines, "with", options=["-r"]).start(clock=False)
    eventually(lambda: UPSTREAM in suite.ask("-c", "tracking", code=None), 5, "it knows the time without a network")
    check(samples(suite) >= 12, suite.ask("sourcestats"))
    check(not os.path.exists(file), "the file is removed once it was read")
    suite.net.stop()
    check(os.path.exists(file), "what was taken over is kept again")
    with open(file, encoding="ascii") as text:
        content = text.read()
    with open(file, "w", encoding="ascii") as text:
        text.write(content.replace("meridian-dump-1 1", "meridian-dump-1 2", 1))
    suite = Meridian(host, lines, "other", options=["-r"]).start(clock=False)
    eventually(lambda: "rest on another clock" in suite.log(), 5, "another boot's measurements are refused")
    check(samples(suite) == 0 and not os.path.exists(file), suite.ask("sourcestats"))
    suite.net.stop()
    again("second")
    suite = Meridian(host, lines, "without").start(clock=False)
    eventually(lambda: samples(suite) == 0 and not os.path.exists(file), 5, "without -r it begins anew")
    suite.net.stop()


def lines_about_the_process(lan):
    """lock_all, sched_priority and logchange: locked pages, SCHED_FIFO and a line in the log; none without them."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    base = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\ncmdport 0\n"

    def started(name, lines):
        suite = Meridian(host, base + lines, name).start(clock=False)
        wait_selected(suite, UPSTREAM)
        with open(f"/proc/{suite.net.pid}/task/{suite.net.pid}/children", encoding="ascii") as file:
            roles = [int(pid) for pid in file.read().split()]
        return suite, roles
    plain, roles = started("plain", "")
    check(roles and not any(_locked(pid) for pid in roles), "nothing is locked")
    check(all(os.sched_getscheduler(pid) == os.SCHED_OTHER for pid in roles), "ordinary scheduling")
    time.sleep(2)
    check("System clock wrong by" not in plain.log(), "microseconds are no news")
    plain.net.stop()
    suite, roles = started("lines", "lock_all\nsched_priority 7\nlogchange 0.000000001\n")
    check(roles and all(_locked(pid) > 1000 for pid in roles), f"lock_all: {[_locked(pid) for pid in roles]}")
    for pid in roles:
        check((os.sched_getscheduler(pid), os.sched_getparam(pid).sched_priority) == (os.SCHED_FIFO, 7), "sched_priority")
    eventually(lambda: "System clock wrong by" in suite.log(), 10, "logchange: a nanosecond is news")
    suite.net.stop()
