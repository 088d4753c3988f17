#!/usr/bin/python3
"""Views, keys, access lists and the options that shape answers: the same configuration in
Kizuna and in Debian's BIND, asked with dig from several addresses; the answers and what the
log says of each query must be the same.

It runs in a network namespace of its own (unshare): the addresses are local to it.
"""
import collections
import itertools
import os
import re
import subprocess
import sys

import kz_servers

INSIDE = "KIZUNA_VIEWS_NAMESPACE"
PORTS = (5770, 5771)
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
KEYS = {None: [], "k1": ["-y", f"hmac-sha256:k1:{SECRET}"],
        "k2": ["-y", f"hmac-sha512:k2:{SECRET}"], "bad": ["-y", "hmac-sha256:k1:AAAA"]}
failures = 0

ZONE = """$TTL 300
@ SOA ns hostmaster 7 3600 600 86400 300
@ NS ns
@ NS ns2
ns A 192.0.2.1
ns AAAA 2001:db8::1
ns2 A 192.0.2.2
www A 192.0.2.10
www A 192.0.2.11
www AAAA 2001:db8::10
case MX 10 WwW.ExAmPlE.CoM.
cycle A 192.0.2.40
cycle A 192.0.2.41
cycle A 192.0.2.42
other.cycle A 192.0.2.50
other.cycle A 192.0.2.51
other.cycle A 192.0.2.52
sub NS ns.sub
ns.sub A 192.0.2.60
ns.sub AAAA 2001:db8::60
* TXT "wild"
al CNAME www
""" + "".join(f"wide NS n{i}.wide\nn{i}.wide A 192.0.2.{i}\n" for i in range(100))
# Signed by nobody: DNSSEC's records show themselves only when asked for.
STRIPPED = """$TTL 300
@ SOA ns.sub hostmaster 7 3600 600 86400 300
@ NS ns.sub
@ NSEC sub A
sub NS ns.sub
sub DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
sub NSEC www A
ns.sub A 192.0.2.60
www A 192.0.2.1
www NSEC @ A
www RRSIG A 13 1 300 20270101000000 20200101000000 1 . aaaa
"""

CONFIG = """
key "k1" { algorithm hmac-sha256; secret "SECRET"; };
key "k2" { algorithm hmac-sha512; secret "SECRET"; };
acl nested { !127.0.0.9; { 127.0.0.8; !127.0.0.7; }; key k2; };
options {
    listen-on port PORT { 127.0.0.0/24; }; listen-on-v6 { none; };
    pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
    querylog yes; server-id "here"; version "1"; hostname none;
    check-integrity no; allow-transfer { none; }; empty-zones-enable no;
    rrset-order { name "*.cycle.example.com" order cyclic; name "cycle.example.com" order cyclic;
                  order none; };
    blackhole { 127.0.0.66; };
};
controls { };
view "dest" {
    match-destinations { 127.0.0.2; }; edns-udp-size 1400; max-udp-size 600;
    preferred-glue AAAA; minimal-responses no;
    zone "example.com" { type primary; file "zone"; allow-query-on { 127.0.0.2; }; };
    zone "." { type primary; file "stripped"; };
};
view "keyed" {
    match-clients { key k1; }; minimal-any yes;
    zone "example.com" { type primary; file "zone"; allow-query { nested; }; };
};
view "rec" {
    match-recursive-only yes; match-clients { !127.0.0.5; any; };
    no-case-compress { 127.0.0.1; }; nocookie-udp-size 512;
    zone "example.com" { type primary; file "zone";
                         allow-query { !127.0.0.4; nested; 127.0.0.1; }; };
};
view "rest" {
    match-clients { any; }; minimal-responses yes;
    zone "example.com" { type primary; file "zone"; };
    zone "broken.test" { type primary; file "none"; };
};
""".replace("SECRET", SECRET)


def verdict(what, good, detail=""):
    global failures
    print(f"{'ok' if good else 'not ok'} - {what}", flush=True)
    if not good:
        failures += 1
        print("#   " + str(detail)[:4000].replace("\n", "\n#   "))


def make_groups():
    """(arguments of dig, its questions): who may see what, then what each view makes of it."""
    groups = [(["-b", f"127.0.0.{source}", f"@127.0.0.{to}", *KEYS[key]],
               ["+rd www.example.com", "+nord www.example.com"])
              for to in (1, 2) for source in (1, 4, 5, 7, 8, 9) for key in KEYS
              if key != "bad" or source == 1]
    groups.append((["-b", "127.0.0.66", "@127.0.0.1"], ["www.example.com"]))
    names = ["www.example.com ANY", "example.com NS", "example.com SOA", "a.sub.example.com A",
             "CASE.example.com MX", "a.b.example.com TXT", "al.example.com AAAA",
             "www.broken.test A", "elsewhere.test A", ". NS", ". ANY", "www ANY", "www RRSIG",
             "a.sub DS", "nowhere. A",
             "a.wide.example.com A"]
    # once each: BIND limits the rate of its built-in view's answers
    groups.append((["@127.0.0.1"], ["version.bind TXT CH", "authors.bind TXT CH",
                                    "hostname.bind TXT CH", "id.server TXT CH",
                                    "no.version.bind SOA CH"]))
    extras = ["+noedns", "+nsid +expire", "+tcp +keepalive +dnssec", "+dnssec +bufsize=512",
              "+subnet=192.0.2.0/24", "+subnet=0", "+subnet=2001:db8::/33",
              "+cdflag +bufsize=4096", "+noednsneg +edns=1"]
    faces = [["@127.0.0.2", "+nord"], ["@127.0.0.1", *KEYS["k1"], "-b", "127.0.0.8", "+nord"],
             ["@127.0.0.1", "+rd"], ["@127.0.0.1", "+nord"]]
    return groups + [(face, [f"{extra} {name}" for extra in extras for name in names])
                     for face in faces]


