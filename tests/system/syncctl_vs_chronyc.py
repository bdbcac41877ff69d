"""syncctl beside the real chronyc: the same daemon, the same words, the same text, CSV, exit code
and requests. The daemon is a stand-in that gives both the same answers: made up from a seed in
the shape of chronyd 4.3, or recorded from a real chronyd that holds no hand on a clock.
`syncctl_vs_chronyc.py [made_up|recorded] [seed]`; ends with 0, 1 or 77 (no chronyc here)."""
import hashlib
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("MERIDIAN_BUILD", "build")
CHRONY = os.environ.get("MERIDIAN_CHRONY", os.path.join(BUILD, "peers", "chrony"))
SYNCCTL = os.path.abspath(os.path.join(BUILD, "bin", "syncctl"))
CHRONYC = os.path.join(CHRONY, "usr", "bin", "chronyc")
CHRONYD = os.path.join(CHRONY, "usr", "sbin", "chronyd")
WITHOUT_CLOCK = ["setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time"]

# Command -> (reply type, body): A address, R refclock's address, F float, T timespec, N name,
# else struct's letters; a tuple is a list of values to choose from.
REPLIES = {
    14: (2, [("I", [3])]),
    15: (3, ["A", ("h", range(-7, 18)), ("H", range(17)), ("H", range(6)), ("H", range(3)), ("H", [0]),
             ("H", range(256)), "I", "F", "F", "F"]),
    # Leap 3 with a source is left out: chronyc does not look at it in waitsync, syncctl does.
    33: (5, ["I", "A", ("H", range(17)), ("H", range(3)), "T"] + ["F"] * 9),
    34: (6, ["I", "A", ("I", range(100)), ("I", range(50)), "I", "F", "F", "F", "F", "F"]),
    35: (7, ["T", "H", "H", "I", "F", "F"]),
    41: (18, [("I", range(17))] + ["T", "F", "F", "F"] * 16),
    44: (12, [("i", range(20))] * 5),
    51: (13, [("I", range(4)), "F", "F", "F", "F", "F"]),
    54: (24, ["I"] * 11),
    57: (16, ["A", "A", "H", ("B", range(4)), "B", ("B", range(7)), ("B", range(17)), ("b", range(-6, 18)),
              ("b", range(-32, 5)), "F", "F", "I", "T", "F", "F", "F", "F", "F", "H",
              ("B", [0, 68, 75, 72]), ("B", [0, 68, 75, 72])] + ["I"] * 7),
    65: (19, ["N"]),
    67: (20, [("H", range(3)), ("H", range(32)), "I", "H", "H", "I", "H", "H", "H", "H"]),
    68: (21, [("I", [8]), ("I", [8]), ("I", range(9))] +
         (["A"] + ["I"] * 6 + [("b", range(-128, 128))] * 4 + ["I"] * 3) * 8),
    69: (23, ["I", "A", ("B", [ord(c) for c in "NsMdw~SOTxWPUDL+*"]), ("B", range(2)), ("B", range(4)),
              ("B", [0]), ("H", range(16)), ("H", range(16)), "I", "F", "F", "F"]),
    11: (17, ["F", "F", "F"]),
}
COUNTS = [0, 1, 999, 1199, 1200, 35999, 36000, 345599, 345600, 86400 * 999, 86400 * 1000, 2**32 - 1]

REPORTS = [("sources", []), ("sources", ["-a"]), ("sourcestats", ["-a"]), ("sourcestats", []),
           ("selectdata", ["-a"]), ("selectdata", []), ("authdata", ["-a"]), ("authdata", []),
           ("tracking", []), ("ntpdata", []), ("ntpdata", ["192.0.2.7"]), ("activity", []),
           ("serverstats", []), ("clients", []), ("clients", ["-k"]), ("clients", ["-p", "3", "-r"]),
           ("manual", ["list"]), ("smoothing", []), ("rtcdata", []), ("sourcename", ["192.0.2.7"]),
           ("waitsync", ["2", "0.1", "100", "0.1"])]

