#!/usr/bin/python3
"""A server without `controls`, as a package installs it: the key in rndc.key, port 953 of both
loopback addresses, in a chroot and as another user.

It runs in a network namespace of its own (unshare): the port is there for it alone."""
import os
import pwd
import re
import subprocess
import sys
import time

import kz_servers
from kz_control import Key

RNDC = os.environ.get("RNDC") or os.path.join(kz_servers.BUILD, "tools", "rndc")
USER = "nobody"
failures = 0


def check(what, fine, *details):
    global failures
    failures += not fine
    print(f"{'ok' if fine else 'not ok'} - {what}")
    for detail in details if not fine else ():
        for line in str(detail).splitlines():
            print(f"#   {line}")


def poll(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def key_file():
    """Where the server looks for rndc.key."""
    told = subprocess.run([kz_servers.NAMED, "-V"], stdout=subprocess.PIPE, text=True).stdout
    return os.path.join(os.path.dirname(re.search(r"rndc configuration: *(\S+)", told)[1]),
                        "rndc.key")


def rndc(key, *words):
    return subprocess.run([RNDC, "-k", key, *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def main():
    server = kz_servers.Server("default", kz_servers.NAMED, """
options { directory "/"; pid-file none; session-keyfile none; listen-on { none; };
          listen-on-v6 { none; }; };
""", arguments=["-u", USER])
    server.arguments += ["-t", server.dir]
    os.chmod(server.dir, 0o755)
    key = server.dir + key_file()
    os.makedirs(os.path.dirname(key))
    os.makedirs(server.dir + "/dev", exist_ok=True)
    with open(key, "w") as f:
        f.write(Key("sha256", b"a secret of 16 b").conf("rndc-key"))
    os.chmod(key, 0o600)
    os.chown(key, pwd.getpwnam(USER).pw_uid, -1)
    with server:
        log = server.read_log()
        check("it listens on both addresses", "command channel listening on 127.0.0.1#953" in log and
              "command channel listening on ::1#953" in log, log)
        check("it says where the key is", f"configuring command channel from '{key_file()}'" in log)
        runs = [rndc(key, "status"), rndc(key, "-s", "::1", "status"),
                rndc(key, "-s", "localhost", "status")]
        check("rndc without an option reaches it", all(r.returncode == 0 for r in runs), *runs)
        os.chown(key, 0, -1)
        run = rndc(key, "reload")
        check("a key that it may not read", run.returncode == 0 and poll(
            lambda: "couldn't add command channel 127.0.0.1#953: " + key_file() +
            ": permission denied" in server.read_log()), run, server.read_log())
        run = rndc(key, "null")
        check("closes the channel", run.returncode == 1 and "stopping command channel on ::1#953"
              in server.read_log(), run)
        with open(key, "w") as f:
            f.write("key rndc-key { algorithm nonsense; secret \"MDEy\"; };\n")
        os.chown(key, pwd.getpwnam(USER).pw_uid, -1)
        server.child.send_signal(1)
        check("a mistake in it is told with its line", poll(
            lambda: f"{key_file()}:1: unsupported algorithm: nonsense" in server.read_log()),
            server.read_log())
        with open(key, "w") as f:
            f.write(Key("sha512", b"another secret").conf("rndc-key"))
        server.child.send_signal(1)
        poll(lambda: server.read_log().count("channel listening on ::1#953") == 2)
        run = rndc(key, "stop")
        check("a new key, taken at a reload", run.returncode == 0 and server.child.wait(30) == 0,
              run, server.read_log())
    return failures != 0


if __name__ == "__main__":
    if os.getuid() != 0:
        print("skip - another user and a chroot: only root can test them")
        sys.exit(0)
    if "IN_NAMESPACE" not in os.environ:
        if subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("skip - no network namespace")
            sys.exit(0)
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable, os.path.abspath(__file__)])
    # A sanitizer that looks for leaks wants /proc, which the chroot has not.
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    sys.exit(main())
