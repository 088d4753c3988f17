#!/usr/bin/python3
"""The control channel: BIND's rndc with our server, our rndc with BIND's server and with ours, every
algorithm; keys, addresses and listeners; clients that do what rndc never would; reloads while it
is in use, right and wrong ones; the end of the server."""
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

import kz_servers
from kz_control import Client, Key, build, entry, frame

RNDC = os.environ.get("RNDC") or os.path.join(kz_servers.BUILD, "tools", "rndc")
BIND_RNDC = os.environ.get("BIND_RNDC") or "/usr/sbin/rndc"
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
ZONE = "$TTL 60\n@ SOA ns host {serial} 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n{more}\n"
CONNECTIONS_MAX = 100

failures = 0


def check(what, fine, *details):
    global failures
    failures += not fine
    print(f"{'ok' if fine else 'not ok'} - {what}")
    for detail in details if not fine else ():
        for line in str(detail).splitlines():
            print(f"#   {line}")


def poll(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Place:
    """A directory with a zone, ports and a key file per algorithm."""

    def __init__(self, label, binary):
        self.dir = kz_servers.work_dir(label)
        self.keys = {a: Key(a, b"the secret of " + a.encode()) for a in ALGORITHMS}
        self.port = kz_servers.free_port()
        self.channels = [kz_servers.free_port() for _ in range(3)]
        for name, key in self.keys.items():
            self.write(name + ".key", key.conf("k-" + name))
        self.write("a.db", ZONE.format(serial=1, more=""))
        self.server = kz_servers.Server(label, binary, "", self.dir)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)

    def configure(self, controls=None, more=""):
        every = "".join(f"k-{a}; " for a in ALGORITHMS)
        if controls is None:
            controls = (f"inet 127.0.0.1 port {self.channels[0]} allow {{ 127.0.0.1; }} "
                        f"keys {{ {every} }};")
        self.write("named.conf", "".join(k.conf("k-" + a) for a, k in self.keys.items()) + """
options { directory "%s"; pid-file none; session-keyfile none; listen-on port %d { 127.0.0.1; };
          listen-on-v6 { none; }; recursion no; dnssec-validation no; };
controls { %s };
zone "a.test" { type primary; file "a.db"; };
%s
""" % (self.dir, self.port, controls, more))

    def rndc(self, *words, key="sha256", channel=0, program=BIND_RNDC, port=None, options=()):
        return subprocess.run(
            [program, "-s", "127.0.0.1", "-p", str(port or self.channels[channel]),
             "-k", os.path.join(self.dir, key + ".key"), *options, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)

    def client(self, channel=0, key="sha256"):
        return Client(self.channels[channel], self.keys[key])

    def log(self):
        return self.server.read_log()

    def alive(self):
        return self.rndc("null").returncode == 0


def algorithms(place):
    for program, whose in ((BIND_RNDC, "BIND's"), (RNDC, "our")):
        done = [place.rndc("testgen", "5000", key=a, program=program) for a in ALGORITHMS]
        check(f"{whose} rndc with every algorithm and {place.server.label}",
              all(d.returncode == 0 and len(d.stdout) == 5001 and not d.stderr for d in done), done)


def our_rndc(place):
    run = place.rndc("-V", program=RNDC)
    check("our rndc: no command: the list of commands, exit 1",
          run.returncode == 1 and "zonestatus zone" in run.stderr, run)
    run = place.rndc("nonsense", program=RNDC, options=("-r",))
    check("our rndc: a command that fails",
          run.returncode == 1 and
          run.stderr.startswith("rndc: 'nonsense' failed: unknown command\n") and
          run.stdout.endswith("UNKNOWNCOMMAND 172\n"), run)
    run = place.rndc("status", program=RNDC, options=("-q",))
    check("our rndc: -q prints nothing that went well", run.returncode == 0 and not run.stdout, run)
    run = place.rndc("null", program=RNDC, port=kz_servers.free_port())
    check("our rndc: nobody listens",
          run.returncode == 1 and "connect failed: 127.0.0.1#" in run.stderr and
          run.stderr.endswith(": connection refused\n"), run)
    run = place.rndc("null", program=RNDC, options=("-b", "127.0.0.1", "-4", "-V"))
    check("our rndc: -b, -4 and -V", run.returncode == 0 and "connecting to 127" in run.stderr, run)
    place.write("rndc.conf", place.keys["sha1"].conf("one") + place.keys["sha512"].conf("two") + """
        options { default-key two; default-port 1; default-server here; };
        server here { addresses { 127.0.0.1 port 1; 127.0.0.1 port %d; }; };
        server there { key one; port %d; addresses { 127.0.0.1; }; };
        """ % (place.channels[0], place.channels[0]))
    conf = ("-c", os.path.join(place.dir, "rndc.conf"))
    runs = [subprocess.run([RNDC, *conf, *o, "null"], stderr=subprocess.PIPE, text=True)
            for o in ((), ("-s", "there"), ("-y", "one"))]
    check("our rndc: servers, keys and the second address of rndc.conf",
          all(r.returncode == 0 for r in runs), *runs)
    run = subprocess.run([RNDC, *conf, "-y", "three", "null"], stderr=subprocess.PIPE, text=True)
    check("our rndc: a key that is not there", run.returncode == 1 and
          run.stderr == "rndc: no key definition for name three\n", run)


def refused(place, what, reason, act, channel=0):
    """`act` on a new connection has the server close it, with the reason in the log."""
    before = place.log().count(reason)
    client = place.client(channel)
    act(client)
    client.s.settimeout(10)
    closed = client.is_closed()
    client.close()
    check(f"closed without an answer: {what}",
          closed and poll(lambda: place.log().count(reason) > before), place.log()[-600:])


def replay(client):
    client.ask("null")
    request = client.request("status")
    client.s.sendall(request)
    client.receive()
    client.s.sendall(request)


def with_nonce(nonce):
    def act(client):
        client.ask("null")
        client.nonce = nonce
        client.s.sendall(client.request("stop"))
    return act


def forged_requests(place):
    invalid = "invalid command from 127.0.0.1#"
    now = int(time.time())
    other = Key("sha256", b"another secret")

    def by_other(client):
        client.key = other
        client.s.sendall(client.request("null"))

    def changed(client):
        request = bytearray(client.request("null"))
        request[-1] ^= 1
        client.s.sendall(request)

    def cut_mac(client):
        client.s.sendall(client.request("null").replace(b"hsha\1\0\0\0\x59", b"hsha\1\0\0\0\x10"))

    def send(data):
        return lambda client: client.s.sendall(data)

    refused(place, "a wrong key", ": bad auth", by_other)
    refused(place, "a changed byte", ": bad auth", changed)
    refused(place, "a MAC cut short", invalid, cut_mac)
    refused(place, "a clock that is off", ": clock skew",
            lambda c: c.s.sendall(c.request("null", _tim=now - 400)))
    refused(place, "an expired request", ": expired",
            lambda c: c.s.sendall(c.request("null", _exp=now - 10)))
    refused(place, "a replay", ": duplicate", replay)
    refused(place, "a wrong nonce", ": bad auth", with_nonce(1))
    refused(place, "no nonce", ": bad auth", with_nonce(None))
    refused(place, "a reply", ": failure", lambda c: c.s.sendall(c.request("null", _rpl=1)))
    refused(place, "no length", ": unexpected end of input", send(struct.pack("!I", 0)))
    refused(place, "a huge length", ": out of range", send(b"\xff\xff\xff\xff"))
    refused(place, "another version", ": unknown version", send(frame(b"\0\0\0\2")))
    refused(place, "no signature", ": bad auth", send(frame(b"\0\0\0\1" + entry("_ctrl", {}))))
    nested = {}
    for _ in range(40):
        nested = {"a": nested}
    refused(place, "tables without end", ": max depth",
            lambda c: c.s.sendall(build(c.key, nested)))
    check("the server goes on", place.alive())


def dialogue(place):
    client = place.client()
    reply = client.ask("stop")
    check("the first request is not run", reply["_data"]["result"] == b"0" and place.alive())
    got = [client.ask(f"testgen {n}")["_data"] for n in (3, 4000)]
    check("a connection takes many commands", got[0]["text"] == b"abc" and len(got[1]["text"]) == 4000)
    got = client.ask("null", _frm="me", _to="you")
    check("names are swapped in the reply",
          got["_ctrl"]["_frm"] == b"you" and got["_ctrl"]["_to"] == b"me", got)
    request = client.request("testgen 7")
    for byte in request:
        client.s.sendall(bytes([byte]))
    check("a request in single bytes", client.receive()["_data"]["text"] == b"abcdefg")
    client.s.sendall(client.request("testgen 1") + client.request("testgen 2"))
    got = [client.receive()["_data"]["text"] for _ in range(2)]
    check("two requests in one piece", got == [b"a", b"ab"], got)
    got = client.ask('"TestGen" "6"')["_data"]
    check("quoted words, any case", got.get("text") == b"abcdef", got)
    got = client.ask("")["_data"]
    check("an empty command", got["err"] == b"unexpected end of input", got)
    got = client.ask('querylog "a\0b')["_data"]
    check("nonsense behind a quote and a NUL", got["err"] == b"syntax error", got)
    got = client.ask("testgen 10000000")["_data"]
    check("more text than rndc takes is refused", got["err"] == b"out of range", got)
    client.close()


def crowd(place):
    """Connections that say nothing, or half a request, keep nobody out."""
    idle = []
    for i in range(3 * CONNECTIONS_MAX):
        s = socket.create_connection(("127.0.0.1", place.channels[0]))
        if i % 3 == 1:
            s.sendall(b"\0\0\x7f\xff\0\0\0\1")
        idle.append(s)
        if i % 50 == 0 and not place.alive():
            check("rndc gets through a crowd", False, i)
            return
    check("rndc gets through a crowd of silent connections", place.alive())
    fds = len(os.listdir(f"/proc/{place.server.child.pid}/fd"))
    check("which is not kept whole", fds < 2 * CONNECTIONS_MAX, fds)
    for s in idle:
        s.close()
    check("and does not matter afterwards", place.alive())


def slow_readers(place):
    """Clients that ask for much and read nothing cost the others nothing."""
    slow = []
    for _ in range(20):
        client = place.client()
        client.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.ask("null")
        client.s.sendall(client.request("testgen 900000"))
        slow.append(client)
    check("rndc gets through while others do not read", place.alive())
    whole = slow[7].receive()["_data"]["text"]
    check("and who reads late gets all", len(whole) == 900000, len(whole))
    for client in slow:
        client.close()


def listeners(place):
    first, second, third = place.channels
    place.configure(f"inet 127.0.0.1 port {first} allow {{ 127.0.0.1; }} keys {{ k-sha256; }}; "
                    f"inet * port {second} allow {{ any; }} keys {{ k-sha1; k-sha256; }} "
                    f"read-only yes; "
                    f"inet 127.0.0.1 port {third} allow {{ none; }} keys {{ k-sha256; }};")
    client = place.client()
    answer = client.run("reload")
    check("a reload with other listeners answers through the old one",
          answer["result"] == b"0" and answer["text"] == b"server reload successful", answer)
    check("and the connection goes on", client.ask("null")["_data"]["result"] == b"0")
    client.close()
    log = place.log()
    check("listeners come", f"command channel listening on 0.0.0.0#{second}" in log and
          log.count(f"command channel listening on 127.0.0.1#{first}") == 1, log[-800:])
    check("a key of another listener does not fit",
          place.rndc("null", key="sha1").returncode == 1 and
          place.rndc("null", key="sha1", channel=1).returncode == 0)
    allowed = [place.rndc(*c.split(), channel=1)
               for c in ("null", "status", "testgen", "nta -dump")]
    denied = [place.rndc(*c.split(), channel=1)
              for c in ("reload", "stop", "trace 3", "nonsense", "nta a.test")]
    check("read-only: what only looks", all(r.returncode == 0 for r in allowed), *allowed)
    check("read-only: the rest is refused",
          all(r.returncode == 1 and r.stderr.endswith("failed: failure\n") for r in denied), *denied)
    check("and logged", "rejecting restricted control channel command 'trace 3'" in place.log())
    run = place.rndc("null", channel=2)
    check("an address that is not allowed", run.returncode == 1 and
          "rejected command channel message from 127.0.0.1#" in place.log(), run)
    place.configure(f"inet 127.0.0.1 port {second} allow {{ any; }} keys {{ k-sha256; }};")
    run = place.rndc("reconfig")
    check("reconfig closes the listener it came through, behind its answer",
          run.returncode == 0 and poll(lambda: "stopping command channel on "
                                       f"127.0.0.1#{first}" in place.log()), run)
    check("and opens the same port of one address",
          place.rndc("null", channel=1).returncode == 0 and
          place.rndc("null").returncode == 1)
    place.configure()
    place.rndc("reconfig", channel=1)
    check("and back", place.alive())


def broken_reload(place):
    place.configure(more="zone oops { type nonsense; };\n")
    run = place.rndc("reload")
    line = next((n for n, text in enumerate(open(os.path.join(place.dir, "named.conf")), 1)
                 if "oops" in text), 0)
    check("a broken configuration: BIND's words, and where the mistake is",
          run.returncode == 1 and run.stderr.startswith("rndc: 'reload' failed: failure\n") and
          f"named.conf:{line}: " in run.stderr, run)
    check("the old one is in force, and status tells", "reload/reconfig failed" in
          place.rndc("status").stdout and "reloading configuration failed: failure" in place.log())
    os.unlink(os.path.join(place.dir, "named.conf"))
    run = place.rndc("reconfig")
    check("no configuration at all", run.returncode == 1 and "file not found" in run.stderr, run)
    place.configure()
    run = place.rndc("reload")
    check("and a right one again", run.returncode == 0 and
          run.stdout == "server reload successful\n" and
          "failed" not in place.rndc("status").stdout, run)


def waiting_reload(place):
    place.configure(more='zone "b.test" { type primary; file "b.db"; };\n')
    run = place.rndc("reload", "-wait", program=RNDC)
    check("reload -wait: a zone without a file",
          run.returncode == 1 and run.stderr.startswith("rndc: 'reload' failed: file not found\n")
          and "b.test/IN" in run.stderr, run)
    place.write("b.db", ZONE.format(serial=1, more="x A 1.2.3"))
    run = place.rndc("reload", "-wait", program=RNDC)
    check("reload -wait: the first error, with its place", run.returncode == 1 and
          "b.db:5" in run.stderr and "bad dotted quad" in run.stderr, run)
    place.write("b.db", ZONE.format(serial=2, more="x A 192.0.2.1"))
    run = place.rndc("reload", "-wait", program=RNDC)
    check("reload -wait: all is well", run.returncode == 0 and
          run.stdout == "server reload successful\nall zones loaded\n", run)
    place.write("a.db", ZONE.format(serial=2, more=""))
    place.rndc("reconfig", "-wait", program=RNDC)
    check("reconfig leaves zones that are served alone",
          "zone a.test/IN: loaded serial 2" not in place.log())
    place.rndc("reload", "-wait", program=RNDC)
    check("reload does not", "zone a.test/IN: loaded serial 2" in place.log())


def help_is_whole():
    """Each command has its row in the help that our rndc prints."""
    def rows(name, word):
        with open(os.path.join(kz_servers.SRC, name)) as f:
            return re.findall(word + r'\("([^"]*)"', f.read())

    said = set(re.findall(r"[a-z-]+", " ".join(rows("control/rndc_help.def", "HELP"))))
    missing = [c for c in rows("server/rndc_commands.def", "RNDC") if c not in said]
    check("every command has a line of help", not missing, missing)


def switches(place):
    def say(*words):
        run = place.rndc(*words)
        return (run.stdout + run.stderr).strip()

    say("querylog", "on")
    check("querylog on", "query logging is ON" in say("status") and
          "query logging is now on" in place.log())
    say("querylog")
    check("querylog: the other way", "query logging is OFF" in say("status"))
    say("trace")
    say("trace", "7")
    check("trace", "debug level: 7" in say("status") and
          "debug level is now 1" in place.log() and "debug level is now 7" in place.log())
    check("trace too high", say("trace", "100") == "rndc: 'trace' failed: out of range")
    say("notrace")
    check("notrace", "debug level: 0" in say("status"))
    unknown = say("nonsense")
    check("an unknown command is answered with those that there are",
          unknown.startswith("rndc: 'nonsense' failed: unknown command\nThe commands are:") and
          " zonestatus" in unknown, unknown)
    say("responselog", "on")
    subprocess.run(["dig", "@127.0.0.1", "-p", str(place.port), "+norec", "ns.a.test"],
                   stdout=subprocess.DEVNULL)
    check("responselog", "response logging is ON" in say("status") and poll(
        lambda: "(ns.a.test): response: ns.a.test IN A NOERROR 1 1 1 -E(0)K (127.0.0.1)"
        in place.log()), place.log()[-400:])
    say("responselog", "off")
    check("tcp-timeouts", say("tcp-timeouts", "50", "60", "70", "80").split() ==
          ["tcp-initial-timeout=50", "tcp-idle-timeout=60", "tcp-keepalive-timeout=70",
           "tcp-advertised-timeout=80"] and say("tcp-timeouts").endswith("timeout=80"))
    check("tcp-timeouts out of range",
          say("tcp-timeouts", "1", "2", "3", "4") == "rndc: 'tcp-timeouts' failed: out of range")
    keys = say("tsig-list").splitlines()
    check("tsig-list", 'view "_default"; type "static"; key "k-md5";' in keys and
          len(keys) >= len(ALGORITHMS), keys)
    check("what needs an argument", say("flushname") ==
          "rndc: 'flushname' failed: unexpected end of input\n"
          "usage: flush [view], flushname name [view], flushtree name [view]")
    check("what is not there", say("flush", "nosuch") == "rndc: 'flush' failed: not found")


def dumps(place, bind):
    """dumpdb -zones of both servers, from the same zones."""
    for p in (place, bind):
        p.write("a.db", ZONE.format(serial=3, more="*.w TXT \"a\" b\nc.d 5 MX 10 mail.example.\n"
                                    "e CAA 0 issue \"x\"\n"))
        p.rndc("reload", "-wait" if p is place else "a.test", program=RNDC)
        poll(lambda: "zone a.test/IN: loaded serial 3" in p.log())
        p.rndc("dumpdb", "-zones")
        poll(lambda: "dumpdb complete" in p.log())

    def part(p):
        with open(os.path.join(p.dir, "named_dump.db")) as f:
            text = f.read()
        return text[:text.index("; Start view _bind")]

    ours, theirs = part(place), part(bind)
    ours = ours[:ours.find(";\n; Zone dump of 'b.test")] if "b.test" in ours else ours
    check("dumpdb -zones writes what BIND writes", theirs.startswith(ours), ours, theirs)
    run = place.rndc("dumpdb", "-zones", "nosuch")
    check("dumpdb of no view", run.stdout == "view 'nosuch' not found\n", run)
    place.rndc("stats")
    place.rndc("stats")
    with open(os.path.join(place.dir, "named.stats")) as f:
        text = f.read()
    check("stats are appended", text.count("+++ Statistics Dump +++") == 2 and
          text.count("--- Statistics Dump ---") == 2 and re.search(
              r"\+\+ Incoming Queries \+\+\n +[0-9]+ A\n\+\+ Outgoing Rcodes \+\+\n +[0-9]+ NOERROR\n",
              text) is not None, text)


def load(place, seconds_until):
    """Asks as fast as it can until told to stop; how often the answer was wrong."""
    wrong = 0
    while not seconds_until.is_set():
        try:
            client = place.client()
            wrong += client.run("testgen 3").get("text") != b"abc"
            client.close()
        except (OSError, EOFError):
            if not seconds_until.is_set():
                wrong += 1
    return wrong


def many_at_once(place):
    wrong, done = [], threading.Event()
    threads = [threading.Thread(target=lambda: wrong.append(load(place, done))) for _ in range(4)]
    for t in threads:
        t.start()
    runs = [place.rndc("reload") for _ in range(10)]
    done.set()
    for t in threads:
        t.join()
    check("many clients at once, while ten reloads come",
          wrong == [0] * 4 and all(r.returncode == 0 for r in runs), wrong, *runs)


def ends(place):
    run = place.rndc("stop", "-p")
    pid = place.server.child.pid
    status = place.server.child.wait(30)
    check("stop -p tells the process and ends it",
          run.returncode == 0 and run.stdout == f"pid: {pid}\n" and status == 0, run)
    log = place.log()
    check("its last words", "shutting down: flushing changes" in log and
          f"stopping command channel on 127.0.0.1#{place.channels[0]}" in log and
          log.rstrip().endswith("exiting"), log[-400:])
    place.server.start()
    client = place.client()
    client.ask("null")
    run = place.rndc("halt")
    check("halt, with another connection open", run.returncode == 0 and
          place.server.child.wait(30) == 0)
    client.close()
    place.write("named.conf", "options { pid-file none; session-keyfile none; "
                "listen-on { none; }; listen-on-v6 { none; }; };\ncontrols { };\n")
    place.server.start()
    check("`controls { };`: no channel", "command channel" not in place.log())
    place.server.stop()


def while_loading(place):
    """Commands during the first load: what must wait for its end waits, the rest does not."""
    with open(os.path.join(place.dir, "big.db"), "w") as f:
        f.write(ZONE.format(serial=1, more=""))
        f.writelines(f"n{i} A 192.0.2.{i % 256}\nn{i} TXT \"{i}\"\n" for i in range(300000))
    place.configure(more='zone "big.test" { type primary; file "big.db"; };\n')

    def start():
        with open(place.server.log, "w") as log:
            place.server.child = subprocess.Popen(
                [kz_servers.NAMED, "-g", "-c", "named.conf"], cwd=place.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        place.server.wait_for_log("command channel listening on")

    start()
    status = place.rndc("status")
    run = place.rndc("reload", "-wait", program=RNDC)
    check("a reload that meets a load waits for its end", run.returncode == 0 and
          status.returncode == 0 and
          run.stdout == "server reload successful\nall zones loaded\n" and
          place.log().count("big.test/IN: loaded serial 1") == 1, run, status, place.log()[-600:])
    place.server.stop()
    start()
    waiting = subprocess.Popen([RNDC, "-s", "127.0.0.1", "-p", str(place.channels[0]), "-k",
                                os.path.join(place.dir, "sha256.key"), "reload", "-wait"],
                               stderr=subprocess.PIPE, text=True)
    poll(lambda: "command 'reload -wait'" in place.log())
    run = place.rndc("stop")
    told = waiting.communicate(timeout=60)[1]
    check("who waits is told of the end", waiting.returncode == 1 and
          told == "rndc: 'reload' failed: shutting down\n", told, place.log()[-600:])
    check("stop during a load", run.returncode == 0 and place.server.child.wait(30) == 0 and
          "exiting" in place.log(), run, place.log()[-600:])


def default_key(place):
    place.write("named.conf", "options { pid-file none; session-keyfile none; "
                "listen-on { none; }; listen-on-v6 { none; }; };\n")
    place.server.start()
    log = place.log()
    check("no `controls`: the key of rndc.key", "configuring command channel from '" in log and
          "rndc.key'" in log, log)
    place.server.stop()


def unix_socket(place):
    place.configure('unix "/x" perm 0600 owner 0 group 0 keys { k-md5; };')
    run = subprocess.run([kz_servers.NAMED, "-g", "-c", "named.conf"], cwd=place.dir,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    check("UNIX sockets are refused", run.returncode == 1 and "named.conf:" in run.stdout, run.stdout)


def main():
    place, bind = Place("kizuna", kz_servers.NAMED), Place("bind", kz_servers.BIND)
    place.configure()
    bind.configure()
    with bind.server:
        algorithms(bind)
        our_rndc(bind)
        with place.server:
            algorithms(place)
            our_rndc(place)
            dialogue(place)
            forged_requests(place)
            crowd(place)
            slow_readers(place)
            listeners(place)
            broken_reload(place)
            switches(place)
            help_is_whole()
            waiting_reload(place)
            dumps(place, bind)
            many_at_once(place)
            ends(place)
            while_loading(place)
            default_key(place)
            unix_socket(place)
    return failures != 0


if __name__ == "__main__":
    if not os.path.exists(BIND_RNDC):
        print("skip - BIND's rndc is not installed")
        sys.exit(0)
    sys.exit(main())