# Words -> compared are the exit code, both outputs and what was asked.
CHANGES = [line.split() for line in """
online|online 192.0.2.9|online 192.0.2.0/24|online 255.255.0.0/192.0.2.9|online 2001:db8::/33
offline|offline 2001:db8::1|burst 1/2|burst 4/8 192.0.2.0/25|burst x|burst|delete 192.0.2.9|delete
add server 192.0.2.7|add server 192.0.2.7 minpoll 3 maxpoll 5 iburst prefer port 124 key 7
add peer 192.0.2.8 offline minstratum 2 maxdelay 0.3 polltarget 20 version 3 minsamples 4 maxsamples 9
add pool 192.0.2.9 maxsources 3 nts ntsport 99 certset 2 xleave trust require noselect burst auto_offline
add server 192.0.2.7 asymmetry 0.3 offset 0.1 filter 5 mindelay 0.001 presend 6 copy maxdelayratio 3
add server 192.0.2.7 maxdelaydevratio 4 maxdelayquant 0.2 extfield F323|add server|add foo bar
add server 192.0.2.7 frob|add server 192.0.2.7 minpoll|accheck 192.0.2.9|cmdaccheck 2001:db8::1
accheck|allow|allow all|allow 10|allow 10.1|allow 10.1.2|allow 10.0.0.0/8|allow all 10.0.0.0/33
allow 192.0.2.9|allow 2001:db8::/32|deny|deny all|deny 1.2.3|cmdallow 10/8|cmdallow all 10/8|cmddeny
cmddeny all ::1|local off|makestep|makestep 0.1 3|makestep 0.1|maxupdateskew 100
minpoll 192.0.2.9 4|minpoll 192.0.2.9|maxpoll 192.0.2.9 -2|maxdelay 192.0.2.9 0.3
maxdelayratio 192.0.2.9 2.5|maxdelaydevratio 192.0.2.9 3|polltarget 192.0.2.9 10
minstratum 192.0.2.9 3|reselect|reselectdist 0.001|manual on|manual off|manual reset|manual
manual frob|manual delete 3|manual delete|settime frobnicate|settime 2026-11-23 07:31:00
smoothtime reset|smoothtime activate|smoothtime|trimrtc|writertc|cyclelogs|dump|rekey|shutdown
reset sources|reset|reload sources|reload|refresh|onoffline|dns -n|dns foo|timeout 50|retries 99
authhash MD5|password foo|dfreq 0.25|doffset -0.125|doffset|foo|keygen 1 FROB
""".strip().replace("\n", "|").split("|")]


class Chance:
    """Values of one body, always the same for the same request."""

    def __init__(self, seed, request):
        self.dice = random.Random(hashlib.sha256(repr(seed).encode() + request).digest())
        self.local = False

    def address(self):
        family = self.dice.choice([1, 1, 1, 2, 2, 3, 0])
        octets = {0: 0, 1: 4, 2: 16, 3: 4}[family]
        return bytes(self.dice.randrange(256) for _ in range(octets)).ljust(16, b"\0") + struct.pack(
            ">HH", family, 0)

    def float(self):
        kind = self.dice.randrange(10)
        if kind == 0:
            return b"\0\0\0\0"
        if kind == 1:
            return struct.pack(">I", self.dice.randrange(2**32))
        exponent, sign = self.dice.randrange(-31, 24), self.dice.choice([1, 1, -1])
        coefficient = sign * self.dice.randrange(2**23, 2**24)
        return struct.pack(">I", (exponent & 0x7f) << 25 | coefficient & 0x1ffffff)

    def value(self, kind):
        if isinstance(kind, tuple):
            return struct.pack(">" + kind[0], self.dice.choice(list(kind[1])))
        if kind == "A":
            return self.address()
        if kind == "F":
            return self.float()
        if kind == "T":
            return struct.pack(">III", self.dice.choice([0, 0x7fffffff]), self.dice.randrange(2**32),
                               self.dice.choice([0, 999999999, 4294967295, self.dice.randrange(10**9)]))
        if kind == "N":
            letters = "abcdefghijklmnopqrstuvwxyz.-0123456789" + (" \x01" if self.dice.random() < .1 else "")
            return "".join(self.dice.choices(letters, k=self.dice.randrange(1, 60))).encode().ljust(256, b"\0")
        if kind == "I":
            return struct.pack(">I", self.dice.choice(COUNTS + [self.dice.randrange(2**32)] * 6))
        return struct.pack(">" + kind, self.dice.randrange(2 ** (8 * struct.calcsize(kind))))


class StandIn:
    """A daemon on a Unix socket that answers the same to the same question, and remembers what
    it was asked."""

    def __init__(self, path, answer):
        self.path, self.answer, self.asked = path, answer, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            request, sender = self.socket.recvfrom(2048)
            command = struct.unpack(">H", request[4:6])[0]
            body = request[20:]
            self.asked.append((command, body.rstrip(b"\0")))
            kind, status, reply = self.answer(command, body, request)
            header = struct.pack(">BBHHHHHHH4sII", 6, 2, 0, command, kind, status, 0, 0, 0,
                                 request[8:12], 0, 0)
            self.socket.sendto(header + reply, sender)


def made_up(seed):
    def answer(command, body, _):
        if command > 71:
            return 1, 3, b""    # as 4.3: it does not know the newer ones
        if command not in REPLIES:
            return 1, {25: 8, 26: 9}.get(command, 0), b""
        kind, parts = REPLIES[command]
        chance = Chance(seed, bytes([command]) + body.rstrip(b"\0"))
        return kind, 0, b"".join(chance.value(part) for part in parts)
    return answer


