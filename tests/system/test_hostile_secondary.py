#!/usr/bin/python3
"""A bad client of all that a primary offers: transfers, NOTIFY and UPDATE, cut, broken, flooded
and never read.  Meanwhile others are answered; in the end nothing has grown, no descriptor is
left, and the server ends in order.  (Transfers that vanish half way: test_axfr.py.)"""
import os
import random
import re
import resource
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import NAMED, Server, free_port, work_dir           # noqa: E402
from kz_streams import (Stream, by_tcp, ixfr, opt, read_all, records, request,     # noqa: E402
                        soa_record)
from kz_transfers import until                                      # noqa: E402
from kz_wire import QTYPES, Query, Reply, name_to_wire              # noqa: E402

RELEASE = os.environ.get("FLAVOUR", "release") == "release"
SHARE = 1 if RELEASE else 4         # sanitized builds do a quarter
TURNS = int(os.environ.get("TURNS", 3 if RELEASE else 1))
TCP_CLIENTS = 1500
HOSTS = 20000
GROWTH_KIB = 4096
SOA, A, ANY = QTYPES["SOA"], QTYPES["A"], 255
NOTIFY, UPDATE = 4 << 11, 5 << 11
# Answers that a broken request may have; NOERROR stands for what was not broken enough.
RCODES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16}
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def config(port, dead):
    return f"""
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; notify no; allow-transfer {{ any; }};
  tcp-clients {TCP_CLIENTS}; tcp-listen-queue 100; tcp-initial-timeout 25;
  tcp-idle-timeout 50; transfers-out 40; tcp-send-buffer 65536; max-transfer-idle-out 1; }};
controls {{ }};
logging {{ category update {{ null; }}; category notify {{ null; }}; category xfer-out {{ null; }};
  category update-security {{ null; }}; category client {{ null; }};
  category security {{ null; }}; }};
zone "small.test" {{ type primary; file "small"; allow-update {{ any; }}; }};
zone "large.test" {{ type primary; file "large"; }};
zone "second.test" {{ type secondary; file "second"; masterfile-format text;
  primaries {{ 127.0.0.1 port {dead}; }}; }};
"""


def write_zones(directory):
    head = "$TTL 300\n@ SOA ns h 10 3600 600 864000 300\n@ NS ns\nns A 127.0.0.1\n"
    for name, hosts in (("small", 5), ("second", 5), ("large", HOSTS)):
        with open(os.path.join(directory, name), "w") as f:
            f.write(head)
            f.writelines(f"host{i} A 10.0.{i >> 8}.{i & 255}\n" for i in range(hosts))


class Others:
    """Who asks in good order meanwhile; by TCP only while `tcp` says that there is room."""

    def __init__(self, port):
        self.port, self.asked, self.lost, self.worst = port, 0, [], 0.0
        self.tcp, self.during, self.stop = True, "", False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stop:
            self.ask_udp()
            if self.tcp and self.asked % 5 == 0:
                self.ask_tcp()
            time.sleep(0.03)

    def ask_udp(self):
        """Five seconds, as resolvers wait, with one more try for a datagram that is lost."""
        began = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("127.0.0.1", self.port))
            for _ in range(3):
                s.settimeout(2)
                try:
                    s.send(Query("host1.large.test", "A").wire(7))
                    good = Reply(s.recv(65535)).sections[0]
                    break
                except OSError as error:
                    good = error
        self.asked += 1
        self.worst = max(self.worst, time.monotonic() - began)
        if not isinstance(good, list) or not good:
            self.lost.append(f"{self.during}: UDP {good}")

    def ask_tcp(self):
        during = self.during
        try:
            good = len(by_tcp(self.port, request("small.test", "AXFR", ident=9)))
        except (OSError, EOFError) as error:
            good = error
        if good != 1 and self.tcp and during == self.during:
            self.lost.append(f"{during}: AXFR {good!r}")

    def end(self):
        self.stop = True
        self.thread.join(30)


