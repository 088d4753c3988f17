#!/usr/bin/env python3
"""Makes the expected values of the RDATA vectors with BIND's tools.

rdata_good.txt: a record a line.  Written beside it: rdata_good.out, per line the text of
the style "full", the wire form in hex, and the text of the style "relative" with its line
breaks as \\n, parted by tabs that are escaped as \\t within.
rdata_bad.txt: a record a line.  Written beside it: rdata_bad.out, per line what
named-checkzone says: the token ("-" for the end of the line, '"' for a quoted one) and
the error, or "ok".
"""
import os
import re
import struct
import subprocess
import sys
import tempfile

HEAD = "$TTL 3600\n@ SOA ns root 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n"
HERE = os.path.dirname(os.path.abspath(__file__))


def lines_of(path):
    with open(path) as f:
        return [l.rstrip("\n") for l in f if l.strip() and not l.startswith("# ")]


def compile_zone(zone, fmt, style, out):
    cmd = ["named-compilezone", "-q", "-k", "ignore", "-i", "none", "-n", "ignore",
           "-f", "text", "-F", fmt, "-o", out, "example", zone]
    if style:
        cmd[1:1] = ["-s", style]
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        sys.exit(p.stdout)


def full_texts(path):
    got = {}
    for line in open(path, errors="surrogateescape"):
        m = re.match(r"r(\d{4})\.example\.\s+3600 IN (\S+)\s(.*)$", line.rstrip("\n"))
        if m:
            text = m[3][1:] if m[3].startswith("\t") else m[3]
            got[int(m[1])] = m[2], text
    return got


def relative_texts(path):
    got, key = {}, None
    for line in open(path, errors="surrogateescape"):
        line = line.rstrip("\n")
        m = re.match(r"r(\d{4})\t\t\t(\S+)\s(.*)$", line)
        if m:
            key = int(m[1])
            got[key] = m[3]
        elif key is not None and line.startswith("\t\t\t\t"):
            got[key] += "\n" + line
        else:
            key = None
    return got


def wires(path):
    data, at, got = open(path, "rb").read(), 24, {}
    while at < len(data):
        total, _, _, _, _, n = struct.unpack_from(">IHHHII", data, at)
        name_len, = struct.unpack_from(">H", data, at + 18)
        name = data[at + 20:at + 20 + name_len]
        rdlen, = struct.unpack_from(">H", data, at + 20 + name_len)
        rdata = data[at + 22 + name_len:at + 22 + name_len + rdlen]
        if re.match(rb"\x05r\d{4}", name):
            got[int(name[2:6])] = rdata
        at += total
    return got


def good(tmp):
    lines = lines_of(HERE + "/rdata_good.txt")
    zone = tmp + "/zone"
    with open(zone, "w") as f:
        f.write(HEAD)
        for i, line in enumerate(lines):
            f.write("r%04d %s\n" % (i, line))
    for fmt, style in (("text", "full"), ("text", "relative"), ("raw", None)):
        compile_zone(zone, fmt, style, "%s/%s" % (tmp, style or fmt))
    full, multi = full_texts(tmp + "/full"), relative_texts(tmp + "/relative")
    wire = wires(tmp + "/raw")
    with open(HERE + "/rdata_good.out", "w", errors="surrogateescape") as f:
        for i in range(len(lines)):
            rtype, text = full[i]
            fields = rtype, text, wire[i].hex() or "-", multi[i]
            f.write("\t".join(x.replace("\n", "\\n").replace("\t", "\\t") if n == 3 else x
                              for n, x in enumerate(fields)) + "\n")


def verdict(tmp, line):
    with open(tmp + "/bad", "w") as f:
        f.write(HEAD + "x " + line + "\n@ A 1.1.1.1\n")
    p = subprocess.run(["named-checkzone", "-k", "ignore", "-i", "none", "example", tmp + "/bad"],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                       errors="replace")
    m = re.search(r"^dns_rdata_fromtext: .*?/bad:5: (?:near (eol|'(.*?)'): )?([^:\n]*)$",
                  p.stdout, re.M)
    if not m:
        return "ok" if p.returncode == 0 else None
    return "%s\t%s" % ("-" if m[1] == "eol" else m[2] if m[1] else '"', m[3])


def bad(tmp):
    lines = lines_of(HERE + "/rdata_bad.txt")
    with open(HERE + "/rdata_bad.out", "w") as f:
        for line in lines:
            v = verdict(tmp, line)
            if v is None:
                sys.exit("no verdict on: " + line)
            f.write(v + "\n")


with tempfile.TemporaryDirectory() as tmp:
    good(tmp)
    bad(tmp)
