"""What feeds reference clocks in the hosts world: a GPS receiver that speaks NMEA on a
pseudo-terminal, Debian's gpsd that reads it, and writers of SHM segments and SOCK datagrams.
Knows the formats; starts no Meridian program."""
import ctypes
import glob
import os
import pty
import socket
import struct
import threading
import time
import tty

from peers import BUILD, peer
from world import Failed


def preload(name):
    path = os.path.join(BUILD, "lib", f"lib{name}.so")
    if not os.path.exists(path):
        raise Failed(f"{path} is not built")
    return {"LD_PRELOAD": os.path.abspath(path)}


def _sentence(body):
    check = 0
    for octet in body.encode("ascii"):
        check ^= octet
    return f"${body}*{check:02X}\r\n"


def nmea(seconds):
    """The sentences of one fix, at a whole second since 1970."""
    clock = time.strftime("%H%M%S.00", time.gmtime(seconds))
    date = time.strftime("%d%m%y", time.gmtime(seconds))
    return "".join(_sentence(body) for body in (
        f"GPRMC,{clock},A,4717.112671,N,00833.914843,E,0.004,77.52,{date},,,A",
        f"GPGGA,{clock},4717.112671,N,00833.914843,E,1,08,1.01,499.6,M,48.0,M,,",
        "GPGSA,A,3,23,29,07,08,09,18,26,28,,,,,1.94,1.18,1.54",
        f"GPZDA,{clock},{time.strftime('%d,%m,%Y', time.gmtime(seconds))},00,00"))


class Receiver:
    """A GPS receiver on a pseudo-terminal: a fix each second, `late` seconds after its pulse."""

    def __init__(self, path, late=0.12):
        self.late, self.path = late, path
        self.line, self._far_end = pty.openpty()
        tty.setraw(self._far_end)
        os.symlink(os.ttyname(self._far_end), path)
        os.set_blocking(self.line, False)
        threading.Thread(target=self._speak, daemon=True).start()

    def _speak(self):
        while True:
            now = time.time()
            second = int(now - self.late) + 1
            time.sleep(second + self.late - now)
            try:
                while os.read(self.line, 4096):   # what gpsd says to its receiver
                    pass
            except BlockingIOError:
                pass
            try:
                os.write(self.line, nmea(second).encode("ascii"))
            except BlockingIOError:
                pass   # nobody reads


def start_gpsd(host, receiver):
    """Debian's gpsd, unpacked, with a pulse on the serial line; no network but its own host's."""
    libraries = os.path.dirname(peer("gpsd", "usr/lib/x86_64-linux-gnu/libgps.so.28"))
    return host.start("gpsd", [peer("gpsd", "usr/sbin/gpsd"), "-N", "-n", "-S", "2947", receiver.path],
                      {**preload("serial_line"), "LD_LIBRARY_PATH": libraries})


class GpsFake:
    """gpsd's own fake receiver, with a gpsd that it starts. It plays a log line by line when it is
    told to, in single steps: a step is a fix, and comes `late` seconds after its second."""

    def __init__(self, host, late=0.12, fixes=300):
        self.late, self.first = late, int(time.time()) + 5
        log = host.write("fixes.nmea", "# Delay-Cookie: | 0\n" +
                         "|".join(nmea(self.first + number) for number in range(fixes)))
        self.steps = os.path.join(host.folder, "steps")
        os.mkfifo(self.steps)
        package, gpsd = (os.path.dirname(os.path.dirname(peer(*where))) for where in
                         (("gpsfake", "usr/bin/gpsfake"), ("gpsd", "usr/sbin/gpsd")))
        library = "lib/x86_64-linux-gnu"
        self.process = host.start("gpsfake", ["sh", "-c", 'fifo=$1; shift; exec "$@" <"$fifo"', "sh", self.steps,
                                              "/usr/bin/python3", f"{package}/bin/gpsfake", "-i", "-n", log],
                                  {**preload("serial_line"), "PYTHONPATH": ":".join(glob.glob(f"{package}/lib/python3*") +
                                                          [f"{package}/lib/python3/dist-packages"]),
                                   "LD_LIBRARY_PATH": f"{package}/{library}:{gpsd}/{library}", "GPSD_HOME": f"{gpsd}/sbin"})
        threading.Thread(target=self._step, args=(fixes,), daemon=True).start()

    def _step(self, fixes):
        with open(self.steps, "wb", buffering=0) as steps:
            for second in range(self.first, self.first + fixes):
                time.sleep(max(second + self.late - time.time(), 0))
                steps.write(b"\n")


class Segment:
    """A writer of NTP's shared memory, in its own words (libc's shmget): mode 1, nanoseconds."""
    _format = "iiqi4xqiiiiiII32x"

    def __init__(self, unit, create_mode=None):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.libc.shmat.restype = ctypes.c_void_p
        flags = 0 if create_mode is None else 0o1000 | create_mode
        self.number = self.libc.shmget(0x4e545030 + unit, 96, flags)
        if self.number < 0:
            raise Failed(f"SHM {unit}: {os.strerror(ctypes.get_errno())}")
        self.address = self.libc.shmat(self.number, None, 0)
        self.count = 0

    def write(self, clock_ns, receive_ns, leap=0):
        self.count += 2
        fields = struct.pack(
            self._format, 1, self.count, clock_ns // 10**9, clock_ns % 10**9 // 1000,
            receive_ns // 10**9, receive_ns % 10**9 // 1000, leap, -20, 3, 0,
            clock_ns % 10**9, receive_ns % 10**9)
        ctypes.memmove(self.address, fields, len(fields))
        ctypes.memmove(self.address + 48, struct.pack("i", 1), 4)   # valid, last


def sock_message(offset, at=None, pulse=0, leap=0):
    """The SOCK datagram: at (s) the reference was `offset` s ahead of the system clock."""
    at = time.time() if at is None else at
    return struct.pack("qqdiiii", int(at), int(at % 1 * 1e6), offset, pulse, leap, 0, 0x534f434b)


class Feeder:
    """Sends SOCK datagrams, one each `every` seconds, until told to stop. `what` gives the
    datagram for a time."""

    def __init__(self, path, what, every=0.25):
        self.path, self.what, self.every = path, what, every
        self.stopped = threading.Event()
        threading.Thread(target=self._feed, daemon=True).start()

    def _feed(self):
        out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        while not self.stopped.wait(self.every):
            try:
                out.sendto(self.what(time.time()), self.path)
            except OSError:
                pass   # not there yet, or full: the next one may go

    def stop(self):
        self.stopped.set()
