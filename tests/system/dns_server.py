"""A name server for one address: `dns_server.py ADDRESS NAME[,NAME...] IPV4`. Answers A with the address,
all else that exists with no data, every other name with NXDOMAIN. Test tool: trusts its world."""
import socket
import struct
import sys


def answer(query, names, address):
    question, labels, at = 12, [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    known = ".".join(labels).lower() in names
    has_data = known and kind == 1
    head = query[:2] + struct.pack("!HHHHH", 0x8580 | (0 if known else 3), 1, 1 if has_data else 0, 0, 0)
    body = query[question:at + 5]
    if has_data:
        body += struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4) + socket.inet_aton(address)
    return head + body


def main():
    listen, names, address = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind((listen, 53))
    while True:
        query, sender = door.recvfrom(1500)
        door.sendto(answer(query, names, address), sender)


if __name__ == "__main__":
    main()
