#!/usr/bin/python3
"""Listening: addresses that come and go, and clients that misbehave.

It runs in a network namespace of its own (unshare), with a loopback and the two ends of
a cable, v0 and v1, so that addresses can be added and removed.  dig asks; the replies
must come from the address that was asked, or dig does not take them.
"""
import contextlib
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

import kz_servers

INSIDE = "KIZUNA_NET_NAMESPACE"
PORT = 5675
LIMIT = 20
failures = 0

ZONE = """$TTL 300
@ IN SOA ns.example.com. hostmaster.example.com. 1 3600 900 604800 300
@ IN NS ns
ns IN A 192.0.2.53
big IN TXT %s
""" % " ".join('"%s"' % (c * 250) for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "0123456789")

CONFIG = """
options {
    pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no;
    listen-on port %d { %%s };
    listen-on-v6 port %d { any; };
    tcp-clients %d; tcp-listen-queue 128;
    tcp-initial-timeout 25; tcp-idle-timeout 30; tcp-keepalive-timeout 60;
    blackhole { 127.0.0.66; };
};
controls { };
zone "example.com" { type primary; file "example.com.zone"; };
""" % (PORT, PORT, LIMIT)


def verdict(what, good, detail=""):
    global failures
    print(f"{'ok' if good else 'not ok'} - {what}", flush=True)
    if not good:
        failures += 1
        if detail:
            print("#   " + str(detail).replace("\n", "\n#   "))


def run(command):
    subprocess.run(command, shell=True, check=True)


def eventually(check, seconds=8):
    end = time.monotonic() + seconds
    while True:
        result = check()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.05)


def dig(server, *arguments, name="ns.example.com", wait=1):
    out = subprocess.run(["dig", f"@{server}", "-p", str(PORT), "+short", f"+time={wait}",
                          "+tries=1", *arguments, name], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=60)
    return out.stdout.strip()


def serves(server):
    return dig(server) == "192.0.2.53" and dig(server, "+tcp") == "192.0.2.53"


def query(name="ns.example.com", identity=1, rrtype=1):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack("!HHHHHH", identity, 0, 1, 0, 0, 0) + labels + b"\0" + \
        struct.pack("!HH", rrtype, 1)


def framed(message):
    return struct.pack("!H", len(message)) + message


def tcp(timeout=10, source=None):
    s = socket.socket()
    s.settimeout(timeout)
    if source:
        s.bind((source, 0))
    s.connect(("127.0.0.1", PORT))
    return s


def read_exactly(s, size):
    data = b""
    while len(data) < size:
        piece = s.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_message(s):
    return read_exactly(s, struct.unpack("!H", read_exactly(s, 2))[0])


def closed_after(s, seconds):
    """How long until the server closes, None: longer than `seconds`."""
    start = time.monotonic()
    s.settimeout(seconds)
    try:
        while s.recv(65536):
            pass
    except socket.timeout:
        return None
    except OSError:
        pass
    return time.monotonic() - start


# Addresses

def test_addresses(server):
    verdict("the loopback addresses are served at start", serves("127.0.0.1") and serves("::1"))
    log = server.read_log()
    for line in (f"listening on IPv4 interface lo, 127.0.0.1#{PORT}",
                 f"listening on IPv6 interface lo, ::1#{PORT}"):
        verdict(f"log: {line}", line in log)
    for address, where in (("192.0.2.1/24", "v0"), ("2001:db8::1/64", "v0"),
                           ("198.51.100.7/32", "lo")):
        host = address.split("/")[0]
        family = "IPv6" if ":" in host else "IPv4"
        run(f"ip addr add {address} dev {where}")
        verdict(f"{address} comes: it is served over UDP and TCP",
                eventually(lambda h=host: serves(h)))
        line = f"listening on {family} interface {where}, {host}#{PORT}"
        verdict(f"log: {line}", line in server.read_log())
        run(f"ip addr del {address} dev {where}")
        line = f"no longer listening on {host}#{PORT}"
        verdict(f"it goes: log: {line}", eventually(lambda t=line: t in server.read_log()))
    run("ip addr add fe80::77/64 dev v0 nodad")
    verdict("a link-local address is served with its scope",
            eventually(lambda: serves("fe80::77%v0")))
    run("ip addr del fe80::77/64 dev v0")
    verdict("the loopback address was served all the time", serves("127.0.0.1"))


