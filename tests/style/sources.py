"""What the style tests share: the list of source files and the ok/not ok lines."""
import os
import shutil
import subprocess
import sys

SRC = os.environ.get("SRC") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# The order of the folders (doc/ARCHITECTURE.md): a folder includes only what has a lower
# rank, and itself.  Equal ranks do not include each other.
RANK = {"base": 0, "net": 1, "dns": 1, "parser": 2, "journal": 2, "conf": 3, "zone": 4,
        "dnssec": 5, "answer": 6, "update": 6, "xfr": 6, "control": 7, "server": 8, "tools": 8}
# What may include anything: it only uses the folders, nothing uses it.
OUTSIDE = ("tests", "fuzz", "bench")


def files(*suffixes):
    """Paths relative to SRC of the files that git knows (or would), with these endings."""
    out = None
    if shutil.which("git"):
        out = subprocess.run(["git", "-C", SRC, "ls-files", "-co", "--exclude-standard"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if out is not None and out.returncode == 0:
        names = out.stdout.splitlines()
    else:   # an unpacked tarball, or no git here
        names = [os.path.relpath(os.path.join(folder, name), SRC)
                 for folder, _, found in os.walk(SRC) for name in found]
        names = [n for n in names if not n.startswith(("build", "."))]
    return sorted(n for n in names if n.endswith(suffixes)
                  and os.path.isfile(os.path.join(SRC, n)))


def read(path):
    with open(os.path.join(SRC, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def verdict(what, problems):
    """Prints one line for `what`, and the problems; returns how many there are."""
    print(f"{'not ok' if problems else 'ok'} - {what}")
    for problem in problems:
        print(f"#   {problem}")
    return len(problems)


def finish(*counts):
    sys.exit(1 if any(counts) else 0)
