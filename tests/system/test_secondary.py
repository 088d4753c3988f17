#!/usr/bin/env python3
"""A secondary of BIND: it takes the zone, hears NOTIFY, takes differences, survives restarts,
expires and comes back; the log lines are BIND's."""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import BIND, NAMED, Server, free_port, work_dir     # noqa: E402
from kz_transfers import ask, serial, transfer, until               # noqa: E402

ZONE = """$TTL 300
@ SOA ns admin 2006021501 {timers} 86400
@ NS ns
ns A 127.0.0.1
"""
KEY = 'key k { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0c2VjcmV0"; };\n'

failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def primary_config(port, notify_port, key=False):
    return f"""{KEY}
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; recursion no; dnssec-validation no; session-keyfile none;
  notify explicit; also-notify {{ 127.0.0.1 port {notify_port}{' key k' if key else ''}; }};
  max-ixfr-ratio unlimited; notify-delay 0; allow-transfer {{ {'key k' if key else 'any'}; }}; }};
controls {{ }};
zone example.com {{ type primary; file "example.com.zone"; allow-update {{ any; }}; }};
"""


def secondary_config(port, primary_port, more="", key=False, file='file "copy.bak";'):
    return f"""{KEY}
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; recursion no; session-keyfile none; notify no; allow-transfer {{ any; }};
  min-refresh-time 1; min-retry-time 1; {more} }};
controls {{ }};
zone example.com {{ type secondary; masterfile-format text; {file}
  primaries {{ 127.0.0.1 port {primary_port}{' key k' if key else ''}; }}; }};
"""


def start_primary(port, notify_port, timers="10800 3600 604800", key=False, directory=None):
    directory = directory or work_dir("primary")
    path = os.path.join(directory, "example.com.zone")
    if not os.path.exists(path):
        with open(path, "w") as f:
            f.write(ZONE.format(timers=timers))
    return Server("primary", BIND, primary_config(port, notify_port, key), directory)


def update(port, *commands):
    script = f"server 127.0.0.1 {port}\nzone example.com\n" + "\n".join(commands) + "\nsend\n"
    return subprocess.run(["/usr/bin/nsupdate"], input=script, text=True, capture_output=True,
                          timeout=30).returncode == 0


def same_zone(a, b):
    return transfer(a, "example.com") == transfer(b, "example.com")


def test_walkthrough(key):
    """Rows A10 and A11."""
    how = " with TSIG" if key else ""
    p, s = free_port(), free_port()
    with start_primary(p, s, key=key) as primary, \
            Server("secondary", NAMED, secondary_config(s, p, key=key)) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        second.wait_for_log("Transfer completed: ", 5)
        log = second.read_log()
        tsig = ": TSIG 'k'" if key else ""
        for line in ("zone example.com/IN: Transfer started.\n",
                     f"transfer of 'example.com/IN' from 127.0.0.1#{p}: connected using 127.0.0.1#",
                     f"zone example.com/IN: transferred serial 2006021501{tsig}\n",
                     f"transfer of 'example.com/IN' from 127.0.0.1#{p}: Transfer status: success\n"):
            check(f"A10{how}: the secondary logs '{line.strip()}'", line in log, log)
        check(f"A10{how}: … and 'Transfer completed'", re.search(
            r"Transfer completed: 1 messages, 4 records, \d+ bytes, \d+\.\d{3} secs "
            r"\(\d+ bytes/sec\) \(serial 2006021501.*\)\n", log), log)
        check(f"A10{how}: the primary logs the AXFR", "AXFR started" in primary.read_log())
        check(f"A10{how}: the copy is in its file",
              os.path.exists(os.path.join(second.dir, "copy.bak")))
        check(f"A11{how}: one update deletes a name and adds another", update(
            p, "update add galaxy.example.com 300 A 192.0.2.1") and update(
            p, "update delete galaxy.example.com", "update add comet.example.com 300 A 192.0.2.2"))
        until("the update on the secondary", lambda: serial(s, "example.com") == 2006021503)
        log = second.read_log()
        for line in ("received notify for zone 'example.com'" + tsig + "\n",
                     "zone example.com/IN: notify from 127.0.0.1#"):
            check(f"A11{how}: the secondary logs '{line.strip()}'", line in log, log)
        check(f"A11{how}: it came by IXFR", ": IXFR started" in primary.read_log(),
              primary.read_log())
        check(f"A11{how}: the secondary has a journal of its own",
              os.path.exists(os.path.join(second.dir, "copy.bak.jnl")))
        if not key:
            check("A11: the zones are equal", same_zone(p, s))
            restart_and_compare(second, p, s)


def restart_and_compare(second, p, s):
    """KILL: file and journal give the same version again, without the primary's help."""
    second.stop(signal.SIGKILL)
    second.start()
    check("after a KILL the secondary serves the last version from file and journal",
          serial(s, "example.com") == 2006021503, second.read_log())
    check("… and the zone is the same", same_zone(p, s))


def test_expiry():
    p, s = free_port(), free_port()
    primary = start_primary(p, s, "2 1 4").start()
    with Server("secondary", NAMED, secondary_config(s, p)) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        primary.stop()
        until("the expiry", lambda: ask(s, "example.com", "SOA").rcode() == 2, 20)
        log = second.read_log()
        check("B5: the secondary says that the zone expired",
              "zone example.com/IN: expired\n" in log, log)
        check("B5: it was announced with the reason", re.search(
            r"50% of EXPIRE have passed .*expires in \d seconds", log), log)
        check("B5: the log says why the primary does not help", "refresh: " in log, log)
        primary.start()
        until("the zone again", lambda: serial(s, "example.com") == 2006021501, 90)
        check("B5: the zone comes back with its primary", True)
    primary.stop()


