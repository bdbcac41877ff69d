"""The claims about time without a source: people who say it, servers that agree on one of them."""
import re
import time

from peers import Chrony, Meridian, selected, start_upstream, wait_selected
from world import check, eventually

LOW, HIGH, UPSTREAM = "192.168.43.101", "192.168.43.102", "192.168.43.201"


def _stratum(suite):
    text = suite.ask("-c", "tracking", code=None)
    return int(text.split(",")[2]) if text else -1   # it does not answer yet


def time_by_hand(lan):
    """settime by syncctl and by the real chronyc: answered, listed, handed to clockd, served as local."""
    suite = Meridian(lan.lan_host("client", 102), "manual\nlocal stratum 8\nallow\n").start()
    eventually(lambda: "Connected to clockd" in suite.log(), 20, "ntpd-net finds clockd")
    said = suite.ask("settime", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(time.time() - 100)))
    check(re.match(r"200 OK\nClock was (99|100|101)\.\d\d seconds fast\.  Frequency change = -?0\.00ppm, "
                   r"new frequency = -?0\.00ppm\n$", said), f"settime: {said}")
    eventually(lambda: "Dry run: rate" in suite.clockd.log(), 20, "clockd was handed the line")
    moved = float(re.search(r"wrong by (-?[\d.]+) seconds", suite.log()).group(1))
    check(-102 < moved < -98, f"clockd judges a clock 100 s fast: {moved}")
    check(_stratum(suite) == 8, "clients see `local`")
    theirs = suite.chronyc("settime", time.strftime("%b %d, %Y %H:%M:%S", time.localtime(time.time() - 90)))
    check("200 OK" in theirs and "seconds fast" in theirs, f"chronyc settime: {theirs}")
    ours, listed = suite.ask("manual", "list"), suite.chronyc("manual", "list")
    check(len(ours.splitlines()) == 5 and "210 n_samples = 2" in listed and ours.splitlines()[0] in listed,
          f"manual list: {ours} and chronyc's: {listed}")
    suite.chronyc("manual", "delete", "0")
    check("n_samples = 1" in suite.ask("manual", "list"), "one is deleted")
    check("sample index out of range" in suite.ask("manual", "delete", "7", code=1).lower(), "no such sample")
    suite.ask("manual", "reset")
    check("n_samples = 0" in suite.ask("manual", "list"), "nothing is remembered")
    suite.ask("manual", "off")
    check("not enabled" in suite.ask("settime", "12:00", code=1).lower(), "manual is off")
    suite.ask("manual", "on")
    suite.ask("settime", "12:00")
    check("n_samples = 1" in suite.ask("manual", "list"), "manual is on again")


def smoothing_by_command(lan):
    """smoothtime activate and reset: jumps are smoothed from when it is told, and given up when it is told."""
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102),
                     f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\nsmoothtime 400 0.00001\nallow\n").start()
    wait_selected(suite, UPSTREAM)

    def smoothing():   # is it active, and how far is served time off
        fields = suite.ask("-c", "smoothing").split(",")
        return fields[0] == "Yes", abs(float(fields[2]))
    check(not smoothing()[0], f"the rate is not known to 0.1 ppm: {smoothing()}")
    check(suite.ask("smoothtime", "activate").strip() == "200 OK" and smoothing()[0], f"told to: {smoothing()}")
    suite.ask("offset", UPSTREAM, "1.5")
    eventually(lambda: 1 < smoothing()[1] < 2, 20, f"the jump is given slowly: {smoothing()}")
    suite.ask("smoothtime", "reset")
    check(smoothing()[0] and smoothing()[1] < 0.5, f"at once instead: {smoothing()}")


def settime_beside_a_source(lan):
    """With a selected source, what people say is taken and not used: one line says so."""
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102), f"manual\nserver {UPSTREAM} iburst\n").start()
    wait_selected(suite, UPSTREAM)
    suite.ask("settime", "2026-11-25 00:00:00")
    check("Manual time is not used while a source is selected" in suite.log(), "one clear line")
    check(_stratum(suite) == 2, "still the source's")


