"""Claims about syncctl on a terminal: what `watch` draws there, and how it leaves the terminal."""
import fcntl
import os
import re
import select
import signal
import subprocess
import termios

from peers import Meridian, program, start_upstream, wait_selected
from world import check, eventually

UPSTREAM = "192.168.43.201"
CLEAR = "\x1b[H\x1b[2J"


class _Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command):
        self.ours, self.its = os.openpty()
        self.before, self.text = termios.tcgetattr(self.its), ""

        def own_it():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.popen = subprocess.Popen(command, stdin=self.its, stdout=self.its, stderr=self.its, preexec_fn=own_it)

    def frames(self):
        """What was drawn since each clearing of the screen; the last may not be whole."""
        while select.select([self.ours], [], [], 0)[0]:
            self.text += os.read(self.ours, 65536).decode()
        return self.text.replace("\r\n", "\n").split(CLEAR)[1:]

    def has_keys_unseen(self):
        return not termios.tcgetattr(self.its)[3] & (termios.ICANON | termios.ECHO)

    def press(self, key):
        os.write(self.ours, key)

    def is_as_it_was(self):
        return termios.tcgetattr(self.its) == self.before


def watch_draws_until_it_is_ended(lan):
    """watch: a plot that grows by a point a frame and the sources below; q and SIGINT end it, the terminal as before."""
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst\n").start(clock=False)
    wait_selected(suite, UPSTREAM)
    command = [program("syncctl"), "-n", "-h", suite.socket, "watch"]

    def begin(*words):
        terminal = _Terminal(suite.host.inside([*command, *words]))
        eventually(lambda: len(terminal.frames()) > 3, 20, "four frames")
        check(terminal.has_keys_unseen(), "a key is neither echoed nor kept until the end of a line")
        return terminal
    terminal = begin("0.2")
    for number, frame in enumerate(terminal.frames()[:3], 1):
        lines = frame.split("\n")
        check(re.fullmatch(r"offset +[+-]\d+\w+  bound +\d+\w+  rate [+-]\d+\.\d{3} ppm  skew \d+\.\d{3} ppm  stratum 2  Normal",
                           lines[0]), f"headline: {lines[0]!r}")
        rows = lines[2:13]
        check(all(re.fullmatch(r".{7} \|.{70}", row) for row in rows), f"eleven rows of the plot: {rows}")
        check("".join(rows).count("*") == number and any(row.endswith("*") for row in rows), f"{number} points: {rows}")
        check(sum(row.endswith(":") for row in rows) == 2, f"the bound on both sides: {rows}")
        check(rows[5].startswith(" " * 8 + "|-") and rows[0].lstrip()[0] == "+" and rows[10].lstrip()[0] == "-",
              f"the scale: {rows}")
        below = "\n".join(lines[13:])
        check(below.lstrip().startswith("MS Name/IP address") and re.search(rf"^\^\* {re.escape(UPSTREAM)} ", below, re.M),
              f"sources: {below}")
    terminal.press(b"q")
    check(terminal.popen.wait(10) == 0 and terminal.is_as_it_was(), f"q: {terminal.popen.returncode}")

    # A long wait: any key draws at once, and ^C is not kept waiting.
    slow = _Terminal(suite.host.inside([*command, "1000"]))
    eventually(lambda: len(slow.frames()) == 1 and "MS Name" in slow.text and slow.has_keys_unseen(), 20, "the first frame")
    slow.press(b" ")
    eventually(lambda: len(slow.frames()) == 2, 10, "a key draws at once")
    slow.press(b"\x03")
    check(slow.popen.wait(10) == -signal.SIGINT and slow.is_as_it_was(), f"^C: {slow.popen.returncode}")
    for number in (signal.SIGINT, signal.SIGTERM):
        ended = begin("0.1")
        ended.popen.send_signal(number)
        check(ended.popen.wait(10) == -number and ended.is_as_it_was(), f"{number}: {ended.popen.returncode}")

    done = suite.host.command([*command], check=False)
    check(done.returncode == 1 and "on a terminal only" in done.stderr, f"no terminal: {done}")
    alone = begin("0.1")
    suite.net.stop()
    check(alone.popen.wait(20) == 1 and alone.is_as_it_was(), f"without a daemon: {alone.popen.returncode}")
