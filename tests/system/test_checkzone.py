#!/usr/bin/python3
"""named-checkzone and named-compilezone say what BIND's say: the table of checkzone/cases,
run by both, line by line and with the exit status.  checkzone/allowed lists differences,
each with its reason; it must list no case that does not differ."""
import os
import re
import shutil
import subprocess
import sys

SRC = os.environ.get("SRC", os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("BUILD", os.path.join(SRC, "build"))
FOLDER = os.path.join(SRC, "tests", "system", "checkzone")
PROGRAMS = {"c": "named-checkzone", "x": "named-compilezone"}
BIND_PATH = "/usr/local/bin:/usr/bin:/usr/sbin:/usr/local/sbin"

# Where a name of BIND's holds an address of its memory, and where our own lines stand
# beside BIND's (file and line of what an integrity check found).
BIND_ONLY = [(re.compile(rb"buffer-0x[0-9a-f]+"), b"buffer"),
             (re.compile(rb"^[a-z]+\.c:\d+:.*\n", re.M), b"")]
OURS_ONLY = [(re.compile(rb"^[^ \n]+:\d+: here is [^\n]*\n", re.M), b"")]


def read_table(name):
    with open(os.path.join(FOLDER, name)) as f:
        return [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]


def normalise(text, rules):
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def run(program, arguments, rules):
    done = subprocess.run([program] + arguments, cwd=FOLDER, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return (done.returncode, normalise(done.stdout, rules), normalise(done.stderr, rules))


def arguments_of(case):
    words = case.split()[1:]
    return words[2:] + words[:2] if len(words) >= 2 else words


def first_difference(ours, bind):
    for what, a, b in zip(("exit status", "stdout", "stderr"), ours, bind):
        if a == b:
            continue
        if what == "exit status":
            return f"{what}: {a}, BIND {b}"
        x, y = a.split(b"\n"), b.split(b"\n")
        for i in range(max(len(x), len(y))):
            mine, theirs = (t[i] if i < len(t) else None for t in (x, y))
            if mine != theirs:
                return f"{what} line {i + 1}: {mine!r}, BIND {theirs!r}"
    return None


def compare(case, bind_programs):
    letter = case.split()[0]
    ours = run(os.path.join(BUILD, "tools", PROGRAMS[letter]), arguments_of(case), OURS_ONLY)
    bind = run(bind_programs[letter], arguments_of(case), BIND_ONLY)
    return first_difference(ours, bind)


def compare_in_time(case, bind_programs):
    """What "; resign=" says depends on the second it is said in: once more, then."""
    for _ in range(5):
        difference = compare(case, bind_programs)
        if difference is None or "; resign=" not in difference:
            break
    return difference


# What stands beside BIND's lines: where the record is that a check is about.
PLACES = [
    ("missingdot", "missingdot.db:3: here is the NS record of 'w.test': "
                   "does its target lack a final dot?"),
    ("m1", "m1.db:5: here is the MX record of 'w.test'"),
    ("s2", "s2.db:7: here is the SRV record of 'w.test'"),
    ("glue", "glue.db:8: here is the NS record of 'c.w.test'"),
]


def check_places():
    program, failed = os.path.join(BUILD, "tools", PROGRAMS["c"]), 0
    for zone, line in PLACES:
        said = run(program, ["-i", "local", "w.test", zone + ".db"], [])[1].decode()
        if line not in said.split("\n"):
            failed += 1
            print(f"not ok - {zone}.db: no \"{line}\" in\n#   " + said.replace("\n", "\n#   "))
    if not failed:
        print(f"ok - {len(PLACES)} findings with file and line")
    return failed


def main():
    bind = {k: shutil.which(v, path=BIND_PATH) for k, v in PROGRAMS.items()}
    if None in bind.values():
        print("skip - BIND's named-checkzone is not installed (Debian: bind9-utils)")
        return 0
    allowed = dict(line.split("\t", 1) for line in read_table("allowed"))
    cases, failed, agreed = read_table("cases"), 0, 0
    for case in cases:
        difference = compare_in_time(case, bind)
        if (difference is not None) == (case in allowed):
            agreed += difference is None
            continue
        failed += 1
        print(f"not ok - {case}\n#   {difference or 'is listed in allowed, but agrees'}")
    print(f"ok - {agreed} of {len(cases)} runs agree with BIND, {len(allowed)} differ as listed")
    failed += check_places()
    return 1 if failed else 0


sys.exit(main())
