#!/usr/bin/python3
"""AXFR out, beside Debian's BIND: every answer to a good or bad request, zones unsigned and signed
record by record, as many messages and no more bytes; keys, slow readers, clients that vanish, a
zone that changes meanwhile, transfers-out and transfer-format."""
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kz_servers                                                   # noqa: E402
import kz_zones                                                     # noqa: E402
from kz_streams import (Stream, by_tcp, by_udp, ixfr, opt, read_all, records, request,  # noqa: E402
                        serial_of, shape, soa_record)
from kz_transfers import until                                      # noqa: E402
from kz_wire import CD, QTYPES, RD, Reply, name_to_wire             # noqa: E402

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
LARGE = 30000
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


SMALL_ZONE = """$TTL 300
@ SOA ns hostmaster 10 3600 600 86400 300
@ NS ns
@ MX 10 mail
ns A 127.0.0.1
mail A 192.0.2.3
www A 192.0.2.2
www A 192.0.2.4
alias CNAME www
sub NS ns.sub
ns.sub A 192.0.2.6
"""


def config(port, directory, zones):
    text = f"""
key k {{ algorithm hmac-sha256; secret "{SECRET}"; }};
key other {{ algorithm hmac-sha512; secret "{SECRET}"; }};
controls {{ }};
options {{ {kz_servers.SAME_OPTIONS.replace("allow-transfer { none; };", "")}
  listen-on port {port} {{ 127.0.0.1; }}; allow-transfer {{ any; }}; transfers-out 4;
  tcp-send-buffer 65536; }};
server 127.0.0.2 {{ transfer-format one-answer; }};
zone "small.test" {{ type primary; file "small.db"; allow-update {{ any; }}; }};
zone "denied.test" {{ type primary; file "small2.db"; allow-transfer {{ none; }}; }};
zone "keyed.test" {{ type primary; file "small3.db"; allow-transfer {{ key k; }}; }};
zone "tcponly.test" {{ type primary; file "small4.db"; allow-transfer port {port} transport tcp {{ any; }}; }};
zone "port.test" {{ type primary; file "small5.db"; allow-transfer port 53 {{ any; }}; }};
zone "absent.test" {{ type primary; file "absent.db"; }};
zone "second.test" {{ type secondary; file "small6.db"; masterfile-format text;
  primaries {{ 127.0.0.1 port 1; }}; }};
zone "large.test" {{ type primary; file "large.db"; allow-update {{ any; }}; }};
"""
    for zone in zones:
        text += f'zone "{zone.name}" {{ type primary; file "{os.path.join(directory, zone.path)}"; }};\n'
    return text


def write_zones(directory):
    for name in ("small", "small2", "small3", "small4", "small5", "small6"):
        with open(os.path.join(directory, name + ".db"), "w") as f:
            f.write(SMALL_ZONE)
    with open(os.path.join(directory, "large.db"), "w") as f:
        f.write("$TTL 300\n@ SOA ns hostmaster 10 3600 600 86400 300\n@ NS ns\nns A 127.0.0.1\n")
        f.write("first TXT 10\nzzz TXT 10\n")
        f.writelines(f"host{i} A 10.0.{i >> 8}.{i & 255}\n" +
                     (f"host{i} MX 10 mail{i % 50}.x\n" if i % 3 == 0 else "")
                     for i in range(LARGE))


def requests():
    """(what, message, over TCP) whose answers must be BIND's."""
    axfr = lambda zone, **more: request(zone, "AXFR", **more)       # noqa: E731
    ns = name_to_wire("small.test") + struct.pack("!HHIH", QTYPES["NS"], 1, 0, 1) + b"\0"
    for edns in (b"", opt(), opt(do=True), opt((10, b"12345678"), (11, b"")), opt((9, b""))):
        for zone in ("small.test", "denied.test", "keyed.test", "absent.test", "nowhere.test",
                     "www.small.test", "SMALL.test", "tcponly.test", "port.test"):
            yield f"AXFR of {zone}", axfr(zone, edns=edns), True
            yield f"AXFR of {zone} by UDP", axfr(zone, edns=edns), False
    yield "RD and CD are not repeated", axfr("small.test", flags=RD | CD), True
    yield "class CH", axfr("small.test", qclass=3), True
    for tcp in (True, False):
        yield "IXFR without SOA", request("small.test", "IXFR"), tcp
        yield "IXFR, SOA elsewhere", request("small.test", "IXFR", [soa_record("a.test", 9)]), tcp
        yield "IXFR, NS in place of SOA", request("small.test", "IXFR", [ns]), tcp
        yield "IXFR, NS before SOA", request("small.test", "IXFR", [ns, soa_record("small.test", 10)]), tcp
        yield "IXFR, two SOAs", request("small.test", "IXFR", 2 * [soa_record("small.test", 9)]), tcp
        yield "IXFR, SOA in the answer", request("small.test", "IXFR",
                                                 answer=b"", authority=[]), tcp
        for serial in (9, 10, 11, 10 + 2 ** 31 - 1, 10 + 2 ** 31, 0):
            for edns in (b"", opt()):
                yield f"IXFR from {serial}", ixfr("small.test", serial, edns=edns), tcp
        yield "IXFR denied", ixfr("denied.test", 10), tcp