def recorded(daemon_path, folder):
    seen = {}
    own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    own.bind(os.path.join(folder, "recorder"))
    os.chmod(os.path.join(folder, "recorder"), 0o666)
    own.connect(daemon_path)
    own.settimeout(5)

    def answer(command, body, request):
        key = (command, body.rstrip(b"\0"))
        if key not in seen:
            own.send(request)
            reply = own.recv(2048)
            kind, status = struct.unpack(">HH", reply[6:10])
            seen[key] = kind, status, reply[28:]
        return seen[key]
    return answer


def run(program, path, options, words):
    done = subprocess.run([program, "-h", path, *options, *words], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


class Comparison:
    def __init__(self, stand_in):
        self.stand_in, self.made, self.failed = stand_in, 0, 0

    def both(self, options, words, requests=False):
        results = []
        for program in (CHRONYC, SYNCCTL):
            self.stand_in.asked.clear()
            outcome = run(program, self.stand_in.path, options, words)
            asked = [each for each in self.stand_in.asked if each[0] <= 71] if requests else None
            results.append((*outcome, asked))
        self.made += 1
        if results[0] == results[1]:
            return
        self.failed += 1
        print(f"DIFFERS: {' '.join([*options, *words])}")
        for theirs, ours, what in zip(*results, ("exit code", "stdout", "stderr", "requests")):
            if theirs != ours:
                print(f" {what}\n  chronyc: {theirs!r}\n  syncctl: {ours!r}")


def without_legend(text):
    """What -v adds is ours; the rows below it are not."""
    return text[text.index("\n", text.rindex("\n====")) if "\n====" in text else 0:]


def compare_reports(comparison):
    for options in ([], ["-n"], ["-N"], ["-c"], ["-c", "-N"]):
        for command, words in REPORTS:
            comparison.both(["-n", *options] if not options else options, [command, *words])


def check_legends(comparison):
    for command in ("sources", "sourcestats", "selectdata", "authdata"):
        theirs, ours = (run(program, comparison.stand_in.path, ["-n"], [command, "-v"])[1]
                        for program in (CHRONYC, SYNCCTL))
        comparison.made += 1
        if without_legend(theirs) != without_legend(ours) or "\n====" not in ours:
            comparison.failed += 1
            print(f"DIFFERS below the legend: {command} -v")


def start_chronyd(folder):
    path = os.path.join(folder, "chronyd.sock")
    configuration = os.path.join(folder, "chrony.conf")
    keys = os.path.join(folder, "keys")
    with open(keys, "w", encoding="ascii") as file:
        file.write("2 AES128 HEX:0123456789ABCDEF0123456789ABCDEF\n")
    with open(configuration, "w", encoding="ascii") as file:
        file.write(f"""local stratum 8\nport 0\ncmdport 0\nbindcmdaddress {path}\nmanual
server 127.0.0.9 offline\nserver 127.0.0.8 key 2 prefer offline\npool nowhere.invalid offline
refclock SOCK {folder}/refclock refid TST0 noselect\nkeyfile {keys}\npidfile {folder}/pid
driftfile {folder}/drift\nsmoothtime 400 0.01\nallow 192.0.2.0/24\n""")
    os.chmod(folder, 0o750)
    daemon = subprocess.Popen([*WITHOUT_CLOCK, CHRONYD, "-U", "-u", "root", "-x", "-d", "-f", configuration],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        if os.path.exists(path):
            return daemon, path
        time.sleep(0.05)
    daemon.kill()
    return None, None


def main():
    world = sys.argv[1] if len(sys.argv) > 1 else "made_up"
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if not os.path.exists(CHRONYC):
        print(f"SKIPPED: no chronyc at {CHRONYC}: `make peers` could not get it")
        return 77
    with tempfile.TemporaryDirectory(prefix="syncctl") as folder:
        path = os.path.join(folder, "control.sock")
        if world == "made_up":
            comparison = Comparison(StandIn(path, made_up(seed)))
            for words in CHANGES:
                comparison.both(["-n"], words, requests=True)
            for number in range(4):
                comparison.stand_in.answer = made_up((seed, number))
                compare_reports(comparison)
            check_legends(comparison)
        else:
            daemon, real = start_chronyd(folder)
            if daemon is None:
                print("SKIPPED: this machine does not let chronyd start")
                return 77
            try:
                comparison = Comparison(StandIn(path, recorded(real, folder)))
                compare_reports(comparison)
            finally:
                daemon.terminate()
                daemon.wait()
    print(f"{comparison.made} comparisons with chronyc, {comparison.failed} differ")
    return 1 if comparison.failed else 0


if __name__ == "__main__":
    sys.exit(main())
