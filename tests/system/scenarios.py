"""The claims about the suite among real hosts and real peers; each function is one ctest.
Clocks stay untouched: clockd runs dry, every process lacks CAP_SYS_TIME."""
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

import promises
from peers import (CLOCK_USER, NET_USER, Chrony, Meridian, certificate_for, peer, program, selected, start_ntpsec,
                   start_openntpd, start_upstream, wait_selected)
from scenarios_keys import SAMBA, windows_answer
from world import Failed, Skip, check, eventually

SERVER, CLIENT, UPSTREAM = "192.168.43.101", "192.168.43.102", "192.168.43.201"
SERVER_CONFIGURATION = f"server {UPSTREAM} iburst\nallow 192.168.43.0/24\nlocal stratum 10\n"
CLIENT_CONFIGURATION = f"server {SERVER} iburst\n"


def _two_hosts(lan, server=Meridian, client=Meridian):
    """The tutorial's three machines, started: upstream, server, client."""
    upstream = start_upstream(lan.lan_host("upstream", 201))
    serving = server(lan.lan_host("server", 101), SERVER_CONFIGURATION).start()
    wait_selected(serving, UPSTREAM)
    asking = client(lan.lan_host("client", 102), CLIENT_CONFIGURATION).start()
    wait_selected(asking, SERVER)
    return upstream, serving, asking


def tutorial(lan):
    """The tutorial: a server with `local stratum 10`, a client, every report of the story."""
    _, _, client = _two_hosts(lan)
    rows = client.ask("sources").splitlines()
    check(rows[0].startswith("MS Name/IP address         Stratum Poll Reach LastRx Last sample"),
          f"the title of sources: {rows[0]}")
    check(rows[1] == "=" * 79 and len(rows[0]) == 79, "the ruler is as long as the title, 79 columns")
    check(any(row.startswith("^* 192.168.43.101 ") for row in rows), f"no ^* line in {rows}")
    stats = client.ask("sourcestats").splitlines()
    check(stats[0] == "Name/IP Address            NP  NR  Span  Frequency  Freq Skew  Offset  Std Dev",
          f"the title of sourcestats: {stats[0]}")
    check(stats[2].startswith("192.168.43.101 "), f"the row of sourcestats: {stats}")
    tracking = client.ask("tracking")
    check(re.search(r"^Reference ID    : C0A82B65 \(192\.168\.43\.101\)$", tracking, re.M), tracking)
    check(re.search(r"^Stratum         : 3$", tracking, re.M), tracking)
    check(re.search(r"^Leap status     : Normal$", tracking, re.M), tracking)
    eventually(lambda: "\n1 sources online\n" in client.ask("activity"), 20,
               "activity counts one source online, once its burst has ended")
    verbose = client.ask("sourcestats", "-v").splitlines()
    check(verbose[-len(stats):] == stats or verbose[-2].startswith("==="), "-v adds a legend above")
    _ntpdate_shape(client.host)


def _ntpdate_shape(host):
    lines = host.output([program("ntpdate"), "-q", SERVER]).splitlines()
    check(re.fullmatch(r"server 192\.168\.43\.101, stratum 2, offset [+-]?\d+\.\d{6}, delay \d+\.\d{5}",
                       lines[0]), f"ntpdate -q: {lines}")
    check(re.search(r"ntpdate\[\d+\]: adjust time server 192\.168\.43\.101 offset [+-]?0\.00\d{4} sec$",
                    lines[-1]), f"ntpdate -q: {lines}")


def real_chronyd_as_the_server(lan):
    """Our client follows a real chronyd that runs the tutorial's server configuration."""
    _, _, client = _two_hosts(lan, server=Chrony)
    check(client.ask("-c", "tracking").split(",")[2] == "3", "we are one stratum below chronyd")