def test_many_addresses():
    run("for i in $(seq 1 60); do ip addr add 10.9.0.$i/32 dev lo; done")
    served = eventually(lambda: all(dig(f"10.9.0.{i}") == "192.0.2.53" for i in range(1, 61)), 20)
    verdict("60 addresses that come at once are served", served)
    run("for i in $(seq 1 60); do ip addr del 10.9.0.$i/32 dev lo; done")
    verdict("and go", eventually(lambda: dig("10.9.0.60") != "192.0.2.53"))


def sockets_of(address):
    out = subprocess.run(["ss", "-Huan", "-e", "src", f"{address}:{PORT}"],
                         stdout=subprocess.PIPE, text=True).stdout
    return sorted(re.findall(r"ino:(\d+)", out))


def reload_with(server, listen):
    with open(os.path.join(server.dir, "named.conf"), "w") as f:
        f.write(CONFIG % listen)
    server.child.send_signal(signal.SIGHUP)


def test_reload(server):
    before = sockets_of("127.0.0.1")
    run("ip addr add 127.0.0.9/8 dev lo")
    reload_with(server, "127.0.0.1; 127.0.0.9;")
    verdict("a reload with one more address serves it", eventually(lambda: serves("127.0.0.9")))
    reload_with(server, "127.0.0.1;")
    verdict("a reload without it serves it no more",
            eventually(lambda: dig("127.0.0.9") != "192.0.2.53"))
    verdict("the other address kept its sockets", before and sockets_of("127.0.0.1") == before,
            f"{before} {sockets_of('127.0.0.1')}")
    reload_with(server, "any;")
    eventually(lambda: serves("127.0.0.9"))
    run("ip addr del 127.0.0.9/8 dev lo")
    eventually(lambda: dig("127.0.0.9") != "192.0.2.53")


