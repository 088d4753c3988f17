#!/usr/bin/python3
"""Updates under torture: what was acknowledged is there, nothing is there by half, and the serial
never goes back, whatever happens to the process and to the disk.

  test_torture.py [--seconds N] [--rounds N] [--seed N] [--keep]

Clients set pairs of names, each pair in one message, to ever higher numbers.  The server is killed
at random moments, also while it starts, and the pairs are looked at afterwards; then the disk
fails in every way.  --seconds (TORTURE_SECONDS) is for the killing, which ends after --rounds kills
at the latest; `make torture` runs 500 of them.
"""
import argparse
import mmap
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import kz_servers
from kz_wire import Exchange, Query, Reply, RCODES

HERE = os.path.dirname(os.path.abspath(__file__))
KZUPDATE = os.path.join(kz_servers.BUILD, "bench", "kzupdate")
ZONE = "torture.test"
FILE = """$TTL 300
@ SOA ns hostmaster 1000 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
"""
CONFIG = """options { directory "%s"; listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; };
    pid-file none; session-keyfile none; update-quota 1000; notify no; };
controls { };
logging { category update { null; }; };
zone "torture.test" { type primary; file "zone"; allow-update { 127.0.0.1; };
    max-journal-size 64m; };
"""
# As in faults.c.
NONE, SYNC_FAILS, WRITE_FAILS, NO_SPACE, SHORT_WRITE, OPEN_FAILS = range(6)
FAULTS = {SYNC_FAILS: "fsync fails", WRITE_FAILS: "writes fail", NO_SPACE: "the disk is full",
          SHORT_WRITE: "writes are short", OPEN_FAILS: "the journal cannot be opened"}
CLIENTS = 24
failures = 0


def verdict(good, what, *details):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        for line in details:
            print(f"#   {line}")
    return good


def port_for_good():
    """A free port that the system gives to nobody while the server is down: below those that it
    draws from by itself."""
    while True:
        port = random.randrange(10000, 30000)
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Clients:
    """kzupdate in the background; result() ends it."""

    def __init__(self, port, first, seconds=60, rate=3000, clients=CLIENTS):
        self.first, self.clients = first, clients
        self.child = subprocess.Popen(
            [KZUPDATE, "-s", "-p", "p", "-n", str(first), "-r", str(rate), str(port), ZONE,
             str(clients), str(seconds)], stdout=subprocess.PIPE, text=True)

    def result(self):
        """Per client (acknowledged, sent, is the last under way, lost); totals of all."""
        self.child.send_signal(signal.SIGTERM)
        lines = self.child.communicate(timeout=30)[0].split("\n")
        rows = []
        for line in lines[:self.clients]:
            _, acknowledged, sent, lost = line.split()
            rows.append((int(acknowledged), int(sent.rstrip("?")), sent.endswith("?"), int(lost)))
        acknowledged, refused, lost = (int(v) for v in lines[self.clients].split()[:3])
        return rows, (acknowledged, refused, lost)


class Torture:
    def __init__(self, directory, environment=None):
        self.dir = directory
        self.environment = environment or {}
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)
        self.port = port_for_good()
        self.server = None
        self.serial = 1000
        self.count = 0          # no client has sent a higher number
        self.values = {}        # of each client, when the server was looked at last
        self.acknowledged = 0
        with open(os.path.join(directory, "zone"), "w") as f:
            f.write(FILE)

    def start(self):
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            self.server = kz_servers.Server("torture", kz_servers.NAMED,
                                            CONFIG % (self.dir, self.port), self.dir)
            self.server.start()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def kill(self, sig=signal.SIGKILL):
        return self.server.stop(sig)

    def settle(self):
        """Waits for what clients left under way: an update without changes is answered after
        all that came before it."""
        query = Query(ZONE, "SOA", opcode=5)
        if Exchange(self.port, timeout_s=10).ask_all([query])[0] is None:
            raise RuntimeError("the server does not answer an update")

    def look(self):
        """The serial and the numbers of all pairs: {client: (a, b)}."""
        self.settle()
        names = [f"p{i}{which}.{ZONE}" for i in range(CLIENTS) for which in "ab"]
        queries = [Query(ZONE, "SOA")] + [Query(name, "TXT") for name in names]
        replies = [Reply(r) if r else None for r in Exchange(self.port).ask_all(queries)]
        if None in replies or not replies[0].sections[0]:
            raise RuntimeError("the server does not answer for its zone")
        serial = struct.unpack("!I", replies[0].sections[0][0][4][-20:-16])[0]
        texts = [[int(record[4][1:]) for record in reply.sections[0]] for reply in replies[1:]]
        return serial, {i: (texts[2 * i], texts[2 * i + 1]) for i in range(CLIENTS)}

    def wrong(self, rows, totals):
        """What contradicts the promises, after clients have run."""
        serial, pairs = self.look()
        found = []
        if not self.serial + totals[0] <= serial <= self.serial + sum(totals) + len(rows):
            found.append(f"serial {serial} after {self.serial}, {totals[0]} acknowledged of "
                         f"{sum(totals)}")
        for i, (acknowledged, sent, under_way, lost) in enumerate(rows):
            a, b = pairs[i]
            if a != b or len(a) > 1:
                found.append(f"client {i}: half an update, {a} and {b}")
                continue
            before = self.values.get(i, 0)
            value = a[0] if a else 0
            right = {acknowledged if acknowledged > self.count else before}
            right |= {sent} if under_way else set()
            if value not in right and not (lost and acknowledged <= value <= sent):
                found.append(f"client {i}: {value}, but {acknowledged} was acknowledged, {sent} "
                             f"sent, {before} there before")
            self.values[i] = value
        self.serial = serial
        self.count = max([self.count] + [row[1] for row in rows])
        self.acknowledged += totals[0]
        return found

    def run_clients(self, seconds, **how):
        clients = Clients(self.port, self.count, **how)
        time.sleep(seconds)
        return clients


