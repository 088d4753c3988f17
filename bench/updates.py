"""What changes cost: acknowledged updates per second and the syncs they take, what readers lose
meanwhile, one update in a small and in a large zone, and a start that rolls a journal forward.

Kizuna, BIND and Knot each work on a copy of the zones, on the same disk.  The syncs are counted by
a preloaded library (tests/system/faults.c, with no fault set)."""
import mmap
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import servers

HERE = os.path.dirname(os.path.abspath(__file__))
LABELS = ("kizuna", "bind", "knot")
KNOT_RULES = """acl:
  - id: bench
    address: 127.0.0.1
    action: update
template:
  - id: default
    storage: "{zones}"
    file: "%s.zone"
    zonefile-sync: -1
    journal-max-usage: 4G
    acl: bench
zone:
"""


class SyncCounter:
    """Counts fsync and fdatasync of a server that is started with environment()."""

    def __init__(self, work):
        self.library, self.path = os.path.join(work, "count.so"), os.path.join(work, "counts")
        source = os.path.join(HERE, "..", "tests", "system", "faults.c")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o", self.library,
                        source], check=True)
        with open(self.path, "wb") as f:
            f.write(bytes(4096))
        with open(self.path, "r+b") as f:
            self.words = mmap.mmap(f.fileno(), 4096)

    def environment(self):
        return {"LD_PRELOAD": self.library, "FAULTS": self.path}

    def count(self):
        return struct.unpack("=I", self.words[12:16])[0]


class DynamicServer(servers.Server):
    """A server that takes updates from 127.0.0.1, in its own copy of the zones."""

    def __init__(self, label, build, port, cpus, zones):
        self.zones = tempfile.mkdtemp(prefix=f"kzbench-zones-{label}-")
        for name in os.listdir(zones):
            if name.endswith((".zone", ".jnl")):
                shutil.copy(os.path.join(zones, name), self.zones)
        super().__init__(label, build, port, 2, cpus, self.zones)
        self.environment = {}
        self.allow_updates()

    def allow_updates(self):
        path = os.path.join(self.work, "conf")
        with open(path) as f:
            text = f.read()
        if self.label == "knot":
            text = text[:text.index("template:")] + KNOT_RULES.format(zones=self.zones) + \
                text[text.index("zone:\n") + 6:]
        else:
            text = text.replace("type primary;", "type primary; allow-update { 127.0.0.1; };")
        with open(path, "w") as f:
            f.write(text)

    def start(self, wait_all=False):
        os.environ.update(self.environment)
        try:
            return super().start(wait_all)
        finally:
            for name in self.environment:
                del os.environ[name]

    def stop(self):
        super().stop()
        shutil.rmtree(self.zones, ignore_errors=True)


