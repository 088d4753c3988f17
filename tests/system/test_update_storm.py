#!/usr/bin/python3
"""Updates of two zones while queries, transfers and reloads go on: all that was acknowledged is
there, readers see whole versions only, and threads do not trip over each other (ThreadSanitizer
runs this, too)."""
import os
import signal
import struct
import subprocess
import sys
import threading
import time

import kz_servers
from kz_wire import Exchange, Query, Reply

KZUPDATE = os.path.join(kz_servers.BUILD, "bench", "kzupdate")
SECONDS = 3
CLIENTS = 16
ZONE = "$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 192.0.2.1\n"
CONFIG = """options { listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
    session-keyfile none; update-quota %d; notify no; allow-transfer { any; }; };
controls { };
logging { category update { null; }; category xfer-out { null; }; };
zone "one.test" { type primary; file "one"; allow-update { 127.0.0.1; }; };
zone "two.test" { type primary; file "two"; allow-update { 127.0.0.1; }; };
"""
failures = 0


def verdict(good, what, *details):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    failures += not good
    for line in details if not good else ():
        print(f"#   {line}")


class Storm:
    def __init__(self, server, port):
        self.server, self.port = server, port
        self.over = threading.Event()
        self.asked = self.unanswered = self.reloads = self.transfers = 0
        self.mixed, self.back = [], []

    def ask(self):
        """Pairs are set in one message each: a version that is asked for both in one packet batch
        may change between, but never go back."""
        exchange, last, serial = Exchange(self.port), {}, 0
        queries = [Query("two.test", "SOA")]
        queries += [Query(f"p{i}{w}.two.test", "TXT") for i in range(CLIENTS) for w in "ab"]
        while not self.over.is_set():
            replies = exchange.ask_all(queries)
            self.asked += len(replies)
            self.unanswered += replies.count(None)
            for query, reply in zip(queries, replies):
                if reply is None:
                    continue
                for record in Reply(reply).sections[0]:
                    value = (struct.unpack("!I", record[4][-20:-16])[0] if record[1] == 6
                             else int(record[4][1:]))
                    if value < last.get(query.name, 0):
                        self.back.append(f"{query}: {value} after {last[query.name]}")
                    last[query.name] = value

    def transfer(self):
        """Every transfer is one version: the two names of a pair agree."""
        while not self.over.is_set():
            out = subprocess.run(["dig", "+tcp", "-p", str(self.port), "@127.0.0.1", "+noall",
                                  "+answer", "two.test", "AXFR"], capture_output=True, text=True)
            texts = {f[0]: f[4] for f in map(str.split, out.stdout.split("\n"))
                     if len(f) == 5 and f[3] == "TXT"}
            for i in range(CLIENTS):
                a, b = (texts.get(f"p{i}{w}.two.test.") for w in "ab")
                if a != b:
                    self.mixed.append(f"pair {i}: {a} and {b}")
            self.transfers += "SOA" in out.stdout

    def reload(self):
        while not self.over.wait(0.4):
            self.reloads += 1
            with open(os.path.join(self.server.dir, "named.conf"), "w") as f:
                f.write(CONFIG % (self.port, 1000 + self.reloads))
            self.server.child.send_signal(signal.SIGHUP)

    def run(self):
        threads = [threading.Thread(target=f) for f in (self.ask, self.transfer, self.reload)]
        updates = [subprocess.Popen([KZUPDATE] + how + ["-n", "1", str(self.port), zone,
                                                        str(CLIENTS), str(SECONDS)],
                                    stdout=subprocess.PIPE, text=True)
                   for how, zone in ((["-r", "2000"], "one.test"),
                                     (["-s", "-p", "p", "-r", "2000"], "two.test"))]
        for thread in threads:
            thread.start()
        results = [child.communicate()[0].strip().split("\n") for child in updates]
        self.over.set()
        for thread in threads:
            thread.join()
        return results


def main():
    port = kz_servers.free_port()
    with kz_servers.Server("storm", kz_servers.NAMED, CONFIG % (port, 1000)) as server:
        server.stop()
        for name in ("one", "two"):
            with open(os.path.join(server.dir, name), "w") as f:
                f.write(ZONE)
        server.start()
        storm = Storm(server, port)
        one, two = storm.run()
        total = int(one[-1].split()[0])
        verdict(total > 0 and int(two[-1].split()[0]) > 0,
                "updates were acknowledged in both zones", one[-1], two[-1])
        verdict(storm.asked > 0 and storm.unanswered == 0, "queries are answered meanwhile",
                f"{storm.unanswered} of {storm.asked} were not")
        verdict(not storm.back, "what a client sees never goes back", *storm.back[:5])
        verdict(storm.transfers > 0 and not storm.mixed,
                "each transfer is one version, whole", f"{storm.transfers} transfers",
                *storm.mixed[:5])
        verdict(storm.reloads > 0 and "reloading configuration failed" not in server.read_log(),
                "reloads go on beside it")
        end = time.monotonic() + 30
        present = 0
        while time.monotonic() < end and present < total:
            replies = Exchange(port).ask_all([Query(f"u{i}.one.test", "A")
                                              for i in range(1, total + CLIENTS + 1)])
            present = sum(r is not None and bool(Reply(r).sections[0]) for r in replies)
        verdict(total <= present <= total + CLIENTS, "every acknowledged record is there",
                f"{total} acknowledged, {present} there")
        status = server.stop()
        log = server.read_log()
        lines = [line for line in log.split("\n") if "updating zone" not in line]
        verdict(status == 0 and "WARNING: ThreadSanitizer" not in log, "it ends as it should",
                f"exit status {status}", *lines[:150])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