def test_expiry_over_restart():
    """What was good long ago is not good because of a restart (the file's time)."""
    p, s = free_port(), free_port()
    with start_primary(p, s):
        second = Server("secondary", NAMED, secondary_config(s, p)).start()
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        second.stop()
    copy = os.path.join(second.dir, "copy.bak")
    old = time.time() - 604800 - 10
    os.utime(copy, (old, old))
    with second:
        until("the expiry", lambda: "zone example.com/IN: expired\n" in second.read_log(), 10)
        check("B5: a zone that expired while the server was down is not served",
              ask(s, "example.com", "SOA").rcode() == 2, second.read_log())


def test_without_file():
    p, s = free_port(), free_port()
    with start_primary(p, s), \
            Server("secondary", NAMED, secondary_config(s, p, file="")) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        update(p, "update add galaxy.example.com 300 A 192.0.2.1")
        until("the update", lambda: serial(s, "example.com") == 2006021502)
        check("a secondary without a file works", same_zone(p, s), second.read_log())


def test_file_that_cannot_be_written():
    """The folder is missing, then there (as a disk that was full): the zone serves throughout."""
    p, s = free_port(), free_port()
    with start_primary(p, s), \
            Server("secondary", NAMED, secondary_config(s, p, file='file "gone/copy.bak";')) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        check("D4: without a place for its file the zone serves from memory, and the log says why",
              "zone example.com/IN: serial 2006021501 serves from memory only: its file cannot be"
              " written: file not found" in second.read_log(), second.read_log())
        update(p, "update add galaxy.example.com 300 A 192.0.2.1")
        until("the update", lambda: serial(s, "example.com") == 2006021502)
        os.mkdir(os.path.join(second.dir, "gone"))
        update(p, "update add nova.example.com 300 A 192.0.2.2")
        until("the next update", lambda: serial(s, "example.com") == 2006021503)
        check("D4: and the zone is the same", same_zone(p, s), second.read_log())
        second.stop(signal.SIGTERM)
        second.start()
        check("D4: once the place is there, the zone is in it",
              serial(s, "example.com") == 2006021503, second.read_log())


def test_dead_primary_first():
    """Fail-over: the first primary of the list is dead."""
    p, s, dead = free_port(), free_port(), free_port()
    config = secondary_config(s, p).replace("primaries {", f"primaries {{ 127.0.0.1 port {dead};")
    with start_primary(p, s), Server("secondary", NAMED, config) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        check("a dead primary is passed over, with its reason in the log",
              f"primary 127.0.0.1#{dead}" in second.read_log(), second.read_log())


def test_notify_from_stranger():
    p, s = free_port(), free_port()
    with start_primary(p, s), Server("secondary", NAMED, secondary_config(s, p)) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        import dns.message
        import dns.opcode
        import dns.query
        message = dns.message.make_query("example.com", "SOA")
        message.set_opcode(dns.opcode.NOTIFY)
        response = dns.query.udp(message, "127.0.0.1", port=s, timeout=5, source="127.0.0.9")
        check("a NOTIFY from who is no primary is refused", response.rcode() == 5)
        second.wait_for_log("refused notify from non-primary: 127.0.0.9#", 5)
        check("… and logged", True)


def test_forwarding():
    """Updates for the secondary go on to the primary as they were signed."""
    p, s = free_port(), free_port()
    with start_primary(p, s, key=True) as primary, Server("secondary", NAMED, secondary_config(
            s, p, "allow-update-forwarding { any; };", key=True)) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        for way, options in (("UDP", []), ("TCP", ["-v"])):
            script = (f"server 127.0.0.1 {s}\nzone example.com\n"
                      f"key hmac-sha256:k c2VjcmV0c2VjcmV0c2VjcmV0\n"
                      f"update add {way}.example.com 300 A 192.0.2.9\nsend\n")
            run = subprocess.run(["/usr/bin/nsupdate", *options], input=script, text=True,
                                 capture_output=True, timeout=30)
            check(f"an update by {way} is passed on, its answer comes back signed",
                  run.returncode == 0, run.stderr)
            until(f"the update by {way}", lambda w=way: ask(s, f"{w}.example.com", "A").answer)
        log = second.read_log()
        check("the log says that it was passed on",
              "forwarding update for zone 'example.com/IN'\n" in log, log)
        check("… and what the primary said", f"zone example.com/IN: forwarded dynamic update: "
              f"primary 127.0.0.1#{p} returned: NOERROR\n" in log, log)
        primary.stop()
        script = (f"server 127.0.0.1 {s}\nzone example.com\n"
                  "update add x.example.com 3 A 192.0.2.9\nsend\n")
        run = subprocess.run(["/usr/bin/nsupdate"], input=script, text=True, capture_output=True,
                             timeout=60)
        check("with no primary to ask the answer is SERVFAIL",
              "update failed: SERVFAIL" in run.stderr, run.stderr)


def test_forwarding_denied():
    p, s = free_port(), free_port()
    with start_primary(p, s), Server("secondary", NAMED, secondary_config(s, p)) as second:
        until("the zone on the secondary", lambda: serial(s, "example.com") == 2006021501)
        check("without allow-update-forwarding an update is refused",
              not update(s, "update add x.example.com 300 A 192.0.2.9"))
        second.wait_for_log("update forwarding 'example.com/IN' denied", 5)


test_walkthrough(False)
test_walkthrough(True)
test_expiry()
test_expiry_over_restart()
test_without_file()
test_file_that_cannot_be_written()
test_dead_primary_first()
test_notify_from_stranger()
test_forwarding()
test_forwarding_denied()
sys.exit(failures > 0)
