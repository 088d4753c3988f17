"""Requests that are wrong in one way each, and mutations of good ones: (what, bytes) pairs.

The first two bytes (the id) of each are replaced when it is sent.
"""
import struct

from kz_wire import name_to_wire

WWW, ZONE = name_to_wire("www.example.com"), name_to_wire("example.com")
LABEL = "a" * 63
FILL = b"abcdefghijklmnopqrstuvwxyz" * 2
# Lengths of data around those that an option may have.
OPTION_LENGTHS = {1: (0, 17, 18, 19), 2: (0, 3, 4, 8, 9), 3: (0, 5), 5: (0, 1), 9: (0, 1, 3, 4, 5),
                  10: (0, 7, 8, 9, 15, 16, 24, 40, 41), 11: (0, 1, 2, 3), 12: (0, 4),
                  13: (0, 1, 2), 14: (0, 1, 2, 3), 15: (0, 1, 2, 3), 16: (0, 1, 2, 3),
                  17: (0, 2, 3), 18: (0, 1, 2, 5), 19: (0,), 20: (0, 1), 65001: (0, 5)}
SUBNETS = ("", "000100", "00010000", "00011800c00002", "00011800c000", "00011800c0000200",
           "00012100c000020100", "00011700c00003", "00011801c00002", "0002380020010db8000000",
           "00028100" + "20" * 17, "00000000", "0000080061", "00030000", "00000001")
META_TYPES = (0, 41, 128, 249, 250, 251, 252, 253, 254, 255)


def head(flags=0, qd=1, an=0, ns=0, ar=0):
    return struct.pack("!6H", 0, flags, qd, an, ns, ar)


def question(name=WWW, qtype=1, qclass=1):
    return name + struct.pack("!HH", qtype, qclass)


def record(name, rtype, rclass=1, ttl=60, rdata=b"", length=None):
    return name + struct.pack("!HHIH", rtype, rclass, ttl,
                              len(rdata) if length is None else length) + rdata


def opt(options=b"", size=1232, ttl=0, name=b"\0", length=None):
    return record(name, 41, size, ttl, options, length)


def option(code, data=b"", length=None):
    return struct.pack("!HH", code, len(data) if length is None else length) + data


def tsig(mac=b"x" * 32, algorithm="hmac-sha256", name="k256", rclass=255, ttl=0, tail=b""):
    return record(name_to_wire(name), 250, rclass, ttl, name_to_wire(algorithm) + struct.pack(
        "!HIHH", 0, 1795214539, 300, len(mac)) + mac + b"\0" * 6 + tail)


def sig(covers=0, name=b"\0", rclass=255):
    return record(name, 24, rclass, 0, struct.pack("!HBBIIIH", covers, 8, 0, 0, 0x7fffffff, 0, 1)
                  + ZONE + b"x" * 16)


A = record(WWW, 1, rdata=b"\xc0\0\2\1")
SOA = record(ZONE, 6, rdata=b"\0\0" + b"\0" * 20)
TKEY = record(WWW, 249, 255, 0, b"\1a\0" + b"\0" * 16)
COOKIE = option(10, b"12345678")


def headers():
    q = question()
    yield "empty", b""
    for n in range(1, 12):
        yield f"{n} bytes", (head() + q)[:n]
    yield "plain", head() + q
    yield "a response", head(0x8000) + q
    yield "a response, opcode 2", head(0x9000) + q
    for bit in range(15):
        if bit not in (11, 12, 13, 14):
            yield f"flag {1 << bit:#06x}", head(1 << bit) + q
    yield "all flags but QR and opcode", head(0x07ff) + q
    for garbage in (1, 3, 30, 400):
        yield f"{garbage} bytes of garbage", head() + q + b"x" * garbage
    yield "garbage after OPT", head(ar=1) + q + opt() + b"xxx"
    for opcode in (1, 2, 3, 6, 7, 8, 15):
        yield f"opcode {opcode}", head(opcode << 11 | 0x730) + q
        yield f"opcode {opcode}, no question", head(opcode << 11 | 0x730, 0)
        yield f"opcode {opcode}, OPT", head(opcode << 11, ar=1) + q + opt(COOKIE + option(3))
        yield f"opcode {opcode}, cut", head(opcode << 11, ar=1) + q
        yield f"opcode {opcode}, two questions", head(opcode << 11, 2) + q + question(qtype=2)
        yield f"opcode {opcode}, class 5", head(opcode << 11) + question(qclass=5)
        yield f"opcode {opcode}, class ANY", head(opcode << 11) + question(qclass=255)
        yield f"opcode {opcode}, EDNS 1", head(opcode << 11, ar=1) + q + opt(ttl=0x10000)
        yield f"opcode {opcode}, TSIG", head(opcode << 11, ar=1) + q + tsig()
    for opcode in (4, 5):
        yield f"opcode {opcode}, type A", head(opcode << 11 | 0x730) + q
        yield f"opcode {opcode}, no question", head(opcode << 11, 0)
        yield f"opcode {opcode}, two questions", head(opcode << 11, 2) + question(ZONE, 6) \
            + question(ZONE, 2)
        yield f"opcode {opcode}, cut", head(opcode << 11, ar=1) + question(ZONE, 6)
        yield f"opcode {opcode}, class 5", head(opcode << 11) + question(ZONE, 6, 5)
        yield f"opcode {opcode}, class ANY", head(opcode << 11) + question(ZONE, 6, 255)


