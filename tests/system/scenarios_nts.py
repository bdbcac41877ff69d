"""What an operator says about Network Time Security beside the keys themselves: ports, sets of
certificates, dates, and how many may come for keys at once."""
import os
import re
import subprocess

from peers import Chrony, Meridian, certificate_for, start_upstream, wait_selected
from scenarios import SERVER, UPSTREAM, _roles
from world import check, eventually

# Who comes for keys: with `idle` others that say nothing. Prints the records of the answer, or why none came.
VISIT = """
import socket, ssl, sys
idle = [socket.create_connection((sys.argv[1], 4460)) for _ in range(int(sys.argv[2]))]
context = ssl.create_default_context(cafile=sys.argv[3]); context.set_alpn_protocols(['ntske/1'])
try:
    plain = socket.create_connection((sys.argv[1], 4460), 1.5)
    with context.wrap_socket(plain, server_hostname=sys.argv[1]) as tls:
        tls.sendall(bytes.fromhex('80010002' '0000' '80040002' '000f' '80000000')); data = b''
        while not data.endswith(bytes.fromhex('80000000')): data += tls.recv(4096) or sys.exit('cut')
except OSError as error: sys.exit(str(error))
while data:
    kind, length = int.from_bytes(data[:2], 'big') & 0x7fff, int.from_bytes(data[2:4], 'big')
    print(kind, data[4:4 + length].hex()); data = data[4 + length:]
"""


VISITOR = "192.168.43.102"


def _number(text, label):
    return int(re.search(rf"^{label}\s*: (\d+)$", text, re.M).group(1))


def _refused(suite):
    eventually(lambda: "No NTS keys from" in suite.log(), 20, f"{suite.host.name} is refused keys")
    suite.net.stop()


def nts_lines_of_a_client(lan):
    """ntsport, certset, nosystemcert and nocerttimecheck: keys from a real chronyd, or none."""
    host = lan.lan_host("upstream", 201)
    certificate, key = certificate_for(host, UPSTREAM)
    request = os.path.join(host.folder, "late")
    host.command(["openssl", "req", "-new", "-key", key, "-subj", f"/CN={UPSTREAM}",
                  "-addext", f"subjectAltName=IP:{UPSTREAM}", "-out", f"{request}.csr"])
    host.command(["openssl", "x509", "-req", "-in", f"{request}.csr", "-signkey", key, "-days", "-1",
                  "-copy_extensions", "copy", "-out", f"{request}.crt"])
    os.chmod(f"{request}.crt", 0o644)
    serving = f"local stratum 1\nallow\ncmdport 0\nntsport 4461\nntsserverkey {key}\n"
    server = Chrony(host, f"{serving}ntsservercert {certificate}\n").start()
    client, number = lan.lan_host("client", 102), iter(range(100))

    def asks(option, lines):
        return Meridian(client, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0 nts {option}\n{lines}\ncmdport 0\n",
                        f"suite{next(number)}").start(clock=False)
    good = asks("ntsport 4461 certset 7", f"ntstrustedcerts 7 {certificate}")
    wait_selected(good, UPSTREAM)
    good.net.stop()
    _refused(asks("certset 7", f"ntstrustedcerts 7 {certificate}"))               # nobody at 4460
    _refused(asks("ntsport 4461", f"ntstrustedcerts 7 {certificate}"))            # another set
    _refused(asks("ntsport 4461 certset 8", f"ntstrustedcerts 7 {certificate}"))  # an empty one
    subprocess.run(["mount", "--bind", certificate, "/etc/ssl/certs/ca-certificates.crt"], check=True)
    try:
        system = asks("ntsport 4461", "")
        wait_selected(system, UPSTREAM)
        system.net.stop()
        _refused(asks("ntsport 4461", "nosystemcert"))
    finally:
        subprocess.run(["umount", "/etc/ssl/certs/ca-certificates.crt"], check=True)
    server.net.stop()
    Chrony(host, f"{serving}ntsservercert {request}.crt\n", "late").start()
    _refused(asks("ntsport 4461", f"ntstrustedcerts {request}.crt"))
    late = asks("ntsport 4461", f"ntstrustedcerts {request}.crt\nnocerttimecheck 1")
    wait_selected(late, UPSTREAM)