def compare_requests(ours, theirs):
    wrong = []
    count = 0
    for what, message, tcp in requests():
        ask = by_tcp if tcp else by_udp
        a, b = ask(ours, message), ask(theirs, message)
        count += 1
        if [shape(m) for m in a] != [shape(m) for m in b] or \
                sorted(records(a)) != sorted(records(b)):
            wrong.append(f"{what} {'tcp' if tcp else 'udp'}: {[shape(m) for m in a]}\n"
                         f"   BIND: {[shape(m) for m in b]}")
    check(f"{count} requests are answered as BIND answers them", not wrong, "\n".join(wrong))


def compare_zones(ours, theirs, zones):
    wrong, total = [], 0
    for name in [z.name for z in zones] + ["large.test."]:
        message = request(name.rstrip("."), "AXFR", edns=opt())
        a, b = by_tcp(ours, message), by_tcp(theirs, message)
        total += len(records(a))
        if sorted(records(a)) != sorted(records(b)):
            wrong.append(f"{name}: records differ: " +
                         str(set(records(a)).symmetric_difference(records(b)))[:500])
        if len(a) != len(b) or sum(map(len, a)) > sum(map(len, b)):
            wrong.append(f"{name}: {len(a)} messages, {sum(map(len, a))} bytes; "
                         f"BIND {len(b)}, {sum(map(len, b))}")
        for m in a:
            wrong += [f"{name}: {p}" for p in Reply(m).problems]
    check(f"{len(zones) + 1} zones, {total} records: BIND's records and messages, no more bytes",
          not wrong, "\n".join(wrong))


def dig(port, *arguments):
    return subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+tries=1", *arguments],
                          capture_output=True, text=True).stdout


def check_keys(server, port):
    out = dig(port, "-y", f"hmac-sha256:k:{SECRET}", "keyed.test", "AXFR")
    check("a key opens the zone", "XFR size: 11 records" in out and "verify" not in out, out)
    out = dig(port, "-y", f"hmac-sha512:other:{SECRET}", "keyed.test", "AXFR")
    check("another key does not", "Transfer failed" in out, out)
    out = dig(port, "-y", f"hmac-sha512:other:{SECRET}", "large.test", "AXFR", "+noall", "+stats")
    records_there = LARGE + (LARGE + 2) // 3 + 6
    check("every message of a long transfer is signed",
          f"XFR size: {records_there} records" in out and "verify" not in out, out[-300:])
    log = server.read_log()
    for what, pattern in (
            ("a start with its key", r"client @0x[0-9a-f]+ 127.0.0.1#\d+/key k \(keyed.test\): "
                                     r"transfer of 'keyed.test/IN': AXFR started: TSIG k \(serial 10\)"),
            ("an end with its figures",
             r"\(small.test\): transfer of 'small.test/IN': AXFR ended: 1 messages, 11 records, \d+ "
             r"bytes, \d+\.\d{3} secs \(\d+ bytes/sec\) \(serial 10\)"),
            ("a refusal", r"\(denied.test\): zone transfer 'denied.test/IN' denied"),
            ("a stranger's zone", r"\(nowhere.test\): bad zone transfer request: 'nowhere.test/IN': "
                                  r"non-authoritative zone \(NOTAUTH\)")):
        check("the log tells of " + what, re.search(pattern, log), log[-1500:])


def expire_of(message):
    """The EXPIRE option's value (RFC 7314)."""
    found = [body for _, _, options in Reply(message).edns() for code, body in options if code == 9]
    return struct.unpack("!I", found[0])[0] if found else None


def check_expire(ours, theirs):
    """A secondary says with a transfer how long its version is good for."""
    wrong = []
    for message, ask in ((request("second.test", "AXFR", edns=opt((9, b""))), by_tcp),
                         (ixfr("second.test", 10, edns=opt((9, b""))), by_tcp),
                         (request("second.test", "SOA", edns=opt((9, b""))), by_udp)):
        values = [expire_of(ask(port, message)[0]) for port in (ours, theirs)]
        if None in values or abs(values[0] - values[1]) > 10 or not 0 < values[0] <= 86400:
            wrong.append(values)
    check("a secondary's EXPIRE option is BIND's", not wrong, wrong)


def check_one_answer(port):
    stream = Stream(port, request("small.test", "AXFR"), source="127.0.0.2")
    messages = read_all(stream)
    stream.close()
    check("transfer-format one-answer for a server: a record each",
          [len(Reply(m).sections[0]) for m in messages] == 11 * [1], len(messages))


def nsupdate(port, zone, *lines):
    run = subprocess.run(["nsupdate"], input=f"server 127.0.0.1 {port}\nzone {zone}\n" +
                         "\n".join(lines) + "\nsend\n", text=True, capture_output=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)