def questions():
    q = question()
    yield "question missing", head()
    yield "no question", head(0x130, 0)
    yield "no question, OPT", head(0, 0, ar=1) + opt()
    yield "no question, cookie", head(0x130, 0, ar=1) + opt(COOKIE)
    yield "no question, NOTIFY with cookie", head(4 << 11, 0, ar=1) + opt(COOKIE)
    yield "no question, EDNS 1", head(0, 0, ar=1) + opt(ttl=0x10000)
    yield "no question, TSIG", head(0, 0, ar=1) + tsig()
    yield "no question, cookie, TSIG", head(0, 0, ar=2) + opt(COOKIE) + tsig()
    yield "no question, answer", head(0, 0, 1) + A
    yield "no question, answer, TSIG", head(0, 0, 1, ar=1) + A + tsig()
    yield "no question, two classes", head(0, 0, 2) + A + record(WWW, 16, 3, 60, b"\1a")
    yield "the same question twice", head(0, 2) + q + q
    yield "two types", head(0, 2) + q + question(qtype=28)
    yield "two types by pointer", head(0, 2) + q + question(b"\xc0\x0c", 28)
    yield "two types in two cases", head(0, 2) + q + question(name_to_wire("WWW.example.com"), 28)
    yield "three types", head(0, 3) + q + question(qtype=2) + question(qtype=3)
    yield "two names", head(0, 2) + q + question(ZONE)
    yield "two classes", head(0, 2) + q + question(qtype=2, qclass=3)
    yield "two types, OPT", head(0, 2, ar=1) + q + question(qtype=2) + opt(COOKIE)
    yield "two types, EDNS 1", head(0, 2, ar=1) + q + question(qtype=2) + opt(ttl=0x10000)
    yield "two types, TSIG", head(0, 2, ar=1) + q + question(qtype=2) + tsig()
    yield "second question missing", head(0, 2) + q
    for n in range(12, len(head() + q)):
        yield f"question cut at {n}", (head() + q)[:n]
    for length in (0x40, 0x41, 0x7f, 0x80, 0xbf):
        yield f"label type {length:#x}", head() + bytes([length]) + b"a" * 192 + b"\0\0\1\0\1"
    for last in range(55, 64):
        name = b"".join(bytes([n]) + b"a" * n for n in (63, 63, 63, last)) + b"\0"
        yield f"name of {len(name)}", head() + question(name)
        below = b"".join(bytes([n]) + b"a" * n for n in (63, 63, 63, last - 12)) + ZONE
        yield f"name of {len(below)} in the zone", head() + question(below)
    yield "128 labels", head() + question(b"\1a" * 127 + b"\0")
    yield "129 labels", head() + question(b"\1a" * 128 + b"\0")
    for target in (0, 2, 4, 5, 8, 11, 12, 13, 14, 16, 0x3fff):
        pointer = struct.pack("!H", 0xC000 | target)
        yield f"pointer to {target}", head() + question(pointer)
        yield f"label and pointer to {target}", head() + question(b"\3www" + pointer)
    yield "pointer cut", head() + b"\3www\xc0"
    yield "the root", head() + question(b"\0")
    for qclass in (0, 2, 3, 4, 5, 253, 254, 255, 256, 65535):
        yield f"class {qclass}", head() + question(qclass=qclass)
        yield f"class {qclass}, OPT", head(ar=1) + question(qclass=qclass) + opt(COOKIE)
        yield f"class {qclass}, EDNS 1", head(ar=1) + question(qclass=qclass) + opt(ttl=0x10000)
        yield f"class {qclass}, answer of IN", head(0, 1, 1) + question(qclass=qclass) + A
    for qclass in (0, 3, 5, 255):
        yield f"class {qclass}, TSIG", head(ar=1) + question(qclass=qclass) + tsig()
    for qtype in (0, 41, 128, 129, 200, 248, 249, 250, 253, 254, 65535):
        yield f"type {qtype}", head() + question(qtype=qtype)


