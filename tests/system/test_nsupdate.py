#!/usr/bin/env python3
"""nsupdate beside BIND's: the same scripts to both.

First a catcher plays server and keeps every message: they must be the same, byte for byte (ids
and signatures aside), and so must outputs and exit status.  Then BIND's named holds two equal
zones, one for each program, and they must be equal afterwards.
"""
import os
import pty
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import threading

import kz_servers
from kz_wire import name_to_wire

BIND_NSUPDATE = os.environ.get("BIND_NSUPDATE") or "/usr/bin/nsupdate"
OURS = os.path.join(kz_servers.BUILD, "tools", "nsupdate")
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MDE="
failures = 0


def report(good, what, detail=""):
    global failures
    print(f"{'ok' if good else 'not ok'} - {what}")
    if not good:
        failures += 1
        print("".join(f"#   {line}\n" for line in detail.split("\n")), end="", flush=True)


# ---- The catcher ----

def question(msg):
    at, labels = 12, []
    while msg[at]:
        labels.append(msg[at + 1:at + 1 + msg[at]].decode("latin-1"))
        at += 1 + msg[at]
    return ".".join(labels).lower(), msg[12:at + 5]


def soa(owner, mname="localhost."):
    data = name_to_wire(mname) + name_to_wire("host.example.test.") + struct.pack("!5I", 1, 2, 3, 4, 5)
    return owner + struct.pack("!HHIH", 6, 1, 300, len(data)) + data


def reply(msg, rcode, counts=(0, 0, 0), body=b"", flags=0x8400):
    name, quest = question(msg) if msg[5] else ("", b"")
    opcode = msg[2] & 0x78
    return (msg[:2] + struct.pack("!H", flags & 0x87f0 | opcode << 8 | rcode) +
            struct.pack("!4H", msg[5], *counts) + quest + body)


def answer(msg, tcp):
    """What the catcher says; None: nothing."""
    name, _ = question(msg)
    if msg[2] & 0x78 == 0x28:
        if name == "silent.test":
            return None
        if name == "cut.test" and not tcp:
            return reply(msg, 0, flags=0x8200)
        return reply(msg, {"refused.test": 5, "notzone.test": 10, "notauth.test": 9,
                           "strange.test": 11}.get(name, 0), flags=0x8000)
    if name == "gone.test":
        return reply(msg, 3)
    if name == "broken.test":
        return reply(msg, 2)
    if name == "alias.example.test":
        target = name_to_wire("www.example.test.")
        return reply(msg, 0, (1, 0, 0), b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 5, len(target)) + target)
    if name in ("example.test", "cut.test", "silent.test"):
        return reply(msg, 0, (1, 0, 0), soa(b"\xc0\x0c"))
    if name.endswith("empty.example.test"):
        return reply(msg, 0)
    return reply(msg, 3, (0, 1, 0), soa(name_to_wire("example.test.")))


class Catcher:
    def __init__(self):
        self.port, self.caught = kz_servers.free_port(), []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen(5)
        for run in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=run, daemon=True).start()

    def serve_udp(self):
        while True:
            msg, client = self.udp.recvfrom(65535)
            self.caught.append(("udp", msg))
            back = answer(msg, False)
            if back is not None:
                self.udp.sendto(back, client)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            stream = connection.makefile("rb")
            while len(head := stream.read(2)) == 2:
                msg = stream.read(struct.unpack("!H", head)[0])
                self.caught.append(("tcp", msg))
                back = answer(msg, True)
                if back is not None:
                    connection.sendall(struct.pack("!H", len(back)) + back)
            connection.close()


def without_chance(msg):
    """Without the id; of a TSIG record (hmac-sha256, key "k") all but the names masked."""
    at = msg.find(b"\x01k\0\0\xfa\0\xff")
    if at < 0:
        return msg[2:]
    mac = msg[at + 17 + 13 + 10:]
    return msg[2:at + 30] + bytes(6) + mac[-6:][2:] + struct.pack("!H", len(mac))


# ---- Running the two ----

def run(program, arguments, script, directory):
    done = subprocess.run([program] + arguments, input=script.encode(), capture_output=True,
                          cwd=directory, timeout=120)
    return done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


