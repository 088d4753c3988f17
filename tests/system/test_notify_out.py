#!/usr/bin/python3
"""NOTIFY out, beside Debian's BIND: who is told, with which bytes, when; keys; answers of every
kind; a server that only listens on TCP."""
import hashlib
import hmac
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kz_servers                                                   # noqa: E402
from kz_wire import Reply, name_to_wire                             # noqa: E402

KEY = b"secret-secret-secret-secret-1234"
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
FIRST = 10
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


class Listener:
    """Takes NOTIFYs at an address and answers each as `how` says."""

    def __init__(self, address, port, how="plain", kind=socket.SOCK_DGRAM):
        self.socket, self.how, self.kind = socket.socket(socket.AF_INET, kind), how, kind
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
        self.messages, self.times, self.sources = [], [], []

    def take(self):
        if self.kind == socket.SOCK_STREAM:
            connection, source = self.socket.accept()
            connection.settimeout(5)
            size = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))[0]
            message = connection.recv(size, socket.MSG_WAITALL)
            answer = self.answer(message)
            connection.sendall(struct.pack("!H", len(answer)) + answer)
            connection.close()
        else:
            message, source = self.socket.recvfrom(4096)
            answer = self.answer(message)
            if answer:
                self.socket.sendto(answer, source)
        self.messages.append(message)
        self.times.append(time.monotonic())
        self.sources.append(source[0])

    def answer(self, message):
        end = message.index(b"\0", 12) + 5
        plain = message[:2] + b"\xa4\0\0\1" + bytes(6) + message[12:end]
        if self.how == "signed":
            return signed(plain, message)
        if self.how == "notauth":
            return plain[:3] + b"\x09" + plain[4:]
        return plain


def signed(answer, request):
    """The answer with a TSIG (RFC 8945 §5.3) of key k."""
    mac_of_request = request[-6 - 32:-6]
    name, algorithm = name_to_wire("k"), name_to_wire("hmac-sha256")
    timers = struct.pack("!HIH", 0, int(time.time()), 300)
    covered = struct.pack("!H", 32) + mac_of_request + answer + name + struct.pack("!HI", 255, 0) + \
        algorithm + timers + struct.pack("!HH", 0, 0)
    mac = hmac.new(KEY, covered, hashlib.sha256).digest()
    rdata = algorithm + timers + struct.pack("!H", 32) + mac + answer[:2] + struct.pack("!HH", 0, 0)
    return answer[:11] + b"\1" + answer[12:] + name + struct.pack("!HHIH", 250, 255, 0,
                                                                  len(rdata)) + rdata


def serve(listeners, condition, seconds=20):
    """Lets the listeners work until condition() holds; whether it came to that."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        ready, _, _ = select.select([x.socket for x in listeners], [], [], 0.05)
        for x in listeners:
            if x.socket in ready:
                x.take()
    return True


def config(port, to):
    return f"""
key k {{ algorithm hmac-sha256; secret "{SECRET}"; }};
controls {{ }};
options {{ {kz_servers.SAME_OPTIONS.replace("notify no;", "").replace(
    "allow-transfer { none; };", "")}
  listen-on port {port} {{ 127.0.0.1; }}; allow-transfer {{ any; }}; notify-delay 1; }};
server 127.0.0.3 {{ keys k; }};
zone "a.test" {{ type primary; file "a.db"; allow-update {{ any; }}; notify explicit;
  also-notify port {to} {{ 127.0.0.1; 127.0.0.2 key k; 127.0.0.3; 127.0.0.4; }}; }};
zone "quiet.test" {{ type primary; file "b.db"; allow-update {{ any; }}; notify no;
  also-notify {{ 127.0.0.1 port {to}; }}; }};
zone "from.test" {{ type primary; file "c.db"; notify explicit; notify-source 127.0.0.9;
  also-notify {{ 127.0.0.5 port {to}; }}; }};
