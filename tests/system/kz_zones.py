"""Zones for the differential test: every shape of name and record whose answer has a rule of
its own, then a random part, all from a seed.

build_zones() writes a family per kind (plain, nsec, nsec3, optout): a parent zone, a child that
the same server holds, a zone with a DNAME at its apex, and a second-level zone that only other
zones' aliases lead to.  Signing is done by BIND's tools, so that the reference for the proofs is
theirs.
"""
import os
import random
import subprocess

KINDS = ("plain", "nsec", "nsec3", "optout")
LABEL63 = "l" * 63


class Zone:
    def __init__(self, name, kind):
        self.name, self.kind, self.lines, self.owners = name, kind, [], {}
        self.ds = []

    def add(self, owner, text):
        """A record: an owner relative to the zone (@: the apex) and "TYPE RDATA"."""
        self.lines.append(f"{owner}\t{text}")
        self.owners.setdefault(owner, set()).add(text.split()[0])

    def full(self, owner):
        return self.name if owner == "@" else owner if owner.endswith(".") and not \
            owner.endswith("\\.") else f"{owner}.{self.name}"

    def names(self):
        return {self.full(owner): types for owner, types in self.owners.items()}


def apex(zone, other):
    zone.lines.insert(0, "$TTL 3600")
    zone.add("@", "SOA ns1 host\\.master 2026010101 7200 900 1209600 300")
    for ns in ("ns1", "ns2", f"ns1.{other}", "ns.outside.invalid."):
        zone.add("@", f"NS {ns}")
    zone.add("@", "MX 10 mail")
    zone.add("@", "A 192.0.2.1")
    zone.add("@", 'TXT "apex" "of the zone"')
    zone.add("@", 'CAA 0 issue "ca.example"')
    zone.add("@", "HTTPS 1 . alpn=h2,h3")
    for i in (1, 2):
        zone.add(f"ns{i}", f"A 192.0.2.{10 + i}")
        zone.add(f"ns{i}", f"AAAA 2001:db8::{10 + i}")


def plain_names(zone, other):
    zone.add("www", "A 192.0.2.80")
    zone.add("www", "A 192.0.2.81")
    zone.add("www", "AAAA 2001:db8::80")
    zone.add("mail", "A 192.0.2.25")
    zone.add("ttl0", "0 A 192.0.2.26")
    zone.add("a.b.c.d.e.f.deep", "A 192.0.2.30")
    zone.add("x.ent", "TXT \"below an empty non-terminal\"")
    zone.add("y.x.ent2", "TXT \"below two\"")
    # Additional data of every type that has it: in the zone, below a cut, in another zone, absent.
    targets = ["www", "ns.del1", f"www.{other}", "absent", "alias", "w.wild", "dn.dname"]
    for i, target in enumerate(targets):
        zone.add(f"mx{i}", f"MX {i} {target}")
        zone.add(f"srv{i}", f"SRV 0 {i} 53 {target}")
        zone.add(f"afsdb{i}", f"AFSDB 1 {target}")
        zone.add(f"kx{i}", f"KX 1 {target}")
        zone.add(f"rt{i}", f"RT 1 {target}")
        zone.add(f"px{i}", f"PX 1 {target} {target}")
        zone.add(f"mb{i}", f"MB {target}")
        zone.add(f"minfo{i}", f"MINFO {target} {target}")
        zone.add(f"svcb{i}", f"SVCB 1 {target} port=53")
        zone.add(f"https{i}", f"HTTPS 0 {target}")
        zone.add(f"ptr{i}", f"PTR {target}")
        zone.add(f"rp{i}", f"RP {target} {target}")
        zone.add(f"naptra{i}", f'NAPTR 1 1 "A" "x" "" {target}')
        zone.add(f"naptrs{i}", f'NAPTR 1 1 "S" "x" "" srv{i}')
        zone.add(f"naptru{i}", f'NAPTR 1 1 "U" "x" "!^.*$!x!" .')
    zone.add("svcbchain", "SVCB 0 svcb0")
    zone.add("httpschain", "HTTPS 1 https0 ipv4hint=192.0.2.9 mandatory=ipv4hint")
    zone.add("srvnone", "SRV 0 0 0 .")
    zone.add("mxnull", "MX 0 .")
    for i in range(7):
        zone.add("manymx", f"MX {i} {targets[i]}")


