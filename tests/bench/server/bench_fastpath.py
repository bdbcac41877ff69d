"""The fast path's part of bench-server: a veth pair between two private network namespaces,
the program in the veth's driver, which a kernel thread of its own polls ("threaded"): what the
server's side costs is then on that thread's clock and not on the load's. The bare responder
is measured at the same place, by its process alone: the way of its requests through the
stack, which it causes and the fast path saves, is not counted, as on loopback.

Twice: with requests that a socket sent, whose buffers a veth copies before its program may see
them (half of what the fast path costs there), and with frames as a network card's driver has
them (bench-frames), where nothing is copied."""
import ctypes
import fcntl
import glob
import json
import os
import socket
import statistics
import struct
import subprocess
import time

SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2c
SERVER = "192.0.2.1"


class Unavailable(Exception):
    pass


def read(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return ""


class Wire:
    """s0 here, c0 in the namespace of `holder`."""

    def __init__(self, binaries):
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c",
                                        "mount -t sysfs sysfs /sys && exec sleep 1000"])
        own = os.stat("/proc/self/ns/net").st_ino
        while os.stat(f"/proc/{self.holder.pid}/ns/net").st_ino == own or \
                "sleep" not in read(f"/proc/{self.holder.pid}/comm"):
            time.sleep(0.05)
        subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=True)
        self.ip("link", "add", "s0", "type", "veth", "peer", "name", "c0")
        self.ip("link", "set", "c0", "netns", str(self.holder.pid))
        self.ip("address", "add", f"{SERVER}/16", "dev", "s0")
        self.ip("link", "set", "s0", "up")
        for words in (["address", "add", "192.0.2.2/16", "dev", "c0"], ["link", "set", "c0", "up"]):
            self.there("ip", *words)
        self.receive_in_polls("s0")
        self.take_frames_there(binaries)
        with open("/sys/class/net/s0/threaded", "w", encoding="ascii") as file:
            file.write("1")
        self.there("sh", "-c", "echo 1 > /sys/class/net/c0/threaded")
        for pid in self.threads("s0"):
            os.sched_setaffinity(pid, {1 % os.cpu_count()})
        for pid in self.threads("c0"):
            os.sched_setaffinity(pid, {0})

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def command_there(self, *command):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", *command]

    def there(self, *command):
        subprocess.run(self.command_there(*command), check=True)

    @staticmethod
    def receive_in_polls(device):
        """A veth without a program polls only with this switched on."""
        value = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_SGRO, 1))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            fcntl.ioctl(one, SIOCETHTOOL, struct.pack("16sP", device.encode(), ctypes.addressof(value)))

    def take_frames_there(self, binaries):
        """A veth's other end wakes up for what a driver sends only when it has a program itself: ours, which
        nobody tells the time, passes everything."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            done = subprocess.run(self.command_there(f"{binaries}/ntpd-xdp", "--interface", "c0", "--hook", "driver",
                                                     "--channel", str(theirs.fileno())),
                                  pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Unavailable(done.stderr.strip())
            self.link_there = socket.recv_fds(ours, 64, 8)[1]

    @staticmethod
    def threads(device):
        return [int(path.split("/")[2]) for path in glob.glob("/proc/[0-9]*/comm")
                if read(path).startswith(f"napi/{device}-")]

    def cpu_seconds(self):
        return sum(int(read(f"/proc/{pid}/schedstat").split()[0]) for pid in self.threads("s0")) * 1e-9

    def take_frames_by_bench_frames(self):
        """The other end's program goes: bench-frames brings its own."""
        for fd in self.link_there:
            os.close(fd)
        here = read("/sys/class/net/s0/address").strip()
        there = subprocess.run(self.command_there("cat", "/sys/class/net/c0/address"), capture_output=True,
                               text=True, check=True).stdout.strip()
        self.ip("neigh", "replace", "192.0.2.2", "lladdr", there, "dev", "s0")
        return ["--interface", "c0", "--to-mac", here, "--from-mac", there, "--to", SERVER, "--from", "192.0.2.2"]

    def close(self):
        self.holder.kill()
        self.holder.wait()


def family_of(pid):
    found = [pid]
    for child in read(f"/proc/{pid}/task/{pid}/children").split():
        found += family_of(int(child))
    return found


class Contender:
    def __init__(self, wire, command, pinned):
        self.wire = wire
        self.process = subprocess.Popen(pinned(1) + command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(1.5)
        if self.process.poll() is not None:
            raise Unavailable(self.process.stderr.read().decode(errors="replace").strip())

    def cpu_seconds(self):
        own = sum(int(read(f"/proc/{pid}/schedstat").split()[0]) for pid in family_of(self.process.pid)) * 1e-9
        return own + self.wire.cpu_seconds()

    def stop(self):
        for pid in reversed(family_of(self.process.pid)):
            os.kill(pid, 9)
        self.process.wait()
        time.sleep(0.3)


def measure(binaries, rounds, count, pinned):
    """Server -> CPU us a request, that of the bare responder's, stamp error in us."""
    if not os.path.exists(f"{binaries}/ntpd-xdp"):
        raise Unavailable("this build has no ntpd-xdp")
    role = [f"{binaries}/serve-role", "--port", "123", "--bind", SERVER]
    contenders = {"bare": [f"{binaries}/bench-bare", "123", SERVER], "workers": role,
                  "fast path": role + ["--fastpath", "s0", "--hook", "driver"]}
    wire = Wire(binaries)
    costs, biases = {}, {}

    def load(tool, *options):
        done = subprocess.run(wire.command_there(*pinned(0), f"{binaries}/{tool}", *options),
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def flood(name, server, tool, *options):
        load(tool, *options, "--count", "2000")
        before = server.cpu_seconds()
        outcome = load(tool, *options, "--count", str(count))
        if outcome:
            costs.setdefault(name, []).append((server.cpu_seconds() - before) / outcome["answered"] * 1e6)

    def interleaved(meet):
        for _ in range(rounds):
            for name, command in contenders.items():
                server = Contender(wire, command, pinned)
                try:
                    meet(name, server)
                finally:
                    server.stop()

    def ask_by_sockets(name, server):
        flood(name, server, "bench-load", "--to", SERVER)
        bias = load("bench-load", "--to", SERVER, "--bias", "300")
        if bias:
            biases.setdefault(name, []).append(bias["median_bias_us"])

    try:
        interleaved(ask_by_sockets)
        frames = wire.take_frames_by_bench_frames()
        interleaved(lambda name, server: flood(f"{name}, frames", server, "bench-frames", *frames))
    finally:
        wire.close()
    middle = {name: statistics.median(values) for name, values in costs.items()}
    nothing = [float("nan")]
    return {name: (cost, cost / middle["bare, frames" if name.endswith("frames") else "bare"],
                   statistics.median(biases.get(name, nothing)))
            for name, cost in middle.items()}
