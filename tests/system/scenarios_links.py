"""The claims about networks that come and go: links, routes, names, DHCP and the hooks of those
who bring links up. Every host is a namespace; interfaces go down and up as on a laptop."""
import os
import re
import shutil
import subprocess
import sys
import time

from peers import Meridian, peer, program, start_upstream, wait_selected
from world import check, eventually

UPSTREAM = "192.168.43.201"
HOOKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "hooks")
BUILT_HOOKS = os.path.abspath(os.path.join(os.environ.get("MERIDIAN_BUILD", "build"), "hooks"))


def _activity(suite):
    """(online, offline, unknown) as activity counts them, bursts with their kind."""
    text = suite.ask("activity", code=None)
    if not text:   # it does not answer yet
        return (-1, -1, -1)
    counts = {words: int(number) for number, words in re.findall(r"^(\d+) sources (.*)$", text, re.M)}
    return (counts["online"] + counts["doing burst (return to online)"],
            counts["offline"] + counts["doing burst (return to offline)"],
            counts["with unknown address"])


def _requests(suite, address=UPSTREAM):
    """How many requests this source was sent."""
    return int(re.search(r"^Total TX\s*: (\d+)$", suite.ask("ntpdata", address), re.M).group(1))


def _becomes(suite, wanted, claim, seconds=10):
    eventually(lambda: _activity(suite) == wanted, seconds, f"{claim}: {wanted}, not {_activity(suite)}", 0.05)


def _link(host, state):
    host.command(["ip", "link", "set", "eth0", state])


def link_comes_and_goes(lan):
    """No script: a source without a link is not asked, and the first request follows the link within 2 s."""
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst\n").start()
    wait_selected(suite, UPSTREAM)
    took = []
    for _ in range(3):
        _link(suite.host, "down")
        _becomes(suite, (0, 1, 0), "without a link the source is offline")
        before = _requests(suite)
        time.sleep(3)
        check(_requests(suite) == before, "nobody is asked while the link is down")
        _link(suite.host, "up")
        begun = time.monotonic()
        eventually(lambda n=before: _requests(suite) > n, 10, "a request after the link came up", every=0.05)
        took.append(time.monotonic() - begun)
        _becomes(suite, (1, 0, 0), "the source is online again")
    print("first request after link up: " + ", ".join(f"{seconds:.2f} s" for seconds in took))
    check(min(took) < 2, f"the first request within 2 s of the link, not {took}")
    wait_selected(suite, UPSTREAM)


def far_end_comes_back(lan):
    """The cable, not the interface: requests were lost, and the carrier's return starts a burst."""
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst minpoll 3 maxpoll 10\n").start()
    wait_selected(suite, UPSTREAM)
    suite.host.disconnect()
    before = _requests(suite)
    eventually(lambda: _requests(suite) >= before + 1, 40, "a request into the cut cable", every=0.5)
    time.sleep(9)   # it is given up: lost
    lost = _requests(suite)
    suite.host.connect()
    eventually(lambda: _requests(suite) > lost, 3, "asked at once when the carrier is back", every=0.05)
    eventually(lambda: suite.ask("-c", "sources").split(",")[6] == "0", 10, "and heard", every=0.2)


