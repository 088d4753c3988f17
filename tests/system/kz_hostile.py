"""A primary that lies: for each kind of broken stream a way to answer a transfer.

A kind is a function that gets an Answer (the request, the serial that was promised) and
returns bytes for the connection, or None to close at once.  Kinds whose names begin with
"ixfr" are sent for IXFR only; AXFR is answered well then, for that is what must come next.
"""
import os
import struct

SOA, NS, A, MX, TXT, CNAME, OPT, TSIG, ANY, AXFR, IXFR = 6, 2, 1, 15, 16, 5, 41, 250, 255, 252, 251


def name(text):
    return b"".join(bytes([len(l)]) + l.encode() for l in text.split(".") if l) + b"\0"


def record(owner, rdtype, rdata, ttl=300, rdclass=1, rdlen=None):
    owner = owner if isinstance(owner, bytes) else name(owner)
    return owner + struct.pack(">HHIH", rdtype, rdclass, ttl,
                               len(rdata) if rdlen is None else rdlen) + rdata


class Answer:
    def __init__(self, request, serial, have):
        self.request, self.serial, self.have = request, serial, have
        self.id = request[:2]
        end = 12
        while request[end]:
            end += 1 + request[end]
        self.question = request[12:end + 5]
        self.zone = self.question[:-4]
        self.type = struct.unpack(">H", self.question[-4:-2])[0]

    def soa(self, serial=None, owner=None):
        rdata = name("ns.invalid") + name("a.invalid") + struct.pack(
            ">5I", self.serial if serial is None else serial, 1, 1, 3600, 60)
        return record(self.zone if owner is None else owner, SOA, rdata)

    def ns(self):
        return record(self.zone, NS, b"\2ns" + self.zone)

    def at(self, label):
        return bytes([len(label)]) + label.encode() + self.zone

    def a(self, label, address="192.0.2.1", **more):
        return record(self.at(label), A, bytes(int(x) for x in address.split(".")), **more)

    def body(self):
        """What stands between the two SOAs of a good version."""
        return [self.ns(), self.a("ns"), self.a(f"s{self.serial}")]

    def message(self, records, flags=0x8400, question=True, count=None, ident=None, qd=None,
                tail=b"", extra=(0, 0)):
        question = (self.question if question is True else question) or b""
        head = struct.pack(">HHHHH", flags, (1 if question else 0) if qd is None else qd,
                           len(records) if count is None else count, *extra)
        return (ident or self.id) + head + question + b"".join(records) + tail

    def good(self):
        return frame(self.message([self.soa()] + self.body() + [self.soa()]))

    def whole(self, *body, **more):
        """A version whose records are these, after the name servers'."""
        return frame(self.message([self.soa(), self.ns(), self.a("ns"), *body, self.soa()], **more))

    def ixfr(self, *records):
        return frame(self.message([self.soa()] + list(records)))


def frame(message):
    return struct.pack(">H", len(message)) + message


def bad_name(k, owner):
    return k.whole(record(owner, A, b"\300\0\2\1"))


def loop(k):
    """A name that points at itself."""
    records = [k.soa(), k.ns()]
    at = 12 + len(k.question) + sum(map(len, records))
    return frame(k.message(records + [record(struct.pack(">H", 0xc000 | at), A, b"\300\0\2\1")]))


def endless(k):
    return b"".join([frame(k.message([k.soa(), k.ns(), k.a("ns")]))] + [
        frame(k.message([k.a(f"n{i}x{j}") for j in range(100)], question=None))
        for i in range(60)])


