"""Claims about `peer`: two equals that tell each other the time, one of them a real chronyd or both
ours, with and without keys; what others send in a peer's stead; and that nobody is answered."""
import os
import time

from peers import Chrony, Meridian, program, selected, start_ntpsec, start_upstream, wait_selected
from world import check, eventually

UPSTREAM, OURS, THEIRS = "192.168.43.201", "192.168.43.101", "192.168.43.102"

# Sends so many packets of mode 1 from the port of a peer, prints what comes back within a second.
FLOOD = """
import socket, sys, time
address, port, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4], 16)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('', port)); heard = []
for number in range(count):
    s.sendto(bytes([first, 2, 0, 0xec]) + bytes(4) + bytes(4) + b'LOCL' + bytes(16)
             + number.to_bytes(8, 'big') + (2**63 + number).to_bytes(8, 'big'), (address, 123))
    time.sleep(0.002)
end = time.monotonic() + 3
while time.monotonic() < end:
    try: heard.append(s.recv(1000)[0])
    except OSError: pass
print(len(heard), *(hex(each) for each in heard))
"""


def _keys(host):
    path = host.write("keys", "7 SHA256 a-secret-of-two-equals\n")
    os.chmod(path, 0o644)
    return path


def _mode(suite, address):
    """The letter of the source's row: ^ server, = peer."""
    rows = [row.split(",") for row in suite.ask("-c", "sources", code=None).splitlines()]
    return next((row[0] for row in rows if row[2] == address), None)


def _field(text, label):
    return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith(label))


def _comes_to_follow(suite, address):
    eventually(lambda: (selected(suite) or [""] * 3)[2] == address, 40, f"{suite.host.name} follows {address}")


def _one_knows(lan, ours, theirs, key, us_first, number, options=""):
    """One equal follows the upstream and the other the equal. Neither has an `allow` line."""
    option = f"minpoll 0 maxpoll 0 {'key 7' if key else ''} {options}"
    a, b = lan.lan_host(f"a{number}", 100 + 10 * number), lan.lan_host(f"b{number}", 101 + 10 * number)
    names = {a: f"192.168.43.{100 + 10 * number}", b: f"192.168.43.{101 + 10 * number}"}
    suites = []
    for host, other, kind, knows in ((a, b, ours, us_first), (b, a, theirs, not us_first)):
        source = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\n" if knows else ""
        suites.append(kind(host, f"{source}peer {names[other]} {option}\nkeyfile {_keys(host)}\n"
                                 "authselectmode ignore\ncmdport 0\n").start())
    knowing, other = suites if us_first else reversed(suites)
    wait_selected(knowing, UPSTREAM)
    row = wait_selected(other, names[knowing.host], 40)
    check(row[0] == "=", f"a peer's row: {row}")
    check(row[3] == "2", f"the stratum that the peer tells: {row}")
    check(abs(float(row[7])) < 0.01, f"two clocks of one machine are {row[7]} s apart")
    return suites, names


def peers_with_a_real_chronyd(lan):
    """Ours and chronyd as equals: each follows the other that knows the time; with a key, too."""
    start_upstream(lan.lan_host("upstream", 201))
    for number, (key, us_first) in enumerate([(False, True), (False, False), (True, True), (True, False)]):
        (ours, theirs), names = _one_knows(lan, Meridian, Chrony, key, us_first, number)
        data = eventually(lambda: (text := ours.ask("ntpdata", names[theirs.host])) and "Symmetric active" in text and text,
                          20, "ntpdata of a peer")
        if us_first:   # chronyd's packets say by themselves that it heard us, and are no use to us yet
            continue
        check(_field(data, "NTP tests").startswith("111 111 1"), data)
        check(int(_field(data, "Total good RX")) > 0, data)
        check(_field(data, "Authenticated") == ("Yes" if key else "No"), data)


