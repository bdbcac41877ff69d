"""Claims about directives and options as other hosts see them: a listener in the place of a server
writes down who asks from where and how; a client asks at every address."""
import json
import os

from peers import Chrony, Meridian, peer, program, selected, start_upstream, wait_selected
from world import check, eventually

LISTENER, FIRST, SECOND, ASKER = "192.168.43.201", "192.168.43.102", "192.168.43.112", "192.168.43.103"

LISTEN = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', int(sys.argv[1]))); s.setsockopt(0, 13, 1)
while True:
    data, extra, _, who = s.recvmsg(2000, 100)
    tos = [value[0] for level, kind, value in extra if (level, kind) == (0, 1)] or [0]
    print(who[0], who[1], tos[0], hex(data[0]), len(data), flush=True)
"""


def questions_as_a_server_sees_them(lan):
    """acquisitionport, bindacqaddress, bindacqdevice, dscp, and port, version, key of a source."""
    listener, host = lan.lan_host("listener", 201), lan.lan_host("client", 102)
    host.command(["ip", "address", "add", f"{SECOND}/24", "dev", "eth0"])
    keys = host.write("keys", "7 SHA1 a-secret-of-some-length\n")
    heard = {port: listener.start(f"port{port}", ["/usr/bin/python3", "-u", "-c", LISTEN, str(port)])
             for port in (123, 1123)}

    def asked(lines, source="", port=123):
        """The first question that the listener hears of a suite with these lines."""
        process, before = heard[port], len(heard[port].log().splitlines())
        suite = Meridian(host, f"server {LISTENER} iburst {source}\n{lines}\nport 0\ncmdport 0\n",
                         f"suite{len(host.world.processes)}").start(clock=False)
        try:
            line = eventually(lambda: process.log().splitlines()[before:], 6, f"a question of {lines!r} {source!r}")[0]
        finally:
            suite.net.stop()
        address, number, tos, first, length = line.split()
        return address, int(number), int(tos), first, int(length)
    plain = asked("")
    check((plain[0], plain[2:]) == (FIRST, (0, "0x23", 48)), f"without a word: {plain}")
    check(asked("")[1] != asked("")[1], "a new port each time")
    check(asked("acquisitionport 11123")[1] == 11123, "acquisitionport")
    check(asked(f"bindacqaddress {SECOND}")[0] == SECOND, "bindacqaddress")
    check(asked("bindacqdevice eth0")[0] == FIRST, "bindacqdevice of the interface that leads there")
    check(asked("dscp 46")[2] == 46 << 2, "dscp")
    check(asked("", "version 3")[3] == "0x1b", "option version")
    check(asked("", "port 1123", 1123)[0] == FIRST, "option port")
    check(asked(f"keyfile {keys}", "key 7")[4] == 48 + 4 + 20, "option key: a MAC of SHA1 follows")
    before = len(heard[123].log().splitlines())
    suite = Meridian(host, f"server {LISTENER} iburst\nbindacqdevice lo\nport 0\ncmdport 0\n", "lo").start(clock=False)
    quiet = Meridian(host, f"server {LISTENER} iburst offline\nport 0\ncmdport 0\n", "quiet",
                     net_user=62031).start(clock=False)
    eventually(lambda: "1 sources offline" in quiet.ask("activity", code=None), 10, "option offline")
    check(len(heard[123].log().splitlines()) == before, "bindacqdevice lo and offline: nothing arrives")
    suite.net.stop()


def answers_as_a_client_sees_them(lan):
    """bindaddress, binddevice, port, allow, noclientlog, user: who is answered, and where."""
    start_upstream(lan.lan_host("upstream", 201))
    host, asker = lan.lan_host("server", 102), lan.lan_host("asker", 103)
    host.command(["ip", "address", "add", f"{SECOND}/24", "dev", "eth0"])

    def answered(address, source=asker, port=123):
        script = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.5)
s.sendto(b'\\x23' + bytes(39) + b'12345678', ('{address}', {port}))
try: print(len(s.recv(1000)))
except OSError: print(0)"""
        return source.output(["/usr/bin/python3", "-c", script]).strip() == "48"

    def serving(lines, name):
        suite = Meridian(host, f"server 192.168.43.201 iburst\ncmdport 0\n{lines}", name).start(clock=False)
        eventually(lambda: selected(suite), 20, f"{name} follows")
        return suite
    suite = serving(f"allow 192.168.43.0/24\nbindaddress {SECOND}\n", "bound")
    check(answered(SECOND) and not answered(FIRST), "bindaddress: there and nowhere else")
    owner = os.stat(f"/proc/{suite.net.pid}").st_uid
    check(owner == 62001, f"-u: it runs as {owner}")
    check("519" not in suite.ask("clients") and f"{ASKER},1," in suite.ask("-c", "clients"), "the client is recorded")
    suite.net.stop()
    suite = serving("allow\nbinddevice lo\nnoclientlog\n", "device")
    check(answered("127.0.0.1", host) and not answered(FIRST), "binddevice lo")
    check("519" in suite.ask("clients", code=1), "noclientlog")
    suite.net.stop()
    suite = serving(f"allow {ASKER}\nport 1123\n", "port")
    check(answered(FIRST, port=1123) and not answered(FIRST), "port")
    check(not answered(FIRST, host, 1123), "allow: one address and no other")
    suite.ask("deny", ASKER)
    check(not answered(FIRST, port=1123), "deny at run time reaches the workers")
    suite.net.stop()
    suite = Meridian(host, "server 192.168.43.201 iburst\ncmdport 0\nport 0\nallow\nuser 62044\n", "user")
    suite.net = host.start("user", [program("ntpd-net"), "-d", "-f", suite.configuration])
    wait_selected(suite, "192.168.43.201")
    check(os.stat(f"/proc/{suite.net.pid}").st_uid == 62044, "user: it runs as that one")
    check(not answered(FIRST), "port 0: nobody is served")


SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.3)
for text in sys.argv[2:]:
    s.sendto(bytes.fromhex(text), (sys.argv[1], 123))
    try: s.recv(1000)
    except OSError: pass"""


def unanswered_requests_by_reason(lan):
    """Each reason to drop a request is counted as itself, in every form, and none of them is logged."""
    host, friend, stranger = lan.lan_host("server", 102), lan.lan_host("friend", 103), lan.lan_host("stranger", 104)
    suite = Meridian(host, "local stratum 8\nallow 192.168.43.103\nratelimit interval 12 burst 30 leak 4\n"
                     "cmdport 0\n").start(clock=False)

    def send(source, *packets):
        source.command(["/usr/bin/python3", "-c", SEND, FIRST, *(packet.hex() for packet in packets)])
    plain = b"\x23" + bytes(47)
    eventually(lambda: send(friend, plain) or '"ntp_received": 0' not in suite.ask("--json", "serverstats"), 20, "an answer")

    def drops():
        both = suite.ask("--json", "serverstats", "-v")
        report = json.loads(both[json.JSONDecoder().raw_decode(both)[1]:])
        check(report["report"] == "drops", both)
        return report["values"]
    # A reason and a packet that meets it first; the numbers differ, so that none can stand for another.
    bad = {"short_datagram": b"\x23" + bytes(20), "ragged_length": plain + b"\0", "long_datagram": plain + bytes(1400),
           "bad_extension": plain + b"\x20\x05\0\x03" + bytes(24), "bad_mac_length": b"\x1b" + plain[1:] + bytes(12),
           "unwanted_version": b"\x03" + bytes(47), "unwanted_mode": b"\x26" + bytes(47),
           "unknown_key": plain + b"\0\0\0\x63" + bytes(16)}
    before, wanted = drops(), {}
    for times, (reason, packet) in enumerate(bad.items(), 1):
        send(friend, *[packet] * times)
        wanted[reason] = before[reason] + times
    send(stranger, *[plain] * 9)
    wanted["denied"] = before["denied"] + 9
    send(friend, *[plain] * 60)
    seen = eventually(lambda: (now := drops())["rate_limited"] > 20 and now, 10, f"the rate limit's: {drops()}")
    check({reason: seen[reason] for reason in wanted} == wanted, f"counted {seen}, wanted {wanted}")
    check(f"Dropped, denied            : {wanted['denied']}\n" in suite.ask("serverstats", "-v"), suite.ask("serverstats", "-v"))
    check("Dropped" not in suite.ask("serverstats"), "without -v as chronyc prints it")
    check(f'meridian_server_ntp_unanswered_total{{reason="ragged_length"}} {wanted["ragged_length"]}\n' in suite.ask("metrics"),
          suite.ask("metrics"))
    check(stranger.address.split("/")[0] not in suite.log(), "one of them stands in the log")


def clients_by_what_they_asked(lan):
    """The columns of `clients` for time and for commands, beside a chronyd that is asked the same."""
    asker, told = lan.lan_host("asker", 103), []
    for suite in (Meridian(lan.lan_host("ours", 102), "local stratum 8\nallow\nbindcmdaddress 0.0.0.0\ncmdallow\n"),
                  Chrony(lan.lan_host("theirs", 101), "local stratum 8\nallow\nbindcmdaddress 0.0.0.0\ncmdallow\n")):
        suite.start(clock=False)
        address = suite.host.address.split("/")[0]

        def command(source, where):
            return source.command([peer("chrony", "usr/bin/chronyc"), "-n", "-h", where, "tracking"], check=False).returncode == 0
        eventually(lambda: "Stratum" in suite.ask("tracking", code=None), 20, "it runs")
        check(command(asker, address) and command(asker, address), "commands of another machine")
        for _ in range(3):
            check(command(suite.host, "127.0.0.1"), "commands of its own")
        asker.command(["/usr/bin/python3", "-c", SEND, address, *[(b"\x23" + bytes(47)).hex()] * 5])
        rows = {row.split(",")[0]: row.split(",") for row in suite.ask("-c", "clients").splitlines()}
        check(len(rows) == len(suite.ask("-c", "clients").splitlines()), f"a client twice: {suite.ask('clients')}")
        told.append({client: (row[1], row[2], row[6], row[7], row[5] == "4294967295", row[9] == "4294967295")
                     for client, row in rows.items()})
    check(told[0] == told[1], f"(NTP, drops, commands, drops, never, never): ours {told[0]}, chronyd's {told[1]}")
    check(told[0] == {ASKER: ("5", "0", "2", "0", False, False), "127.0.0.1": ("0", "0", "3", "0", True, False)}, f"{told[0]}")