def operators_word_and_the_links(lan):
    """offline, online, onoffline, burst, auto_offline, `offline` at the start: who decides what."""
    start_upstream(lan.lan_host("upstream", 201))
    start_upstream(lan.lan_host("other", 202))
    suite = Meridian(lan.lan_host("client", 102),
                     f"server {UPSTREAM} iburst\nserver 192.168.43.202 iburst offline\n").start()
    wait_selected(suite, UPSTREAM)
    _becomes(suite, (1, 1, 0), "one configured offline")
    _link(suite.host, "down")
    _becomes(suite, (0, 2, 0), "no link, nobody online")
    _link(suite.host, "up")
    _becomes(suite, (1, 1, 0), "a link does not overrule the configuration's word")
    suite.ask("burst", "1/2", "192.168.43.202")
    eventually(lambda: _requests(suite, "192.168.43.202") > 0, 10, "a burst is done off line as well")
    _becomes(suite, (1, 1, 0), "and ends off line")
    suite.ask("online", "192.168.43.202")
    _becomes(suite, (2, 0, 0), "the operator's word")
    suite.ask("offline")
    _becomes(suite, (0, 2, 0), "the operator's word for all")
    _link(suite.host, "down")
    _link(suite.host, "up")
    time.sleep(1)
    check(_activity(suite) == (0, 2, 0), "a link does not overrule the operator")
    suite.ask("onoffline")
    _becomes(suite, (2, 0, 0), "onoffline goes by the routes")
    suite.host.command(["ip", "route", "add", "unreachable", "192.168.43.202/32"])
    _becomes(suite, (1, 1, 0), "a route that is gone")
    suite.host.command(["ip", "route", "del", "unreachable", "192.168.43.202/32"])
    _becomes(suite, (2, 0, 0), "a route that is back")


def auto_offline_ends_with_a_failed_request(lan):
    """auto_offline: a request that cannot be sent puts the source off line; without it, it is lost."""
    suite = Meridian(lan.lan_host("client", 102),
                     f"server {UPSTREAM} minpoll 2 auto_offline\nserver 192.168.43.202 minpoll 2\n")
    # The routes are there, but the kernel refuses to send: so the route tells nothing.
    for address in (UPSTREAM, "192.168.43.202"):
        suite.host.command(["ip", "neigh", "add", address, "lladdr", "02:00:00:00:00:01", "dev", "eth0"])
    suite.host.command(["ip", "link", "set", "eth0", "mtu", "68"])   # an NTP request needs 76
    suite.start()
    _becomes(suite, (1, 1, 0), "only the source with auto_offline is off line")
    check(re.search(r"Source 192\.168\.43\.201 offline", suite.log()), "and the log says so")
    _link(suite.host, "down")
    suite.host.command(["ip", "link", "set", "eth0", "mtu", "1500"])
    _link(suite.host, "up")
    _becomes(suite, (2, 0, 0), "a new link brings it back")


def starts_before_the_network(lan):
    """Started without link, address and DNS: quiet, and synchronised soon after they appear."""
    start_upstream(lan.lan_host("upstream", 201))
    resolver = lan.lan_host("resolver", 53)
    client = lan.lan_host("client", 102)
    conf = client.write("resolv.conf", "nameserver 192.168.43.53\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", conf, os.path.realpath("/etc/resolv.conf")], check=True)
    client.command(["ip", "address", "del", "192.168.43.102/24", "dev", "eth0"])
    _link(client, "down")
    suite = Meridian(client, "server time.example.test iburst\nserver 192.168.43.201 iburst noselect\n").start()
    _becomes(suite, (0, 1, 1), "no route for the address, no address for the name", 20)
    time.sleep(5)
    said = [line for line in suite.log().splitlines() if "example.test" in line or "offline" in line]
    check(len(said) <= 2, f"one line for each, not {said}")
    resolver.start("dns", [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "dns_server.py"),
                           "192.168.43.53", "time.example.test", UPSTREAM])
    suite.ask("delete", UPSTREAM)   # the name's address now
    begun = time.monotonic()
    _link(client, "up")
    client.command(["ip", "address", "add", "192.168.43.102/24", "dev", "eth0"])
    client.command(["ip", "route", "add", "default", "via", "192.168.43.1"])
    wait_selected(suite, UPSTREAM, 30)
    print(f"link, address and DNS to synchronised: {time.monotonic() - begun:.1f} s")
    check(_activity(suite)[2] == 0, "the name has its address")


def _tools(suite):
    """A folder with the suite's own `syncctl`, at this suite's socket."""
    tools = os.path.join(suite.host.folder, "bin")
    os.mkdir(tools)
    path = os.path.join(tools, "syncctl")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\nexec {program('syncctl')} -h {suite.socket} \"$@\"\n")
    os.chmod(path, 0o755)
    return tools