def nts_lines_of_a_server(lan):
    """ntsprocesses, maxntsconnections and ntsntpserver, as one who comes for keys sees them."""
    start_upstream(lan.lan_host("upstream", 201))
    host, visitor = lan.lan_host("server", 101), lan.lan_host("visitor", 102)
    certificate, key = certificate_for(host, SERVER)
    lines = (f"server {UPSTREAM} iburst\nallow\ncmdport 0\nntsservercert {certificate}\nntsserverkey {key}\n"
             "maxntsconnections 1\n")

    def visit(idle):
        done = visitor.command(["/usr/bin/python3", "-c", VISIT, SERVER, str(idle), certificate], check=False)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines())
    one = Meridian(host, lines, "one").start(clock=False)
    wait_selected(one, UPSTREAM)
    records = eventually(lambda: visit(0), 10, "keys for one who comes")
    check("5" in records and "6" not in records, f"cookies, and no other server: {records.keys()}")
    check(not visit(1), "maxntsconnections: nobody beside one who says nothing")
    eventually(lambda: visit(0), 10, "keys again once he is gone")
    check(len(_roles(one)["nts"]) == 1, "one process")
    one.net.stop()
    many = Meridian(host, f"{lines}ntsprocesses 3\nntsntpserver 192.0.2.9\n", "many").start(clock=False)
    wait_selected(many, UPSTREAM)
    check(len(_roles(many)["nts"]) == 3, "ntsprocesses")
    records = eventually(lambda: visit(1), 10, "another process has room")
    many.net.stop()
    limited = Meridian(host, f"{lines}ntsratelimit interval 12 burst 2 leak 4\n", "limited").start(clock=False)
    wait_selected(limited, UPSTREAM)
    answers = [bool(visit(0)) for _ in range(12)]
    check(answers[:2] == [True, True] and not all(answers[2:]), f"ntsratelimit: {answers}")
    row = next(row.split(",") for row in limited.ask("-c", "clients", "-k").splitlines() if row.startswith(VISITOR))
    served, refused = (int(row[place]) for place in (6, 7))
    check(served == len(answers) and refused == answers.count(False), f"NTS-KE in clients: {row} of {answers}")
    stats = limited.ask("serverstats")
    check(_number(stats, "NTS-KE connections accepted") == len(answers)
          and _number(stats, "NTS-KE connections dropped") == refused, stats)
    check(bytes.fromhex(records.get("6", "")) == b"192.0.2.9", f"ntsntpserver: {records.keys()}")


def nts_keys_survive_a_restart(lan):
    """ntsdumpdir of a client: after a restart a real chronyd is asked with the cookies from before; it made no
    new keys. A text that somebody changed, or keys that are too old, are not used."""
    host = lan.lan_host("upstream", 201)
    certificate, key = certificate_for(host, UPSTREAM)
    server = Chrony(host, f"local stratum 1\nallow\ncmdport 0\nntsservercert {certificate}\nntsserverkey {key}\n").start()
    client = lan.lan_host("client", 102)
    folder = os.path.join(client.folder, "nts")
    file = os.path.join(folder, "nts-cookies")
    suite = Meridian(client, f"server {UPSTREAM} iburst minpoll 0 maxpoll 0 nts\nntstrustedcerts {certificate}\n"
                             f"ntsdumpdir {folder}\ncmdport 0\n").start(clock=False)

    def made():
        return _number(server.ask("serverstats"), "NTS-KE connections accepted")

    def cookies():
        rows = suite.ask("-c", "authdata", code=None).splitlines()
        return rows[0].split(",")[8] if rows else ""

    def restarted(claim):
        eventually(lambda: cookies() == "8", 20, f"{claim}: eight cookies")
        suite.net.stop()
        check(os.stat(file).st_mode & 0o777 == 0o600 and os.stat(file).st_uid == 62001, "the cookies are private")
    restarted("at first")
    check(made() == 1, f"{made()} key establishments")
    suite.start_net()
    wait_selected(suite, UPSTREAM)
    check(made() == 1 and not os.path.exists(file), f"{made()} key establishments, and the file is gone")
    restarted("with the old keys")
    with open(file, encoding="ascii") as text:
        content = text.read()
    with open(file, "w", encoding="ascii") as text:
        text.write(content.replace("cookie ", "cake "))
    suite.start_net()
    wait_selected(suite, UPSTREAM)
    check(made() == 2 and "NTS keys of the last run are not used" in suite.log(), f"{made()} key establishments")
    restarted("with new keys")
    suite.configuration = client.write("short.conf", open(suite.configuration, encoding="utf-8").read() + "ntsrefresh 1\n")
    suite.start_net()
    wait_selected(suite, UPSTREAM)
    check(made() >= 3, "keys beyond ntsrefresh are made anew")