def real_chronyd_as_the_client(lan):
    """A real chronyd follows our server and says Normal."""
    _, _, client = _two_hosts(lan, client=Chrony)
    tracking = client.ask("-c", "tracking").strip().split(",")
    check(tracking[2] == "3" and tracking[-1] == "Normal", f"chronyd's tracking: {tracking}")
    tests = re.search(r"^NTP tests\s*: (.*)$", client.ask("ntpdata"), re.M).group(1)
    check(tests == "111 111 1111", f"chronyd's tests of our packets: {tests}")


def _same_shape(one, other, report):
    """Two reports agree but for what moves while they are asked (digits) and for the wording of
    a legend, which is everybody's own: from the title on they have the same columns."""
    texts = []
    for text in (one, other):
        lines = text.splitlines()
        titles = [number for number, line in enumerate(lines) if line.startswith(("MS Name", "Name/IP"))]
        texts.append(lines[titles[0]:] if titles else lines)
    shapes = [[re.sub(r" +", " ", re.sub(r"[-+]?\s*\d[\d.]*(?:[num]?s|[mhdy])?", "#", line)) for line in lines]
              for lines in texts]
    check(shapes[0] == shapes[1], f"{report} differs:\n{one}\n{other}")
    check([len(line) for line in texts[0]] == [len(line) for line in texts[1]],
          f"{report}: columns differ:\n{one}\n{other}")


def _compare_clients(ours, theirs):
    for words in (["sources"], ["sourcestats"], ["tracking"], ["activity"], ["ntpdata"],
                  ["-c", "sources"], ["-c", "tracking"], ["sources", "-v"], ["sourcestats", "-v"]):
        one, other = ours(*words), theirs(*words)
        if "-c" in words:   # fields have no width
            check(one.count(",") == other.count(","), f"fields of {words}:\n{one}\n{other}")
        elif words == ["ntpdata"]:
            labels = [[line.split(":")[0] for line in text.splitlines()] for text in (one, other)]
            known = [label for label in labels[0] if label in labels[1]]
            check(known == labels[1] and len(known) > 25,
                  f"labels of ntpdata:\n{one}\n{other}")   # chronyc 4.3 lacks the later lines
        else:
            _same_shape(one, other, " ".join(words))


def chronyc_reads_our_daemon(lan):
    """The real chronyc reads our daemon and prints what syncctl prints."""
    _, _, client = _two_hosts(lan)
    _compare_clients(client.ask, client.chronyc)
    over_udp = client.host.output([peer("chrony", "usr/bin/chronyc"), "-n", "-h", "127.0.0.1", "tracking"])
    check("Normal" in over_udp, f"tracking over UDP 323: {over_udp}")


def syncctl_reads_a_real_chronyd(lan):
    """syncctl reads a real chronyd and prints what chronyc prints."""
    _, server, _ = _two_hosts(lan, server=Chrony, client=Chrony)

    def ours(*words):
        return server.host.output([program("syncctl"), "-n", "-h", server.socket, *words])
    for words in (["sources"], ["sourcestats"], ["tracking"], ["activity"], ["sources", "-v"]):
        _same_shape(ours(*words), server.ask(*words), " ".join(words))


def ntpsec_as_upstream(lan):
    """Our client follows NTPsec."""
    ntpsec = start_ntpsec(lan.lan_host("upstream", 201))
    client = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst\n").start()
    row = wait_selected(client, UPSTREAM, 60)
    check(row[3] == "5", f"NTPsec is an orphan of stratum 5, we saw {row[3]}")
    check(ntpsec.is_alive(), "NTPsec lived through it")


def openntpd_as_upstream(lan):
    """Our client follows OpenNTPD, which follows chronyd."""
    start_upstream(lan.lan_host("truth", 200))
    openntpd = start_openntpd(lan.lan_host("upstream", 201), "192.168.43.200")
    client = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst minpoll 2 maxpoll 3\n").start()
    wait_selected(client, UPSTREAM, 400)
    check(openntpd.is_alive(), "OpenNTPD lived through it")