def test_port_in_use(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.setsockopt(socket.IPPROTO_IP, 15, 1)       # IP_FREEBIND: before the address is there
        held.bind(("192.0.2.9", PORT))
        run("ip addr add 192.0.2.9/32 dev lo")
        line = "creating IPv4 interface lo failed; interface ignored"
        verdict("an address whose port another process has: log: " + line,
                eventually(lambda: line in server.read_log()))
    verdict("it is served when the other process lets it go",
            eventually(lambda: serves("192.0.2.9"), 15))
    run("ip addr del 192.0.2.9/32 dev lo")


# Clients over UDP

def ask_udp(data, source=None, timeout=0.5):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        if source:
            s.bind(source)
        s.connect(("127.0.0.1", PORT))
        s.send(data)
        try:
            return s.recv(65535)
        except OSError:
            return None


def test_udp():
    silent = [n for n in range(12) if ask_udp(query()[:n], timeout=0.05) is not None]
    verdict("datagrams shorter than a header are not answered", not silent, silent)
    answered = [n for n in (5000, 60000) if not ask_udp(query().ljust(n, b"\0"), timeout=2)]
    verdict("large datagrams are read whole and answered", not answered, answered)
    verdict("a blackholed client gets no answer",
            ask_udp(query(), ("127.0.0.66", 0)) is None and ask_udp(query()) is not None)
    verdict("a request from port 7 gets no answer", ask_udp(query(), ("127.0.0.1", 7)) is None)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as raw:
        message = query()
        raw.sendto(struct.pack("!HHHH", 0, PORT, 8 + len(message), 0) + message,
                   ("127.0.0.1", 0))
    verdict("a request from port 0 does no harm", ask_udp(query()) is not None)


# Clients over TCP

def test_pipeline():
    count = 10000
    with tcp(60) as s:
        child = os.fork()
        if child == 0:
            s.sendall(b"".join(framed(query(identity=i)) for i in range(count)))
            os._exit(0)
        seen = {struct.unpack("!H", read_message(s)[:2])[0] for _ in range(count)}
        os.waitpid(child, 0)
    verdict("10,000 pipelined queries get 10,000 answers", len(seen) == count, len(seen))
    with tcp() as s:
        for byte in framed(query()):
            s.send(bytes([byte]))
        verdict("a query in segments of one byte", len(read_message(s)) > 12)
    with tcp() as s:
        s.sendall(framed(query()) * 3)
        s.shutdown(socket.SHUT_WR)
        lengths = [len(read_message(s)) for _ in range(3)]
        verdict("a client that closed its half gets its answers, then the end",
                min(lengths) > 12 and closed_after(s, 3) is not None)


def test_quota(server):
    idle = [tcp() for _ in range(LIMIT * 3)]
    time.sleep(0.5)
    verdict("a flood of connections leaves UDP alone", dig("127.0.0.1") == "192.0.2.53")
    start = time.monotonic()
    answer = dig("127.0.0.1", "+tcp", wait=15)
    verdict("a client comes in when the silent ones are cut off (tcp-initial-timeout 2.5 s)",
            answer == "192.0.2.53", f"{answer} after {time.monotonic() - start:.1f} s")
    for s in idle:
        s.close()
    verdict("afterwards all is as before", eventually(lambda: serves("127.0.0.1")))
    if server.binary != kz_servers.BIND:
        verdict("log: quota reached", "Accepting TCP connection failed: quota reached"
                in server.read_log())


def test_slow_clients():
    with tcp() as silent, tcp() as half, tcp() as idle, tcp() as stuck:
        half.send(framed(query())[:7])
        idle.sendall(framed(query()))
        read_message(idle)
        with contextlib.suppress(OSError):
            stuck.settimeout(1)
            stuck.sendall(framed(query("big.example.com", rrtype=16)) * 3000)
        times = [closed_after(s, 12) for s in (silent, half, idle)]
        verdict("a client that says nothing, one that stops in a message, and an idle one are "
                "cut off", None not in times, times)
        end = closed_after_reset(stuck)
        verdict("a client that reads no answers is cut off", end)
    verdict("a client that writes a byte now and then is cut off", trickle() is not None)
    verdict("others were served meanwhile", serves("127.0.0.1"))


def closed_after_reset(s):
    """The server has given this client up: writing to it fails, without reading."""
    s.settimeout(0.2)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            s.send(b"\0")
        except socket.timeout:
            pass
        except OSError:
            return True
        time.sleep(0.1)
    return False


def trickle():
    start = time.monotonic()
    with tcp() as s:
        message = framed(query())[:3] + b"\0" * 200
        for byte in message:
            try:
                s.send(bytes([byte]))
            except OSError:
                return time.monotonic() - start
            time.sleep(0.1)
    return None


def test_resets():
    linger = struct.pack("ii", 1, 0)
    for i in range(2000):
        s = tcp()
        if i % 2:
            s.send(framed(query())[:(i % 40) + 1])
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        s.close()
    verdict("2,000 connections that were reset leave a server that answers", serves("127.0.0.1"))
    with tcp(5, "127.0.0.66") as s:
        with contextlib.suppress(OSError):
            s.sendall(framed(query()))
        verdict("a blackholed client is not answered over TCP", closed_after(s, 3) is not None)


def test_end(server):
    verdict("the server ends with status 0", server.stop() == 0)
    log = server.read_log()
    verdict(f"log: no longer listening on 127.0.0.1#{PORT}",
            f"no longer listening on 127.0.0.1#{PORT}" in log)


def run_inside():
    run("ip link set lo up; ip link add v0 type veth peer name v1; ip link set v0 up;"
        "ip link set v1 up")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    work = kz_servers.work_dir("net")
    with open(os.path.join(work, "example.com.zone"), "w") as f:
        f.write(ZONE)
    with kz_servers.Server("kizuna", kz_servers.NAMED, CONFIG % "any;", work) as server:
        test_addresses(server)
        test_many_addresses()
        test_reload(server)
        test_port_in_use(server)
        test_udp()
        test_pipeline()
        test_quota(server)
        test_slow_clients()
        test_resets()
        test_end(server)
    return failures != 0


def main():
    if os.environ.get(INSIDE):
        return run_inside()
    os.environ[INSIDE] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    unshare = ["unshare", "-n"] if os.getuid() == 0 else ["unshare", "-rn"]
    if subprocess.run(unshare + ["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"],
                      stderr=subprocess.DEVNULL).returncode != 0:
        print("skip - no network namespaces or veth interfaces here")
        return 0
    os.execvp(unshare[0], unshare + [sys.executable, os.path.abspath(__file__)])


if __name__ == "__main__":
    sys.exit(main())
