"""What replication costs: zones of a million records out and in, differences of ten thousand
changes out and in, and how long an acknowledged update takes to a secondary's answers.

Out: kzaxfr, which only counts, on the other CPU.  In: every server is a secondary of the same
Kizuna, on both CPUs; "served" is when it answers with the new serial.  Peaks are those of the
transfer (the kernel's mark is reset before it); of a server of several processes the sum of their
proportional shares, looked at ten times a second."""
import os
import random
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from statistics import median

import servers

DYNAMIC = ("kizuna", "bind", "knot")
AT_ONCE = ("notify-delay 0; notify-rate 10000; startup-notify-rate 10000; "
           "serial-query-rate 10000;")
KNOT_RULES = """remote:
  - id: other
    address: 127.0.0.1@{other}
acl:
  - id: bench
    address: 127.0.0.1
    action: [transfer, notify, update]
template:
  - id: default
    storage: "{zones}"
    file: "%s.zone"
    acl: bench
    {role}
zone:
"""


def bind_zone(role, name, other, options):
    how = {"primary": "type primary; allow-transfer { any; };",
           "dynamic": "type primary; allow-transfer { any; }; allow-update { 127.0.0.1; }; "
                      f"also-notify {{ 127.0.0.1 port {other}; }}; notify {{notify}};",
           "secondary": f"type secondary; primaries {{ 127.0.0.1 port {other}; }};"}[role]
    how = how.replace("{notify}", "explicit" if options is not None else "no")
    return f'zone "{name}" {{ {how} file "{{zones}}/{name}.zone"; }};\n'


def knot_role(role, options):
    if role == "secondary":
        return "master: other"
    notify = "notify: other\n    " if role == "dynamic" and options is not None else ""
    return notify + "zonefile-sync: -1\n    journal-max-usage: 4G"


def nsd_zone(role, name, other):
    how = f"request-xfr: 127.0.0.1@{other} NOKEY\n    allow-notify: 127.0.0.1 NOKEY" \
        if role == "secondary" else "provide-xfr: 127.0.0.1 NOKEY"
    return f'zone:\n    name: "{name}"\n    zonefile: "{name}.zone"\n    {how}\n'


class Replica(servers.Server):
    """A server in one of three roles: "primary" (of the zones as they are), "dynamic" (with
    updates, in a copy of its own), "secondary" (with nothing at first) of port `other`.
    `options`: of NOTIFY, None for a server that sends none."""

    def __init__(self, label, build, port, cpus, zones, role, other=0, options=None):
        super().__init__(label, build, port, 2, cpus, zones)
        self.copy = None
        if role != "primary":
            self.copy = tempfile.mkdtemp(prefix=f"kzbench-zones-{label}-")
            for name in self.names if role == "dynamic" else ():
                shutil.copy(os.path.join(zones, name + ".zone"), self.copy)
        self.configure(role, zones, other, options)
        self.peak = 0
        self.watched = False

    def configure(self, role, zones, other, options):
        path, where = os.path.join(self.work, "conf"), self.copy or zones
        with open(path) as f:
            text = f.read()
        first = {"knot": "template:", "nsd": "zone:\n"}.get(self.label, "zone \"")
        text = text[:text.index(first)].replace(zones, where)
        if self.label == "knot":
            text += KNOT_RULES.format(other=other, zones=where, role=knot_role(role, options))
            text += "".join(servers.knot_zone(name, where) for name in self.names)
        elif self.label == "nsd":
            text += "".join(nsd_zone(role, name, other) for name in self.names)
        else:
            text = text.replace("notify no;", options or "")
            text += "".join(bind_zone(role, name, other, options).replace("{zones}", where)
                            for name in self.names)
        with open(path, "w") as f:
            f.write(text)

    def watch(self):
        """From here on the peak counts."""
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/clear_refs", "w") as f:
                    f.write("5")
            except OSError:
                pass
        self.peak, self.watched = 0, True
        threading.Thread(target=self.keep_watching, daemon=True).start()

    def keep_watching(self):
        while self.watched:
            if len(self.pids()) > 1:
                self.peak = max(self.peak, self.memory_bytes())
            time.sleep(0.1)

    def peak_bytes(self):
        self.watched = False
        pids = self.pids()
        if len(pids) > 1:
            return max(self.peak, self.memory_bytes())
        with open(f"/proc/{pids[0]}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmHWM:"))

    def stop(self):
        self.watched = False
        super().stop()
        if self.copy:
            shutil.rmtree(self.copy, ignore_errors=True)