def peers_interleave(lan):
    """xleave: an equal tells when its packet before left, ours and a real chronyd either way, and two of ours."""
    start_upstream(lan.lan_host("upstream", 201))
    for number, (theirs, us_first) in enumerate([(Chrony, False), (Chrony, True), (Meridian, False)]):
        (a, b), names = _one_knows(lan, Meridian, theirs, False, us_first, number, "xleave")
        knowing, other = (a, b) if us_first else (b, a)

        def told(knowing=knowing, other=other, names=names):
            data = other.ask("ntpdata", names[knowing.host])
            return _field(data, "Interleaved") == "Yes" and _field(data, "NTP tests").startswith("111 111 1") and data
        data = eventually(told, 30, f"{other.kind} hears {knowing.kind} in interleaved mode")
        check(0 < float(_field(data, "Peer delay").split()[0]) < 0.01, data)
        check(abs(float(_field(data, "Offset").split()[0])) < 0.001, data)
    (a, b), names = _one_knows(lan, Meridian, Meridian, False, False, 3)
    check(_field(a.ask("ntpdata", names[b.host]), "Interleaved") == "No", "without xleave")


def peers_among_ours(lan):
    """Two of ours; the one loses its upstream, the other gets one: the pair turns round."""
    start_upstream(lan.lan_host("upstream", 201))
    start_upstream(lan.lan_host("second", 202))
    (a, b), names = _one_knows(lan, Meridian, Meridian, True, True, 0)
    check(_mode(a, names[b.host]) == "=", a.ask("sources"))
    b.ask("add", "server", "192.168.43.202", "iburst", "minpoll", "0", "maxpoll", "0")
    _comes_to_follow(b, "192.168.43.202")
    a.ask("delete", UPSTREAM)
    _comes_to_follow(a, names[b.host])
    a.ask("delete", names[b.host])
    heard = int(_field(b.ask("ntpdata", names[a.host]), "Total RX"))
    eventually(lambda: _mode(a, names[b.host]) is None, 5, "a deleted peer is gone")
    a.ask("add", "peer", names[b.host], "key", "7", "minpoll", "0", "maxpoll", "0")
    _comes_to_follow(a, names[b.host])
    # b hears port 123 alone.
    eventually(lambda: int(_field(b.ask("ntpdata", names[a.host]), "Total RX")) > heard + 3, 20, "the port was kept for it")


def strangers_in_a_peers_stead(lan):
    """Who is no peer is answered as by a server, in mode 2, if `allow` says so; a peer never is."""
    start_upstream(lan.lan_host("upstream", 201))
    host, peer, stranger = lan.lan_host("ours", 101), lan.lan_host("peer", 102), lan.lan_host("stranger", 103)
    lines = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\npeer {THEIRS} minpoll 4 maxpoll 4\ncmdport 0\n"

    def heard(source, port, count):
        words = source.output(["/usr/bin/python3", "-c", FLOOD, OURS, str(port), str(count), "21"]).split()
        return int(words[0]), set(words[1:])
    suite = Meridian(host, lines, "alone").start(clock=False)
    wait_selected(suite, UPSTREAM)
    check(heard(stranger, 123, 5)[0] == 0, "without allow a stranger hears nothing")
    eventually(lambda: "0" != _field(suite.ask("ntpdata", THEIRS, code=None), "Total TX"), 20, "the peer is told")
    before = int(_field(suite.ask("ntpdata", THEIRS), "Total TX"))
    began = time.monotonic()
    answered, modes = heard(peer, 123, 400)
    sent = int(_field(suite.ask("ntpdata", THEIRS), "Total TX")) - before
    bound = (time.monotonic() - began) / 8 + 2   # half an interval of 16 s at the soonest
    check(answered <= bound and sent <= bound, f"400 packets of a peer were followed by {answered}, {sent} sent")
    check(modes <= {"0x21", "0x61", "0xa1", "0xe1"} or all(int(mode, 16) & 7 == 1 for mode in modes), f"modes {modes}")
    check(int(_field(suite.ask("ntpdata", THEIRS), "Total RX")) >= 300, suite.ask("ntpdata", THEIRS))
    check(int(_field(suite.ask("ntpdata", THEIRS), "Total valid RX")) == 0, "origins that are not ours are bogus")
    suite.net.stop()
    suite = Meridian(host, lines + "allow\n", "serving", net_user=62031).start(clock=False)
    wait_selected(suite, UPSTREAM)
    answered, modes = heard(stranger, 1123, 5)
    check(answered == 5 and all(int(mode, 16) & 7 == 2 for mode in modes), f"a stranger hears {answered}: {modes}")
    requests = int(_field(suite.ask("serverstats"), "NTP packets received"))
    heard(peer, 123, 50)
    check(int(_field(suite.ask("serverstats"), "NTP packets received")) == requests,
          "a peer's packets are not the server's")
    check(heard(peer, 1123, 5)[0] == 5, "from another port it is a client as any")