def tidy_errors(text):
    """Messages without what tells more than BIND does, and without BIND's library logs."""
    out = []
    for line in text.split("\n"):
        if (line.startswith("  ") or re.match(r"\d\d-\w{3}-\d{4} ", line)
                or line in ("Creating key...", "namefromtext", "keycreate")):
            continue
        line = re.sub(r"^(stdin|[\w./-]*script):\d+: ", "", line)
        line = re.sub(r"(invalid rdata format: [^,]*), near .*", r"\1", line)
        line = re.sub(r"(could not parse (zone|key) name).*", r"\1", line)
        line = re.sub(r"(SOA query was unsuccessful).*", r"\1", line)
        line = re.sub(r"^.*/nsupdate: ", "nsupdate: ", line)
        line = re.sub(r"could not create key from .*: ", "could not create key: ", line)
        line = line.replace("RESERVED11", "RCODE11")
        out.append(line)
    return tidy("\n".join(out).strip())


def tidy(text):
    text = re.sub(r"id: +[1-9]\d*", "id: ID", text)
    text = re.sub(r"(TSIG\thmac-\S+) \d+ (\d+ \d+) (\S+ )+\d+ (NOERROR|BAD\w+)", r"\1 T \2 MAC \4", text)
    return text


def run_both(arguments, script, directory):
    theirs = run(BIND_NSUPDATE, arguments, script, directory)
    ours = run(OURS, arguments, script, directory)
    return theirs, ours


def explain(theirs, ours):
    return f"BIND: {theirs}\nours: {ours}"


