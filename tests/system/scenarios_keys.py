"""Claims about symmetric keys: files that keygen made, every type, chronyd and NTPsec on either
side, and keys that change while everything runs."""
import os

from peers import (Chrony, Meridian, peer, program, selected, start_upstream, still_clock,
                   wait_selected)
from world import check, eventually

SERVER, CLIENT = "192.168.43.101", "192.168.43.102"
# What both suites know. TIGER and WHIRLPOOL are in chrony's list, but not in the libraries of today.
TYPES = ["MD5", "SHA1", "SHA256", "SHA384", "SHA512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512",
         "AES128", "AES256"]


def _addresses(host):
    """One more address of the host for each type of key: a source is an address."""
    addresses = [f"192.168.43.{140 + number}" for number in range(len(TYPES))]
    for address in addresses:
        host.command(["ip", "address", "add", f"{address}/24", "dev", "eth0"])
    return addresses


def _key_file(host, name="keys"):
    """Made by keygen, one a type; every second one as ASCII."""
    lines = [host.output([program("syncctl"), "keygen", str(number + 1), type_, "160"])
             for number, type_ in enumerate(TYPES)]
    lines[0] = "1 MD5 ASCII:not-a-number\n"
    lines[2] = "3 SHA256 plain-and-long-enough\n"
    path = host.write(name, "# of everybody\n" + "".join(lines))
    os.chmod(path, 0o644)
    return path


def _all_answer(suite, count):
    """Every source is authenticated and reached."""
    def good():
        rows = suite.ask("-c", "authdata", code=None).splitlines()
        reached = [row for row in suite.ask("-c", "sources", code=None).splitlines() if row.split(",")[5] != "0"]
        return len(rows) == count and all(row.split(",")[1] == "SK" for row in rows) and len(reached) == count
    eventually(good, 30, f"{count} authenticated sources answer: {suite.ask('-c', 'sources', code=None)}")


def our_client_takes_every_key_of_chronyd(lan):
    """A chronyd with a key file of keygen's serves, our client asks with each type of key."""
    server, client = lan.lan_host("server", 101), lan.lan_host("client", 102)
    keys, addresses = _key_file(server), _addresses(server)
    Chrony(server, f"local stratum 1\nallow\ncmdport 0\nkeyfile {keys}").start()
    lines = "".join(f"server {address} iburst key {number + 1}\n" for number, address in enumerate(addresses))
    suite = Meridian(client, f"{lines}keyfile {keys}\n").start(clock=False)
    _all_answer(suite, len(TYPES))
    numbers = [int(row.split(",")[3]) for row in suite.ask("-c", "authdata").splitlines()]
    check(numbers == [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14], f"authdata's types: {numbers}")


def our_server_gives_every_key_to_chronyd(lan):
    """Our server with the same file serves, a chronyd asks with each type of key."""
    upstream = lan.lan_host("upstream", 201)
    start_upstream(upstream)
    server, client = lan.lan_host("server", 101), lan.lan_host("client", 102)
    keys, addresses = _key_file(server), _addresses(server)
    suite = Meridian(server, f"server 192.168.43.201 iburst\nallow\nkeyfile {keys}\n").start(clock=False)
    wait_selected(suite, "192.168.43.201")
    lines = "".join(f"server {address} iburst key {number + 1}\n" for number, address in enumerate(addresses))
    _all_answer(Chrony(client, f"{lines}keyfile {keys}").start(), len(TYPES))


BAD_KEYS = "5 MD5 a-good-long-key\n9 TIGER HEX:000102030405060708090a0b0c0d0e0f1011121314151617\nfoo\n10 FOO bar\n"


def _times_told(suite, path):
    """How often each of BAD_KEYS' wrong lines was named."""
    return [suite.log().count(f"{path}:{line}: ") for line in (2, 3, 4)]


