#!/usr/bin/python3
"""What becomes of acknowledged updates when somebody is at the files, or the server dies while it
is: the zone file or the journal goes away, two servers share a folder, the disk is full, and KILL in
the middle of sync, of sync -clean, of compaction and of the first journal."""
import os
import random
import signal
import subprocess
import sys
import threading
import time

import kz_servers
from kz_dynamic import Dynamic

failures = 0


def verdict(good, what, *details):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    failures += not good
    for line in details if not good else ():
        print(f"#   {line}")


def after_kill(server):
    server.stop(signal.SIGKILL)
    server.start()


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def file_goes_before_sync_clean():
    with Dynamic() as s:
        good = s.add("a") and s.rndc("sync")[0] == 0
        os.unlink(s.path("one"))
        good = good and s.rndc("sync", "-clean", "one.test")[0] == 0
        after_kill(s)
        verdict(good and not s.lacks(["a"]),
                "a zone file that is gone is written before sync -clean removes the journal")


def journal_goes():
    with Dynamic() as s:
        good = s.add("a")
        os.unlink(s.path("one.jnl"))
        good = good and s.add("b")
        written = until(lambda: "a.one" in open(s.path("one")).read()
                        or "\na\t" in open(s.path("one")).read())
        after_kill(s)
        verdict(good and written and not s.lacks(["a", "b"]),
                "a journal that is gone: with the next update the file is written at once",
                s.lacks(["a", "b"]), s.read_log())


def journal_has_another_path():
    with Dynamic() as s:
        good = s.add("a")
        s.configure('journal "other.jnl";')
        good = good and s.rndc("reconfig")[0] == 0 and s.add("b")
        until(lambda: "\na\t" in open(s.path("one")).read())
        after_kill(s)
        verdict(good and not s.lacks(["a", "b"]), "a journal with another path begins where the "
                "zone is: the file follows at once", s.lacks(["a", "b"]), s.read_log())


def frozen_file_goes():
    with Dynamic() as s:
        good = s.add("a") and s.rndc("freeze", "one.test")[0] == 0
        os.unlink(s.path("one"))
        s.rndc("thaw", "one.test")
        until(lambda: "file not found" in s.read_log())
        refused = not s.add("b") and not s.lacks(["a"])
        s.rndc("sync", "-clean", "one.test")
        back = os.path.exists(s.path("one"))
        s.rndc("thaw", "one.test")
        thawed = until(lambda: s.add("b"))
        after_kill(s)
        verdict(good and refused and back and thawed and not s.lacks(["a", "b"]),
                "a frozen zone whose file goes is served on, stays frozen, and sync -clean brings "
                "the file back", refused, back, thawed, s.read_log())


def two_servers():
    with Dynamic() as s:
        good = s.add("a")
        other = Dynamic(s.dir)
        s.write("other.conf", other.config())
        s.configure()
        other.log = s.path("other.log")
        with open(other.log, "w") as log:
            other.child = subprocess.Popen([kz_servers.NAMED, "-g", "-c", "other.conf"], cwd=s.dir,
                                           stdout=log, stderr=log)
        other.wait_for_log(" running\n")
        good = good and not other.add("b") and s.add("c")
        verdict(good and "two servers must not share" in other.read_log(),
                "two servers in one folder: the second's updates are refused, its log says why",
                other.read_log())
        good = s.rndc("sync", "-clean")[0] == 0 and s.add("d")
        with open(s.path("one")) as f:
            before = f.read()
        other.rndc("sync")
        other.rndc("sync", "-clean")
        other.stop()
        with open(s.path("one")) as f:
            same = f.read() == before
        after_kill(s)
        verdict(good and same and not s.lacks(["a", "c", "d"]),
                "neither its sync nor its end writes over what the first has", same,
                s.lacks(["a", "c", "d"]))


def killed(what, rng, act, options=""):
    """Twelve updates, `act`, and KILL in the middle of it, some times."""
    acknowledged, lacking, rounds = [], [], 0
    with Dynamic(options=options) as s:
        while rounds < 5 and not lacking:
            rounds += 1
            acknowledged += [n for n in (f"n{rounds}x{i}" for i in range(12)) if s.add(n)]
            thread = threading.Thread(target=act, args=(s,))
            thread.start()
            time.sleep(rng.uniform(0, 0.04))
            s.stop(signal.SIGKILL)
            thread.join()
            s.start()
            lacking = s.lacks(acknowledged)
        verdict(not lacking and len(acknowledged) == 12 * rounds,
                f"killed in the middle of {what}: all that was acknowledged is there",
                f"{lacking} of {len(acknowledged)}", s.read_log())


def killed_at_the_first_journal(rng):
    bad = []
    with Dynamic() as s:
        for i in range(8):
            if os.path.exists(s.path("one.jnl")):
                s.rndc("sync", "-clean")
            done = []
            thread = threading.Thread(target=lambda: done.append(s.add(f"j{i}")))
            thread.start()
            time.sleep(rng.uniform(0, 0.02))
            s.stop(signal.SIGKILL)
            s.start()
            thread.join()       # nsupdate asks again, and may well reach the new one
            if done[0]:
                bad += s.lacks([f"j{i}"])
        verdict(not bad, "killed while the first journal is made: the server starts, and what was "
                "acknowledged is there", bad, s.read_log())


def fill(folder, leave):
    """All of the file system but so many bytes."""
    with open(os.path.join(folder, "ballast"), "wb", buffering=0) as f:
        try:
            for size in (1 << 16, 1 << 12):
                while True:
                    f.write(bytes(size))
        except OSError:
            pass
        f.truncate(max(0, f.tell() - leave))


def full_disk(rng):
    folder = kz_servers.work_dir("full")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder],
                      capture_output=True).returncode != 0:
        print("skip - a full disk: mounting a tmpfs needs privileges")
        return
    try:
        s = Dynamic(folder, "max-journal-size 6k;").start()
        acknowledged = []
        for i in range(5):
            acknowledged += [n for n in (f"n{i}x{k}" for k in range(8)) if s.add(n)]
            fill(folder, (0, 4096, 8192, 16384, 0)[i])
            s.rndc("sync", *(["-clean"] if i % 2 else []))
            acknowledged += [n for n in (f"f{i}x{k}" for k in range(3)) if s.add(n)]
            if rng.random() < 0.5:
                s.stop(signal.SIGKILL)
            os.unlink(os.path.join(folder, "ballast"))
            if s.child is None:
                s.start()
        lacking = s.lacks(acknowledged)
        after_kill(s)
        lacking += s.lacks(acknowledged)
        verdict(not lacking and len(acknowledged) >= 40,
                "a disk that is full for sync, compaction and updates: nothing is lost",
                f"{lacking} of {len(acknowledged)}", s.read_log())
        s.stop()
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        os.rmdir(folder)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(1 << 30)
    print(f"# seed {seed}")
    rng = random.Random(seed)
    file_goes_before_sync_clean()
    journal_goes()
    journal_has_another_path()
    frozen_file_goes()
    two_servers()
    killed("sync -clean", rng, lambda s: s.rndc("sync", "-clean"))
    killed("sync, which shortens the journal", rng, lambda s: s.rndc("sync"),
           "max-journal-size 6k;")
    killed_at_the_first_journal(rng)
    full_disk(rng)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