def records():
    q = question()
    bad = record(WWW, 1, rdata=b"abc")
    yield "additional missing", head(ar=1) + q
    yield "second additional missing", head(ar=2) + q + opt()
    for where in ({"an": 1}, {"ns": 1}, {"ar": 1}):
        section = next(iter(where))
        yield f"A in {section}", head(**where) + q + A
        yield f"bad A in {section}", head(**where) + q + bad
        yield f"SOA in {section}", head(**where) + q + SOA
        yield f"unknown type in {section}", head(**where) + q + record(WWW, 65280, rdata=b"abc")
        yield f"CH in {section}", head(**where) + q + record(WWW, 16, 3, 60, b"\1a")
        yield f"class ANY in {section}", head(**where) + q + record(WWW, 1, 255)
        yield f"class NONE in {section}", head(**where) + q + record(WWW, 1, 254, 0, b"abcd")
        yield f"TTL above 2^31 in {section}", head(**where) + q + record(
            WWW, 1, 1, 1 << 31, b"abcd")
        yield f"TKEY in {section}", head(**where) + q + TKEY
        yield f"SIG(0) in {section}", head(**where) + q + sig()
        yield f"SIG of class ANY in {section}", head(**where) + q + sig(1)
        yield f"OPT in {section}", head(**where) + q + opt()
        yield f"RDATA too long in {section}", head(**where) + q + record(
            WWW, 1, rdata=b"abcd", length=9)
        yield f"owner's pointer ahead in {section}", head(**where) + q + b"\xc0\x40" + A[17:]
        yield f"owner by pointer in {section}", head(**where) + q + b"\xc0\x0c" + A[17:]
    for rtype in META_TYPES:
        for rdata in (b"", b"ab"):
            yield f"type {rtype} with {len(rdata)} bytes", head(0, 1, 1) + q + record(
                WWW, rtype, rdata=rdata)
    for rtype, rdata in ((2, b"\3ns1\xc0\x10"), (2, b""), (6, b"\0\0" + b"\0" * 19),
                         (6, b"\0\0" + b"\0" * 21), (15, b"\0"), (15, b"\0\1\xc0\x0c"), (16, b""),
                         (16, b"\5abc"), (16, b"\3abc"), (28, b"x" * 15), (28, b"x" * 16),
                         (33, b"\0" * 6), (33, b"\0" * 7), (46, b"abcd"), (46, b""), (24, b""),
                         (5, b"\xc0\x0c\0"), (12, b"\xc0\xff"), (99, b"\1a"), (255, b"x")):
        yield f"type {rtype}, RDATA {rdata.hex()}", head(0, 1, 1) + q + record(
            WWW, rtype, rdata=rdata)
    yield "RRSIG of nothing", head(0, 1, 1) + q + record(WWW, 46, rdata=sig(0)[11:])
    nsec3 = b"\1\0\0\0\0\x14" + b"x" * 20 + b"\0\1\x40"
    for owner in ("www", "ab", "abc", "zz", "1234567890abcdefghijklmnopqrstuv", ".", "a", "a1b2"):
        yield f"NSEC3 at {owner}", head(0, 1, 1) + q + record(name_to_wire(owner), 50, rdata=nsec3)
    update = head(5 << 11, 1, 0, 1) + question(ZONE, 6)
    for rclass in (1, 3, 254, 255):
        for rdata in (b"", b"abcd"):
            yield f"UPDATE class {rclass} with {len(rdata)} bytes", update + record(
                WWW, 1, rclass, 0, rdata)
            yield f"prerequisite class {rclass} with {len(rdata)} bytes", head(5 << 11, 1, 1) \
                + question(ZONE, 6) + record(WWW, 1, rclass, 0, rdata)
    for rtype in META_TYPES:
        yield f"UPDATE of type {rtype}", update + record(WWW, rtype, 1, 0)