def bad_key_lines_spoil_no_other(lan):
    """TIGER, half a line and an unknown type beside a good key, as chronyd takes them: our client at
    start, rekey and reload, and ntpdate use the good key and name each bad line once."""
    server, client, theirs = lan.lan_host("server", 101), lan.lan_host("client", 102), lan.lan_host("chronyd", 103)
    good = server.write("keys", "5 MD5 a-good-long-key\n6 SHA1 the-sixth-of-the-keys\n")
    Chrony(server, f"local stratum 1\nallow\ncmdport 0\nkeyfile {good}").start()
    bad = client.write("kb", BAD_KEYS)
    line = f"server {SERVER} iburst minpoll 1 maxpoll 2 key"
    # What a drop-in has to do.
    measure = Chrony(theirs, f"{line} 5\nkeyfile {theirs.write('kb', BAD_KEYS)}").start()
    suite = Meridian(client, f"{line} 5\nkeyfile {bad}\n").start(clock=False)
    wait_selected(measure, SERVER)
    wait_selected(suite, SERVER)
    check(_times_told(suite, bad) == [1, 1, 1], f"each bad line is named once: {suite.log()}")
    check("Key 5 is missing" not in suite.log(), f"the good key is used: {suite.log()}")
    done = client.command([program("ntpdate"), "-q", "-p", "1", "-a", "5", "-k", bad, SERVER], check=False)
    check(done.returncode == 0 and "adjust time server" in done.stdout, f"ntpdate's good key: {done.stdout}{done.stderr}")
    check(all(f"{bad}:{number}: " in done.stderr for number in (2, 3, 4)), f"ntpdate names them: {done.stderr}")
    done = client.command([program("ntpdate"), "-q", "-p", "1", "-a", "9", "-k", bad, SERVER], check=False)
    check(done.returncode == 1 and "authentication key 9 unknown" in done.stderr, f"a bad key is no key: {done.stderr}")
    told = client.command([program("ntpd-net"), "--check", "-f", suite.configuration], check=False)
    check(told.returncode == 0 and all(f"Warning: {bad}:{number}: " in told.stdout for number in (2, 3, 4)),
          f"--check names them and has nothing against it: {told.stdout}")
    told = client.command([program("ntpd-net"), "--check", f"{line} 9", f"keyfile {bad}"], check=False)
    check(told.returncode == 2 and f"needs key 9, which {bad} does not give" in told.stdout, f"--check with a bad key: {told.stdout}")
    none = client.command([program("ntpd-net"), "--check", f"{line} 5", f"keyfile {client.folder}/none"], check=False)
    check(none.returncode == 2 and "none: No such file" in none.stdout and "Error: " in none.stdout, f"--check without the file: {none.stdout}")
    shut = client.write("shut", BAD_KEYS)
    os.chown(shut, 62009, 62009)
    os.chmod(shut, 0o600)
    told = client.command(["setpriv", "--bounding-set", "-dac_override,-dac_read_search", program("ntpd-net"), "--check",
                           f"{line} 9", f"keyfile {shut}"], check=False)
    check(told.returncode == 0 and "the keys could not be looked at" in told.stdout and "Permission denied" in told.stdout,
          f"--check of who may not read: {told.stdout}{told.stderr}")
    # rekey: the key whose line is bad now stays, the new one is there.
    client.write("kb", "5 MD5 HEX:nonsense\n6 SHA1 the-sixth-of-the-keys\n")
    check("200 OK" in suite.ask("rekey"), "rekey")
    eventually(lambda: f"{bad}:1: " in suite.log() and "Read 2 keys" in suite.log(), 5, "both keys and a warning")
    suite.ask("add", "server", SERVER.replace("101", "104"), "key", "6", code=None)
    check("is missing" not in suite.log(), f"key 6 came, key 5 stayed: {suite.log()}")
    client.write("kb", BAD_KEYS + "6 SHA1 the-sixth-of-the-keys\n7 MD5 and-one-more-of-them\n")
    done = client.command([program("syncctl"), "-h", suite.socket, "reload"], check=False)
    said = done.stdout + done.stderr
    check(f"Warning: {bad}:2: " in said and "Applied." in said, f"a reload tells and applies: {said}")
    eventually(lambda: "Read 3 keys" in suite.log(), 5, "keys 5, 6 and 7 are known")


NTPSEC_KEYS = "1 MD5 abcdefghijkl\n2 SHA1 0102030405060708090a0b0c0d0e0f1011121314  # in digits\n" \
              "3 AES-128 000102030405060708090a0b0c0d0e0f\n"
OUR_KEYS = "1 MD5 abcdefghijkl\n2 SHA1 HEX:0102030405060708090a0b0c0d0e0f1011121314\n" \
           "3 AES128 HEX:000102030405060708090a0b0c0d0e0f\n"


