#!/usr/bin/python3
"""Zones written by named-compilezone are byte for byte what BIND's writes, in both styles; a
dump reads back as itself; each reads the other's raw files.  The zones are those of the
differential test (signed ones too) and, when there is data, the root zone."""
import gzip
import os
import random
import shutil
import subprocess
import sys

import kz_zones

SRC = os.environ.get("SRC", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BUILD = os.environ.get("BUILD", os.path.join(SRC, "build"))
DATA = os.environ.get("KIZUNA_DATA", "")
OURS = os.path.join(BUILD, "tools", "named-compilezone")
BIND = shutil.which("named-compilezone", path="/usr/local/bin:/usr/bin:/usr/sbin")
SIGNER = shutil.which("dnssec-signzone", path="/usr/local/bin:/usr/bin:/usr/sbin")
failed = 0


def check(what, good, detail=""):
    global failed
    failed += not good
    print(("ok - " if good else "not ok - ") + what + ("" if good else f"\n#   {detail}"))


def compile_zone(program, origin, source, target, *options):
    done = subprocess.run([program, "-i", "none", "-k", "ignore", "-n", "ignore", *options,
                           "-o", target, origin, source],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout if done.returncode != 0 else ""


def read(path):
    with open(path, "rb") as f:
        return f.read()


def without_resign(text):
    """What "; resign=" says depends on the second it is said in."""
    return b"\n".join(line for line in text.split(b"\n") if not line.startswith(b"; resign="))


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a.split(b"\n"), b.split(b"\n"))):
        if x != y:
            return f"line {i + 1}: {x[:150]!r}, BIND {y[:150]!r}"
    return f"{len(a)} bytes, BIND {len(b)}"


def check_style(origin, source, style):
    """Our dump is BIND's, and is its own dump.  The last path may be reused."""
    ours, bind, again = (f"{source}.{who}.{style}" for who in ("ours", "bind", "again"))
    said = compile_zone(OURS, origin, source, ours, "-s", style) or \
        compile_zone(BIND, origin, source, bind, "-s", style)
    if said:
        return said
    a, b = without_resign(read(ours)), without_resign(read(bind))
    if a != b:
        return first_difference(a, b)
    said = compile_zone(OURS, origin, ours, again, "-s", style)
    if said or read(again) != read(ours):
        return said or "a dump of the dump differs: " + first_difference(read(again), read(ours))
    return ""


def check_raw(origin, source, version):
    """Text to raw by one and raw to text by the other, both ways round."""
    raw, text = f"{source}.raw", f"{source}.text"
    for writer, reader in ((OURS, BIND), (BIND, OURS)):
        said = compile_zone(writer, origin, source, raw, "-F", f"raw={version}") or \
            compile_zone(reader, origin, raw, text, "-f", "raw", "-s", "relative")
        if said:
            return said
        if read(text) != read(f"{source}.bind.relative"):
            return first_difference(read(text), read(f"{source}.bind.relative"))
    return ""


def check_zone(origin, source):
    for style in ("relative", "full"):
        said = check_style(origin, source, style)
        if said:
            return f"{origin}, {style}: {said}"
    for version in (0, 1):
        said = check_raw(origin, source, version)
        if said:
            return f"{origin}, raw {version}: {said}"
    return ""


def check_generated(seed):
    os.makedirs(f"zones{seed}")
    zones = kz_zones.build_zones(seed, os.path.abspath(f"zones{seed}"))
    said = ""
    for zone in zones:
        said = said or check_zone(zone.name, zone.path)
    check(f"{len(zones)} generated zones (seed {seed})", not said and len(zones) > 0, said)


def check_root():
    source = os.path.join(DATA, "root.zone.gz")
    if not os.path.exists(source):
        print("skip - the root zone: no root.zone.gz in KIZUNA_DATA")
        return
    with gzip.open(source) as packed, open("root.zone", "wb") as out:
        shutil.copyfileobj(packed, out)
    said = check_zone(".", "root.zone")
    check("the root zone", not said, said)


def main():
    if not BIND:
        print("skip - BIND's named-compilezone is not installed (Debian: bind9-utils)")
        return 0
    if SIGNER:
        for seed in (1, random.randrange(1000000)):
            check_generated(seed)
    check_root()
    return 1 if failed else 0


sys.exit(main())
