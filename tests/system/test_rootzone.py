#!/usr/bin/python3
"""The signed root zone of the Internet, served by Kizuna and by Debian's BIND: every name and
type in it, what is not in it, and the whole zone when dumped, must be the same.

The zone (public data, not part of this project) is $KIZUNA_DATA/root.zone.gz.
"""
import gzip
import os
import random
import shutil
import subprocess
import sys

import kz_servers
import kz_wire
from kz_wire import Query
from test_differential import HERE, ask_both, compare, read_allowed, show

DATA = os.environ.get("KIZUNA_DATA") or os.path.join(os.path.dirname(kz_servers.SRC), "shared", "data")
SOURCE = os.path.join(DATA, "root.zone.gz")
BIND_COMPILEZONE = shutil.which("named-compilezone", path="/usr/bin:/usr/sbin")
COMPILEZONE = os.environ.get("COMPILEZONE") or os.path.join(kz_servers.BUILD, "tools", "named-compilezone")


def unpack(work):
    """The zone as a file, and {owner: its types}."""
    path, names = os.path.join(work, "root.zone"), {}
    with gzip.open(SOURCE, "rt") as packed, open(path, "w") as out:
        for line in packed:
            out.write(line)
            fields = line.split()
            if len(fields) > 4:
                names.setdefault(fields[0], set()).add(fields[3])
    return path, names


def make_queries(names, rng):
    queries = []
    for owner, types in sorted(names.items()):
        wire = kz_wire.name_to_wire(owner)
        for qtype in sorted(types) + ["ANY", "DS", "HINFO"]:
            queries.append(Query(wire, qtype))
            queries.append(Query(wire, qtype, edns=1232, do=True))
        below, beside = b"\3www" + wire, bytes([1]) + b"0" + wire
        if wire != b"\0":
            near = bytearray(wire)
            near[wire[0]] = near[wire[0]] + 1 if near[wire[0]] < 250 else 250
            beside = bytes(near)
        for other in (below, beside):
            queries.append(Query(other, rng.choice(("A", "NS", "DS")), edns=4096, do=True))
            queries.append(Query(other, "A", edns=512, do=rng.random() < 0.5))
        queries.append(Query(wire, "NS", edns=4096, do=True, tcp=rng.random() < 0.1))
    return queries


def compare_answers(path, names):
    config = 'options {%s listen-on port %d { 127.0.0.1; }; };\n' \
             'zone "." { type primary; file "' + path + '"; };\n'
    ports = [kz_servers.free_port(), kz_servers.free_port()]
    servers = [kz_servers.Server(label, binary, config % (kz_servers.SAME_OPTIONS, port))
               for label, binary, port in (("kizuna", kz_servers.NAMED, ports[0]),
                                           ("bind", kz_servers.BIND, ports[1]))]
    queries = make_queries(names, random.Random(1))
    with servers[0], servers[1]:
        replies = ask_both(queries, ports)
    unexplained, _ = compare(queries, replies, read_allowed(os.path.join(HERE, "differential.allowed")))
    show(unexplained, 5)
    silent = sum(r is None for r in replies[1])
    print(f"{'not ok' if unexplained or silent else 'ok'} - the root zone: {len(queries)} answers, "
          f"{len(unexplained)} differ, {silent} never came")
    return not unexplained and not silent


def compare_dumps(path, work):
    outputs = []
    for label, program in (("ours", COMPILEZONE), ("theirs", BIND_COMPILEZONE)):
        out = os.path.join(work, label)
        command = [program, "-i", "none", "-o", out, ".", path]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode:
            print(f"not ok - {' '.join(command)}: {run.stdout[-500:]}")
            return False
        with open(out) as f:
            outputs.append(f.read())
    same = outputs[0] == outputs[1]
    print(f"{'ok' if same else 'not ok'} - the root zone dumped: {len(outputs[0])} bytes, "
          f"{'the same' if same else 'not the same'}")
    if not same:
        lines = [o.split("\n") for o in outputs]
        for a, b in [(a, b) for a, b in zip(*lines) if a != b][:5]:
            print(f"#   ours:   {a}\n#   theirs: {b}")
    return same


def main():
    if not os.path.exists(SOURCE):
        print("skip - the root zone: no root.zone.gz in KIZUNA_DATA")
        return 0
    if not os.path.exists(kz_servers.BIND):
        print("skip - Debian's BIND is not installed (package bind9)")
        return 0
    work = kz_servers.work_dir("root")
    path, names = unpack(work)
    good = [compare_answers(path, names), compare_dumps(path, work)]
    shutil.rmtree(work)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
