"""Claims about ports that were opened beforehand: what a service manager does for the unit of ntpd-net is done
here by a few lines, and the daemon that gets them holds no capability at any time."""
import array
import os
import socket
import threading

from peers import NET_USER, Meridian, certificate_for, program, selected, start_upstream, wait_selected
from world import check, eventually

UPSTREAM, SERVER, CLIENT = "192.168.43.201", "192.168.43.101", "192.168.43.102"
BIND_ONLY = ["setpriv", f"--reuid={NET_USER}", f"--regid={NET_USER}", "--clear-groups", "--no-new-privs",
             *(f"--{which}=-all,+net_bind_service" for which in ("inh-caps", "ambient-caps", "bounding-set"))]
NOTHING = ["setpriv", f"--reuid={NET_USER}", f"--regid={NET_USER}", "--clear-groups", "--no-new-privs",
           "--inh-caps=-all", "--bounding-set=-all"]


class Manager(threading.Thread):
    """The service manager's end of sd_notify: keeps descriptors by name, forgets them when told."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path = os.path.join(folder, "notify")
        self.store, self.said = {}, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.start()

    def run(self):
        while True:
            words, attached, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4 * 16))
            fds = array.array("i")
            for _, _, data in attached:
                fds.frombytes(data)
            lines = words.decode().splitlines()
            name = next((line[7:] for line in lines if line.startswith("FDNAME=")), "")
            if "FDSTORE=1" in lines:
                self.store.setdefault(name, []).extend(fds)
            elif "FDSTOREREMOVE=1" in lines:
                for fd in self.store.pop(name, []):
                    os.close(fd)
            else:   # BARRIER=1: all that came before is done
                for fd in fds:
                    os.close(fd)
            self.said += lines

    def handed(self):
        """(environment, descriptors) of the unit's next process, as systemd hands them."""
        names = [name for name, fds in self.store.items() for _ in fds]
        fds = [fd for fds in self.store.values() for fd in fds]
        return {"LISTEN_FDS": str(len(fds)), "LISTEN_FDNAMES": ":".join(names), "NOTIFY_SOCKET": self.path}, fds


# Puts the descriptors where they belong and becomes the daemon, whose pid LISTEN_PID has to name.
BECOME = """import os, sys
at, words = sys.argv.index("--"), sys.argv
kept = [os.dup2(int(fd), 500 + i) for i, fd in enumerate(words[1:at])]
for fd in words[1:at]:
    os.close(int(fd))
for i, fd in enumerate(kept):
    os.dup2(fd, 3 + i)
    os.close(fd)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execvp(words[at + 1], words[at + 1:])
"""


def _capabilities(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return {line.split()[1] for line in file if line.startswith("Cap")}


def _listens(host, protocol, port):
    return host.output(["ss", f"-Hln{protocol}", f"sport = :{port}"]).splitlines()


def _netlinks(pid):
    """Inodes of the route netlink sockets that a process and its children hold."""
    with open(f"/proc/{pid}/net/netlink", encoding="ascii") as file:
        routes = {int(line.split()[9]) for line in file.readlines()[1:] if line.split()[1] == "0"}
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        pids = [pid, *file.read().split()]
    held = {os.stat(f"/proc/{each}/fd/{fd}").st_ino for each in pids for fd in os.listdir(f"/proc/{each}/fd")}
    return routes & held


def ports_are_handed_over(lan):
    """The daemon serves port 123, answers commands at 323 and NTS at 4460 and hears of links with no capability in
    any set, by what `--open-ports` opened; the manager keeps nothing of it. Without
    that it says what it may not. What was handed for other lines is not used."""
    start_upstream(lan.lan_host("upstream", 201))
    host, client = lan.lan_host("server", 101), lan.lan_host("client", 102)
    certificate, key = certificate_for(host, SERVER)
    os.chown(key, 0, NET_USER)
    os.chmod(key, 0o640)
    suite = Meridian(host, f"server {UPSTREAM} iburst\nallow\npeer 192.168.43.77\nlocal stratum 10\nntsport 460\n"
                     f"ntsservercert {certificate}\nntsserverkey {key}\n")
    for folder in (suite.rundir, suite.statedir):
        os.chown(folder, NET_USER, NET_USER)
    manager = Manager(host.folder)
    opened = host.command(["env", f"NOTIFY_SOCKET={manager.path}", *BIND_ONLY, program("ntpd-net"), "-j", "2",
                           "-f", suite.configuration, "--open-ports"], check=False)
    check(opened.returncode == 0 and not opened.stderr, f"--open-ports: {opened.returncode} {opened.stderr}")
    names = {name: len(fds) for name, fds in manager.store.items()}
    check(names == {"server 0.0.0.0_123": 2, "server [__]_123": 2, "control 127.0.0.1_323": 1, "control [__1]_323": 1,
                    "peer 0.0.0.0_123": 1, "nts 0.0.0.0_460": 1, "nts [__]_460": 1, "links": 1}, f"kept: {names}")

    def start(name, environment, fds, *options):
        words = [*NOTHING, "/usr/bin/python3", "-c", BECOME, *map(str, fds), "--", program("ntpd-net"), "-d", "-j", "2", "-x",
                 "-f", suite.configuration, *options]
        return host.start(name, words, environment, fds)

    bare = start("bare", {"NOTIFY_SOCKET": manager.path}, [], "--rundir", f"{suite.rundir}2")
    eventually(lambda: "Nobody can be served: cannot bind to 0.0.0.0:123" in bare.log(), 10, "not alone")
    bare.stop()
    environment, fds = manager.handed()
    links = os.fstat(manager.store["links"][0]).st_ino
    suite.net = start("handed", environment, fds)
    eventually(lambda: "starting" in suite.net.log(), 10, "it is ntpd-net that runs")
    check(_capabilities(suite.net.pid) == {"0" * 16}, f"no capability: {_capabilities(suite.net.pid)}")
    wait_selected(suite, UPSTREAM)
    check("Nobody can be served" not in suite.net.log() and "No UDP port" not in suite.net.log(), suite.net.log())
    eventually(lambda: not manager.store, 5, f"the manager was told to forget: {manager.store.keys()}")
    check("READY=1" in manager.said, "and that it is ready")
    asked = client.output([program("ntpdate"), "-q", SERVER])
    check("stratum 2" in asked, f"port 123 is served: {asked}")
    check("Normal" in host.output([program("syncctl"), "-h", "127.0.0.1", "tracking"]), "port 323 answers")
    check(_listens(host, "t", 460), "NTS is listened for")
    check(_netlinks(suite.net.pid) == {links}, "the netlink socket that was handed over is in use, and no other was opened")
    suite.net.stop()
    check(not _listens(host, "u", 123), f"nothing is left: {_listens(host, 'u', 123)}")