def wire(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0"


class Asker:
    """Asks one server over UDP."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.id = random.randrange(65536)

    def send(self, flags, counts, body):
        self.id = (self.id + 1) & 0xFFFF
        self.socket.send(struct.pack("!HHHHHH", self.id, flags, *counts) + body)

    def answer(self, seconds):
        """The answer to what was sent last, None when there is none in time."""
        end = time.monotonic() + seconds
        while select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
            try:
                reply = self.socket.recv(4096)
            except ConnectionRefusedError:
                return None
            if len(reply) >= 12 and struct.unpack("!H", reply[:2])[0] == self.id:
                return reply
        return None

    def ask(self, flags, counts, body):
        try:
            self.send(flags, counts, body)
            return self.answer(1)
        except ConnectionRefusedError:
            return None

    def serial(self, zone):
        """Of the SOA record that the answer ends with (there is no authority section for it)."""
        reply = self.ask(0, (1, 0, 0, 0), wire(zone) + struct.pack("!HH", 6, 1))
        if reply is None or reply[3] & 15 or not reply[7]:
            return None
        at = 12 + len(wire(zone)) + 4 + 2 + 8
        end = at + 2 + struct.unpack("!H", reply[at:at + 2])[0]
        return struct.unpack("!I", reply[end - 20:end - 16])[0]

    def has(self, name):
        reply = self.ask(0, (1, 0, 0, 0), wire(name) + struct.pack("!HH", 1, 1))
        return reply is not None and not reply[3] & 15 and reply[7] > 0

    def add(self, zone, name):
        reply = self.ask(5 << 11, (1, 0, 1, 0), wire(zone) + struct.pack("!HH", 6, 1) + wire(name) +
                         struct.pack("!HHIH4s", 1, 1, 60, 4, b"\xc0\0\2\1"))
        return reply is not None and not reply[3] & 15

    def notify(self, zone):
        self.ask(4 << 11 | 1 << 10, (1, 0, 0, 0), wire(zone) + struct.pack("!HH", 6, 1))

    def wait_serial(self, zone, serial, seconds=120):
        end = time.monotonic() + seconds
        while self.serial(zone) != serial:
            if time.monotonic() > end:
                raise RuntimeError(f"{zone}: serial {self.serial(zone)} instead of {serial}")
            time.sleep(0.002)

    def close(self):
        self.socket.close()


class Transfers:
    """The parts; `bench` is bench/run's Bench."""

    def __init__(self, bench):
        self.bench, self.o = bench, bench.o
        self.other = bench.o.port + 10          # of the server at the other end

    def labels(self, among=("kizuna", "bind", "knot", "nsd")):
        return [label for label in self.bench.labels() if label in among]

    def server(self, label, zones, role, *, cpus="0,1", port=None, other=None, options=None):
        return Replica(label, self.o.build, port or self.bench.port_of(label), cpus, zones, role,
                       other or self.other, options)

    def measure(self, part, labels, columns, once):
        """`once(label, turn)` returns a value for each of `columns`, in turns; medians."""
        runs = {}
        for turn in range(self.o.rounds):
            for label in labels:
                try:
                    values = once(label, turn)
                except (RuntimeError, subprocess.CalledProcessError) as error:
                    print(f"# {part} {turn + 1} {label}: {error}", flush=True)
                    continue
                runs.setdefault(label, []).append(values)
                print(f"# {part} {turn + 1} {label}: " + ", ".join(
                    f"{column} {value:,.4g}" if value < 1000 else f"{column} {value:,.0f}"
                    for (column, _), value in zip(columns, values)), flush=True)
        for label, some in runs.items():
            for at, (column, unit) in enumerate(columns):
                self.bench.results.append((part, label, column, unit,
                                           median(run[at] for run in some)))

    def count(self, server, zone, *serial):
        """kzaxfr: records, messages, bytes, seconds, CPU seconds, peak KiB, difference?"""
        out = subprocess.run(["taskset", "-c", "1", os.path.join(self.o.build, "bench", "kzaxfr"),
                              str(server.port), zone, *map(str, serial)], stdout=subprocess.PIPE,
                             text=True, check=True).stdout
        return [float(v) for v in out.split()]

    def axfr_out(self, zones, zone):
        columns = (("records per second", "/s"), ("CPU s per million", "s"), ("peak MB", "MB"),
                   ("client's CPU s", "s"), ("client's peak MB", "MB"), ("bytes per record", "B"))

        def once(label, _):
            server = self.server(label, zones, "primary", cpus="0")
            try:
                server.start()
                self.count(server, zone)        # warm
                server.watch()
                before, runs = server.cpu_s(), [self.count(server, zone) for _ in range(3)]
                cpu, peak = server.cpu_s() - before, server.peak_bytes()
            finally:
                server.stop()
            records, _, size, _, _, client_kib, _ = runs[0]
            return (records / median(run[3] for run in runs), cpu / 3 / records * 1e6, peak / 1e6,
                    median(run[4] for run in runs), client_kib * 1024 / 1e6, size / records)

        self.measure("axfr-out", self.labels(), columns, once)

    def axfr_in(self, zones, zone):
        columns = (("seconds to serve", "s"), ("CPU s", "s"), ("peak MB", "MB"),
                   ("primary's CPU s", "s"), ("primary's peak MB", "MB"))
        primary = self.server("kizuna", zones, "primary", port=self.other)

        def once(label, _):
            server = self.server(label, zones, "secondary")
            primary.watch()
            before = primary.cpu_s()
            try:
                took = server.start()
                return (took, server.cpu_s(), server.peak_bytes() / 1e6, primary.cpu_s() - before,
                        primary.peak_bytes() / 1e6)
            finally:
                server.stop()

        try:
            primary.start()
            self.measure("axfr-in", self.labels(), columns, once)
        finally:
            primary.stop()

    def change(self, server, zone, changes):
        """So many updates, each of them a new record."""
        subprocess.run([os.path.join(self.o.build, "bench", "kzupdate"), "-c", str(changes),
                        str(server.port), zone, "64", "120"], stdout=subprocess.DEVNULL, check=True)

    def ixfr_out(self, zones, zone, changes):
        columns = (("changes per second", "/s"), ("CPU ms", "ms"), ("records", ""),
                   ("bytes per change", "B"), ("client's CPU ms", "ms"))

        def once(label, _):
            server = self.server(label, zones, "dynamic", cpus="0")
            asker = Asker(server.port)
            try:
                server.start()
                first = asker.serial(zone)
                self.change(server, zone, changes)
                before = server.cpu_s()
                runs = [self.count(server, zone, first) for _ in range(9)]
                cpu = server.cpu_s() - before
            finally:
                server.stop()
                asker.close()
            if not all(run[6] for run in runs):
                raise RuntimeError(f"{label} sent the whole zone")
            return (changes / median(run[3] for run in runs), cpu / 9 * 1e3, runs[0][0],
                    runs[0][2] / changes, median(run[4] for run in runs) * 1e3)

        self.measure("ixfr-out", self.labels(DYNAMIC), columns, once)

    def ixfr_in(self, zones, zone, changes):
        columns = (("seconds to serve", "s"), ("CPU s", "s"))

        def once(label, _):
            primary = self.server("kizuna", zones, "dynamic", port=self.other)
            server = self.server(label, zones, "secondary")
            at_primary, at_secondary = Asker(self.other), Asker(server.port)
            try:
                primary.start()
                server.start()
                self.change(primary, zone, changes)
                time.sleep(1)           # files that follow the first transfer
                before, began = server.cpu_s(), time.monotonic()
                at_secondary.notify(zone)
                at_secondary.wait_serial(zone, at_primary.serial(zone))
                return time.monotonic() - began, server.cpu_s() - before
            finally:
                server.stop()
                primary.stop()
                at_primary.close()
                at_secondary.close()

        self.measure("ixfr-in", self.labels(), columns, once)

    def propagation(self, zones, zone):
        """From an update's acknowledgement to the secondary's answer, of one make at both ends."""
        columns = (("median ms", "ms"), ("99th percentile ms", "ms"))

        def once(label, turn, options, pause_s, seconds):
            primary = self.server(label, zones, "dynamic", port=self.other, options=options,
                                  other=self.bench.port_of(label))
            server = self.server(label, zones, "secondary", options=options)
            try:
                primary.start()
                server.start()
                time.sleep(1)
                took = sorted(self.watch_updates(server.port, zone, turn, pause_s, seconds))
            finally:
                server.stop()
                primary.stop()
            return took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3

        self.measure("propagation", self.labels(DYNAMIC), columns,
                     lambda label, turn: once(label, turn, AT_ONCE, 0.01, self.o.seconds))
        self.measure("propagation-defaults", self.labels(DYNAMIC), columns,
                     lambda label, turn: once(label, turn, "", 0.25, 2 * self.o.seconds))

    def watch_updates(self, port, zone, turn, pause_s, seconds):
        """An update every `pause_s`, and the secondary asked for the oldest that it lacks."""
        at_primary, at_secondary = Asker(self.other), Asker(port)
        waiting, took, n, end = [], [], 0, time.monotonic() + seconds
        due = time.monotonic()
        while waiting or time.monotonic() < end:
            if time.monotonic() > end + 30:
                raise RuntimeError(f"{len(waiting)} updates do not arrive")
            if time.monotonic() >= due and time.monotonic() < end:
                name, n = f"p{turn}-{n}.{zone}", n + 1
                if not at_primary.add(zone, name):
                    raise RuntimeError("an update is refused")
                waiting.append((name, time.monotonic()))
                due = max(due + pause_s, time.monotonic())
            if waiting and at_secondary.has(waiting[0][0]):
                took.append(time.monotonic() - waiting.pop(0)[1])
            else:
                time.sleep(0.0002)
        at_primary.close()
        at_secondary.close()
        return took
