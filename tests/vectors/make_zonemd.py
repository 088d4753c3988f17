#!/usr/bin/env python3
"""Writes tests/vectors/zonemd/*: zones with the digests that dnspython computes for them."""
import os

import dns.rdata
import dns.rdataset
import dns.zone
import dns.zonetypes

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zonemd")
SIMPLE = """example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400
example. 86400 IN NS ns1
example. 86400 IN NS NS2
ns1 3600 IN A 203.0.113.63
NS2 3600 IN AAAA 2001:db8::63
"""
COMPLEX = SIMPLE + """occluded.sub 7200 IN TXT "I'm occluded but must be digested"
sub 7200 IN NS NS1
duplicate 300 IN TXT "I must be digested just once"
duplicate 300 IN TXT "I must be digested just once"
UPPER.Case 300 IN MX 10 Mail.UPPER.example.
*.wild 777 IN PTR dont-forget-about-wildcards
non-apex 900 IN ZONEMD 2018031900 1 1 """ + 48 * "ab" + """
signed 60 IN A 192.0.2.1
signed 60 IN TXT "b" "a"
signed 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. AAAA
signed 60 IN RRSIG TXT 8 2 60 20300101000000 20200101000000 1 Example. BBBB
signed 60 IN NSEC sub A TXT RRSIG NSEC
signed 60 IN RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example. CCCC
2t7b4g4vsa5smi47k61mv5bv1a22bojr 60 IN NSEC3 1 0 0 - 35MTHGPGCU1QG68FAB165KLNSNK3DPVL A RRSIG
35mthgpgcu1qg68fab165klnsnk3dpvl 60 IN NSEC3 1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG
2t7b4g4vsa5smi47k61mv5bv1a22bojr 60 IN RRSIG NSEC3 8 2 60 20300101000000 20200101000000 1 example. DDDD
"""


def digest(text, algorithm):
    zone = dns.zone.from_text(text, origin="example.", relativize=False, check_origin=False)
    return zone.compute_digest(algorithm).to_text()


def write(name, text, *records):
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text + "".join(f"example. 86400 IN ZONEMD {r}\n" for r in records))


sha384, sha512 = dns.zonetypes.DigestHashAlgorithm.SHA384, dns.zonetypes.DigestHashAlgorithm.SHA512
simple = digest(SIMPLE, sha384)
write("simple", SIMPLE, simple)
write("complex", COMPLEX, digest(COMPLEX, sha512))
write("multiple", SIMPLE, simple, digest(SIMPLE, sha512), "2018031900 1 240 " + 12 * "aa")
write("changed", SIMPLE.replace("203.0.113.63", "203.0.113.64"), simple)
write("other-serial", SIMPLE, simple.replace("2018031900", "2018031899"))
write("unknown-hash", SIMPLE, "2018031900 1 240 " + 12 * "aa", "2018031900 240 1 " + 48 * "aa")
write("none", SIMPLE)
