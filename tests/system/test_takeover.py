#!/usr/bin/env python3
"""BIND and Kizuna take over each other's directories in the middle of the walkthrough (rows A2 to
A11): between any two steps both the primary and its secondary are ended, with TERM or with KILL,
and the other make starts from what is there: named.conf, zone file, journal; for the secondary a
raw file and a journal of its own.  Nothing is lost, serials go on, and BIND's named-journalprint
reads every journal."""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import BIND, NAMED, free_port, work_dir     # noqa: E402
from kz_transfers import serial, transfer, until            # noqa: E402

ZONE = "example.com"
FIRST = 2006021501
KEY = 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"; };\n'
MAKES = (("BIND", BIND), ("Kizuna", NAMED))
ZONE_TEXT = """$TTL 86400
@ IN SOA ns.example.com. hostmaster.example.com. (
    2006021501 ; serial
    10800 3600 604800 86400 )
  IN NS ns.example.com.
ns IN A 192.168.1.1
nebula IN A 192.168.1.100
stardust IN A 192.168.1.101
  IN TXT "three" "strings" "here"
"""
PRIMARY = """%(key)s
controls { inet 127.0.0.1 port %(control)d allow { 127.0.0.1; } keys { "k"; }; };
options { directory "%(dir)s"; listen-on port %(port)d { 127.0.0.1; }; listen-on-v6 { none; };
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; %(options)s };
zone "example.com" { %(zone)s };
"""


class Place:
    """A directory with a configuration; one make or the other runs in it."""

    def __init__(self, name, port, options, zone):
        self.name, self.dir, self.port, self.control = name, work_dir(name), port, free_port()
        self.runs, self.child = 0, None
        self.write("named.conf", PRIMARY % dict(
            vars(self), key=KEY, options=options, zone=zone))
        self.write("rndc.key", KEY)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)

    def log(self):
        with open(self.path(f"log.{self.runs}"), errors="replace") as f:
            return f.read()

    def start(self, binary):
        self.runs += 1
        with open(self.path(f"log.{self.runs}"), "w") as log:
            self.child = subprocess.Popen([binary, "-g", "-c", self.path("named.conf")],
                                          cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT)
        until(f"{self.name}: {binary} runs", lambda: self.child.poll() is not None
              or " running\n" in self.log(), 60)
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name}: {binary} ended:\n{self.log()[-1000:]}")

    def stop(self, how):
        if self.child:
            self.child.send_signal(how)
            status, self.child = self.child.wait(60), None
            if status not in (0, -signal.SIGKILL):
                raise RuntimeError(f"{self.name} ended with status {status}:\n{self.log()[-2000:]}")

    def rndc(self, *command):
        subprocess.run(["/usr/sbin/rndc", "-k", self.path("rndc.key"), "-s", "127.0.0.1", "-p",
                        str(self.control), *command], check=True, capture_output=True, timeout=60)

    def journal_end(self, name):
        """The last serial that BIND's named-journalprint finds; None without a journal."""
        if not os.path.exists(self.path(name)):
            return None
        run = subprocess.run(["/usr/bin/named-journalprint", self.path(name)], check=True,
                             capture_output=True, text=True, timeout=60)
        found = re.findall(r"^add .*\sSOA\s+\S+\s+\S+\s+(\d+)", run.stdout, re.M)
        return int(found[-1]) if found else None