def ifupdown_runs_its_hooks(lan):
    """Debian's ifup and ifdown, with an interfaces file of theirs: the hooks in if-up.d and if-post-down.d are heard."""
    start_upstream(lan.lan_host("upstream", 201))
    client = lan.lan_host("client", 102)
    suite = Meridian(client, f"server {UPSTREAM} iburst\n").start()
    wait_selected(suite, UPSTREAM)
    network = os.path.join(lan.own_etc(), "network")
    for folder in ("if-pre-up.d", "if-up.d", "if-down.d", "if-post-down.d"):
        os.makedirs(os.path.join(network, folder), exist_ok=True)
        for other in os.listdir(os.path.join(network, folder)):
            os.remove(os.path.join(network, folder, other))   # this machine's own
    for folder in ("if-up.d", "if-post-down.d"):   # as they are installed
        shutil.copy(os.path.join(HOOKS, "onoffline"), os.path.join(network, folder, "meridian"))
    with open(os.path.join(network, "interfaces"), "w", encoding="ascii") as file:
        file.write("auto eth0\niface eth0 inet static\n  address 192.168.43.102/24\n")
    lan.command(["mount", "--bind", _tools(suite), "/usr/local/bin"])
    os.makedirs("/run/network")
    client.command(["ip", "address", "flush", "dev", "eth0"])
    _link(client, "down")
    suite.ask("offline")
    _becomes(suite, (0, 1, 0), "the operator's word")
    client.command([peer("ifupdown", "sbin/ifup"), "eth0"])
    _becomes(suite, (1, 0, 0), "if-up.d: by the routes again")
    suite.ask("offline")
    client.command([peer("ifupdown", "sbin/ifdown"), "eth0"])
    _link(client, "up")   # without ifup and its hook
    client.command(["ip", "address", "replace", "192.168.43.102/24", "dev", "eth0"])
    _becomes(suite, (1, 0, 0), "if-post-down.d: by the routes again")


def duplicates_of_a_sourcedir(lan):
    """A server that the configuration has, or two files of two folders: one source, as long as one of them has it."""
    host = lan.lan_host("client", 102)
    folders = [os.path.join(host.folder, name) for name in ("first", "second")]
    for folder in folders:
        os.mkdir(folder)

    def lease(folder, name, *lines):
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write("".join(f"server {line}\n" for line in lines))

    def polls():   # address -> poll interval
        rows = [line.split(",") for line in suite.ask("-c", "sources").splitlines()]
        check(len({row[2] for row in rows}) == len(rows), f"each once: {rows}")
        return {row[2]: int(row[4]) for row in rows}
    lease(folders[0], "eth0.sources", f"{UPSTREAM} minpoll 4 iburst", "192.168.43.202 minpoll 5", "192.168.43.202 minpoll 7")
    lease(folders[1], "wlan0.sources", "192.168.43.202 minpoll 5", f"{UPSTREAM} minpoll 4")
    suite = Meridian(host, f"server {UPSTREAM} minpoll 8\nsourcedir {folders[0]}\nsourcedir {folders[1]}\n").start()
    wanted = {UPSTREAM: 8, "192.168.43.202": 5}
    eventually(lambda: os.path.exists(suite.socket) and polls() == wanted, 10, "from the start: the configuration's, the first file's")
    os.remove(os.path.join(folders[0], "eth0.sources"))
    check(suite.ask("reload", "sources").strip() == "200 OK", "reload sources")
    check(polls() == wanted, f"the second file still has it: {polls()}")
    lease(folders[1], "wlan0.sources", f"{UPSTREAM} minpoll 4")
    suite.ask("reload", "sources")
    check(polls() == {UPSTREAM: 8}, f"the configuration's own stays as it is: {polls()}")
    os.remove(os.path.join(folders[1], "wlan0.sources"))
    suite.ask("reload", "sources")
    check(polls() == {UPSTREAM: 8}, f"and outlives the file that named it again: {polls()}")


