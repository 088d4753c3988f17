#!/usr/bin/env python3
"""Journals with BIND on either side: its named-journalprint and ours say the same of files in
every form, each server starts from the other's files and goes on with them, and what does not
go together is told in BIND's words, with the way out."""
import os
import re
import shutil
import signal
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kz_journal as jnl                                            # noqa: E402
from kz_journal import a, transaction as tr                         # noqa: E402
from kz_servers import BIND, BUILD, NAMED, SRC, Server, free_port, work_dir     # noqa: E402
from kz_transfers import ask, serial, transfer                      # noqa: E402
from kz_update import record, send_udp, update                      # noqa: E402

PRINT = os.path.join(BUILD, "tools", "named-journalprint")
BIND_PRINT = shutil.which("named-journalprint") or "/usr/bin/named-journalprint"
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-3000:])


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout.decode(errors="replace")


# --- printing ---

def many_types(zone):
    ttls = (0, 1, 99999, 1000000, 10000000, 100000000, 2147483647)
    records = [a("a" * n + "." + zone, "192.0.2.1", ttls[n % 7]) for n in range(1, 30)]
    return records + [
        ("t." + zone, 16, 5, b'\x05hel"o\x00\x03\x01\xff\\'), ("u." + zone, 65280, 5, b"\1\2\3"),
        ("v." + zone, 12345, 5, b""), ("A.B." + zone, 15, 5, b"\0\12" + jnl.name("MX.Foo")),
        ("*." + zone, 28, 1, bytes(range(16))), ("h." + zone, 64, 5, b"\0\1\0"),
        ("s." + zone, 46, 5, struct.pack(">HBBIIIH", 1, 8, 2, 300, 1800000000, 1700000000, 4711)
         + jnl.name(zone) + bytes(range(200))),
        ("d." + zone, 48, 5, b"\1\1\3\x0d" + bytes(64))]


def make_journals(directory):
    zone = "p.test"
    types = many_types(zone)
    steps = {form: [tr(zone, i, i + 1, (), [a(f"x{i}.{zone}", "192.0.2.2")], form)
                    for i in range(1, 200)] for form in (1, 2)}
    forms = {
        "types": ([tr(zone, 1, 2, (), types), tr(zone, 2, 9, types[:2])], {"source": 77}),
        "mixed": ([tr(zone, 1, 2, (), types, 1), tr(zone, 2, 9, types[:2]),
                   tr(zone, 9, 10, types[2:3], (), 3), tr(zone, 10, 11, types[3:4], (), 1)],
                  {"magic": jnl.MAGIC_OLD}),
        "many": (steps[2], {}), "old": (steps[1], {"magic": jnl.MAGIC_OLD}),
        "wide": (steps[2], {"index": 300}),
        "count": ([(1, 2, struct.pack(">4I", 11, 1, 7, 8) + bytes(11))], {}),
        "size": ([(1, 2, struct.pack(">5I", 20, 1, 1, 2, 0xffffffff) + bytes(16))], {}),
        "nothing": ([(1, 1, b"")], {}),
    }
    for name, (transactions, options) in forms.items():
        jnl.write(os.path.join(directory, name), transactions, **options)
    with open(os.path.join(directory, "foreign"), "wb") as f:
        f.write(b"no journal" * 100)
    for name in os.listdir(os.path.join(SRC, "tests", "vectors", "journal")):
        shutil.copy(os.path.join(SRC, "tests", "vectors", "journal", name),
                    os.path.join(directory, name))
    return sorted(os.listdir(directory))


def test_print(directory):
    names, bad = make_journals(directory), []
    for name in names + ["missing"]:
        for options in ([], ["-x"]):
            path = os.path.join(directory, name)
            ours, theirs = run(PRINT, *options, path), run(BIND_PRINT, *options, path)
            if ours != theirs:
                bad.append((name, options, ours, theirs))
    check(f"{len(names)} journals are printed as BIND prints them", not bad, bad[:1])
    rewritten = []
    for name in ("many", "old", "mixed"):
        for options in ("-c 100", "-c 5", "-c 200", "-d", "-u"):
            results = []
            for program in (PRINT, BIND_PRINT):
                path = os.path.join(directory, "copy")
                for rest in (path, path + ".jnw"):
                    if os.path.exists(rest):
                        os.unlink(rest)
                shutil.copy(os.path.join(directory, name), path)
                status = run(program, *options.split(), path)[0]
                results.append((status, run(BIND_PRINT, "-x", path)[1].split("\n")[6:]))
            if results[0] != results[1]:
                rewritten.append((name, options))
    check("compacted and rewritten as BIND does", not rewritten, rewritten)


# --- loading ---

