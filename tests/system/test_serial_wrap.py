#!/usr/bin/env python3
"""Row B3: a serial that was set too high comes down in two steps (RFC 1982: add 2147483647, wait
until all have it, set it right), and every secondary of the matrix follows; a serial that goes
backwards is not taken, and the log says so."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kz_makes import MAKES, ZONE, Kizuna                        # noqa: E402
from kz_servers import free_port                                # noqa: E402
from kz_transfers import serial, transfer, until                # noqa: E402

TOO_HIGH, RIGHT = 3000000000, 2006021501
failures = 0


def check(what, good, more=""):
    global failures
    print(("ok - " if good else "not ok - ") + what, flush=True)
    if not good:
        failures += 1
        print("# " + str(more).replace("\n", "\n# ")[-1500:])


def soa(number):
    return f"{ZONE}. 300 SOA ns.{ZONE}. admin.{ZONE}. {number} 3600 600 604800 300"


def set_serial(primary, number):
    primary.send(f"update add {soa(number)}")
    check(f"the primary takes serial {number}",
          until(f"serial {number}", lambda: serial(primary.port, ZONE) == number))


def follow(peers, number):
    for peer in peers:
        until(f"serial {number} on {peer.make}", lambda p=peer: serial(p.port, ZONE) == number, 60)


def main():
    ports = [free_port() for _ in MAKES]
    primary = Kizuna(free_port(), secondaries=ports, first=TOO_HIGH, hosts=10)
    peers = [make(port, primary=primary.port) for make, port in zip(MAKES, ports)]
    try:
        primary.start()
        for peer in peers:
            peer.start()
        follow(peers, TOO_HIGH)
        middle = (TOO_HIGH + 2147483647) % 2 ** 32
        set_serial(primary, middle)
        follow(peers, middle)
        set_serial(primary, RIGHT)
        follow(peers, RIGHT)
        want = transfer(primary.port, ZONE)
        for peer in peers:
            check(f"{peer.make} has followed the serial from {TOO_HIGH} over {middle} to {RIGHT}",
                  transfer(peer.port, ZONE) == want)
        primary.server.stop(signal.SIGKILL)
        primary.start()
        check("after a KILL the primary has come down as far, from file and journal",
              serial(primary.port, ZONE) == RIGHT and transfer(primary.port, ZONE) == want,
              primary.log()[-600:])
        primary.send(f"update add {soa(RIGHT - 1)}", f"update add x.{ZONE} 300 A 192.0.2.1")
        check("a smaller serial in an update is ignored", serial(primary.port, ZONE) == RIGHT + 1)
        check("… and the log says so", "SOA update failed to increment serial, ignoring it"
              in primary.log(), primary.log()[-600:])
    finally:
        for server in [primary] + peers:
            server.stop()


main()
sys.exit(failures > 0)