# --- messages ---

def rr(owner, rtype, rclass, ttl, rdata, length=None):
    return name_to_wire(owner) + struct.pack("!HHIH", rtype, rclass, ttl,
                                             len(rdata) if length is None else length) + rdata


def message(flags, counts, *parts, ident=0x4444):
    return struct.pack("!6H", ident, flags, *counts) + b"".join(parts)


def question(zone, qtype=SOA, qclass=1):
    return name_to_wire(zone) + struct.pack("!HH", qtype, qclass)


def update_message(zone="small.test"):
    return message(UPDATE, (1, 1, 2, 1), question(zone), rr(f"host1.{zone}", A, ANY, 0, b""),
                   rr(f"bad.{zone}", A, 1, 60, b"\x0a\1\2\3"), rr(f"bad.{zone}", A, ANY, 0, b""),
                   opt())


def good_messages():
    return {"AXFR": request("small.test", "AXFR", edns=opt((10, b"12345678"))),
            "IXFR": ixfr("small.test", 9, edns=opt()),
            "NOTIFY": message(NOTIFY, (1, 1, 0, 0), question("second.test"),
                              soa_record("second.test", 5)),
            "UPDATE": update_message()}


def broken_ixfr():
    """IXFR requests whose authority section is none."""
    zone, rdata = "small.test", b"\0\0" + struct.pack("!5I", 9, 0, 0, 0, 0)
    ask = lambda *a, **k: request(zone, "IXFR", list(a), **k)       # noqa: E731
    yield "RDATA of length 0", ask(rr(zone, SOA, 1, 0, b""))
    for size in (1, 2, 3, 5, 10, 21):
        yield f"RDATA of length {size}", ask(rr(zone, SOA, 1, 0, rdata[:size]))
        yield f"RDATA that says {size}", ask(rr(zone, SOA, 1, 0, rdata, size))
    for size in (23, 100, 65535):
        yield f"RDATA that says {size}", ask(rr(zone, SOA, 1, 0, rdata, size))
    yield "RDATA too long", ask(rr(zone, SOA, 1, 0, rdata + b"x"))
    yield "MNAME that points at itself", ask(rr(zone, SOA, 1, 0, b"\xc0\x2e" + rdata[1:]))
    yield "MNAME that points ahead", ask(rr(zone, SOA, 1, 0, b"\xff\xff" + rdata[1:]))
    yield "MNAME with a label of 0x40", ask(rr(zone, SOA, 1, 0, b"\x41x\0" + rdata[1:]))
    yield "MNAME beyond 255", ask(rr(zone, SOA, 1, 0, 5 * (b"\x3f" + 63 * b"x") + rdata))
    yield "owner that points at itself", ask(b"\xc0\x1c" + rr("", SOA, 1, 0, rdata)[1:])
    for rclass in (0, 3, 254, 255, 65535):
        yield f"class {rclass}", ask(rr(zone, SOA, rclass, 0, rdata))
    for rtype in (0, 1, 16, 41, 249, 250, 251, 252, 255, 65535):
        yield f"type {rtype}", ask(rr(zone, rtype, 1, 0, rdata))
    for owner in ("", "test", "x.small.test", "large.test"):
        yield f"owner {owner}", ask(rr(owner, SOA, 1, 0, rdata))
    for count in (2, 3, 1000):
        yield f"{count} SOAs", ask(*[soa_record(zone, i) for i in range(count)])
    good = ask(soa_record(zone, 9))
    for at, what in ((4, "questions"), (6, "answers"), (8, "authorities"), (10, "additionals")):
        for count in (0, 2, 3, 65535):
            yield f"{count} {what} announced", good[:at] + struct.pack("!H", count) + good[at + 2:]
    for serial in (0, 10, 11, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 10, 2 ** 32 - 1):
        yield f"serial {serial}", ask(soa_record(zone, serial))
    yield "a response", good[:2] + b"\x80" + good[3:]
    yield "bytes behind it", good + 50 * b"z"
    yield "TSIG that is none", good[:10] + b"\0\1" + good[12:] + rr("k", 250, 255, 0, b"\0" * 9)
    yield "two OPT", good[:10] + b"\0\2" + good[12:] + 2 * opt()


