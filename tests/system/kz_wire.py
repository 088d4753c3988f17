"""DNS messages for the system tests: queries out, replies in, and what differs between two.

Made for tens of thousands of messages: a window of queries is under way at each server, and a
reply is taken apart by the few lines below rather than by a library.
"""
import os
import select
import socket
import struct
import time

QTYPES = {
    "A": 1, "NS": 2, "MD": 3, "MF": 4, "CNAME": 5, "SOA": 6, "MB": 7, "MG": 8, "MR": 9,
    "NULL": 10, "WKS": 11, "PTR": 12, "HINFO": 13, "MINFO": 14, "MX": 15, "TXT": 16, "RP": 17,
    "AFSDB": 18, "X25": 19, "ISDN": 20, "RT": 21, "SIG": 24, "KEY": 25, "PX": 26, "AAAA": 28,
    "LOC": 29, "NXT": 30, "SRV": 33, "NAPTR": 35, "KX": 36, "CERT": 37, "DNAME": 39, "OPT": 41,
    "APL": 42, "DS": 43, "SSHFP": 44, "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48,
    "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "CDS": 59, "CDNSKEY": 60,
    "ZONEMD": 63, "SVCB": 64, "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251,
    "AXFR": 252, "MAILB": 253, "MAILA": 254, "ANY": 255, "URI": 256, "CAA": 257,
}
TYPE_NAMES = {number: name for name, number in QTYPES.items()}
RCODES = ("NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH "
          "NOTZONE 11 12 13 14 15 BADVERS").split()
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x400, 0x200, 0x100, 0x80, 0x20, 0x10
FLAG_NAMES = ((QR, "qr"), (AA, "aa"), (TC, "tc"), (RD, "rd"), (RA, "ra"), (0x40, "z"), (AD, "ad"),
              (CD, "cd"))
DO = 0x8000
# Where names stand in RDATA: bytes before them, then how many; what follows is copied.  Only
# the types of RFC 1035 may be compressed (RFC 3597 §4).
NAMES_IN = {2: (0, 1), 3: (0, 1), 4: (0, 1), 5: (0, 1), 6: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1),
            12: (0, 1), 14: (0, 2), 15: (2, 1), 17: (0, 2), 18: (2, 1), 21: (2, 1), 26: (2, 2),
            33: (6, 1), 36: (2, 1), 39: (0, 1)}
MAY_COMPRESS = {2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15}


def name_to_wire(text):
    """A name in presentation form, with \\. and \\DDD, as wire."""
    out, label, i = bytearray(), bytearray(), 0
    text = text.rstrip(".") if not text.endswith("\\.") else text
    while i < len(text):
        c = text[i]
        if c == "\\" and text[i + 1:i + 4].isdigit():
            label.append(int(text[i + 1:i + 4]))
            i += 4
        elif c == "\\":
            label.append(ord(text[i + 1]))
            i += 2
        elif c == ".":
            out += bytes([len(label)]) + label
            label = bytearray()
            i += 1
        else:
            label.append(ord(c))
            i += 1
    if label:
        out += bytes([len(label)]) + label
    return bytes(out) + b"\0"


def name_to_text(wire):
    labels, i = [], 0
    while wire[i]:
        label = wire[i + 1:i + 1 + wire[i]]
        labels.append("".join(chr(c) if c > 32 and c < 127 and c not in b'.\\;"()@$'
                              else f"\\{c:03d}" for c in label))
        i += 1 + wire[i]
    return ".".join(labels) + "."


class Query:
    """One question and how it is asked.  edns: None or the UDP size; options: bytes."""
    __slots__ = ("name", "qtype", "qclass", "flags", "edns", "do", "version", "options", "tcp",
                 "opcode", "source")

    def __init__(self, name, qtype, qclass=1, flags=0, edns=None, do=False, version=0,
                 options=b"", tcp=False, opcode=0, source="127.0.0.1"):
        self.name = name if isinstance(name, bytes) else name_to_wire(name)
        self.qtype = QTYPES[qtype] if isinstance(qtype, str) else qtype
        self.qclass, self.flags, self.edns, self.do = qclass, flags, edns, do
        self.version, self.options, self.tcp, self.opcode = version, options, tcp, opcode
        self.source = source

    def wire(self, ident):
        opt = b""
        if self.edns is not None:
            opt = struct.pack("!BHHBBHH", 0, 41, self.edns, 0, self.version, DO * self.do,
                              len(self.options)) + self.options
        return struct.pack("!HHHHHH", ident, self.flags | self.opcode << 11, 1, 0, 0,
                           bool(opt)) + self.name + struct.pack("!HH", self.qtype,
                                                                self.qclass) + opt

    def __str__(self):
        flags = [n for bit, n in FLAG_NAMES if self.flags & bit]
        if self.edns is not None:
            flags.append(f"edns={self.edns}" + (" do" if self.do else "")
                         + (f" v{self.version}" if self.version else "")
                         + (" opt=" + self.options.hex() if self.options else ""))
        if self.tcp:
            flags.append("tcp")
        qclass = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}.get(self.qclass, self.qclass)
        return (f"{name_to_text(self.name)} {qclass} {type_name(self.qtype)} [{' '.join(flags)}]"
                f"{'' if self.source == '127.0.0.1' else ' from ' + self.source}")