def zone_file(directory, zone, number, more=""):
    with open(os.path.join(directory, zone + ".db"), "w") as f:
        f.write(f"$TTL 300\n@ SOA ns1.{zone}. host.{zone}. {number} 3600 600 86400 300\n"
                f"@ NS ns1\nns1 A 192.0.2.53\n{more}\n")


def make_zones(directory):
    """Zone files with journals that fit, or do not."""
    x = {"more": "x A 192.0.2.1"}
    rows = {
        "forward.test": (1, x, [tr("forward.test", 1, 2, [a("x.forward.test", "192.0.2.1")]),
                                tr("forward.test", 2, 9, (), [a("y.e.forward.test", "192.0.2.2")]),
                                tr("forward.test", 9, 11, (), [a("z.forward.test", "192.0.2.2")])]),
        "middle.test": (2, {}, [tr("middle.test", 1, 2, (), [a("q.middle.test", "192.0.2.1")]),
                                tr("middle.test", 2, 3, (), [a("r.middle.test", "192.0.2.1")])]),
        "uptodate.test": (2, {}, [tr("uptodate.test", 1, 2)]),
        "beyond.test": (7, {}, [tr("beyond.test", 1, 2)]),
        "between.test": (3, {}, [tr("between.test", 1, 2), tr("between.test", 2, 9)]),
        "inexact.test": (1, x, [tr("inexact.test", 1, 2, [a("x.inexact.test", "192.0.2.9")])]),
        "gone.test": (1, {}, [tr("gone.test", 1, 2, [a("x.gone.test", "192.0.2.9")])]),
        "ttl.test": (1, x, [tr("ttl.test", 1, 2, (), [a("x.ttl.test", "192.0.2.9", 5)])]),
        "twice.test": (1, x, [tr("twice.test", 1, 2, (), [a("x.twice.test", "192.0.2.1")])]),
        "old.test": (1, x, [tr("old.test", 1, 2, (), [a("w.old.test", "192.0.2.1")], 1),
                            tr("old.test", 2, 3, (), [a("v.old.test", "192.0.2.1")], 1)]),
        "empty.test": (1, x, [(1, 1, b"")]),
        "corrupt.test": (1, x, [(1, 2, struct.pack(">5I", 20, 1, 1, 2, 0xffffffff) + bytes(16))]),
    }
    for zone, (number, more, transactions) in rows.items():
        zone_file(directory, zone, number, **more)
        jnl.write(os.path.join(directory, zone + ".db.jnl"), transactions,
                  magic=jnl.MAGIC_OLD if zone == "old.test" else jnl.MAGIC_NEW)
    zone_file(directory, "foreign.test", 1)
    with open(os.path.join(directory, "foreign.test.db.jnl"), "w") as f:
        f.write("this is no journal" * 20)
    return sorted(rows) + ["foreign.test"]


def config(port, zones):
    return (f"options {{ listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};"
            " pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;"
            " empty-zones-enable no; allow-transfer { any; }; };\ncontrols { };\n"
            + "".join(f'zone {z} {{ type primary; file "{z}.db"; allow-update {{ any; }}; }};\n'
                      for z in zones))


OURS_MORE = re.compile(r"the zone file has serial \d+, the journal .* leads from|"
                       r"the journal .* is left as it is; 'rndc recover|"
                       r"loading zones: |allows unsigned updates|client @")


def journal_lines(log, zones):
    lines = []
    for line in log.split("\n"):
        text = line.split(": ", 1)[1] if re.match(r".*: (error|warning|info)", line) else line[25:]
        if any(z in text for z in zones) and not OURS_MORE.search(text):
            lines.append(text.strip())
    return sorted(lines)


def zone_states(port, zones):
    states = {}
    for zone in zones:
        response = ask(port, zone, "SOA")
        states[zone] = (response.rcode() if response else None,
                        transfer(port, zone) if response and response.rcode() == 0 else None)
    return states


def test_load():
    states, logs = [], []
    for binary in (NAMED, BIND):
        port = free_port()
        directory = work_dir("journal")
        zones = make_zones(directory)
        with Server("load", binary, config(port, zones), directory) as server:
            states.append(zone_states(port, zones))
            logs.append(server.read_log())
    bad = {z: (states[0][z], states[1][z]) for z in zones if states[0][z] != states[1][z]}
    check(f"{len(zones)} zones with journals are served as BIND serves them", not bad, bad)
    ours, theirs = (journal_lines(log, zones) for log in logs)
    check("the log lines about them are BIND's", ours == theirs,
          "\n".join(f"{'+' if line in ours else '-'} {line}"
                    for line in sorted(set(ours) ^ set(theirs))))
    check("a zone out of sync is told the way out",
          re.search(r"zone beyond.test/IN: the zone file has serial 7, the journal "
                    r"beyond.test.db.jnl leads from 1 to 2.*rndc recover beyond.test file",
                    logs[0]), logs[0])
    check("an answer for it is SERVFAIL", states[0]["beyond.test"][0] == 2, states[0])


