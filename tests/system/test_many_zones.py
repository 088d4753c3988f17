#!/usr/bin/env python3
"""Many secondary zones of one primary (row B6): all are transferred, all are polled, and a
NOTIFY in the middle of the storm is served at once.  MANY_ZONES says how many (2,000; `make
torture` takes 50,000)."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_servers import NAMED, Server, free_port, work_dir       # noqa: E402
from kz_transfers import serial, until                          # noqa: E402

SMALL = os.environ.get("FLAVOUR", "release") != "release"
ZONES = int(os.environ.get("MANY_ZONES", "300" if SMALL else "2000"))
PATIENCE_S = 60 + ZONES // 50
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def zone_text(number):
    refresh = 8 if ZONES <= 2000 else 60
    return f"$TTL 300\n@ SOA ns admin {number} {refresh} 5 86400 300\n@ NS ns\nns A 127.0.0.1\n"


def options(port, more):
    return f"""
options {{ directory "."; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; {more} }};
controls {{ }};
"""


def primary_config(port, secondary):
    zones = "".join(f'zone z{i}.example {{ type primary; file "common"; }};\n'
                    for i in range(ZONES))
    return options(port, f"allow-transfer {{ any; }}; transfers-out 200; notify explicit; "
                   "tcp-clients 1000;") + zones + f"""
zone changing.example {{ type primary; file "changing"; allow-update {{ any; }};
  also-notify {{ 127.0.0.1 port {secondary}; }}; notify-delay 0; }};
"""


def secondary_config(port, primary):
    one = f"masterfile-format text; primaries {{ 127.0.0.1 port {primary}; }};"
    zones = "".join(f'zone z{i}.example {{ type secondary; file "z/{i}"; {one} }};\n'
                    for i in range(ZONES))
    return options(port, "transfers-in 20; transfers-per-ns 20; serial-query-rate 1000; notify no;"
                   " min-refresh-time 1;") + zones + (
        f'zone changing.example {{ type secondary; file "changing"; {one} }};\n')


def memory_kb(server):
    with open(f"/proc/{server.child.pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1))


def storm():
    p, s = free_port(), free_port()
    directory = work_dir("primary")
    for name in ("common", "changing"):
        with open(os.path.join(directory, name), "w") as f:
            f.write(zone_text(1))
    primary = Server("primary", NAMED, primary_config(p, s), directory)
    copy = work_dir("secondary")
    os.mkdir(os.path.join(copy, "z"))
    second = Server("secondary", NAMED, secondary_config(s, p), copy)
    with primary, second:
        began = time.monotonic()
        until("the changing zone", lambda: serial(s, "changing.example") == 1, PATIENCE_S)
        told = notify_in_the_storm(p, s)
        last = f"z{ZONES - 1}.example"
        until("the last zones", lambda: second.read_log().count(": transferred serial 1\n") > ZONES,
              PATIENCE_S)
        took = time.monotonic() - began
        check(f"all of {ZONES} zones were transferred, the last of them too ({took:.1f} s, "
              f"{ZONES / took:.0f} a second, {memory_kb(second) // 1024} MB)",
              serial(s, last) == 1)
        check(f"a NOTIFY in the storm is served within 5 seconds ({told:.1f} s)", told < 5)
        poll(second)


def notify_in_the_storm(p, s):
    script = (f"server 127.0.0.1 {p}\nzone changing.example\n"
              "update add a.changing.example 1 A 192.0.2.1\nsend\n")
    began = time.monotonic()
    subprocess.run(["/usr/bin/nsupdate"], input=script, text=True, check=True, timeout=60)
    until("the change", lambda: serial(s, "changing.example") == 2, PATIENCE_S)
    return time.monotonic() - began


def poll(second):
    """The files' time tells when each zone was last known to be good."""
    def oldest():
        files = (os.path.join(second.dir, "z", str(i)) for i in range(ZONES))
        return min(os.stat(f).st_mtime for f in files)

    first = time.time()
    until("all zones to be polled", lambda: oldest() > first, 90 + PATIENCE_S)
    check("all zones are polled", True)


storm()
sys.exit(failures > 0)