def upstream_gone(lan):
    """With its upstream gone the server goes on serving by `local stratum 10`."""
    upstream = lan.lan_host("upstream", 201)
    server = Meridian(lan.lan_host("server", 101), SERVER_CONFIGURATION).start()
    client = Meridian(lan.lan_host("client", 102), CLIENT_CONFIGURATION).start()
    row = wait_selected(client, SERVER, 40)
    check(row[3] == "10", f"a server that never saw its upstream is stratum 10, not {row[3]}")
    truth = start_upstream(upstream)
    wait_selected(server, UPSTREAM, 100)
    truth.net.stop()
    upstream.disconnect()
    time.sleep(2)
    lines = client.host.output([program("ntpdate"), "-q", SERVER])
    check("stratum 2" in lines, f"the server answers from its own line: {lines}")


def local_after_its_upstream(lan):
    """A server that loses its upstream serves its own line, then `local`, as real chronyd does."""
    upstream = lan.lan_host("upstream", 201)
    truth = start_upstream(upstream)
    # The own line is good for `distance`; a clock this bad uses that up in twenty seconds.
    configuration = (f"server {UPSTREAM} iburst minpoll 1 maxpoll 1\nallow\nmaxclockerror 2000\n"
                     "local stratum 10 distance 0.04\n")
    ours = Meridian(lan.lan_host("server", 101), configuration).start()
    theirs = Chrony(lan.lan_host("chronyd", 103), configuration).start()
    client = Chrony(lan.lan_host("client", 102), f"server {SERVER} iburst minpoll 1 maxpoll 1\n").start()
    servers = {"ours": ours, "chronyd": theirs}
    for suite in servers.values():
        wait_selected(suite, UPSTREAM, 40)
    eventually(lambda: (selected(client) or "????")[3] == "2", 40, "the client follows a stratum 2")
    truth.net.stop()
    gone = time.monotonic()
    left = {}

    def strata():
        for name, suite in servers.items():
            row = suite.ask("-c", "tracking").split(",")
            seen = row[2]
            check(seen == ("10" if name in left else "2") or seen == "10", f"{name} is stratum {seen}")
            if seen == "10":
                left.setdefault(name, time.monotonic() - gone)
        return len(left) == 2

    eventually(strata, 60, f"both call themselves stratum 10: {left}", every=0.5)
    print(f"on the own line for {left['ours']:.0f} s, chronyd {left['chronyd']:.0f} s")
    check(all(seconds > 5 for seconds in left.values()), f"first the own line: {left}")
    check(abs(left["ours"] - left["chronyd"]) < 10, f"as long as chronyd: {left}")
    eventually(lambda: (selected(client) or "????")[3] == "10", 20, "the client follows a stratum 10")
    truth.start()
    eventually(lambda: ours.ask("-c", "tracking").split(",")[2] == "2", 30, "and a stratum 2 when it is back")


def an_outsider_gets_silence(lan):
    """A client outside the allowed network gets no answer at all."""
    _two_hosts(lan)
    outsider = lan.far_host("outsider", 7)
    done = outsider.command([program("ntpdate"), "-q", SERVER], check=False)
    check(done.returncode == 1, f"ntpdate from outside ended with {done.returncode}")
    check("no server suitable" in done.stdout + done.stderr, f"ntpdate from outside: {done.stdout}{done.stderr}")
    knock = f"import socket; socket.create_connection(('{SERVER}', 9), 3)"
    refused = outsider.command([sys.executable, "-c", knock], check=False).stderr
    check("ConnectionRefusedError" in refused, f"the outsider has a way to the server's host: {refused}")


