#!/usr/bin/python3
"""named-checkdelegation and rndc check-delegation: parent and zones on real servers of four makes
at addresses of 127/8, each kind of mistake produced for real, and one delegation that is fine.

It runs in a network namespace of its own (unshare), so that named finds these addresses."""
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import (BIND, BUILD, NAMED, SAME_OPTIONS, START_TIMEOUT_S, Server,  # noqa: E402
                        free_port, work_dir)
from kz_transfers import serial, until                                      # noqa: E402

import dns.dnssec                                                           # noqa: E402
import dns.rdata                                                            # noqa: E402

TOOL = os.path.join(BUILD, "tools", "named-checkdelegation")
PORT = free_port()
PARENT, PARENT2 = "127.0.81.1", "127.0.81.2"
KIZUNA, BIND9, KNOT, NSD = "127.0.82.1", "127.0.82.2", "127.0.82.3", "127.0.82.4"
NO_TCP, SILENT_TCP, SILENT_UDP, SILENT, NO_AA, NOBODY, TCP_REFUSES, GARBAGE = (
    f"127.0.83.{i}" for i in range(1, 9))
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-3000:])


KEY = dns.rdata.from_text("IN", "DNSKEY", "257 3 13 "
                          "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxIL"
                          "fDLUT0rAK9iUzy1L53eKGQ==")
GOOD_DS = dns.dnssec.make_ds("ds.test.", KEY, "SHA256").to_text()
GOOD_DS384 = dns.dnssec.make_ds("Ds384.test.", KEY, "SHA384").to_text()
OTHER_DS = "12345 13 2 " + "AB" * 32


class Zone:
    """What the parent says of a zone, what it says itself, and who has it (address: serial)."""

    def __init__(self, name, parent, records, on, extra="", only=None):
        self.name, self.parent, self.records, self.on, self.extra = name, parent, records, on, extra
        self.only = only or {}      # address: records that no other has

    def text(self, address):
        return (f"$TTL 300\n@ SOA ns1 h {self.on[address]} 3600 600 86400 300\n" +
                "".join(line + "\n" for line in self.records + self.only.get(address, [])))

    def delegation(self):
        lines = []
        for host, address in self.parent:
            full = host if host.endswith(".") else f"{host}.{self.name}"
            lines.append(f"{self.name} NS {full}")
            lines += [f"{full} A {address}"] if address else []
        return "".join(line + "\n" for line in lines) + self.extra


def own(*pairs):
    """NS records and addresses of hosts in the zone."""
    return [f"@ NS {h}" for h, _ in pairs] + [f"{h} A {a}" for h, a in pairs if a]


def simple(name, second, on=None):
    """Two name servers; the second one has the mistake."""
    pairs = [("ns1", KIZUNA), ("ns2", second)]
    return Zone(name, pairs, own(*pairs), on or {KIZUNA: 5})


