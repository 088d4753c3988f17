#!/usr/bin/env python3
"""ixfr-from-differences: a primary's reloaded file, and a secondary's whole transfer, become
transactions of a journal; BIND beside us says the same to the same files."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import BIND, NAMED, Server, free_port, work_dir     # noqa: E402
from kz_transfers import serial, until                              # noqa: E402

failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def zone_text(number, *names):
    hosts = "".join(f"{n} A 192.0.2.{i + 1}\n" for i, n in enumerate(names))
    return (f"$TTL 300\n@ SOA ns admin {number} 3600 600 86400 300\n@ NS ns\nns A 127.0.0.1\n"
            + hosts)


def config(port, zone):
    return f"""
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
  allow-transfer {{ any; }}; max-ixfr-ratio unlimited; }};
controls {{ }};
zone example.com {{ {zone} }};
"""


class Primary(Server):
    def __init__(self, label, binary):
        self.port = free_port()
        directory = work_dir(label)
        super().__init__(label, binary, config(
            self.port, 'type primary; file "zone"; ixfr-from-differences yes;'), directory)
        self.write(1, "a", "b")

    def write(self, number, *names):
        with open(os.path.join(self.dir, "zone"), "w") as f:
            f.write(zone_text(number, *names))

    def reload(self, number, names, expect):
        """What the log says of the zone after a new file."""
        before = len(self.read_log())
        self.write(number, *names)
        # a file that is as old as the last one is not looked at
        later = os.stat(os.path.join(self.dir, "zone")).st_mtime + number % 1000 + 2
        os.utime(os.path.join(self.dir, "zone"), (later, later))
        self.child.send_signal(signal.SIGHUP)
        until(f"{self.label} to say '{expect}'", lambda: expect in self.read_log()[before:])
        return self.read_log()[before:]

    def ixfr(self, since):
        run = subprocess.run(["/usr/bin/dig", "+noall", "+answer", "-p", str(self.port),
                              "@127.0.0.1", "example.com", f"IXFR={since}"],
                             capture_output=True, text=True, timeout=30)
        return [" ".join(line.split()) for line in run.stdout.splitlines()
                if line and line[0] != ";"]

    def journal(self):
        run = subprocess.run(["/usr/bin/named-journalprint",
                              os.path.join(self.dir, "zone.jnl")], capture_output=True, text=True,
                             timeout=30)
        return sorted(run.stdout.splitlines())


STEPS = (
    (2, ("a", "c"), "loaded serial 2"),
    (3, ("a", "c", "d", "*.wild"), "loaded serial 3"),
    (3, ("a", "c", "d", "*.wild"), "ixfr-from-differences: unchanged"),
    (3, ("a",), "ixfr-from-differences: new serial (3) out of range [4 - 2147483650]"),
    (2, ("a",), "ixfr-from-differences: new serial (2) out of range [4 - 2147483650]"),
    (7, ("a", "c"), "loaded serial 7"),
)


def test_primary():
    with Primary("kizuna", NAMED) as ours, Primary("bind", BIND) as theirs:
        for number, names, expect in STEPS:
            for server in (ours, theirs):
                server.reload(number, names, expect)
            check(f"serial {number}: both say '{expect}'", True)
            check("… and both serve the same serial",
                  serial(ours.port, "example.com") == serial(theirs.port, "example.com"))
        for since in (3, 7):        # of several steps ours may make one
            a, b = ours.ixfr(since), theirs.ixfr(since)
            check(f"IXFR since serial {since} has the same records as BIND's", a == b,
                  f"{a}\n{b}")
        check("the journals hold the same changes", ours.journal() == theirs.journal(),
              f"{ours.journal()}\n{theirs.journal()}")
        ours.stop(signal.SIGKILL)
        ours.start()
        check("after a KILL the journal and the file go together",
              len(ours.ixfr(3)) > 5 and serial(ours.port, "example.com") == 7, ours.read_log())


def test_secondary():
    """Whole transfers become differences for secondaries further down."""
    with Primary("primary", NAMED) as primary:
        port = free_port()
        zone = (f'type secondary; file "copy"; masterfile-format text; request-ixfr no; '
                f"ixfr-from-differences yes; primaries {{ 127.0.0.1 port {primary.port}; }}; "
                "allow-notify { any; };")
        with Server("secondary", NAMED, config(port, zone)) as second:
            second.port = port
            until("the zone", lambda: serial(port, "example.com") == 1)
            primary.reload(2, ("a", "c"), "loaded serial 2")
            notify(port)
            until("serial 2", lambda: serial(port, "example.com") == 2)
            records = Primary.ixfr(second, 1)
            check("a secondary makes differences of what came whole",
                  records == primary.ixfr(1), f"{records}\n{primary.ixfr(1)}")


def notify(port):
    import dns.message
    import dns.opcode
    import dns.query
    message = dns.message.make_query("example.com", "SOA")
    message.set_opcode(dns.opcode.NOTIFY)
    dns.query.udp(message, "127.0.0.1", port=port, timeout=5)


test_primary()
test_secondary()
sys.exit(failures > 0)
