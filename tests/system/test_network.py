#!/usr/bin/python3
"""One primary and three secondaries (two of ours, one BIND) in a network that breaks.

  test_network.py [--seconds N] [--seed N]

Updates go on while links are cut with and without notice, TCP port 53 is blocked, and servers are
killed.  Each version tells its serial in several records, so that one that never existed is known
at sight; every secondary is asked all the time.  --seconds (NETWORK_SECONDS) is for the disorder
by chance that follows the planned steps; `make torture` takes 20 minutes.
"""
import argparse
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import dns.exception
import dns.query
import dns.rcode
import dns.update

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kz_network                                                   # noqa: E402
from kz_servers import BIND, NAMED, Server, work_dir                # noqa: E402
from kz_streams import by_tcp, records, request, serial_of          # noqa: E402
from kz_transfers import until                                      # noqa: E402
from kz_wire import AA, QTYPES, Query, Reply, name_to_wire          # noqa: E402

ZONE = "net.test"
FIRST = 1000
REFRESH, RETRY, EXPIRE = 2, 1, 12
CONVERGE_S = 60
FILE = f"""$TTL 1
@ SOA ns admin {FIRST} {REFRESH} {RETRY} {EXPIRE} 1
@ NS ns
ns A 10.53.0.2
version TXT {FIRST}
left A 10.0.0.0
right A 10.0.0.0
"""
SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
COMMON = f"""
key rndc {{ algorithm hmac-sha256; secret "{SECRET}"; }};
controls {{ inet 127.0.0.1 port 953 allow {{ any; }} keys {{ rndc; }}; }};
options {{ directory "."; listen-on {{ any; }}; listen-on-v6 {{ none; }}; pid-file none;
  session-keyfile none; recursion no; dnssec-validation no; notify-delay 0;
  allow-transfer {{ any; }}; min-refresh-time 1; min-retry-time 1; max-ixfr-ratio unlimited;
  transfer-format many-answers; }};
"""
RNDC = "/usr/sbin/rndc"
failures = 0


def verdict(good, what, *details):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        for line in details:
            print("#   " + str(line).replace("\n", "\n#   "))
    return good


# --- what a version must hold ---

def step_of(serial):
    return serial - FIRST


def address_of(step):
    return bytes([10, step >> 16 & 255, step >> 8 & 255, step & 255])


def content_of(serial):
    """All records of a version but SOA and NS: (owner, type, rdata)."""
    step, text = step_of(serial), str(serial).encode()
    out = [("version", "TXT", bytes([len(text)]) + text), ("left", "A", address_of(step)),
           ("right", "A", address_of(step)), ("ns", "A", bytes([10, 53, 0, 2]))]
    out += [(f"u{i}", "A", address_of(i)) for i in range(max(step - 2, 1), step + 1)]
    return sorted((name_to_wire(f"{owner}.{ZONE}"), QTYPES[rtype], rdata)
                  for owner, rtype, rdata in out)


def update_for(serial):
    """The update that leads to `serial`; sent again it changes nothing."""
    step = step_of(serial)
    ip = socket.inet_ntoa(address_of(step))
    u = dns.update.UpdateMessage(ZONE)
    u.replace("version", 1, "TXT", str(serial))
    u.replace("left", 1, "A", ip)
    u.replace("right", 1, "A", ip)
    u.replace(f"u{step}", 1, "A", ip)
    u.delete(f"u{step - 3}")
    return u


# --- asking, from the host itself ---