FOUR = [("ns1", KIZUNA), ("ns2", BIND9), ("ns3", KNOT), ("ns4", NSD)]
TWO = [("ns1", KIZUNA), ("ns2", BIND9)]
BOTH = {KIZUNA: 5, BIND9: 5}
ZONES = [
    Zone("clean.test.", FOUR, own(*FOUR), {KIZUNA: 5, BIND9: 5, KNOT: 5, NSD: 5}),
    Zone("sets.test.", TWO, own(("ns1", KIZUNA), ("ns3", KNOT)) + [f"ns2 A {BIND9}"],
         {KIZUNA: 5, BIND9: 5, KNOT: 5}),
    Zone("glue.test.", TWO, own(("ns1", KIZUNA), ("ns2", KNOT)), {KIZUNA: 5, BIND9: 5, KNOT: 5}),
    Zone("noglue.test.", [("ns1", KIZUNA), ("ns2", None)], own(*TWO), BOTH),
    Zone("stale.test.", TWO, own(*TWO), {KIZUNA: 1, BIND9: 4294967290}),
    Zone("apart.test.", TWO, own(*TWO), {KIZUNA: 1, NSD: 5, BIND9: 2147483649}),
    Zone("children.test.", TWO, own(*TWO), {KIZUNA: 7, BIND9: 6},
         only={BIND9: ["@ NS ns3", f"ns3 A {BIND9}"]}),
    Zone("behind.test.", TWO, own(*TWO), {KIZUNA: 5, BIND9: 6}),
    simple("lame.test.", PARENT),
    simple("refused.test.", NSD),
    simple("knot-refuses.test.", KNOT),
    simple("servfail.test.", BIND9, {KIZUNA: 5, BIND9: 5}),
    simple("notcp.test.", NO_TCP),
    simple("silenttcp.test.", SILENT_TCP),
    simple("noudp.test.", SILENT_UDP),
    simple("dead.test.", NOBODY),
    simple("silent.test.", SILENT),
    simple("noaa.test.", NO_AA),
    simple("tcprefuses.test.", TCP_REFUSES),
    simple("garbage.test.", GARBAGE),
    Zone("alias.test.", [("ns1", KIZUNA), ("www.other.", None)],
         own(("ns1", KIZUNA)) + ["@ NS www.other."], BOTH),
    Zone("noaddr.test.", [("ns1", KIZUNA), ("nothing.other.", None)],
         own(("ns1", KIZUNA)) + ["@ NS nothing.other."], {KIZUNA: 5}),
    Zone("unresolved.test.", [("ns1", KIZUNA), ("ns.nowhere.", None)],
         own(("ns1", KIZUNA)) + ["@ NS ns.nowhere."], {KIZUNA: 5}),
    Zone("outside.test.", [("ns1", KIZUNA), ("host.other.", None)],
         own(("ns1", KIZUNA)) + ["@ NS host.other."], BOTH),
    Zone("single.test.", TWO[:1], own(*TWO[:1]), {KIZUNA: 5}),
    Zone("ds.test.", TWO, own(*TWO) + [f"@ DNSKEY {KEY.to_text()}"], BOTH,
         f"ds.test. DS {GOOD_DS}\n"),
    Zone("ds384.test.", TWO, own(*TWO) + [f"@ DNSKEY {KEY.to_text()}"], BOTH,
         f"ds384.test. DS {GOOD_DS384}\nds384.test. DS {OTHER_DS}\n"),
    Zone("nods.test.", TWO, own(*TWO) + [f"@ DNSKEY {KEY.to_text()}"], BOTH,
         f"nods.test. DS {OTHER_DS}\n"),
    Zone("nokeys.test.", TWO, own(*TWO), BOTH, f"nokeys.test. DS {OTHER_DS}\n"),
    Zone("undelegated.test.", [], own(*TWO), BOTH),
    Zone("parents.test.", TWO, own(*TWO), BOTH),
]
OTHER = f"$TTL 300\n@ SOA ns h 1 3600 600 86400 300\n@ NS ns\nns A {PARENT}\nhost A {BIND9}\n" \
        "www CNAME host\n"


def parent_text(but=""):
    return ("$ORIGIN .\n$TTL 300\ntest. SOA ns.test. h.test. 1 3600 600 86400 300\n"
            f"test. NS ns.test.\nns.test. A {PARENT}\n" +
            "".join(z.delegation() for z in ZONES if z.name != but))


class Named(Server):
    """named of either make at one address, with zones {name: text}."""

    def __init__(self, label, binary, address, zones, controls=""):
        directory = work_dir(label)
        for name, text in zones.items():
            with open(os.path.join(directory, name + "db"), "w") as f:
                f.write(text)
        super().__init__(label, binary, f"""
controls {{ {controls} }};
options {{ {SAME_OPTIONS} directory "."; listen-on port {PORT} {{ {address}; }}; }};
""" + "".join(f'zone "{name}" {{ type primary; file "{name}db"; }};\n' for name in zones),
                         directory)


