"""A server with one dynamic zone and a control channel, for tests of what becomes of its files."""
import os
import subprocess

import kz_servers
from kz_wire import Exchange, Query, Reply

ZONE = "one.test"
FILE = """$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 192.0.2.1
"""
KEY = 'key "k" { algorithm hmac-sha256; secret "c2VjcmV0"; };\n'
CONFIG = KEY + """options { directory "%s"; listen-on port %d { 127.0.0.1; };
    listen-on-v6 { none; }; pid-file none; session-keyfile none; notify no; allow-new-zones yes;
    allow-transfer { any; }; update-quota 1000; };
controls { inet 127.0.0.1 port %d allow { any; } keys { "k"; }; };
logging { category update { null; }; };
zone "one.test" { type primary; file "one"; allow-update { 127.0.0.1; }; %s };
"""


class Dynamic(kz_servers.Server):
    """`options`: more of the zone's; `more`: statements behind it."""

    def __init__(self, directory=None, options="", more=""):
        self.port, self.control = kz_servers.free_port(), kz_servers.free_port()
        directory = directory or kz_servers.work_dir("dynamic")
        super().__init__("dynamic", kz_servers.NAMED, "", directory)
        self.configure(options, more)
        with open(self.path("rndc.conf"), "w") as f:
            f.write(KEY + 'options { default-key "k"; };\n')
        if not os.path.exists(self.path("one")):
            self.write("one", FILE)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        """As one step."""
        with open(self.path(name + ".new"), "w") as f:
            f.write(text)
        os.rename(self.path(name + ".new"), self.path(name))

    def config(self, options="", more=""):
        return CONFIG % (self.dir, self.port, self.control, options) + more

    def configure(self, options="", more=""):
        self.write("named.conf", self.config(options, more))

    def rndc(self, *words):
        """Exit status and what it said."""
        done = subprocess.run(["rndc", "-s", "127.0.0.1", "-p", str(self.control), "-c",
                               self.path("rndc.conf")] + list(words), capture_output=True,
                              text=True)
        return done.returncode, (done.stdout + done.stderr).strip()

    def add(self, name):
        """Adds NAME.one.test: was it acknowledged?"""
        script = (f"server 127.0.0.1 {self.port}\nzone {ZONE}\n"
                  f"update add {name}.{ZONE} 60 A 192.0.2.9\nsend\n")
        return subprocess.run(["nsupdate", "-t", "5"], input=script, text=True,
                              capture_output=True).returncode == 0

    def lacks(self, names):
        """Those that are not there."""
        queries = [Query(f"{name}.{ZONE}", "A") for name in names]
        return [name for name, reply in zip(names, Exchange(self.port).ask_all(queries))
                if reply is None or not Reply(reply).sections[0]]
