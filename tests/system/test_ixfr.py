#!/usr/bin/python3
"""IXFR out, beside Debian's BIND that gets the same updates: each difference byte for byte the
same, rows of them leading to the same zone; what undoes itself is left out; the whole zone where
there is no difference or none that is worth it; a difference that is sent while the zone goes on."""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kz_servers                                                   # noqa: E402
from kz_streams import (Stream, Watcher, by_tcp, by_udp, ixfr, opt, read_all, records,  # noqa: E402
                        request, serial_of)
from kz_transfers import until                                      # noqa: E402
from kz_wire import QTYPES, Reply                                   # noqa: E402

SOA = QTYPES["SOA"]
FIRST, ROUNDS = 10, 30
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def config(port):
    zone = 'zone "{0}" {{ type primary; file "{0}.db"; allow-update {{ any; }}; {1} }};\n'
    return f"""
controls {{ }};
options {{ {kz_servers.SAME_OPTIONS.replace("allow-transfer { none; };", "")}
  listen-on port {port} {{ 127.0.0.1; }}; allow-transfer {{ any; }}; tcp-send-buffer 65536; }};
server 127.0.0.2 {{ provide-ixfr no; }};
""" + zone.format("a.test", "") + zone.format("ratio.test", "max-ixfr-ratio 5%;") + \
        zone.format("free.test", "max-ixfr-ratio unlimited;")


def write_zones(directory):
    for name in ("a.test", "ratio.test", "free.test"):
        with open(os.path.join(directory, name + ".db"), "w") as f:
            f.write(f"$TTL 300\n@ SOA ns hostmaster {FIRST} 3600 600 86400 300\n@ NS ns\n"
                    "@ MX 10 Mail\nns A 127.0.0.1\nMail A 192.0.2.3\nzz TXT start\n")
            f.writelines(f"host{i} A 10.0.{i >> 8}.{i & 255}\n" for i in range(500))


def update(ports, zone, lines):
    for port in ports:
        run = subprocess.run(["nsupdate"], text=True, capture_output=True,
                             input=f"server 127.0.0.1 {port}\nzone {zone}\n" +
                             "\n".join(lines) + "\nsend\n")
        if run.returncode != 0:
            raise RuntimeError(f"{lines}: {run.stderr}")


def make_update(rng, zone, i):
    """Some changes of every kind, which always change something.  No name has more than three labels:
    BIND 9.18 looks for no more of them when it compresses, and sends more bytes then."""
    lines = [f"update add new{i}.{zone} 60 A 192.0.2.{i}"]
    for _ in range(rng.randrange(5)):
        n = rng.randrange(500)
        lines.append(rng.choice([
            f"update delete host{n}.{zone}",
            f"update add host{n}.{zone} {rng.choice((60, 300))} A 10.9.{i}.{n % 256}",
            f"update add host{n}.{zone} 60 MX {i} mail{n % 3}.{zone}",
            f"update add d{n}.{zone} 60 TXT \"{i}\" \"{n}\"",
            f"update delete new{max(i - 2, 0)}.{zone} A",
            f"update add sub{n % 4}.{zone} 300 NS ns{i}.{zone}"]))
    return lines


def apply(zone, answers):
    """The zone, a set of records, after a difference; an exception where it does not fit."""
    zone, adding = set(zone), None
    for r in answers[1:-1]:
        if r[1] == SOA:
            adding = not adding if adding is not None else False
        if adding:
            if r in zone:
                raise ValueError(f"is there already: {r}")
            zone.add(r)
        else:
            zone.remove(r)
    return zone


def compare_steps(ours, theirs):
    """Each update alone: the same bytes; all together: the same zone."""
    rng, wrong, zone = random.Random(11), [], "a.test"
    versions = {FIRST: set(records(by_tcp(ours, request(zone, "AXFR"))))}
    for i in range(ROUNDS):
        update((ours, theirs), zone, make_update(rng, zone, i))
        versions[FIRST + i + 1] = set(records(by_tcp(ours, request(zone, "AXFR"))))
        message = ixfr(zone, FIRST + i, edns=opt() if i % 2 else b"")
        a, b = by_tcp(ours, message), by_tcp(theirs, message)
        if a != b:
            wrong.append(f"{i}: {[m.hex() for m in a]}\n   BIND: {[m.hex() for m in b]}")
    check(f"{ROUNDS} updates, each difference as BIND sends it, byte for byte", not wrong,
          "\n".join(wrong))
    wrong, condensed = [], 0
    last = FIRST + ROUNDS
    for serial in range(FIRST, last):
        a = records(by_tcp(ours, ixfr(zone, serial)))
        b = records(by_tcp(theirs, ixfr(zone, serial)))
        if a[1][1] != SOA:
            continue
        condensed += len(a) < len(b)
        if apply(versions[serial], a) != versions[last] or \
                sum(len(r[4]) for r in a) > sum(len(r[4]) for r in b):
            wrong.append(str(serial))
    check("from every older version the difference leads to the newest", not wrong, wrong)
    check("what undoes itself is left out", condensed > 0, condensed)


