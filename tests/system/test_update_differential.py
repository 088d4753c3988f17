#!/usr/bin/python3
"""Generated update messages (RFC 2136), legal or not, signed or not, sent to Kizuna and to
Debian's BIND: every one must get the same rcode, and the zones must be the same all along.

  test_update_differential.py [--seed N] [--messages N] [--show N]

BIND on both sides (NAMED=/usr/sbin/named) must give no difference.

What Kizuna does otherwise on purpose is not generated:
  - an add that differs from what is there in the case of its owner's name only: BIND notes the
    new case and a new serial, Kizuna keeps the name as it is and changes nothing
  - a serial exactly 2^31 ahead: undefined by RFC 1982; BIND fails when it writes its journal
    (SERVFAIL), Kizuna ignores it as it ignores one that is too low
  - NSEC3PARAM at the apex of an unsigned zone: BIND begins to make a chain, Kizuna ignores it
  - a type that takes the place of another at a name with max-types-per-name: 9.18 counts the
    deleted one, too
"""
import argparse
import random
import select
import socket
import struct
import sys

import kz_servers
from kz_update import ANY, IN, NONE, record, send_tcp, sign, transfer, update
from kz_wire import NAMES_IN, Reply, name_to_wire, rcode_name, record_text

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
OTHER_SECRET = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXIhIQ=="
KEYS = ("host.pol.test", "admin", "x.sub.pol.test")
POLICY = """update-policy {
    deny * name no.pol.test ANY;
    grant host.pol.test self host.pol.test A AAAA TXT(2);
    grant host.pol.test name srv.pol.test SRV(1) ANY;
    grant x.sub.pol.test selfsub x.sub.pol.test;
    grant *.pol.test subdomain sub.pol.test A TXT NS;
    grant admin wildcard *.w.pol.test;
    grant admin zonesub A AAAA MX CNAME TXT;
    grant * tcp-self . PTR(1);
};"""
# Zone and what is said of it.  Between them they turn most options that updates obey.
ZONES = {
    "any.test": "allow-update { any; };",
    "pol.test": POLICY,
    "chk.test": "allow-update { key admin; 127.0.0.2; }; check-names warn; check-integrity no;"
                " check-mx fail; check-wildcard no; max-zone-ttl 500; max-records 60;"
                " max-records-per-type 4;",
    "off.test": "",
}
CONFIG = """
options {
    listen-on port %(port)d { 127.0.0.1; }; listen-on-v6 { none; };
    pid-file none; session-keyfile none; recursion no; dnssec-validation no;
    empty-zones-enable no; notify no; allow-transfer { any; };
};
%(keys)s
%(zones)s
"""
ZONE = """$TTL 300
@ SOA ns hostmaster 100 3600 600 86400 300
@ NS ns
@ NS ns2
@ TXT apex
@ MX 10 mail
ns A 192.0.2.1
ns2 AAAA 2001:db8::2
mail A 192.0.2.3
www A 192.0.2.4
www A 192.0.2.5
www TXT one
alias CNAME www
host A 192.0.2.6
del NS ns.del
del NS ns.elsewhere.test.
ns.del A 192.0.2.7
dn DNAME www
below.dn TXT hidden
leaf.ent TXT leaf
*.wild TXT wild
sub A 192.0.2.8
a.w TXT w
srv SRV 1 2 3 mail
"""
# Names below the zone; the first are likelier.
NAMES = ("www alias host new1 new2 mail @ sub x.sub a.x.sub srv del ns ns2 ns.del dn below.dn ent "
         "leaf.ent wild *.wild x.wild a.w b.w *.w no new1.new2 bad_name a.*.deep").split()
STRANGE = ("elsewhere.test", ".", "test", "xany.test")
SAFE_SERIAL = 1000000


