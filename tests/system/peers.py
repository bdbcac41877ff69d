"""The daemons that scenarios run on a host: Meridian's own, and the peers that
tools/fetch-peers unpacked. Every one is started so that it cannot touch a clock."""
import os
import subprocess

from world import Failed, Skip, check, eventually

BUILD = os.environ.get("MERIDIAN_BUILD", "build")
NET_USER, CLOCK_USER = 62001, 62002   # numbers only: no user is created


def program(name):
    path = os.path.join(BUILD, "bin", name)
    if not os.path.exists(path):
        raise Failed(f"{path} is not built")
    return os.path.abspath(path)


def peer(package, path):
    full = os.path.join(BUILD, "peers", package, path)
    if not os.path.exists(full):
        raise Skip(f"no {package} here: `make peers` could not get it")
    return os.path.abspath(full)


class Meridian:
    """The suite on one host: clockd without a hand on the clock, and ntpd-net."""
    kind = "meridian"

    def __init__(self, host, configuration, name="meridian", net_user=NET_USER, clock_user=CLOCK_USER,
                 options=(), environment=None):
        self.host, self.name, self.environment = host, name, environment
        self.net_user, self.clock_user, self.options = net_user, clock_user, list(options)
        self.rundir = os.path.join(host.folder, name, "run")
        self.statedir = os.path.join(host.folder, name, "state")
        os.makedirs(self.rundir)
        os.makedirs(self.statedir)
        self.configuration = host.write(
            f"{name}.conf", f"{configuration.rstrip()}\nrundir {self.rundir}\nstatedir {self.statedir}\n")
        self.clockd = self.net = None
        self.traces = None   # a folder: every process's system calls go there

    def traced(self, name):
        if self.traces is None:
            return []
        os.makedirs(self.traces, exist_ok=True)
        return ["strace", "-f", "-ff", "-qq", "-o", os.path.join(self.traces, name)]

    @property
    def socket(self):
        return os.path.join(self.rundir, "ntpd-net", "control.sock")

    def start(self, clock=True):
        if clock:
            self.start_clockd()
        return self.start_net()

    def start_clockd(self, more=()):
        self.clockd = self.host.start(f"{self.name}-clockd", [
            *self.traced("clockd"), program("clockd"), "-x", "-d", "-f", self.configuration,
            "-u", str(self.clock_user), "--feeder", str(self.net_user), *more], self.environment)
        return self

    def start_net(self, more=()):
        self.net = self.host.start(f"{self.name}-ntpd-net", [
            *self.traced("ntpd-net"), program("ntpd-net"), "-d", "-f", self.configuration, "-u", str(self.net_user),
            *self.options, *more], self.environment)
        return self

    def ask(self, *words, code=0):
        return self.host.output([program("syncctl"), "-n", "-h", self.socket, *words], code=code)

    def chronyc(self, *words, code=0):
        return self.host.output([peer("chrony", "usr/bin/chronyc"), "-n", "-h", self.socket, *words],
                                code=code)

    def log(self):
        return self.net.log() + (self.clockd.log() if self.clockd else "")


class Chrony:
    """Debian's chronyd as it stands in the package."""
    kind = "chrony"

    def __init__(self, host, configuration, name="chronyd"):
        self.host, self.name = host, name
        folder = os.path.join(host.folder, name)
        os.makedirs(os.path.join(folder, "run"), mode=0o700)
        self.socket = os.path.join(folder, "run", "chronyd.sock")
        self.configuration = host.write(
            f"{name}.conf", f"{configuration.rstrip()}\nbindcmdaddress {self.socket}\n"
            f"pidfile {folder}/pid\nuser root\n")
        self.net = None

    def start(self, clock=True):
        del clock
        self.net = self.host.start(self.name, [
            peer("chrony", "usr/sbin/chronyd"), "-x", "-d", "-F", "0", "-f", self.configuration])
        return self

    def ask(self, *words, code=0):
        return self.host.output([peer("chrony", "usr/bin/chronyc"), "-n", "-h", self.socket, *words],
                                code=code)

    def log(self):
        return self.net.log()


def still_clock():
    """For peers that insist on moving a clock: a library in which every such call only says yes."""
    path = os.path.join(BUILD, "lib", "libstill_clock.so")
    if not os.path.exists(path):
        raise Failed(f"{path} is not built")
    return {"LD_PRELOAD": os.path.abspath(path)}


def certificate_for(host, address, name="nts"):
    """A certificate of its own for `address`, and its key: (certificate, key)."""
    certificate, key = (os.path.join(host.folder, f"{name}.{kind}") for kind in ("crt", "key"))
    host.command(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                  "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", f"/CN={address}",
                  "-addext", f"subjectAltName=IP:{address}"])
    os.chmod(certificate, 0o644)
    return certificate, key


def start_upstream(host, number=1):
    """The truth of the private world: a chronyd that serves the machine's clock as stratum 1."""
    upstream = Chrony(host, f"local stratum {number}\nallow\ncmdport 0", name="upstream").start()
    return upstream


def start_ntpsec(host, lines="tos orphan 5 orphanwait 1"):
    """NTPsec, by default serving its own undisciplined clock as stratum 5."""
    configuration = host.write("ntpsec.conf", f"{lines}\nrestrict default\n")
    return host.start("ntpsec", [peer("ntpsec", "usr/sbin/ntpd"), "-n", "-c", configuration],
                      still_clock())


def start_openntpd(host, upstream):
    """OpenNTPD following `upstream` and serving. Its user comes with a private passwd file."""
    configuration = host.write("openntpd.conf", f"listen on *\nserver {upstream}\n")
    for name, line in (("passwd", "openntpd:x:62009:62009::/run/openntpd:/bin/false\n"
                                  "_ntp:x:62009:62009::/run/openntpd:/bin/false\n"
                                  "ntpd:x:62009:62009::/run/openntpd:/bin/false\n"),
                       ("group", "openntpd:x:62009:\n_ntp:x:62009:\nntpd:x:62009:\n")):
        with open(f"/etc/{name}", encoding="utf-8") as file:
            host.write(name, file.read() + line)
        subprocess.run(["mount", "--bind", os.path.join(host.folder, name), f"/etc/{name}"], check=True)
    os.makedirs("/run/openntpd", exist_ok=True)
    os.makedirs("/var/lib/openntpd/run")
    os.makedirs("/var/lib/openntpd/db")
    return host.start("openntpd", [peer("openntpd", "usr/sbin/openntpd"), "-d", "-v", "-s", "-f", configuration],
                      still_clock())


def selected(suite):
    """The row of the selected source, as its fields, or None."""
    for line in suite.ask("-c", "sources", code=None).splitlines():
        fields = line.split(",")
        if len(fields) == 10 and fields[1] == "*":
            return fields
    return None


def wait_selected(suite, address, seconds=25):
    row = eventually(lambda: selected(suite), seconds, f"{suite.host.name} selects {address}")
    check(row[2] == address, f"{suite.host.name} selected {row[2]}, not {address}")
    return row