def dhcp_servers_by_the_hooks(lan):
    """The hooks of NetworkManager, networkd-dispatcher and dhclient: servers of a lease come and go."""
    for number in (201, 202):
        start_upstream(lan.lan_host(f"upstream{number}", number))
    client = lan.lan_host("client", 102)
    suite = Meridian(client, f"server {UPSTREAM} iburst\nsourcedir /run/meridian-dhcp\n").start()
    _becomes(suite, (1, 0, 0), "the configured server alone")
    tools = _tools(suite)

    def hook(name, *words, **environment):
        command = ["env", f"PATH={tools}:/usr/sbin:/usr/bin:/sbin:/bin", f"MERIDIAN_LIBEXEC={HOOKS}",
                   *(f"{key}={value}" for key, value in environment.items())]
        if name == "dhclient":   # sourced, as dhclient-script does it
            return client.output([*command, "sh", "-euc", f". {BUILT_HOOKS}/dhclient; echo alive"])
        folder = BUILT_HOOKS if os.path.exists(os.path.join(BUILT_HOOKS, name)) else HOOKS
        return client.output([*command, os.path.join(folder, name), *words])

    def lease(name):
        path = f"/run/meridian-dhcp/{name}.sources"
        return open(path, encoding="utf-8").read() if os.path.exists(path) else None

    hook("networkmanager", "eth0", "up", DHCP4_NTP_SERVERS=f"{UPSTREAM} 192.168.43.202")
    _becomes(suite, (2, 0, 0), "a duplicate of a configured server is harmless")
    hook("networkmanager", "wlan0", "up", DHCP4_NTP_SERVERS="192.168.43.202")
    check(lease("wlan0") == "server 192.168.43.202 iburst\n", f"the lease's file: {lease('wlan0')}")
    hook("networkmanager", "eth0", "down")
    check(lease("eth0") is None, "no lease, no file")
    time.sleep(1)
    check(_activity(suite) == (2, 0, 0), "the other interface still gives this server")
    hook("networkmanager", "wlan0", "dhcp4-change", DHCP4_NTP_SERVERS="")
    _becomes(suite, (1, 0, 0), "the lease gives it no longer")

    check("alive" in hook("dhclient", reason="BOUND", interface="eth0", new_ntp_servers="192.168.43.202"),
          "the sourced hook does not end its script")
    _becomes(suite, (2, 0, 0), "dhclient's lease")
    hook("dhclient", reason="EXPIRE", interface="eth0")
    _becomes(suite, (1, 0, 0), "dhclient's lease has expired")

    leases = os.path.join(client.folder, "leases")
    os.mkdir(leases)
    index = client.output(["cat", "/sys/class/net/eth0/ifindex"]).strip()
    with open(os.path.join(leases, index), "w", encoding="utf-8") as file:
        file.write("ADDRESS=192.168.43.102\nNTP=192.168.43.202 192.168.43.201\n")
    hook("networkd", IFACE="eth0", STATE="routable", MERIDIAN_LEASES=leases)
    _becomes(suite, (2, 0, 0), "networkd's lease")
    suite.ask("offline")
    _becomes(suite, (0, 2, 0), "offline")
    hook("onoffline")
    _becomes(suite, (2, 0, 0), "ppp's hook")
    hook("networkd", IFACE="eth0", STATE="off")
    _becomes(suite, (1, 0, 0), "networkd's link is off")

    done = client.command([os.path.join(HOOKS, "dhcp-servers"), "../etc", "192.168.43.202"], check=False)
    check(done.returncode == 2 and not os.path.exists("/run/etc.sources"), "an interface is no path")
    hook("networkmanager", "eth0", "up", DHCP4_NTP_SERVERS="192.168.43.202;reboot $(id) 192.168.43.202")
    check(lease("eth0") == "server 192.168.43.202 iburst\n", f"only servers get in: {lease('eth0')}")