def record_key(r):
    """A record as it compares: the case of names means nothing."""
    owner, rtype, rclass, ttl, rdata = r
    before, count = NAMES_IN.get(rtype, (0, 0))
    end = before
    for _ in range(count):
        while rdata[end]:
            end += 1 + rdata[end]
        end += 1
    return owner.lower(), rtype, rclass, ttl, (rdata[:before] + rdata[before:end].lower()
                                               + rdata[end:] if count else rdata)


class Generator:
    """The messages: `message()` gives (zone, bytes without signature, how to send it, text)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.serial = SAFE_SERIAL
        self.unique = 0
        self.zone = None

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def any_case(self, name):
        if self.chance(70):
            return name
        return "".join(c.upper() if self.chance(50) else c for c in name)

    def name(self):
        if self.chance(1):
            return self.random.choice(STRANGE)
        n = len(NAMES)
        label = NAMES[min(self.random.randrange(n), self.random.randrange(n))]
        return self.zone if label == "@" else f"{label}.{self.zone}"

    def data(self):
        """(type, RDATA as text), from few, so that they meet again."""
        r, z = self.random, self.zone
        host = r.choice(("www", "mail", "ns", "alias", "nowhere", "new1", "x.dn", "ns.del"))
        target = f"{host}.{z}" if self.chance(85) else "mx.elsewhere.test"
        kind = r.choice("A A A AAAA TXT TXT MX CNAME NS PTR SRV DNAME DS HINFO KEY WKS SPF RP SOA "
                        "TYPE65280 NULL MB AFSDB TLSA".split())
        n = r.randrange(4)
        return kind, {
            "A": f"192.0.2.{n}", "AAAA": f"2001:db8::{n}", "TXT": r.choice(("one", "two", "Two")),
            "MX": f"{10 * n} {target}", "SRV": f"1 2 {n} {target}", "HINFO": f"cpu{n} os",
            "DS": f"{n} 8 2 " + "ab" * 32, "KEY": f"256 3 8 0102{n:02}", "SPF": "v=spf1",
            "RP": f"mbox.{z} {target}", "AFSDB": f"{n} {target}", "TLSA": f"3 1 1 0{n}",
            "WKS": bytes([192, 0, 2, n % 2, 6 + 11 * (n // 2), 1 << r.randrange(8)]),
            "TYPE65280": bytes([n]), "NULL": b"null", "SOA": self.soa(),
        }.get(kind, target)

    def soa(self):
        """Serials rise, or are too low; the zones' own stay far below half the circle."""
        serial = 5
        if self.chance(70):
            self.serial += self.random.randrange(1, 1000)
            serial = self.serial
        return f"ns.{self.zone} hostmaster.{self.zone} {serial} 3600 600 86400 {serial % 7}"

    def ttl(self):
        return self.random.choice((300, 300, 300, 60, 600, 0, 86400))

    def prerequisite(self):
        r = self.random
        owner, (kind, data) = self.any_case(self.name()), self.data()
        ttl = 0 if not self.chance(2) else 7
        form = r.randrange(5)
        if self.chance(2):
            return owner, r.choice((251, 252, 253, 254)), r.choice((ANY, NONE)), ttl, b""
        if self.chance(1):
            return owner, "TXT", r.choice((3, 7)), ttl, "text"
        if form < 2:
            return owner, "ANY", (ANY, NONE)[form], ttl, b""
        if form < 4:
            return owner, kind, (ANY, NONE)[form % 2], ttl, b"" if not self.chance(1) else data
        return owner, kind, IN, ttl, data

    def value_prerequisite(self):
        """RRsets of which some are in the zones of the beginning."""
        z, r = self.zone, self.random
        sets = (("www", "A", ("192.0.2.4", "192.0.2.5")), ("www", "TXT", ("one",)),
                ("alias", "CNAME", (f"WWW.{z}",)), ("leaf.ent", "TXT", ("leaf",)),
                ("mail", "A", ("192.0.2.3",)), ("host", "A", ("192.0.2.6",)))
        owner, kind, values = r.choice(sets)
        values = list(values)
        r.shuffle(values)
        if self.chance(10):
            values.append(values[0])
        return [(self.any_case(f"{owner}.{z}"), kind, IN, 0, v) for v in values]

    def change(self):
        r = self.random
        owner, (kind, data) = self.name(), self.data()
        if kind == "SOA" and not self.chance(30):
            owner = self.zone
        form = r.randrange(100)
        if form < 50:
            return owner, kind, IN, self.ttl(), data
        owner = self.any_case(owner)
        if form < 65:
            return owner, kind, ANY, 0, b""
        if form < 72:
            return owner, "ANY", ANY, 0, b""
        if form < 95:
            return owner, kind, NONE, 0, data
        return self.odd_change(owner, kind, data)

    def odd_change(self, owner, kind, data):
        r = self.random
        self.unique += 1
        lower = owner.lower()
        return r.choice((
            (owner, kind, ANY, 5, b""), (owner, kind, NONE, 5, data), (owner, kind, ANY, 0, data),
            (owner, kind, NONE, 0, b""), (lower, kind, IN, 5, b""), (owner, "TXT", 3, 5, "text"),
            (owner, r.choice((0, 41, 128, 249, 251, 252, 253, 254, 255)), r.choice((IN, NONE)), 0,
             b""),
            (owner, r.choice((0, 41, 128, 251, 252, 253, 254)), ANY, 0, b""),
            (lower, "A", IN, 5, b"abc"), (owner, "NSEC", ANY, 0, b""),
            (owner, "RRSIG", ANY, 0, b""), (owner, "NSEC3", ANY, 0, b""),
            (lower, 65534, IN, 0, b"\1"), (lower, "MD", IN, 5, "x.test"),
            (lower, "MF", IN, 5, "x.test"),
            (f"Case{self.unique % 3}.{self.zone}", "TXT", IN, 300, f"text{self.unique}"),
            (lower, "TXT", IN, 0xFFFFFFFF, "late"),
            (self.zone, "DNSKEY", IN, 300, "256 3 8 03010001" + "ab" * 128),
            (self.zone, "NS", NONE, 0, f"ns2.{self.zone}"),
            (self.zone, "NS", ANY, 0, b""), (self.zone, "SOA", ANY, 0, b""),
            (self.zone, "ANY", ANY, 0, b"")))

    def own_ptr(self):
        """What tcp-self lets a client do, were its reverse name in the zone."""
        return "1.0.0.127.in-addr.arpa", "PTR", IN, 60, f"host.{self.zone}"

    def message(self, ident):
        r = self.random
        self.zone = r.choice(tuple(ZONES) + ("any.test", "any.test", "pol.test"))
        prerequisites = []
        if self.chance(25):
            prerequisites += [self.prerequisite() for _ in range(r.randrange(1, 3))]
        if self.chance(10):
            prerequisites += self.value_prerequisite()
        changes = [self.change() for _ in range(r.choice((1, 1, 1, 2, 3, 5)))]
        if self.chance(1):
            changes.append(self.own_ptr())
        if self.chance(2):
            changes = []
        zone, ztype, zclass = self.zone, 6, IN
        if self.chance(2):
            zone, ztype, zclass = r.choice((("www." + zone, 6, IN), ("nozone.test", 6, IN),
                                            (zone, 1, IN), (zone, 6, ANY), (zone, 6, NONE)))
        message = update(ident, self.any_case(zone), prerequisites, changes, (), ztype, zclass)
        text = [f"zone {zone} type {ztype} class {zclass}"]
        text += [f"  if {p}" for p in prerequisites] + [f"  do {c}" for c in changes]
        if self.chance(1):
            message = message[:-r.randrange(1, 5)]
            text.append("  cut short")
        return zone, self.signed(message, text), "\n".join(text)

    def signed(self, message, text):
        r = self.random
        key = r.choice({"any.test": (None, None, "admin"), "chk.test": (None, "admin", "admin")}
                       .get(self.zone, KEYS + (None,)))
        if key is None:
            return message
        secret = OTHER_SECRET if self.chance(1) else SECRET
        text.append(f"  key {key}{' with a wrong secret' if secret is OTHER_SECRET else ''}")
        return sign(message, key, secret)