ZONE = "server 127.0.0.1 @PORT@\nzone example.test\n"
A = "update add a.example.test 300 A 192.0.2.1\n"
# Arguments, script; what it is about stands in the script.  "@PORT@" is the catcher's port.
SAME = [
    ([], ZONE + A + "send\n"),
    ([], ZONE + A + "\n"),
    ([], ZONE + A),                                     # never sent
    ([], ZONE + "quit\n" + A + "send\nnonsense\n"),
    ([], "server 127.0.0.1 @PORT@\n" + A + "send\n"),   # the zone is looked for
    ([], "server 127.0.0.1 @PORT@\nadd x.alias.example.test 5 A 192.0.2.1\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nadd alias.example.test 5 A 192.0.2.1\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nadd x.y.empty.example.test 5 A 192.0.2.1\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nprereq yxdomain p.example.test\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nprereq yxdomain p.x.test\nadd u.example.test 5 A 192.0.2.1\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nupdate delete x.example.test DS\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nadd broken.test 5 A 192.0.2.1\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nsend\n"),
    ([], ZONE + "send\n"),
    (["-v"], ZONE + A + "send\n"),
    (["-v"], "server 127.0.0.1 @PORT@\n" + A + "send\n"),
    (["-p", "@PORT@"], "server 127.0.0.1\nzone example.test\n" + A + "send\n"),
    (["-4"], "server localhost @PORT@\nzone example.test\n" + A + "send\n"),
    (["-p", "@PORT@", "-C", "resolv.conf", "-4"], A + "send\n"),
    (["-p", "@PORT@", "-C", "resolv.conf", "-4"], "zone example.test\n" + A + "send\n"),
    (["-p", "@PORT@", "-C", "resolv.conf", "-4"], "zone gone.test\n" + A + "send\n"),
    ([], ZONE + "local 127.0.0.2\n" + A + "send\n"),
    # Every form of prerequisite and update.
    ([], ZONE + "prereq nxdomain a.example.test\nprereq yxdomain b.example.test\n"
     "prereq nxrrset a.example.test A\nprereq yxrrset b.example.test IN MX\n"
     "prereq yxrrset c.example.test A 192.0.2.1\nprereq yxrrset c.example.test IN A 192.0.2.2\n"
     "show\nsend\n"),
    ([], ZONE + "nxdomain a.example.test\nYXDOMAIN b.example.test.\nnxrrset a A\nyxrrset b A\n"
     "add a 5 A 192.0.2.1\ndel a\ndelete b A\nshow\nsend\n"),
    ([], ZONE + "update delete a.example.test\nupdate del b.example.test 300 A\n"
     "update delete c.example.test IN A\nupdate delete d.example.test A 192.0.2.1\n"
     "update delete e.example.test 5 IN MX 10 m.example.test\nupdate delete f.example.test ANY\n"
     "del g.example.test IN\ndel h.example.test 5\nshow\nsend\n"),
    ([], ZONE + "ttl 60\nadd a.example.test A 192.0.2.1\nadd b.example.test IN A 192.0.2.1\n"
     "add c.example.test 5 A 192.0.2.1\nshow\nsend\n"),
    ([], ZONE + "nxrrset a A surplus words\nprereq nxdomain a b c\nshow\nsend\n"),
    ([], ZONE + "UPDATE ADD A.Example.TEST 5 in a 192.0.2.1\r\nShow\r\nSEND\r\n"),
    # Compression: of owners, of names in RDATA, with and without regard to case.
    ([], ZONE + "add a.example.test 5 NS b.example.test\nadd b.example.test 5 MX 10 a.example.test\n"
     "add c.b.example.test 5 CNAME d.b.example.test\nadd d.b.example.test 5 A 192.0.2.1\n"
     "add x.y.z.example.test 5 A 192.0.2.1\nadd w.y.z.example.test 5 A 192.0.2.1\n"
     "add v.w.y.z.example.test 5 A 192.0.2.1\nadd V.w.Y.z.example.test 5 PTR v.w.y.Z.example.test\n"
     "add test 5 TXT x\nadd example.test 5 SOA ns.example.test host.example.test 1 2 3 4 5\nsend\n"),
    ([], ZONE + "add a.example.test 5 SRV 1 2 3 x.y.example.test\nadd x.y.example.test 5 A 192.0.2.1\n"
     "add b.example.test 5 NAPTR 1 2 \"\" \"\" \"\" r.example.test\nadd r.example.test 5 A 192.0.2.1\n"
     "add d.example.test 5 DNAME t.d.example.test\nadd t.d.example.test 5 A 192.0.2.1\n"
     "add n.example.test 5 RP m.example.test t.example.test\nadd m.example.test 5 TXT a\n"
     "add t.example.test 5 AFSDB 1 f.example.test\nadd f.example.test 5 KX 1 k.example.test\n"
     "add k.example.test 5 A 192.0.2.1\nadd k.example.test 5 SRV 1 2 3 k.example.test\n"
     "add z.k.example.test 5 A 192.0.2.1\nsend\n"),
    ([], ZONE + "del a.example.test NS b.example.test\ndel b.example.test MX 10 a.example.test\n"
     "del c.example.test SRV 1 2 3 b.example.test\nyxrrset a.example.test CNAME b.example.test\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nzone .\nadd . 5 NS a.\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nzone a.b.c.example.test\n" + "".join(
        f"add h{i}.s{i % 7}.a.b.c.example.test {i} A 192.0.2.{i}\n" for i in range(200)) + "send\n"),
    ([], ZONE + "".join(f"add host{i}.example.test 300 TXT {'x' * 200}\n" for i in range(200)) + "send\n"),
    # RDATA of many kinds.
    ([], ZONE + "add a 5 TXT \"a b\" c \"\" a;b \\\"q\nadd a 5 AAAA 2001:db8::1\nadd a 5 TYPE1234 \\# 3 aabbcc\n"
     "add a 5 A \\# 4 c0000201\nadd a 5 APL \\# 0\ndel a APL \\# 0\nyxrrset a APL \\# 0\n"
     "add a 5 CAA 0 issue \"ca.example\"\nadd a 5 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\n"
     "add a 5 DS 12345 8 2 " + "0123456789abcdef" * 4 + "\n"
     "add a 5 NSEC3PARAM 1 0 20 -\nadd a 5 SSHFP 1 2 " + "0123456789abcdef" * 4 + "\nshow\nsend\n"),
    ([], ZONE + "add a 5 DNSKEY 256 3 13 " + "A" * 86 + "== \nadd a 5 TXT ( a b )\nshow\nsend\n"),
    ([], ZONE + "add aaaaaaaaa.bbbbbbbbb.12345. 5 A 192.0.2.1\n"
     "add aaaaaaaaa.bbbbbbbbb.1234. 2147483647 A 192.0.2.1\n"
     "add aaaaaaaaa.bbbbbbbbb.123456. 2147483647 CLASS1 TYPE65500 \\# 3 010203\nshow\nsend\n"),
    ([], "zone aaaaaaaaa.12345\nshow\nzone aaaaaaaaa.1234\nshow\nzone aaaaaaaaa.bbbbbbbbb.12345\nshow\n"),
    ([], ZONE + "class CH\nadd a.example.test 5 A x.example.test 1\ndel a.example.test A\nshow\nsend\n"
     "class IN\n" + A + "send\n"),
    ([], ZONE + "add a 5 CH A x. 1\ndel a IN A\n"),
    ([], ZONE + "add a IN A 192.0.2.1\n"),
    # What the server says.
    ([], "server 127.0.0.1 @PORT@\nzone refused.test\nadd a 5 A 192.0.2.1\nsend\nanswer\n"),
    ([], "server 127.0.0.1 @PORT@\nzone notauth.test\nsend\nzone notzone.test\nsend\nzone example.test\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nzone strange.test\nsend\n"),
    ([], ZONE + A + "send\nanswer\nshow\n"),
    (["-r", "1", "-u", "1"], "server 127.0.0.1 @PORT@\nzone silent.test\nsend\nanswer\n"),
    (["-r", "0", "-t", "1", "-u", "0"], "server 127.0.0.1 @PORT@\nzone silent.test\nsend\n"),
    (["-t", "1", "-v"], "server 127.0.0.1 @PORT@\nzone silent.test\nsend\n"),
    ([], "server 127.0.0.1 @NOBODY@\nzone example.test\nsend\n"),
    ([], "server 127.0.0.1 @NOBODY@\n" + A + "send\n"),
    (["-d"], ZONE + "prereq yxdomain a\n" + A + "send\n"),
    (["-d"], "server 127.0.0.1 @PORT@\nzone refused.test\nsend\n"),
    ([], ZONE + "debug\nsend\n"),
    # Signed; the catcher does not sign its answers.
    (["-y", f"hmac-sha256:k:{SECRET}"], ZONE + A + "send\n"),
    ([], ZONE + f"key hmac-sha256:k {SECRET}\n" + A + "send\nanswer\n"),
    (["-d", "-k", "k.key"], ZONE + A + "send\n"),
    # Mistakes.
    *[([], ZONE + line + "\n") for line in (
        "nonsense", "update", "update nonsense", "prereq", "prereq nonsense", "add", "add x", "add x 5",
        "add x 5 A", "add x 5 IN", "add x 5 A 1.2", "add x 5 NONSENSE 1", "add x 5 IN NONSENSE 1",
        "add x y A 192.0.2.1", "add x 2147483648 A 192.0.2.1", "add x 1h A 192.0.2.1",
        "add a_b 5 A 192.0.2.1", "add x 5 MX 10 a_b", "add 1.in-addr.arpa 5 PTR a_b", "add .. 5 A 192.0.2.1",
        "add x 5 A 192.0.2.1 surplus", "add x 5 A 192.0.2.1 ; remark", "add x 5 ANY", 
        "add x 5 NSEC3PARAM 1 0 151 -", "del", "del x NONSENSE", "del x 5x A",
        "nxdomain", "nxrrset x", "nxrrset x IN", "nxrrset x NONSENSE", "yxrrset x A 1.2",
        "zone", "zone a..b", "server", "server 127.0.0.1 x", "server 127.0.0.1 70000",
        "server nosuchhost.invalid", "local", "local 127.0.0.1 x", "class", "class NONSENSE",
        "class ANY", "class NONE", "ttl", "ttl 4294967295", "key", "key k", "key k !!",
        "key nonsense:k AAAA", "check-names", "check-names maybe", "# remark")],
    ([], ZONE + "check-names off\nadd a_b 5 A 192.0.2.1\nadd x 5 MX 10 a_b\ncheck-names on\nsend\n"),
    ([], "; remark\n\n;\n  \t\nversionx\n"),
    ([], ZONE + "add x 5 A 192.0.2.1"),                 # without an end of line
    # The command line.
    (["-y", "nonsense"], ""), (["-y", "nonsense:k:AAAA"], ""), (["-t", "x"], ""), (["-r", "-1"], ""),
    (["-u", "x"], ""), (["-p", "99999"], ""), (["-4", "-6"], ""), (["-y", "k:AAAA", "-k", "x"], ""),
    (["nosuchfile"], ""), (["script"], "ignored\n"), (["-L", "x"], ""), (["-P"], ""),
]
# Where we differ on purpose, only the exit status counts, and the message; BIND prints more or less.
STATUS_ONLY = [
    (["-v"], "server 127.0.0.1 @NOBODY@\nzone example.test\nsend\n"),     # "operation canceled"
    ([], ZONE + "add x 5 OPT 1\n"), ([], ZONE + "add x 5 TXT \"open\n"), ([], "local x\n"),
    (["-y", f"hmac-sha256:k:{SECRET}"], "server 127.0.0.1 @PORT@\n" + A + "send\n"),   # unsigned SOA answer
    ([], ZONE + "ttl x\n"), ([], ZONE + "".join(
        f"add host{i}.example.test 300 TXT {'x' * 200}\n" for i in range(400)) + "send\n"),
    (["-V"], ""), (["-x"], ""), (["-T"], ""), ([], "help\nversion\n"),
    (["-l", "-k", "nosuchfile"], ""), (["-i"], "quit\n"),
    (["-d"], "server 127.0.0.1 @PORT@\n" + A + "send\n"),       # BIND leaves out the zone it found
]