def ask(name, qtype, timeout=0.5):
    """A Reply by UDP from the server of this host, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        ident = random.randrange(65536)
        try:
            s.connect(("127.0.0.1", 53))
            s.send(Query(name, qtype).wire(ident))
            while True:
                wire = s.recv(65535)
                if wire[:2] == ident.to_bytes(2, "big"):
                    return Reply(wire)
        except OSError:
            return None


def soa_serial(reply):
    if reply is None or reply.rcode != 0 or not reply.flags & AA:
        return None
    return next((serial_of(r) for r in reply.sections[0] if r[1] == QTYPES["SOA"]), None)


def rdata_of(reply):
    return reply.sections[0][0][4] if reply is not None and reply.sections[0] else None


class Watch:
    """Asks one secondary without end, and judges every answer."""

    def __init__(self, net, host):
        self.host = host
        self.serial = None          # the last that was answered
        self.expired_at = None      # since when it is SERVFAIL
        self.expiries = []          # (when, and since when it is SERVFAIL)
        self.answers = self.zones = 0
        self.wrong = []
        self.highest = 0
        self.stop = False
        self.thread = net.thread_on(host, self.run)
        self.thread.start()

    def run(self):
        turn = 0
        while not self.stop:
            try:
                self.look_at_soa()
                if turn % 4 == 0:
                    self.look_at_zone()
                elif turn % 2 == 0:
                    self.look_at_records()
            except Exception as error:      # pylint: disable=broad-except
                self.wrong.append(f"the watch itself: {error!r}")
            turn += 1
            time.sleep(0.04)

    def seen(self, serial):
        if self.serial is not None and step_of(serial) < step_of(self.serial):
            self.wrong.append(f"serial {serial} after {self.serial}")
        self.serial = serial
        self.highest = max(self.highest, step_of(serial))

    def has_passed(self, serial):
        return (self.serial is not None and self.expired_at is None and
                step_of(self.serial) > step_of(serial))

    def look_at_soa(self):
        reply = ask(ZONE, "SOA")
        if reply is None:
            return
        self.answers += 1
        serial = soa_serial(reply)
        if serial is not None:
            self.expired_at = None
            self.seen(serial)
        elif reply.rcode == 2:
            if self.expired_at is None:
                self.expired_at = time.monotonic()
                self.expiries.append(self.expired_at)
        else:
            self.wrong.append(f"an answer that is neither the zone nor SERVFAIL: "
                              f"rcode {reply.rcode}, flags {reply.flags:04x}")

    def look_at_records(self):
        """Between two equal serials all is of that version."""
        before = soa_serial(ask(ZONE, "SOA"))
        got = [rdata_of(ask(f"{name}.{ZONE}", qtype))
               for name, qtype in (("version", "TXT"), ("left", "A"), ("right", "A"))]
        if before is None or None in got or soa_serial(ask(ZONE, "SOA")) != before:
            return
        step = address_of(step_of(before))
        if got != [bytes([len(str(before))]) + str(before).encode(), step, step]:
            self.wrong.append(f"serial {before} with {got}")

    def look_at_zone(self):
        """One transfer is one version."""
        try:
            got = records(by_tcp(53, request(ZONE, "AXFR")))
        except (OSError, EOFError):
            return          # killed, or expired meanwhile
        if not got:
            return
        self.zones += 1
        serial = serial_of(got[0])
        self.seen(serial)
        held = sorted((r[0], r[1], r[4]) for r in got
                      if r[1] not in (QTYPES["SOA"], QTYPES["NS"]))
        if held != content_of(serial) or serial_of(got[-1]) != serial:
            self.wrong.append(f"a zone that is not version {serial}: {held}")


class Updates:
    """Leads the primary from version to version; `pause` is the time between two."""

    def __init__(self, net):
        self.pause = 0.2
        self.idle = threading.Event()       # set while nothing is on its way
        self.hold = self.stop = False
        self.done = 0
        self.serial = None                  # the primary's
        self.wrong = []
        self.thread = net.thread_on(0, self.run)
        self.thread.start()

    def run(self):
        while not self.stop:
            if self.hold:
                self.serial = soa_serial(ask(ZONE, "SOA")) or self.serial
                self.idle.set()
                time.sleep(0.02)
                continue
            self.idle.clear()
            self.step()
            time.sleep(self.pause * random.random() * 2)

    def step(self):
        now = soa_serial(ask(ZONE, "SOA"))
        if now is None:
            return
        if self.serial is not None and step_of(now) < step_of(self.serial):
            self.wrong.append(f"the primary went from {self.serial} back to {now}")
        self.serial = now
        try:
            response = dns.query.udp(update_for(now + 1), "127.0.0.1", timeout=2)
        except (OSError, dns.exception.DNSException):
            return
        if response.rcode() != dns.rcode.NOERROR:
            self.wrong.append(f"an update was refused: {dns.rcode.to_text(response.rcode())}")
        self.done += 1

    def settle(self):
        """Stops changing; the serial at which it stands."""
        self.hold = True
        self.idle.clear()
        self.idle.wait(10)
        return until("the primary to answer", lambda: self.serial)


class Host(Server):
    """A server on a host of the network; its log goes on over restarts."""

    def __init__(self, net, i, make, config):
        super().__init__(f"host{i}", make, COMMON + config, work_dir(f"net{i}"))
        self.words = net.prefix_for(i)
        self.is_ours = make != BIND
        self.earlier = ""
        with open(os.path.join(self.dir, "rndc.conf"), "w") as f:
            f.write(f'key rndc {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
                    "options { default-key rndc; default-server 127.0.0.1; };\n")

    def command(self):
        return self.words + super().command()

    def whole_log(self):
        return self.earlier + self.read_log()

    def kill(self):
        self.stop(signal.SIGKILL)
        self.earlier = self.whole_log()

    def rndc(self, *words):
        run = subprocess.run(self.words + [RNDC, "-c", os.path.join(self.dir, "rndc.conf"), *words],
                             capture_output=True, text=True, timeout=30)
        return run.stdout + run.stderr


class Trial:
    def __init__(self, net, rng):
        self.net, self.rng = net, rng
        notified = " ".join(f"{net.address(i)};" for i in (1, 2, 3))
        self.hosts = [Host(net, 0, NAMED, f'zone {ZONE} {{ type primary; file "zone";'
                           f" allow-update {{ 127.0.0.1; }}; notify explicit;"
                           f" also-notify {{ {notified} }}; }};\n")]
        with open(os.path.join(self.hosts[0].dir, "zone"), "w") as f:
            f.write(FILE)
        for i, make in ((1, NAMED), (2, NAMED), (3, BIND)):
            self.hosts.append(Host(net, i, make, f'zone {ZONE} {{ type secondary; file "copy";'
                                   f" masterfile-format text; notify no; primaries"
                                   f" {{ {net.address(0)}; }}; }};\n"))
        self.ours = self.hosts[1:3]
        self.secondaries = self.hosts[1:]
        self.watches = []
        self.updates = None

    def start(self):
        for host in self.hosts:
            host.start()
        self.watches = [Watch(self.net, i) for i in (1, 2, 3)]
        until("the zone everywhere", lambda: all(w.serial is not None for w in self.watches))
        self.updates = Updates(self.net)
        until("the first update", lambda: self.updates.done)

    def stop(self):
        for part in self.watches + [self.updates]:
            if part is not None:
                part.stop = True
                part.thread.join(10)
        return [host.stop() for host in self.hosts]

    def converge(self, what):
        """All links are whole again, and everyone runs."""
        self.net.heal()
        began = time.monotonic()
        # NOTIFY tells a secondary that had given the primary up that it is there again
        self.updates.pause = 0.5
        self.updates.hold = False
        target = self.updates.serial
        good = True
        try:
            until("news of ours", lambda: all(w.has_passed(target) for w in self.watches[:2]),
                  CONVERGE_S)
            self.let_bind_try_again(target)
            until("news", lambda: all(w.has_passed(target) for w in self.watches), CONVERGE_S)
            last = self.updates.settle()
            until("the last", lambda: all(w.serial == last for w in self.watches), CONVERGE_S)
        except RuntimeError:
            good = False
        verdict(good, f"{what}: all converge", f"primary at {self.updates.serial}, secondaries at "
                f"{[(w.serial, w.expired_at is not None) for w in self.watches]}",
                *[h.whole_log()[-1500:] for h in self.secondaries])
        print(f"#   after {time.monotonic() - began:.1f} s", flush=True)
        self.updates.hold = False
        self.updates.pause = 0.2

    def let_bind_try_again(self, target):
        """BIND 9.18 does not ask a primary for ten minutes that it could not reach, whatever
        NOTIFY says; only a restart makes it forget."""
        host, watch = self.hosts[3], self.watches[2]
        end = time.monotonic() + 10
        while not watch.has_passed(target) and time.monotonic() < end:
            time.sleep(0.1)
        if not watch.has_passed(target) and "is unreachable (cached)" in host.read_log():
            print("#   BIND holds the primary to be unreachable: restarted", flush=True)
            host.stop()
            host.earlier = host.whole_log()
            host.start()

    def judge(self, what):
        for i, watch in enumerate(self.watches, 1):
            verdict(not watch.wrong, f"{what}: secondary {i} showed only what was, in its order "
                    f"({watch.answers} answers, {watch.zones} zones)", *watch.wrong[:10])
            watch.wrong.clear()
        verdict(not self.updates.wrong, f"{what}: the primary took its updates",
                *self.updates.wrong[:10])
        verdict(max(w.highest for w in self.watches) <= step_of(self.updates.settle()),
                f"{what}: nobody was ahead of the primary")
        self.updates.hold = False

    # --- the planned steps ---

    def expiry(self):
        """Cut for longer than EXPIRE: served until then, announced, SERVFAIL from then on."""
        self.converge("before the cut")
        marks = [len(h.whole_log()) for h in self.hosts]
        counts = [len(w.expiries) for w in self.watches]
        began = time.monotonic()
        for i, how in ((1, "silence"), (2, "carrier"), (3, "silence")):
            self.net.cut_link(i, how)
        until("EXPIRE to pass", lambda: time.monotonic() - began > EXPIRE + 3, EXPIRE + 10)
        for i, watch in enumerate(self.watches, 1):
            struck = watch.expiries[counts[i - 1]:]
            after = [round(t - began, 1) for t in struck]
            # the last good refresh was at most REFRESH before the cut
            verdict(len(after) == 1 and EXPIRE - REFRESH - 1.5 <= after[0] <= EXPIRE + 1.5 and
                    watch.expired_at is not None,
                    f"secondary {i}, cut off: EXPIRE ({EXPIRE} s) strikes when it must", after)
        for i, host in enumerate(self.ours, 1):
            self.check_announced(host.whole_log()[marks[i]:], f"secondary {i}",
                                 r"10\.53\.0\.2#53")
        self.converge("links restored")

    @staticmethod
    def check_announced(log, who, reason):
        end = log.find(": expired\n")
        for pct in (50, 75, 90):
            found = re.search(rf"{pct}% of EXPIRE have passed.*", log[:end])
            verdict(end > 0 and found and re.search(reason, found.group(0)),
                    f"{who}: {pct}% of EXPIRE was announced, with the reason",
                    found.group(0) if found else log[-2500:])

    def tcp_blocked(self):
        """UDP tells of news that nobody can fetch: seen in the log and by rndc before EXPIRE."""
        self.converge("before TCP is blocked")
        marks = [len(h.whole_log()) for h in self.hosts]
        for i in (1, 2, 3):
            self.net.block_tcp(i, True)
        told = {}

        def all_told():
            for i, (host, watch) in enumerate(zip(self.ours, self.watches), 1):
                if i not in told and watch.expired_at is None:
                    said = host.rndc("zonestatus", ZONE)
                    if re.search(r"connecting to .* by TCP for ([3-9]|\d\d) s|connecting by TCP: ",
                                 said):
                        told[i] = said
                        print(f"#   rndc zonestatus: {said.strip().splitlines()[-1]}")
            return len(told) == 2 and all(w.expired_at for w in self.watches[:2])
        try:
            until("EXPIRE", all_told, EXPIRE + 10)
        except RuntimeError as error:
            print(f"#   {error}")
        for i, host in enumerate(self.ours, 1):
            verdict(i in told, f"secondary {i}: rndc zonestatus tells of blocked TCP before EXPIRE",
                    host.rndc("zonestatus", ZONE))
            self.check_announced(host.whole_log()[marks[i]:], f"secondary {i}, TCP blocked",
                                 r"by TCP")
        self.converge("TCP free again")

    def quiet_without_tcp(self):
        """With nothing new nobody needs TCP: no expiry."""
        last = self.updates.settle()
        until("the last everywhere", lambda: all(w.serial == last for w in self.watches))
        counts = [len(w.expiries) for w in self.watches]
        for i in (1, 2, 3):
            self.net.block_tcp(i, True)
        time.sleep(EXPIRE + REFRESH)
        verdict(counts == [len(w.expiries) for w in self.watches],
                "TCP blocked while nothing changes: nobody expires")
        self.converge("TCP free again after the quiet")

    # --- disorder by chance ---

    def disorder(self, seconds):
        end = time.monotonic() + seconds
        next_rest = time.monotonic() + 60
        while time.monotonic() < end:
            self.one_mischief()
            time.sleep(self.rng.choice((0.05, 0.3, 1, 2, 4)))
            if time.monotonic() > next_rest:
                self.converge("a rest")
                next_rest = time.monotonic() + 60
        self.updates.pause = 0.2
        self.converge("the end of the disorder")

    def one_mischief(self):
        i = self.rng.choice((0, 1, 2, 3))
        what = self.rng.choice(("silence", "carrier", "heal", "heal", "tcp", "kill", "pace"))
        if what == "heal":
            self.net.heal_link(i)
            self.net.block_tcp(i, False)
        elif what == "tcp":
            self.net.block_tcp(i, not self.net.blocked[i])
        elif what == "kill":
            host = self.hosts[i]
            if host.is_ours:
                host.kill()
                time.sleep(self.rng.choice((0, 0.2, 2)))
                host.start()
        elif what == "pace":
            self.updates.pause = self.rng.choice((0.01, 0.05, 0.2, 1))
        else:
            self.net.cut_link(i, what)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    small = os.environ.get("FLAVOUR", "release") != "release"
    parser.add_argument("--seconds", type=float,
                        default=float(os.environ.get("NETWORK_SECONDS", 10 if small else 30)))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    reason = kz_network.why_not()
    if reason is not None:
        print(f"skip - {reason}")
        return 0
    print(f"# seed {options.seed}")
    with kz_network.Network(4) as net:
        trial = Trial(net, random.Random(options.seed))
        try:
            trial.start()
            trial.expiry()
            trial.tcp_blocked()
            trial.quiet_without_tcp()
            trial.judge("planned steps")
            trial.disorder(options.seconds)
            trial.judge("disorder")
            print(f"# {trial.updates.done} updates", flush=True)
        finally:
            ends = trial.stop()
        verdict(ends[:3] == [0, 0, 0], "our servers end in order", ends)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
