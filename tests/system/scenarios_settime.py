"""The claim about dates that people type: every form that syncctl(1) names, and chronyc's, says the
time it says. The real syncctl and the real chronyc, a daemon with `manual`; no clock is moved."""
import datetime
import os
import re
import subprocess
import time

from peers import Meridian, peer, program
from world import check, eventually

MANUAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "man", "syncctl.1")
ZONE, EAST = "XST-05:30", datetime.timedelta(hours=5, minutes=30)

# As the manual writes it (on a Wednesday, the 25th of November 2026): how to write another moment so.
DAYS = {"2026-11-25": "%Y-%m-%d", "2026/11/25": "%Y/%m/%d", "20261125": "%Y%m%d", "25.11.2026": "%d.%m.%Y",
        "11/25/2026": "%m/%d/%Y", "25 Nov 2026": "%d %b %Y", "Nov 25, 2026": "%b %d, %Y", "25-Nov-2026": "%d-%b-%Y",
        "Wed, 25 Nov 2026": "%a, %d %b %Y"}
TIMES = {"16:30:05": "%H:%M:%S", "16:30": "%H:%M", "4:30:05 pm": "%I:%M:%S %p", "4:30pm": "%I:%M%p", "4 pm": "%I %p",
         "163005": "%H%M%S"}
ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "+05:30": 5.5, "-0800": -8}
DAY_WORDS = {"today": 0, "yesterday": -1, "tomorrow": 1}
FROM_NOW = {"now": {}, "2 days": {"days": 2}, "1 hour ago": {"hours": -1}, "next week": {"days": 7}}
WEEKDAYS = ("monday", "next monday", "last monday")
OF_CHRONYC = (*DAY_WORDS, *FROM_NOW, *WEEKDAYS, "2026-11-25", "2026/11/25", "11/25/2026", "25 Nov 2026",
              "Nov 25, 2026", "16:30:05", "16:30", "4:30:05 pm", "4:30pm", "4 pm")


def _is_whole(form):
    """What such a time leaves out of the clock."""
    return 3600 if form == "4 pm" else 1 if "05" in form else 60


def _write(form, moment):
    return re.sub(r"\b0(?=\d:| [AP]M)", "", moment.strftime(form)) if "%I" in form else moment.strftime(form)


def _cases(now):
    """(form, text, seconds since 1970 that it means)."""
    def local(seconds, hours=None):
        zone = datetime.timezone(EAST if hours is None else datetime.timedelta(hours=hours))
        return datetime.datetime.fromtimestamp(seconds, zone)

    def down_to(form, seconds):
        return seconds - (seconds + EAST.seconds) % _is_whole(form)
    said = now - 100
    for form, day in DAYS.items():
        yield form, _write(day + " %H:%M:%S", local(said)), said
        yield form, _write("%H:%M:%S " + day, local(said)), said
    for form, clock in TIMES.items():
        meant = down_to(form, said)
        yield form, _write("%Y-%m-%d " + clock, local(meant)), meant
        meant = down_to(form, now)   # without a day it is today
        yield form, _write(clock, local(meant)), meant
    for form in ("2026-11-25", "20261125"):   # a day alone is its midnight
        yield form, _write(DAYS[form], local(said)), said - (said + EAST.seconds) % 86400
    today = now - (now + EAST.seconds) % 86400
    for form, days in DAY_WORDS.items():
        yield form, form, now + days * 86400
        yield form, f"{form} 12:00", today + days * 86400 + 12 * 3600
    for form, distance in FROM_NOW.items():
        yield form, form, now + datetime.timedelta(**distance).total_seconds()
    for form in WEEKDAYS:
        days = -local(now).weekday() % 7
        yield form, form, today + (days - 7 * form.startswith("last")) * 86400
    for zone, hours in ZONES.items():
        yield zone, _write("%Y-%m-%d %H:%M:%S ", local(said, hours)) + zone, said
        if zone not in ("UTC", "GMT"):   # a word stands by itself
            yield zone, _write("%Y-%m-%dT%H:%M:%S", local(said, hours)) + zone, said
    for option in ("-u", "-R", "-Is", "-u -Is", "-u -R"):
        text = subprocess.run(["date", "-d", f"@{said}", *option.split()], capture_output=True, text=True, check=True,
                              env={"TZ": ZONE, "LC_ALL": "C", "PATH": os.environ["PATH"]}).stdout.strip()
        yield f"date {option}", text, said
    yield "@1795624205", f"@{said}", said


def settime_in_every_form(lan):
    """settime: each form of the manual, by syncctl and where chronyc knows it by chronyc, is the moment it says."""
    with open(MANUAL, encoding="utf-8") as file:
        promised = re.search(r"^A date is a time(.*?)^\.It Ic allow", file.read(), re.M | re.S).group(1)
    forms = {form.strip('"') for form in re.findall(r'^\.Ql (".*?"|\S+(?: \S+)*?)(?: [,;.])?$', promised, re.M)}
    known = {*DAYS, *DAY_WORDS, *FROM_NOW, *WEEKDAYS, *TIMES, *ZONES, "@1795624205"}
    check(forms == known, f"the manual's forms: {forms ^ known}")
    host = lan.lan_host("client", 102)
    suite = Meridian(host, "manual\n").start()
    eventually(lambda: "Connected to clockd" in suite.log(), 20, "ntpd-net finds clockd")
    ours = [program("syncctl"), "-n", "-h", suite.socket]
    theirs = [peer("chrony", "usr/bin/chronyc"), "-n", "-h", suite.socket]

    began = int(time.time())

    def tells(form, command, text, meant):
        suite.ask("manual", "reset")
        said = host.output(["env", f"TZ={ZONE}", "LC_ALL=C", *command, "settime", *text.split()], code=None)
        fast = re.search(r"Clock was (-?[\d.]+) seconds fast", said)
        late = time.time() - began if text in (*DAY_WORDS, *FROM_NOW) else 0   # these count from now
        return fast and abs(time.time() - meant - late - float(fast.group(1))) < 2, f"`settime {text}`: {said}"
    asked = 0
    for form, text, meant in list(_cases(began)):
        for command in (ours, theirs) if form in OF_CHRONYC else (ours,):
            is_told, said = tells(form, command, text, meant)
            check(is_told, f"{form}: {os.path.basename(command[0])} {said}")
            asked += 1
    check(asked > 70, f"all of them: {asked}")
    for nonsense in ("yesterday evening", "2026-13-25 12:00:00", "25:00", "16:30:05 +99:00", "2026-11-25 16:30:05 CET"):
        said = host.output([*ours, "settime", *nonsense.split()], code=1)
        check("510" in said, f"{nonsense}: {said}")