def fill(text, catcher, nobody):
    return text.replace("@PORT@", str(catcher.port)).replace("@NOBODY@", str(nobody))


def compare_one(catcher, nobody, directory, arguments, script, status_only):
    arguments = [fill(a, catcher, nobody) for a in arguments]
    script = fill(script, catcher, nobody)
    what = " ".join(arguments + [repr(script[:60] + "…" if len(script) > 60 else script)])
    what = what.replace(str(catcher.port), "PORT").replace(str(nobody), "NOBODY")
    sides = []
    for program in (BIND_NSUPDATE, OURS):
        catcher.caught = []
        status, out, errors = run(program, arguments, script, directory)
        messages = [(how, without_chance(m).hex()) for how, m in catcher.caught]
        sides.append((status, messages) if status_only else
                     (status, messages, tidy(out), tidy_errors(errors)))
    report(sides[0] == sides[1], f"as BIND: {what}", explain(*sides))


def compare_messages(directory):
    catcher, nobody = Catcher(), kz_servers.free_port()
    with open(os.path.join(directory, "resolv.conf"), "w") as f:
        f.write("# a remark\nsearch example.test\nnameserver 127.0.0.1\n")
    with open(os.path.join(directory, "k.key"), "w") as f:
        f.write(f'key "k" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n')
    with open(os.path.join(directory, "script"), "w") as f:
        f.write(fill(ZONE + A + "send\n", catcher, nobody))
    for arguments, script in SAME:
        compare_one(catcher, nobody, directory, arguments, script, False)
    for arguments, script in STATUS_ONLY:
        compare_one(catcher, nobody, directory, arguments, script, True)
    return catcher


