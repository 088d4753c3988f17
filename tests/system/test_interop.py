#!/usr/bin/env python3
"""The matrix: each of Kizuna, BIND, Knot and NSD as primary, and all four as its secondaries:
a zone of 100,000 records by AXFR with TSIG, 200 updates told by NOTIFY and taken by IXFR; the
zones are equal in the end.  Prints who took what how."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_makes import FIRST, MAKES, ZONE                             # noqa: E402
from kz_servers import free_port                                    # noqa: E402
from kz_transfers import serial, transfer, until                    # noqa: E402

# The sanitized builds look for mistakes of memory, not for size.
SMALL = os.environ.get("FLAVOUR", "release") != "release"
HOSTS = int(os.environ.get("INTEROP_HOSTS", "20000" if SMALL else "99997"))
UPDATES = 200
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


matrix = {}


def run_row(make):
    ports = [free_port() for _ in MAKES]
    primary = make(free_port(), secondaries=ports, hosts=HOSTS)
    peers = [other(port, primary=primary.port, hosts=HOSTS) for other, port in zip(MAKES, ports)]
    try:
        primary.start()
        for peer in peers:
            peer.start()
        for peer in peers:
            until(f"the zone of {primary.make} on {peer.make}",
                  lambda p=peer: serial(p.port, ZONE) == FIRST, 120)
        primary.change(UPDATES)
        last = serial(primary.port, ZONE)
        for peer in peers:
            until(f"serial {last} of {primary.make} on {peer.make}",
                  lambda p=peer: serial(p.port, ZONE) == last, 120)
        compare(primary, peers, last)
    finally:
        for server in [primary] + peers:
            server.stop()


def compare(primary, peers, last):
    want = transfer(primary.port, ZONE)
    for peer in peers:
        got = transfer(peer.port, ZONE)
        whole, parts = peer.took_by()
        matrix[primary.make, peer.make] = f"{whole} {parts}"
        check(f"{peer.make} has the zone of {primary.make} (serial {last}, {len(got)} records)",
              got == want, sorted(set(got) ^ set(want))[:5])
        check(f"{peer.make} took IXFR from {primary.make}", parts == "ixfr", peer.log()[-1500:])


for row in MAKES:
    try:
        run_row(row)
    except (RuntimeError, subprocess.SubprocessError) as e:
        check(f"the row of {row.make}", False, e)
print("# primary \\ secondary " + "".join(f"{m.make:>12}" for m in MAKES))
for row in MAKES:
    print(f"# {row.make:>19} " + "".join(
        f"{matrix.get((row.make, m.make), '-'):>12}" for m in MAKES))
sys.exit(failures > 0)