def dig(server, port, arguments, questions):
    """The answers in their order, the lines of each sorted."""
    batch = os.path.join(server.dir, "questions")
    with open(batch, "w") as f:
        f.write("".join(f"{' '.join(arguments)} {q}\n" for q in questions))
    out = subprocess.run(["dig", "-p", str(port), "+time=1", "+tries=1", "+nocookie", "+nostats",
                          "+nocmd", *arguments, "-f", batch], stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True).stdout
    # reasons in words, times and signatures are each server's own
    out = re.sub(r"; EDE: .*\n", "", out)
    out = re.sub(r"(, id|QUERY SIZE|Query time): .*", "", out)
    out = re.sub(r"(\sTSIG\s+\S+) .*", r"\1", out)
    out = re.sub(r"#\d+", "", out).replace("VERSION.BIND", "version.bind")
    return ["\n".join(sorted(answer.split("\n"))) for answer in out.split(";; Got answer:")]


def log_of(server):
    """What the log says of clients, and how often."""
    lines = re.findall(r"^\S+ \S+ (client @.*)$", server.read_log(), re.MULTILINE)
    said = [re.sub(r"@0x[0-9a-f]+|#\d+|( at query.c:\d+|(?<=\w): [^:]*)$", "", line)
            if "query failed" in line else re.sub(r"@0x[0-9a-f]+|#\d+", "", line)
            for line in lines]
    return collections.Counter(said)


def compare(servers):
    different, asked = [], 0
    for arguments, questions in make_groups():
        asked += len(questions)
        ours, theirs = (dig(s, port, arguments, questions) for s, port in zip(servers, PORTS))
        different += [f"{arguments}\n--- ours\n{a}\n--- theirs\n{b}"
                      for a, b in itertools.zip_longest(ours, theirs) if a != b]
    verdict(f"{asked} questions to four views: answered as BIND does", not different,
            f"{len(different)} differ\n" + "\n".join(different[:3]))
    ours, theirs = (log_of(s) for s in servers)
    verdict("the log says the same of each of them", ours == theirs,
            f"only ours: {ours - theirs}\nonly theirs: {theirs - ours}")


def first_of(name):
    out = subprocess.run(["dig", "-p", str(PORTS[0]), "@127.0.0.1", "-b", "127.0.0.1#5799",
                          "+short", "+nord", name], stdout=subprocess.PIPE, text=True).stdout
    return out.split("\n")[0]


def test_cyclic():
    """Two RRsets asked in turn, by one client (which one worker serves): each turns."""
    seen = {"cycle.example.com": [], "other.cycle.example.com": []}
    for _ in range(6):
        for name, firsts in seen.items():
            firsts.append(first_of(name))
    for name, firsts in seen.items():
        verdict(f"{name}: every record comes first in its turn",
                len(set(firsts[:3])) == 3 and firsts[:3] == firsts[3:], firsts)


def run_inside():
    subprocess.run("ip link set lo up; for i in 2 3 4 5 7 8 9 66; do"
                   " ip addr add 127.0.0.$i/8 dev lo; done", shell=True, check=True)
    both = zip(("ours", "theirs"), (kz_servers.NAMED, kz_servers.BIND), PORTS)
    servers = [kz_servers.Server(label, binary, CONFIG.replace("PORT", str(port)))
               for label, binary, port in both]
    for s in servers:
        for name, text in (("zone", ZONE), ("stripped", STRIPPED)):
            with open(os.path.join(s.dir, name), "w") as f:
                f.write(text)
    with servers[0], servers[1]:
        compare(servers)
        test_cyclic()
    verdict("the server ends well", servers[0].status == 0, servers[0].status)
    return failures != 0


def main():
    if os.environ.get(INSIDE):
        return run_inside()
    if not os.access(kz_servers.BIND, os.X_OK):
        print(f"skip - no {kz_servers.BIND} to compare with (install bind9)")
        return 0
    os.environ[INSIDE] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    unshare = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    if subprocess.run(unshare + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("skip - no network namespaces here")
        return 0
    os.execvp(unshare[0], unshare + [sys.executable, os.path.abspath(__file__)])


if __name__ == "__main__":
    sys.exit(main())
