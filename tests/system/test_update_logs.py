#!/usr/bin/python3
"""What an operator sees of updates: stock nsupdate's output and exit code and the server's log,
the same from Kizuna as from Debian's BIND for the same steps (mission rows A2, A6, A8, A9).

BIND on both sides (NAMED=/usr/sbin/named) must give no difference.
"""
import os
import re
import subprocess
import sys
import time

import kz_servers
from kz_update import ANY, IN, NONE, send_udp, transfer, update
from kz_wire import Query, Reply, rcode_name

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
OTHER = "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXIhIQ=="
CONFIG = """
key "upd" { algorithm hmac-sha256; secret "%(secret)s"; };
key "rndc" { algorithm hmac-sha256; secret "%(secret)s"; };
controls { inet 127.0.0.1 port %(control)d allow { 127.0.0.1; } keys { "rndc"; }; };
options {
    listen-on port %(port)d { 127.0.0.1; }; listen-on-v6 { none; };
    pid-file none; session-keyfile none; recursion no; dnssec-validation no;
    empty-zones-enable no; notify no; allow-transfer { any; };
};
zone "example.com" { type master; file "example.com.zone"; allow-update { 127.0.0.1; }; };
zone "policy.test" { type master; file "policy.zone";
                     update-policy { grant upd name host.policy.test A TXT(1); }; };
zone "key.test" { type master; file "key.zone"; allow-update { key upd; }; };
zone "static.test" { type master; file "static.zone"; };
"""
ZONE = """$TTL 86400
@ IN SOA ns hostmaster ( 2006021501 10800 3600 604800 86400 )
@ NS ns
@ NS ns2
ns A 192.168.1.1
ns2 A 192.168.1.2
nebula A 192.168.1.100
stardust A 192.168.1.101
stardust TXT "one"
alias CNAME nebula
"""
KEY = ["-y", f"hmac-sha256:upd:{SECRET}"]
Z = ".example.com"
# Title, arguments of nsupdate, script.
STEPS = [
    ("A2: add", [], f"update add galaxy{Z} 86400 A 192.168.1.102"),
    ("the same again", [], f"update add galaxy{Z} 86400 A 192.168.1.102"),
    ("delete a record and add another", [],
     f"update delete nebula{Z} A 192.168.1.100\nupdate add nebula{Z} 60 A 192.168.1.110"),
    ("delete an RRset", [], f"update delete galaxy{Z} A"),
    ("delete a name", [], f"update delete stardust{Z}\nupdate add stardust{Z} 60 A 192.168.1.101"),
    ("A8: yxdomain met", [], f"prereq yxdomain nebula{Z}\nupdate add a8{Z} 60 A 192.168.1.1"),
    ("A8: yxdomain not met", [], f"prereq yxdomain none{Z}\nupdate add no{Z} 60 A 192.168.1.1"),
    ("A8: nxdomain met", [], f"prereq nxdomain none{Z}\nupdate add a8b{Z} 60 A 192.168.1.1"),
    ("A8: nxdomain not met", [], f"prereq nxdomain nebula{Z}\nupdate add no{Z} 60 A 192.168.1.1"),
    ("A8: yxrrset met", [], f"prereq yxrrset nebula{Z} A\nupdate add a8c{Z} 60 A 192.168.1.1"),
    ("A8: yxrrset not met", [],
     f"prereq yxrrset nebula{Z} TXT\nupdate add no{Z} 60 A 192.168.1.1"),
    ("A8: yxrrset with value met", [],
     f"prereq yxrrset nebula{Z} A 192.168.1.110\nupdate add a8d{Z} 60 A 192.168.1.1"),
    ("A8: yxrrset with value not met", [],
     f"prereq yxrrset nebula{Z} A 192.168.1.9\nupdate add no{Z} 60 A 192.168.1.1"),
    ("A8: nxrrset met", [], f"prereq nxrrset nebula{Z} TXT\nupdate add a8e{Z} 60 A 192.168.1.1"),
    ("A8: nxrrset not met", [], f"prereq nxrrset nebula{Z} A\nupdate add no{Z} 60 A 192.168.1.1"),
    ("CNAME and other data", [],
     f"update add nebula{Z} 60 CNAME ns{Z}.\nupdate add alias{Z} 60 A 192.168.1.1"),
    ("SOA and the last NS", [],
     f"update delete ns2{Z} A\nupdate delete example.com NS ns2{Z}.\n"
     f"update delete example.com NS ns{Z}.\nupdate delete example.com SOA"),
    ("an SOA that goes back", [],
     f"update add example.com 60 SOA ns{Z}. hostmaster{Z}. 5 1 1 1 1"),
    ("types that are not updated", [], f"update add *{Z} 60 NS ns{Z}.\nupdate add x{Z} 60 MD ns."),
    ("check-names", [], f"update add a_b{Z} 60 A 192.168.1.1"),
    ("the wrong address", [], f"local 127.0.0.2\nupdate add no{Z} 60 A 192.168.1.1"),
    ("A9: out of zone", [], "zone example.com\nupdate add www.example.org 60 A 192.168.1.1"),
    ("A9: unknown zone", [], "zone unknown.test\nupdate add www.unknown.test 60 A 192.168.1.1"),
    ("no updates at all", [], "update add www.static.test 60 A 192.168.1.1"),
    ("by key", KEY, "update add www.key.test 60 A 192.168.1.1"),
    ("without the key", [], "update add www.key.test 60 A 192.168.1.1"),
    ("by policy", KEY, "update add host.policy.test 60 A 192.168.1.1"),
    ("against the policy", KEY, "update add www.policy.test 60 A 192.168.1.1"),
    ("more than the policy lets", KEY,
     "update add host.policy.test 60 TXT one\nupdate add host.policy.test 60 TXT two"),
    ("unsigned, with a policy", [], "update add host.policy.test 60 A 192.168.1.1"),
    ("unsigned over TCP, with a policy", ["-v"], "update add host.policy.test 60 A 192.168.1.1"),
    ("an unknown key", ["-y", f"hmac-sha256:nokey:{SECRET}"],
     "update add www.key.test 60 A 192.168.1.1"),
    ("a wrong secret", ["-y", f"hmac-sha256:upd:{OTHER}"],
     "update add www.key.test 60 A 192.168.1.1"),
]
# A9, what nsupdate does not send: title, zone section's type, prerequisites, updates.
MESSAGES = [
    ("a zone section that is no SOA", 1, (), ()),
    ("a prerequisite with TTL", 6, ((f"nebula{Z}", "A", ANY, 1),), ()),
    ("a prerequisite of another class", 6, ((f"nebula{Z}", "TXT", 3, 0, "x"),), ()),
    ("a prerequisite out of the zone", 6, (("www.example.org", "ANY", NONE, 0),), ()),
    ("a deletion with TTL", 6, (), ((f"nebula{Z}", "A", ANY, 1),)),
    ("a meta type", 6, (), ((f"nebula{Z}", 252, IN, 0),)),
    ("an update of another class", 6, (), ((f"nebula{Z}", "TXT", 3, 0, "x"),)),
    ("NSEC", 6, (), ((f"nebula{Z}", "NSEC", ANY, 0),)),
]
failures = 0


