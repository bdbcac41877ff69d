"""Claims about the options of a `refclock` line that take a while to show, each beside a clock that
lacks it, and about what else a reference shows of the machine. Clocks stay untouched."""
import re
import struct
import time

from peers import Meridian, program, start_upstream, wait_selected
from receivers import Feeder, preload, sock_message
from references import has, offset_of, rows_of, shows, start_refclockd
from world import check, eventually

UPSTREAM = "192.168.43.201"


def a_local_standard(lan):
    """`local`: no source of time, whatever it shows; while the network is silent the line bends with it."""
    start_upstream(lan.lan_host("upstream", 201))
    host = lan.lan_host("client", 102)
    path = f"{host.folder}/ocxo.sock"
    suite = Meridian(host, f"server {UPSTREAM} iburst minpoll 1 maxpoll 1\n"
                           f"refclock SOCK {path} refid OCXO poll 1 dpoll -2 local\n").start()
    start_refclockd(suite)
    began, turned, swing = time.time(), None, 80e-6

    def shown(now):   # its phase is 0.3 s off, its rate 5 ppm; then our own oscillator slows down
        swung = swing * (now - turned) if turned else 0
        return sock_message(0.3 + 5e-6 * (now - began) + swung, now)

    def rate():   # ppm; positive: our clock is fast
        return float(suite.ask("-c", "tracking").split(",")[7])
    feeder = Feeder(path, shown)
    wait_selected(suite, UPSTREAM)
    row = eventually(lambda: (found := rows_of(suite)["OCXO"]) and found[5] == "377" and found, 40, "it is heard")
    check(row[0] == "#" and row[1] == "?" and abs(float(row[7]) + 0.3) < 0.005, f"beside the clock, not in it: {row}")
    wait_selected(suite, UPSTREAM)
    shows(suite, UPSTREAM, 0, 0.005)
    before = rate()
    check(abs(before) < 40, f"its own rate means nothing: {before}")
    suite.ask("offline")
    turned = time.time()
    eventually(lambda: abs(rate() - before + swing * 1e6) < 10, 20, f"80 ppm slower than {before}: {rate()}")
    turned, began = None, began - swing / 5e-6 * (time.time() - turned)   # the phase goes on as before the swing
    eventually(lambda: abs(rate() - before) < 10, 20, f"and back: {rate()}")
    feeder.stop()


def refclock_pulses(lan):
    """rate, lock with maxlockage, tai: pulses of a fifth of a second, a partner that falls silent, TAI."""
    host = lan.lan_host("client", 102)
    paths = {name: f"{host.folder}/{name}.sock" for name in "abcdefg"}
    suite = Meridian(host, f"""
refclock SOCK {paths['a']} refid AAAA poll 0 prefer
refclock SOCK {paths['b']} refid BBBB poll 0
refclock SOCK {paths['c']} refid FIVE poll 0 pps lock AAAA rate 5 noselect
refclock SOCK {paths['d']} refid ONCE poll 0 pps lock AAAA noselect
refclock SOCK {paths['e']} refid SOON poll 0 pps lock BBBB noselect
refclock SOCK {paths['f']} refid LATE poll 0 pps lock BBBB maxlockage 500 noselect
refclock SOCK {paths['g']} refid TAIS poll 0 tai noselect
""").start()
    start_refclockd(suite, {**preload("fake_devices"), "FAKE_TAI": "37"})
    shown = {"a": 0, "b": 0, "c": 7.2, "d": 7.2, "e": 7, "f": 7, "g": 37}
    feeders = {name: Feeder(paths[name], lambda now, by=by: sock_message(by, now)) for name, by in shown.items()}
    has(suite, "AAAA", "*", 30)
    shows(suite, "FIVE", 0, 1e-3)     # a fifth of a second is a whole pulse of five a second
    shows(suite, "ONCE", -0.2, 1e-3)  # and not of one
    shows(suite, "TAIS", 0, 1e-3)
    for name in ("SOON", "LATE"):
        shows(suite, name, 0, 1e-3)
    feeders["b"].stop()
    eventually(lambda: rows_of(suite)["SOON"][5] == "0", 30, f"two pulses later nobody numbers it: {suite.ask('sources')}")
    # a machine too busy to feed for a second makes an honest hole: eight in a row are what is asked
    eventually(lambda: rows_of(suite)["LATE"][5] == "377", 30,
               f"`maxlockage 500`: its seconds go on: {suite.ask('sources')}")
    check(rows_of(suite)["SOON"][5] == "0", f"and the other's do not: {suite.ask('sources')}")
    for feeder in feeders.values():
        feeder.stop()


