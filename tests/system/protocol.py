"""The monitoring protocol by hand, from its description: requests as octets, replies taken apart.
Written without any code of the suite, so that a mistake there cannot hide here."""
import math
import os
import random
import socket
import struct
import weakref

UDP, UNIX = "UDP", "Unix socket"

# name -> (number, length on the wire of chronyc 4.3, reply type on success, body)
ADDRESS = bytes([192, 0, 2, 99]).ljust(16, b"\0") + b"\0\1\0\0"    # nobody's
NO_ADDRESS = bytes(20)
EMPTY = b""


def float_octets(value):
    """The protocol's 32-bit float: seven bits of exponent, 25 of coefficient."""
    fraction, exponent = math.frexp(value)
    return struct.pack(">I", (exponent + 1 & 0x7f) << 25 | round(fraction * 2**24) & 0x1ffffff if value else 0)


def _number(*values):
    return b"".join(struct.pack(">i", value) for value in values)


COMMANDS = {
    "online": (1, 60, 1, b"\xff" * 4 + bytes(12) + b"\0\1\0\0" + ADDRESS),
    "offline": (2, 60, 1, b"\xff" * 4 + bytes(12) + b"\0\1\0\0" + ADDRESS),
    "burst": (3, 68, 1, b"\xff" * 4 + bytes(12) + b"\0\1\0\0" + ADDRESS + _number(1, 2)),
    "minpoll": (4, 44, 1, ADDRESS + _number(6)),
    "maxpoll": (5, 44, 1, ADDRESS + _number(9)),
    "dump": (6, 28, 1, EMPTY),
    "maxdelay": (7, 44, 1, ADDRESS + float_octets(1.0)),
    "maxdelayratio": (8, 44, 1, ADDRESS + float_octets(3.0)),
    "maxupdateskew": (9, 28, 1, float_octets(100.0)),
    "settime": (11, 40, 17, bytes(12)),
    "manual": (13, 28, 1, _number(0)),
    "n_sources": (14, 32, 2, EMPTY),
    "source_data": (15, 76, 3, _number(0)),
    "rekey": (16, 28, 1, EMPTY),
    "allow": (17, 44, 1, ADDRESS + _number(32)),
    "allow all": (18, 44, 1, ADDRESS + _number(32)),
    "deny": (19, 44, 1, ADDRESS + _number(32)),
    "deny all": (20, 44, 1, ADDRESS + _number(32)),
    "cmdallow": (21, 44, 1, ADDRESS + _number(32)),
    "cmdallow all": (22, 44, 1, ADDRESS + _number(32)),
    "cmddeny": (23, 44, 1, ADDRESS + _number(32)),
    "cmddeny all": (24, 44, 1, ADDRESS + _number(32)),
    "accheck": (25, 40, 1, ADDRESS),
    "cmdaccheck": (26, 40, 1, ADDRESS),
    "delete": (29, 40, 1, ADDRESS),
    "writertc": (30, 28, 1, EMPTY),
    "dfreq": (31, 28, 1, float_octets(0.0)),
    "tracking": (33, 104, 5, EMPTY),
    "sourcestats": (34, 84, 6, _number(0)),
    "rtcdata": (35, 56, 7, EMPTY),
    "trimrtc": (36, 28, 1, EMPTY),
    "cyclelogs": (37, 28, 1, EMPTY),
    "manual list": (41, 416, 18, EMPTY),
    "manual delete": (42, 28, 1, _number(99)),
    "makestep": (43, 28, 1, EMPTY),
    "activity": (44, 48, 12, EMPTY),
    "minstratum": (45, 44, 1, ADDRESS + _number(2)),
    "polltarget": (46, 44, 1, ADDRESS + _number(8)),
    "maxdelaydevratio": (47, 44, 1, ADDRESS + float_octets(3.0)),
    "reselect": (48, 28, 1, EMPTY),
    "reselectdist": (49, 28, 1, float_octets(0.0)),
    "makestep policy": (50, 28, 1, _number(3) + float_octets(1.0)),
    "smoothing": (51, 52, 13, EMPTY),
    "smoothtime": (52, 28, 1, _number(0)),
    "refresh": (53, 28, 1, EMPTY),
    "serverstats": (54, 72, 24, EMPTY),
    "local": (56, 36, 1, _number(1, 10) + float_octets(1.0) + _number(0)),
    "ntpdata": (57, 152, 16, ADDRESS),
    "onoffline": (63, 28, 1, EMPTY),
    "add": (64, 372, 1, _number(9) + bytes(348)),
    "sourcename": (65, 284, 19, ADDRESS),
    "reset sources": (66, 28, 1, EMPTY),
    "authdata": (67, 52, 20, ADDRESS),
    "clients": (68, 520, 21, _number(0, 8, 0, 0)),
    "selectdata": (69, 76, 23, _number(0)),
    "reload sources": (70, 28, 1, EMPTY),
    "doffset": (71, 28, 1, float_octets(0.0)),
    "shutdown": (62, 28, 1, EMPTY),
}


def request(number, body=b"", length=28, version=6, kind=1, sequence=None):
    sequence = random.randrange(2**32) if sequence is None else sequence
    head = struct.pack(">BBHHHIII", version, kind, 0, number, 0, sequence, 0, 0)
    return (head + body).ljust(length, b"\0")


class Reply:
    """The head's fields; `body` is what follows its 28 octets."""

    def __init__(self, octets):
        self.octets = octets
        (self.version, self.kind, self.reserved, self.command, self.type, self.status) = struct.unpack(
            ">BBHHHH", octets[:10])
        self.sequence = struct.unpack(">I", octets[16:20])[0]
        self.body = octets[28:]


class Door:
    """A socket to a daemon, connected, in this process's network namespace. Its file goes with it,
    closed or not."""

    def __init__(self, where):
        if isinstance(where, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            path = f"/tmp/asker-{random.randrange(2**40):x}.sock"
            self.socket.bind(path)
            self.unlink = weakref.finalize(self, os.unlink, path)
            os.chmod(path, 0o666)
        else:
            self.unlink = lambda: None
            self.socket = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET,
                                        socket.SOCK_DGRAM)
        self.socket.connect(where)

    def ask(self, octets, seconds=2.0):
        """The reply, or None after so long; a reply longer than its request is a fault."""
        self.socket.settimeout(seconds)
        try:
            self.socket.send(octets)
            reply = self.socket.recv(4096)
        except (TimeoutError, ConnectionError):
            return None
        assert len(reply) <= len(octets), f"{len(reply)} octets answer {len(octets)}"
        return Reply(reply)

    def close(self):
        self.socket.close()
        self.unlink()


def float_of(octets):
    """The protocol's 32-bit float."""
    word = struct.unpack(">I", octets[:4])[0]
    exponent, coefficient = word >> 25, word & 0x1ffffff
    exponent -= 128 if exponent >= 64 else 0
    coefficient -= 1 << 25 if coefficient >= 1 << 24 else 0
    return coefficient * 2.0 ** (exponent - 25)
