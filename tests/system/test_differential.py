#!/usr/bin/python3
"""The same generated zones served by Kizuna and by Debian's BIND: the answers must be the same.

Three faces of each zone (BIND's defaults, minimal responses, no-auth) are views that the client's
address selects.  Replies compare section by section; a difference passes only when a line of
differential.allowed, which also gives its reason, covers it.

  test_differential.py [--seed N] [--queries N] [--show N] [--reference knot|bind] [--keep]

NAMED is the server under test.  BIND on both sides must give no difference; with
--reference knot there are many, which shows that the comparison can fail.
"""
import argparse
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import threading
import time

import kz_excuses
import kz_servers
import kz_wire
import kz_zones
from kz_wire import AD, CD, RD, Query

HERE = os.path.dirname(os.path.abspath(__file__))
FACES = {"127.0.0.1": "",
         "127.0.0.2": "minimal-responses yes; minimal-any yes;",
         "127.0.0.3": "minimal-responses no-auth; max-udp-size 4096; edns-udp-size 1400;"}
COMMON = ("A", "AAAA", "NS", "SOA", "MX", "TXT", "DS", "ANY", "RRSIG", "NSEC", "CNAME", "DNAME",
          "NSEC3", "NSEC3PARAM", "DNSKEY", "SRV", "HTTPS", "PTR")
RARE = ("TYPE0", "OPT", "TKEY", "MAILB", "MAILA", "TYPE65535", "TYPE65280", "SIG", "KEY", "NULL",
        "TYPE128", "TYPE3333", "CDS", "CDNSKEY", "ZONEMD", "NXT", "CAA")
NSID = struct.pack("!HH", 3, 0)
EXPIRE = struct.pack("!HH", 9, 0)
UNKNOWN_OPTION = struct.pack("!HH", 65001, 3) + b"abc"
COOKIE = struct.pack("!HH", 10, 8) + b"KIZUNA!!"


def named_config(port, zones, directory):
    text = "options {%s listen-on port %d { 127.0.0.1; }; };\n" % (
        kz_servers.SAME_OPTIONS, port)
    for address, options in FACES.items():
        text += 'view "%s" { match-clients { %s; }; %s\n' % (address, address, options)
        for zone in zones:
            text += '  zone "%s" { type primary; file "%s"; };\n' % (
                zone.name, os.path.join(directory, zone.path))
        text += "};\n"
    return text


class Knot(kz_servers.Server):
    """Another server, to see differences."""

    def __init__(self, port, zones, directory):
        text = f"server:\n  listen: [ 127.0.0.1@{port} ]\n  rundir: .\ndatabase:\n  storage: .\n"
        text += "log:\n  - target: stderr\n    any: info\nzone:\n"
        for zone in zones:
            text += f"  - domain: {zone.name}\n    file: {os.path.join(directory, zone.path)}\n" \
                    "    semantic-checks: off\n    journal-content: none\n"
        super().__init__("knot", "/usr/sbin/knotd", text)

    def start(self):
        with open(self.log, "w") as log:
            self.child = subprocess.Popen([self.binary, "-c", "named.conf"], cwd=self.dir,
                                          stdout=log, stderr=subprocess.STDOUT)
        self.wait_for_log("server started")
        time.sleep(1)
        return self


def type_number(name):
    return int(name[4:]) if name.startswith("TYPE") and name[4:].isdigit() else kz_wire.QTYPES[name]


def neighbours(wire, rng):
    """Names near `wire`: below, above, beside, in other case."""
    labels = []
    at = 0
    while wire[at]:
        labels.append(wire[at + 1:at + 1 + wire[at]])
        at += 1 + wire[at]

    def build(parts):
        name = b"".join(bytes([len(p)]) + p for p in parts) + b"\0"
        return name if len(name) <= 255 else None
    first, rest = labels[0], labels[1:]
    around = [build([b"x"] + labels), build([b"y", b"x"] + labels), build([b"*"] + labels),
              build([first[:-1] + b"~"] + rest), build([b"*"] + rest), build([first[:62] + b"0"] + rest),
              build([p.swapcase() for p in labels]), build(rest), build([b"\0"] + labels),
              build([b"ns"] + labels), build([b"z" * 63] + labels), build([first] + labels)]
    return [name for name in around if name and rng.random() < 0.5]


