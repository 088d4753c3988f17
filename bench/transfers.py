"""What transfers out cost: a zone of a million records by AXFR, and 10,000 changes by IXFR.

The server has one CPU and the client another; the client only finds out where the end is."""
import os
import socket
import struct
import subprocess

import servers
import updates

ALLOW = {"bind": ("notify no;", "notify no; allow-transfer { any; };"),
         "kizuna": ("notify no;", "notify no; allow-transfer { any; };"),
         "knot": ("template:\n  - id: default\n",
                  "acl:\n  - id: any\n    address: 127.0.0.1\n    action: transfer\n"
                  "template:\n  - id: default\n    acl: any\n"),
         "yadifa": ("allow-query any\n", "allow-query any\n    allow-transfer any\n")}
IXFR_LABELS = ("kizuna", "bind", "knot")


def allow_transfers(server):
    path = os.path.join(server.work, "conf")
    with open(path) as f:
        text = f.read()
    if server.label == "nsd":
        text = text.replace('zonefile:', 'provide-xfr: 127.0.0.1 NOKEY\n    zonefile:')
    elif server.label == "knot" and "acl: bench" in text:
        text = text.replace("action: update", "action: [update, transfer]")
    else:
        text = text.replace(*ALLOW[server.label])
    with open(path, "w") as f:
        f.write(text)


class Transfers:
    """The parts; `bench` is bench/run's Bench, `change` its Updates."""

    def __init__(self, bench, change):
        self.bench, self.o, self.change = bench, bench.o, change

    def ask(self, port, zone, serial=None):
        """(records, messages, bytes, seconds, was it a difference)"""
        command = ["taskset", "-c", "1", os.path.join(self.o.build, "bench", "kzaxfr"), str(port),
                   zone] + ([str(serial)] if serial is not None else [])
        out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        return [float(v) for v in out.split()]

    def note(self, part, label, columns, runs):
        for at, (column, unit) in enumerate(columns):
            self.change.note(part, label, column, unit, [run[at] for run in runs])

    def once(self, part, server, zone, serial=None):
        """(records, bytes, seconds, CPU seconds)"""
        cpu = server.cpu_s()
        records, messages, size, took, difference = self.ask(server.port, zone, serial)
        cpu = server.cpu_s() - cpu
        if bool(difference) != (serial is not None):
            print(f"# {part} {server.label}: that was not what was asked for", flush=True)
        print(f"# {part} {server.label}: {records / took:,.0f} records/s, {records:,.0f} records, "
              f"{messages:,.0f} messages, {size:,.0f} bytes, {cpu:.2f} CPU s", flush=True)
        return records, size, took, cpu

    def axfr(self, zones, zone):
        for label in self.bench.labels():
            server = servers.Server(label, self.o.build, self.bench.port_of(label), 1, "0", zones)
            allow_transfers(server)
            try:
                server.start()
                runs = [self.once("axfr", server, zone) for _ in range(self.o.rounds + 1)]
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"# axfr {label}: {error}", flush=True)
                continue
            finally:
                server.stop()
            self.note("axfr", label, (("records per second", "/s"), ("CPU s per million", "s"),
                                      ("bytes per record", "B")),
                      [(n / took, cpu / n * 1e6, size / n)      # the first one warms
                       for n, size, took, cpu in runs[1:]])

    def serial_of(self, server, zone):
        query = struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + b"".join(
            bytes([len(p)]) + p.encode() for p in zone.split(".")) + b"\0\0\6\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.sendto(query, ("127.0.0.1", server.port))
            reply = s.recv(4096)
        at = len(query) + 2 + 8     # the answer's owner is a pointer
        size = struct.unpack_from("!H", reply, at)[0]
        return struct.unpack_from("!I", reply, at + 2 + size - 20)[0]

    def ixfr(self, zones, zone, changes):
        for label in self.bench.labels():
            if label not in IXFR_LABELS:
                continue
            server = updates.DynamicServer(label, self.o.build, self.bench.port_of(label), "0",
                                           zones)
            allow_transfers(server)
            try:
                server.start()
                first, done = self.serial_of(server, zone), 0
                while done < changes:
                    done += int(self.change.update(server, zone, 64, 1, "-n", str(done + 1000))[0])
                runs = [self.once("ixfr", server, zone, first) for _ in range(self.o.rounds + 1)]
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"# ixfr {label}: {error}", flush=True)
                continue
            finally:
                server.stop()
            self.note("ixfr", label, (("changes per second", "/s"), ("bytes per change", "B")),
                      [(done / took, size / done) for _, size, took, _ in runs[1:]])