def two_instances_side_by_side(lan):
    """Two whole suites on one host, each with its own run directory, socket, pid file, state."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    first = Meridian(host, f"server {UPSTREAM} iburst\n", "first").start()
    second = Meridian(host, f"server {UPSTREAM} iburst\nport 0\ncmdport 0\n", "second",
                      net_user=NET_USER + 10, clock_user=CLOCK_USER + 10).start()
    for suite in (first, second):
        wait_selected(suite, UPSTREAM)
        check(os.path.exists(os.path.join(suite.rundir, "clockd", "clockd.sock")), f"{suite.name}: clockd's socket")
    second.net.stop()
    check(selected(first) is not None, "the first goes on when the second ends")


def without_clockd(lan):
    """Without clockd, ntpd-net still measures, serves and answers."""
    start_upstream(lan.lan_host("upstream", 201))
    server = Meridian(lan.lan_host("server", 101), SERVER_CONFIGURATION).start(clock=False)
    wait_selected(server, UPSTREAM)
    client = Meridian(lan.lan_host("client", 102), CLIENT_CONFIGURATION).start(clock=False)
    wait_selected(client, SERVER)
    server.start_clockd()
    eventually(lambda: server.clockd.is_alive() and os.path.exists(os.path.join(server.rundir, "clockd", "clockd.sock")),
               10, "clockd may come later")


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def _role(pid):
    """Its role; none for one that has ended or has not yet become one."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode().split("\0")
    except OSError:
        return None
    return words[words.index("--role") + 1] if "--role" in words else None


def _roles(suite):
    """{role: [pid]} below the supervisor (`ip netns exec` keeps the pid of what it runs)."""
    found = {}
    for pid in _children(suite.net.pid):
        if (role := _role(pid)) is not None:
            found.setdefault(role, []).append(pid)
    return found


def _is_replaced(now, before):
    return len(now) == len(before) and now != before


def each_role_killed(lan):
    """kill -9 of each role and of clockd: the others go on, the dead one is back in seconds."""
    _, server, client = _two_hosts(lan)
    roles = eventually(lambda: {"client", "server"} <= set(_roles(server)) and _roles(server), 5,
                       f"the supervisor has a client and a server role: {_roles(server)}")
    for role, pids in roles.items():
        os.kill(pids[0], signal.SIGKILL)
        eventually(lambda r=role, p=pids: _is_replaced(_roles(server).get(r, []), p), 10,
                   f"the {role} role is back")
        wait_selected(server, UPSTREAM, 40)
        lines = client.host.output([program("ntpdate"), "-q", SERVER])
        check("stratum" in lines, f"the server answers after the {role} role died: {lines}")
    server.clockd.stop(signal.SIGKILL)
    check(selected(server) is not None, "ntpd-net goes on without clockd")
    server.start_clockd()
    check(selected(client) is not None, "the client noticed nothing")


def stopped_and_continued(lan):
    """Every process stopped for a second, as a suspend or a debugger does, goes on where it was."""
    _, server, _ = _two_hosts(lan)
    pids = [server.net.pid, server.clockd.pid, *_children(server.net.pid)]
    for how in (signal.SIGSTOP, signal.SIGCONT):
        for pid in pids:
            os.kill(pid, how)
        time.sleep(1)
    wait_selected(server, UPSTREAM, 40)
    check(server.net.is_alive() and server.clockd.is_alive(), "the parents live")
    check(set(_children(server.net.pid)) <= set(pids), f"no role was started again: {server.net.log()}")


