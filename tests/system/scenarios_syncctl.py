"""Claims about syncctl itself: its options, lines from standard input, the shells' completion, and
metrics that a collector can scrape."""
import os
import re
import subprocess

from openmetrics import is_openmetrics
from peers import Meridian, peer, program, start_upstream, wait_selected
from world import check, eventually

UPSTREAM = "192.168.43.201"
COMPLETIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "syncctl", "completions")


def _suite(lan):
    start_upstream(lan.lan_host("upstream", 201))
    suite = Meridian(lan.lan_host("client", 102), f"server {UPSTREAM} iburst\n").start(clock=False)
    wait_selected(suite, UPSTREAM)
    return suite


def syncctl_interactive(lan):
    """Each option of chronyc's, and lines from standard input, with the exit codes that scripts use."""
    suite = _suite(lan)

    def run(*words, stdin=None, tool="syncctl"):
        tool = program("syncctl") if tool == "syncctl" else peer("chrony", "usr/bin/chronyc")
        done = subprocess.run(suite.host.inside([tool, *words]), input=stdin, capture_output=True, text=True,
                              timeout=30, check=False)
        return done.returncode, done.stdout, done.stderr
    here = ["-h", suite.socket]
    code, out, _ = run("-e", "-n", *here, "sourcename", UPSTREAM)
    check((code, out) == (0, f"{UPSTREAM}\n.\n"), f"-e: {code} {out!r}")
    code, out, _ = run("-m", "-n", *here, f"sourcename {UPSTREAM}", "accheck 192.0.2.1", "frob", "activity")
    check((code, out) == (1, f"{UPSTREAM}\n209 Access denied\n"), f"-m ends at the first that fails: {code} {out!r}")
    check(run("-m", "-n", *here, "onoffline", "activity", tool="chronyc")[:2] ==
          run("-m", "-n", *here, "onoffline", "activity")[:2], "-m as chronyc")
    for lines in (f"sourcename {UPSTREAM}\nfrob\n", f"frob\n# a comment\n\nsourcename {UPSTREAM}\n", "quit\nfrob\n",
                  "exit\nfrob\n", "frob\nquit\n"):
        ours, theirs = run("-n", *here, stdin=lines), run("-n", *here, stdin=lines, tool="chronyc")
        check(ours == theirs, f"lines {lines!r}: {ours}, chronyc {theirs}")
    for words in (["-a", "tracking"], ["-f", "/none", "tracking"], ["-4", "-n", "tracking"], ["-6", "-n", "tracking"],
                  ["-u", "62001", "tracking"], ["-t", "500", "tracking"], ["--rundir", suite.rundir, "tracking"]):
        where = [] if words[0] == "--rundir" else here
        check(run(*where, *words)[0] == 0, f"{words}: {run(*where, *words)}")
    check(run("-h", "/none,127.0.0.1", "-c", "tracking")[0] == 0, "the next of -h is tried")
    check(run("-h", "127.0.0.1", "-p", "9", "-t", "100", "tracking") == (1, "506 Cannot talk to daemon\n", ""),
          f"-p: {run('-h', '127.0.0.1', '-p', '9', '-t', '100', 'tracking')}")
    check(run("-v")[1].startswith("syncctl (meridian) version"), f"-v: {run('-v')}")
    check("--rundir" in run("--help")[1] and run("--frob")[0] == 2, "--help, and 2 for a wrong option")
    check(run(*here, "waitsync", "1", "10", "10000")[0] == 0 and run(*here, "waitsync", "1", "1e-12", "1e-9", "0.1")[0] == 1,
          "waitsync's exit code")
    check(run(*here, "why", UPSTREAM)[1].startswith(f"{UPSTREAM} is followed"), f"why: {run(*here, 'why', UPSTREAM)}")


