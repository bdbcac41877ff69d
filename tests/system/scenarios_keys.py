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


NTPSEC_KEYS = "1 MD5 abcdefghijkl\n2 SHA1 0102030405060708090a0b0c0d0e0f1011121314\n" \
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
