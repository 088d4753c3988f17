#!/usr/bin/python3
"""Updates of two zones while an operator does everything at random: sync, freeze, edits, thaw,
reloads, zones that come and go.  Whatever the order, each zone holds what was acknowledged.

  test_update_chaos.py [SECONDS [SEED]]       (CHAOS_SECONDS)
"""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import kz_servers
from kz_dynamic import FILE, Dynamic
from kz_wire import Exchange, Query, Reply

KZUPDATE = os.path.join(kz_servers.BUILD, "bench", "kzupdate")
CLIENTS = 12
MORE = """zone "two.test" { type primary; file "two"; allow-update { 127.0.0.1; }; };
zone "static.test" { type primary; file "static"; ixfr-from-differences yes; };
"""
EXTRA = 'zone "extra.test" { type primary; file "extra"; allow-update { any; }; };\n'
ADDED = 'added.test { type primary; file "added"; allow-update { any; }; %s };'
failures = 0


def verdict(good, what, *details):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    failures += not good
    for line in details if not good else ():
        print(f"#   {line}")


class Operator:
    def __init__(self, server, rng):
        self.server, self.rng = server, rng
        self.failed, self.done = [], 0
        self.serial = 1

    def rndc(self, *words):
        status, said = self.server.rndc(*words)
        self.done += 1
        if status != 0:
            self.failed.append(f"{' '.join(words)}: {said}")
        return said

    def sometimes(self, share=0.5):
        return self.rng.random() < share

    def sync(self):
        self.rndc("sync", *(["-clean"] if self.sometimes() else []),
                  *(["one.test"] if self.sometimes() else []))

    def configure(self):
        self.server.configure(f"max-journal-size {self.rng.choice(('4k', '64k', 'default'))};",
                              MORE + (EXTRA if self.sometimes() else ""))
        self.rndc(self.rng.choice(("reload", "reconfig")))

    def edit(self):
        """By hand, as the manual says: freeze, an editor, thaw."""
        zone = self.rng.choice(("one", "two"))
        self.rndc("freeze", zone + ".test")
        with open(self.server.path(zone)) as f:
            text = re.sub(r"(\d+)(\s*; serial)", lambda m: f"{int(m[1]) + 1}{m[2]}", f.read(), 1)
        if self.sometimes():
            self.server.write(zone, text + f"e{self.done}.{zone}.test. 300 A 192.0.2.7\n")
        if self.sometimes(0.3):
            self.rndc("sync", "-clean", zone + ".test")
        if self.sometimes(0.3):
            self.rndc("reload")
        self.rndc("thaw", zone + ".test")
        end = time.monotonic() + 30
        while "frozen: yes" in self.rndc("zonestatus", zone + ".test"):
            if time.monotonic() > end:
                raise RuntimeError(f"{zone}.test stays frozen")
            time.sleep(0.02)

    def freeze_all(self):
        self.rndc("freeze")
        self.rndc("thaw")

    def static(self):
        self.serial += 1
        self.server.write("static", FILE.replace("hostmaster 1 ", f"hostmaster {self.serial} "))
        self.rndc("reload", "static.test")

    def add_and_delete(self):
        self.server.write("added", FILE)
        self.rndc("addzone", ADDED % "")
        with subprocess.Popen([KZUPDATE, "-r", "500", str(self.server.port), "added.test", "4",
                               "0.3"], stdout=subprocess.DEVNULL):
            if self.sometimes():
                self.rndc("modzone", ADDED % "max-journal-size 5k;")
            self.rndc("delzone", *(["-clean"] if self.sometimes() else []), "added.test")
        for name in ("added", "added.jnl"):
            if os.path.exists(self.server.path(name)):
                os.unlink(self.server.path(name))

    def lose_file(self):
        """Somebody clears up too much."""
        self.rndc("sync", "one.test")
        os.unlink(self.server.path("one"))
        self.rndc("sync", "-clean", "one.test")

    def look(self):
        self.rndc("dumpdb", "-zones")
        self.rndc("stats")
        self.rndc("notify", "one.test")
        self.rndc("reload", "-wait")

    def act(self):
        self.rng.choice((self.sync, self.sync, self.configure, self.edit, self.edit,
                         self.freeze_all, self.static, self.add_and_delete, self.lose_file,
                         self.look))()


def ask_and_transfer(port, over):
    queries = [Query(name, "ANY") for name in ("one.test", "two.test", "added.test", "static.test",
                                               "p1a.two.test", "nowhere.one.test")]
    while not over.is_set():
        Exchange(port).ask_all(queries)
        for zone in ("one.test", "two.test", "static.test"):
            for kind in ("AXFR", "IXFR=1"):
                subprocess.run(["dig", "+tcp", "-p", str(port), "@127.0.0.1", zone, kind],
                               stdout=subprocess.DEVNULL)


def settled(port):
    """An update without changes from many sockets: what came before it has been carried out."""
    return all(Exchange(port, timeout_s=20).ask_all([Query(zone, "SOA", opcode=5)])[0]
               for zone in ("one.test", "two.test") for _ in range(16))


def wrong(port, results):
    """The pairs that do not have a number from the last acknowledged to the last sent."""
    found = []
    for zone, lines in results.items():
        for line in lines[:CLIENTS]:
            i, acknowledged, sent, _ = line.split()
            queries = [Query(f"p{i}{which}.{zone}", "TXT") for which in "ab"]
            a, b = ([int(record[4][1:]) for record in Reply(reply).sections[0]] if reply else None
                    for reply in Exchange(port).ask_all(queries))
            if a != b or a is None or len(a) > 1 or \
                    not int(acknowledged) <= (a or [1])[0] <= int(sent.rstrip("?")):
                found.append(f"{zone}, client {line}: {a} and {b}")
    return found


def main():
    seconds = float(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CHAOS_SECONDS", "6"))
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"# seed {seed}")
    server = Dynamic(more=MORE)
    for name in ("two", "static", "extra"):
        server.write(name, FILE)
    with server:
        operator, over = Operator(server, random.Random(seed)), threading.Event()
        reader = threading.Thread(target=ask_and_transfer, args=(server.port, over))
        clients = {zone: subprocess.Popen([KZUPDATE, "-s", "-p", "p", "-n", "1", "-r", "1500",
                                           str(server.port), zone, str(CLIENTS), "100000"],
                                          stdout=subprocess.PIPE, text=True)
                   for zone in ("one.test", "two.test")}
        reader.start()
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                operator.act()
        finally:
            over.set()
            for child in clients.values():
                child.send_signal(signal.SIGTERM)
            results = {zone: child.communicate()[0].split("\n") for zone, child in clients.items()}
            reader.join()
        totals = [int(lines[CLIENTS].split()[0]) for lines in results.values()]
        verdict(min(totals) > 0, f"{sum(totals):,} updates were acknowledged beside "
                f"{operator.done} commands", *totals)
        verdict(not operator.failed, "every command did what it was told", *operator.failed[:10])
        found = [] if settled(server.port) else ["the server does not answer updates"]
        found += wrong(server.port, results)
        verdict(not found, "all of them are there, none by half", server.dir, *found[:10])
        log = server.read_log()
        server.stop(signal.SIGKILL)
        server.start()
        found = wrong(server.port, results)
        verdict(not found, "also after a kill", server.dir, *found[:10])
        status = server.stop()
        log += server.read_log()
        bad = [word for word in ("Sanitizer", "runtime error", "out of sync", "rollforward failed",
                                 "corrupt", "malformed transaction") if word in log]
        verdict(status == 0 and not bad, "it ends as it should", f"exit status {status}", *bad)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