def promised_calls(lan):
    """Over every feature, each process calls nothing that its list forbids, and its list holds nothing more."""
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False).returncode != 0:
        raise Skip("strace cannot run here")
    upstream = lan.lan_host("upstream", 201)
    theirs, their_key = certificate_for(upstream, UPSTREAM)
    Chrony(upstream, f"local stratum 1\nallow\nntsservercert {theirs}\nntsserverkey {their_key}\n").start()
    host = lan.lan_host("server", 101)
    ours, our_key = certificate_for(host, SERVER)
    os.mkdir(os.path.join(host.folder, "sources"))
    server = Meridian(host, f"server {UPSTREAM} iburst minpoll 1 maxpoll 2 nts\npool name.invalid\nallow\nratelimit\n"
                            f"ntstrustedcerts {theirs}\nntsservercert {ours}\nntsserverkey {our_key}\n"
                            f"ntsdumpdir {host.folder}/nts\nrefclock SOCK {host.folder}/clock.sock noselect\n"
                            f"ntpsigndsocket {host.folder}\nbindacqaddress {SERVER}\nsourcedir {host.folder}/sources\n"
                            f"local stratum 10\ndriftfile {host.folder}/drift\nmakestep 1 3\n")
    server.traces = os.path.join(host.folder, "traces")
    server.start()
    eventually(lambda: os.path.exists(f"{server.rundir}/clockd/clockd.sock"), 20, "clockd listens before rtcd looks for it")
    others = [_traced_daemon(server, "refclockd", "-u", str(CLOCK_USER + 1), "--reader", str(NET_USER)),
              _traced_daemon(server, "rtcd", "-x", "-u", str(CLOCK_USER + 2))]
    eventually(lambda: os.path.exists(f"{host.folder}/clock.sock"), 10, "refclockd listens for samples")
    wait_selected(server, UPSTREAM, 60)
    eventually(lambda: _sock_is_heard(server, f"{host.folder}/clock.sock"), 30, "refclockd's sample comes through", 1)
    host.write("sources/more.sources", f"server {CLIENT}\n")
    for words in ("sources", "sourcestats -v", "tracking", "ntpdata", "selectdata", "serverstats", "clients", "activity",
                  "makestep", "makestep 1 3", "burst 2/4", "offline", "online", "refresh", f"add server {CLIENT}",
                  f"delete {CLIENT}", "reselect", "reload sources", "doffset 0.0001", "dfreq 0.01", "dump", "rekey"):
        server.ask(*words.split(), code=None)
    server.host.command([program("syncctl"), "-h", "127.0.0.1", "tracking"], check=False)
    client = lan.lan_host("client", 102)
    client.output([program("ntpdate"), "-q", SERVER])
    check(not windows_answer(client, SERVER, "a1b2c3d4"), "no Samba, no signature")
    host.start("samba", ["/usr/bin/python3", "-u", "-c", SAMBA, f"{host.folder}/socket"])
    eventually(lambda: windows_answer(client, SERVER, "a1b2c3d4"), 10, "Samba signs")
    check(not windows_answer(client, SERVER, "0e000000"), "Samba hangs up")
    asker = Chrony(client, f"server {SERVER} iburst nts\nntstrustedcerts {ours}\n").start()
    wait_selected(asker, SERVER, 60)
    parents = [_children(process.pid)[0] for process in (server.net, server.clockd, *others)]   # of strace's
    daemons = [pid for parent in parents for pid in _family(parent)]
    for how in (signal.SIGSTOP, signal.SIGCONT):
        for pid in daemons:
            os.kill(pid, how)
        time.sleep(0.5)
    victim = next(pid for pid in daemons if _role(pid) == "client")
    os.kill(victim, signal.SIGKILL)
    wait_selected(server, UPSTREAM, 60)
    for pid, process in zip(parents, (server.net, server.clockd, *others)):
        os.kill(pid, signal.SIGTERM)
        process.popen.wait(20)
    promises.check_traces(server.traces, check)


