"""The four makes of servers as primaries and secondaries of one zone, for the tests of transfers.

Peer(port) is a primary (its `secondaries` are ports), Peer(port, primary=PORT) a secondary.
"""
import os
import re
import subprocess

from kz_servers import BIND, NAMED, Server, work_dir
from kz_transfers import serial, until

FIRST = 2026010100
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
ZONE = "example.com"


def zone_text(number, hosts, extra=()):
    lines = ["$TTL 300", f"@ SOA ns admin {number} 3600 600 604800 300", "@ NS ns",
             "ns A 127.0.0.1"]
    lines += [f"h{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}" for i in range(hosts)]
    return "\n".join(lines + list(extra)) + "\n"


class Peer:
    """A server of one of the four makes; the zone begins with serial `first`."""

    def __init__(self, port, primary=None, secondaries=(), first=FIRST, hosts=100):
        self.port, self.primary, self.secondaries = port, primary, list(secondaries)
        self.first, self.hosts = first, hosts
        self.dir = work_dir(self.make)
        if primary is None:
            self.write(zone_text(first, hosts))
        self.server = self.build()

    def write(self, text):
        with open(os.path.join(self.dir, "zone"), "w") as f:
            f.write(text)

    def log(self):
        return self.server.read_log()

    def send(self, *commands):
        """Commands of an update."""
        script = (f"server 127.0.0.1 {self.port}\nzone {ZONE}\nkey hmac-sha256:k {SECRET}\n"
                  + "".join(f"{c}\n" for c in commands) + "send\n")
        run = subprocess.run(["/usr/bin/nsupdate"], input=script, text=True, capture_output=True,
                             timeout=60)
        if run.returncode != 0:
            raise RuntimeError(f"update of {self.make}: {run.stderr}")

    def change(self, updates):
        """So many versions, each of which adds a name and takes an older one away."""
        for i in range(updates):
            self.send(f"update add u{i}.{ZONE} 300 A 192.0.2.{i % 250}",
                      f"update delete u{i - 3}.{ZONE}")


class Named(Peer):
    def role(self):
        if self.primary is None:
            listed = " ".join(f"127.0.0.1 port {p} key k;" for p in self.secondaries)
            return (f'type primary; file "zone"; allow-update {{ key k; }}; notify explicit;'
                    f" also-notify {{ {listed} }};")
        return (f'type secondary; file "copy"; masterfile-format text; notify no;'
                f" primaries {{ 127.0.0.1 port {self.primary} key k; }};")

    def build(self):
        return Server(self.make, self.binary, f"""
key k {{ algorithm hmac-sha256; secret "{SECRET}"; }};
options {{ directory "."; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify-delay 0;
  allow-transfer {{ any; }}; max-ixfr-ratio unlimited; }};
controls {{ }};
zone {ZONE} {{ {self.role()} }};
""", self.dir)

    def start(self):
        self.server.start()

    def stop(self):
        self.server.stop()

    def took_by(self):
        log = self.log()
        return ("axfr" if f"transferred serial {self.first}" in log else "-",
                "ixfr" if os.path.exists(os.path.join(self.dir, "copy.jnl")) else "-")


class Kizuna(Named):
    make, binary = "kizuna", NAMED


class Bind(Named):
    make, binary = "bind", BIND


class Foreign(Peer):
    """A server that is not called named: started in the foreground, its output is the log."""

    def build(self):
        server = Server(self.make, self.program, "", self.dir)
        server.arguments = []
        return server

    def start(self):
        with open(self.server.log, "w") as log:
            self.server.child = subprocess.Popen(self.command(), cwd=self.dir, stdout=log,
                                                 stdin=subprocess.DEVNULL,
                                                 stderr=subprocess.STDOUT)
        if self.primary is None:
            until(f"{self.make} to answer", lambda: serial(self.port, ZONE) == self.first)

    def stop(self):
        self.server.stop()