zone "ns.test" {{ type primary; file "d.db"; notify primary-only; }};
"""


def write_zones(directory):
    for name in ("a", "b", "c"):
        with open(os.path.join(directory, name + ".db"), "w") as f:
            f.write(f"$TTL 300\n@ SOA ns Hostmaster {FIRST} 3600 600 86400 300\n@ NS ns\n"
                    "ns A 127.0.0.1\n")
    with open(os.path.join(directory, "d.db"), "w") as f:
        f.write("$TTL 300\n@ SOA ns1 h 1 3600 600 86400 300\n@ NS ns1\n@ NS ns2\n@ NS ns3.sub\n"
                "ns1 A 127.0.0.11\nns2 A 127.0.0.12\nns2 A 127.0.0.13\nsub NS ns3.sub\n"
                "ns3.sub A 127.0.0.14\n@ NS away.invalid.\n")


def update(port, zone, name):
    run = subprocess.run(["nsupdate"], text=True, capture_output=True,
                         input=f"server 127.0.0.1 {port}\nzone {zone}\n"
                               f"update add {name}.{zone} 60 A 192.0.2.1\nsend\n")
    if run.returncode != 0:
        raise RuntimeError(run.stderr)


def serial_in(message):
    return struct.unpack("!I", Reply(message).sections[0][0][4][-20:-16])[0]


def gather(binary, label):
    """What a server tells whom at its start and after two updates."""
    port, to = kz_servers.free_port(), kz_servers.free_port()
    plain = Listener("127.0.0.1", to)
    keyed = Listener("127.0.0.2", to, "signed")
    server_key = Listener("127.0.0.3", to, "signed")
    unwilling = Listener("127.0.0.4", to, "notauth")
    source = Listener("127.0.0.5", to)
    everybody = [plain, keyed, server_key, unwilling, source]
    directory = kz_servers.work_dir(label)
    write_zones(directory)
    server = kz_servers.Server(label, binary, config(port, to), directory)
    server.arguments = ["-d", "3"]
    with server:
        started = serve(everybody, lambda: all(x.messages for x in everybody))
        update(port, "quiet.test", "x")
        update(port, "a.test", "x")
        first = serve(everybody, lambda: serial_in(plain.messages[-1]) == FIRST + 1)
        update(port, "a.test", "y")
        update(port, "a.test", "z")
        told = time.monotonic()
        second = serve(everybody, lambda: serial_in(plain.messages[-1]) == FIRST + 3 and
                       all(len(x.messages) >= 3 for x in (keyed, server_key)))
        server.told_s = plain.times[-1] - told
    server.steps = started, first, second
    for x in everybody:
        x.socket.close()
    return server, everybody


def without_id(message):
    return message[2:]


def compare_with_bind():
    ours, heard = gather(kz_servers.NAMED, "kizuna")
    theirs, heard_theirs = gather(kz_servers.BIND, "bind")
    check("at the start, after an update, and after two: everybody is told", all(ours.steps),
          (ours.steps, ours.last_log[-1000:]))
    for i, what in enumerate(("a plain one", "one with a key of also-notify",
                              "one with a key of server { }")):
        a, b = heard[i].messages[0], heard_theirs[i].messages[0]
        if i == 0:
            check(f"{what}: BIND's bytes", without_id(a) == without_id(b), f"{a.hex()}\n{b.hex()}")
        else:
            ra, rb = Reply(a), Reply(b)
            check(f"{what}: signed, else BIND's bytes",
                  ra.sections[:2] == rb.sections[:2] and a[2:4] == b[2:4] and len(a) == len(b) and
                  ra.sections[2][0][1] == 250 and ra.sections[2][0][0] == rb.sections[2][0][0],
                  f"{a.hex()}\n{b.hex()}")
    check("notify-source", heard[4].sources[0] == "127.0.0.9", heard[4].sources)
    check("notify no: nobody is told", all(b"quiet" not in m for m in heard[0].messages))
    check("notify-delay: two updates are told of once, a second later",
          0.5 < ours.told_s < 3, ours.told_s)
    check("the answer's signature is verified", "127.0.0.2" in ours.last_log and
          not re.search(r"notify to 127.0.0.[23]#\d+ failed", ours.last_log), ours.last_log[-1500:])
    for what, pattern in (
            ("a set", r"zone a.test/IN: sending notifies \(serial 10\)"),
            ("a message", r"zone a.test/IN: sending notify to 127.0.0.1#\d+\n"),
            ("a signed one", r"zone a.test/IN: sending notify to 127.0.0.2#\d+ : TSIG \(k\)"),
            ("an unwilling server", r"notify response from 127.0.0.4#\d+: NOTAUTH"),
            ("an answer", r"notify response from 127.0.0.1#\d+: NOERROR"),
            ("one that nobody hears",
             r"notify to 127.0.0.12#53 failed: connection refused: retrying over TCP"),
            ("a name server without an address",
             r"zone ns.test/IN: no notify to name server 'away.invalid': ")):
        check("the log tells of " + what, re.search(pattern, ours.last_log), ours.last_log[-1500:])
    told = lambda log: set(re.findall(r"zone ns.test/IN: sending notify to ([0-9.]+)#53", log))  # noqa: E731
    check("NS set less the primary, as BIND, and by glue that BIND would look up elsewhere",
          told(ours.last_log) == told(theirs.last_log) | {"127.0.0.14"} ==
          {"127.0.0.12", "127.0.0.13", "127.0.0.14"}, (told(ours.last_log), told(theirs.last_log)))


def check_tcp():
    """A server that does not listen on UDP is told by TCP."""
    port, to = kz_servers.free_port(), kz_servers.free_port()
    listener = Listener("127.0.0.1", to, kind=socket.SOCK_STREAM)
    directory = kz_servers.work_dir("kizuna")
    write_zones(directory)
    with kz_servers.Server("kizuna", kz_servers.NAMED, config(port, to), directory):
        heard = serve([listener], lambda: listener.messages)
    check("by TCP when UDP is refused", heard and serial_in(listener.messages[0]) == FIRST)
    listener.socket.close()


def main():
    compare_with_bind()
    check_tcp()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
