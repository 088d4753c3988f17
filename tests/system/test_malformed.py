#!/usr/bin/python3
"""Malformed requests, sent to Kizuna and to Debian's BIND: both must answer, or both keep
silent, and with the same rcode, flags, question, OPT and TSIG error.

  test_malformed.py [--seed N] [--mutations N] [--show N]

BIND on both sides (NAMED=/usr/sbin/named) must give no difference.
"""
import argparse
import os
import random
import re
import select
import socket
import struct
import sys
import time

import kz_packets
import kz_servers
from kz_wire import RCODES, Reply

CONFIG = """
key "k256" { algorithm hmac-sha256; secret "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="; };
options {%s listen-on port %d { 127.0.0.1; }; cookie-secret "00112233445566778899aabbccddeeff"; };
zone "example.com" { type primary; file "zone"; };
"""
ZONE = """$TTL 3600
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
www A 192.0.2.2
"""
# What we answer otherwise than BIND 9.18, and why: (name of the packet, difference, reason).
ALLOWED = [
    (r"^option 19 of 0 bytes$", r"ours .*\[19\]", "ZONEVERSION (RFC 9660) is younger than 9.18"),
]
SENTINEL = kz_packets.head() + kz_packets.question()
SILENCE_S = 1.0


def send_batch(port, packets):
    """Replies by position; a request counts as dropped when one sent after it is answered and
    SILENCE_S pass."""
    replies = [None] * len(packets)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        for i, packet in enumerate(packets):
            s.send((struct.pack("!H", i) + packet[2:])[:len(packet)])
        s.send(b"\xff\xff" + SENTINEL[2:])
        missing, end = set(range(len(packets))) | {0xffff}, time.monotonic() + 5
        while missing and time.monotonic() < end:
            if not select.select([s], [], [], max(0, end - time.monotonic()))[0]:
                break
            data = s.recv(65535)
            i = struct.unpack("!H", data[:2])[0]
            if i == 0xffff:
                end = min(end, time.monotonic() + SILENCE_S)
            missing.discard(i)
            if i < len(replies):
                replies[i] = data
    if 0xffff in missing:
        raise RuntimeError(f"the server on port {port} does not answer any more")
    return replies


def summary(reply):
    """What must agree, as text."""
    if reply is None:
        return "no reply"
    r = Reply(reply)
    rcode = RCODES[r.rcode] if r.rcode < len(RCODES) else str(r.rcode)
    said = [rcode, r.flag_names(), f"{len(r.questions)} questions"]
    for _, size, ttl, data in ((o[0], o[2], o[3], o[4]) for o in r.opt):
        codes, at = [], 0
        while at < len(data):
            code, n = struct.unpack_from("!HH", data, at)
            at += 4 + n
            if code != 15:      # BIND 9.18 gives a reason in fewer cases than we
                codes.append(str(code))
        said.append(f"OPT {size} {ttl & 0xffffff:06x} [{' '.join(codes)}]")
    for owner, rtype, _, _, rdata in r.sections[2]:
        if rtype == 250:
            at = 0
            while rdata[at]:
                at += 1 + rdata[at]
            at += 9     # the name's end, time, fudge
            mac = struct.unpack_from("!H", rdata, at)[0]
            said.append(f"TSIG {owner!r} MAC of {mac} error "
                        f"{struct.unpack_from('!H', rdata, at + 4 + mac)[0]}")
    said += r.problems
    return ", ".join(said)


def is_allowed(what, difference, used):
    for i, (packet, text, _) in enumerate(ALLOWED):
        if re.search(packet, what) and re.search(text, difference):
            used.add(i)
            return True
    return False


def compare(packets, ours, theirs, show):
    """Prints what differs; returns how many differ."""
    bad, used = 0, set()
    for (what, packet), mine, other in zip(packets, ours, theirs):
        mine, other = summary(mine), summary(other)
        if mine == other or is_allowed(what, f"ours {mine}; theirs {other}", used):
            continue
        bad += 1
        if bad <= show:
            print(f"# {what[:60]}: {packet.hex()}\n#   ours   {mine}\n#   theirs {other}")
    for i, (packet, text, _) in enumerate(ALLOWED):
        if i not in used:
            print(f"# not needed: the exception for {packet!r}, {text!r}")
    return bad


def start(label, binary):
    port = kz_servers.free_port()
    server = kz_servers.Server(label, binary, CONFIG % (kz_servers.SAME_OPTIONS, port))
    with open(os.path.join(server.dir, "zone"), "w") as f:
        f.write(ZONE)
    server.port = port
    return server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutations", type=int, default=400)
    parser.add_argument("--show", type=int, default=20)
    args = parser.parse_args()
    if not os.path.exists(kz_servers.BIND):
        print(f"skip - malformed packets: no {kz_servers.BIND} (install bind9)")
        return 0
    packets = list(kz_packets.all_packets(random.Random(args.seed), args.mutations))
    with start("ours", kz_servers.NAMED) as ours, start("bind", kz_servers.BIND) as theirs:
        replies = {s: [] for s in (ours, theirs)}
        for at in range(0, len(packets), 40):
            for server in replies:
                replies[server] += send_batch(server.port, [p for _, p in packets[at:at + 40]])
        bad = compare(packets, replies[ours], replies[theirs], args.show)
        silent = replies[ours].count(None)
    status = ours.status
    print(f"{'not ok' if bad else 'ok'} - {len(packets)} malformed packets, {silent} of them "
          f"dropped, treated as BIND does ({bad} differences)")
    print(f"{'not ok' if status else 'ok'} - the server ends well after them")
    return 1 if bad or status else 0


if __name__ == "__main__":
    sys.exit(main())
