"""A network of its own for a test: hosts in network namespaces around a router, whose links can be
cut, silently or with a lost carrier, and where TCP port 53 can be blocked.  Needs root and ip(8).

Host 0 is 10.53.0.2, host 1 is 10.53.1.2, and so on; each sees itself as 127.0.0.1, too.
"""
import ctypes
import os
import subprocess
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


def why_not():
    """None, or why there can be no such network here."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"kz{os.getpid()}try"
    try:
        made = ip("netns", "add", name, check=False)
        if made.returncode == 0:
            made = ip("-n", name, "link", "add", "v1", "type", "veth", "peer", "name", "v2",
                      check=False)
            if made.returncode == 0:
                made = ip("-n", name, "rule", "add", "iif", "v1", "ipproto", "tcp", "dport", "53",
                          "blackhole", check=False)
            ip("netns", "del", name, check=False)
    except FileNotFoundError:
        return "ip(8) is not installed"
    return None if made.returncode == 0 else f"no network namespaces: {made.stderr.strip()}"


class Network:
    """Used by one thread; the state of each link is in `cut` and `blocked` (None: it is whole)."""

    def __init__(self, hosts):
        self.prefix = f"kz{os.getpid()}"
        self.hosts = hosts
        self.router = self.prefix + "r"
        self.cut = [None] * hosts
        self.blocked = [False] * hosts

    def host(self, i):
        return f"{self.prefix}h{i}"

    @staticmethod
    def address(i):
        return f"10.53.{i}.2"

    def __enter__(self):
        try:
            ip("netns", "add", self.router)
            for i in range(self.hosts):
                self._add_host(i)
            ip("netns", "exec", self.router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def _add_host(self, i):
        host, link = self.host(i), f"l{i}"
        ip("netns", "add", host)
        ip("-n", self.router, "link", "add", link, "type", "veth", "peer", "name", "v0", "netns",
           host)
        for space, device, address in ((self.router, link, f"10.53.{i}.1/24"),
                                       (host, "v0", f"10.53.{i}.2/24")):
            ip("-n", space, "addr", "add", address, "dev", device)
            ip("-n", space, "link", "set", device, "up")
        ip("-n", host, "link", "set", "lo", "up")
        ip("-n", host, "route", "add", "default", "via", f"10.53.{i}.1")

    def __exit__(self, *_):
        for name in [self.host(i) for i in range(self.hosts)] + [self.router]:
            ip("netns", "del", name, check=False)

    def _rule(self, verb, i, *what):
        # the preference tells which of two is deleted
        ip("-n", self.router, "rule", verb, "pref", str(100 + 2 * i + bool(what)), "iif", f"l{i}",
           *what, "blackhole")

    def cut_link(self, i, how):
        """`how`: "silence" loses every packet, "carrier" takes the link down."""
        self.heal_link(i)
        if how == "silence":
            self._rule("add", i)
        else:
            ip("-n", self.router, "link", "set", f"l{i}", "down")
        self.cut[i] = how

    def heal_link(self, i):
        if self.cut[i] == "silence":
            self._rule("del", i)
        elif self.cut[i] == "carrier":
            ip("-n", self.router, "link", "set", f"l{i}", "up")
        self.cut[i] = None

    def block_tcp(self, i, blocked):
        """TCP to and from port 53 by which host i asks others; UDP goes through."""
        if blocked != self.blocked[i]:
            self._rule("add" if blocked else "del", i, "ipproto", "tcp", "dport", "53")
        self.blocked[i] = blocked

    def heal(self):
        for i in range(self.hosts):
            self.heal_link(i)
            self.block_tcp(i, False)

    def prefix_for(self, i):
        """The words before a command that is to run on host i."""
        return ["ip", "netns", "exec", self.host(i)]

    def thread_on(self, i, target):
        """A thread whose sockets are host i's."""
        def run():
            with open(f"/run/netns/{self.host(i)}", "rb") as space:
                if LIBC.setns(space.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            target()
        return threading.Thread(target=run, daemon=True)