class Foreign(Server):
    """A server that is not called named, ready when it answers."""

    def __init__(self, label, address, zones):
        super().__init__(label, "", "")
        self.address, self.zones = address, zones
        for name, text in zones.items():
            with open(os.path.join(self.dir, name + "db"), "w") as f:
                f.write(f"$ORIGIN {name}\n" + text)

    def start(self):
        with open(self.log, "w") as log:
            self.child = subprocess.Popen(self.command(), cwd=self.dir, stdout=log,
                                          stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        until(f"{self.label} to answer",
              lambda: serial(PORT, "clean.test.", self.address) == 5, START_TIMEOUT_S)
        return self

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path


class Knot(Foreign):
    def command(self):
        zones = "".join(f"  - domain: {z}\n    file: {self.dir}/{z}db\n" for z in self.zones)
        conf = self.write("knot.conf", f"""
server:
  rundir: {self.dir}
  listen: {self.address}@{PORT}
  tcp-workers: 2
  udp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: {self.dir}/db
zone:
{zones}""")
        os.makedirs(os.path.join(self.dir, "db"), exist_ok=True)
        return ["/usr/sbin/knotd", "-c", conf]


class Nsd(Foreign):
    def command(self):
        zones = "".join(f"zone:\n  name: {z}\n  zonefile: {z}db\n" for z in self.zones)
        conf = self.write("nsd.conf", f"""
server:
  ip-address: {self.address}@{PORT}
  server-count: 1
  zonesdir: "{self.dir}"
  database: ""
  pidfile: "{self.dir}/pid"
  xfrdfile: "{self.dir}/xfrd"
  xfrdir: "{self.dir}"
  zonelistfile: "{self.dir}/zone.list"
  username: ""
remote-control:
  control-enable: no
{zones}""")
        return ["/usr/sbin/nsd", "-d", "-c", conf]


class Relay:
    """Carries questions to Kizuna and answers back, but for what it is to do wrong."""

    def __init__(self, address, udp="relay", tcp="relay", clear_aa=False):
        self.udp_how, self.tcp_how, self.clear_aa = udp, tcp, clear_aa
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, PORT))
        threading.Thread(target=self.serve_udp, daemon=True).start()
        self.kept = []
        if tcp != "closed":
            self.tcp = socket.socket()
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.tcp.bind((address, PORT))
            self.tcp.listen(64)
            threading.Thread(target=self.serve_tcp, daemon=True).start()

    def answer(self, message, how):
        if how == "refuse":
            end = message.index(b"\0", 12) + 5
            return message[:2] + b"\x80\x05\0\1" + bytes(6) + message[12:end]
        if how == "garbage":        # another id, another question, or half an answer
            number = random.randrange(3)
            if number == 2:
                return message[:2] + b"\x84\0\0\1\0\3" + bytes(4) + message[12:14]
            return (message[:3] + b"\1" + message[4:13] + b"X" + message[14:] if number
                    else b"\0\0" + message[2:])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.sendto(message, (KIZUNA, PORT))
            answer = s.recv(65535)
        return answer[:2] + bytes([answer[2] & ~4]) + answer[3:] if self.clear_aa else answer

    def serve_udp(self):
        while True:
            message, source = self.udp.recvfrom(65535)
            if self.udp_how != "silent":
                self.udp.sendto(self.answer(message, self.udp_how), source)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            if self.tcp_how == "silent":
                self.kept.append(connection)
                continue
            connection.settimeout(5)
            try:
                size = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
                answer = self.answer(connection.recv(size, socket.MSG_WAITALL), self.tcp_how)
                connection.sendall(struct.pack("!H", len(answer)) + answer)
            except (OSError, struct.error):
                pass
            connection.close()


def run(*arguments):
    command = [TOOL, "-p", str(PORT), "-r", f"{PARENT}#{PORT}", "-t", WAIT, *arguments]
    return subprocess.run(command, text=True, capture_output=True, timeout=60)


# A sanitized build on a busy machine answers late.
WAIT = "1" if os.environ.get("FLAVOUR", "release") == "release" else "3"


def look(zone, *arguments):
    """Exit status and the parsed JSON."""
    done = run("--json", zone, *(arguments or (f"@{PARENT}#{PORT}",)))
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        return done.returncode, {"findings": [], "trouble": done.stdout + done.stderr}


def found(report):
    """(kind, address or name it is about) of each problem."""
    return sorted((f["kind"], (f["server"] or {}).get("address") or f["nameserver"] or "")
                  for f in report["findings"] if f["problem"])


