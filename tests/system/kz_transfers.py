"""What the tests of transfers share: zones as they are served, and waiting for them."""
import subprocess
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype


def ask(port, name, rdtype, address="127.0.0.1", timeout=5):
    """The response, by UDP; None when there is none."""
    query = dns.message.make_query(name, rdtype)
    query.flags &= ~dns.flags.RD
    try:
        return dns.query.udp(query, address, port=port, timeout=timeout)
    except (OSError, dns.exception.DNSException):
        return None


def serial(port, zone, address="127.0.0.1"):
    """The serial that is answered with authority; None when there is none."""
    response = ask(port, zone, "SOA", address, 1)
    if response is None or response.rcode() != 0 or not response.flags & dns.flags.AA:
        return None
    for rrset in response.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            return rrset[0].serial
    return None


def until(what, condition, seconds=30):
    """Waits until condition() holds; its value.  An exception names what was waited for."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def transfer(port, zone, address="127.0.0.1"):
    """The zone by AXFR, as a sorted list of lines."""
    run = subprocess.run(["/usr/bin/dig", "+noall", "+answer", "+onesoa", "+tcp", "-p", str(port),
                          f"@{address}", zone, "AXFR"], capture_output=True, text=True,
                         timeout=120)
    if "Transfer failed" in run.stdout or run.returncode != 0:
        raise RuntimeError(f"AXFR of {zone} from {address}#{port}: {run.stdout[-300:]}")
    return sorted(" ".join(line.split()).lower() for line in run.stdout.splitlines()
                  if line and line[0] != ";")
