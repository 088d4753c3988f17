"""Starts the servers that the benchmark compares, all with the same zones and as little else as
their configuration allows, and reads what they cost from /proc."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
BIND_CONF = """options {{
    directory "{work}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    pid-file none; session-keyfile none; recursion no; notify no; empty-zones-enable no;
    dnssec-validation no;
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
"""
KNOT_CONF = """server:
    rundir: "{work}"
    listen: 127.0.0.1@{port}
    udp-workers: {threads}
    tcp-workers: {threads}
    background-workers: {threads}
    tcp-reuseport: on
control:
    listen: "{work}/knot.sock"
log:
  - target: stderr
    any: error
database:
    storage: "{work}"
template:
  - id: default
    storage: "{zones}"
    file: "%s.zone"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
"""
NSD_CONF = """server:
    server-count: {threads}
    reuseport: yes
    ip-address: 127.0.0.1
    port: {port}
    do-ip6: no
    username: ""
    chroot: ""
    zonesdir: "{zones}"
    database: ""
    zonelistfile: "{work}/zone.list"
    pidfile: "{work}/nsd.pid"
    xfrdfile: ""
    xfrdir: "{work}"
    logfile: "{work}/nsd.log"
    zonefiles-write: 0
    rrl-ratelimit: 0
remote-control:
    control-enable: no
"""
YADIFA_CONF = """<main>
    daemon off
    chroot off
    logpath "{work}"
    pidfile "{work}/yadifad.pid"
    datapath "{zones}"
    keyspath "{work}"
    xfrpath "{work}"
    port {port}
    listen 127.0.0.1 port {port}
    user root
    group root
    statistics off
    queries-log-type 0
    network-model multi
    thread-count-by-address {threads}
    zone-load-thread-count {threads}
    max-tcp-queries 255
    allow-query any
</main>
<rrl>
    enabled false
</rrl>
<channels>
    all all.log 0644
</channels>
<loggers>
    server ERR,CRIT,ALERT,EMERG all
</loggers>
"""


def bind_zone(name, zones):
    return f'zone "{name}" {{ type primary; file "{zones}/{name}.zone"; }};\n'


def knot_zone(name, _):
    return f'  - domain: "{name}."\n'


def nsd_zone(name, _):
    return f'zone:\n    name: "{name}"\n    zonefile: "{name}.zone"\n'


def yadifa_zone(name, _):
    return f'<zone>\n    domain "{name}."\n    file "{name}.zone"\n    type primary\n</zone>\n'


# label: head of the configuration, a zone's part, the command
PEERS = {
    "bind": (BIND_CONF, bind_zone, ["named", "-f", "-n", "{threads}", "-c", "{conf}"]),
    "knot": (KNOT_CONF, knot_zone, ["knotd", "-c", "{conf}"]),
    "nsd": (NSD_CONF, nsd_zone, ["nsd", "-d", "-c", "{conf}"]),
    "yadifa": (YADIFA_CONF, yadifa_zone, ["yadifad", "-c", "{conf}"]),
}


OWN = {"kizuna": "NAMED", "before": "NAMED_BEFORE"}     # label: what overrides the program


def own_program(label, build):
    return os.environ.get(OWN[label]) or os.path.join(build, "server", "named")


def find_program(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin")


class Server:
    """One run of a server over a directory of NAME.zone files."""

    def __init__(self, label, build, port, threads, cpus, zones):
        self.label, self.port, self.cpus = label, port, cpus
        self.work = tempfile.mkdtemp(prefix=f"kzbench-{label}-")
        self.names = sorted(n[:-5] for n in os.listdir(zones) if n.endswith(".zone"))
        if label == "echo":
            self.command = [os.path.join(build, "bench", "echo"), str(port)]
            return
        head, zone_text, command = PEERS["bind" if label in OWN else label]
        where = dict(work=self.work, port=port, threads=threads, zones=zones,
                     conf=os.path.join(self.work, "conf"))
        with open(where["conf"], "w") as f:
            f.write(head.format(**where))
            f.writelines(zone_text(name, zones) for name in self.names)
        self.command = [part.format(**where) for part in command]
        self.command[0] = own_program(label, build) if label in OWN else find_program(command[0])

    def start(self, wait_all=False):
        """Returns the seconds from exec until it answers (all zones: until a thousand spread
        over the list do)."""
        begin = time.monotonic()
        with open(os.path.join(self.work, "out"), "w") as out:
            self.child = subprocess.Popen(["taskset", "-c", self.cpus] + self.command,
                                          stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT, start_new_session=True)
        names = self.names[:1]
        if wait_all:
            step = max(1, len(self.names) // 1000)
            names = self.names[::step] + self.names[-1:]
        for name in names:
            self.wait_for(name)
        return time.monotonic() - begin

    def wait_for(self, zone, seconds=600):
        query = struct.pack("!HHHHHH", 0x4B5A, 0, 1, 0, 0, 0) + b"".join(
            bytes([len(p)]) + p.encode() for p in zone.split(".")) + b"\0\0\6\0\1"
        end = time.monotonic() + seconds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            while time.monotonic() < end:
                if self.child.poll() is not None:
                    raise RuntimeError(f"{self.label} ended: " + self.last_words())
                try:
                    s.send(query)
                    reply = s.recv(4096)
                    if reply[2] & 0x80 and (reply[3] & 15 == 0 and reply[7] or self.label == "echo"):
                        return
                    time.sleep(0.005)
                except ConnectionRefusedError:
                    time.sleep(0.005)
                except socket.timeout:
                    pass
        raise RuntimeError(f"{self.label} does not answer for {zone}: " + self.last_words())

    def last_words(self):
        said = ""
        for name in ("nsd.log", "out"):
            path = os.path.join(self.work, name)
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    said += f.read()[-400:]
        return " ".join(said.split())

    def pids(self):
        found, todo = [], [self.child.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children") as f:
                        todo += map(int, f.read().split())
            except OSError:
                pass
        return found

    def cpu_s(self):
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/stat") as f:
                    total += sum(map(int, f.read().rpartition(")")[2].split()[11:15]))
            except OSError:
                pass
        return total / TICKS_PER_S

    def memory_bytes(self):
        """Proportional share of all its processes."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    total += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
            except OSError:
                pass
        return total * 1024

    def stop(self):
        pids = self.pids()
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            pass
        for pid in pids:    # what is left of its group: ours, started above
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()
        shutil.rmtree(self.work, ignore_errors=True)