def texts(report):
    return "\n".join(f["text"] for f in report["findings"])


# The zone, what is found, what the text says.
EXPECTED = [
    ("clean.test", [], ""),
    ("sets.test", [("ns-only-at-child", "ns3.sets.test"), ("ns-only-at-parent", "ns2.sets.test")],
     "not for the zone"),
    ("glue.test", [("glue-differs", "ns2.glue.test")] * 2, f"{BIND9} at the parent"),
    ("noglue.test", [("glue-missing", "ns2.noglue.test")], "no address for it"),
    ("stale.test", [("stale-serial", BIND9)],
     f"serial 4294967290, which is older than 1 of {KIZUNA}#{PORT}"),
    ("apart.test", [("serial-undefined", BIND9)], "neither older nor newer"),
    ("children.test", [("children-differ", BIND9), ("stale-serial", BIND9)], "it adds ns3"),
    ("garbage.test", [("no-answer", GARBAGE)], "does not answer: UDP timed out, TCP"),
    ("lame.test", [("lame", PARENT)], "lame"),
    ("refused.test", [("refused", NSD)], "answers REFUSED"),
    ("knot-refuses.test", [("refused", KNOT)], "answers REFUSED"),
    ("servfail.test", [("servfail", BIND9)], "answers SERVFAIL"),
    ("notcp.test", [("no-tcp", NO_TCP)], "by TCP: connection refused"),
    ("silenttcp.test", [("no-tcp", SILENT_TCP)], "by TCP: timed out (TCP port blocked?)"),
    ("noudp.test", [("no-udp", SILENT_UDP)], "by UDP: timed out"),
    ("dead.test", [("no-answer", NOBODY)], "does not answer: connection refused"),
    ("silent.test", [("no-answer", SILENT)], "does not answer: timed out"),
    ("noaa.test", [("no-aa", NO_AA)], "without authority"),
    ("tcprefuses.test", [("refused", TCP_REFUSES)], "REFUSED by TCP"),
    ("alias.test", [("ns-is-alias", "www.other")], "www.other is an alias"),
    ("noaddr.test", [("ns-without-address", "nothing.other")], "has no address"),
    ("unresolved.test", [("ns-unresolved", "ns.nowhere")], "REFUSED"),
    ("outside.test", [], ""),
    ("single.test", [], "only one name server"),
    ("ds.test", [], ""),
    ("ds384.test", [], "tag 12345"),
    ("nods.test", [("ds-without-key", "")], "key tag 12345, algorithm 13, digest type 2"),
    ("nokeys.test", [("ds-without-key", "")], "fits no DNSKEY"),
    ("undelegated.test", [("not-delegated", "")], "no NS records"),
]


def test_findings():
    for zone, want, text in EXPECTED:
        start = time.monotonic()
        status, report = look(zone)
        took = time.monotonic() - start
        check(f"{zone}: {', '.join(k for k, _ in want) or 'fine'}",
              found(report) == sorted(want) and status == (1 if want else 0) and
              text in texts(report) and
              report.get("verdict") == ("wrong" if want else "fine"),
              (status, json.dumps(report, indent=1)))
        check(f"{zone}: dead servers cost a wait or a few", took < 10 * float(WAIT) + 5, took)


def test_parents():
    status, report = look("parents.test", f"@{PARENT}#{PORT}", f"@{PARENT2}#{PORT}")
    check("a server of the parent without the delegation is named",
          status == 1 and found(report) == [("parents-differ", PARENT2)], report)
    status, report = look("clean.test", f"@{PARENT}#{PORT}", f"@{NOBODY}#{PORT}")
    check("a server of the parent that is down is named",
          status == 1 and found(report) == [("no-answer", NOBODY)], report)
    status, report = look("clean.test", f"@{PARENT}#{PORT}", f"@{NSD}#{PORT}")
    check("a server of the parent that serves the zone hides the delegation: a note",
          status == 0 and [f["kind"] for f in report["findings"]] == ["parent-serves-zone"], report)
    status, report = look("children.test", f"@{PARENT}#{PORT}", f"{NSD}#{PORT}")
    check("a further server of the zone can be named",
          ("refused", NSD) in found(report) and ("stale-serial", BIND9) in found(report), report)
    status, report = look("clean.test", "@ns.test")
    check("a server of the parent may be given by name", status == 0, report)
    done = run("clean.test")
    check("the parent is found through the resolver",
          done.returncode == 0 and "Delegation of clean.test in test," in done.stdout,
          done.stdout + done.stderr)


