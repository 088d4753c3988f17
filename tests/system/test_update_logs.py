#!/usr/bin/python3
"""What an operator sees of updates: stock nsupdate's output and exit code and the server's log,
the same from Kizuna as from Debian's BIND for the same steps (mission rows A2, A6, A8, A9).

BIND on both sides (NAMED=/usr/sbin/named) must give no difference.
"""
import os
import re
import sys
import time

import kz_servers
from kz_beside import SECRET, Side, compare, failed, report, same_zones
from kz_update import ANY, IN, NONE, send_udp, transfer, update
from kz_wire import Query, Reply

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
zone "open.test" { type master; file "open.zone"; allow-update { key upd; 192.0.2.1; }; };
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
def test_steps(ours, theirs):
    for title, arguments, script in STEPS:
        compare(title, ours, theirs, lambda side: side.nsupdate(arguments, script))
    for title, ztype, prerequisites, updates in MESSAGES:
        compare(f"A9: {title}", ours, theirs,
                lambda side: side.send(update(1, "example.com", prerequisites, updates, (),
                                              ztype)))


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


def test_insecure(ours, theirs):
    """Both warn of the zones that anybody can change who forges an address."""
    said = [sorted(set(re.findall(r"zone '[a-z.]*test' allows unsigned.*", s.server.read_log())))
            for s in (ours, theirs)]
    report(len(said[0]) == 1 and said[0] == said[1], "a list of addresses is warned of", str(said))


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


def main():
    files = {f"{name}.zone": ZONE for name in ("example.com", "policy", "key", "static", "open")}
    with Side("kizuna", kz_servers.NAMED, CONFIG, files) as ours, \
            Side("bind", kz_servers.BIND, CONFIG, files) as theirs:
        compare(STEPS[0][0], ours, theirs,
                lambda side: side.nsupdate(STEPS[0][1], STEPS[0][2]))
        test_first_update(ours)
        test_steps(ours, theirs)
        test_insecure(ours, theirs)
        same_zones(ours, theirs, ("example.com", "policy.test", "key.test", "static.test"))
        test_frozen(ours, theirs)
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main())