class Updates:
    """The parts; `bench` is bench/run's Bench."""

    def __init__(self, bench):
        self.bench, self.o = bench, bench.o
        self.work = tempfile.mkdtemp(prefix="kzbench-updates-")
        self.syncs = SyncCounter(self.work)

    def labels(self):
        return [label for label in self.bench.labels() if label in LABELS]

    def server(self, label, zones, cpus="0,1"):
        server = DynamicServer(label, self.o.build, self.bench.port_of(label), cpus, zones)
        server.environment = self.syncs.environment()
        return server

    def update(self, server, zone, clients, seconds, *how):
        """(acknowledged, refused, lost, seconds, median ms, 99th percentile ms)"""
        out = subprocess.run(
            [os.path.join(self.o.build, "bench", "kzupdate"), *how, str(server.port), zone,
             str(clients), str(seconds)], stdout=subprocess.PIPE, text=True).stdout
        result = [float(v) for v in out.split("\n")[-2].split()]
        if result[0] == 0 and "warm" not in how:
            raise RuntimeError(f"{server.label} acknowledged nothing")
        return result

    def rate_once(self, label, zones, zone, clients):
        """(updates per second, median ms, syncs and CPU microseconds per update)"""
        server = self.server(label, zones)
        try:
            server.start()
            self.update(server, zone, clients, 0.5, "-p", "warm")
            before, cpu = self.syncs.count(), server.cpu_s()
            done, refused, lost, took, median_ms, _ = self.update(server, zone, clients,
                                                                  self.o.seconds)
            cpu, syncs = server.cpu_s() - cpu, self.syncs.count() - before
        finally:
            server.stop()
        if refused or lost:
            print(f"# {label}: refused {refused:.0f}, lost {lost:.0f}", flush=True)
        return done / took, median_ms, syncs / done, cpu / done * 1e6

    def note(self, part, label, column, unit, values):
        self.bench.results.append((part, label, column, unit,
                                   sorted(values)[len(values) // 2]))

    def rates(self, zones, zone):
        """Acknowledged updates per second, by 1 and by 64 clients."""
        for clients in (1, 64):
            part, runs = f"updates-{clients}", {}
            for turn in range(self.o.rounds):
                for label in self.labels():
                    try:
                        once = self.rate_once(label, zones, zone, clients)
                    except RuntimeError as error:       # the others go on
                        print(f"# {part} {turn + 1} {label}: {error}", flush=True)
                        continue
                    runs.setdefault(label, []).append(once)
                    print(f"# {part} {turn + 1} {label}: %.0f/s, %.2f ms, %.3f syncs and %.0f CPU "
                          "us each" % once, flush=True)
            for label, some in runs.items():
                for at, (column, unit) in enumerate((
                        ("updates per second", "/s"), ("median ms", "ms"),
                        ("syncs per update", ""), ("CPU us per update", "us"))):
                    self.note(part, label, column, unit, [run[at] for run in some])

    def readers(self, zones, queries, zone):
        """Queries per second of a server on one CPU, with and without 1,000 updates per second."""
        for label in self.labels():
            rates = {False: [], True: []}
            for turn in range(self.o.rounds):
                server = self.server(label, zones, "0")
                try:
                    server.start()
                    self.bench.load(server.port, queries, 1, False)
                    for busy in (False, True):
                        child = subprocess.Popen(
                            ["taskset", "-c", "1", os.path.join(self.o.build, "bench", "kzupdate"),
                             "-r", "1000", "-p", f"r{turn}", str(server.port), zone, "16",
                             str(self.o.seconds + 1)], stdout=subprocess.PIPE,
                            text=True) if busy else None
                        time.sleep(0.5)
                        _, answered, _, took, _, _ = self.bench.load(
                            server.port, queries, self.o.seconds, False)
                        rates[busy].append(answered / took)
                        done = child.communicate()[0].split("\n")[-2].split() if busy else None
                        print(f"# readers {turn + 1} {label}: {answered / took:,.0f}/s" + (
                            f" while {float(done[0]) / float(done[3]):,.0f} updates/s" if busy
                            else ""), flush=True)
                finally:
                    server.stop()
            self.note("readers", label, "queries per second", "/s", rates[False])
            self.note("readers", label, "… with updates, per second", "/s", rates[True])

    def cost(self, folders):
        """CPU time of one update, in zones of different sizes: [(name, zones, zone)]."""
        for name, zones, zone in folders:
            for label in self.labels():
                runs = []
                for _ in range(self.o.rounds):
                    server = self.server(label, zones)
                    try:
                        server.start()
                        self.update(server, zone, 8, 0.5, "-p", "warm")
                        cpu = server.cpu_s()
                        done, *_ = self.update(server, zone, 8, self.o.seconds)
                        runs.append((server.cpu_s() - cpu) / done * 1e6)
                    finally:
                        server.stop()
                self.note(f"cost-{name}", label, "CPU us per update", "us", runs)
                print(f"# cost-{name} {label}: {sorted(runs)[len(runs) // 2]:.0f} CPU us per update",
                      flush=True)

    def roll_forward(self, zones, zone, changes):
        """From exec to the first answer with a journal of so many changes, each of one record
        (with its SOAs three): the same journal for all who read BIND's."""
        source = self.server("kizuna", zones)
        try:
            source.start()
            done = int(self.update(source, zone, 64, 300, "-c", str(changes))[0])
            os.kill(source.child.pid, signal.SIGKILL)
            source.child.wait()
            self.roll_forward_copies(source.zones, done)
        finally:
            source.stop()

    def roll_forward_copies(self, zones, changes):
        for label in [n for n in self.labels() if n != "knot"]:
            runs = []
            for _ in range(self.o.rounds):
                server = self.server(label, zones)
                try:
                    runs.append(server.start())
                finally:
                    server.stop()
            print(f"# roll-forward {label}: {sorted(runs)[len(runs) // 2]:.2f} s for {changes:,} "
                  "changes", flush=True)
            self.note("roll-forward", label, f"seconds for {changes:,} changes", "s", runs)

    def end(self):
        shutil.rmtree(self.work, ignore_errors=True)