def check_own_ways(catcher, directory):
    """What BIND does not do: errors with their place, refusals with a reason, no unsigned update
    when a key cannot be read, TCP after a cut answer."""
    def ours(arguments, script):
        return run(OURS, arguments, fill(script, catcher, 0), directory)

    status, _, errors = ours([], "zone example.test\n; remark\n;\nadd x 5 A 1.2\n")
    report((status, errors) == (1, "stdin:4: invalid rdata format: bad dotted quad, near '1.2'\n"
                                "  [update] add NAME TTL [CLASS] TYPE DATA\nsyntax error\n"), "a mistake has file, line, place and form", errors)
    status, _, errors = ours([], "gsstsig\n")
    report(status == 1 and "sign with a key instead" in errors, "GSS-TSIG is refused with a reason", errors)
    status, _, errors = ours(["-g"], "")
    report(status == 1 and "sign with a key" in errors, "so is -g", errors)
    catcher.caught = []
    status, _, errors = ours(["-k", "nosuchfile"], ZONE + A + "send\n")
    report(status == 1 and not catcher.caught and "nosuchfile: file not found" in errors,
           "nothing is sent unsigned when the key cannot be read", errors)
    catcher.caught = []
    status, _, errors = ours([], "server 127.0.0.1 @PORT@\nzone cut.test\nadd a 5 A 192.0.2.1\nsend\n")
    report(status == 0 and [how for how, _ in catcher.caught] == ["udp", "tcp"],
           "a cut answer is asked for again by TCP", errors)
    status, out, errors = ours(["-i"], "nonsense\nshow\nquit\n")
    report(status == 0 and out.count("> ") == 3 and "Outgoing" in out and "syntax error" not in errors,
           "at a prompt a mistake does not end it", out + errors)