def how_to_ask(rng):
    """Flags, EDNS and transport of one query."""
    how = {"flags": (RD if rng.random() < 0.3 else 0) | (CD if rng.random() < 0.1 else 0)
           | (AD if rng.random() < 0.1 else 0)}
    if rng.random() < 0.75:
        how["edns"] = rng.choice((0, 512, 512, 1232, 1232, 1232, 4096, 4096, 65535, 800))
        how["do"] = rng.random() < 0.7
        if rng.random() < 0.06:
            how["options"] = rng.choice((NSID, EXPIRE, UNKNOWN_OPTION, COOKIE, NSID + COOKIE))
        if rng.random() < 0.01:
            how["version"] = rng.choice((1, 2, 255))
    how["tcp"] = rng.random() < 0.05
    how["source"] = rng.choice(("127.0.0.1",) * 6 + ("127.0.0.2", "127.0.0.2", "127.0.0.3"))
    return how


def every_name(zones, rng):
    """(name on the wire, its types) for the zones' names and what lies around them."""
    found = {}
    for zone in zones:
        for text, types in zone.names().items():
            wire = kz_wire.name_to_wire(text)
            found.setdefault(wire, set()).update(t for t in types if not t.isdigit())
            for near in neighbours(wire, rng):
                found.setdefault(near, set())
        if zone.kind != "plain":
            found[kz_wire.name_to_wire(zone.name)] |= {"DNSKEY", "NSEC3PARAM", "RRSIG", "NSEC"}
    for text in (".", "test.", "nowhere.", "outside.invalid.", "xplain.test.", "com."):
        found.setdefault(kz_wire.name_to_wire(text), set())
    return sorted(found.items())


def make_queries(zones, rng, count):
    names = every_name(zones, rng)
    queries = []
    for wire, types in names:       # each type that a name has, plainly and with DO
        for name in sorted(types):
            if name in kz_wire.QTYPES or name.startswith("TYPE"):
                queries.append(Query(wire, type_number(name)))
                queries.append(Query(wire, type_number(name), edns=4096, do=True))
    while len(queries) < count:
        wire, types = rng.choice(names)
        some = rng.choice((COMMON, COMMON, COMMON, sorted(types) or COMMON, RARE))
        name = rng.choice(some)
        if name not in kz_wire.QTYPES and not name.startswith("TYPE"):
            continue
        qclass = rng.choice((4, 254, 255, 7)) if rng.random() < 0.01 else 1
        queries.append(Query(wire, type_number(name), qclass=qclass, **how_to_ask(rng)))
    return queries


def make_chaos_queries(rng):
    """BIND answers three of a kind per second in its own view, so these are asked slowly."""
    asked = [("version.bind.", "TXT"), ("version.bind.", "ANY"), ("version.bind.", "A"),
             ("VERSION.bind.", "TXT"), ("hostname.bind.", "TXT"), ("id.server.", "TXT"),
             ("version.bind.", "SOA"), ("version.bind.", "NS"), ("bind.", "TXT"),
             ("absent.bind.", "TXT"), ("plain.test.", "SOA"), ("authors.bind.", "A")]
    return [Query(name, qtype, qclass=3, **how_to_ask(rng)) for name, qtype in asked]


def ask_slowly(queries, ports):
    replies = [[], []]
    for query in queries:
        for side in (0, 1):
            replies[side] += kz_wire.Exchange(ports[side]).ask_all([query])
        time.sleep(0.5)
    return replies