def _sock_is_heard(suite, path):
    """Sends one sample of the SOCK driver, dated now; whether one was heard of before."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
        now = time.time_ns() // 1000
        writer.sendto(struct.pack("@qqdiiii", now // 1000000, now % 1000000, 0.0, 0, 0, 0, 0x534f434b), path)
    return any(line.startswith("#") and line.split(",")[5] != "0" for line in suite.ask("-c", "sources").splitlines())


def _traced_daemon(suite, name, *options):
    return suite.host.start(f"{suite.name}-{name}",
                            [*suite.traced(name), program(name), "-d", "-f", suite.configuration, *options])


def _family(pid):
    return [pid] + [each for child in _children(pid) for each in _family(child)]


def bad_configuration(lan):
    """A wrong line: file, line, directive and what would be right, exit 2, nothing started."""
    host = lan.lan_host("client", 102)
    for line, words, judges in (("servr 192.168.43.101", ["server"], ["ntpd-net", "clockd"]),
                                ("makestep one 3", ["makestep"], ["ntpd-net", "clockd"]),
                                ("server 192.168.43.101 ibrust", ["iburst"], ["ntpd-net"])):
        path = host.write("bad.conf", f"# first line\n{line}\n")
        for name in judges:
            done = host.command([program(name), "-d", "-f", path, "-u", str(NET_USER)], check=False, timeout=10)
            text = done.stdout + done.stderr
            check(done.returncode == 2, f"{name} on `{line}` ended with {done.returncode}: {text}")
            for word in ["bad.conf", "2", *words]:
                check(word in text, f"{name} on `{line}` does not say {word}: {text}")
    check(not os.path.exists("/run/meridian"), "nothing started")


def no_dns(lan):
    """A name that cannot be resolved: one clear line; sources given as addresses still work."""
    start_upstream(lan.lan_host("upstream", 201))
    client = Meridian(lan.lan_host("client", 102),
                      f"server time.invalid iburst\nserver {UPSTREAM} iburst\n").start()
    wait_selected(client, UPSTREAM, 40)
    check("1 sources with unknown address" in client.ask("activity"), "activity counts the unresolved name")
    eventually(lambda: "time.invalid" in client.log(), 60, "a line about the name, once the resolver gave up")
    time.sleep(20)
    lines = [line for line in client.log().splitlines() if "time.invalid" in line]
    check(len(lines) <= 2, f"one clear line about the name, not {lines}")


def no_ipv6(lan):
    """On a host without IPv6 everything over IPv4 works, without a complaint for each packet."""
    upstream, client = lan.lan_host("upstream", 201), lan.lan_host("client", 102)
    client.command(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.lo.disable_ipv6=1"])
    start_upstream(upstream)
    suite = Meridian(client, f"server {UPSTREAM} iburst\nallow\n").start()
    wait_selected(suite, UPSTREAM)
    complaints = [line for line in suite.log().splitlines() if "::" in line]
    check(len(complaints) <= 2, f"IPv6 is missed too loudly: {complaints}")


def over_ipv6(lan):
    """chronyd, our server and our client by IPv6 alone: asked, served, refused, reported, and by ntpdate."""
    hosts = {name: lan.lan_host(name, number) for name, number in (("upstream", 201), ("server", 101), ("client", 102),
                                                                   ("outsider", 103))}
    for number, host in enumerate(hosts.values(), 1):
        host.command(["ip", "-6", "address", "add", f"fd43::{number}/64", "dev", "eth0", "nodad"])
    hosts["outsider"].command(["ip", "-6", "address", "add", "fd44::4/64", "dev", "eth0", "nodad"])
    hosts["outsider"].command(["ip", "-6", "address", "del", "fd43::4/64", "dev", "eth0"])
    hosts["outsider"].command(["ip", "-6", "route", "add", "fd43::/64", "dev", "eth0"])
    hosts["server"].command(["ip", "-6", "route", "add", "fd44::/64", "dev", "eth0"])
    start_upstream(hosts["upstream"])
    server = Meridian(hosts["server"], "server fd43::1 iburst\nallow fd43::/64\n").start()
    wait_selected(server, "fd43::1")
    client = Meridian(hosts["client"], "server fd43::2 iburst ipv6\nport 0\n").start()
    wait_selected(client, "fd43::2")
    check("fd43::3" in server.ask("-n", "clients"), server.ask("-n", "clients"))
    check("Remote address  : fd43::2" in client.ask("ntpdata"), client.ask("ntpdata"))
    check("Reference ID    : " in client.ask("tracking"), "tracking")
    lines = hosts["client"].output([program("ntpdate"), "-q", "fd43::2"])
    check("server fd43::2, stratum 2" in lines, lines)
    silence = hosts["outsider"].command([program("ntpdate"), "-q", "-p", "1", "fd43::2"], check=False)
    check(silence.returncode == 1 and "stratum 0" in silence.stdout, f"an outsider: {silence}")
    chronyd = Chrony(hosts["client"], "server fd43::2 iburst\n", name="theirs").start()
    wait_selected(chronyd, "fd43::2")


def in_a_container(lan):
    """Without any privilege: one clear line for what cannot be done, the rest works."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    suite = Meridian(host, f"server {UPSTREAM} iburst\nport 0\ncmdport 0\n")
    for folder in (suite.rundir, suite.statedir):
        os.chown(folder, 62050, 62050)
    bare = ["setpriv", "--reuid", "62050", "--regid", "62050", "--clear-groups", "--bounding-set", "-all",
            "--inh-caps", "-all"]
    suite.net = host.start("ntpd-net", [*bare, program("ntpd-net"), "-x", "-d", "-f", suite.configuration])
    wait_selected(suite, UPSTREAM)
    clockd = host.start("clockd", [*bare, program("clockd"), "-d", "-f", suite.configuration])
    eventually(lambda: clockd.log().strip(), 10, "clockd says what it cannot do")
    text = clockd.log()
    check(any(word in text for word in ("CAP_SYS_TIME", "not permitted", "not allowed")),
          f"clockd without privilege: {text}")