def kill_round(t, rng):
    """Clients at work, the server dies, starts, perhaps dies while it starts, and tells."""
    clients = t.run_clients(rng.uniform(0.01, 0.35), rate=rng.choice((200, 3000, 0)))
    t.kill()
    rows, totals = clients.result()
    while rng.random() < 0.2:
        child = subprocess.Popen([kz_servers.NAMED, "-g", "-c", "named.conf"], cwd=t.dir,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, 0.08))
        child.kill()
        child.wait()
    t.start()
    return t.wrong(rows, totals)


def torture_by_kill(options, rng):
    t = Torture(kz_servers.work_dir("torture-kill"))
    t.start()
    end, rounds, found, unclean = time.monotonic() + options.seconds, 0, [], 0
    while rounds < options.rounds and time.monotonic() < end and not found:
        found = kill_round(t, rng)
        rounds += 1
        if rounds % 40 == 0:        # in between it ends as it should, too
            unclean += t.kill(signal.SIGTERM) != 0
            t.start()
            found = found or t.wrong([(0, 0, False, 0)] * CLIENTS, (0, 0, 0))
    t.kill(signal.SIGTERM)
    verdict(not found, f"killed {rounds} times with {t.acknowledged:,} updates acknowledged: all "
            "there, none by half, no serial goes back", f"directory: {t.dir}", *found[:10])
    verdict(rounds > 0 and t.acknowledged > 0 and unclean == 0,
            "clients were at work, and an orderly end is orderly")
    if not found and not options.keep:
        shutil.rmtree(t.dir)


class FaultControl:
    """The words that faults.c reads."""

    def __init__(self, directory):
        self.library = os.path.join(directory, "faults.so")
        self.path = os.path.join(directory, "faults")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", self.library,
                        os.path.join(HERE, "faults.c")], check=True)
        with open(self.path, "wb") as f:
            f.write(bytes(4096))
        with open(self.path, "r+b") as f:
            self.words = mmap.mmap(f.fileno(), 4096)

    def set(self, kind, percent):
        self.words[0:12] = struct.pack("=III", kind, percent, 0)

    def hits(self):
        return struct.unpack("=I", self.words[8:12])[0]


def update_once(port, name):
    """The rcode of one update; None: no answer."""
    out = subprocess.run(["nsupdate", "-t", "5"], text=True, capture_output=True, input=(
        f"server 127.0.0.1 {port}\nzone {ZONE}\nupdate add {name}.{ZONE} 60 A 192.0.2.9\nsend\n"))
    if out.returncode == 0:
        return "NOERROR"
    return next((r for r in RCODES if f"update failed: {r}" in out.stderr), None)


def is_there(port, name):
    reply = Exchange(port).ask_all([Query(f"{name}.{ZONE}", "A")])[0]
    return reply is not None and bool(Reply(reply).sections[0])


