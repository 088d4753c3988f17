#!/usr/bin/python3
"""acl's geoip elements: databases made here, the same client in and out of each rule."""
import contextlib
import ipaddress
import os
import struct
import subprocess
import sys

import kz_servers

BERLIN = {"city": {"names": {"en": "Berlin"}},
          "continent": {"code": "EU", "names": {"en": "Europe"}},
          "country": {"iso_code": "DE", "names": {"en": "Germany"}},
          "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}],
          "postal": {"code": "12345"}, "location": {"time_zone": "Europe/Berlin"}}
AS = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Org"}
YES = ["country DE", "country de", 'country "Germany"', "continent EU", 'continent "europe"',
       "region BE", 'region "Land Berlin"', "city Berlin", "postal 12345", 'tz "Europe/Berlin"',
       'asnum "AS64500"', 'asnum "64500"', 'org "Example Org"', "db city country DE"]
NO = ["country FR", 'country "Europe"', 'continent "Asia"', 'region "Berlin"', 'asnum "AS6450"',
      'org "Example"', "db country country DE"]


def encode(value):
    """MaxMind's DB format, its data section; lengths below 29 do here."""
    if isinstance(value, str):
        return bytes([2 << 5 | len(value)]) + value.encode() if len(value) < 29 else \
            bytes([2 << 5 | 29, len(value) - 29]) + value.encode()
    if isinstance(value, int):
        return bytes([6 << 5 | 4]) + struct.pack("!I", value)
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(encode(x) for i in value.items() for x in i)
    return bytes([len(value), 11 - 7]) + b"".join(encode(x) for x in value)


def write_database(path, kind, address, record):
    """A database that knows one IPv4 address: a chain of 32 nodes."""
    bits, nodes = int(ipaddress.ip_address(address)), b""
    for i in range(32):
        pair = [32, 32]     # not found
        pair[bits >> (31 - i) & 1] = i + 1 if i < 31 else 32 + 16
        nodes += b"".join(n.to_bytes(3, "big") for n in pair)
    about = {"binary_format_major_version": 2, "binary_format_minor_version": 0,
             "build_epoch": 1700000000, "database_type": kind, "description": {"en": "test"},
             "ip_version": 4, "languages": ["en"], "node_count": 32, "record_size": 24}
    meta = encode(about)
    for word, size in (("binary_format_major_version", 2), ("binary_format_minor_version", 2),
                       ("ip_version", 2), ("record_size", 2)):    # uint16, as the format says
        meta = meta.replace(encode(word) + encode(about[word]),
                            encode(word) + bytes([5 << 5 | size]) + about[word].to_bytes(2, "big"))
    epoch = about["build_epoch"]
    meta = meta.replace(encode("build_epoch") + encode(epoch),
                        encode("build_epoch") + bytes([8, 2]) + epoch.to_bytes(8, "big"))
    with open(path, "wb") as f:
        f.write(nodes + b"\0" * 16 + encode(record) + b"\xab\xcd\xefMaxMind.com" + meta)


def status(port, source, name):
    out = subprocess.run(["dig", "-b", source, "@127.0.0.1", "-p", str(port), "+tries=2", name],
                         stdout=subprocess.PIPE, text=True).stdout
    return "NOERROR" if "status: NOERROR" in out else "REFUSED" if "REFUSED" in out else out


def main():
    port, failures = kz_servers.free_port(), 0
    config = 'options { geoip-directory "."; listen-on port %d { 127.0.0.1; };' \
             ' listen-on-v6 { none; }; pid-file none; session-keyfile none; };\n' % port
    for i, rule in enumerate(YES + NO):
        config += f'zone "z{i}.test" {{ type primary; file "z"; allow-query {{' \
                  f' geoip {rule}; }}; }};\n'
    server = kz_servers.Server("geoip", kz_servers.NAMED, config)
    write_database(os.path.join(server.dir, "GeoLite2-City.mmdb"), "City", "127.0.0.2", BERLIN)
    write_database(os.path.join(server.dir, "GeoLite2-ASN.mmdb"), "ASN", "127.0.0.2", AS)
    with open(os.path.join(server.dir, "z"), "w") as f:
        f.write("$TTL 60\n@ SOA @ h 1 2 3 4 5\n@ NS @\n@ A 192.0.2.1\n")
    try:
        server.start()
    except RuntimeError as error:
        if "geoip" in str(error):
            print("skip - built without libmaxminddb")
            return 0
        raise
    with contextlib.ExitStack() as at_end:
        at_end.callback(server.stop)
        for i, rule in enumerate(YES + NO):
            got = [status(port, source, f"z{i}.test") for source in ("127.0.0.2", "127.0.0.3")]
            good = got == ["NOERROR" if rule in YES else "REFUSED", "REFUSED"]
            print(f"{'ok' if good else 'not ok'} - geoip {rule}{'' if good else f': {got}'}")
            failures += not good
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
