#!/usr/bin/python3
"""Zones and configuration are reloaded twenty times while clients ask: no query is lost, no answer
mixes two versions, the serial never goes back, and a broken file leaves the old version serving."""
import os
import signal
import socket
import struct
import sys
import threading
import time

import kz_servers
from kz_wire import Query, Reply

ROUNDS = 20


def write_zone(directory, serial):
    """Two records that must always be of one version, among enough names to take a while."""
    path = os.path.join(directory, "a.zone")
    with open(path + ".new", "w") as f:
        f.write(f"$TTL 60\n@ SOA ns host {serial} 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"
                f"pair TXT \"{serial} one\"\npair TXT \"{serial} two\"\n")
        f.writelines(f"n{i} A 192.0.2.{i % 256}\n" for i in range(3000))
    os.replace(path + ".new", path)


def write_config(directory, port, extra):
    with open(os.path.join(directory, "named.conf"), "w") as f:
        f.write("options {%s listen-on port %d { 127.0.0.1; }; };\n" % (kz_servers.SAME_OPTIONS, port))
        f.write('zone "a.test" { type primary; file "a.zone"; };\n')
        if extra:
            f.write('zone "b.test" { type primary; file "a.zone"; };\n')


class Client(threading.Thread):
    """Asks for the pair and the SOA in turns until told to stop."""

    def __init__(self, port):
        super().__init__()
        self.port, self.asked, self.problems, self.serial, self.on = port, 0, [], 0, True

    def run(self):
        questions = [Query("pair.a.test.", "TXT"), Query("a.test.", "SOA"),
                     Query("n17.a.test.", "A"), Query("none.a.test.", "A")]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect(("127.0.0.1", self.port))
            while self.on:
                query = questions[self.asked % 4]
                self.asked += 1
                s.send(query.wire(self.asked & 0xFFFF))
                try:
                    self.judge(query, Reply(s.recv(4096)))
                except socket.timeout:
                    self.problems.append(f"no answer to {query}")

    def judge(self, query, reply):
        wanted = 3 if query.name.startswith(b"\4none") else 0
        if reply.rcode != wanted:
            self.problems.append(f"rcode {reply.rcode} for {query}")
            return
        serial = None
        if query.qtype == 16:
            versions = {record[4].split()[0][1:] for record in reply.sections[0]}
            if len(versions) != 1 or len(reply.sections[0]) != 2:
                self.problems.append(f"a mixed answer: {reply.sections[0]}")
            serial = int(versions.pop())
        if query.qtype == 6:
            serial = struct.unpack("!I", reply.sections[0][0][4][-20:-16])[0]
        if serial is not None:
            if serial < self.serial:
                self.problems.append(f"serial {self.serial} went back to {serial}")
            self.serial = serial


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def reload_many(server, port):
    """Returns the rounds whose new version came to be served."""
    served = 0
    for serial in range(2, ROUNDS + 2):
        write_zone(server.dir, serial)
        write_config(server.dir, port, extra=serial % 2)
        server.child.send_signal(signal.SIGHUP)
        served += wait_until(lambda s=serial: f"zone a.test/IN: loaded serial {s}\n" in server.read_log())
    return served


def break_things(server, clients, port):
    """A zone that does not parse, then a configuration that does not: both leave what was."""
    with open(os.path.join(server.dir, "a.zone"), "a") as f:
        f.write("broken A 1.2.3.400\n")
    server.child.send_signal(signal.SIGHUP)
    zone_refused = wait_until(lambda: "bad dotted quad" in server.read_log())
    with open(os.path.join(server.dir, "named.conf"), "w") as f:
        f.write("options { nonsense yes; };\n")
    server.child.send_signal(signal.SIGHUP)
    config_refused = wait_until(lambda: "unknown option 'nonsense'" in server.read_log())
    before = clients[0].asked
    wait_until(lambda: clients[0].asked > before + 50)
    return zone_refused, config_refused


def show_sanitizer(server_log):
    """What a sanitizer wrote into the log, for whoever looks for the cause."""
    at = server_log.find("WARNING: ThreadSanitizer")
    if at >= 0:
        print("\n".join("# " + line for line in server_log[at:at + 6000].split("\n")))


def verdict(good, what):
    print(f"{'ok' if good else 'not ok'} - {what}")
    return bool(good)


def main():
    port = kz_servers.free_port()
    server = kz_servers.Server("reload", kz_servers.NAMED, "")
    write_zone(server.dir, 1)
    write_config(server.dir, port, False)
    with server:
        wait_until(lambda: "loaded serial 1\n" in server.read_log())
        clients = [Client(port) for _ in range(3)]
        for client in clients:
            client.start()
        served = reload_many(server, port)
        zone_refused, config_refused = break_things(server, clients, port)
        alive = server.child.poll() is None
        for client in clients:
            client.on = False
        for client in clients:
            client.join()
    if server.status != 0:
        show_sanitizer(server.last_log)
    problems = [p for client in clients for p in client.problems]
    for problem in problems[:10]:
        print("# " + problem)
    asked = sum(client.asked for client in clients)
    return 0 if all([
        verdict(served == ROUNDS, f"{served} of {ROUNDS} reloads came to be served"),
        verdict(zone_refused, "a zone file with a mistake is refused and the old version serves"),
        verdict(config_refused, "a configuration with a mistake is refused and the old one runs"),
        verdict(alive and asked > 100 and not problems,
                f"{asked} queries meanwhile, {len(problems)} lost, mixed or gone back"),
        verdict(server.status == 0, f"named ends with status {server.status}"),
    ]) else 1


if __name__ == "__main__":
    sys.exit(main())