# --- going on with each other's journals ---

def change(port, zone, name):
    message = update(1, zone, (), [record(f"{name}.{zone}", "A", 1, 60, "192.0.2.77")])
    reply = send_udp(port, message)
    return reply is not None and reply[3] & 15 == 0


def test_go_on():
    zone, directory, numbers = "turn.test", work_dir("turns"), []
    zone_file(directory, zone, 10)
    told = []
    for turn in range(6):
        binary = (NAMED, BIND)[turn % 2]
        port = free_port()
        server = Server(f"turn{turn}", binary, config(port, [zone]), directory).start()
        told += [change(port, zone, f"n{turn}-{i}") for i in range(3)]
        numbers.append(serial(port, zone))
        server.stop(signal.SIGKILL)
    check("updates are taken in turns with BIND, killed each time",
          all(told) and numbers == [13, 16, 19, 22, 25, 28], (told, numbers))
    status, text = run(BIND_PRINT, os.path.join(directory, zone + ".db.jnl"))
    check("the journal they wrote together has all of it",
          status == 0 and text.count("\nadd n") == 18, text)
    shutil.rmtree(directory)


def test_torn():
    zone, directory, port = "torn.test", work_dir("torn"), free_port()
    path = os.path.join(directory, zone + ".db.jnl")
    zone_file(directory, zone, 10)
    server = Server("torn", NAMED, config(port, [zone]), directory).start()
    done = change(port, zone, "one") and change(port, zone, "two")
    server.stop(signal.SIGKILL)
    os.truncate(path, os.path.getsize(path) - 20)
    with Server("torn", NAMED, config(port, [zone]), directory) as server:
        log, number = server.read_log(), serial(port, zone)
        goes_on = change(port, zone, "three")
        after = serial(port, zone)
    check("a torn tail is cut back to the sync before, and said",
          done and number == 11 and log.count("cut back to serial 11") == 1, (done, number, log))
    check("the journal goes on from there", goes_on and after == 12, (goes_on, after))


def test_short():
    """What no crash of BIND leaves: a file shorter than its header says."""
    zone, directory, port = "short.test", work_dir("short"), free_port()
    path = os.path.join(directory, zone + ".db.jnl")
    zone_file(directory, zone, 1)
    jnl.write(path, [tr(zone, 1, 2, (), [a("x." + zone, "192.0.2.1")]),
                     tr(zone, 2, 3, (), [a("y." + zone, "192.0.2.1")])])
    os.truncate(path, os.path.getsize(path) - 9)
    with Server("short", NAMED, config(port, [zone]), directory) as server:
        log, number = server.read_log(), serial(port, zone)
    check("a journal of BIND's that is too short is cut back to its last whole transaction",
          number == 2 and "which ends at serial 2" in log, log)


def test_secondary():
    zone, directory, port = "sec.test", work_dir("sec"), free_port()
    zone_file(directory, zone, 7)
    jnl.write(os.path.join(directory, zone + ".db.jnl"), [tr(zone, 1, 2)])
    text = config(port, [zone]).replace("type primary;", "type secondary; masterfile-format text; "
                                        "primaries { 127.0.0.1 port 9; };")
    text = text.replace(" allow-update { any; };", "")
    with Server("sec", NAMED, text, directory) as server:
        log, number = server.read_log(), serial(port, zone)
        names = os.listdir(directory)
    check("a secondary puts aside a journal that does not fit, and serves its file",
          number == 7 and "journal out of sync with zone" in log and "renaming file to" in log
          and "rndc recover" not in log and zone + ".db.jnl" not in names
          and any(n.startswith("jn-") for n in names), (number, names, log))


def test_unwritable():
    directory, port = work_dir("unwritable"), free_port()
    zone_file(directory, "w.test", 1)
    text = config(port, ["w.test"]).replace('"w.test.db";', '"w.test.db"; journal "no/w.jnl";')
    with Server("unwritable", NAMED, text, directory) as server:
        log = server.read_log()
    check("a journal that cannot be made is told at the start",
          "zone w.test/IN: updates will fail: the journal no/w.jnl cannot be written: "
          "No such file or directory" in log, log)


def main():
    directory = work_dir("print")
    test_print(directory)
    shutil.rmtree(directory)
    test_load()
    test_go_on()
    test_torn()
    test_short()
    test_secondary()
    test_unwritable()
    sys.exit(failures > 0)


main()