def check_slow_readers(server, port):
    """A slow client takes its time over one version while the zone goes on, and others are served;
    too many at a time are told so; a place is free again when one is gone."""
    started = "large.test/IN': AXFR started"
    before = server.read_log().count(started)
    slow = [Stream(port, request("large.test", "AXFR"), receive_buffer=2048) for _ in range(4)]
    first = slow[0].message()
    until("four transfers", lambda: server.read_log().count(started) >= before + 4)
    over = by_tcp(port, request("small.test", "AXFR"))
    check("a fifth of transfers-out 4 is SERVFAIL", Reply(over[0]).rcode == 2, over)
    check("… which the log tells", "AXFR request denied: quota reached" in server.read_log())
    poll = by_tcp(port, ixfr("small.test", 10))
    check("who only asks whether there is more is answered all the same",
          len(records(poll)) == 1, poll)
    for i in range(3):
        nsupdate(port, "large.test", "update delete first.large.test TXT",
                 f"update add first.large.test 300 TXT {11 + i}",
                 "update delete zzz.large.test TXT",
                 f"update add zzz.large.test 300 TXT {11 + i}",
                 f"update delete host{i}.large.test A")
    slow[1].close()
    slow[2].close()
    until("the log to miss them", lambda: server.read_log().count("aborted: ") >= 2)
    fresh = records(by_tcp(port, request("large.test", "AXFR")))
    check("a place that was given up is taken by the next, who gets the newest version",
          serial_of(fresh[0]) == 13, serial_of(fresh[0]))
    taken = records([first] + read_rest(slow[0], first))
    texts = [r[4] for r in taken if r[1] == QTYPES["TXT"]]
    check("the slow one gets one version, the old one, whole",
          serial_of(taken[0]) == serial_of(taken[-1]) == 10 and texts == 2 * [b"\x0210"] and
          len(taken) == LARGE + (LARGE + 2) // 3 + 6, (len(taken), texts))
    slow[3].close()
    until("all to be over", lambda: server.read_log().count("aborted: ") >= 3)


def read_rest(stream, first):
    from kz_streams import Watcher
    watcher, messages = Watcher(), []
    watcher.is_over(first)
    while True:
        messages.append(stream.message())
        if watcher.is_over(messages[-1]):
            return messages


def check_vanishing(server, port):
    """Clients that go at any moment leave nothing behind."""
    rng = random.Random(3)
    before = server.read_log().count("started")
    for _ in range(40):
        stream = Stream(port, request("large.test", "AXFR", edns=opt()), receive_buffer=4096)
        for _ in range(rng.randrange(3)):
            stream.message()
        if rng.random() < 0.5:      # a reset instead of an orderly end
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        stream.close()
        if rng.random() < 0.3:
            time.sleep(0.01)
    until("their end", lambda: server.read_log().count("aborted: ") +
          server.read_log().count("AXFR ended") >= server.read_log().count("AXFR started"))
    check("40 clients vanish, the zone is there for the next",
          len(records(by_tcp(port, request("large.test", "AXFR")))) > LARGE and
          server.read_log().count("started") > before)


def check_dropped(server, port):
    """A configuration without the zone, and without the key, takes nothing from who is receiving."""
    signed = subprocess.Popen(
        ["dig", "@127.0.0.1", "-p", str(port), "-y", f"hmac-sha512:other:{SECRET}", "large.test",
         "AXFR"], stdout=subprocess.PIPE, text=True)
    line = signed.stdout.readline()
    stream = Stream(port, request("large.test", "AXFR"), receive_buffer=2048)
    first = stream.message()
    path = os.path.join(server.dir, "named.conf")
    with open(path) as f:
        text = f.read()
    text = text[:text.index('zone "large.test"')]
    with open(path, "w") as f:
        f.write(re.sub("key other.*\n", "", text))
    server.child.send_signal(signal.SIGHUP)
    until("the zone to go", lambda: Reply(by_tcp(port, request("large.test", "AXFR"))[0]).rcode == 9)
    taken = records([first] + read_rest(stream, first))
    stream.close()
    check("a zone that is dropped is sent to its end", len(taken) > LARGE and
          serial_of(taken[0]) == serial_of(taken[-1]) == 13, len(taken))
    rest = line + signed.communicate()[0]
    check("… signed with a key that is dropped, too", "XFR size: " in rest and "verify" not in rest,
          rest[-300:])


def main():
    ours, theirs = kz_servers.free_port(), kz_servers.free_port()
    shared = kz_servers.work_dir("axfr-zones")
    zones = kz_zones.build_zones(7, shared, 80)
    servers = []
    for label, binary, port in (("kizuna", kz_servers.NAMED, ours), ("bind", kz_servers.BIND, theirs)):
        directory = kz_servers.work_dir(label)
        write_zones(directory)
        servers.append(kz_servers.Server(label, binary, config(port, shared, zones), directory))
    with servers[0], servers[1]:
        compare_requests(ours, theirs)
        compare_zones(ours, theirs, zones)
        check_keys(servers[0], ours)
        check_expire(ours, theirs)
        check_one_answer(ours)
        check_slow_readers(servers[0], ours)
        check_vanishing(servers[0], ours)
        check_dropped(servers[0], ours)
    check("named ends in order", servers[0].status == 0, servers[0].status)
    shutil.rmtree(shared, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