def other_types(zone):
    for text in ("HINFO \"cpu\" \"os\"", "WKS 192.0.2.1 6 25 80", "LOC 52 22 23 N 4 53 32 E 1m",
                 "X25 311061700956", "ISDN \"150862028003217\"", "APL 1:192.0.2.0/24 !2:2001:db8::/32",
                 "SSHFP 1 1 1234567890123456789012345678901234567890",
                 "TLSA 3 1 1 " + "ab" * 32, "URI 10 1 \"http://x.example/\"", "DHCID AAAB",
                 "CERT PKIX 1 1 AQID", "IPSECKEY 10 1 2 192.0.2.38 AQNR", "NID 10 0014:4fff:ff20:ee64",
                 "EUI48 00-00-5e-00-53-2a", "OPENPGPKEY AQID", "SPF \"v=spf1 -all\"",
                 "TYPE65280 \\# 4 0a000001", "TYPE65281 \\# 0", "GPOS -32.6882 116.8652 10.0"):
        zone.add("types", text)
    zone.add("types2", "MG www")
    zone.add("types2", "MR www")
    zone.add("types2", "CSYNC 66 3 A NS AAAA")


def aliases(zone, other):
    zone.add("alias", "CNAME www")
    zone.add("aliasother", f"CNAME www.{other}")
    zone.add("aliasabsent", "CNAME absent")
    zone.add("aliasabsentother", f"CNAME absent.{other}")
    zone.add("aliasout", "CNAME www.outside.invalid.")
    zone.add("aliascut", "CNAME x.del1")
    zone.add("aliasds", "CNAME del3")
    zone.add("aliaswild", "CNAME q.wild")
    zone.add("aliasdname", "CNAME x.dname")
    zone.add("aliasapex", "CNAME @")
    zone.add("aliasent", "CNAME ent")
    zone.add("aliaschild", f"CNAME www.sub.{zone.name}")
    zone.add("aliasback", f"CNAME back.{other}")
    for i in range(20):
        zone.add(f"chain{i}", f"CNAME chain{i + 1}")
    zone.add("chain20", "A 192.0.2.20")
    zone.add("loop1", "CNAME loop2")
    zone.add("loop2", "CNAME loop3")
    zone.add("loop3", "CNAME loop1")
    zone.add("selfloop", "CNAME selfloop")


def wildcards(zone, other):
    zone.add("*.wild", "A 192.0.2.50")
    zone.add("*.wild", "TXT \"wild\"")
    zone.add("*.wild", "MX 5 mail")
    zone.add("b.a.wild", "A 192.0.2.51")
    zone.add("host.wild", "TXT \"stops the wildcard\"")
    zone.add("*.wcname", "CNAME www")
    zone.add("*.wcnameself", "CNAME x.wcnameself")
    zone.add("*.wcnameother", f"CNAME q.wild.{other}")
    zone.add("*.wdel.wild2", "A 192.0.2.52")
    zone.add("*.*.star", "A 192.0.2.53")
    zone.add("x.*.star2", "A 192.0.2.54")
    zone.add("*.*", "TXT \"two stars\"")
    zone.add("a.*.mid", "TXT \"a star in the middle\"")
    zone.add("*.mx.wild3", "MX 1 q.mx.wild3")
    zone.add("*.srv.wild3", "SRV 1 1 1 q.wild")


def risky_wildcard(zone):
    """BIND loads this and has its own way with it (a wildcard NS it refuses)."""
    zone.add("*.wdname", "DNAME target.wdname2")


def dnames(zone, other):
    zone.add("dname", "DNAME dntarget")
    zone.add("dname", "TXT \"beside the DNAME\"")
    zone.add("x.dntarget", "A 192.0.2.60")
    zone.add("*.w.dntarget", "A 192.0.2.61")
    zone.add("c.dntarget", "CNAME www")
    zone.add("dnother", f"DNAME {other}")
    zone.add("dnout", "DNAME outside.invalid.")
    zone.add("dnchain", "DNAME dname")
    zone.add("dnself", "DNAME x.dnself")
    zone.add("dnloop1", "DNAME dnloop2")
    zone.add("dnloop2", "DNAME dnloop1")
    zone.add("dnapex", "DNAME @")
    zone.add("dncut", "DNAME del1")
    zone.add("dnwild", "DNAME wild")
    long = ".".join([LABEL63, LABEL63, LABEL63])
    zone.add("dnlong", f"DNAME {long}")
    zone.add(long, "A 192.0.2.62")