def start(label, binary):
    port = kz_servers.free_port()
    keys = "".join(f'key "{k}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n' for k in KEYS)
    zones = "".join(f'zone "{z}" {{ type primary; file "{z}.db"; {said} }};\n'
                    for z, said in ZONES.items())
    server = kz_servers.Server(label, binary, CONFIG % {"port": port, "keys": keys,
                                                        "zones": zones})
    for z in ZONES:
        with open(f"{server.dir}/{z}.db", "w") as f:
            f.write(ZONE)
    server.port = port
    return server


def ask_both(servers, message, tcp, source):
    """The replies (None: none came), from both at the same time over UDP."""
    if tcp:
        return [send_tcp(s.port, message, source=source) for s in servers]
    replies = {}
    sockets = []
    for s in servers:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((source, 0))
        one.connect(("127.0.0.1", s.port))
        one.send(message)
        sockets.append(one)
    while len(replies) < len(sockets):
        ready = select.select([s for s in sockets if s not in replies], [], [], 5)[0]
        if not ready:
            break
        for one in ready:
            replies[one] = one.recv(65535)
    for one in sockets:
        one.close()
    return [replies.get(one) for one in sockets]


def zone_differences(servers, zone):
    ours, theirs = ({record_key(r): r for r in transfer(s.port, zone)} for s in servers)
    return ([f"only ours: {record_text(ours[k])} {ours[k][4][-20:].hex()}" for k in ours
             if k not in theirs]
            + [f"only theirs: {record_text(theirs[k])} {theirs[k][4][-20:].hex()}"
               for k in theirs if k not in ours])