def _orphans(lan, low, high):
    """Two servers without real time: the higher address follows the lower, and takes over."""
    configuration = "local stratum 10 orphan {}\nserver {} iburst minpoll 0 maxpoll 2\nallow\n"
    first = low(lan.lan_host("low", 101), configuration.format("waitunsynced 0" if low is Meridian else "", HIGH))
    second = high(lan.lan_host("high", 102), configuration.format("waitunsynced 0" if high is Meridian else "", LOW))
    first.start()
    second.start()
    eventually(lambda: _stratum(first) == 10 and _stratum(second) == 11, 60,
               f"the election: {_stratum(first)} and {_stratum(second)}")
    check(selected(second)[2] == LOW and selected(first) is None, "the smaller address leads")
    time.sleep(6)
    check((_stratum(first), _stratum(second)) == (10, 11), "and it stays so")
    return first, second


def orphan_election_among_ours(lan):
    """Orphans of ours: the smaller address leads; real time ends it; its death passes the lead on."""
    first, second = _orphans(lan, Meridian, Meridian)
    start_upstream(lan.lan_host("upstream", 201))
    first.ask("add", "server", UPSTREAM, "iburst", "minpoll", "0")
    eventually(lambda: (_stratum(first), _stratum(second)) == (2, 3), 60, "real time goes before orphans")
    # What was measured last is served until it is a second away: that takes a day. Not here.
    too_far = ("local", "stratum", "10", "orphan", "waitunsynced", "0", "distance", "1e-9")
    first.ask("delete", UPSTREAM)
    first.ask(*too_far)
    eventually(lambda: (_stratum(first), _stratum(second)) == (10, 11), 60, "and without it they elect again")
    first.net.stop()
    eventually(lambda: selected(second) is None, 60, "the follower loses its leader")
    second.ask(*too_far)
    eventually(lambda: _stratum(second) == 10, 60, "and leads")


def orphan_election_under_chronyd(lan):
    """A real chronyd with the smaller address leads an orphan of ours."""
    _orphans(lan, Chrony, Meridian)


def orphan_election_over_chronyd(lan):
    """An orphan of ours with the smaller address leads a real chronyd."""
    _orphans(lan, Meridian, Chrony)


def local_waits_and_activates(lan):
    """local's waitunsynced, activate and distance, as a client of the server sees them."""
    waits = Meridian(lan.lan_host("waits", 101), "local stratum 7 waitunsynced 8\nallow\n").start()
    begun = time.monotonic()
    eventually(lambda: _stratum(waits) == 0, 6, "not yet", every=0.05)
    eventually(lambda: _stratum(waits) == 7, 30, "waitunsynced is over")
    check(time.monotonic() - begun > 6, "and it was waited for")
    never = Meridian(lan.lan_host("never", 102), "local stratum 7 activate 0.1\nallow\n").start()
    time.sleep(4)
    check(_stratum(never) == 0, "activate: never synchronised, so not local")
    start_upstream(lan.lan_host("upstream", 201))
    never.ask("add", "server", UPSTREAM, "iburst")
    wait_selected(never, UPSTREAM)
    never.ask("delete", UPSTREAM)
    eventually(lambda: _stratum(never) in (2, 7), 20, "once it was near, it may be local")
    never.ask("local", "stratum", "6", "distance", "0.000000001", "activate", "0.1")
    eventually(lambda: _stratum(never) == 6, 20, "distance: the old reference is too far")


def local_beside_a_far_reference(lan):
    """local's distance and waitsynced: a selected source that is too far is served so long after each update."""
    start_upstream(lan.lan_host("upstream", 201))
    far = "local stratum 6 distance 0.000000001"
    suite = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst minpoll 4 maxpoll 4\nallow\n{far}\n").start()
    wait_selected(suite, UPSTREAM)
    check(_stratum(suite) == 6, "distance: the reference is too far")
    suite.ask(*far.split(), "waitsynced", "5")
    updated = 0

    def has_waited():
        nonlocal updated
        fields = suite.ask("-c", "tracking").split(",")
        updated = float(fields[3]) if fields[2] == "2" else updated
        return updated and fields[2] == "6"
    eventually(has_waited, 40, "it is served after an update, and then no more", every=0.1)
    check(4.9 < time.time() - updated, f"waitsynced: {time.time() - updated} s after its update")
    suite.ask(*far.split(), "waitsynced", "3600")
    check(_stratum(suite) == 2, "waitsynced: for an hour")
    suite.ask("local", "stratum", "6", "distance", "60")
    check(_stratum(suite) == 2, "distance: near enough")