def ask_both(queries, ports):
    """The replies of both servers, asked at the same time."""
    replies = [None, None]

    def ask(side):
        replies[side] = kz_wire.Exchange(ports[side]).ask_all(queries)
    threads = [threading.Thread(target=ask, args=(side,)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def read_allowed(path):
    """Lines "REGULAR EXPRESSION ## REASON", the expression matches "QUERY | DIFFERENCE", or
    "@NAME ## REASON" with a function of kz_excuses: (expressions, names)."""
    rules, names = [], []
    with open(path) as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            pattern, _, reason = line.partition("##")
            if not reason.strip():
                raise SystemExit(f"{path}:{number}: no reason")
            if pattern.startswith("@"):
                names.append(pattern[1:].strip())
            else:
                rules.append(re.compile(pattern.strip()))
    return rules, names


def compare(queries, replies, rules):
    """The queries whose answers differ without leave: (query, lines, ours, theirs)."""
    unexplained, excused = [], 0
    expressions, names = rules
    for query, ours, theirs in zip(queries, *replies):
        found = kz_wire.differences(query, ours, theirs)
        left = [d for d in found if not any(rule.search(f"{query} | {d}") for rule in expressions)
                and not kz_excuses.excused(names, query, ours, theirs, d)]
        if left:
            unexplained.append((query, left, ours, theirs))
        excused += bool(found and not left)
    return unexplained, excused


def count_missed_changes(queries, replies, rng):
    """The comparison can fail: of replies with one byte changed, how many pass as equal.
    (Changes that mean nothing, as in the bytes of a cookie, are few.)"""
    missed = 0
    for _ in range(300):
        i = rng.randrange(len(queries))
        changed = bytearray(replies[i] or b"\0" * 12)
        changed[rng.randrange(2, len(changed))] ^= 1 << rng.randrange(8)
        try:
            missed += not kz_wire.differences(queries[i], bytes(changed), replies[i])
        except (IndexError, ValueError, struct.error):
            pass        # so changed that it cannot be shown: seen
    return missed


def show(unexplained, count):
    for query, lines, ours, theirs in unexplained[:count]:
        print(f"# {query}")
        print("\n".join("#   " + line for line in lines[:12]))
        print("#   ours:\n" + "\n".join("# " + x for x in kz_wire.describe(ours).split("\n")))
        print("#   theirs:\n" + "\n".join("# " + x for x in kz_wire.describe(theirs).split("\n")))
    kinds = {}
    for query, lines, _, _ in unexplained:
        kinds.setdefault(kind_of(lines[0]), []).append(query)
    for key, some in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"# {len(some):6d} x {key:44s} e.g. {some[0]}")


def kind_of(line):
    """What a difference is about, without its names: for counting."""
    where, _, rest = line.partition(": ")
    if rest.startswith("only "):
        who, _, record = rest.partition(": ")
        return f"{where}: {who} {record.split(' ')[2]}"
    return f"{where}: {rest[:60]}" if where in ("rcode", "flags") else where


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--queries", type=int, default=24000)
    parser.add_argument("--show", type=int, default=8, help="differences shown in full")
    parser.add_argument("--reference", choices=("bind", "knot"), default="bind")
    parser.add_argument("--keep", action="store_true", help="keep the working directory")
    options = parser.parse_args()
    if not os.path.exists(kz_servers.BIND):
        print("skip - Debian's BIND is not installed (package bind9)")
        return 0

    rng = random.Random(options.seed)
    work = kz_servers.work_dir("zones")
    zones = kz_zones.build_zones(options.seed, work)
    ports = [kz_servers.free_port(), kz_servers.free_port()]
    ours = kz_servers.Server("kizuna", kz_servers.NAMED, named_config(ports[0], zones, work))
    theirs = Knot(ports[1], zones, work) if options.reference == "knot" else \
        kz_servers.Server("bind", kz_servers.BIND, named_config(ports[1], zones, work))
    with ours, theirs:
        queries = make_queries(zones, rng, options.queries)
        started = time.monotonic()
        replies = ask_both(queries, ports)
        took = time.monotonic() - started
        chaos = make_chaos_queries(rng)
        for side, more in enumerate(ask_slowly(chaos, ports)):
            replies[side] += more
        queries += chaos
    rules = read_allowed(os.path.join(HERE, "differential.allowed"))
    unexplained, excused = compare(queries, replies, rules)
    silent = sum(r is None for r in replies[1])
    print(f"# seed {options.seed}: {len(queries)} queries in {took:.1f} s, {excused} differ with "
          f"leave, {silent} without a reply from the reference")
    if options.keep:
        print(f"# kept: {work}")
    else:
        shutil.rmtree(work)
    show(unexplained, options.show)
    missed = count_missed_changes(queries, replies[1], rng)
    print(f"{'ok' if missed <= 3 else 'not ok'} - of 300 replies with one bit changed {missed} pass")
    enough = len(queries) - silent >= 20000 or options.queries < 20000
    print(f"{'ok' if enough else 'not ok'} - {len(queries) - silent} answers to compare")
    print(f"{'not ok' if unexplained else 'ok'} - {len(unexplained)} answers differ without a reason "
          f"in differential.allowed")
    return 1 if unexplained or not enough or missed > 3 else 0


if __name__ == "__main__":
    sys.exit(main())