def check_polls(ours, theirs):
    wrong = []
    for serial in (FIRST + ROUNDS - 1, FIRST + ROUNDS, FIRST + ROUNDS + 1):
        for message in (ixfr("a.test", serial), ixfr("a.test", serial, edns=opt(size=4096))):
            if by_udp(ours, message) != by_udp(theirs, message):
                wrong.append(f"udp {serial}")
            if serial >= FIRST + ROUNDS and by_tcp(ours, message) != by_tcp(theirs, message):
                wrong.append(f"tcp {serial}")
    check("up to date, newer than we, or by UDP: one SOA, as BIND", not wrong, wrong)


def kind(messages):
    answers = records(messages)
    return "soa" if len(answers) == 1 else "ixfr" if answers[1][1] == SOA else "axfr"


def check_fall_backs(server, ours, theirs):
    both = (ours, theirs)
    check("a version that the journal has not: the whole zone",
          [kind(by_tcp(p, ixfr("a.test", FIRST - 1))) for p in both] == ["axfr"] * 2)
    lines = [f"update add many{i}.ratio.test 60 A 192.0.2.{i}" for i in range(60)]
    update(both, "ratio.test", lines)
    check("a difference above max-ixfr-ratio: the whole zone",
          [kind(by_tcp(p, ixfr("ratio.test", FIRST))) for p in both] == ["axfr"] * 2)
    update(both, "ratio.test", ["update add one.ratio.test 60 A 192.0.2.1"])
    check("… below it: the difference",
          [kind(by_tcp(p, ixfr("ratio.test", FIRST + 1))) for p in both] == ["ixfr"] * 2)
    update(both, "free.test", [f"update delete host{i}.free.test" for i in range(400)])
    check("max-ixfr-ratio unlimited: always the difference",
          [kind(by_tcp(p, ixfr("free.test", FIRST))) for p in both] == ["ixfr"] * 2)
    stream = Stream(ours, ixfr("a.test", FIRST + ROUNDS - 1), source="127.0.0.2")
    check("provide-ixfr no for a server: the whole zone", kind(read_all(stream)) == "axfr")
    stream.close()
    log = server.read_log()
    for what, pattern in (
            ("a difference", r"transfer of 'a.test/IN': IXFR started \(serial 10 -> 11\)"),
            ("its end", r"transfer of 'a.test/IN': IXFR ended: 1 messages, \d+ records, \d+ bytes, "
                        r"\d+\.\d{3} secs \(\d+ bytes/sec\) \(serial 11\)"),
            ("a version that is not in the journal",
             r"IXFR version not in journal, falling back to AXFR \(serial 9\)"),
            ("what was sent instead",
             rf"transfer of 'a.test/IN': AXFR-style IXFR started \(serial {FIRST + ROUNDS}\)"),
            ("a difference that is too large", r"IXFR delta size \(\d+ bytes\) exceeds the maximum "
             r"ratio to database size \(\d+ bytes\), falling back to AXFR")):
        check("the log tells of " + what, re.search(pattern, log), log[-1000:])
    bind_log = re.findall(r"IXFR delta size \((\d+) bytes\).*size \((\d+) bytes\)",
                          server.reference.read_log())
    check("both sizes are BIND's", bind_log == re.findall(
        r"IXFR delta size \((\d+) bytes\).*size \((\d+) bytes\)", log), bind_log)


def check_moving(server, ours):
    """A long difference, taken slowly, while the zone and its journal go on."""
    zone = "free.test"
    serial = serial_of(records(by_udp(ours, request(zone, "SOA")))[0])
    before = set(records(by_tcp(ours, request(zone, "AXFR"))))
    for i in range(4):
        update((ours,), zone, [f"update add l{i}-{k}.{zone} 60 TXT {'x' * 200}" for k in range(250)])
    goal = set(records(by_tcp(ours, request(zone, "AXFR"))))
    stream, watcher = Stream(ours, ixfr(zone, serial), receive_buffer=2048), Watcher()
    messages = [stream.message()]
    watcher.is_over(messages[0])
    update((ours,), zone, [f"update delete l0-0.{zone}", f"update add after.{zone} 60 A 192.0.2.1"])
    while not watcher.is_over(messages[-1]) if len(messages) > 1 else True:
        messages.append(stream.message())
    stream.close()
    answers = records(messages)
    check("a difference that is under way leads to the version it began with",
          serial_of(answers[0]) == serial_of(answers[-1]) == serial + 4 and
          apply(before, answers) == goal, (serial, serial_of(answers[0])))
    check("… and the next to the newest",
          serial_of(records(by_tcp(ours, ixfr(zone, serial + 4)))[0]) == serial + 5)
    problems = [p for m in messages for p in Reply(m).problems]
    check("its messages are well formed", not problems, problems)


def main():
    ours, theirs = kz_servers.free_port(), kz_servers.free_port()
    servers = []
    for label, binary, port in (("kizuna", kz_servers.NAMED, ours), ("bind", kz_servers.BIND, theirs)):
        directory = kz_servers.work_dir(label)
        write_zones(directory)
        servers.append(kz_servers.Server(label, binary, config(port), directory))
    with servers[0], servers[1]:
        servers[0].reference = servers[1]
        compare_steps(ours, theirs)
        check_polls(ours, theirs)
        check_fall_backs(servers[0], ours, theirs)
        check_moving(servers[0], ours)
    check("named ends in order", servers[0].status == 0, servers[0].status)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
