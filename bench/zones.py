"""Zones and queries for the benchmark, the same on every machine.

A name is made from its number by a fixed permutation, so that nothing has to be kept: numbers
below the zone's size are in it, those above are not.  The mix is that of zones in the wild:
`hosts` (addresses, mail, aliases, services, wildcards), `delegations` (73 % served from outside,
15 % with glue, the rest by a neighbour's servers; 40 % secure), `many` small zones.  Queries: 80 %
exist, 15 % do not (NXDOMAIN), 5 % exist with other types (NODATA).
"""
import os
import random
import struct
import subprocess

SYLLABLES = [c + v for c in "bdfghjklmnprstvwxyzc" for v in "aeiou"]
TYPES = {"A": 1, "NS": 2, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43,
         "CAA": 257}
# kind of name: how many of 100, records each
HOST_KINDS = (("a", 50, 1), ("dual", 16, 2), ("aaaa", 4, 1), ("mail", 8, 3), ("txt", 6, 2),
              ("alias", 8, 1), ("srv", 5, 2), ("wild", 3, 2))
KIND_OF = [kind for kind, share, _ in HOST_KINDS for _ in range(share)]
RECORDS_PER_HOST = sum(share * n for _, share, n in HOST_KINDS) / 100


def scatter(i):
    """A permutation of 32 bits: two odd multiplications with a fold between."""
    i = i * 0x9E3779B1 & 0xFFFFFFFF
    i ^= i >> 15
    return i * 0x85EBCA6B & 0xFFFFFFFF


def label(i):
    n, out = scatter(i), ""
    for _ in range(5):
        out += SYLLABLES[n % 100]
        n //= 100
    return out


def address(n):
    n = scatter(n + 77)
    return f"{1 + n % 223}.{n >> 8 & 255}.{n >> 16 & 255}.{1 + n % 254}"


def address6(n):
    n = scatter(n + 99)
    return f"2001:db8:{n >> 16:x}:{n & 0xffff:x}::{n % 97:x}"


APEX = ("$ORIGIN {0}.\n$TTL 3600\n@ SOA ns1 hostmaster 1 7200 3600 1209600 3600\n@ NS ns1\n"
        "@ NS ns2\nns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\nns2 A 192.0.2.2\n")
APEX_RECORDS = 6


class Hosts:
    origin = "hosts.example"

    def __init__(self, records):
        self.count = round((records - APEX_RECORDS) / RECORDS_PER_HOST)

    @staticmethod
    def kind(i):
        return KIND_OF[(scatter(i + 13) >> 7) % 100]

    def target(self, i):
        """A name with an address, for an alias, an MX or an SRV."""
        for step in range(1, 30):
            j = scatter(i + step) % self.count
            if self.kind(j) in ("a", "dual", "mail", "txt"):
                return label(j)
        return "ns1"

    def records(self, i):
        name, kind = label(i), self.kind(i)
        if kind == "a":
            return [f"{name} A {address(i)}"]
        if kind == "dual":
            return [f"{name} A {address(i)}", f"{name} AAAA {address6(i)}"]
        if kind == "aaaa":
            return [f"{name} AAAA {address6(i)}"]
        if kind == "mail":
            return [f"{name} A {address(i)}", f"{name} MX 10 {self.target(i)}",
                    f"{name} MX 20 mail.elsewhere.example."]
        if kind == "txt":
            return [f"{name} A {address(i)}",
                    f'{name} TXT "v=spf1 ip4:{address(i)} include:spf.elsewhere.example -all"']
        if kind == "alias":
            return [f"{name} CNAME {self.target(i)}"]
        if kind == "srv":
            return [f"_sip._tcp.{name} SRV 0 5 5060 {self.target(i)}",
                    f"_sip._tcp.{name} SRV 10 5 5060 ns1"]
        return [f"*.{name} A {address(i)}", f'*.{name} TXT "any name below {name}"']

    def write(self, directory):
        return write_sorted(directory, self.origin, self.count, self.records)

    def query(self, rng):
        i, roll = rng.randrange(self.count), rng.random()
        name, kind = label(i), self.kind(i)
        if roll < 0.15:
            absent = label(self.count + rng.randrange(1 << 30))
            return ("www." if rng.random() < 0.3 else "") + absent, rng.choice(("A", "AAAA", "MX"))
        if roll < 0.20:
            return (name, "CAA") if kind != "alias" else ("ns1", "CAA")
        if kind == "wild":
            return f"w{rng.randrange(10000)}.{name}", rng.choice(("A", "TXT"))
        if kind == "srv":
            return "_sip._tcp." + name, "SRV"
        return name, {"a": "A", "dual": rng.choice(("A", "AAAA")), "aaaa": "AAAA", "alias": "A",
                      "mail": rng.choice(("A", "MX")), "txt": rng.choice(("A", "TXT"))}[kind]