def delegations(zone, other):
    zone.add("del1", "NS ns.del1")
    zone.add("del1", "NS ns1")
    zone.add("ns.del1", "A 192.0.2.70")
    zone.add("ns.del1", "AAAA 2001:db8::70")
    zone.add("x.del1", "A 192.0.2.71")          # occluded
    zone.add("inner.del1", "NS ns.inner.del1")  # a cut below a cut
    zone.add("ns.inner.del1", "A 192.0.2.72")
    zone.add("del2", "NS ns.outside.invalid.")
    zone.add("del3", "NS ns.del3")
    zone.add("ns.del3", "A 192.0.2.73")
    zone.add("del3", "DS 12345 13 2 " + "cd" * 32)
    zone.add("del4", "NS ns.del1")              # sibling glue
    zone.add("del5", "NS ns.del5")              # glue is missing
    zone.add("del6", f"NS ns1.{other}")
    zone.add("a.b.entcut", "NS ns.a.b.entcut")
    zone.add("ns.a.b.entcut", "A 192.0.2.74")
    zone.add("del7", "NS del7")                 # the server is the cut itself
    zone.add("del7", "A 192.0.2.75")
    zone.add("del8", "NS alias")
    zone.add("del8", "DS 1 8 2 " + "ef" * 32)
    for i in range(12):
        zone.add("delmany", f"NS ns{i}.delmany")
        zone.add(f"ns{i}.delmany", f"A 192.0.2.{100 + i}")
        zone.add(f"ns{i}.delmany", f"AAAA 2001:db8::1:{i}")
    zone.add("sub", f"NS ns1.sub.{zone.name}")
    zone.add("sub", f"NS ns2.{zone.name}")
    zone.add("ns1.sub", "A 192.0.2.91")


def odd_names(zone):
    zone.add("UPPER.Case", "TXT \"Case is kept\"")
    zone.add("UPPER.Case", "MX 1 MaIl")
    zone.add("dot\\.inside", "A 192.0.2.110")
    zone.add("back\\\\slash", "A 192.0.2.111")
    zone.add("bin\\000\\001\\255", "A 192.0.2.112")
    zone.add("sp\\032ace", "A 192.0.2.113")
    zone.add("quo\\\"te\\;semi\\(par", "A 192.0.2.114")
    zone.add("\\@", "A 192.0.2.115")
    zone.add("_sip._tcp", "SRV 1 1 5060 www")
    zone.add("under_score", "A 192.0.2.116")
    zone.add("-", "A 192.0.2.117")
    zone.add("0", "A 192.0.2.118")
    zone.add("xn--bcher-kva", "A 192.0.2.119")
    zone.add("\\227\\129\\147", "A 192.0.2.120")
    zone.add(LABEL63, "A 192.0.2.121")
    zone.add("\\*", "TXT \"an escaped star is a star\"")
    # The longest name, 255 bytes; the NSEC3 signer wants room for "*." before it.
    room = (253 if zone.kind in ("plain", "nsec") else 251) - len(zone.name)
    labels = []
    while room > 0:
        n = min(63, room - 1 if room <= 64 else 63)
        labels.append("n" * n)
        room -= n + 1
    zone.add(".".join(labels), "A 192.0.2.122")


def large_sets(zone):
    for i in range(40):
        zone.add("big600", f"TXT \"{i:02d} {'x' * 10}\"")
        zone.add("big2000", f"TXT \"{i:02d} {'y' * 45}\"")
        zone.add("big5000", f"TXT \"{i:02d} {'z' * 120}\"")
        zone.add("manya", f"A 198.51.100.{i}")
    zone.add("aliasbig", "CNAME big2000")
    for i in range(25):
        zone.add("mxbig", f"MX {i} m{i}.mxbig")
        zone.add(f"m{i}.mxbig", f"A 203.0.113.{i}")
        zone.add(f"m{i}.mxbig", f"AAAA 2001:db8:ffff::{i}")


