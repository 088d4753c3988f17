"""Starts and ends name servers for the system tests in Python.

A Server runs in a directory of its own below TMPDIR with a configuration that the test
gives; its log is DIR/log.  A test that holds one in a `with` statement leaves no process
behind.  NAMED is the server under test, BIND the reference (Debian's), both from the
environment when set.
"""
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SRC = os.environ.get("SRC") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("BUILD") or os.path.join(SRC, "build")
NAMED = os.environ.get("NAMED") or os.path.join(BUILD, "server", "named")
BIND = os.environ.get("BIND") or "/usr/sbin/named"
# A sanitized build on a busy machine is slow to start, not broken.
START_TIMEOUT_S = 120


def free_port():
    """A port of 127.0.0.1 that neither UDP nor TCP uses right now, below those that the kernel
    gives to clients: a server that starts again must get it again."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def work_dir(name):
    return tempfile.mkdtemp(prefix=f"kizuna-{name}-")


class Server:
    """`binary -g -c DIR/named.conf`, waited for until its log says "running"."""

    def __init__(self, label, binary, config, directory=None, arguments=()):
        self.label, self.binary, self.arguments = label, binary, list(arguments)
        self.dir = directory or work_dir(label)
        self.log = os.path.join(self.dir, "log")
        self.child = None
        with open(os.path.join(self.dir, "named.conf"), "w") as f:
            f.write(config)

    def command(self):
        return [self.binary, "-g", "-c", "named.conf"] + self.arguments

    def start(self):
        with open(self.log, "w") as log:
            self.child = subprocess.Popen(
                self.command(), cwd=self.dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.wait_for_log(" running\n")
        return self

    def read_log(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def wait_for_log(self, text, seconds=START_TIMEOUT_S):
        end = time.monotonic() + seconds
        while text not in self.read_log():
            if self.child.poll() is not None or time.monotonic() > end:
                tail = "\n".join(self.read_log().split("\n")[-20:])
                raise RuntimeError(f"{self.label} ({self.binary}) did not log {text!r}:\n{tail}")
            time.sleep(0.02)

    def stop(self, sig=signal.SIGTERM):
        """Ends the server; returns its exit status."""
        if self.child is None:
            return None
        if self.child.poll() is None:
            self.child.send_signal(sig)
        try:
            status = self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = self.child.wait()
        self.child = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        self.status = self.stop()
        self.last_log = self.read_log()
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)


# Options in which the reference must not differ by its defaults for resolvers, or by chance.
SAME_OPTIONS = """
    pid-file none; session-keyfile none;
    listen-on-v6 { none; };
    recursion no; dnssec-validation no; empty-zones-enable no; notify no;
    allow-transfer { none; };
    rrset-order { order none; };
    version "differential"; hostname "differential"; server-id "differential";
    check-names master ignore; check-mx ignore; check-integrity no; check-mx-cname ignore;
    check-srv-cname ignore; check-wildcard no; check-sibling no;
"""