def test_table():
    done = run("clean.test", f"@{PARENT}#{PORT}")
    check("a table: a line for each server, a verdict",
          all(f"{a}#{PORT}  both" in done.stdout for a in (KIZUNA, BIND9, KNOT, NSD)) and
          done.stdout.endswith("clean.test: the delegation is fine\n") and
          "SERVER" in done.stdout and "problem" not in done.stdout, done.stdout)
    done = run("silenttcp.test", f"@{PARENT}#{PORT}")
    check("a table: the server, the reason, what to do",
          f"problem: ns2.silenttcp.test ({SILENT_TCP}#{PORT}) does not answer by TCP: timed out"
          in done.stdout and "to do: open TCP port 53" in done.stdout and
          done.stdout.endswith("silenttcp.test: 1 problem\n"), done.stdout)


def test_unable():
    cases = [("nobody to ask", ["clean.test", f"@{NOBODY}#{PORT}"], "cannot be checked"),
             ("a dead resolver", ["-r", "x", "clean.test"], "is not ADDRESS"),
             ("no zone", [], "which zone?"),
             ("two zones", ["a.test", "b.test"], "one zone at a time"),
             ("the root", ["."], "delegated by nobody"),
             ("an unknown option", ["-x", "a.test"], "unknown option -x"),
             ("a port that is none", ["-p", "0", "a.test"], "-p wants"),
             ("-4 and -6", ["-46", "a.test"], "leave nothing")]
    for what, arguments, text in cases:
        done = run(*arguments)
        check(f"cannot check: {what}: exit 2",
              done.returncode == 2 and text in done.stdout + done.stderr, done)
    done = subprocess.run([TOOL, "-t", "1", "-r", f"{NOBODY}#{PORT}", "--json", "a.clean.test"],
                          text=True, capture_output=True, timeout=60)
    report = json.loads(done.stdout)
    check("cannot check: a resolver that is down is told in the JSON",
          done.returncode == 2 and report["verdict"] == "unknown" and
          "connection refused" in report["trouble"], done)
    done = run("-6", "clean.test", f"@{PARENT}#{PORT}")
    check("cannot check: -6 with a parent that has IPv4 only", done.returncode == 2, done)
    check("-h and -v", run("-h").returncode == 0 and "usage" in run("-h").stdout and
          run("-v").stdout.startswith("named-checkdelegation "))


def rndc_command(directory, port, *command):
    return [os.path.join(BUILD, "tools", "rndc"), "-c", os.path.join(directory, "rndc.conf"),
            "-p", str(port), *command]


def rndc(directory, port, *command):
    return subprocess.run(rndc_command(directory, port, *command), text=True, capture_output=True,
                          timeout=60)