BROKEN = {
    # the connection
    "close-at-once": lambda k: None,
    "close-after-length": lambda k: b"\0\100",
    "half-a-length": lambda k: b"\0",
    "empty-message": lambda k: b"\0\0",
    "garbage": lambda k: frame(os.urandom(300)),
    "much-garbage": lambda k: os.urandom(200000),
    "text": lambda k: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "length-too-long": lambda k: struct.pack(">H", 60000) + k.good()[2:],
    "length-too-short": lambda k: struct.pack(">H", 40) + k.good()[2:],
    "cut-in-a-record": lambda k: k.good()[:-7],
    "cut-after-the-first": lambda k: frame(k.message([k.soa(), k.ns()])),
    "header-only": lambda k: frame(k.id + struct.pack(">5H", 0x8400, 0, 0, 0, 0)),
    "eleven-bytes": lambda k: frame(k.good()[2:13]),
    # the header
    "wrong-id": lambda k: k.whole(ident=bytes([k.id[0] ^ 1, k.id[1]])),
    "no-response": lambda k: k.whole(flags=0x0400),
    "opcode-update": lambda k: k.whole(flags=0xac00),
    "rcode-formerr": lambda k: k.whole(flags=0x8401),
    "rcode-servfail": lambda k: k.whole(flags=0x8402),
    "rcode-refused": lambda k: k.whole(flags=0x8405),
    "rcode-notauth": lambda k: k.whole(flags=0x8409),
    "truncated": lambda k: k.whole(flags=0x8600),
    "two-questions": lambda k: k.whole(question=k.question * 2, qd=2),
    "other-name-asked": lambda k: k.whole(question=name("other") + k.question[-4:]),
    "other-type-asked": lambda k: k.whole(question=k.zone + b"\0\1\0\1"),
    "other-class-asked": lambda k: k.whole(question=k.question[:-2] + b"\0\3"),
    "no-records": lambda k: frame(k.message([])),
    "count-too-high": lambda k: k.whole(count=50),
    "count-too-low": lambda k: k.whole(count=2),
    "bytes-behind": lambda k: k.whole(tail=b"\0\0\0\0"),
    "authority-lies": lambda k: k.whole(extra=(3, 0)),
    "additional-lies": lambda k: k.whole(extra=(0, 3)),
    # the records
    "no-soa-first": lambda k: frame(k.message(k.body() + [k.soa()])),
    "soa-of-another-zone": lambda k: frame(k.message([k.soa(owner=name("other"))] + k.body())),
    "soa-below-the-apex": lambda k: k.whole(k.soa(owner=k.at("sub"))),
    "soa-cut": lambda k: frame(k.message([record(k.zone, SOA, b"\0\0\0\0\0\2")])),
    "class-chaos": lambda k: k.whole(k.a("x", rdclass=3)),
    "class-any": lambda k: k.whole(k.a("x", rdclass=255)),
    "type-any": lambda k: k.whole(record(k.at("x"), ANY, b"")),
    "type-axfr": lambda k: k.whole(record(k.at("x"), AXFR, b"")),
    "opt-among-data": lambda k: k.whole(record(b"\0", OPT, b"", rdclass=1)),
    "tsig-among-data": lambda k: k.whole(record(k.at("x"), TSIG, b"\0" * 20)),
    "type-zero": lambda k: k.whole(record(k.at("x"), 0, b"")),
    "address-too-short": lambda k: k.whole(record(k.at("x"), A, b"\300\0\2")),
    "address-too-long": lambda k: k.whole(record(k.at("x"), A, b"\300\0\2\1\1")),
    "mx-without-name": lambda k: k.whole(record(k.at("x"), MX, b"\0\1")),
    "txt-past-its-end": lambda k: k.whole(record(k.at("x"), TXT, b"\377abc")),
    "rdata-past-the-message": lambda k: frame(k.message(
        [k.soa(), record(k.at("x"), A, b"\300\0\2\1", rdlen=4000)])),
    "name-in-a-loop": loop,
    "pointer-forward": lambda k: bad_name(k, b"\xff\x00"),
    "pointer-past-the-end": lambda k: bad_name(k, b"\xff\xff"),
    "label-type-64": lambda k: bad_name(k, b"\x41a\0"),
    "name-too-long": lambda k: bad_name(k, b"".join([b"\77" + b"a" * 63] * 5) + b"\0"),
    "name-without-end": lambda k: frame(k.message([k.soa(), b"\77abc"], count=2)),
    # the zone
    "outside-the-zone": lambda k: k.whole(record("www.other", A, b"\300\0\2\1")),
    "above-the-zone": lambda k: k.whole(record("example", A, b"\300\0\2\1")),
    "no-name-servers": lambda k: frame(k.message([k.soa(), k.a("ns"), k.soa()])),
    "cname-and-other": lambda k: k.whole(k.a("x"), record(k.at("x"), CNAME, k.zone)),
    "two-cnames": lambda k: k.whole(record(k.at("x"), CNAME, k.zone),
                                    record(k.at("x"), CNAME, k.at("ns"))),
    "ends-with-another-serial": lambda k: frame(k.message(
        [k.soa()] + k.body() + [k.soa(k.serial + 1)])),
    "serial-went-back": lambda k: frame(k.message([k.soa(0)] + k.body() + [k.soa(0)])),
    "records-after-the-end": lambda k: frame(k.message(
        [k.soa()] + k.body() + [k.soa(), k.a("late")])),
    "too-many-records": endless,
    "too-many-of-a-type": lambda k: k.whole(*[k.a("x", f"10.0.0.{i}") for i in range(150)]),
    "too-many-types": lambda k: k.whole(*[record(k.at("x"), 1000 + i, b"x") for i in range(150)]),
    # differences
    "ixfr-deletes-what-is-not-there": lambda k: k.ixfr(
        k.soa(k.have), k.a("nobody"), k.soa(), k.soa()),
    "ixfr-adds-what-is-there": lambda k: k.ixfr(
        k.soa(k.have), k.soa(), k.a("ns"), k.soa()),
    "ixfr-backwards": lambda k: k.ixfr(k.soa(k.have), k.soa(0), k.soa()),
    "ixfr-past-the-end": lambda k: k.ixfr(k.soa(k.have), k.soa(k.serial + 5), k.soa()),
    "ixfr-with-a-gap": lambda k: k.ixfr(
        k.soa(k.have), k.soa(k.serial), k.soa(k.serial - 1), k.soa()),
    "ixfr-cut": lambda k: k.ixfr(k.soa(k.have), k.a("ns")),
    "ixfr-goes-on-after-the-end": lambda k: k.ixfr(
        k.soa(k.have), k.soa(), k.a("x"), k.soa(), k.a("late")),
    "ixfr-deletes-the-name-servers": lambda k: k.ixfr(
        k.soa(k.have), k.ns(), k.soa(), k.soa()),
    "ixfr-adds-from-outside": lambda k: k.ixfr(
        k.soa(k.have), k.soa(), record("www.other", A, b"\300\0\2\1"), k.soa()),
    "ixfr-other-soa": lambda k: k.ixfr(
        record(k.zone, SOA, b"\0\0" + struct.pack(">5I", k.have, 9, 9, 9, 9)), k.soa(), k.soa()),
    "ixfr-refused": lambda k: k.whole(flags=0x8405),
    "ixfr-not-implemented": lambda k: k.whole(flags=0x8404),
}