class Delegations:
    origin = "tld.example"

    def __init__(self, names):
        self.count = names

    def is_secure(self, i):
        return scatter(i + 5) % 10 < 4

    def records(self, i):
        name, roll = label(i), scatter(i + 31) % 1000
        servers = 3 if scatter(i + 3) % 8 < 3 else 2
        if i % 200 == 0 or roll < 150:
            out = [f"{name} NS ns{k}.{name}" for k in range(servers)]
            for k in range(servers):
                out.append(f"ns{k}.{name} A {address(i + k)}")
                if i & 1:
                    out.append(f"ns{k}.{name} AAAA {address6(i + k)}")
        elif roll < 270:
            host = label(scatter(i) % (self.count // 200 + 1) * 200 % self.count)
            out = [f"{name} NS ns{k}.{host}" for k in range(2)]
        else:
            host = scatter(i) % 1024 ** 2 // 1024
            out = [f"{name} NS ns{k}.hoster{host}.example." for k in range(servers)]
        if self.is_secure(i):
            digest = "".join(f"{scatter(i + k):08X}" for k in range(8))
            out.append(f"{name} DS {scatter(i) & 0xFFFF} 13 2 {digest}")
        return out

    def write(self, directory):
        return write_sorted(directory, self.origin, self.count, self.records)

    def query(self, rng):
        i, roll = rng.randrange(self.count), rng.random()
        if roll < 0.15:
            return ("www." if rng.random() < 0.4 else "") + \
                label(self.count + rng.randrange(1 << 30)), rng.choice(("A", "AAAA", "MX"))
        if roll < 0.20:
            return label(i), "DS"
        if roll < 0.60:
            return "www." + label(i), rng.choice(("A", "A", "AAAA"))
        return label(i), rng.choice(("A", "AAAA", "MX", "NS"))


class Many:
    """Small zones of eight records; a query's origin is part of its name."""
    origin = None
    SUFFIXES = ("com", "net", "org", "info", "test", "shop")

    def __init__(self, zones):
        self.count = zones

    def name(self, i):
        return f"{label(i)}.{self.SUFFIXES[i % 6]}"

    def write(self, directory):
        for i in range(self.count):
            name, host = self.name(i), scatter(i) % 1000
            with open(os.path.join(directory, name + ".zone"), "w") as f:
                f.write(f"$ORIGIN {name}.\n$TTL 3600\n@ SOA ns1.hoster{host}.example. hostmaster."
                        f"hoster{host}.example. 1 7200 3600 1209600 3600\n"
                        f"@ NS ns1.hoster{host}.example.\n@ NS ns2.hoster{host}.example.\n"
                        f"@ A {address(i)}\n@ MX 10 mail\n@ TXT \"v=spf1 mx -all\"\n"
                        f"mail A {address(i + 1)}\nwww CNAME {name}.\n")
        return self.count * 8

    def query(self, rng):
        name, roll = self.name(rng.randrange(self.count)), rng.random()
        if roll < 0.15:
            return f"x{rng.randrange(100)}.{name}", "A"
        if roll < 0.20:
            return "mail." + name, "AAAA"
        return rng.choice((name, "www." + name, "mail." + name)), "A"


def write_sorted(directory, origin, count, records):
    """The zone in the order of its labels, as registries publish theirs; returns its records."""
    total = APEX_RECORDS
    order = sorted(range(count), key=label)
    with open(os.path.join(directory, origin + ".zone"), "w", buffering=1 << 20) as f:
        f.write(APEX.format(origin))
        for i in order:
            lines = records(i)
            total += len(lines)
            f.write("\n".join(lines) + "\n")
    return total


def write_queries(path, zones, count, seed, dnssec=False):
    """Ready messages behind their length, for kzload."""
    rng = random.Random(seed)
    tail = ("." + zones.origin if zones.origin else "")
    opt = b"\0\0\x29\x04\xd0\0\0\x80\0\0\0" if dnssec else b""
    head = struct.pack("!HHHHHH", 0, 0x100, 1, 0, 0, bool(opt))
    with open(path, "wb", buffering=1 << 20) as f:
        for _ in range(count):
            name, qtype = zones.query(rng)
            wire = b"".join(bytes([len(part)]) + part.encode() for part in (name + tail).split("."))
            message = head + wire + struct.pack("!BHH", 0, TYPES[qtype], 1) + opt
            f.write(struct.pack("!H", len(message)) + message)


def sign(directory, origin):
    """Signs the zone in place with one ECDSA key, NSEC, by BIND's tools."""
    path = os.path.join(directory, origin + ".zone")
    run = dict(cwd=directory, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    key = subprocess.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin],
                         **run).stdout.split()[-1]
    with open(path, "a") as f:
        f.write(open(os.path.join(directory, key + ".key")).read())
    subprocess.run(["dnssec-signzone", "-z", "-P", "-O", "full", "-o", origin, "-f", path + ".new", path, key],
                   **run)
    os.replace(path + ".new", path)
    with open(path) as f:
        return sum(1 for line in f if line.strip() and not line.startswith(";"))