def report(good, title, detail=""):
    global failures
    failures += not good
    print(f"{'ok' if good else 'not ok'} - {title}")
    for line in detail.split("\n") if detail and not good else ():
        print("#", line)


class Side:
    """A server and what it says."""

    def __init__(self, label, binary):
        self.port, self.control = kz_servers.free_port(), kz_servers.free_port()
        self.server = kz_servers.Server(label, binary, CONFIG % {
            "secret": SECRET, "port": self.port, "control": self.control})
        for name in ("example.com", "policy", "key", "static"):
            with open(f"{self.server.dir}/{name}.zone", "w") as f:
                f.write(ZONE)
        self.key = f"{self.server.dir}/rndc.key"
        with open(self.key, "w") as f:
            f.write(f'key "rndc" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n')
        self.read = 0

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *what):
        self.server.__exit__(*what)

    def nsupdate(self, arguments, script):
        done = subprocess.run(["nsupdate", *arguments], text=True, capture_output=True, timeout=60,
                              input=f"server 127.0.0.1 {self.port}\n{script}\nsend\n")
        return f"exit {done.returncode}: {done.stdout}{done.stderr}".strip()

    def send(self, ztype, prerequisites, updates):
        reply = send_udp(self.port, update(1, "example.com", prerequisites, updates, (), ztype))
        return rcode_name(Reply(reply).rcode) if reply else "no reply"

    def rndc(self, *command):
        subprocess.run(["rndc", "-k", self.key, "-s", "127.0.0.1", "-p", str(self.control),
                        *command], check=True, capture_output=True, timeout=60)

    def mark(self):
        """Forgets what the log has so far."""
        self.read = len(self.server.read_log())

    def said(self, wanted):
        """What the log says of updates since the mark, once it has as many lines as wanted or
        no more come."""
        lines, end = [], time.monotonic() + (2 if wanted else 0.1)
        while time.monotonic() < end and len(lines) < max(wanted, 1):
            log = self.server.read_log()[self.read:]
            lines = [plain(line) for line in log.split("\n") if is_of_updates(line)]
            time.sleep(0.01)
        return lines