def fault_rounds(t, faults, kind, rng):
    """Clients at work while a part of the calls fails; what was refused must not be there, now and
    after a kill; then all is well again."""
    found, hits = [], 0
    for percent in (100, 30, 5):
        clients = t.run_clients(0.05)
        faults.set(kind, percent)
        time.sleep(rng.uniform(0.15, 0.3))
        hits += faults.hits()
        if rng.random() < 0.5:
            t.kill()
            rows, totals = clients.result()
            faults.set(NONE, 0)
            t.start()
        else:
            faults.set(NONE, 0)
            time.sleep(0.05)
            rows, totals = clients.result()
        found += t.wrong(rows, totals)
    return found, hits


def torture_by_faults(options, rng):
    work = kz_servers.work_dir("torture-faults")
    faults = FaultControl(work)
    t = Torture(os.path.join(work, "zones"), {
        "LD_PRELOAD": faults.library, "FAULTS": faults.path,
        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    t.start()
    bad = False
    for kind, what in FAULTS.items():
        faults.set(kind, 100)
        name = f"refused{kind}"
        rcode = update_once(t.port, name) if kind not in (SHORT_WRITE, OPEN_FAILS) else "SERVFAIL"
        served = is_there(t.port, name)
        faults.set(NONE, 0)
        healed = update_once(t.port, f"healed{kind}")
        serial, _ = t.look()
        t.serial = serial
        bad |= not verdict(rcode == "SERVFAIL" and not served and healed == "NOERROR",
                           f"{what}: SERVFAIL, nothing is served of it, and it heals",
                           f"answer {rcode}, served: {served}, afterwards {healed}", t.dir)
        found, hits = fault_rounds(t, faults, kind, rng)
        bad |= not verdict(not found, f"{what} now and then, with kills: what was acknowledged is "
                           "there, what was refused is not", t.dir, *found[:10])
        verdict(hits > 0 or kind == OPEN_FAILS, f"{what}: the fault was met", f"{hits} hits")
    t.kill(signal.SIGTERM)
    if not bad and not options.keep:
        shutil.rmtree(work)


def torture_by_full_disk(options):
    """A real small file system; what it does not take is refused, and room heals it."""
    work = kz_servers.work_dir("torture-disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", work],
                             capture_output=True)
    if mounted.returncode != 0:
        print("skip - a full disk: mounting a tmpfs needs privileges")
        return
    try:
        t = Torture(work)
        t.start()
        ballast = os.path.join(work, "ballast")
        with open(ballast, "wb") as f:
            try:
                f.write(bytes(16 << 20))
            except OSError:
                pass
        rows, totals = t.run_clients(0.5).result()
        found = t.wrong(rows, totals)
        verdict(totals[1] > 0 and not found, "a full file system: what is refused is not there",
                f"acknowledged, refused, lost: {totals}", *found[:10])
        os.remove(ballast)
        rows, totals = t.run_clients(0.2).result()
        found = t.wrong(rows, totals)
        verdict(totals[0] > 0 and totals[1] == 0 and not found, "with room again it heals",
                f"acknowledged, refused, lost: {totals}", *found[:10])
        t.kill()
        t.start()
        found = t.wrong([(0, 0, False, 0)] * CLIENTS, (0, 0, 0))
        verdict(not found, "and after a kill all of it is there", *found[:10])
        t.kill(signal.SIGTERM)
    finally:
        subprocess.run(["umount", "-l", work], check=True)
        os.rmdir(work)


def torture_by_permission(options):
    """A directory in which the journal cannot be made, for a user who may not do everything."""
    t = Torture(kz_servers.work_dir("torture-dir"))
    os.chmod(t.dir, 0o777)
    config = CONFIG % (t.dir, t.port)
    arguments = ["-u", "nobody"] if os.geteuid() == 0 else []
    server = kz_servers.Server("torture", kz_servers.NAMED, config, t.dir, arguments)
    with server:
        os.chmod(t.dir, 0o555)
        refused, served = update_once(t.port, "refused"), is_there(t.port, "refused")
        log = server.read_log()
        os.chmod(t.dir, 0o777)
        healed, there = update_once(t.port, "healed"), is_there(t.port, "healed")
        verdict((refused, served) == ("SERVFAIL", False), "a read-only directory: SERVFAIL, "
                "nothing served", f"{refused}, {served}")
        verdict((healed, there) == ("NOERROR", True), "made writable it heals",
                f"{healed}, {there}")
        verdict("zone.jnl" in log and "ermission denied" in log, "the log says why",
                *log.split("\n")[-5:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("TORTURE_SECONDS", "45")))
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--keep", action="store_true", help="leave the directories")
    options = parser.parse_args()
    print(f"# seed {options.seed}")
    rng = random.Random(options.seed)
    torture_by_kill(options, rng)
    torture_by_faults(options, rng)
    torture_by_full_disk(options)
    torture_by_permission(options)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
