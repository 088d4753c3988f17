"""Update messages (RFC 2136) for the system tests, legal or not, and zones by transfer.

RDATA is given as bytes, or as text for the types of RDATA_OF; records are (owner, type, class,
TTL, RDATA).
"""
import base64
import hashlib
import hmac
import socket
import struct
import time

from kz_wire import QTYPES, Reply, name_to_wire

IN, NONE, ANY = 1, 254, 255
TSIG = 250


def _names(text):
    return b"".join(name_to_wire(n) for n in text.split())


def _numbered(form):
    def build(text):
        *numbers, name = text.split()
        return struct.pack(form, *map(int, numbers)) + name_to_wire(name)
    return build


def _soa(text):
    mname, rname, *numbers = text.split()
    return name_to_wire(mname) + name_to_wire(rname) + struct.pack("!5I", *map(int, numbers))


def _strings(text):
    return b"".join(bytes([len(s)]) + s.encode() for s in text.split())


def _hex_after(form):
    def build(text):
        *numbers, data = text.split()
        return struct.pack(form, *map(int, numbers)) + bytes.fromhex(data)
    return build


RDATA_OF = {
    "A": lambda t: socket.inet_pton(socket.AF_INET, t),
    "AAAA": lambda t: socket.inet_pton(socket.AF_INET6, t),
    "NS": _names, "CNAME": _names, "PTR": _names, "DNAME": _names, "MB": _names, "MD": _names,
    "MF": _names, "RP": _names,
    "MX": _numbered("!H"), "SRV": _numbered("!HHH"), "AFSDB": _numbered("!H"),
    "KX": _numbered("!H"),
    "SOA": _soa, "TXT": _strings, "SPF": _strings, "HINFO": _strings,
    "DS": _hex_after("!HBB"), "DNSKEY": _hex_after("!HBB"), "KEY": _hex_after("!HBB"),
    "CDS": _hex_after("!HBB"), "CDNSKEY": _hex_after("!HBB"), "TLSA": _hex_after("!BBB"),
    "SSHFP": _hex_after("!BB"), "DLV": _hex_after("!HBB"),
}


def type_number(rtype):
    if isinstance(rtype, int):
        return rtype
    return int(rtype[4:]) if rtype.startswith("TYPE") else QTYPES[rtype]


def rdata_bytes(rtype, rdata):
    return rdata if isinstance(rdata, bytes) else RDATA_OF[rtype](rdata) if rdata else b""


def record(owner, rtype, rclass=IN, ttl=0, rdata=b""):
    owner = owner if isinstance(owner, bytes) else name_to_wire(owner)
    rdata = rdata_bytes(rtype, rdata)
    return owner + struct.pack("!HHIH", type_number(rtype), rclass, ttl, len(rdata)) + rdata


def update(ident, zone, prerequisites=(), updates=(), additional=(), ztype=6, zclass=IN):
    """A message of records given as bytes (record()) or as tuples of its arguments."""
    sections = [[r if isinstance(r, bytes) else record(*r) for r in s]
                for s in (prerequisites, updates, additional)]
    return (struct.pack("!HHHHHH", ident, 5 << 11, 1, *(len(s) for s in sections))
            + name_to_wire(zone) + struct.pack("!HH", ztype, zclass)
            + b"".join(b"".join(s) for s in sections))


def sign(message, name, secret, now=None):
    """The message with a TSIG of hmac-sha256 (RFC 8945)."""
    key, algorithm = name_to_wire(name.lower()), name_to_wire("hmac-sha256")
    moment = struct.pack("!HIH", 0, int(now or time.time()), 300)
    variables = key + struct.pack("!HI", ANY, 0) + algorithm + moment + bytes(4)
    mac = hmac.new(base64.b64decode(secret), message + variables, hashlib.sha256).digest()
    rdata = (algorithm + moment + struct.pack("!H", len(mac)) + mac + message[:2]
             + struct.pack("!HH", 0, 0))
    count = struct.unpack("!H", message[10:12])[0] + 1
    return (message[:10] + struct.pack("!H", count) + message[12:]
            + record(key, TSIG, ANY, 0, rdata))


def send_udp(port, message, seconds=10, source="127.0.0.1"):
    """The reply, or None when there was none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((source, 0))
        s.connect(("127.0.0.1", port))
        s.settimeout(seconds)
        s.send(message)
        try:
            return s.recv(65535)
        except socket.timeout:
            return None


def _exactly(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def send_tcp(port, message, seconds=10, source="127.0.0.1"):
    with socket.create_connection(("127.0.0.1", port), seconds, (source, 0)) as s:
        s.sendall(struct.pack("!H", len(message)) + message)
        return _exactly(s, struct.unpack("!H", _exactly(s, 2))[0])


def transfer(port, zone, seconds=10):
    """The zone's records by AXFR, the final SOA left out."""
    question = name_to_wire(zone) + struct.pack("!HH", 252, 1)
    records = []
    with socket.create_connection(("127.0.0.1", port), seconds) as s:
        s.sendall(struct.pack("!HHHHHHH", 12 + len(question), 1, 0, 1, 0, 0, 0) + question)
        while len(records) < 2 or records[-1][1] != 6:
            reply = Reply(_exactly(s, struct.unpack("!H", _exactly(s, 2))[0]))
            if reply.rcode or not reply.sections[0]:
                raise RuntimeError(f"no transfer of {zone} from port {port}: rcode {reply.rcode}")
            records += reply.sections[0]
    return records[:-1]