def synchronised_not_later_than_chronyd(lan):
    """From start to a selected source with iburst: not later than chronyd in the same world."""
    start_upstream(lan.lan_host("upstream", 201))
    seconds = {}
    for number, (name, kind) in enumerate((("chronyd", Chrony), ("meridian", Meridian))):
        host = lan.lan_host(name, 110 + number)
        took = []
        for attempt in range(3):
            suite = kind(host, f"server {UPSTREAM} iburst\n", f"{name}{attempt}")
            begun = time.monotonic()
            suite.start()
            eventually(lambda s=suite: _synchronised(s), 30, f"{name} synchronises", every=0.05)
            took.append(time.monotonic() - begun)
            suite.net.stop()
            if kind is Meridian:
                suite.clockd.stop()
        seconds[name] = sorted(took)[1]
    print(f"start to synchronised, median of 3: chronyd {seconds['chronyd']:.2f} s, "
          f"meridian {seconds['meridian']:.2f} s")
    check(seconds["meridian"] <= seconds["chronyd"],
          f"meridian took {seconds['meridian']:.2f} s, chronyd {seconds['chronyd']:.2f} s")


def _synchronised(suite):
    try:
        return suite.ask("-c", "tracking", code=None).strip().endswith(",Normal")
    except Failed:
        return False


def each_process_holds_no_more_than_it_needs(lan):
    """Open descriptors: no role has a page or a channel of another's, none a file but its own."""
    _, server, _ = _two_hosts(lan)
    roles = _roles(server)

    def held(pid):
        names = []
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                names.append(os.readlink(f"/proc/{pid}/fd/{descriptor}"))
            except FileNotFoundError:   # a request's socket, closed meanwhile
                pass
        return [name.removesuffix(" (deleted)") for name in names if not name.startswith((server.host.folder, "/dev/null"))]
    kinds = {"client": {"/memfd:meridian", "anon_inode:[timerfd]", "/memfd:measurements",
                        "/sys/devices/system/clocksource/clocksource0/current_clocksource"},
             "server": {"/memfd:ntpd-net-report"}, "resolver": set()}
    for role, allowed in kinds.items():
        for pid in roles[role]:
            other = [name for name in held(pid) if not name.startswith("socket:") and name not in allowed]
            check(not other, f"the {role} role holds {other}")
    check(all(held(pid).count("/memfd:ntpd-net-report") <= 1 for pid in roles["server"]), "a worker has its own report alone")
    sockets = {(role, pid): {name for name in held(pid) if name.startswith("socket:")}
               for role, pids in roles.items() for pid in pids}
    for one, mine in sockets.items():
        for another, theirs in sockets.items():
            check(one == another or not mine & theirs, f"{one} and {another} share {mine & theirs}")
