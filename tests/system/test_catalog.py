#!/usr/bin/python3
"""Catalog zones: BIND produces, Kizuna and BIND consume the same catalogs side by side. Members
come, change, are reset, change their owner and go; a mass removal waits for a word."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dns.query
import dns.rcode
import dns.update

import kz_servers
from kz_beside import SECRET, failed, report
from kz_transfers import ask, serial, until

ADDRESS = "127.0.0.1"
OTHER_ADDRESS = "::1"     # the producer's, with the port of the server under test
MANY = 2000
KEYS = "".join(f'key "{name}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
               for name in ("rndc", "member", "common"))
CATALOG = '$TTL 60\n@ SOA . . 1 3600 600 86400 60\n NS invalid.\nversion TXT "2"\n'
MEMBER = "$TTL 60\n@ SOA . . 1 3600 600 86400 60\n NS ns.invalid.\nwww A 192.0.2.1\n"
CATALOGS = ("one.catalog", "two.catalog", "big.catalog")
# served by the producer only to who signs
SIGNED = ("keyed.test",)
PLAIN = tuple(f"m{i}.test" for i in range(1, 40)) + ("own.test", "coo.test", "label.test")


def common(server_dir, port):
    return f"""{KEYS}
options {{
    directory "{server_dir}"; pid-file none; session-keyfile none; recursion no;
    dnssec-validation no; listen-on port {port} {{ 127.0.0.1; }};
    allow-transfer {{ any; }}; empty-zones-enable no;
    serial-query-rate 10000; transfers-in 100; transfers-per-ns 100; transfers-out 200;
    tcp-clients 300;"""


def control(port):
    return f'controls {{ inet 127.0.0.1 port {port} allow {{ any; }} keys {{ "rndc"; }}; }};\n'


class Node:
    """A server with ports of its own."""

    def __init__(self, label, binary):
        self.port, self.control = kz_servers.free_port(), kz_servers.free_port()
        self.server = kz_servers.Server(label, binary, "")

    def write(self, name, text):
        with open(f"{self.server.dir}/{name}", "w") as f:
            f.write(text)

    def configure(self, options, rest):
        self.write("named.conf", common(self.server.dir, self.port) + options +
                   "};\n" + control(self.control) + rest)

    def rndc(self, *command):
        self.write("rndc.conf", f'{KEYS}options {{ default-key "rndc"; }};\n')
        run = subprocess.run(["rndc", "-c", f"{self.server.dir}/rndc.conf", "-s", ADDRESS, "-p",
                              str(self.control), *command], capture_output=True, text=True,
                             timeout=60)
        return (run.stdout + run.stderr).strip()

    def serves(self, zone, rdtype="SOA"):
        response = ask(self.port, zone, rdtype)
        return response is not None and response.rcode() == dns.rcode.NOERROR

    def knows(self, zone):
        response = ask(self.port, zone, "SOA")
        return response is not None and response.rcode() != dns.rcode.REFUSED

    def files(self):
        return sorted(f for f in os.listdir(self.server.dir) if f.startswith("__catz__"))


def make_producer(consumers, port):
    node = Node("producer", kz_servers.BIND)
    zones = "".join(f'zone "{z}" {{ type primary; file "{z}.db"; allow-update {{ any; }}; '
                    f'notify explicit; also-notify {{ {consumers} }}; }};\n' for z in CATALOGS)
    zones += "".join(f'zone "{z}" {{ type primary; file "member.db"; notify no; }};\n'
                     for z in (*PLAIN, *(f"b{i}.test" for i in range(MANY))))
    zones += "".join(f'zone "{z}" {{ type primary; file "member.db"; notify no; '
                     'allow-transfer { key "member"; }; allow-query { key "member"; }; };\n'
                     for z in SIGNED)
    for zone in CATALOGS:
        node.write(f"{zone}.db", CATALOG)
    node.write("member.db", MEMBER)
    node.configure(" notify-delay 0; startup-notify-rate 1000; notify-rate 1000;"
                   f" listen-on-v6 port {port} {{ {OTHER_ADDRESS}; }};", zones)
    return node


def configure_consumer(node, producer, catalogs=CATALOGS, more=""):
    listed = "".join(f'zone "{z}" default-primaries {{ 127.0.0.1 port {producer.port}; }} '
                     "min-update-interval 0; " for z in catalogs)
    zones = "".join(f'zone "{z}" {{ type secondary; file "{z}.db"; primaries {{ 127.0.0.1 port '
                    f"{producer.port}; }}; }};\n" for z in CATALOGS)
    node.configure(f" port {node.port}; listen-on-v6 {{ none; }}; notify no; allow-new-zones yes; catalog-zones {{ {listed}}};",
                   zones + 'zone "own.test" { type primary; file "own.db"; };\n' + more)
    node.write("own.db", MEMBER.replace(". . 1 ", ". . 77 "))


def change(producer, catalog, *lines):
    """Lines of `add NAME TYPE DATA` or `delete NAME [TYPE [DATA]]`, relative to the catalog."""
    update = dns.update.Update(catalog)
    for line in lines:
        verb, name, *rest = line.split(None, 3)
        if verb == "add":
            update.add(name, 60, rest[0], rest[1])
        else:
            update.delete(name, *rest)
    reply = dns.query.tcp(update, ADDRESS, port=producer.port, timeout=20)
    if reply.rcode() != 0:
        raise RuntimeError(f"update of {catalog}: {reply}")


def both(title, nodes, condition, seconds=20):
    """What holds on each of the servers in the end."""
    for node in nodes:
        try:
            until(title, lambda: condition(node), seconds)
            report(True, f"{node.server.label}: {title}")
        except RuntimeError as error:
            report(False, f"{node.server.label}: {title}",
                   f"{error}\n" + "\n".join(node.server.read_log().split("\n")[-25:]))


def settle(producer, nodes, catalog):
    """Waits until they have read the catalog's newest version."""
    now = serial(producer.port, catalog)
    for node in nodes:
        until(f"{node.server.label} has read {catalog} {now}",
              lambda n=node: f"catz: updating catalog zone '{catalog}' with serial {now}\n"
              in n.server.read_log())


def catz_lines(node, words):
    """What the log says of these zones, without the words of BIND's inner functions."""
    lines = [line.split("catz: ", 1)[1] for line in node.server.read_log().split("\n")
             if "catz: " in line]
    return sorted(line for line in lines if any(w in line for w in words) and
                  line.split()[0] in ("adding", "modifying", "deleting"))


def test_members(producer, nodes):
    change(producer, "one.catalog", "add a.zones PTR m1.test.", "add b.zones PTR m2.test.",
           "add o.zones PTR own.test.", "add group.a.zones TXT blue")
    both("new members are served", nodes, lambda n: n.serves("m1.test") and n.serves("m2.test"))
    both("a zone of named.conf stays what it is", nodes,
         lambda n: serial(n.port, "own.test") == 77)
    both("files have BIND's names", nodes, lambda n: n.files() == [
        "__catz___default_one.catalog_m1.test.db", "__catz___default_one.catalog_m2.test.db"])
    change(producer, "one.catalog", "delete b.zones PTR", "add c.zones PTR m3.test.")
    both("one goes and another comes", nodes,
         lambda n: n.serves("m3.test") and not n.knows("m2.test"))
    both("its file goes, too", nodes,
         lambda n: not any("m2.test" in f for f in n.files()))
    logs = [catz_lines(n, ("m1.test", "m2.test", "m3.test")) for n in nodes]
    report(logs[0] == logs[-1], "the log has BIND's lines", f"{logs[0]}\n{logs[-1]}")


def test_properties(producer, nodes):
    change(producer, "one.catalog", "add allow-transfer.ext APL !1:127.0.0.1/32",
           "add d.zones PTR m4.test.", "add allow-query.ext.d.zones APL 1:192.0.2.0/24")

    def transfers(node):
        run = subprocess.run(["/usr/bin/dig", "+tcp", f"@{ADDRESS}", "-p", str(node.port),
                              "m1.test", "AXFR"], capture_output=True, text=True, timeout=20)
        return "Transfer failed" not in run.stdout

    both("the catalog's allow-transfer holds for its members", nodes,
         lambda n: not transfers(n))
    both("a member's allow-query holds for it", nodes,
         lambda n: n.knows("m1.test") and not n.serves("m4.test"))
    change(producer, "one.catalog", "delete allow-transfer.ext APL")
    both("and goes again", nodes, transfers)
    both("what was served stays", nodes, lambda n: n.serves("m1.test"))


def test_keys(producer, ours):
    """The addresses of a property have no port: the producer listens at ours, too."""
    zone, at = SIGNED[0], "x.primaries.ext.k.zones"
    change(producer, "one.catalog", f"add k.zones PTR {zone}.", f"add {at} AAAA {OTHER_ADDRESS}",
           f"add {at} TXT member")
    both("a member's own primaries and their key are used", [ours], lambda n: n.serves(zone))
    said = ours.rndc("showzone", zone)
    report(f'primaries {{ {OTHER_ADDRESS} key "member"; }}' in said, "showzone tells them", said)
    change(producer, "one.catalog", f"delete {at} TXT", f"add {at} TXT nobody")
    both("a key that is not there is told, and what was in force stays", [ours],
         lambda n: "key 'nobody' is not defined" in n.server.read_log() and
         'key "member"' in n.rndc("showzone", zone))
    change(producer, "one.catalog", "delete k.zones", f"delete {at}")


def test_label(producer, nodes):
    change(producer, "one.catalog", "add l1.zones PTR label.test.")
    both("label.test is served", nodes, lambda n: n.serves("label.test"))
    change(producer, "one.catalog", "delete l1.zones PTR", "add l2.zones PTR label.test.")
    both("another label resets the zone", nodes,
         lambda n: "zone 'label.test' unique label has changed, reset state"
         in n.server.read_log())
    both("and it is served again", nodes, lambda n: n.serves("label.test"))


def test_ownership(producer, nodes):
    change(producer, "one.catalog", "add same.zones PTR coo.test.", "add now.zones PTR m32.test.",
           "add coo.now.zones PTR two.catalog.")
    both("coo.test is served", nodes, lambda n: n.serves("coo.test") and n.serves("m32.test"))
    change(producer, "two.catalog", "add now.zones PTR m32.test.")
    both("a zone goes to the catalog that may have it", nodes,
         lambda n: "adding zone 'm32.test' from catalog 'two.catalog'" in n.server.read_log() and
         n.serves("m32.test"))
    change(producer, "two.catalog", "add same.zones PTR coo.test.")
    both("another does not", nodes,
         lambda n: "zone 'coo.test' will not be added because another catalog zone already "
         "contains an entry with that zone" in n.server.read_log())
    ours = nodes[:1]            # BIND loses a zone whose owner consents later
    change(producer, "one.catalog", "add coo.same.zones PTR two.catalog.")
    both("with the owner's later consent it does", ours,
         lambda n: "zone 'coo.test' change of ownership from 'one.catalog' to 'two.catalog'"
         in n.server.read_log())
    change(producer, "one.catalog", "delete same.zones", "delete coo.same.zones",
           "delete now.zones", "delete coo.now.zones")
    both("and stays there when the old owner lets go", ours,
         lambda n: n.serves("coo.test") and n.serves("m32.test") and
         [f for f in n.files() if "coo.test" in f or "m32.test" in f] == [
             f"__catz___default_two.catalog_{z}.test.db" for z in ("coo", "m32")])
    change(producer, "two.catalog", "delete now.zones")


def test_broken(producer, nodes):
    change(producer, "one.catalog", "delete version TXT", "delete a.zones PTR")
    both("a broken catalog is not processed", nodes,
         lambda n: "catz: new catalog zone 'one.catalog' is broken" in n.server.read_log())
    both("and what was in force stays", nodes, lambda n: n.serves("m1.test"))
    change(producer, "one.catalog", "add version TXT 2", "add a.zones PTR m1.test.")


def test_mass_removal(producer, ours):
    zones = [f"m{i}.test" for i in range(10, 30)]
    change(producer, "two.catalog", *(f"add {z[:-5]}.zones PTR {z}." for z in zones))
    both("twenty more are served", [ours], lambda n: all(n.serves(z) for z in zones))
    change(producer, "two.catalog", *(f"delete {z[:-5]}.zones PTR" for z in zones),
           "add late.zones PTR m31.test.")
    both("the log tells how many would go", [ours],
         lambda n: "'two.catalog' no longer lists 20 of its 21 zones" in n.server.read_log())
    both("what comes in the same change comes", [ours], lambda n: n.serves("m31.test"))
    both("and none goes", [ours], lambda n: all(n.serves(z) for z in zones))
    change(producer, "two.catalog", *(f"add {z[:-5]}.zones PTR {z}." for z in zones))
    settle(producer, [ours], "two.catalog")
    said = ours.rndc("catalog-confirm", "two.catalog")
    report("none waits to be removed" in said, "when they are back nothing is left to confirm",
           said)
    change(producer, "two.catalog", *(f"delete {z[:-5]}.zones PTR" for z in zones))
    settle(producer, [ours], "two.catalog")
    report(all(ours.serves(z) for z in zones), "a removal waits again")
    said = ours.rndc("catalog-confirm", "two.catalog")
    report("20 members of catalog zone 'two.catalog/IN' will be removed" in said,
           "rndc catalog-confirm lets them go", said)
    both("they go", [ours], lambda n: not any(n.knows(z) for z in zones))
    both("the others stay", [ours], lambda n: n.serves("m31.test") and n.serves("coo.test"))
    said = ours.rndc("catalog-confirm", "own.test")
    report("is not listed in catalog-zones" in said, "other zones are no catalogs", said)


def test_commands(ours):
    for command in (("delzone", "m1.test"),
                    ("modzone", "m1.test", "{ type primary; file \"x\"; };")):
        said = ours.rndc(*command)
        report("is a member of the catalog zone 'one.catalog'" in said,
               f"rndc {command[0]} leaves members alone", said)


def test_reload(producer, ours):
    """A reload keeps the members; a zone that named.conf takes over is no member any more."""
    configure_consumer(ours, producer, more='zone "m3.test" { type primary; file "own.db"; };\n')
    ours.rndc("reconfig")
    both("members stay over a reload", [ours], lambda n: n.serves("m1.test"))
    both("what named.conf has is served from there", [ours],
         lambda n: serial(n.port, "m3.test") == 77)
    configure_consumer(ours, producer, ("one.catalog", "big.catalog"))
    ours.rndc("reconfig")
    both("a catalog that is not listed any more takes its members along", [ours],
         lambda n: n.serves("m1.test") and not n.knows("m31.test") and
         not any("two.catalog" in f for f in n.files()))
    both("and a member comes back when named.conf drops it", [ours],
         lambda n: serial(n.port, "m3.test") == 1)


def test_restart(producer, ours):
    ours.server.stop()
    producer.server.stop()
    ours.server.start()
    both("members come back from their files without the producer", [ours],
         lambda n: n.serves("m1.test") and n.serves("m3.test"))
    producer.server.start()


def test_many(producer, ours):
    for at in range(0, MANY, 500):
        change(producer, "big.catalog",
               *(f"add z{i}.zones PTR b{i}.test." for i in range(at, at + 500)))
    both(f"{MANY} members are served", [ours],
         lambda n: all(n.serves(f"b{i}.test") for i in (0, 500, 999, MANY - 1)) and
         sum("__catz___default_big" in f for f in n.files()) == MANY, 100)


def test_view(producer):
    """A catalog that is a primary zone of a view; members without files, from a named list."""
    node = Node("view", kz_servers.NAMED)
    node.write("local.db", CATALOG)
    node.configure(" listen-on-v6 { none; }; notify no;", f"""primaries "list" {{ 127.0.0.1 key "member"; }};
view "inside" {{
    catalog-zones {{ zone "local.catalog" min-update-interval 1 in-memory yes
        default-masters port {producer.port} {{ "list"; }}; }};
    zone "local.catalog" {{ type primary; file "local.db"; allow-update {{ any; }}; }};
}};
view "outside" {{ match-clients {{ 192.0.2.1; }}; }};
""")
    zones = [f"m{i}.test" for i in range(1, 11)]
    with node.server:
        change(node, "local.catalog", *(f"add z{z[:-5]}.zones PTR {z}." for z in zones),
               f"add signed.zones PTR {SIGNED[0]}.")
        both("members of a view's catalog are served", [node],
             lambda n: all(n.serves(z) for z in (*zones, SIGNED[0])))
        report(not node.files(), "in memory only", str(node.files()))
        change(node, "local.catalog", *(f"delete z{z[:-5]}.zones" for z in zones))
        both("changes wait for min-update-interval", [node],
             lambda n: "local.catalog: new zone version came too soon, deferring update for 1 sec"
             in n.server.read_log())
        both("the log names the view", [node],
             lambda n: "no longer lists 10 of its 11 zones: they are kept until it lists them "
             "again, or 'rndc catalog-confirm local.catalog IN inside' removes them"
             in n.server.read_log())
        node.rndc("catalog-confirm", "local.catalog", "IN", "inside")
        both("and they go", [node],
             lambda n: not any(n.knows(z) for z in zones) and n.serves(SIGNED[0]))


def main():
    ours, theirs = Node("kizuna", kz_servers.NAMED), Node("bind", kz_servers.BIND)
    nodes = (ours, theirs)
    producer = make_producer("".join(f"127.0.0.1 port {n.port}; " for n in nodes),
                             ours.port)
    for node in nodes:
        configure_consumer(node, producer)
    with producer.server, ours.server:
        with theirs.server:
            test_members(producer, nodes)
            test_properties(producer, nodes)
            test_label(producer, nodes)
            test_ownership(producer, nodes)
            test_broken(producer, nodes)
        test_keys(producer, ours)
        test_commands(ours)
        test_mass_removal(producer, ours)
        test_reload(producer, ours)
        test_restart(producer, ours)
        test_many(producer, ours)
        test_view(producer)
    report(ours.server.status == 0, "the server ended well", ours.server.last_log[-2000:])
    return 1 if failed else 0


sys.exit(main())
