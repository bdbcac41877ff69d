"""A private world for one scenario: hosts that are network namespaces on one bridge, their
processes, and waiting. The whole world lives in a mount, network, process and IPC namespace of
its own without CAP_SYS_TIME: nothing in it can touch the machine's clock or network, and
everything in it dies with it, whatever kills the scenario. Knows no time protocol."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77   # what ctest shows as "Skipped"


class Skip(Exception):
    """This machine cannot run the scenario; the text says why."""


class Failed(Exception):
    """The world did not do what the scenario claims."""


def enter():
    """Runs this program again inside private namespaces, once, with the clock out of reach."""
    if os.environ.get("MERIDIAN_WORLD") == "inside":
        return
    if os.geteuid() != 0:
        print("SKIPPED: needs root, for network namespaces")
        sys.exit(SKIPPED)
    probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "true"],
                           capture_output=True, text=True)
    if probe.returncode != 0:
        print(f"SKIPPED: no namespaces here: {probe.stderr.strip()}")
        sys.exit(SKIPPED)
    os.environ["MERIDIAN_WORLD"] = "inside"
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.execvp("unshare", [
        "unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child=KILL", "--mount-proc",
        "setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time",
        sys.executable, *sys.argv])


def check(condition, claim):
    if not condition:
        raise Failed(claim)


def eventually(question, seconds, claim, every=0.2):
    """The first true answer within so many seconds; otherwise the claim failed."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"not within {seconds} s: {claim}")
        time.sleep(every)


class Process:
    def __init__(self, name, popen, log):
        self.name, self.popen, self.log_path = name, popen, log

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as lines:
            return lines.read()

    def is_alive(self):
        return self.popen.poll() is None

    def stop(self, how=signal.SIGTERM, seconds=10):
        if self.is_alive():
            self.popen.send_signal(how)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired as error:
            self.popen.kill()
            raise Failed(f"{self.name} did not end on {how.name} within {seconds} s") from error


class Host:
    """One machine: a network namespace with one interface on the world's bridge."""

    def __init__(self, world, name, address, gateway):
        self.world, self.name, self.address = world, name, address.split("/")[0]
        self.folder = os.path.join(world.folder, name)
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o755)
        world.command(["ip", "netns", "add", name])
        world.command(["ip", "link", "add", f"v-{name}", "type", "veth",
                       "peer", "name", "eth0", "netns", name])
        world.command(["ip", "link", "set", f"v-{name}", "master", "lan", "up"])
        self.command(["ip", "link", "set", "lo", "up"])
        self.command(["ip", "link", "set", "eth0", "up"])
        self.command(["ip", "address", "add", address, "dev", "eth0"])
        self.command(["ip", "route", "add", "default", "via", gateway])

    def inside(self, arguments):
        return ["ip", "netns", "exec", self.name, *arguments]

    def command(self, arguments, **options):
        return self.world.command(self.inside(arguments), **options)

    def output(self, arguments, seconds=30, code=0):
        """Standard output of a command that must end with this code (None: any)."""
        done = self.command(arguments, check=False, timeout=seconds)
        if code is not None:
            check(done.returncode == code,
                  f"`{' '.join(arguments)}` ended with {done.returncode}, not {code}:\n"
                  f"{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, name, arguments, environment=None, keep=()):
        """`keep`: descriptors of ours that it gets."""
        log = os.path.join(self.folder, f"{name}.log")
        with open(log, "ab") as file:
            popen = subprocess.Popen(self.inside(arguments), stdin=subprocess.DEVNULL, stdout=file,
                                     stderr=file, env={**os.environ, **(environment or {})}, pass_fds=keep)
        process = Process(f"{self.name}/{name}", popen, log)
        self.world.processes.append(process)
        return process

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def disconnect(self):
        self.world.command(["ip", "link", "set", f"v-{self.name}", "down"])

    def connect(self):
        self.world.command(["ip", "link", "set", f"v-{self.name}", "up"])


class World:
    """`lan` is 192.168.43.0/24; `far` is 10.43.0.0/24 behind the router between them."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="meridian-world-")
        os.chmod(self.folder, 0o755)
        self.processes = []

    def __enter__(self):
        for folder in ("/run", "/var/lib"):   # private: namespaces' names, pid files, peers' drift files
            self.command(["mount", "-t", "tmpfs", "tmpfs", folder])
        os.makedirs("/run/netns")
        self.command(["ip", "link", "set", "lo", "up"])
        try:
            self.command(["ip", "link", "add", "lan", "type", "bridge"])
        except Failed as error:
            raise Skip(f"no network bridge here: {error}") from error
        self.command(["ip", "address", "add", "192.168.43.1/24", "dev", "lan"])
        self.command(["ip", "address", "add", "10.43.0.1/24", "dev", "lan"])
        self.command(["ip", "link", "set", "lan", "up"])
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None and kind is not Skip:
            self.show_logs()
        for process in reversed(self.processes):
            if process.is_alive():
                process.popen.kill()
                process.popen.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def show_logs(self):
        for process in self.processes:
            lines = process.log().splitlines()
            state = "running" if process.is_alive() else f"ended with {process.popen.returncode}"
            print(f"--- {process.name} ({state}), last lines of {len(lines)}:")
            print("\n".join(lines[-25:]))

    def command(self, arguments, check=True, timeout=30):
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout,
                                  stdin=subprocess.DEVNULL, errors="replace")
        except subprocess.TimeoutExpired as error:
            raise Failed(f"`{' '.join(arguments)}` took over {timeout} s") from error
        if check and done.returncode != 0:
            raise Failed(f"`{' '.join(arguments)}`: {done.stdout}{done.stderr}".strip())
        return done

    def own_etc(self):
        """The folder that stands at /etc from now on: a copy, to change."""
        etc = os.path.join(self.folder, "etc")
        self.command(["cp", "-a", "/etc", etc])
        self.command(["mount", "--bind", etc, "/etc"])
        return etc

    def preload_everywhere(self, path):
        """Every program that starts from now on loads this library, those without an environment too."""
        library = os.path.join(self.folder, os.path.basename(path))
        shutil.copy(path, library)
        os.chmod(library, 0o755)
        with open(os.path.join(self.own_etc(), "ld.so.preload"), "w", encoding="ascii") as file:
            file.write(library + "\n")

    def lan_host(self, name, number):
        return Host(self, name, f"192.168.43.{number}/24", "192.168.43.1")

    def far_host(self, name, number):
        return Host(self, name, f"10.43.0.{number}/24", "10.43.0.1")