def check_terminal(directory):
    """At a terminal a line can be called back: the key "up" brings `show` once more."""
    with open(os.path.join(kz_servers.BUILD, "config.h")) as f:
        if "#define HAVE_LIBEDIT 1" not in f.read():
            print("skip - built without libedit")
            return
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(directory)
        os.environ["TERM"] = "vt100"
        os.execv(OURS, [OURS])
    seen = b""
    for wanted, keys in ((b"> ", b"show\r"), (b"ADDITIONAL: 0", b"\x1b[A\r"),
                         (b"ADDITIONAL: 0", b"quit\r"), (None, None)):
        at = len(seen)
        while wanted is None or wanted not in seen[at:]:
            ready, _, _ = select.select([terminal], [], [], 20)
            try:
                more = os.read(terminal, 4096) if ready else b""
            except OSError:     # it has ended
                more = b""
            if not more:
                break
            seen += more
        if keys is not None:
            os.write(terminal, keys)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    report(status == 0 and seen.count(b"Outgoing update query:") == 2,
           "at a terminal the line before can be called back", repr(seen))


# ---- A real server ----

CONFIG = """
key k256 {{ algorithm hmac-sha256; secret "{secret}"; }};
key k512 {{ algorithm hmac-sha512; secret "{secret}"; }};
key kmd5 {{ algorithm hmac-md5; secret "{secret}"; }};
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no;
  pid-file none; session-keyfile "session.key"; session-keyname "local-ddns"; dnssec-validation no;
  notify no; allow-transfer {{ any; }}; }};
controls {{ }};
zone theirs.test {{ type primary; file "theirs.db"; allow-update {{ key k256; key k512; key kmd5; }}; }};
zone ours.test {{ type primary; file "ours.db"; allow-update {{ key k256; key k512; key kmd5; }}; }};
zone local.theirs {{ type primary; file "lt.db"; update-policy local; }};
zone local.ours {{ type primary; file "lo.db"; update-policy local; }};
"""
CONTENTS = "$TTL 300\n@ SOA localhost. host 1 3600 900 604800 300\n NS localhost.\nwww A 192.0.2.1\nmail MX 10 www\n"

PAIR_PRIVATE = f"Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: {SECRET}\nBits: AAA=\n"
PAIR_KEY = f"k256. IN KEY 512 3 163 {SECRET}\n"

