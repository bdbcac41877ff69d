"""Claims about `syncctl reload`: all or nothing, nothing measured is lost, and a wrong file
changes nothing."""
import json
import os
import signal
import threading
import time

from peers import Meridian, program, selected, start_upstream, wait_selected
from world import check, eventually

FIRST, SECOND, THIRD = "192.168.43.201", "192.168.43.202", "192.168.43.203"
CLIENT = "192.168.43.102"


def _world(lan, lines="", clock=False, options=()):
    for number in (201, 202, 203):
        start_upstream(lan.lan_host(f"upstream{number}", number))
    host = lan.lan_host("client", 102)
    part = host.write("part.conf", f"server {SECOND} iburst\n{lines}")
    suite = Meridian(host, f"server {FIRST} iburst\nallow 192.168.43.0/24\ninclude {part}\n",
                     options=options).start(clock=clock)
    eventually(lambda: selected(suite) and len(_sources(suite)) == 2, 25, "two sources are followed")
    eventually(lambda: "2 sources online" in suite.ask("activity"), 25, "the bursts are over")
    return host, suite


def _sources(suite):
    return {line.split(",")[2]: line.split(",") for line in suite.ask("-c", "sources", code=None).splitlines()}


def _received(suite, address):
    """Packets that came from a source, and how many of its samples are in use."""
    data = suite.ask("-c", "ntpdata", address).strip().split(",")
    samples = [line.split(",")[1] for line in suite.ask("-c", "sourcestats").splitlines()
               if line.startswith(address + ",")]
    return int(data[31]), int(samples[0])