def ntpsec_and_we_share_keys(lan):
    """NTPsec serves our client and asks our server with MD5, SHA1 and AES-CMAC."""
    server, client = lan.lan_host("server", 101), lan.lan_host("client", 102)
    addresses = _addresses(server)[:3]
    theirs = server.write("ntp.keys", NTPSEC_KEYS)
    configuration = server.write("ntp.conf", f"tos orphan 5 orphanwait 1\nrestrict default\nkeys {theirs}\n"
                                             "trustedkey 1 2 3\n")
    server.start("ntpsec", [peer("ntpsec", "usr/sbin/ntpd"), "-n", "-c", configuration], still_clock())
    ours = client.write("keys", OUR_KEYS)
    lines = "".join(f"server {address} iburst key {number + 1}\n" for number, address in enumerate(addresses))
    suite = Meridian(client, f"{lines}keyfile {ours}\nallow\nlocal stratum 3\n").start(clock=False)
    eventually(lambda: selected(suite), 60, "our client follows NTPsec by its keys")
    _all_answer(suite, 3)
    theirs = client.write("ntp.keys", NTPSEC_KEYS + "4 M abcdefghijkl\n")  # the same file, for ntpdate
    for number, address in enumerate(addresses):
        done = client.command([program("ntpdate"), "-q", "-p", "1", "-a", str(number + 1), "-k", theirs, address], check=False)
        check(done.returncode == 0 and not done.stderr and "time server" in done.stdout,
              f"ntpdate with key {number + 1} of NTPsec's file: {done.stdout}{done.stderr}")
    # Back: NTPsec on a third host asks our server with each key.
    for number in range(2):
        client.command(["ip", "address", "add", f"192.168.43.{160 + number}/24", "dev", "eth0"])
    asker = lan.lan_host("asker", 103)
    keys = asker.write("ntp.keys", NTPSEC_KEYS)
    servers = "".join(f"server {address} iburst key {number + 1}\n"
                      for number, address in enumerate([CLIENT, "192.168.43.160", "192.168.43.161"]))
    configuration = asker.write("ntp.conf", f"tos minsane 3\n{servers}restrict default\nkeys {keys}\ntrustedkey 1 2 3\n")
    asker.start("ntpsec", [peer("ntpsec", "usr/sbin/ntpd"), "-n", "-c", configuration], still_clock())

    def answered():
        line = suite.ask("-c", "serverstats").strip().split(",")
        return int(line[7]) >= 12   # authenticated packets
    eventually(answered, 40, "our server answered NTPsec's authenticated requests: "
                             f"{suite.ask('serverstats')}")
    # Our answers are authentic to it: it follows us only when it has three of us, one a key.
    script = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
s.sendto(b'\\x23' + bytes(47), ('192.168.43.103', 123)); print(s.recv(1000)[1])"""
    eventually(lambda: suite.host.command(["/usr/bin/python3", "-c", script], check=False).stdout == "7\n", 60,
               "NTPsec follows us at stratum 7 by its three keys", every=1)


def rekey_reaches_client_and_server(lan):
    """A new key in the file and `rekey`: our client asks with it, our server answers with it."""
    start_upstream(lan.lan_host("upstream", 201))
    server, client = lan.lan_host("server", 101), lan.lan_host("client", 102)
    keys = server.write("keys", "1 SHA1 the-first-of-them\n")
    own = client.write("keys", "2 SHA1 another-one-first\n")
    serving = Meridian(server, f"server 192.168.43.201 iburst\nallow\nkeyfile {keys}\n").start(clock=False)
    wait_selected(serving, "192.168.43.201")
    asking = Meridian(client, f"server {SERVER} iburst key 2 minpoll 1 maxpoll 2\nkeyfile {own}\n").start(clock=False)
    eventually(lambda: "Key" not in asking.log() and ",SK,2," in asking.ask("-c", "authdata", code=None), 10,
               "the client knows its key")
    check(selected(asking) is None, "a server that does not know the key is not followed")
    server.write("keys", "1 SHA1 the-first-of-them\n2 SHA1 the-second-of-them\n")
    check("200 OK" in serving.ask("rekey"), "rekey of the server")
    client.write("keys", "2 SHA1 the-second-of-them\n")
    check("200 OK" in asking.ask("rekey"), "rekey of the client")
    wait_selected(asking, SERVER, 30)
    client.write("keys", "2 SHA1 HEX:nonsense\n")
    asking.ask("rekey")
    eventually(lambda: "keys:1" in asking.log(), 5, "a wrong line is named")
    check(selected(asking) is not None, "and the keys in force stay")
    client.write("keys", "# none\n")
    asking.ask("rekey")
    eventually(lambda: "Key 2 is missing" in asking.log(), 5, "a source whose key is gone is not asked")


SAMBA = """
import os, socket, struct, sys
path = sys.argv[1]
if os.path.exists(path): os.unlink(path)
door = socket.socket(socket.AF_UNIX); door.bind(path); os.chmod(path, 0o666); door.listen()
def take(guest, size):
    octets = b''
    while len(octets) < size:
        more = guest.recv(size - len(octets))
        if not more: return None
        octets += more
    return octets