def type_name(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


class Reply:
    """A reply taken apart; sections hold (owner, type, class, ttl, rdata), names uncompressed."""

    def __init__(self, wire):
        self.wire = wire
        (_, self.flags, nq, *counts) = struct.unpack_from("!HHHHHH", wire)
        self.at = 12
        self.problems = []
        self.questions = [self._question() for _ in range(nq)]
        self.sections = [[self._record() for _ in range(n)] for n in counts]
        self.opt = [r for r in self.sections[2] if r[1] == 41]
        self.sections[2] = [r for r in self.sections[2] if r[1] != 41]
        self.rcode = self.flags & 15 | (self.opt[0][3] >> 24 << 4 if self.opt else 0)
        if self.at != len(wire):
            self.problems.append(f"{len(wire) - self.at} bytes after the message")

    def _name(self, at):
        """(name, offset after it, was it compressed)"""
        wire, out, after, lowest = self.wire, [], None, at
        while True:
            n = wire[at]
            if n >= 0xC0:
                after = after or at + 2
                target = (n & 0x3F) << 8 | wire[at + 1]
                if target >= lowest:
                    raise ValueError("a pointer that does not lead back")
                at = lowest = target
            elif n == 0:
                return b"".join(out) + b"\0", after or at + 1, after is not None
            else:
                out.append(wire[at:at + 1 + n])
                at += 1 + n

    def _question(self):
        name, self.at, _ = self._name(self.at)
        qtype, qclass = struct.unpack_from("!HH", self.wire, self.at)
        self.at += 4
        return name, qtype, qclass

    def _record(self):
        name, at, _ = self._name(self.at)
        rtype, rclass, ttl, length = struct.unpack_from("!HHIH", self.wire, at)
        at += 10
        end = self.at = at + length
        if rtype not in NAMES_IN or rclass != 1 or not length:
            return name, rtype, rclass, ttl, self.wire[at:end]
        before, count = NAMES_IN[rtype]
        rdata = self.wire[at:at + before]
        at += before
        for _ in range(count):
            part, at, compressed = self._name(at)
            rdata += part
            if compressed and rtype not in MAY_COMPRESS:
                self.problems.append(f"a compressed name in {type_name(rtype)}")
        return name, rtype, rclass, ttl, rdata + self.wire[at:end]

    def flag_names(self):
        return " ".join(n for bit, n in FLAG_NAMES if self.flags & bit)

    def edns(self):
        """What the OPT record says, without what must differ: the cookie's bytes, and the
        padding of texts in extended errors."""
        said = []
        for _, _, size, ttl, data in self.opt:
            options = []
            while data:
                code, n = struct.unpack_from("!HH", data)
                body = data[4:4 + n]
                data = data[4 + n:]
                if code == 10:
                    body = body[:8] + b"+%d" % (n - 8)
                options.append((code, body))
            said.append((size, ttl & 0xFFFFFF, tuple(sorted(options))))
        return said


def record_text(record):
    owner, rtype, rclass, ttl, rdata = record
    before = NAMES_IN.get(rtype, (0,))[0]
    readable = rtype in NAMES_IN and rclass == 1 and len(rdata) > before
    shown = rdata[:before].hex() + " " + name_to_text(rdata[before:]) if readable else rdata.hex()
    kind = type_name(rtype)
    if rtype == 46 and len(rdata) > 18:
        kind = f"RRSIG({type_name(struct.unpack('!H', rdata[:2])[0])})"
        shown = f"labels {rdata[3]} tag {struct.unpack('!H', rdata[16:18])[0]}"
    if rtype == 47:
        shown = name_to_text(rdata)
    return f"{name_to_text(owner)} {ttl} {kind} {shown[:120]}"


def rcode_name(rcode):
    return RCODES[rcode] if rcode < len(RCODES) else f"RCODE{rcode}"


def differences(query, ours, theirs):
    """Lines "WHERE: …" for all in which two replies (bytes or None) differ."""
    if ours is None or theirs is None:
        return [] if ours is theirs else \
            [f"reply: ours {'none' if ours is None else 'one'}, "
             f"theirs {'none' if theirs is None else 'one'}"]
    if ours[2:] == theirs[2:]:
        return []
    try:
        ours, theirs = Reply(ours), Reply(theirs)
    except (ValueError, IndexError, struct.error) as error:
        return [f"malformed: {error}"]
    found = [f"malformed: {problem}" for problem in ours.problems]
    if ours.rcode != theirs.rcode:
        found.append(f"rcode: ours {rcode_name(ours.rcode)}, theirs {rcode_name(theirs.rcode)}")
    if (ours.flags ^ theirs.flags) & ~15:
        found.append(f"flags: ours {ours.flag_names()}, theirs {theirs.flag_names()}")
    if ours.questions != theirs.questions:
        found.append(f"question: ours {ours.questions}, theirs {theirs.questions}")
    if ours.edns() != theirs.edns():
        found.append(f"edns: ours {ours.edns()}, theirs {theirs.edns()}")
    for name, mine, other in zip(("answer", "authority", "additional"), ours.sections,
                                 theirs.sections):
        found += section_differences(name, mine, other)
    if query.qtype != 255 and not found:
        found += order_differences(ours, theirs)
    return found


def section_differences(name, ours, theirs):
    """RRsets compare as sets; a record that stands twice counts twice."""
    if sorted(ours) == sorted(theirs):
        return []
    mine, other = list(ours), list(theirs)
    for record in ours:
        if record in other:
            other.remove(record)
            mine.remove(record)
    return ([f"{name}: only ours: {record_text(r)}" for r in mine]
            + [f"{name}: only theirs: {record_text(r)}" for r in other])


def order_differences(ours, theirs):
    """A chain of aliases is in the order in which it was followed, signatures after their set."""
    def order(reply):
        seen = []
        for owner, rtype, *_ in reply.sections[0]:
            if not seen or seen[-1] != (owner, rtype):
                seen.append((owner, rtype))
        return seen
    mine, other = order(ours), order(theirs)
    if mine == other:
        return []
    return ["order: ours " + ", ".join(f"{name_to_text(o)} {type_name(t)}" for o, t in mine)
            + "; theirs " + ", ".join(f"{name_to_text(o)} {type_name(t)}" for o, t in other)]


def describe(reply):
    """A reply as text, for people."""
    if reply is None:
        return "    no reply"
    try:
        reply = Reply(reply)
    except (ValueError, IndexError, struct.error) as error:
        return f"    malformed ({error}): {reply.hex()}"
    rcode = RCODES[reply.rcode] if reply.rcode < len(RCODES) else reply.rcode
    lines = [f"    {rcode}, flags {reply.flag_names()}, {len(reply.wire)} bytes, edns {reply.edns()}"]
    for name, section in zip(("answer", "authority", "additional"), reply.sections):
        lines += [f"    {name}: {record_text(r)}" for r in section]
    return "\n".join(lines)


class Exchange:
    """Asks one server: `window` UDP queries under way at a time, TCP ones over one connection."""

    def __init__(self, port, window=48, timeout_s=1.0):
        self.port, self.window, self.timeout_s = port, window, timeout_s

    def ask_all(self, queries):
        """Replies as bytes (None: none came), in the order of the queries."""
        replies = [None] * len(queries)
        by_address = {}
        for i, q in enumerate(queries):
            by_address.setdefault((q.source, q.tcp), []).append(i)
        for (address, tcp), wanted in by_address.items():
            run = self._tcp if tcp else self._udp
            left = run(address, queries, wanted, replies)
            if left:        # a datagram may be lost; a server that is silent stays so
                run(address, queries, left, replies)
        return replies

    def _udp(self, address, queries, wanted, replies):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        s.bind((address, 0))
        s.connect(("127.0.0.1", self.port))
        s.setblocking(False)
        todo, under_way, last = list(reversed(wanted)), {}, time.monotonic()
        ident = int.from_bytes(os.urandom(2), "big")
        while todo or under_way:
            while todo and len(under_way) < self.window:
                i = todo.pop()
                ident = (ident + 1) & 0xFFFF
                under_way[ident] = i
                try:
                    s.send(queries[i].wire(ident))
                except ConnectionRefusedError:
                    pass        # an earlier one was; this one counts as lost
            if not select.select([s], [], [], self.timeout_s)[0]:
                break
            last = self._drain(s, under_way, replies, last)
            if time.monotonic() - last > self.timeout_s:
                break
        s.close()
        return sorted(list(under_way.values()) + todo)

    @staticmethod
    def _drain(s, under_way, replies, last):
        try:
            while under_way:
                data = s.recv(65535)
                i = under_way.pop(int.from_bytes(data[:2], "big"), None)
                if i is not None:
                    replies[i] = data
                    last = time.monotonic()
        except (BlockingIOError, ConnectionRefusedError):
            pass
        return last

    def _tcp(self, address, queries, wanted, replies):
        left = list(wanted)
        try:
            with socket.create_connection(("127.0.0.1", self.port), self.timeout_s,
                                          (address, 0)) as s:
                while left:
                    # A few at a time, pipelined: answers may come in any order.
                    some, buffer = left[:20], b""
                    for n, i in enumerate(some):
                        wire = queries[i].wire(n)
                        s.sendall(struct.pack("!H", len(wire)) + wire)
                    missing = dict(enumerate(some))
                    while missing:
                        data = s.recv(65535)
                        if not data:
                            return left
                        buffer += data
                        while len(buffer) >= 2 and len(buffer) >= 2 + int.from_bytes(buffer[:2], "big"):
                            size = int.from_bytes(buffer[:2], "big")
                            message, buffer = buffer[2:2 + size], buffer[2 + size:]
                            i = missing.pop(int.from_bytes(message[:2], "big"), None)
                            if i is not None:
                                replies[i] = message
                                left.remove(i)
        except OSError:
            pass
        return left