def early_hosts(lan):
    """initstepslew's hosts are asked until the time is known, and then no more."""
    for number in (201, 202):
        start_upstream(lan.lan_host(f"upstream{number}", number))
    suite = Meridian(lan.lan_host("client", 102),
                     "initstepslew 0.5 192.168.43.202\nserver 192.168.43.201 iburst\n").start()
    eventually(lambda: "Selected source 192.168.43.20" in suite.log(), 20, "somebody is selected")
    wait_selected(suite, UPSTREAM)
    check(len(suite.ask("-c", "sources").splitlines()) == 1, "only the configured source is left")


def maxchange_lets_pass(lan):
    """maxchange OFFSET START: a smaller change is no offence, and the first ones are none whatever they are."""
    suites = [Meridian(lan.lan_host(name, number), f"manual\nmaxchange {words}\n").start() for name, number, words in
              (("offset", 101, "1000 0 0"), ("start", 102, "10 2 0"), ("neither", 103, "10 0 0"))]
    for suite in suites:
        eventually(lambda: "Connected to clockd" in suite.log(), 20, "ntpd-net finds clockd")

    def say(suite):   # 100 s off; a source that people are is one update each
        suite.ask("settime", f"@{time.time() - 100:.1f}")
        time.sleep(1)
    offset, start, neither = suites
    say(neither)
    eventually(lambda: not neither.clockd.is_alive(), 10, "100 s are more than 10, and none is ignored")
    for count in range(2):
        say(start)
        check(start.clockd.is_alive(), f"START: update {count + 1} may be of any size")
    eventually(lambda: say(start) or not start.clockd.is_alive(), 20, "START: those after it not")
    for count in range(3):
        say(offset)
        check(offset.clockd.is_alive(), f"OFFSET: 100 s are less than 1000: {count + 1}")
    check("wrong by -100" in offset.clockd.log() or "wrong by -99" in offset.clockd.log(), offset.clockd.log())


def temperature_bends_the_line(lan):
    """tempcomp: with the network silent the rate follows a sensor, by a curve or a file of points, each interval."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    sensor = host.write("degrees", "20000\n")
    points = host.write("curve.points", "20000 1\n24000 5\n")
    suites = {name: Meridian(host, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0\nport 0\ncmdport 0\n"
                                   f"tempcomp {sensor} {words}\n", name).start() for name, words in
              (("curve", "1 20000 0.5 0.001 0.0000001"), ("points", f"1 {points}"), ("slow", "3600 20000 0.5 0.001 0"))}

    def rate(name):   # ppm; positive: the clock is fast
        return float(suites[name].ask("-c", "tracking").split(",")[7])
    for suite in suites.values():
        wait_selected(suite, UPSTREAM)
        suite.ask("offline")
    time.sleep(2)   # the last answers
    before = {name: rate(name) for name in suites}
    host.write("degrees", "24000\n")

    def moved(name, by):
        return abs(rate(name) - before[name] + by) < 0.01
    eventually(lambda: moved("curve", 4 + 1.6), 20, f"K1 and K2 of 4000 above T0: {before} {rate('curve')}")
    eventually(lambda: moved("points", 4), 20, f"from 1 ppm to 5: {before} {rate('points')}")
    host.write("degrees", "22000\n")
    eventually(lambda: moved("curve", 2 + 0.4) and moved("points", 2), 20, "halfway")
    time.sleep(2)
    check(moved("slow", 0), f"INTERVAL: not looked at again for an hour: {before} {rate('slow')}")


def maxchange_ends_clockd(lan):
    """maxchange OFFSET START IGNORE: too large a change is ignored so often, then clockd ends."""
    suite = Meridian(lan.lan_host("client", 102), "manual\nmaxchange 10 0 2\n").start()
    eventually(lambda: "Connected to clockd" in suite.log(), 20, "ntpd-net finds clockd")
    for count in range(3):
        check(suite.clockd.is_alive(), f"clockd bears {count} such changes")
        suite.ask("settime", f"@{time.time() - 100:.1f}")
        time.sleep(1)
    eventually(lambda: not suite.clockd.is_alive(), 10, "the third ends it")
    check("exceeds maxchange" in suite.clockd.log(), "and it says why")