def edns():
    q = question()

    def ask(extra, n=1):
        return head(ar=n) + q + extra
    yield "two OPT", ask(opt() + opt(), 2)
    yield "OPT not at the root", ask(opt(name=ZONE))
    yield "OPT owner by pointer", ask(opt(name=b"\xc0\x1c"))
    yield "OPT before A", ask(opt() + A, 2)
    yield "OPT after A", ask(A + opt(), 2)
    for size in (0, 1, 511, 512, 65535):
        yield f"size {size}", ask(opt(size=size))
    for version in (1, 2, 127, 255):
        for rest in (0, 0x8000, 0x7fff):
            yield f"version {version}, flags {rest:#x}", ask(opt(
                COOKIE + option(3), ttl=version << 16 | rest))
    yield "extended rcode", ask(opt(ttl=5 << 24))
    yield "Z bits", ask(opt(ttl=0x7fff))
    yield "RDLENGTH too long", ask(opt(length=5))
    for n in (1, 2, 3):
        yield f"option's head cut at {n}", ask(opt(option(3)[:n]))
    yield "option past the end", ask(opt(option(3, length=4)))
    for code, lengths in OPTION_LENGTHS.items():
        for n in lengths:
            yield f"option {code} of {n} bytes", ask(opt(option(code, FILL[:n])))
    for subnet in SUBNETS:
        yield f"ECS {subnet}", ask(opt(COOKIE + option(8, bytes.fromhex(subnet))))
    for text in (b"\xff\xfe", b"a\0", b"\xc3\xa9", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80",
                 b"\xf4\x90\x80\x80", b"\xef\xbb\xbfa", b"a\xef\xbb\xbf"):
        yield f"EDE text {text.hex()}", ask(opt(option(15, b"\0\1" + text)))
    yield "cookie twice", ask(opt(COOKIE + option(10, b"22345678")))
    yield "ECS twice", ask(opt(2 * option(8, b"\0\1\0\0")))
    yield "bad option, then bad record", ask(opt(option(9, b"1")) + A[:-5] + b"\3abc", 2)
    yield "good option, then bad record", ask(opt(COOKIE) + record(WWW, 1, rdata=b"abc"), 2)
    yield "bad option and EDNS 1", ask(opt(option(10, b"1234567"), ttl=0x10000))
    yield "bad option and DO", ask(opt(option(10, b"1234567"), ttl=0x8000))
    yield "bad option after NSID and cookie", ask(opt(option(3) + COOKIE + option(9, b"1")))


def signatures():
    q = question()

    def ask(extra, n=1):
        return head(ar=n) + q + extra
    for n in (0, 1, 9, 10, 15, 16, 31, 32, 33, 64):
        yield f"MAC of {n}", ask(tsig(mac=b"x" * n))
    yield "unknown key", ask(tsig(name="NoKey"))
    yield "unknown algorithm", ask(tsig(algorithm="hMac-foo"))
    yield "another algorithm", ask(tsig(algorithm="hmac-sha1"))
    yield "capitals", ask(tsig(algorithm="HMAC-SHA256", name="K256"))
    yield "TSIG of class IN", ask(tsig(rclass=1))
    yield "TSIG with a TTL", ask(tsig(ttl=1))
    yield "TSIG before OPT", ask(tsig() + opt(), 2)
    yield "TSIG after OPT", ask(opt(COOKIE) + tsig(), 2)
    yield "two TSIG", ask(tsig() + tsig(), 2)
    yield "TSIG as answer", head(0, 1, 1) + q + tsig()
    yield "TSIG with more", ask(tsig(tail=b"z"))
    yield "TSIG cut", ask(record(name_to_wire("k256"), 250, 255, 0,
                                 name_to_wire("hmac-sha256") + b"\0\0"))
    yield "TSIG and EDNS 1", ask(opt(ttl=0x10000) + tsig(), 2)
    yield "SIG(0)", ask(sig())
    yield "SIG(0) of class IN", ask(sig(rclass=1))
    yield "SIG(0) before OPT", ask(sig() + opt(), 2)
    yield "SIG(0) not at the root", ask(sig(name=ZONE))
    yield "SIG(0) before TSIG", ask(sig() + tsig(), 2)


def mutations(rng, count):
    """Good requests cut, with bits turned, with bytes and counts replaced."""
    rich = head(0x100, 1, 1, 1, 3) + question() + A + SOA + record(
        b"\xc0\x0c", 15, rdata=b"\0\1\xc0\x10") + opt(COOKIE + option(3) + option(8, b"\0\1\0\0")) \
        + tsig()
    small = head(0x100, ar=1) + question() + opt(COOKIE)
    for n in range(len(rich)):
        yield f"rich cut at {n}", rich[:n]
    for i in range(count):
        base = bytearray(rich if i % 2 else small)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            at = rng.randrange(2, len(base))
            base[at] = rng.choice((base[at] ^ 1 << rng.randrange(8), rng.randrange(256), 0, 0xff))
        base[2] &= 0x07     # a query: what else there is, is tried above
        yield f"mutation {i}: {bytes(base).hex()}", bytes(base)


def all_packets(rng, count):
    for part in (headers, questions, records, edns, signatures):
        yield from part()
    yield from mutations(rng, count)