def outcome(reply):
    return rcode_name(Reply(reply).rcode) if reply else "no reply"


def run(servers, generator, count, show):
    """Sends the messages; returns what differs, as texts, and how often each rcode came."""
    found, seen, touched, since = [], {}, set(), {}
    for i in range(count):
        zone, message, text = generator.message(i & 0xffff)
        tcp = generator.chance(15)
        source = "127.0.0.2" if generator.chance(20) else "127.0.0.1"
        replies = ask_both(servers, message, tcp, source)
        ours, theirs = map(outcome, replies)
        seen[theirs] = seen.get(theirs, 0) + 1
        text = f"message {i} from {source} by {'TCP' if tcp else 'UDP'}: {text}"
        since.setdefault(zone, []).append(f"{theirs}: {text}")
        if ours != theirs:
            found.append(f"ours {ours}, theirs {theirs}: {text}")
        touched.add(zone)
        if (i + 1) % 100 and i + 1 < count:
            continue
        for z in sorted(touched & set(ZONES)):
            differences = zone_differences(servers, z)
            if differences:
                found.append(f"zone {z} after {i + 1} messages:\n  " + "\n  ".join(differences)
                             + "\n" + "\n".join(since[z]))
        touched.clear()
        since.clear()
        if len(found) >= show:
            break
    return found, seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=2136)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--show", type=int, default=5)
    args = parser.parse_args()
    with start("kizuna", kz_servers.NAMED) as ours, start("bind", kz_servers.BIND) as theirs:
        found, seen = run((ours, theirs), Generator(args.seed), args.messages, args.show)
        for text in found[:args.show]:
            print("#", text.replace("\n", "\n# "))
        print("# rcodes:", ", ".join(f"{n} {c}" for c, n in sorted(seen.items())))
        print(f"{'not ok' if found else 'ok'} - {args.messages} updates (seed {args.seed}) end as"
              " with BIND: same rcodes, same zones")
        if found:
            print("# logs:", ours.log, theirs.log)
            raise SystemExit(1)


if __name__ == "__main__":
    sys.exit(main())
