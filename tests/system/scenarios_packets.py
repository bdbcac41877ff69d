"""Claims about requests that no chronyc of Debian's sends, and about what ends the daemon: each as a
packet, with its status and its effect; beside a real chronyd where that knows the request."""
import os
import struct

from peers import Chrony, Meridian, start_upstream, wait_selected
from protocol import UDP, UNIX, Door, float_octets, request
from scenarios_control import _doors
from world import check, eventually

UPSTREAM = "192.168.43.201"
ADD, LOCAL, SHUTDOWN = 64, 74, 62
SUCCESS, UNAUTHORISED, INVALID, ALREADY_KNOWN, BAD_NAME = 0, 2, 3, 11, 21
ONLINE, IBURST, PREFER, NOSELECT = 1, 4, 8, 16


def _added(kind, name, flags, minpoll=0, maxpoll=2, places=4):
    """The body of `add`: 1 server, 2 peer, 3 pool."""
    return (struct.pack(">I256sIiiiIIIIiiII", kind, name, 123, minpoll, maxpoll, 100, 0, 8, 0, places, -1, -1, 0, 4460) +
            b"".join(float_octets(each) for each in (3.0, 0.0, 10.0, 0.0, 1.0, 0.0)) +
            struct.pack(">IiI", flags, 0, 0) + bytes(8))


def _status(door, number, body, length):
    answer = door.ask(request(number, body, length))
    check(answer and (answer.type, len(answer.octets), answer.command) == (1, 28, number), f"{number}: {answer}")
    return answer.status


def sources_added_by_packets(lan):
    """`add`, each kind: the source is there with its options, as a real chronyd has it; not twice; not without a name."""
    start_upstream(lan.lan_host("upstream", 201))
    suites = [Meridian(lan.lan_host("ours", 102), "port 0\n").start(), Chrony(lan.lan_host("theirs", 103), "port 0\n").start()]
    for suite in suites:
        eventually(lambda s=suite: os.path.exists(s.socket), 10, "it listens")
        door = Door(suite.socket)
        server = _added(1, UPSTREAM.encode(), ONLINE | IBURST | PREFER)
        check(_status(door, ADD, server, 372) == SUCCESS, f"{suite.kind}: a server")
        check(_status(door, ADD, server, 372) == ALREADY_KNOWN, f"{suite.kind}: not twice")
        check(_status(door, ADD, _added(2, b"192.168.43.209", NOSELECT, 3, 5), 372) == SUCCESS, f"{suite.kind}: a peer")
        check(_status(door, ADD, _added(3, b"nowhere.invalid", ONLINE, places=8), 372) == SUCCESS, f"{suite.kind}: a pool")
        check(_status(door, ADD, _added(1, b"x" * 256, ONLINE), 372) == BAD_NAME, f"{suite.kind}: a name without its end")
        check(_status(door, ADD, _added(4, b"192.0.2.1", ONLINE), 372) == INVALID, f"{suite.kind}: of no kind")
        door.close()
        wait_selected(suite, UPSTREAM)
        server, peer, *places = [line.split(",") for line in suite.ask("-c", "sources", "-a").splitlines()]
        check((server[0], server[4] in "012") == ("^", True), f"{suite.kind}: minpoll, maxpoll: {server}")
        check(peer[:3] == ["=", "?", "192.168.43.209"] and peer[4] == "3", f"{suite.kind}: {peer}")
        check(len(places) >= 8, f"{suite.kind}: the pool's: {places}")
        first, second = suite.ask("-c", "selectdata").splitlines()[:2]
        check(",-,P,-,-,-," in first and second.split(",")[3] == "N", f"{suite.kind}: {suite.ask('selectdata')}")
        counts = suite.ask("-c", "activity").split(",")
        check(int(counts[0]) + int(counts[2]) == 1 and counts[1] == "1", f"{suite.kind}: `offline` unless told: {counts}")


def local_by_the_newest_packet(lan):
    """Request 74: local time of that stratum from now on, after `activate` never, and none when it is switched off."""
    suite = Meridian(lan.lan_host("ours", 102), "allow\n").start()
    eventually(lambda: os.path.exists(suite.socket), 10, "it listens")
    door = Door(suite.socket)

    def local(on, stratum, activate=0.0, length=48):
        body = (struct.pack(">ii", on, stratum) + float_octets(1.0) + struct.pack(">i", 0) +
                b"".join(float_octets(each) for each in (activate, 0.0, 0.0)))
        return _status(door, LOCAL, body, length)

    def shown():
        fields = suite.ask("-c", "tracking").split(",")
        return fields[0], fields[2]
    check(local(1, 16) == INVALID and local(1, 0) == INVALID, "strata that there are not")
    check(_status(door, LOCAL, bytes(27), 47) == 19, "one octet short")
    check(shown() == ("00000000", "0"), f"not yet: {shown()}")
    check(local(1, 7) == SUCCESS, "switched on")
    eventually(lambda: shown() == ("7F7F0101", "7"), 10, f"the stratum: {shown()}")
    check(local(1, 9) == SUCCESS, "another")
    eventually(lambda: shown() == ("7F7F0101", "9"), 10, f"the other: {shown()}")
    check(local(0, 0) == SUCCESS, "switched off")
    eventually(lambda: shown() == ("00000000", "0"), 10, f"none again: {shown()}")
    check(local(1, 5, activate=1e-6) == SUCCESS, "only after it was synchronised once")
    check(shown() == ("00000000", "0"), f"which it never was: {shown()}")
    door.close()


def shutdown_ends_the_daemon(lan):
    """`shutdown`: refused over UDP; by the socket it ends with 0, as a real chronyd does."""
    suites = [Meridian(lan.lan_host("ours", 102), "").start(), Chrony(lan.lan_host("theirs", 103), "").start()]
    for suite in suites:
        eventually(lambda s=suite: os.path.exists(s.socket), 10, "it listens")
        doors = _doors(suite.host, suite)
        check(_status(doors[UDP], SHUTDOWN, b"", 28) == UNAUTHORISED, f"{suite.kind}: over UDP")
        check(suite.net.is_alive(), f"{suite.kind}: it goes on")
        check(_status(doors[UNIX], SHUTDOWN, b"", 28) == SUCCESS, f"{suite.kind}: by the socket")
        eventually(lambda s=suite: not s.net.is_alive(), 10, f"{suite.kind}: it ends")
        check(suite.net.popen.returncode == 0, f"{suite.kind}: ended with {suite.net.popen.returncode}")
    check(suites[0].clockd.is_alive(), "clockd holds the clock on")