class Knot(Foreign):
    make, program = "knot", "/usr/sbin/knotd"

    def command(self):
        os.makedirs(os.path.join(self.dir, "db"), exist_ok=True)
        remotes = self.secondaries if self.primary is None else [self.primary]
        listed = "".join(f"  - id: r{p}\n    address: 127.0.0.1@{p}\n    key: k\n"
                         for p in remotes)
        ids = ", ".join(f"r{p}" for p in remotes)
        role = f"notify: [{ids}]" if self.primary is None else f"master: [{ids}]"
        with open(os.path.join(self.dir, "knot.conf"), "w") as f:
            f.write(f"""
server:
  rundir: {self.dir}
  listen: 127.0.0.1@{self.port}
  tcp-workers: 2
  udp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: {self.dir}/db
key:
  - id: k
    algorithm: hmac-sha256
    secret: {SECRET}
remote:
{listed}
acl:
  - id: signed
    address: 127.0.0.1
    key: k
    action: [transfer, notify, update]
  - id: unsigned
    address: 127.0.0.1
    action: [transfer, notify]
zone:
  - domain: {ZONE}
    file: {self.dir}/zone
    acl: [signed, unsigned]
    {role}
""")
        return [self.program, "-c", os.path.join(self.dir, "knot.conf")]

    def took_by(self):
        log = self.log()
        return ("axfr" if "AXFR, incoming" in log else "-",
                "ixfr" if "IXFR, incoming" in log else "-")


class Nsd(Foreign):
    make, program = "nsd", "/usr/sbin/nsd"

    def command(self):
        if self.primary is None:
            role = "".join(f"  notify: 127.0.0.1@{p} k\n  provide-xfr: 127.0.0.1 k\n"
                           for p in self.secondaries)
            role += "  provide-xfr: 127.0.0.1 NOKEY\n  store-ixfr: yes\n  create-ixfr: yes\n"
            role += "  ixfr-number: 300\n"
        else:
            role = (f"  request-xfr: 127.0.0.1@{self.primary} k\n"
                    f"  allow-notify: 127.0.0.1 k\n  allow-notify: 127.0.0.1 NOKEY\n"
                    "  provide-xfr: 127.0.0.1 NOKEY\n")
        with open(os.path.join(self.dir, "nsd.conf"), "w") as f:
            f.write(f"""
server:
  ip-address: 127.0.0.1@{self.port}
  server-count: 1
  zonesdir: "{self.dir}"
  database: ""
  pidfile: "{self.dir}/pid"
  xfrdfile: "{self.dir}/xfrd"
  xfrdir: "{self.dir}"
  zonelistfile: "{self.dir}/zone.list"
  username: ""
  verbosity: 2
  xfrd-reload-timeout: 0
remote-control:
  control-enable: yes
  control-interface: "{self.dir}/control"
key:
  name: k
  algorithm: hmac-sha256
  secret: "{SECRET}"
zone:
  name: {ZONE}
  zonefile: zone
{role}
""")
        return [self.program, "-d", "-c", os.path.join(self.dir, "nsd.conf")]

    def change(self, updates):
        """NSD takes no updates: new files, and a reload for each tenth of them."""
        for step in range(1, 11):
            end = step * updates // 10
            self.write(zone_text(self.first + end, self.hosts,
                                 [f"u{i} A 192.0.2.{i % 250}" for i in range(end - 3, end)]))
            subprocess.run(["nsd-control", "-c", os.path.join(self.dir, "nsd.conf"), "reload"],
                           check=True, capture_output=True, timeout=60)
            until("NSD to reload", lambda at=self.first + end: serial(self.port, ZONE) == at)

    def took_by(self):
        sizes = [int(n) for n in re.findall(r"received update to .* of (\d+) bytes", self.log())]
        return ("axfr" if sizes and sizes[0] > 20 * self.hosts else "-",
                "ixfr" if sizes[1:] and min(sizes[1:]) < 20 * self.hosts else "-")


MAKES = (Kizuna, Bind, Knot, Nsd)
