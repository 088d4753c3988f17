#!/usr/bin/python3
"""A UDP query is answered without one allocation, whatever kind of answer it takes."""
import os
import random
import struct
import subprocess
import sys

import kz_servers
import kz_wire
import kz_zones
from test_differential import make_queries

HERE = os.path.dirname(os.path.abspath(__file__))


def build_counter(work):
    library, shared = os.path.join(work, "count_alloc.so"), os.path.join(work, "count")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library,
                    os.path.join(HERE, "count_alloc.c")], check=True)
    with open(shared, "wb") as f:
        f.write(bytes(4096))
    return library, shared


def read_count(path):
    with open(path, "rb") as f:
        return struct.unpack("<Q", f.read(8))[0]


def main():
    if os.environ.get("FLAVOUR") in ("asan", "tsan"):
        print("skip - allocations are counted in the release build")
        return 0
    work = kz_servers.work_dir("alloc")
    library, shared = build_counter(work)
    zones = kz_zones.build_zones(7, work, random_count=50)
    port = kz_servers.free_port()
    config = "options {%s listen-on port %d { 127.0.0.1; }; };\n" % (kz_servers.SAME_OPTIONS, port)
    config += "".join('zone "%s" { type primary; file "%s"; };\n' %
                      (z.name, os.path.join(work, z.path)) for z in zones)
    queries = [q for q in make_queries(zones, random.Random(7), 10000)[:10000]]
    for query in queries:
        query.tcp, query.source = False, "127.0.0.1"
    os.environ["LD_PRELOAD"], os.environ["COUNT_ALLOC"] = library, shared
    with kz_servers.Server("kizuna", kz_servers.NAMED, config):
        del os.environ["LD_PRELOAD"]
        counts = []
        at_start = read_count(shared)
        for _ in range(4):      # the first run warms up; timers of other threads may hit one
            before = read_count(shared)
            replies = kz_wire.Exchange(port).ask_all(queries)
            counts.append(read_count(shared) - before)
    answered = sum(r is not None for r in replies)
    print(f"# {at_start} allocations at start, then for {len(queries)} queries each: {counts}")
    good = [at_start > 0, answered == len(queries), min(counts[1:]) == 0]
    print(f"{'ok' if good[0] else 'not ok'} - the counter counts")
    print(f"{'ok' if good[1] else 'not ok'} - {answered} of {len(queries)} queries are answered")
    print(f"{'ok' if good[2] else 'not ok'} - allocations per UDP query: {min(counts[1:])}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