def broken_notify():
    zone = "second.test"
    yield message(NOTIFY, (1, 0, 0, 0), question(zone))
    yield message(NOTIFY, (0, 0, 0, 0))
    yield message(NOTIFY, (2, 0, 0, 0), question(zone), question(zone))
    yield message(NOTIFY, (1, 0, 0, 0), question(zone, A))
    yield message(NOTIFY, (1, 0, 0, 0), question(zone, SOA, 3))
    yield message(NOTIFY, (1, 0, 0, 0), question("nowhere.test"))
    yield message(NOTIFY, (1, 0, 0, 0), question("small.test"))
    yield message(NOTIFY | 0x8000, (1, 0, 0, 0), question(zone))
    yield message(NOTIFY | 0x0400, (1, 1, 0, 0), question(zone), rr(zone, SOA, 1, 0, b"\0\0"))
    yield message(NOTIFY, (1, 1, 0, 0), question(zone), soa_record("other.test", 99))
    yield message(NOTIFY, (1, 1, 0, 0), question(zone), soa_record(zone, 2 ** 32 - 1))
    yield message(NOTIFY, (1, 1, 0, 0), question(zone), rr(zone, SOA, 1, 0, 30 * b"\xc0"))
    yield message(NOTIFY, (1, 9, 9, 9), question(zone), soa_record(zone, 11))
    yield message(NOTIFY, (1, 50, 0, 0), question(zone), *[soa_record(zone, i) for i in range(50)])


def mutated(rng, wire):
    out = bytearray(wire)
    for _ in range(rng.randrange(1, 6)):
        if len(out) < 20:
            break
        at = rng.randrange(12 if rng.random() < 0.8 else 2, len(out))
        what = rng.random()
        if what < 0.5:
            out[at] = rng.choice((0, 1, 0xc0, 0xff, rng.randrange(256)))
        elif what < 0.7:
            del out[at:at + rng.randrange(1, 8)]
        else:
            out[at:at] = rng.randbytes(rng.randrange(1, 8))
    return bytes(out)


def random_update(rng):
    """Sections, types and classes that go together by chance only."""
    names = ("small.test", "host1.small.test", "a.b.c.small.test", "test", "", "large.test")
    counts = [1] + [rng.randrange(4) for _ in range(3)]
    parts = [question(rng.choice(names), rng.choice((SOA, A, 255)), rng.choice((1, 3, 255)))
             if rng.random() < 0.3 else question("small.test")]
    for _ in range(sum(counts[1:])):
        parts.append(rr(rng.choice(names), rng.choice((1, 2, 5, 6, 15, 16, 28, 41, 46, 50, 51, 250,
                                                       252, 255, 65280, 0)),
                        rng.choice((1, 254, 255, 3, 0)), rng.choice((0, 60, 2 ** 31, 2 ** 32 - 1)),
                        rng.randbytes(rng.choice((0, 0, 1, 4, 16, 22, 300)))))
    return message(UPDATE, counts, *parts)


# --- ways to send ---

def raw(port, data, receive_buffer=None, connect_s=10):
    s = socket.socket()
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.settimeout(connect_s)
    try:
        s.connect(("127.0.0.1", port))
        if data:
            s.sendall(data)
    except OSError:
        s.close()
        raise
    s.settimeout(10)
    return s


def framed(wire):
    return struct.pack("!H", len(wire)) + wire


def one_reply(port, wire):
    """By TCP: the first message that comes, or None when the connection ends instead."""
    stream = Stream(port, wire)
    try:
        return stream.message()
    except (EOFError, ConnectionResetError):
        return None
    finally:
        stream.close()


