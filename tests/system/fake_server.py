"""An NTP server that says whatever it is told to, for scenarios: `fake_server.py ADDRESS [name=value ...]`.
Names: leap, stratum, delay and dispersion of the root (s), refid (an address), offset (s ahead of this
machine's clock), jitter (s, each answer as far off to either side by chance), jump (s ahead, for each SIGUSR1).
Tells when it was asked, a line each. Its figures repeat with each run."""
import random
import signal
import socket
import struct
import sys
import time

ERA = 2208988800


def stamp(seconds):
    return int((seconds + ERA) * (1 << 32)) & (1 << 64) - 1


def short(seconds):
    return int(seconds * 65536)


def answer(request, told, now):
    first = int(told["leap"]) << 6 | (request[0] >> 3 & 7) << 3 | 4
    return struct.pack(">BBbbII4sQ8sQQ", first, int(told["stratum"]), request[2], -20, short(told["delay"]),
                       short(told["dispersion"]), told["refid"], stamp(now - 1), request[40:48], stamp(now), stamp(now))


def main():
    told = {"leap": 0, "stratum": 2, "delay": 0.001, "dispersion": 0.001, "refid": "192.0.2.9", "offset": 0, "jitter": 0, "jump": 0}
    told.update(word.split("=") for word in sys.argv[2:])
    told = {name: socket.inet_aton(value) if name == "refid" else float(value) for name, value in told.items()}
    chance = random.Random(1)
    signal.signal(signal.SIGUSR1, lambda *_: told.update(offset=told["offset"] + told["jump"]))
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind((sys.argv[1], 123))
    while True:
        request, who = door.recvfrom(2000)
        print(f"{time.monotonic():.3f}", flush=True)
        now = time.time() + told["offset"] + told["jitter"] * chance.choice((-1, 1)) * chance.random()
        door.sendto(answer(request, told, now), who)


if __name__ == "__main__":
    main()