def completions_offer_what_can_be_typed(lan):
    """bash's completion, as bash runs it: options, commands, their words, nothing behind -h; zsh's can be read by zsh."""
    del lan
    script = """
cd {folder}; PATH={bin}:$PATH; source syncctl.bash
complete_line() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _syncctl; echo "${{COMPREPLY[*]}}"; }}
complete_line syncctl sourc
complete_line syncctl -n source
complete_line syncctl -h /run/x manual re
complete_line syncctl --js
complete_line syncctl -h ''
complete_line syncctl reload ''
complete -p syncctl
""".format(folder=COMPLETIONS, bin=os.path.dirname(program("syncctl")))
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=False)
    check(done.stdout.splitlines() == ["sourcename sources sourcestats", "sourcename sources sourcestats", "reset",
                                       "--json", "", "--dry-run clockd rtcd sources", "complete -F _syncctl syncctl"],
          f"completions: {done.stdout}{done.stderr}")
    with open(os.path.join(COMPLETIONS, "syncctl.bash"), encoding="utf-8") as bash, \
            open(os.path.join(COMPLETIONS, "_syncctl"), encoding="utf-8") as zsh:
        texts = bash.read(), zsh.read()
    usage = subprocess.run([program("syncctl"), "--help"], capture_output=True, text=True, check=False).stdout
    for option in set(re.findall(r"(?<![\w-])--[a-z]+", usage)):
        check(all(option in text for text in texts), f"{option} is not offered by both shells' completions")
    read = subprocess.run(["zsh", "-n", os.path.join(COMPLETIONS, "_syncctl")], capture_output=True, text=True, check=False)
    check(read.returncode == 0 and texts[1].startswith("#compdef syncctl"), f"zsh reads its completion: {read.stderr}")


def metrics_can_be_scraped(lan):
    """metrics serve: OpenMetrics over HTTP on an address and on a Unix socket; nonsense harms nothing."""
    suite = _suite(lan)
    host = suite.host
    path = os.path.join(host.folder, "metrics.sock")
    host.start("metrics-unix", [program("syncctl"), "-h", suite.socket, "metrics", "serve", path])
    over_unix = ["/usr/bin/python3", "-c", f"""
import socket
s = socket.socket(socket.AF_UNIX); s.connect('{path}'); s.sendall(b'GET /metrics HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')
text = b''
while piece := s.recv(65536): text += piece
print(text.decode())"""]
    text = eventually(lambda: host.command(over_unix, check=False).stdout, 10, "metrics over a Unix socket")
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    check(head.startswith("HTTP/1.1 200 OK") and "application/openmetrics-text; version=1.0.0" in head, head)
    is_openmetrics(body.rstrip("\n") + "\n")
    check(re.search(r"^meridian_synchronised 1$", body, re.M) and f'source="{UPSTREAM}"' in body, body)
    server = host.start("metrics-tcp", [program("syncctl"), "-h", suite.socket, "metrics", "serve", "127.0.0.1:9933"])
    ask = ["/usr/bin/python3", "-c", """
import socket, sys
def ask(octets):
    s = socket.create_connection(('127.0.0.1', 9933), 5); out = b''
    try:
        s.sendall(octets); s.shutdown(socket.SHUT_WR)
        while piece := s.recv(65536): out += piece
    except OSError: pass
    return out.split(b'\\r\\n')[0].decode()
for octets in (b'GET / HTTP/1.0\\r\\n\\r\\n', b'GET /frob HTTP/1.0\\r\\n\\r\\n', b'POST /metrics HTTP/1.0\\r\\n\\r\\n',
               b'x\\r\\n\\r\\n', b'', b'A' * 20000): print(ask(octets))"""]
    eventually(lambda: host.command(ask, check=False).returncode == 0, 20, "metrics over TCP")
    lines = host.output(ask).splitlines()
    check(lines[:5] == ["HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 405 Method Not Allowed",
                        "HTTP/1.1 400 Bad Request", ""], f"answers: {lines}")
    suite.net.stop()
    slow = [each.replace("create_connection(('127.0.0.1', 9933), 5)", "create_connection(('127.0.0.1', 9933), 30)")
            for each in ask]
    check(host.output(slow).splitlines()[0].startswith("HTTP/1.1 503"), "without a daemon it says so and lives")
    check(server.is_alive(), "the server lives")