# Arguments, script; "@Z@" is the zone.
LIVE = [
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nadd a.@Z@ 300 A 192.0.2.10\nsend\n"),
    (["-k", "k512.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nprereq yxdomain a.@Z@\nadd b.@Z@ 60 TXT \"b b\"\nsend\n"),
    (["-y", f"kmd5:{SECRET}"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd c.@Z@ 60 AAAA 2001:db8::1\nsend\nanswer\n"),
    (["-k", "Kk256.+163+12345"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd d.@Z@ 60 A 192.0.2.4\nsend\n"),
    (["-k", "Kk256.+163+12345.private"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd e.@Z@ 60 A 192.0.2.4\nsend\n"),
    (["-p", "@PORT@", "-C", "resolv.conf", "-k", "k256.key"], "add f.@Z@ 60 A 192.0.2.6\nsend\n"),
    (["-p", "@PORT@", "-C", "resolv.conf", "-k", "k256.key"], "zone @Z@\nadd g.@Z@ 60 A 192.0.2.7\nsend\n"),
    (["-v", "-k", "k256.key"], "server 127.0.0.1 @PORT@\nadd h.@Z@ 60 A 192.0.2.8\nsend\n"),
    ([], "server 127.0.0.1 @PORT@\nzone @Z@\nadd i.@Z@ 60 A 192.0.2.8\nsend\n"),                # REFUSED
    (["-y", f"hmac-sha256:nokey:{SECRET}"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd i.@Z@ 60 A 192.0.2.8\nsend\n"),
    (["-y", "hmac-sha256:k256:AAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
     "server 127.0.0.1 @PORT@\nzone @Z@\nadd i.@Z@ 60 A 192.0.2.8\nsend\n"),
    (["-y", f"hmac-sha512:k256:{SECRET}"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd i.@Z@ 60 A 192.0.2.8\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone nothere.test\nadd i.nothere.test 60 A 192.0.2.8\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nprereq nxdomain www.@Z@\nadd i.@Z@ 60 A 192.0.2.8\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nprereq yxdomain no.@Z@\nsend\nprereq nxrrset www.@Z@ A\nsend\n"
     "prereq yxrrset www.@Z@ AAAA\nsend\nprereq yxrrset www.@Z@ A 192.0.2.1\nadd j.@Z@ 5 A 192.0.2.1\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd elsewhere.example 5 A 192.0.2.1\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\ndel a.@Z@\ndel mail.@Z@ MX\ndel b.@Z@ TXT \"b b\"\nsend\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\n" + "".join(
        f"add big{i}.@Z@ 60 TXT {'y' * 100} {i}\n" for i in range(300)) + "send\n"),
    (["-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nttl 77\n" + "".join(
        f"add n{i}.@Z@ PTR n{i + 1}.@Z@\n" for i in range(40)) + "\nshow\n"),
    (["-d", "-k", "k256.key"], "server 127.0.0.1 @PORT@\nzone @Z@\nadd k.@Z@ 60 A 192.0.2.8\nsend\n"),
]


def write(directory, name, text):
    with open(os.path.join(directory, name), "w") as f:
        f.write(text)


def prepare_server(port):
    server = kz_servers.Server("bind", kz_servers.BIND, CONFIG.format(port=port, secret=SECRET))
    for name in ("theirs.db", "ours.db", "lt.db", "lo.db"):
        write(server.dir, name, CONTENTS)
    for algorithm in ("sha256", "sha512"):
        write(server.dir, f"k{algorithm[3:]}.key",
              f'key "k{algorithm[3:]}" {{ algorithm hmac-{algorithm}; secret "{SECRET}"; }};\n')
    write(server.dir, "Kk256.+163+12345.private", PAIR_PRIVATE)
    write(server.dir, "Kk256.+163+12345.key", PAIR_KEY)
    write(server.dir, "resolv.conf", "nameserver 127.0.0.1\n")
    return server


def contents(port, zone):
    done = subprocess.run(["dig", f"@127.0.0.1", "-p", str(port), "+noall", "+answer", "+onesoa", zone, "AXFR"],
                          capture_output=True, text=True, timeout=60)
    return sorted(re.sub(r"\s+", " ", line).replace(zone, "ZONE") for line in done.stdout.split("\n") if line)


def compare_live():
    port = kz_servers.free_port()
    with prepare_server(port) as server:
        for arguments, script in LIVE:
            arguments = [a.replace("@PORT@", str(port)) for a in arguments]
            sides = []
            for program, zone in ((BIND_NSUPDATE, "theirs.test"), (OURS, "ours.test")):
                status, out, errors = run(program, arguments, script.replace("@PORT@", str(port))
                                          .replace("@Z@", zone), server.dir)
                hide = lambda t, z=zone: re.sub(r"[ \t]+", " ", t).replace(z, "ZONE")
                sides.append((status, hide(tidy(out)), hide(tidy_errors(errors)), contents(port, zone)))
            what = " ".join(arguments + [repr(script[:70])]).replace(str(port), "PORT").replace(SECRET, "…")
            report(sides[0] == sides[1], f"with BIND's named: {what}", explain(*sides))
        report(len(contents(port, "ours.test")) > 340, "the zones are not empty",
               str(len(contents(port, "ours.test"))))
        script = "add local.@Z@ 5 A 192.0.2.1\nsend\n"
        sides = []
        for program, zone in ((BIND_NSUPDATE, "local.theirs"), (OURS, "local.ours")):
            status, out, errors = run(program, ["-l", "-p", str(port), "-k", "session.key"],
                                      script.replace("@Z@", zone), server.dir)
            sides.append((status, contents(port, zone)))
        report(sides[0] == sides[1] and (status, errors) == (0, ""), "-l with the session key",
               explain(*sides) + errors)


def main():
    if not os.access(BIND_NSUPDATE, os.X_OK):
        print("skip - BIND's nsupdate is not here to compare with")
        return
    directory = kz_servers.work_dir("nsupdate")
    catcher = compare_messages(directory)
    check_own_ways(catcher, directory)
    check_terminal(directory)
    if os.access(kz_servers.BIND, os.X_OK):
        compare_live()
    else:
        print("skip - BIND's named is not here")
    if not failures:
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(1 if failures else 0)


main()