def test_rndc(directory, port):
    """The server checks its own zones, and answers meanwhile."""
    options = ["-p", str(PORT), "-r", f"{PARENT}#{PORT}", "-t", WAIT]
    done = rndc(directory, port, "check-delegation", *options, "clean.test")
    check("rndc check-delegation: fine",
          done.returncode == 0 and "the delegation is fine" in done.stdout, done)
    done = rndc(directory, port, "check-delegation", "-j", *options, "silent.test", "IN",
                f"@{PARENT}#{PORT}")
    try:
        report = json.loads(done.stdout + done.stderr[done.stderr.index("{"):]
                            if "{" in done.stderr else done.stdout)
    except ValueError:
        report = {"findings": []}
    check("rndc check-delegation: a problem, as JSON", done.returncode == 1 and
          found(report) == [("no-answer", SILENT)], done)
    done = rndc(directory, port, "check-delegation", *options, "behind.test")
    check("rndc check-delegation: the server itself has an old version", done.returncode == 1 and
          f"this server has serial 5, which is older than 6 of {BIND9}#{PORT}" in
          done.stdout + done.stderr, done)
    slow = subprocess.Popen(rndc_command(directory, port, "check-delegation", *options,
                                         "silent.test"),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status = rndc(directory, port, "status")
    check("rndc check-delegation: others are served meanwhile",
          status.returncode == 0 and serial(PORT, "clean.test", KIZUNA) == 5, status)
    slow.wait(60)
    done = rndc(directory, port, "check-delegation", *options, "nothing.test")
    check("rndc check-delegation: only zones of this server", done.returncode == 1 and
          "no matching zone" in done.stderr + done.stdout, done)
    done = rndc(directory, port, "check-delegation", "-t", "900", "clean.test")
    check("rndc check-delegation: wrong arguments", done.returncode == 1 and
          "usage: check-delegation" in done.stderr + done.stdout, done)


def texts_on(address):
    return {z.name: z.text(address) for z in ZONES if address in z.on}


def controls(directory, port):
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
    key = f'key k {{ algorithm hmac-sha256; secret "{secret}"; }};\n'
    with open(os.path.join(directory, "rndc.conf"), "w") as f:
        f.write(key + "options { default-key k; default-server 127.0.0.1; };\n")
    path = os.path.join(directory, "named.conf")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(key + text.replace("controls {  };", f"controls {{ inet 127.0.0.1 port {port} "
                                                     "allow { any; } keys { k; }; };"))


def enter_namespace():
    """The test again, in a namespace; what cannot be had is a reason to skip it."""
    if os.environ.get("KZ_INSIDE") is None:
        os.environ["KZ_INSIDE"] = "1"
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        unshare = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
        if subprocess.run(unshare + ["ip", "link", "set", "lo", "up"],
                          stderr=subprocess.DEVNULL).returncode != 0:
            print("skip - no network namespaces here")
            sys.exit(0)
        os.execvp(unshare[0], unshare + [sys.executable, os.path.abspath(__file__)])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (PARENT, PARENT2, KIZUNA, BIND9):
        subprocess.run(["ip", "addr", "add", address + "/32", "dev", "lo"], check=True)


def main():
    enter_namespace()
    control_port = free_port()
    parents = {"test.": parent_text(), "other.": OTHER}
    bind_zones = texts_on(BIND9)
    bind_zones["servfail.test."] = "this is no zone\n"
    servers = [Named("parent", NAMED, PARENT, parents),
               Named("parent2", BIND, PARENT2, {"test.": parent_text("parents.test.")}),
               Named("kizuna", NAMED, KIZUNA, texts_on(KIZUNA)),
               Named("bind", BIND, BIND9, bind_zones),
               Knot("knot", KNOT, texts_on(KNOT)), Nsd("nsd", NSD, texts_on(NSD))]
    controls(servers[2].dir, control_port)
    try:
        for server in servers:
            server.start()
        for how in ((NO_TCP, "relay", "closed"), (SILENT_TCP, "relay", "silent"),
                    (SILENT_UDP, "silent", "relay"), (SILENT, "silent", "silent"),
                    (NO_AA, "relay", "relay", True), (TCP_REFUSES, "relay", "refuse"),
                    (GARBAGE, "garbage", "garbage")):
            Relay(*how)
        for zone in ZONES:
            until(f"{zone.name} to be served", lambda z=zone: serial(PORT, z.name, KIZUNA))
        test_findings()
        test_parents()
        test_table()
        test_unable()
        test_rndc(servers[2].dir, control_port)
    finally:
        # One check is still under way.
        slow = subprocess.Popen(rndc_command(servers[2].dir, control_port, "check-delegation", "-t",
                                             "30", "-p", str(PORT), "silent.test",
                                             f"@{SILENT}#{PORT}"),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the check to begin", lambda: servers[2].read_log().count("'silent.test/IN'") > 2
              or slow.poll() is not None)
        start = time.monotonic()
        statuses = [server.stop() for server in servers]
        took = time.monotonic() - start
        slow.wait(60)
    check("a check that waits does not keep the server from ending", took < 20, took)
    check("the servers end well", statuses[0] == 0 and statuses[2] == 0, statuses)
    sys.exit(failures > 0)


main()