def refclock_windows(lan):
    """dpoll, filter, maxsamples and maxunreach: looks in a sample, samples in a line, and how long it is used."""
    host = lan.lan_host("client", 102)
    paths = {name: f"{host.folder}/{name}.sock" for name in "abcde"}
    suite = Meridian(host, f"""
refclock SOCK {paths['a']} refid USED poll 0 maxunreach 12 prefer
refclock SOCK {paths['b']} refid GONE poll 0
refclock SOCK {paths['c']} refid MANY poll 2 noselect
refclock SOCK {paths['d']} refid LAST poll 2 filter 1 noselect
refclock SOCK {paths['e']} refid FEWS poll 0 maxsamples 4 noselect
refclock PHC /dev/fake-ptp:nocrossts refid FAST poll 2 dpoll -2 noselect
refclock PHC /dev/fake-ptp:nocrossts refid SLOW poll 2 noselect
""").start()
    refclockd = start_refclockd(suite, preload("fake_devices"))
    turns = {name: iter(range(10**9)) for name in "cd"}

    def noisy(name):   # the looks of a sample are 2 ms apart, in turn
        return lambda now: sock_message(next(turns[name]) % 2 * 2e-3, now)
    feeders = {name: Feeder(paths[name], noisy(name) if name in turns else lambda now: sock_message(0, now))
               for name in "abcde"}
    has(suite, "USED", "*", 30)
    eventually(lambda: all(offset_of(suite, name) is not None for name in ("MANY", "LAST")), 30, "both have samples")
    eventually(lambda: float(rows_of(suite)["MANY"][9]) > 300e-6, 20, f"many looks tell their noise: {suite.ask('sources')}")
    check(float(rows_of(suite)["LAST"][9]) < 100e-6, f"`filter 1`: one look tells none: {suite.ask('sources')}")
    eventually(lambda: int(rows_of(suite, "sourcestats")["USED"][1]) >= 8, 40, "samples are remembered")
    check(rows_of(suite, "sourcestats")["FEWS"][1] == "4", f"`maxsamples 4`: {suite.ask('sourcestats')}")
    for name in "ab":
        feeders[name].stop()
    has(suite, "GONE", "?", 30)   # eight intervals without a sample
    check(rows_of(suite)["USED"][1] == "*", f"`maxunreach 12`: still used: {suite.ask('sources')}")
    has(suite, "USED", "?", 40)   # and twelve more
    for feeder in feeders.values():
        feeder.stop()
    refclockd.stop()
    counts = [tuple(map(int, pair)) for pair in re.findall(r"/dev/fake-ptp: (\d+) looks, (\d+) samples", refclockd.log())]
    check(len(counts) == 2 and counts[1][0] >= 10, f"looks are counted: {refclockd.log()}")
    check(counts[0][0] > 2 * counts[1][0], f"`dpoll -2`: four looks a second, not one: {counts}")


def hardware_clock_in_utc_or_local_time(lan):
    """RTC's `utc`, rtconutc and hwclockfile: whether the hardware clock's digits are UTC's or the zone's."""
    east = 5.5 * 3600
    host = lan.lan_host("client", 102)
    adjtimes = {zone: host.write(f"adjtime.{zone}", f"0.0 0 0.0\n0\n{zone}\n") for zone in ("UTC", "LOCAL")}
    local = f"hwclockfile {adjtimes['LOCAL']}\n"
    suites = {}
    for name, option, line, off in (("option", ":utc", local, 0), ("directive", "", f"{local}rtconutc", 0),
                                    ("file", "", f"hwclockfile {adjtimes['UTC']}", 0), ("zone", "", local, east)):
        suite = Meridian(host, f"refclock RTC /dev/fake-rtc{option} refid RTC0 poll 1 noselect\n{line}\n"
                               "port 0\ncmdport 0\n", name).start(clock=False)
        start_refclockd(suite, {**preload("fake_devices"), "TZ": "XST-05:30"})
        suites[suite] = off
    for suite, off in suites.items():   # read as the zone's time, UTC's digits lie in the past
        shows(suite, "RTC0", off, 0.1)


def fallback_by_the_silence(lan):
    """fallbackdrift MIN MAX: after minutes of silence the average that looks back so far, if it was observed."""
    host = lan.lan_host("client", 102)
    lan.preload_everywhere(preload("later_clock")["LD_PRELOAD"])
    with open("/run/later", "wb") as file:
        file.write(struct.pack("q", 0))
    began = time.time()

    def shown(now):   # the machine's oscillator slows down by 1 ppm each second
        return sock_message(0.5e-6 * (now - began) ** 2, now)
    suites, feeders = {}, []
    for words in ("3 3", "3 5", "7 9", "none"):
        name = words.replace(" ", "to")
        path = f"{host.folder}/{name}.sock"
        line = "" if words == "none" else f"fallbackdrift {words}"
        suites[words] = Meridian(host, f"refclock SOCK {path} refid ATOM poll 0 dpoll -2\n{line}\nport 0\ncmdport 0\n",
                                 name).start()
        start_refclockd(suites[words])
        feeders.append(Feeder(path, shown))
    for suite in suites.values():
        has(suite, "ATOM", "*", 30)
    time.sleep(max(40 - (time.time() - began), 0))   # 32 s are observed, 128 s are not
    for suite in suites.values():
        suite.net.stop()
    with open("/run/later", "r+b") as file:
        file.write(struct.pack("q", 250 * 10**9))

    def fallback(words):   # ppm by which it then holds the clock slow
        suite = suites[words]
        host.output([program("syncctl"), "--rundir", suite.rundir, "clock"], code=None)   # wakes it
        found = re.search(r"Fallback drift of ([+-][\d.]+) ppm after 2\d\d seconds", suite.clockd.log())
        return found and float(found.group(1))
    eventually(lambda: all("No estimate for 2" in suite.clockd.log() or fallback(words)
                           for words, suite in suites.items()), 20, "minutes of silence")
    time.sleep(1)
    near, far = fallback("3 3"), fallback("3 5")
    check(near and far and abs(near) > abs(far) + 2, f"MAX: eight seconds look back less far than 32: {near} {far}")
    check(fallback("7 9") is None, f"MIN: 128 s were not observed: {suites['7 9'].clockd.log()}")
    check(fallback("none") is None, f"without it the learnt rate goes on: {suites['none'].clockd.log()}")
    for feeder in feeders:
        feeder.stop()
