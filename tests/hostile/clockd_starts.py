#!/usr/bin/env python3
"""How clockd starts and what it becomes: background and foreground, the pid file, the word to the
service manager, a second instance, and a steerer that is given nothing or nonsense. Runs dry and
without CAP_SYS_TIME. Usage: clockd_starts.py CLOCKD STEERER
"""
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

failures = []


def check(held, claim):
    print(("ok: " if held else "FAILED: ") + claim)
    if not held:
        failures.append(claim)


def eventually(question, seconds=20):
    end = time.monotonic() + seconds
    while not question() and time.monotonic() < end:
        time.sleep(0.02)
    return question()


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Instance:
    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="clockd-starts-")
        os.chmod(self.folder, 0o755)
        self.words = ["setpriv", "--bounding-set=-sys_time", "--inh-caps=-sys_time", program, "-x",
                      "-u", "62002" if os.geteuid() == 0 else str(os.geteuid()), "--feeder", str(os.geteuid()),
                      "--rundir", f"{self.folder}/run", "--statedir", f"{self.folder}/state"]

    def run(self, *words, **options):
        return subprocess.run([*self.words, *words, "makestep 1 3"], capture_output=True, text=True,
                              timeout=30, check=False, **options)

    def pid(self):
        try:
            with open(f"{self.folder}/run/clockd/clockd.pid", encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            return 0


def in_the_background(clock, steerer):
    done = clock.run()
    check(done.returncode == 0, f"the first parent ends with 0 once it runs: {done.returncode} {done.stderr}")
    pid = clock.pid()
    check(is_alive(pid), "the pid file names what lives")
    check(os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(steerer), "which is the steerer")
    second = clock.run()
    check(second.returncode == 1 and str(pid) in second.stderr, f"a second instance is refused: {second.stderr}")
    os.kill(pid, signal.SIGTERM)
    check(eventually(lambda: not is_alive(pid)), "SIGTERM ends it")


def under_a_service_manager(clock):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"{clock.folder}/notify")
        os.chmod(f"{clock.folder}/notify", 0o666)
        manager.settimeout(20)
        with subprocess.Popen([*clock.words, "-n", "makestep 1 3"], stderr=subprocess.PIPE, text=True,
                              env={**os.environ, "NOTIFY_SOCKET": f"{clock.folder}/notify"}) as process:
            check(manager.recv(100) == b"READY=1", "it says READY=1")
            check(clock.pid() == process.pid, "the main process is the one that was started")
            with open(f"/proc/{process.pid}/environ", "rb") as file:
                check(file.read() == b"", "no environment went along")
            process.send_signal(signal.SIGTERM)
            check(manager.recv(100) == b"STOPPING=1", "and STOPPING=1")
            check(process.wait(20) == 0, "and ends with 0")


def nothing_started(clock):
    check(clock.run("--check").returncode == 0, "--check judges and ends")
    wrong = clock.run("-d", "makestep one 3")
    check(wrong.returncode == 2 and "makestep" in wrong.stderr, f"a wrong line is exit 2: {wrong.stderr}")
    check(not os.path.exists(f"{clock.folder}/run"), "and nothing was made")


def steerer_alone(steerer):
    """The page is format, then integers; 33 of them."""
    def given(page):
        memory = os.memfd_create("page")
        os.write(memory, page)
        done = subprocess.run([steerer], capture_output=True, text=True, timeout=20, check=False,
                              pass_fds=(3,), preexec_fn=lambda: os.dup2(memory, 3))
        os.close(memory)
        return done
    for page, word in ((b"", "nothing was handed over"), (b"\0" * 264, "not of this version"),
                       (struct.pack("<33q", 0x31454F484B434C43, *[1 << 62] * 32), "not of this version")):
        done = given(page)
        check(done.returncode == 1 and word in done.stderr, f"{len(page)} octets: {done.returncode} {done.stderr.strip()}")


def main():
    clockd, steerer = sys.argv[1:]
    for case in (nothing_started, lambda c: in_the_background(c, steerer), under_a_service_manager):
        clock = Instance(clockd)
        try:
            case(clock)
        finally:
            if is_alive(clock.pid()):
                os.kill(clock.pid(), signal.SIGKILL)
            shutil.rmtree(clock.folder)
    steerer_alone(steerer)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