def random_part(zone, rng, count):
    """Names over a small alphabet, so that they nest, collide and leave gaps."""
    alphabet = ["a", "b", "C", "*", "aa", "\\000", "z"]
    taken = set()
    for _ in range(count):
        depth = rng.choice((1, 1, 2, 2, 3, 4))
        labels = [rng.choice(alphabet) for _ in range(depth)]
        owner = ".".join(labels) + ".rnd"
        if owner.lower() in taken:
            continue
        taken.add(owner.lower())
        kind = rng.choice(("A", "A", "TXT", "MX", "CNAME", "NS", "DNAME", "AAAA"))
        if kind in ("NS", "DNAME") and (owner.startswith("*") or rng.random() < 0.4):
            kind = "A"
        target = ".".join(rng.choice(alphabet[:3]) for _ in range(rng.choice((1, 2, 3)))) + ".rnd"
        rdata = {"A": f"192.0.2.{rng.randrange(256)}", "AAAA": f"2001:db8::{rng.randrange(9999):x}",
                 "TXT": "\"random\"", "MX": f"1 {target}", "CNAME": target, "NS": target,
                 "DNAME": target}[kind]
        zone.add(owner, f"{rng.choice((0, 60, 3600))} {kind} {rdata}")
        zone.owners[owner] = {kind}


def child_zone(zone, other):
    apex(zone, other)
    plain = (("www", "A 192.0.2.92"), ("ns1", "A 192.0.2.91"), ("*.w", "A 192.0.2.93"),
             ("up", f"CNAME www.{other}"), ("cut", "NS ns.cut"), ("ns.cut", "A 192.0.2.94"),
             ("back", f"CNAME alias.{other}"))
    for owner, text in plain:
        zone.add(owner, text)


def write(zone, directory):
    path = os.path.join(directory, zone.name + "zone")
    with open(path, "w") as f:
        f.write(f"$ORIGIN {zone.name}\n" + "\n".join(zone.lines) + "\n")
    zone.path = path


def run(command, directory):
    out = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True)
    if out.returncode:
        raise RuntimeError(" ".join(command) + ":\n" + out.stdout[-2000:])
    return out.stdout


def sign(zone, directory):
    """Signs with one key; leaves the DS records for the parent in zone.ds."""
    out = run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone.name], directory)
    key = out.split()[-1]
    with open(os.path.join(directory, key + ".key")) as f:
        key_line = [line for line in f if not line.startswith(";")][0]
    with open(zone.path, "a") as f:
        f.write(key_line)
    flags = {"nsec": [], "nsec3": ["-3", "ABCD", "-H", "1"], "optout": ["-3", "-", "-H", "0", "-A"]}
    run(["dnssec-signzone", "-z", "-P", "-x", "-e", "+30d", "-o", zone.name, "-f",
         zone.path + ".signed", *flags[zone.kind], zone.path, key], directory)
    zone.path += ".signed"
    zone.ds = run(["dnssec-dsfromkey", "-2", key], directory).split("\n")[0].split(" IN ")[1:]


def build_family(kind, rng, directory, random_count):
    name = f"{kind}.test."
    other = f"other-{kind}.test."
    parent, child, far = Zone(name, kind), Zone(f"sub.{name}", kind), Zone(other, kind)
    dn = Zone(f"dnapex-{kind}.test.", kind)
    child_zone(child, name)
    child_zone(far, name)
    far.add("q.wild", "A 192.0.2.95")
    far.add("deep.dn", "TXT \"target of a DNAME\"")
    dn.lines.append("$TTL 600")
    dn.add("@", "SOA ns1.other-%s.test. h 1 2 3 4 600" % kind)
    dn.add("@", f"NS ns1.{other}")
    dn.add("@", f"DNAME {other}")
    dn.add("@", "MX 1 www")
    apex(parent, other)
    plain_names(parent, other)
    other_types(parent)
    for part in (aliases, wildcards, dnames, delegations):
        part(parent, other)
    if kind == "plain":
        risky_wildcard(parent)
    odd_names(parent)
    large_sets(parent)
    random_part(parent, rng, random_count)
    for zone in (child, far, dn):
        write(zone, directory)
        if kind != "plain":
            sign(zone, directory)
    if child.ds:
        parent.add("sub", child.ds[0])
    write(parent, directory)
    if kind != "plain":
        sign(parent, directory)
    return [parent, child, far, dn]


def build_zones(seed, directory, random_count=150):
    """All families; a zone has .name, .path, .kind and .names() {name: types}."""
    rng = random.Random(seed)
    zones = []
    for kind in KINDS:
        zones += build_family(kind, rng, directory, random_count)
    return zones