def peers_by_ipv6(lan):
    """A peer line with an IPv6 address: each of ours and a real chronyd follows the other, from port 123."""
    start_upstream(lan.lan_host("upstream", 201))
    for number, us_first in enumerate((True, False)):
        hosts = [lan.lan_host(f"{name}{number}", 110 + 10 * number + place) for place, name in enumerate("ab")]
        addresses = [f"fd43::{110 + 10 * number + place}" for place in (0, 1)]
        suites = []
        for place, (host, kind) in enumerate(zip(hosts, (Meridian, Chrony))):
            host.command(["ip", "-6", "address", "add", f"{addresses[place]}/64", "dev", "eth0", "nodad"])
            source = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\n" if (place == 0) == us_first else ""
            suites.append(kind(host, f"{source}peer {addresses[1 - place]} minpoll 0 maxpoll 0\ncmdport 0\n").start())
        knowing, other = suites if us_first else reversed(suites)
        wait_selected(knowing, UPSTREAM)
        wait_selected(other, addresses[0 if us_first else 1], 40)
        data = suites[0].ask("ntpdata", addresses[1])
        check(int(_field(data, "Total valid RX")) > 0, data)


def a_peer_that_asks_as_a_client(lan):
    """NTPsec asks from the server's port: of ours, whose `peer` line names it, it gets the time if `allow` says so."""
    start_upstream(lan.lan_host("upstream", 201))
    ours, theirs = lan.lan_host("ours", 101), lan.lan_host("theirs", 102)
    keys = f"keyfile {_keys(ours)}\n"
    lines = f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\npeer {THEIRS} minpoll 0 maxpoll 0\ncmdport 0\n{keys}"

    def heard(count):
        words = theirs.output(["/usr/bin/python3", "-c", FLOOD, OURS, "123", str(count), "23"]).split()
        return [int(word, 16) & 7 for word in words[1:] if int(word, 16) & 7 != 1]
    suite = Meridian(ours, lines, "silent").start(clock=False)
    wait_selected(suite, UPSTREAM)
    check(heard(20) == [], "without allow it hears nothing")
    suite.net.stop()
    suite = Meridian(ours, f"{lines}allow {THEIRS}\n", "open", net_user=62031).start(clock=False)
    wait_selected(suite, UPSTREAM)
    eventually(lambda: "0" != _field(suite.ask("ntpdata", THEIRS, code=None), "Total TX"), 20, "the peer is told")
    check(heard(20) == [4] * 20, "every request gets one answer, in mode 4")
    start_ntpsec(theirs, f"server {OURS} iburst minpoll 3 maxpoll 3")
    asker = lan.lan_host("asker", 103)
    question = [program("ntpdate"), "-q", "-p", "1", THEIRS]
    eventually(lambda: "stratum 3" in asker.output(question, code=None), 40,
               "NTPsec follows the one that has it as a peer")