def flood(port, messages):
    """By UDP, as fast as they are taken; the rcodes that came back."""
    seen, strange = {}, []

    def drain():
        try:
            while True:
                wire = s.recv(65535)
                seen[wire[3] & 15] = seen.get(wire[3] & 15, 0) + 1
                if not wire[2] & 0x80:
                    strange.append(wire.hex())
        except BlockingIOError:
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        s.setblocking(False)
        for i, wire in enumerate(messages):
            try:
                s.send(wire)
            except BlockingIOError:
                time.sleep(0.001)
            if i % 16 == 15:
                drain()
        time.sleep(0.1)
        drain()
    return seen, strange


# --- what is done to the server ---

class Attack:
    def __init__(self, server, port, others, rng):
        self.server, self.port, self.others, self.rng = server, port, others, rng

    def cut_requests(self):
        """Over TCP, ended by the client or short by themselves; over UDP."""
        wrong = []
        for what, wire in good_messages().items():
            for n in range(len(wire)):
                s = raw(self.port, framed(wire)[:n + 2])
                if self.rng.random() < 0.5:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                s.close()
            for n in range(0, len(wire), SHARE):
                reply = one_reply(self.port, wire[:n])
                if reply is not None and (len(reply) < 12 or reply[3] & 15 not in RCODES or
                                          reply[3] & 15 == 0 and n < 12):
                    wrong.append(f"{what} cut at {n}: {reply.hex()}")
            flood(self.port, [wire[:n] for n in range(len(wire))])
        return wrong

    def broken_soas(self):
        wrong = []
        for what, wire in broken_ixfr():
            reply = one_reply(self.port, wire) if not wire[2] & 0x80 else None
            if reply is not None and (reply[3] & 15 not in RCODES or Reply(reply).problems):
                wrong.append(f"{what}: {reply.hex()[:200]}")
        flood(self.port, [wire for _, wire in broken_ixfr() if len(wire) < 30000])
        return wrong

    def half_open(self):
        """More connections than tcp-clients that say nothing, or half a length, or half a
        message: UDP goes on, and TCP is there again when they time out."""
        self.others.tcp = False
        wire = framed(good_messages()["AXFR"])
        sockets = []
        for i in range(TCP_CLIENTS + 100):
            try:
                sockets.append(raw(self.port, (b"", wire[:1], wire[:2], wire[:20])[i % 4],
                                   connect_s=0.5))
            except OSError:
                if len(sockets) >= TCP_CLIENTS:
                    break       # nobody is taken any more
        opened = len(sockets)
        until("TCP to be there again", self.tcp_answers, 20)
        for s in sockets:
            s.close()
        self.others.tcp = True
        return [] if opened >= TCP_CLIENTS else [f"only {opened} connections"]

    def tcp_answers(self):
        try:
            return len(records(by_tcp(self.port, request("small.test", "AXFR")))) > 5
        except (OSError, EOFError):
            return False

    def slow_readers(self):
        """A byte a second, and never a byte; pipelined transfers that nobody takes."""
        axfr = framed(request("large.test", "AXFR"))
        slow = [raw(self.port, axfr, 2048) for _ in range(12)]
        never = [raw(self.port, axfr, 2048) for _ in range(12)]
        piled = [raw(self.port, axfr * 10, 2048) for _ in range(8)]
        for _ in range(3 if RELEASE else 2):
            for s in slow:
                s.recv(1)
            time.sleep(1)
        for s in slow + never + piled:
            if self.rng.random() < 0.5:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()
        return []

    def pipelined(self):
        """Twenty transfers asked for at once come whole, all of them."""
        kinds = [("small.test", "AXFR"), ("large.test", "AXFR"), ("small.test", "SOA")]
        asked = [kinds[i % 3] for i in range(21)]
        wires = [request(zone, qtype, ident=i + 1) for i, (zone, qtype) in enumerate(asked)]
        stream = Stream(self.port, wires[0])
        stream.socket.sendall(b"".join(map(framed, wires[1:])))
        got = {}
        soas = {}
        while len(soas) < 21 or any(soas[i + 1] < (2 if asked[i][1] == "AXFR" else 1)
                                    for i in range(21)):
            reply = Reply(stream.message())
            ident = struct.unpack_from("!H", reply.wire)[0]
            if reply.rcode != 0:
                return [f"request {ident}: rcode {reply.rcode}"]
            got[ident] = got.get(ident, 0) + len(reply.sections[0])
            soas[ident] = soas.get(ident, 0) + sum(r[1] == SOA for r in reply.sections[0])
        stream.close()
        return [f"{zone}: {got[i + 1]} records" for i, (zone, qtype) in enumerate(asked)
                if zone == "large.test" and got[i + 1] != HOSTS + 4]

    def notify_flood(self):
        kinds = list(broken_notify())
        seen, strange = flood(self.port, [
            kind if self.rng.random() < 0.5 else mutated(self.rng, kind)
            for kind in self.rng.choices(kinds, k=20000 // SHARE)])
        for kind in kinds[:-1]:
            if not kind[2] & 0x80:
                one_reply(self.port, kind)
        return strange[:3] if seen else ["not one answer"]

    def update_garbage(self):
        good = update_message()
        wires = [mutated(self.rng, good) if self.rng.random() < 0.5 else random_update(self.rng)
                 for _ in range(6000 // SHARE)]
        seen, strange = flood(self.port, wires[100:])
        for wire in wires[:100]:
            s = raw(self.port, framed(wire))
            s.close()
        return strange[:3] if seen else ["not one answer"]


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def connections_gone(pid, before):
    until("the descriptors of connections to be closed", lambda: descriptors(pid) <= before, 30)


ATTACKS = (("requests cut anywhere", Attack.cut_requests),
           ("IXFR with a broken SOA", Attack.broken_soas),
           ("half-open connections beyond tcp-clients", Attack.half_open),
           ("clients that read a byte a second, or never", Attack.slow_readers),
           ("pipelined transfers", Attack.pipelined),
           ("a flood of bad NOTIFY", Attack.notify_flood),
           ("garbage for UPDATE", Attack.update_garbage))


def attack_by_turns(server, port, rng):
    pid = server.child.pid
    others = Others(port)
    attack = Attack(server, port, others, rng)
    first_fds = descriptors(pid)
    sizes = []
    for turn in range(TURNS):
        for what, run in ATTACKS:
            others.during = what
            wrong = run(attack)
            if turn == 0 or wrong:
                check(what, not wrong, "\n".join(wrong[:10]))
        others.during = "the pause"
        sizes.append(rss_kib(pid))
        # what a secondary asks its primary with comes and goes, too: three sockets at most
        connections_gone(pid, first_fds + 3)
    others.end()
    check(f"others were answered meanwhile: {others.asked} questions, the slowest "
          f"{others.worst:.2f} s", not others.lost, "\n".join(others.lost[:10]))
    if RELEASE:
        check(f"memory does not grow: KiB after each turn {sizes}",
              sizes[-1] - sizes[0] < GROWTH_KIB)
    check(f"no descriptor is left: {first_fds} before, {descriptors(pid)} after",
          descriptors(pid) <= first_fds + 3)


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = TCP_CLIENTS * 2
    if soft < want <= hard or hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want), hard))
    elif soft < want:
        print(f"skip - a limit of {hard} open files is too low")
        return 0
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"# seed {seed}")
    port, dead = free_port(), free_port()
    directory = work_dir("hostile-secondary")
    write_zones(directory)
    with Server("primary", NAMED, config(port, dead), directory) as server:
        attack_by_turns(server, port, random.Random(seed))
        check("the zone is whole", len(records(read_all(Stream(port, request(
            "large.test", "AXFR"))))) == HOSTS + 4)
    check("named ends in order", server.status == 0, server.last_log[-1500:])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
