"""Compares each process's list of allowed system calls, as it stands in the source, with the calls
that strace saw. A call that was seen and is not in the list fails; a call that is in the list and
was not seen fails too, unless it stands below with its reason. Also holds the design's numbers."""
import collections
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TABLES = {   # process: file, table, most calls
    "clockd": ("clockd/promise.h", "promise", 14),
    "client": ("ntpd-net/promises.cc", "client_calls", 24),
    "server": ("ntpd-net/server_promise.h", "server_promise", 12),
    "resolver": ("ntpd-net/promises.cc", "resolver", None),
    "signer": ("ntpd-net/signer.cc", "signer_promise", None),
    "nts": ("ntpd-net/nts/nts_role.cc", "nts_promise", None),
    "supervisor": ("ntpd-net/promises.cc", "supervisor", None),
    "refclockd": ("refclockd/main.cc", "promise", None),
    "rtcd": ("rtcd/main.cc", "promise", None),
}
ANYWHERE = {
    "exit_group": "the last call, which a kill spares",
    "rt_sigreturn": "after a signal that came while it waited",
    "restart_syscall": "a poll after a stop or a suspend, if it was waiting then",
    "clock_gettime": "where the vDSO cannot answer",
    "brk": "the heap's next growth, if it has to",
}
DEVICES = "of clocks that this machine has not; the guest runs them under the filter"
CYCLELOGS = "in the list only where there is a log, which this scenario has not"
SERVICES = "called inside getaddrinfo by name services that other machines have configured"
SOMETIMES = {   # allowed, seen in one run and not in the next
    "supervisor": {"kill": "a role that outlives its last second"},
}
UNSEEN = {   # allowed, and not seen: why it stays
    "clockd": {},
    "client": {"newfstatat": "the size of the sources that the supervisor hands over, when they changed",
               "fstat": "what newer C libraries call for it"},
    "server": {"write": "the last words of an internal error",
               "munmap": "large tables given back at the end"},
    "resolver": {call: SERVICES for call in ("access", "brk", "faccessat", "fcntl", "fstat", "futex", "getdents64", "getegid",
                                             "geteuid", "getgid", "getpeername", "getpid", "getrandom", "getsockopt", "gettid",
                                             "getuid", "ioctl", "madvise", "mmap", "mprotect", "mremap", "munmap", "pread64",
                                             "readlink", "recvmmsg", "rt_sigaction", "rt_sigprocmask", "sendmsg", "statx",
                                             "sysinfo", "uname", "write", "writev")},
    "signer": {},
    "nts": {"getrusage": "when GnuTLS stirs its generator again",
            "mmap": "a certificate chain that the heap has no room for",
            "write": "a warning, which this scenario has no cause for"},
    "refclockd": {call: DEVICES for call in ("ioctl", "read", "clock_adjtime")} | {"openat": CYCLELOGS},
    "rtcd": {call: DEVICES for call in ("ioctl", "read", "getsockopt", "pwrite64", "recvmsg", "write")} |
            {"openat": CYCLELOGS},
    "supervisor": {"mlockall": "with lock_all or -m, which this scenario has not",
                   "renameat": "what other architectures call for rename",
                   "renameat2": "likewise",
                   "unlinkat": "likewise, for unlink"},
}


def table(path, name):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        body = re.search(r"constexpr Allow %s\[\] = \{\n(.*?)\n\};" % name, file.read(), re.DOTALL)[1]
    return set(re.findall(r'^\s*\{"(\w+)"', body, re.MULTILINE))


def read_trace(path):
    """(process, calls before its last filter, calls after it)."""
    who, before, after, is_confined = os.path.basename(path).split(".")[0], set(), set(), False
    who = "supervisor" if who == "ntpd-net" else who
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            call = re.match(r"(?:<\.\.\. )?([a-z_0-9]+)[( ]", line)
            if role := re.search(r'execve\(.*"--role", "(\w+)"', line):
                who = role[1]
            if not call:
                continue
            if call[1] == "seccomp" and "{len=" in line:
                before |= after | {"seccomp"}
                after, is_confined = set(), True
            else:
                after.add(call[1])
    return (who, before, after) if is_confined else (who, before | after, set())


def check_traces(folder, check):
    seen, before = collections.defaultdict(set), collections.defaultdict(set)
    for name in sorted(os.listdir(folder)):
        who, early, late = read_trace(os.path.join(folder, name))
        before[who] |= early
        seen[who] |= late
    promised = {who: table(path, name) for who, (path, name, _) in TABLES.items()}
    # The supervisor's filter goes through exec: whatever a role needs, it holds.
    for role in ("client", "server", "resolver", "signer", "nts"):
        seen["supervisor"] |= seen[role] | before[role] | promised[role]
    problems = []
    for who, (path, _, most) in TABLES.items():
        spare = UNSEEN[who] | ANYWHERE | SOMETIMES.get(who, {})
        problems += [f"{who}: {call} was called and is not in {path}" for call in sorted(seen[who] - promised[who])]
        problems += [f"{who}: {call} is allowed in {path} and was never called"
                     for call in sorted(promised[who] - seen[who] - spare.keys())]
        problems += [f"{who}: {call} is excused and was called, or is not allowed any more"
                     for call in sorted(UNSEEN[who].keys() - (promised[who] - seen[who]))]
        if most and len(promised[who]) > most:
            problems.append(f"{who}: {len(promised[who])} calls are allowed, not {most}")
        print(f"{who}: {len(promised[who])} calls allowed, {len(seen[who] & promised[who])} seen, {len(UNSEEN[who])} excused")
    check(not problems, "\n".join(problems))
