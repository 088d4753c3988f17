#!/usr/bin/python3
"""Who may update what: update-policy's rules by address, by session key and by a daemon's word,
every HMAC, and views, side by side with Debian's BIND.

BIND on both sides (NAMED=/usr/sbin/named) must give no difference.
"""
import os
import socket
import struct
import sys
import tempfile
import threading

import kz_servers
from kz_beside import SECRET, Side, compare, failed, report, same_zones
from kz_update import ANY, IN, sign, update

HMACS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
CONFIG = """
key "upd" { algorithm hmac-sha256; secret "%%(secret)s"; };
%(keys)s
options {
    listen-on port %%(port)d { 127.0.0.1; }; listen-on-v6 { none; };
    pid-file none; session-keyfile "session.key"; recursion no; dnssec-validation no;
    empty-zones-enable no; notify no; allow-transfer { any; };
};
view "inside" {
    match-clients { 127.0.0.1; key upd; };
    zone "127.in-addr.arpa" { type primary; file "reverse.zone";
                              update-policy { grant * tcp-self . PTR(1); }; };
    zone "2.0.0.2.ip6.arpa" { type primary; file "6to4.zone";
                              update-policy { grant * 6to4-self . NS; }; };
    zone "local.test" { type primary; file "local.zone"; update-policy local; };
    zone "daemon.test" { type primary; file "daemon.zone";
                         update-policy { grant "local:%(socket)s" external * A TXT; }; };
    zone "hmac.test" { type primary; file "hmac.zone"; allow-update { %(names)s }; };
};
view "outside" { zone "local.test" { type primary; file "outside.zone"; }; };
"""
ZONE = """$TTL 300
@ SOA ns.elsewhere.test. hostmaster 1 3600 600 86400 300
@ NS ns.elsewhere.test.
"""


class Daemon:
    """Says yes to names that begin with "yes", nothing at all to those that begin with "mute"."""

    def __init__(self, path):
        self.requests = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(path)
        self.socket.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client = self.socket.accept()[0]
            except OSError:
                return
            data = b""
            while len(data) < 8 or len(data) < struct.unpack("!I", data[4:8])[0]:
                data += client.recv(4096)
            self.requests.append(data)
            name = data[8:].split(b"\0")[1]
            if not name.startswith(b"mute"):
                client.sendall(struct.pack("!I", name.startswith(b"yes")))
                client.close()
            else:
                self.mute = client  # held open


def one(zone, owner, kind, data, rclass=IN):
    return update(1, zone, (), [(owner, kind, rclass, 0 if rclass == ANY else 60, data)])


def test_addresses(ours, theirs):
    """tcp-self and 6to4-self believe an address when TCP's handshake has shown it."""
    here, zone = "1.0.0.127.in-addr.arpa", "127.in-addr.arpa"
    for title, owner, kind, data, tcp, source in (
            ("its own name by TCP", here, "PTR", "me.test", True, "127.0.0.1"),
            ("its own name again: one is allowed", here, "PTR", "me2.test", True, "127.0.0.1"),
            ("its own name by UDP", here, "PTR", "me.test", False, "127.0.0.1"),
            ("its own name, another type", here, "A", "192.0.2.1", True, "127.0.0.1"),
            ("another's name", f"2.0.0.{zone}", "PTR", "you.test", True, "127.0.0.1")):
        compare(f"tcp-self: {title}", ours, theirs,
                lambda side: side.send(one(zone, owner, kind, data), source, tcp))
    zone = "2.0.0.2.ip6.arpa"
    for title, owner in (("its own prefix", f"1.0.0.0.0.0.f.7.{zone}"),
                         ("another's", f"2.0.0.0.0.0.f.7.{zone}")):
        compare(f"6to4-self: {title}", ours, theirs,
                lambda side: side.send(one(zone, owner, "NS", "ns.test"), tcp=True))


def test_session_key(ours, theirs):
    def add(side, *more):
        return side.nsupdate(["-k", f"{side.server.dir}/session.key"],
                             "\n".join([*more, "update add www.local.test 60 A 192.0.2.1"]))

    compare("the session key, from this host", ours, theirs, add)
    compare("another key", ours, theirs,
            lambda side: side.nsupdate(["-y", f"hmac-sha256:upd:{SECRET}"],
                                       "update add x.local.test 60 A 192.0.2.1"))
    compare("the session key in the view of others", ours, theirs,
            lambda side: add(side, "local 127.0.0.2"))


def test_daemon(ours, theirs, daemon):
    def ask(title, *what):
        daemon.requests.clear()
        compare(f"external: {title}", ours, theirs, lambda side: side.send(*what))
        told = {r: daemon.requests.count(r) for r in daemon.requests}
        report(set(told.values()) == {2}, f"external: {title}: the daemon was told the same",
               str(told))

    zone = "daemon.test"
    ask("yes", sign(one(zone, f"yes.{zone}", "A", "192.0.2.1"), "upd", SECRET))
    ask("no", sign(one(zone, f"no.{zone}", "A", "192.0.2.1"), "upd", SECRET))
    ask("unsigned by TCP", one(zone, f"yes.{zone}", "TXT", "x"), "127.0.0.1", True)
    ask("all of a name", sign(one(zone, f"yes.{zone}", "ANY", "", ANY), "upd", SECRET))
    # here BIND asks the daemon in vain
    message = sign(one(zone, f"yes.{zone}", "MX", "1 x"), "upd", SECRET)
    compare("external: a type that is not listed", ours, theirs, lambda side: side.send(message))
    message = sign(one(zone, f"mute.{zone}", "A", "192.0.2.1"), "upd", SECRET)
    report(ours.send(message) == "REFUSED", "external: a daemon that says nothing says no")
    daemon.socket.shutdown(socket.SHUT_RDWR)
    daemon.socket.close()
    report(ours.send(sign(one(zone, f"yes.{zone}", "A", "192.0.2.1"), "upd", SECRET)) == "REFUSED",
           "external: a daemon that is gone says no")


def test_hmacs(ours, theirs):
    for hmac in HMACS:
        compare(f"signed with hmac-{hmac}", ours, theirs,
                lambda side: side.nsupdate(["-y", f"hmac-{hmac}:k-{hmac}:{SECRET}"],
                                           f"update add {hmac}.hmac.test 60 A 192.0.2.1"))


def main():
    with tempfile.TemporaryDirectory(prefix="kizuna-ssu-") as directory:
        path = os.path.join(directory, "socket")
        keys = "".join(f'key "k-{h}" {{ algorithm hmac-{h}; secret "%(secret)s"; }};\n'
                       for h in HMACS)
        config = CONFIG % {"keys": keys, "socket": path,
                           "names": " ".join(f"key k-{h};" for h in HMACS)}
        files = {f"{n}.zone": ZONE
                 for n in ("reverse", "6to4", "local", "daemon", "hmac", "outside")}
        daemon = Daemon(path)
        with Side("kizuna", kz_servers.NAMED, config, files) as ours, \
                Side("bind", kz_servers.BIND, config, files) as theirs:
            test_addresses(ours, theirs)
            test_session_key(ours, theirs)
            test_hmacs(ours, theirs)
            test_daemon(ours, theirs, daemon)
            same_zones(ours, theirs, ("127.in-addr.arpa", "2.0.0.2.ip6.arpa", "local.test",
                                      "daemon.test", "hmac.test"))
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main())
