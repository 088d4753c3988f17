"""Journals for the tests, byte by byte (doc/journal-format.md), in every form that is read."""
import struct

MAGIC_NEW, MAGIC_OLD = b";BIND LOG V9.2\n", b";BIND LOG V9\n"


def name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.strip(".").split(".") if label) + b"\0"


def soa(zone, serial, ttl=300):
    return (zone, 6, ttl, name("ns1." + zone) + name("host." + zone) +
            struct.pack(">5I", serial, 3600, 600, 86400, 300))


def a(owner, address, ttl=300):
    return (owner, 1, ttl, bytes(map(int, address.split("."))))


def record(r):
    owner, rtype, ttl, rdata = r
    body = name(owner) + struct.pack(">HHIH", rtype, 1, ttl, len(rdata)) + rdata
    return struct.pack(">I", len(body)) + body


def transaction(zone, begin, end, deleted=(), added=(), form=2):
    """(begin, end, bytes); form 1: without a count, 3: what BIND 9.16.12 wrote."""
    records = [soa(zone, begin), *deleted, soa(zone, end), *added]
    body = b"".join(map(record, records))
    head = {1: (len(body), begin, end), 2: (len(body), len(records), begin, end),
            3: (len(body), begin, end, 0)}[form]
    return begin, end, struct.pack(f">{len(head)}I", *head) + body


def write(path, transactions, magic=MAGIC_NEW, index=56, source=None):
    """The index names every transaction there is room for."""
    at = begin = 64 + 8 * index
    offsets = []
    for first, _, data in transactions:
        offsets.append((first, at))
        at += len(data)
    entries = b"".join(struct.pack(">2I", *o) for o in offsets[:index])
    head = magic.ljust(16, b"\0") + struct.pack(
        ">6IB", transactions[0][0], begin, transactions[-1][1], at, index, source or 0,
        source is not None)
    with open(path, "wb") as f:
        f.write(head.ljust(64, b"\0") + entries.ljust(8 * index, b"\0"))
        f.write(b"".join(data for _, _, data in transactions))
