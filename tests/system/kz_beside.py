"""Kizuna and Debian's BIND, side by side in the same steps: what nsupdate gets and what the
logs say of updates must be the same, and the zones in the end.
"""
import re
import subprocess
import time

import kz_servers
from kz_update import send_tcp, send_udp, transfer
from kz_wire import Reply, rcode_name

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
failed = []     # titles of what report() was told that it is not good


def report(good, title, detail=""):
    failed.extend([] if good else [title])
    print(f"{'ok' if good else 'not ok'} - {title}")
    for line in detail.split("\n") if detail and not good else ():
        print("#", line)


class Side:
    """A server and what it says."""

    def __init__(self, label, binary, config, files):
        """`config` names %(port)d, %(control)d and %(secret)s; `files` are names and texts."""
        self.port, self.control = kz_servers.free_port(), kz_servers.free_port()
        self.server = kz_servers.Server(label, binary, config % {
            "secret": SECRET, "port": self.port, "control": self.control})
        for name, text in files.items():
            with open(f"{self.server.dir}/{name}", "w") as f:
                f.write(text)
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

    def send(self, message, source="127.0.0.1", tcp=False):
        reply = (send_tcp if tcp else send_udp)(self.port, message, source=source)
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


def same_zones(ours, theirs, zones):
    for zone in zones:
        a, b = (sorted((r[0].lower(), *r[1:]) for r in transfer(side.port, zone))
                for side in (ours, theirs))
        report(a == b, f"{zone} has ended the same", f"ours: {a}\ntheirs: {b}")


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