def is_of_updates(line):
    return re.search(r" updat|signer|check-names|invalid signature", line) is not None


def plain(line):
    """Without time, the client's number and port."""
    line = re.sub(r"^\S+ \S+ ", "", line)
    return re.sub(r"client @0x[0-9a-f]+ (\S+?)#\d+", r"client \1", line).rstrip()


def compare(title, ours, theirs, ask):
    """`ask(side)` on both: what the client got and the log said must be the same."""
    for side in (ours, theirs):
        side.mark()
    got, expected = ask(ours), ask(theirs)
    log = theirs.said(0)
    mine = ours.said(len(log))
    report((got, mine) == (expected, log), title,
           "\n".join([f"got: {got}", *mine, f"BIND: {expected}", *log]))
    return got, mine


def test_steps(ours, theirs):
    for title, arguments, script in STEPS:
        compare(title, ours, theirs, lambda side: side.nsupdate(arguments, script))
    for title, ztype, prerequisites, updates in MESSAGES:
        compare(f"A9: {title}", ours, theirs,
                lambda side: side.send(ztype, prerequisites, updates))


def test_first_update(ours):
    """A2 as the page tells it."""
    reply = Reply(send_udp(ours.port, Query(f"galaxy{Z}", "A").wire(7)))
    report(reply.rcode == 0 and len(reply.sections[0]) == 1 and reply.flags & 0x400,
           "A2: the new name is answered at once, with AA")
    serial = transfer(ours.port, "example.com")[0][4][-20:-16]
    report(int.from_bytes(serial, "big") == 2006021502, "A2: the serial is 2006021502")
    with open(f"{ours.server.dir}/example.com.zone") as f:
        report(f.read() == ZONE, "A2: the zone file is not changed yet")
    report(os.path.exists(f"{ours.server.dir}/example.com.zone.jnl"), "A2: the journal is there")
    report("journal file example.com.zone.jnl does not exist, creating it" in ours.server.read_log(),
           "A2: the log says that it was made (BIND's only with -d 1)")


def test_frozen(ours, theirs):
    for side in (ours, theirs):
        side.rndc("freeze", "example.com")
    _, frozen = compare("A6: while frozen", ours, theirs,
                        lambda side: side.nsupdate([], f"update add no{Z} 60 A 192.168.1.1"))
    _, denied = compare("A6: while frozen, from elsewhere", ours, theirs, lambda side: side.nsupdate(
        [], f"local 127.0.0.2\nupdate add no{Z} 60 A 192.168.1.1"))
    report(frozen != denied, "A6: frozen and denied can be told apart")
    for side in (ours, theirs):
        side.rndc("thaw", "example.com")
        end = time.monotonic() + 30
        while "exit 0" not in side.nsupdate([], f"update add thawed{Z} 60 A 192.168.1.1"):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
    report(any(b"thawed" in r[0] for r in transfer(ours.port, "example.com")),
           "A6: thawed, it takes updates again")


def same_zones(ours, theirs):
    for zone in ("example.com", "policy.test", "key.test", "static.test"):
        a, b = (sorted((r[0].lower(), *r[1:]) for r in transfer(side.port, zone))
                for side in (ours, theirs))
        report(a == b, f"{zone} has ended the same", f"ours: {a}\ntheirs: {b}")


def main():
    with Side("kizuna", kz_servers.NAMED) as ours, Side("bind", kz_servers.BIND) as theirs:
        compare(STEPS[0][0], ours, theirs,
                lambda side: side.nsupdate(STEPS[0][1], STEPS[0][2]))
        test_first_update(ours)
        test_steps(ours, theirs)
        same_zones(ours, theirs)
        test_frozen(ours, theirs)
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