while True:
    guest, _ = door.accept()
    while head := take(guest, 4):
        version, operation, number, pad, key, answer = struct.unpack('>IIHHI48s', take(guest, struct.unpack('>I', head)[0]))
        print(struct.unpack('>I', head)[0], version, operation, pad, f'{key:08x}', f'{answer[0]:02x}', flush=True)
        if key == 0x0d000000: guest.sendall(struct.pack('>IIII', 12, 0, 4, number))
        elif key == 0x0e000000: break
        else: guest.sendall(struct.pack('>IIII48sI16s', 80, 0, 3, number, answer, key, b'signed by samba!'))
    guest.close()
"""
WINDOWS = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
s.connect((sys.argv[1], 123)); s.send(bytes.fromhex(sys.argv[2]))
try: print(s.recv(1000).hex())
except OSError: print('')
"""


def windows_answer(host, address, key, digest=16, version=3):
    """What a machine gets that names `key` (in hexadecimal; none: a plain request); nothing for silence."""
    request = bytes([version << 3 | 3]) + bytes(39) + b"12345678" + (bytes.fromhex(key) + bytes(digest) if key else b"")
    return bytes.fromhex(host.output(["/usr/bin/python3", "-c", WINDOWS, address, request.hex()]).strip())


def samba_signs_for_windows_machines(lan):
    """ntpsigndsocket: MS-SNTP requests get what Samba signed, as from a chronyd; plain ones need no
    Samba; what it refuses, or cannot sign while it is away, gets silence."""
    ours, theirs, windows = lan.lan_host("ours", 101), lan.lan_host("chronyd", 102), lan.lan_host("windows", 103)
    lines = "local stratum 10\nallow\n"
    samba = {host: host.start("samba", ["/usr/bin/python3", "-u", "-c", SAMBA, f"{host.folder}/socket"])
             for host in (ours, theirs)}
    suite = Meridian(ours, f"{lines}ntpsigndsocket {ours.folder}\n").start(clock=False)
    Chrony(theirs, f"{lines}ntpsigndsocket {theirs.folder}\n").start()

    def answer(*question):
        return windows_answer(windows, *question)
    eventually(lambda: len(answer(SERVER, "")) == 48 and len(answer(CLIENT, "")) == 48, 20, "both serve")
    for address in (SERVER, CLIENT):
        got = eventually(lambda address=address: answer(address, "a1b2c3d4"), 10, f"{address} has it signed")
        check((len(got), got[0], got[24:32], got[48:]) == (68, 0x1c, b"12345678", bytes.fromhex("a1b2c3d4") + b"signed by samba!"),
              f"{address}: header, key and digest of Samba: {got.hex()}")
    said = [{line for line in samba[host].log().splitlines() if "a1b2c3d4" in line} for host in (ours, theirs)]
    check(said[0] == said[1] == {"64 0 0 0 a1b2c3d4 1c"}, f"Samba is asked the same by both: {said}")
    check(not answer(SERVER, "0d000000"), "what Samba refuses gets silence")
    check(len(answer(SERVER, "a1b2c3d4")) == 68, "and the next is signed")
    check(not answer(SERVER, "0e000000"), "Samba hangs up: silence")
    check(len(answer(SERVER, "a1b2c3d4")) == 68, "and is asked again")
    check(not answer(SERVER, "a1b2c3d4", 20) and not answer(SERVER, "a1b2c3d4", 16, 4) and not answer(SERVER, "00000000"),
          "another length, another version and no key are not of Windows")
    samba[ours].stop()
    check(not answer(SERVER, "a1b2c3d4") and len(answer(SERVER, "")) == 48, "without Samba: silence, and plain answers")
    check(len([line for line in suite.log().splitlines() if "Nobody signs" in line]) <= 1, "told once")
    ours.start("samba2", ["/usr/bin/python3", "-u", "-c", SAMBA, f"{ours.folder}/socket"])
    eventually(lambda: len(answer(SERVER, "a1b2c3d4")) == 68, 10, "Samba is back")
    suite.net.stop()
    Meridian(ours, lines, "without").start(clock=False)
    eventually(lambda: len(answer(SERVER, "")) == 48, 20, "serves without the directive")
    check(not answer(SERVER, "a1b2c3d4"), "nobody signs without the directive")