class Walk:
    """One walkthrough: who begins, and how servers end."""

    def __init__(self, first, how):
        self.first, self.how = first, how
        port, second = free_port(), free_port()
        self.primary = Place("primary", port, f"notify explicit; notify-delay 0; also-notify {{"
                             f" 127.0.0.1 port {second}; }}; allow-transfer {{ any; }};"
                             " max-ixfr-ratio unlimited;",
                             'type master; file "example.com.zone"; allow-update { 127.0.0.1; };')
        self.primary.write("example.com.zone", ZONE_TEXT)
        self.secondary = Place("secondary", second, "notify no; allow-transfer { any; };",
                               f"type slave; masters {{ 127.0.0.1 port {port}; }};"
                               ' file "example.com.bak";')
        self.serial, self.at, self.wrong = FIRST, first, []

    # The steps of the page.
    def update(self, *lines):
        script = "\n".join((f"server 127.0.0.1 {self.primary.port}", f"zone {ZONE}", *lines,
                            "send\n"))
        run = subprocess.run(["/usr/bin/nsupdate"], input=script, text=True, capture_output=True,
                             timeout=60)
        if run.returncode:
            raise RuntimeError(f"nsupdate {lines}: {run.stdout}{run.stderr}")
        self.serial += 1

    def add(self):
        self.update(f"update add galaxy.{ZONE} 86400 A 192.168.1.102")

    def replace(self):
        self.update(f"update delete stardust.{ZONE}",
                    f"update add \\032od\\.d.{ZONE} 60 TXT \"a;b\" \"\\\"c\\009\"",
                    f"update add *.wild.{ZONE} 60 MX 10 Nebula.{ZONE}.",
                    f"update add type.{ZONE} 60 TYPE65280 \\# 3 010203")

    def many(self):
        for i in range(10):
            self.update(f"update delete h{i - 2}.{ZONE}", f"update add h{i}.{ZONE} {i} A 10.0.0.{i}",
                        f"update add h{i}.{ZONE} {i} AAAA 2001:db8::{i}")

    def prerequisites(self):
        self.update(f"prereq yxrrset galaxy.{ZONE} A 192.168.1.102", f"prereq nxdomain v.{ZONE}",
                    f"update add galaxy.{ZONE} 300 A 192.168.1.103",
                    f"update delete galaxy.{ZONE} A 192.168.1.102")

    def freeze(self):
        self.primary.rndc("freeze", ZONE)
        until("the file is written", lambda: str(self.serial) in self.file())

    def edit(self):
        """freeze, edit, thaw."""
        self.freeze()
        text = re.sub(rf"\b{self.serial}\b", str(self.serial + 10), self.file())
        self.primary.write("example.com.zone", f"{text}hand.{ZONE}. 60 A 192.168.1.110\n")
        later = time.time() + 2     # BIND sees by the second whether a file is newer
        os.utime(self.primary.path("example.com.zone"), (later, later))
        self.serial += 10
        self.primary.rndc("thaw", ZONE)
        until("the edit serves", lambda: serial(self.primary.port, ZONE) == self.serial)

    def sync(self):
        self.primary.rndc("sync", ZONE)
        until("the file is written", lambda: str(self.serial) in self.file())

    def sync_clean(self):
        self.primary.rndc("sync", "-clean", ZONE)
        until("the journal goes", lambda: not os.path.exists(
            self.primary.path("example.com.zone.jnl")))

    def soa(self):
        """An SOA with another serial and other timers."""
        self.serial += 100
        self.update(f"update add {ZONE}. 86400 SOA ns.{ZONE}. h.{ZONE}. {self.serial + 1}"
                    " 10800 3600 604800 300")

    STEPS = (add, replace, many, prerequisites, freeze, many, edit, add, sync, many, sync_clean,
             soa, many, edit, sync_clean)

    def file(self):
        with open(self.primary.path("example.com.zone")) as f:
            return f.read()

    # What must hold.
    def expect(self, good, what):
        if not good:
            self.wrong.append(f"{self.title}: {what}")

    def settled(self):
        """Both serve the step's serial, and the same zone; it is returned."""
        for place in (self.primary, self.secondary):
            until(f"{self.title}: {place.name} serves {self.serial}",
                  lambda p=place: serial(p.port, ZONE) == self.serial, 20)
        zone = transfer(self.primary.port, ZONE)
        self.expect(transfer(self.secondary.port, ZONE) == zone, "primary and secondary differ")
        until("the copy is kept", lambda: os.path.exists(self.secondary.path("example.com.bak")))
        return zone

    def end_both(self, zone):
        for place, name in ((self.primary, "example.com.zone.jnl"),
                            (self.secondary, "example.com.bak.jnl")):
            place.stop(self.how)
            end = place.journal_end(name)
            self.expect(end in (None, self.serial) or end < self.serial and "edit" in self.title,
                        f"the {place.name}'s journal ends with {end}, not {self.serial}")

    def take_over(self, zone):
        """The other make starts: the secondary alone first, so that it has only its files."""
        self.at = 1 - self.at
        for place in (self.secondary, self.primary):
            place.start(MAKES[self.at][1])
            until(f"{self.title}: {place.name} serves under {MAKES[self.at][0]}",
                  lambda p=place: serial(p.port, ZONE) is not None, 20)
            now = transfer(place.port, ZONE)
            self.expect(now == zone, f"{place.name}: {set(zone) ^ set(now)} differ"
                        f" under {MAKES[self.at][0]}")

    def run(self):
        self.title = "the start"
        self.primary.start(MAKES[self.at][1])
        self.secondary.start(MAKES[self.at][1])
        self.settled()
        for number, step in enumerate(self.STEPS):
            self.title = f"step {number} ({step.__name__} by {MAKES[self.at][0]})"
            step(self)
            zone = self.settled()
            self.end_both(zone)
            self.take_over(zone)

    def name(self):
        return f"{MAKES[self.first][0]} begins, {self.how.name} at each boundary"

    def go(self):
        try:
            self.run()
        except (RuntimeError, OSError, subprocess.SubprocessError) as e:
            self.wrong.append(f"{self.title}: {e}")
        finally:
            for place in (self.primary, self.secondary):
                if place.child:
                    place.child.kill()
                    place.child.wait()
                if self.wrong:
                    self.wrong.append(f"kept: {place.dir}")
                else:
                    shutil.rmtree(place.dir)
        return self


def main():
    if not os.path.exists(BIND):
        print("skip - BIND is not installed")
        return 0
    walks = [Walk(first, how) for first in (0, 1) for how in (signal.SIGTERM, signal.SIGKILL)]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(len(walks)) as pool:
        for walk in pool.map(Walk.go, walks):
            failures += len(walk.wrong) > 0
            print(f"{'not ok' if walk.wrong else 'ok'} - {walk.name()}: {len(Walk.STEPS)} steps")
            for line in walk.wrong:
                print("#", line.replace("\n", "\n# "))
    return failures > 0


if __name__ == "__main__":
    sys.exit(main())