def _reload(suite, *words, code=0):
    done = suite.host.command([program("syncctl"), "-h", suite.socket, "reload", *words], check=False)
    check(done.returncode == code, f"reload {words} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def reload_is_one_transaction(lan):
    """Changed lines are taken up, unchanged sources keep what was measured, --dry-run only tells."""
    host, suite = _world(lan)
    check(_reload(suite) == "Nothing changed.\n", "nothing changed yet")
    before = _received(suite, FIRST)
    check(before[0] >= 4 and before[1] >= 3, f"packets and samples of the first source: {before}")
    host.write("part.conf", f"server {THIRD} iburst minpoll 4\nallow 192.0.2.0/24\nlocal stratum 9\n"
                            "opencommands serverstats\nminsources 1\n")
    told = _reload(suite, "--dry-run")
    for line in (f"- server {SECOND} iburst", f"+ server {THIRD} iburst minpoll 4", "+ allow 192.0.2.0/24",
                 "Can be applied."):
        check(line in told.splitlines(), f"--dry-run says {line!r}: {told}")
    check(set(_sources(suite)) == {FIRST, SECOND}, "--dry-run changes nothing")
    told = _reload(suite)
    check(told.endswith("Applied.\n") and f"- server {SECOND} iburst" in told, told)
    check(set(_sources(suite)) == {FIRST, THIRD}, f"the sources are {set(_sources(suite))}")
    after = _received(suite, FIRST)
    check(after[0] >= before[0] and after[1] >= before[1], f"the first source lost samples: {before} {after}")
    check("208" in suite.ask("accheck", "192.0.2.7"), "the new access rule holds")
    over_udp = host.command([program("syncctl"), "-h", "127.0.0.1", "serverstats"], check=False)
    check(over_udp.returncode == 0, "opencommands is in force")
    wait_selected(suite, selected(suite)[2])
    eventually(lambda: _sources(suite)[THIRD][5] != "0", 20, "the new source answers")
    host.write("part.conf", "")
    _reload(suite)
    check(set(_sources(suite)) == {FIRST}, "a line that went takes its source with it")
    check("209" in suite.ask("accheck", "192.0.2.7"), "and its rule")


def reload_is_all_or_nothing(lan):
    """A wrong line, a line for a restart, another program's line: nothing at all is applied."""
    host, suite = _world(lan)
    here = _sources(suite).keys()
    host.write("part.conf", f"server {THIRD} iburst\nminsources many\n")
    told = _reload(suite, code=1)
    check("part.conf:2: minsources:" in told and "Nothing was applied." in told, told)
    check(_sources(suite).keys() == here, "a wrong line changes no source")
    host.write("part.conf", f"server {THIRD} iburst\ncmdport 4323\n")
    told = _reload(suite, code=1)
    check("+ cmdport 4323  [ntpd-net: needs a restart]" in told.splitlines(), told)
    check(_sources(suite).keys() == here, "a line for a restart changes no source")
    silent = Meridian(host, f"server {FIRST}\ncmdport 0\n", "silent", net_user=62041).start(clock=False)
    eventually(lambda: silent.ask("activity", code=None), 10, "the one that serves nobody")
    with open(silent.configuration, "a", encoding="utf-8") as file:
        file.write("allow\n")
    told = _reload(silent, code=1)
    check("needs a restart to begin" in told, f"who serves nobody has no port to begin with: {told}")
    host.write("part.conf", f"server {THIRD} iburst\nrefclock SHM 3\n")
    told = _reload(suite, code=1)
    check("[refclockd, ntpd-net: need a restart]" in told and "Nothing was applied" in told, told)
    host.write("part.conf", f"server {THIRD} iburst\nmakestep 1 3\n")
    told = _reload(suite, code=1)
    check("+ makestep 1 3  [clockd]" in told.splitlines() and "syncctl reload clockd" in told, told)
    check(_sources(suite).keys() == here, "another program's line changes no source")
    check(_reload(suite, "clockd").endswith("Applied.\n"), "clockd has taken its lines up: so do we")
    check(set(_sources(suite)) == {FIRST, THIRD}, "now it is in force")
    here = _sources(suite).keys()
    host.write("part.conf", f"server {THIRD} iburst\nkeyfile {host.folder}/none\n")
    told = _reload(suite, code=1)
    check("none" in told, told)
    check(_sources(suite).keys() == here, "a key file that is not there changes no source")
    done = host.command([program("syncctl"), "--json", "-h", suite.socket, "reload", "--dry-run"], check=False)
    said = json.loads(done.stdout)
    check(done.returncode == 1 and said["values"]["verdict"] == "wrong", f"as JSON: {said}")
    over_udp = host.command([program("syncctl"), "-h", "127.0.0.1", "reload"], check=False)
    check("501 Not authorised" in over_udp.stdout, f"over UDP: {over_udp.stdout}{over_udp.stderr}")


def sighup_reloads_and_kills_nobody(lan):
    """SIGHUP is a reload: what changed is taken up, what is wrong is told, nobody ends."""
    host, suite = _world(lan)
    host.write("part.conf", f"server {THIRD} iburst\n")
    suite.net.popen.send_signal(signal.SIGHUP)
    eventually(lambda: set(_sources(suite)) == {FIRST, THIRD}, 10, "SIGHUP read the files again")
    host.write("part.conf", "serverr\n")
    suite.net.popen.send_signal(signal.SIGHUP)
    eventually(lambda: "part.conf:1: serverr: unknown directive" in suite.log(), 10, "a wrong line is told")
    check(suite.net.is_alive() and set(_sources(suite)) == {FIRST, THIRD}, "nothing ended, nothing changed")


def a_role_started_again_knows_the_new_configuration(lan):
    """After a reload a client role that was killed comes back with what was reloaded."""
    host, suite = _world(lan)
    host.write("part.conf", f"server {THIRD} iburst\n")
    _reload(suite)
    with open(f"/proc/{suite.net.pid}/task/{suite.net.pid}/children", encoding="ascii") as file:
        for pid in file.read().split():
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                if b"client" in line.read().split(b"\0"):
                    os.kill(int(pid), signal.SIGKILL)
    eventually(lambda: set(_sources(suite)) == {FIRST, THIRD}, 20, "it is back with the new sources")


# In systemctl's place: asks the scenario, which is this world's process 1, and ends as it says.
SYSTEMCTL = """#!/bin/bash
echo "$@" >> {folder}/asked
answer={folder}/answer$(wc -l < {folder}/asked)
for i in $(seq 200); do [ -e $answer ] && exit $(cat $answer); sleep 0.1; done; exit 1
"""


def _lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return file.read().splitlines()


KEPT = "/run/meridian/kept"


def _start_anew(suite, folder, broken, again):
    """Does what systemd does for each line of `asked`, with what $AGAIN holds; the units in `broken` do not start
    without it. Each start keeps its lines, as the unit's keep-lines does; `again` remembers each $AGAIN."""
    number = 0
    while True:
        for line in _lines(f"{folder}/asked")[number:]:
            number += 1
            unit = line.split()[1].removesuffix(".service")
            process, start = {"clockd": (suite.clockd, suite.start_clockd), "ntpd-net": (suite.net, suite.start_net)}[unit]
            starts = process.log().count(" starting")
            process.stop()
            words = " ".join(_lines(f"{KEPT}/{unit}.again")).removeprefix("AGAIN=").split()
            works = unit not in broken or bool(words)
            if words:
                again[unit] = _lines(words[1])
            else:
                _keep_lines(suite, unit)
            if works:
                start(words)  # up, as for systemd, when it has read its lines: they are gone soon
                eventually(lambda: process.log().count(" starting") > starts, 10, f"{unit} is up", every=0.02)
            with open(f"{folder}/new", "w", encoding="ascii") as file:
                file.write("0" if works else "5")
            os.rename(f"{folder}/new", f"{folder}/answer{number}")
        time.sleep(0.1)


def _keep_lines(suite, unit):
    os.makedirs(KEPT, exist_ok=True)
    done = suite.host.command([program("ntpd-net"), "-p", "-f", suite.configuration])
    with open(f"{KEPT}/{unit}.conf", "w", encoding="ascii") as file:
        file.write(f"# {suite.configuration}\n{done.stdout}")


def reload_restarts_what_reads_at_start(lan):
    """Under systemd, as root: changed lines of every program in one reload, nothing if any is wrong, and what
    was measured stays."""
    host, suite = _world(lan, "maxslewrate 500\n", clock=True, options=["-r"])
    folder = os.path.join(host.folder, "units")
    os.makedirs(folder)
    os.makedirs("/run/systemd/system")
    broken, again = set(), {}
    for unit in ("clockd", "ntpd-net"):
        _keep_lines(suite, unit)
    threading.Thread(target=_start_anew, args=(suite, folder, broken, again), daemon=True).start()
    path = host.write("systemctl", SYSTEMCTL.format(folder=folder))
    os.chmod(path, 0o755)

    def asked():
        return _lines(f"{folder}/asked")

    def reload(*words, code=0):
        done = host.command(["env", f"PATH={host.folder}:/usr/bin:/bin", program("syncctl"), "-h", suite.socket,
                             "reload", *words], check=False)
        check(done.returncode == code, f"reload {words} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr
    host.write("part.conf", f"server {SECOND} iburst\nmaxslewrate 600\nlocal stratum 9\nminsources many\n")
    reload(code=1)
    check(not asked(), "a wrong line restarts nobody")
    host.write("part.conf", f"server {SECOND} iburst\nmaxslewrate 600\nlocal stratum 9\n")
    told = reload("--dry-run")
    check("syncctl reload starts anew: clockd" in told.splitlines() and not asked(), told)
    clockd = suite.clockd
    told = reload()
    check(asked() == ["try-restart clockd.service"] and told.endswith("Applied.\nRestarted clockd.\n"), told)
    check(suite.clockd is not clockd and suite.clockd.is_alive(), "another clockd")
    check(reload() == "Nothing changed.\n", "all of it is in force")
    before = {each: _received(suite, each)[1] for each in (FIRST, SECOND)}
    host.write("part.conf", f"server {SECOND} iburst\nmaxslewrate 700\nlocal stratum 9\ncmdport 4323\n")
    told = reload("--dry-run")
    check("syncctl reload starts anew: clockd ntpd-net" in told.splitlines(), told)
    told = reload()
    check("+ cmdport 4323" in told and told.endswith("Applied.\nRestarted clockd ntpd-net.\n"), told)
    check(asked()[1:] == ["try-restart clockd.service", "try-restart ntpd-net.service"], f"{asked()}")
    eventually(lambda: len(_sources(suite)) == 2, 10, "ntpd-net is back")
    for each, samples in before.items():
        check(_received(suite, each)[1] >= samples, f"{each} kept its measurements: {before}")
    _a_start_that_fails(host, suite, reload, asked, broken, again)


def _a_start_that_fails(host, suite, reload, asked, broken, again):
    """Whoever was started anew by then is started with the lines that it had, all is as it was, and a later
    reload reads the files again."""
    broken.add("clockd")
    host.write("part.conf", f"server {SECOND} iburst\nmaxslewrate 800\nlocal stratum 7\n")
    told = reload(code=1)
    check("clockd did not start with its new lines" in told
          and "Nothing was applied; started again with the lines before: clockd" in told, told)
    check("maxslewrate 700" in again.pop("clockd") and suite.clockd.is_alive(), "clockd runs with the old ones")
    check("maxslewrate 700" in _lines(f"{KEPT}/clockd.conf"), "and they are kept")
    check("+ local stratum 7" in reload("--dry-run"), "ntpd-net follows the old ones")
    broken.clear()
    broken.add("ntpd-net")
    host.write("part.conf", f"server {SECOND} iburst\nmaxslewrate 800\nlocal stratum 7\ncmdport 4324\n")
    before = len(asked())
    told = reload(code=1)
    check("ntpd-net did not start with its new lines" in told
          and "started again with the lines before: ntpd-net clockd" in told, told)
    check([line.split()[1] for line in asked()[before:]]
          == [f"{each}.service" for each in ("clockd", "ntpd-net", "ntpd-net", "clockd")], f"{asked()[before:]}")
    check("maxslewrate 700" in again["clockd"] and "cmdport 4323" in again["ntpd-net"], f"{again}")
    eventually(lambda: len(_sources(suite)) == 2, 10, "ntpd-net is back")
    broken.clear()
    told = reload()
    check("+ local stratum 7" in told and told.endswith("Applied.\nRestarted clockd ntpd-net.\n"), told)
    check(sorted(os.listdir(KEPT)) == ["clockd.conf", "ntpd-net.conf"], f"left over: {os.listdir(KEPT)}")
